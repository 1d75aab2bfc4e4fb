"""auth.sendCode, with asyncio.

Usage, in docs/examples:
    python -m methods.asyncio.auth_send_code 127.0.0.1:4430 dc.pem
"""

import asyncio

from command_line import connection_arguments
from sansio_tl import Config, functions, types
from sansio_tl_transports.asyncio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        sent = await connection.invoke(
            functions.auth.SendCode(
                phone_number=await asyncio.to_thread(input, "Phone number: "),
                api_id=config.api_id,
                api_hash=API_HASH,
                settings=types.CodeSettings(),
            )
        )
        match sent:
            case types.auth.SentCode(type=delivery, timeout=timeout):
                print(delivery, "can be sent again in", timeout, "seconds")
            case types.auth.SentCodeSuccess():
                print("logged in without a code")
            case types.auth.SentCodePaymentRequired(amount=amount, currency=currency):
                print("a code costs", amount, currency)


if __name__ == "__main__":
    asyncio.run(main(*connection_arguments()))
