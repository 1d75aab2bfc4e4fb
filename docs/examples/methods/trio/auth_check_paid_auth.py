"""auth.checkPaidAuth, with trio.

Usage, in docs/examples:
    python -m methods.trio.auth_check_paid_auth 127.0.0.1:4430 dc.pem
"""

import trio

from command_line import connection_arguments
from sansio_tl import Config, functions, types
from sansio_tl_transports.trio import connect

API_HASH = "from my.telegram.org"


async def main(address: tuple[str, int], config: Config) -> None:
    async with connect(address, config) as connection:
        phone_number = await trio.to_thread.run_sync(input, "Phone number: ")
        sent = await connection.invoke(
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
            invoice = types.InputInvoicePremiumAuthCode(purpose=purpose)
            form = await connection.invoke(functions.payments.GetPaymentForm(invoice=invoice))
            card = types.DataJSON(data=await trio.to_thread.run_sync(input, "Card, as the provider wants it: "))
            await connection.invoke(
                functions.payments.SendPaymentForm(
                    form_id=form.form_id,
                    invoice=invoice,
                    credentials=types.InputPaymentCredentials(data=card),
                )
            )
            checked = await connection.invoke(
                functions.auth.CheckPaidAuth(
                    phone_number=phone_number,
                    phone_code_hash=sent.phone_code_hash,
                    form_id=form.form_id,
                )
            )
            print(checked)


if __name__ == "__main__":
    trio.run(main, *connection_arguments())
