"""auth.resendCode, with asyncio.

Usage, in docs/examples:
    python -m methods.asyncio.auth_resend_code 127.0.0.1:4430 dc.pem
"""

import asyncio
import sys

from command_line import connection_arguments
from sansio_tl import Config, functions, types
from sansio_tl_transports.asyncio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        phone_number = await asyncio.to_thread(input, "Phone number: ")
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
        again = await connection.invoke(
            functions.auth.ResendCode(
                phone_number=phone_number,
                phone_code_hash=sent.phone_code_hash,
            )
        )
        print(again)


if __name__ == "__main__":
    asyncio.run(main(*connection_arguments()))
