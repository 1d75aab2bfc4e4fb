"""auth.firebasePnvSignUp, with trio.

Usage, in docs/examples:
    python -m methods.trio.auth_firebase_pnv_sign_up 127.0.0.1:4430 dc.pem
"""

import trio

from command_line import connection_arguments
from sansio_tl import Config, functions
from sansio_tl_transports.trio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        await connection.invoke(functions.auth.InitFirebasePnvLogin(api_id=config.api_id, api_hash=API_HASH))
        token = await trio.to_thread.run_sync(input, "Token: ")
        await connection.invoke(functions.auth.FinishFirebasePnvLogin(google_token=token))
        first_name = await trio.to_thread.run_sync(input, "First name: ")
        authorization = await connection.invoke(functions.auth.FirebasePnvSignUp(first_name=first_name, last_name=""))
        print(type(authorization).__name__)


if __name__ == "__main__":
    trio.run(main, *connection_arguments())
