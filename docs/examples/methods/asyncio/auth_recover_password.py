"""auth.recoverPassword, with asyncio.

Usage, in docs/examples:
    python -m methods.asyncio.auth_recover_password 127.0.0.1:4430 dc.pem
"""

import asyncio
import sys

from command_line import connection_arguments
from sansio_tl import Config, errors, functions, types
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
        try:
            await connection.invoke(
                functions.auth.SignIn(
                    phone_number=phone_number,
                    phone_code_hash=sent.phone_code_hash,
                    phone_code=await asyncio.to_thread(input, "Code: "),
                )
            )
        except errors.SessionPasswordNeeded:
            print("the account has a password")
        await connection.invoke(functions.auth.RequestPasswordRecovery())
        code = await asyncio.to_thread(input, "Recovery code: ")
        authorization = await connection.invoke(functions.auth.RecoverPassword(code=code))
        print(type(authorization).__name__)


if __name__ == "__main__":
    asyncio.run(main(*connection_arguments()))
