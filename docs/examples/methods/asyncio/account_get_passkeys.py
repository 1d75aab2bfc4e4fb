"""account.getPasskeys, with asyncio.

Usage, in docs/examples:
    python -m methods.asyncio.account_get_passkeys 127.0.0.1:4430 dc.pem session.json
"""

import asyncio

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.asyncio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as connection:
        listed = await connection.invoke(functions.account.GetPasskeys())
        print([passkey.name for passkey in listed.passkeys])


if __name__ == "__main__":
    asyncio.run(main(*logged_in_connection_arguments()))
