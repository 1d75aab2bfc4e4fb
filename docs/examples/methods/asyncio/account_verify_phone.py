"""account.verifyPhone, with asyncio."""

import asyncio

from command_line import member
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.asyncio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        phone_number = await asyncio.to_thread(input, "Phone number to verify: ")
        sent = await link.invoke(
            functions.account.SendVerifyPhoneCode(
                phone_number=phone_number,
                settings=types.CodeSettings(),
            )
        )
        if isinstance(sent, types.auth.SentCode):
            verified = await link.invoke(
                functions.account.VerifyPhone(
                    phone_number=phone_number,
                    phone_code_hash=sent.phone_code_hash,
                    phone_code=await asyncio.to_thread(input, "Code: "),
                )
            )
            print(verified)


if __name__ == "__main__":
    asyncio.run(main(*member()))
