"""payments.canPurchaseStore, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.payments_can_purchase_store 127.0.0.1:4430 dc.pem
"""

from command_line import connection_arguments
from sansio_tl import Config, functions, types
from sansio_tl_transports.sync import connect

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as connection:
        phone_number = input("Phone number: ")
        sent = connection.invoke(
            functions.auth.SendCode(
                phone_number=phone_number,
                api_id=config.api_id,
                api_hash=API_HASH,
                settings=types.CodeSettings(),
            )
        )
        if isinstance(sent, types.auth.SentCodePaymentRequired):
            purpose = types.InputStorePaymentAuthCode(
                phone_number=phone_number,
                phone_code_hash=sent.phone_code_hash,
                premium_days=sent.premium_days,
                currency=sent.currency,
                amount=sent.amount,
            )
            print(connection.invoke(functions.payments.CanPurchaseStore(purpose=purpose)))


if __name__ == "__main__":
    main(*connection_arguments())
