from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import CodeSent
from tests.testing.desk import CODE, PHONE, Desk, is_known_for, send_code

PAID = "999662" + "3015"
NEWCOMER = "999662" + "3016"


def ask_for_code(desk: Desk, phone: str = PAID) -> types.auth.SentCodePaymentRequired:
    required = desk.ask(send_code(phone))
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


def test_nothing_is_sent_before_it_is_paid() -> None:
    desk = Desk()
    required = ask_for_code(desk)
    assert not [event for event in desk.events() if isinstance(event, CodeSent)]
    wrong = desk.refused(functions.auth.SignIn(PAID, required.phone_code_hash, CODE))
    assert isinstance(wrong, errors.PhoneCodeInvalid)
    unavailable = desk.refused(functions.auth.ResendCode(PAID, required.phone_code_hash))
    assert isinstance(unavailable, errors.SendCodeUnavailable)


@pytest.mark.parametrize("store", ["Play", "App"])
def test_a_receipt_of_a_shop_sends_the_code(store: str) -> None:
    desk = Desk()
    required = ask_for_code(desk)
    bought = purpose(required)
    assert desk.ask(functions.payments.CanPurchaseStore(bought)) is True
    if store == "Play":
        updates = desk.ask(functions.payments.AssignPlayMarketTransaction(types.DataJSON('{"receipt":1}'), bought))
    else:
        updates = desk.ask(functions.payments.AssignAppStoreTransaction(b"receipt", bought))
    assert isinstance(updates, types.Updates)
    (update,) = updates.updates
    assert isinstance(update, types.UpdateSentPhoneCode)
    assert isinstance(update.sent_code, types.auth.SentCode)
    assert update.sent_code.phone_code_hash == required.phone_code_hash
    result = desk.ask(functions.auth.SignIn(PAID, required.phone_code_hash, CODE))
    assert isinstance(result, types.auth.Authorization)


def test_a_card_pays_too() -> None:
    desk = Desk()
    required = ask_for_code(desk)
    invoice = types.InputInvoicePremiumAuthCode(purpose(required))
    form = desk.ask(functions.payments.GetPaymentForm(invoice))
    assert isinstance(form, types.payments.PaymentForm)
    again = desk.ask(functions.payments.GetPaymentForm(invoice))
    assert isinstance(again, types.payments.PaymentForm)
    assert form.form_id == again.form_id
    poll = functions.auth.CheckPaidAuth(PAID, required.phone_code_hash, form.form_id)
    assert isinstance(desk.ask(poll), types.auth.SentCodePaymentRequired)
    card = types.InputPaymentCredentials(types.DataJSON('{"card":1}'))
    empty = types.InputPaymentCredentials(types.DataJSON(""))
    pay = functions.payments.SendPaymentForm
    for query, refusal in (
        (pay(form.form_id + 1, invoice, card), errors.InvoiceInvalid),
        (pay(form.form_id, invoice, empty), errors.PaymentCredentialsInvalid),
    ):
        error = desk.refused(query)
        assert isinstance(error, refusal)
        assert is_known_for(error, query)
    assert isinstance(desk.ask(pay(form.form_id, invoice, card)), types.payments.PaymentResult)
    assert isinstance(desk.ask(poll), types.auth.SentCode)
    assert isinstance(desk.ask(functions.auth.SignIn(PAID, required.phone_code_hash, CODE)), types.auth.Authorization)


def test_only_what_is_for_sale_can_be_bought() -> None:
    desk = Desk()
    required = ask_for_code(desk)
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
            assert is_known_for(desk.refused(query), query)
    form = functions.payments.GetPaymentForm(types.InputInvoiceSlug("slug"))
    error = desk.refused(form)
    assert isinstance(error, errors.InvoiceInvalid)
    assert is_known_for(error, form)


def test_a_receipt_is_not_empty() -> None:
    desk = Desk()
    bought = purpose(ask_for_code(desk))
    assert isinstance(desk.refused(functions.payments.AssignAppStoreTransaction(b"", bought)), errors.ReceiptEmpty)
    query = functions.payments.AssignPlayMarketTransaction(types.DataJSON(""), bought)
    assert isinstance(desk.refused(query), errors.DataJsonInvalid)


def test_whoever_signs_up_pays_first() -> None:
    desk = Desk()
    required = ask_for_code(desk, NEWCOMER)
    desk.ask(functions.payments.AssignAppStoreTransaction(b"receipt", purpose(required)))
    result = desk.ask(functions.auth.SignIn(NEWCOMER, required.phone_code_hash, CODE))
    assert isinstance(result, types.auth.AuthorizationSignUpRequired)


def test_whoever_is_logged_in_does_not_pay() -> None:
    desk = Desk()
    desk.log_in(PHONE)
    sent = desk.ask(functions.account.SendVerifyPhoneCode(PAID, types.CodeSettings()))
    assert isinstance(sent, types.auth.SentCode)
