"""Payment for a login code.

    auth.sentCodePaymentRequired    payments.canPurchaseStore -> true
        in an app store             payments.assignPlayMarketTransaction, payments.assignAppStoreTransaction
                                    -> updates with updateSentPhoneCode
        by card                     payments.getPaymentForm, payments.sendPaymentForm, auth.checkPaidAuth ->
        auth.sentCode

Any receipt and any card that is not empty is accepted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import errors, functions, types
from sansio_tl.testing.codes import IssuedCode, PhoneCodePurpose
from sansio_tl.testing.handlers.code_sending import deliver, find_code
from sansio_tl.testing.handlers.number_checks import read_number

if TYPE_CHECKING:
    from sansio_tl.testing.context import RequestContext

_PRODUCT = "org.telegram.telegramPremium.oneWeek.auth"
_DAYS = 7
_CURRENCY = "EUR"
_AMOUNT = 99
"""In the smallest unit of the currency."""


def payment_required(code: IssuedCode) -> types.auth.SentCodePaymentRequired:
    """The purchase that is required before the code is sent."""
    return types.auth.SentCodePaymentRequired(
        store_product=_PRODUCT,
        phone_code_hash=code.phone_code_hash,
        support_email_address="sms@example.org",
        support_email_subject="Payment for a login code",
        premium_days=_DAYS,
        currency=_CURRENCY,
        amount=_AMOUNT,
    )


def can_purchase_store(call: RequestContext, query: functions.payments.CanPurchaseStore) -> bool:
    """payments.canPurchaseStore: only login codes are for sale."""
    _find(call, query.purpose)
    return True


def assign_app_store_transaction(
    call: RequestContext, query: functions.payments.AssignAppStoreTransaction
) -> types.Updates:
    """payments.assignAppStoreTransaction."""
    if not query.receipt:
        raise errors.ReceiptEmpty
    return _sold(call, _find(call, query.purpose))


def assign_play_market_transaction(
    call: RequestContext, query: functions.payments.AssignPlayMarketTransaction
) -> types.Updates:
    """payments.assignPlayMarketTransaction."""
    if not query.receipt.data:
        raise errors.DataJsonInvalid
    return _sold(call, _find(call, query.purpose, errors.DataJsonInvalid))


def get_payment_form(call: RequestContext, query: functions.payments.GetPaymentForm) -> types.payments.PaymentForm:
    """payments.getPaymentForm, for a login code."""
    code = _find_invoice(call, query.invoice)
    code.form_id = code.form_id or call.draw_hash()
    return types.payments.PaymentForm(
        form_id=code.form_id,
        bot_id=0,
        title="Login code",
        description="One week of Premium, and the code to log in",
        invoice=types.Invoice(
            currency=_CURRENCY, prices=[types.LabeledPrice(label="Premium for one week", amount=_AMOUNT)], test=True
        ),
        provider_id=0,
        url="https://example.org/pay",
        users=[],
    )


def send_payment_form(call: RequestContext, query: functions.payments.SendPaymentForm) -> types.payments.PaymentResult:
    """payments.sendPaymentForm, for a login code. The code itself is requested with auth.checkPaidAuth."""
    code = _find_invoice(call, query.invoice)
    if query.form_id != code.form_id or not code.form_id:
        raise errors.InvoiceInvalid
    if isinstance(query.credentials, types.InputPaymentCredentials) and not query.credentials.data.data:
        raise errors.PaymentCredentialsInvalid
    code.paid = True
    updates = types.Updates(updates=[], users=[], chats=[], date=int(call.now), seq=0)
    return types.payments.PaymentResult(updates=updates)


def check_paid_auth(call: RequestContext, query: functions.auth.CheckPaidAuth) -> types.auth.TypeSentCode:
    """auth.checkPaidAuth: the code is sent, or must still be paid for."""
    number = read_number(query.phone_number, 400)
    code = find_code(call, query.phone_code_hash, number, PhoneCodePurpose.LOG_IN)
    if not code.paid or query.form_id != code.form_id:
        return payment_required(code)
    return deliver(call, code)


def _sold(call: RequestContext, code: IssuedCode) -> types.Updates:
    code.paid = True
    update = types.UpdateSentPhoneCode(sent_code=deliver(call, code))
    return types.Updates(updates=[update], users=[], chats=[], date=int(call.now), seq=0)


def _find(
    call: RequestContext,
    purpose: types.TypeInputStorePaymentPurpose,
    error_type: type[errors.KnownRpcError] = errors.InputPurposeInvalid,
) -> IssuedCode:
    """The code that must be paid for, or the error."""
    if isinstance(purpose, types.InputStorePaymentAuthCode):
        code = call.state.codes.find(purpose.phone_code_hash, call.now)
        price = (purpose.premium_days, purpose.currency, purpose.amount)
        if code is not None and price == (_DAYS, _CURRENCY, _AMOUNT):
            return code
    raise error_type


def _find_invoice(call: RequestContext, invoice: types.TypeInputInvoice) -> IssuedCode:
    if not isinstance(invoice, types.InputInvoicePremiumAuthCode):
        raise errors.InvoiceInvalid
    return _find(call, invoice.purpose, errors.InvoiceInvalid)
