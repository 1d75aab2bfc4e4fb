"""auth.initPasskeyLogin, with asyncio.

Usage, in docs/examples:
    python -m methods.asyncio.auth_init_passkey_login 127.0.0.1:4430 dc.pem
"""

import asyncio

from command_line import connection_arguments
from sansio_tl import Config, functions
from sansio_tl_transports.asyncio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        options = await connection.invoke(functions.auth.InitPasskeyLogin(api_id=config.api_id, api_hash=API_HASH))
        print(options.options.data)


if __name__ == "__main__":
    asyncio.run(main(*connection_arguments()))
