"""account.sendChangePhoneCode, with asyncio.

Usage, in docs/examples:
    python -m methods.asyncio.account_send_change_phone_code 127.0.0.1:4430 dc.pem session.json
"""

import asyncio

from command_line import logged_in_connection_arguments
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.asyncio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as connection:
        sent = await connection.invoke(
            functions.account.SendChangePhoneCode(
                phone_number=await asyncio.to_thread(input, "New phone number: "),
                settings=types.CodeSettings(allow_missed_call=True),
            )
        )
        print(sent)


if __name__ == "__main__":
    asyncio.run(main(*logged_in_connection_arguments()))
