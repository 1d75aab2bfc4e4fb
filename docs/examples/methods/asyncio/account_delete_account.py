"""account.deleteAccount, with asyncio.

Usage, in docs/examples:
    python -m methods.asyncio.account_delete_account 127.0.0.1:4430 dc.pem session.json
"""

import asyncio

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.asyncio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as connection:
        if await asyncio.to_thread(input, "Delete the account? Type yes: ") == "yes":
            print(await connection.invoke(functions.account.DeleteAccount(reason="no longer needed")))


if __name__ == "__main__":
    asyncio.run(main(*logged_in_connection_arguments()))
