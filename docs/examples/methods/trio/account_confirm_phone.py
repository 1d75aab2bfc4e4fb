"""account.confirmPhone, with trio.

Usage, in docs/examples:
    python -m methods.trio.account_confirm_phone 127.0.0.1:4430 dc.pem session.json
"""

import trio

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, auth, functions, types
from sansio_tl_transports.trio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as connection:
        purpose = auth.ConfirmPhone.from_link(await trio.to_thread.run_sync(input, "Link: "))
        sent = await connection.invoke(
            functions.account.SendConfirmPhoneCode(
                hash=purpose.link_hash,
                settings=types.CodeSettings(),
            )
        )
        if isinstance(sent, types.auth.SentCode):
            stopped = await connection.invoke(
                functions.account.ConfirmPhone(
                    phone_code_hash=sent.phone_code_hash,
                    phone_code=await trio.to_thread.run_sync(input, "Code: "),
                )
            )
            print(stopped)


if __name__ == "__main__":
    trio.run(main, *logged_in_connection_arguments())
