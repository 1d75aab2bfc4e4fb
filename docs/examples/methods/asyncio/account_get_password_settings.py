"""account.getPasswordSettings, with asyncio.

Usage, in docs/examples:
    python -m methods.asyncio.account_get_password_settings 127.0.0.1:4430 dc.pem session.json
"""

import asyncio
from getpass import getpass

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.asyncio import connect
from two_step import prove


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as connection:
        password = await connection.invoke(functions.account.GetPassword())
        proof = await asyncio.to_thread(prove, password, await asyncio.to_thread(getpass, "Password: "))
        settings = await connection.invoke(functions.account.GetPasswordSettings(password=proof))
        print("recovery address:", settings.email)


if __name__ == "__main__":
    asyncio.run(main(*logged_in_connection_arguments()))
