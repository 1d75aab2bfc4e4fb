"""payments.canPurchaseStore, on plain sockets."""

from command_line import stranger
from sansio_tl import functions, types
from sansio_tl.connection import Config
from transports.sync import connect


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as link:
        possible = link.invoke(
            functions.payments.CanPurchaseStore(
                purpose=types.InputStorePaymentAuthCode(
                    phone_number=input("Phone number: "),
                    phone_code_hash=input("phone_code_hash: "),
                    premium_days=30,
                    currency="EUR",
                    amount=299,
                )
            )
        )
        print(possible)


if __name__ == "__main__":
    main(*stranger())
