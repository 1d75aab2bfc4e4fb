"""auth.signUp, with asyncio."""

import asyncio
import sys

from command_line import stranger
from sansio_tl import Config, functions, types
from sansio_tl_transports.asyncio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as link:
        phone_number = await asyncio.to_thread(input, "Phone number: ")
        sent = await link.invoke(
            functions.auth.SendCode(
                phone_number=phone_number,
                api_id=config.api_id,
                api_hash=API_HASH,
                settings=types.CodeSettings(),
            )
        )
        if not isinstance(sent, types.auth.SentCode):
            sys.exit(f"no code was sent: {sent}")
        welcome = await link.invoke(
            functions.auth.SignIn(
                phone_number=phone_number,
                phone_code_hash=sent.phone_code_hash,
                phone_code=await asyncio.to_thread(input, "Code: "),
            )
        )
        if isinstance(welcome, types.auth.AuthorizationSignUpRequired):
            print(welcome.terms_of_service and welcome.terms_of_service.text)
            welcome = await link.invoke(
                functions.auth.SignUp(
                    phone_number=phone_number,
                    phone_code_hash=sent.phone_code_hash,
                    first_name=await asyncio.to_thread(input, "First name: "),
                    last_name="",
                )
            )


if __name__ == "__main__":
    asyncio.run(main(*stranger()))
