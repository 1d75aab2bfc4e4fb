"""payments.canPurchaseStore, with trio."""

import trio

from command_line import stranger
from sansio_tl import functions, types
from sansio_tl.connection import Config
from transports.trio import connect


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as link:
        possible = await link.invoke(
            functions.payments.CanPurchaseStore(
                purpose=types.InputStorePaymentAuthCode(
                    phone_number=await trio.to_thread.run_sync(input, "Phone number: "),
                    phone_code_hash=await trio.to_thread.run_sync(input, "phone_code_hash: "),
                    premium_days=30,
                    currency="EUR",
                    amount=299,
                )
            )
        )
        print(possible)


if __name__ == "__main__":
    trio.run(main, *stranger())
