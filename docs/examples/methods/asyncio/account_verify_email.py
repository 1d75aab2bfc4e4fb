"""account.verifyEmail, with asyncio."""

import asyncio

from command_line import member
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.asyncio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        purpose = types.EmailVerifyPurposeLoginChange()
        email = await asyncio.to_thread(input, "E-mail address: ")
        await link.invoke(functions.account.SendVerifyEmailCode(purpose=purpose, email=email))
        verified = await link.invoke(
            functions.account.VerifyEmail(
                purpose=purpose,
                verification=types.EmailVerificationCode(code=await asyncio.to_thread(input, "Code: ")),
            )
        )
        print(type(verified).__name__)


if __name__ == "__main__":
    asyncio.run(main(*member()))
