"""account.resetPassword, with asyncio.

Usage, in docs/examples:
    python -m methods.asyncio.account_reset_password 127.0.0.1:4430 dc.pem session.json
"""

import asyncio

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.asyncio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as connection:
        match await connection.invoke(functions.account.ResetPassword()):
            case types.account.ResetPasswordRequestedWait(until_date=date):
                print("call again at", date)
            case types.account.ResetPasswordFailedWait(retry_date=date):
                print("declined recently; not before", date)
            case types.account.ResetPasswordOk():
                print("the password was removed")


if __name__ == "__main__":
    asyncio.run(main(*logged_in_connection_arguments()))
