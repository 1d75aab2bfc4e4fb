from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import CodeSent
from tests.helpers.direct_client import CODE, PHONE, DirectClient, is_known_for, send_code

PAID = "999662" + "3015"
NEW_USER = "999662" + "3016"


def ask_for_code(client: DirectClient, phone: str = PAID) -> types.auth.SentCodePaymentRequired:
    required = client.call(send_code(phone))
    assert isinstance(required, types.auth.SentCodePaymentRequired)
    return required


def purpose(required: types.auth.SentCodePaymentRequired, **changes: Any) -> types.InputStorePaymentAuthCode:
    fields: dict[str, Any] = {
        "phone_number": PAID,
        "phone_code_hash": required.phone_code_hash,
        "premium_days": required.premium_days,
        "currency": required.currency,
        "amount": required.amount,
    }
    return types.InputStorePaymentAuthCode(**fields | changes)


def test_payment_form_is_exact_and_keeps_its_number() -> None:
    client = DirectClient()
    required = ask_for_code(client)
    invoice = types.InputInvoicePremiumAuthCode(purpose(required))
    form = client.call(functions.payments.GetPaymentForm(invoice))
    assert isinstance(form, types.payments.PaymentForm)
    assert 0 < form.form_id < 1 << 62
    assert form == types.payments.PaymentForm(
        form_id=form.form_id,
        bot_id=0,
        title="Login code",
        description="One week of Premium, and the code to log in",
        invoice=types.Invoice(
            currency="EUR", prices=[types.LabeledPrice(label="Premium for one week", amount=99)], test=True
        ),
        provider_id=0,
        url="https://example.org/pay",
        users=[],
    )
    assert client.call(functions.payments.GetPaymentForm(invoice)) == form


def test_price_of_a_code_is_a_week_of_premium() -> None:
    required = ask_for_code(DirectClient())
    assert required.store_product == "org.telegram.telegramPremium.oneWeek.auth"
    assert (required.premium_days, required.currency, required.amount) == (7, "EUR", 99)


def test_code_is_not_sent_before_the_payment() -> None:
    client = DirectClient()
    required = ask_for_code(client)
    assert not [event for event in client.events() if isinstance(event, CodeSent)]
    wrong = client.error_of(functions.auth.SignIn(PAID, required.phone_code_hash, CODE))
    assert isinstance(wrong, errors.PhoneCodeInvalid)
    unavailable = client.error_of(functions.auth.ResendCode(PAID, required.phone_code_hash))
    assert isinstance(unavailable, errors.SendCodeUnavailable)


@pytest.mark.parametrize("store", ["Play", "App"])
def test_store_receipt_sends_the_code(store: str) -> None:
    client = DirectClient()
    required = ask_for_code(client)
    bought = purpose(required)
    assert client.call(functions.payments.CanPurchaseStore(bought)) is True
    if store == "Play":
        updates = client.call(functions.payments.AssignPlayMarketTransaction(types.DataJSON('{"receipt":1}'), bought))
    else:
        updates = client.call(functions.payments.AssignAppStoreTransaction(b"receipt", bought))
    assert isinstance(updates, types.Updates)
    (update,) = updates.updates
    assert isinstance(update, types.UpdateSentPhoneCode)
    assert isinstance(update.sent_code, types.auth.SentCode)
    assert updates == types.Updates(updates=[update], users=[], chats=[], date=int(client.now), seq=0)
    assert update.sent_code.phone_code_hash == required.phone_code_hash
    result = client.call(functions.auth.SignIn(PAID, required.phone_code_hash, CODE))
    assert isinstance(result, types.auth.Authorization)


def test_card_payment_sends_the_code() -> None:
    client = DirectClient()
    required = ask_for_code(client)
    invoice = types.InputInvoicePremiumAuthCode(purpose(required))
    form = client.call(functions.payments.GetPaymentForm(invoice))
    assert isinstance(form, types.payments.PaymentForm)
    price = types.LabeledPrice(label="Premium for one week", amount=99)
    assert form == types.payments.PaymentForm(
        form_id=form.form_id,
        bot_id=0,
        title="Login code",
        description="One week of Premium, and the code to log in",
        invoice=types.Invoice(currency="EUR", prices=[price], test=True),
        provider_id=0,
        url="https://example.org/pay",
        users=[],
    )
    again = client.call(functions.payments.GetPaymentForm(invoice))
    assert isinstance(again, types.payments.PaymentForm)
    assert form.form_id == again.form_id
    poll = functions.auth.CheckPaidAuth(PAID, required.phone_code_hash, form.form_id)
    assert isinstance(client.call(poll), types.auth.SentCodePaymentRequired)
    card = types.InputPaymentCredentials(types.DataJSON('{"card":1}'))
    empty = types.InputPaymentCredentials(types.DataJSON(""))
    pay = functions.payments.SendPaymentForm
    for query, rpc_error in (
        (pay(form.form_id + 1, invoice, card), errors.InvoiceInvalid),
        (pay(form.form_id, invoice, empty), errors.PaymentCredentialsInvalid),
    ):
        error = client.error_of(query)
        assert isinstance(error, rpc_error)
        assert is_known_for(error, query)
    nothing_new = types.Updates(updates=[], users=[], chats=[], date=int(client.now), seq=0)
    assert client.call(pay(form.form_id, invoice, card)) == types.payments.PaymentResult(nothing_new)
    assert isinstance(client.call(poll), types.auth.SentCode)
    assert isinstance(
        client.call(functions.auth.SignIn(PAID, required.phone_code_hash, CODE)), types.auth.Authorization
    )


def test_other_purchases_are_refused() -> None:
    client = DirectClient()
    required = ask_for_code(client)
    wrong: list[types.TypeInputStorePaymentPurpose] = [
        types.InputStorePaymentPremiumSubscription(),
        purpose(required, amount=1),
        purpose(required, phone_code_hash="other"),
    ]
    for bought in wrong:
        for query in (
            functions.payments.CanPurchaseStore(bought),
            functions.payments.AssignAppStoreTransaction(b"receipt", bought),
            functions.payments.AssignPlayMarketTransaction(types.DataJSON("{}"), bought),
        ):
            assert is_known_for(client.error_of(query), query)
    form = functions.payments.GetPaymentForm(types.InputInvoiceSlug("slug"))
    error = client.error_of(form)
    assert isinstance(error, errors.InvoiceInvalid)
    assert is_known_for(error, form)


def test_empty_receipt_is_refused() -> None:
    client = DirectClient()
    bought = purpose(ask_for_code(client))
    assert isinstance(client.error_of(functions.payments.AssignAppStoreTransaction(b"", bought)), errors.ReceiptEmpty)
    query = functions.payments.AssignPlayMarketTransaction(types.DataJSON(""), bought)
    assert isinstance(client.error_of(query), errors.DataJsonInvalid)


def test_new_number_signs_up_after_the_payment() -> None:
    client = DirectClient()
    required = ask_for_code(client, NEW_USER)
    client.call(functions.payments.AssignAppStoreTransaction(b"receipt", purpose(required)))
    result = client.call(functions.auth.SignIn(NEW_USER, required.phone_code_hash, CODE))
    assert isinstance(result, types.auth.AuthorizationSignUpRequired)


def test_code_for_a_logged_in_user_requires_no_payment() -> None:
    client = DirectClient()
    client.log_in(PHONE)
    sent = client.call(functions.account.SendVerifyPhoneCode(PAID, types.CodeSettings()))
    assert isinstance(sent, types.auth.SentCode)
