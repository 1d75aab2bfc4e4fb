"""auth.signIn, with trio.

Usage, in docs/examples:
    python -m methods.trio.auth_sign_in 127.0.0.1:4430 dc.pem
"""

import sys

import trio

from command_line import connection_arguments
from sansio_tl import Config, functions, types
from sansio_tl_transports.trio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        phone_number = await trio.to_thread.run_sync(input, "Phone number: ")
        sent = await connection.invoke(
            functions.auth.SendCode(
                phone_number=phone_number,
                api_id=config.api_id,
                api_hash=API_HASH,
                settings=types.CodeSettings(),
            )
        )
        if not isinstance(sent, types.auth.SentCode):
            sys.exit(f"no code was sent: {sent}")
        authorization = await connection.invoke(
            functions.auth.SignIn(
                phone_number=phone_number,
                phone_code_hash=sent.phone_code_hash,
                phone_code=await trio.to_thread.run_sync(input, "Code: "),
            )
        )
        print(type(authorization).__name__)


if __name__ == "__main__":
    trio.run(main, *connection_arguments())
