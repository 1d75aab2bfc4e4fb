"""account.changePhone, with trio."""

import trio

from command_line import member
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.trio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        phone_number = await trio.to_thread.run_sync(input, "New phone number: ")
        sent = await link.invoke(
            functions.account.SendChangePhoneCode(
                phone_number=phone_number,
                settings=types.CodeSettings(),
            )
        )
        if isinstance(sent, types.auth.SentCode):
            user = await link.invoke(
                functions.account.ChangePhone(
                    phone_number=phone_number,
                    phone_code_hash=sent.phone_code_hash,
                    phone_code=await trio.to_thread.run_sync(input, "Code: "),
                )
            )
            print(type(user).__name__)


if __name__ == "__main__":
    trio.run(main, *member())
