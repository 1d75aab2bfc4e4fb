"""auth.bindTempAuthKey, with trio.

Usage, in docs/examples:
    python -m methods.trio.auth_bind_temp_auth_key 127.0.0.1:4430 dc.pem session.json
"""

from dataclasses import replace

import trio

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.trio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    config = replace(config, temporary_key_lifetime=86400)
    async with connect(address, config, auth_key=auth_key) as connection:
        print(await connection.invoke(functions.help.GetNearestDc()))


if __name__ == "__main__":
    trio.run(main, *logged_in_connection_arguments())
