"""account.getTmpPassword, with trio.

Usage, in docs/examples:
    python -m methods.trio.account_get_tmp_password 127.0.0.1:4430 dc.pem session.json
"""

from getpass import getpass

import trio

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions
from sansio_tl_transports.trio import connect
from two_step import prove


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as connection:
        password = await connection.invoke(functions.account.GetPassword())
        proof = await trio.to_thread.run_sync(prove, password, await trio.to_thread.run_sync(getpass, "Password: "))
        temporary = await connection.invoke(functions.account.GetTmpPassword(password=proof, period=3600))
        print("valid until", temporary.valid_until)


if __name__ == "__main__":
    trio.run(main, *logged_in_connection_arguments())
