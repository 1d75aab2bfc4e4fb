from __future__ import annotations

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import AddressVerified, CodeSent, DeliveryMethod, MailPurpose, MailSent, SignedUp
from tests.helpers.direct_client import CODE, NOW, PHONE, DirectClient, is_known_for, send_code

MAILED = "999662" + "3012"
TO_SET_UP = "999662" + "3013"
NEW_USER = "999662" + "3014"
ADDRESS = "ada@example.org"
MAIL_CODE = "222222"
"""The mailed code of every sandbox number of data center 2."""
WEEK = 7 * 86_400
Setup = types.EmailVerifyPurposeLoginSetup
Typed = types.EmailVerificationCode
Google = types.EmailVerificationGoogle


def sign_in(phone: str, sent: types.auth.SentCode, given: types.TypeEmailVerification) -> functions.auth.SignIn:
    return functions.auth.SignIn(phone, sent.phone_code_hash, email_verification=given)


def mail(purpose: types.TypeEmailVerifyPurpose, address: str = ADDRESS) -> functions.account.SendVerifyEmailCode:
    return functions.account.SendVerifyEmailCode(purpose, address)


def verify(
    purpose: types.TypeEmailVerifyPurpose, given: types.TypeEmailVerification | None = None
) -> functions.account.VerifyEmail:
    return functions.account.VerifyEmail(purpose, given or Typed(MAIL_CODE))


def test_email_code_logs_in() -> None:
    client = DirectClient()
    sent = client.send_code(MAILED)
    kind = sent.type
    assert isinstance(kind, types.auth.SentCodeTypeEmailCode)
    assert (kind.email_pattern, kind.length) == ("t***t@example.org", 6)
    assert (kind.reset_available_period, kind.reset_pending_date) == (WEEK, None)
    mailed = client.last_mail()
    assert (mailed.address, mailed.code, mailed.purpose) == ("test@example.org", MAIL_CODE, MailPurpose.LOG_IN)
    wrong = client.error_of(sign_in(MAILED, sent, Typed("111111")))
    assert isinstance(wrong, errors.PhoneCodeInvalid)
    assert isinstance(
        client.error_of(functions.auth.SignIn(MAILED, sent.phone_code_hash, CODE)), errors.PhoneCodeInvalid
    )
    assert isinstance(client.call(sign_in(MAILED, sent, Typed(MAIL_CODE))), types.auth.Authorization)


@pytest.mark.parametrize("token", [Google("test@example.org"), types.EmailVerificationApple("test@example.org")])
def test_google_or_apple_token_of_the_address_logs_in(token: types.TypeEmailVerification) -> None:
    client = DirectClient()
    sent = client.send_code(MAILED)
    other = client.error_of(sign_in(MAILED, sent, Google("other@example.org")))
    assert isinstance(other, errors.PhoneCodeInvalid)
    assert isinstance(client.call(sign_in(MAILED, sent, token)), types.auth.Authorization)


def test_email_code_for_a_number_with_sms_codes_is_refused() -> None:
    client = DirectClient()
    sent = client.send_code(PHONE)
    assert isinstance(client.error_of(sign_in(PHONE, sent, Typed(MAIL_CODE))), errors.PhoneCodeEmpty)


def test_required_email_address_is_set_up_before_the_login() -> None:
    client = DirectClient()
    sent = client.send_code(TO_SET_UP)
    assert isinstance(sent.type, types.auth.SentCodeTypeSetUpEmailRequired)
    assert (sent.type.google_signin_allowed, sent.next_type) == (True, None)
    assert isinstance(
        client.error_of(functions.auth.SignIn(TO_SET_UP, sent.phone_code_hash, CODE)), errors.PhoneCodeInvalid
    )
    purpose = Setup(TO_SET_UP, sent.phone_code_hash)
    assert client.call(mail(purpose)) == types.account.SentEmailCode("a***a@example.org", 6)
    assert client.last_mail().purpose is MailPurpose.LOG_IN_SETUP
    query = verify(purpose, Typed("111111"))
    wrong = client.error_of(query)
    assert isinstance(wrong, errors.CodeInvalid)
    assert is_known_for(wrong, query)
    done = client.call(verify(purpose))
    assert isinstance(done, types.account.EmailVerifiedLogin)
    assert done.email == ADDRESS
    assert isinstance(done.sent_code, types.auth.SentCode)
    assert isinstance(done.sent_code.type, types.auth.SentCodeTypeEmailCode)
    assert client.last_mail().address == ADDRESS
    result = client.call(sign_in(TO_SET_UP, done.sent_code, Typed(MAIL_CODE)))
    assert isinstance(result, types.auth.Authorization)
    account = client.data_center.accounts.with_number(TO_SET_UP)
    assert account is not None
    assert account.login_email == ADDRESS


def test_new_account_keeps_its_login_email() -> None:
    client = DirectClient()
    sent = client.send_code(NEW_USER)
    done = client.call(verify(Setup(NEW_USER, sent.phone_code_hash), Google(ADDRESS)))
    assert isinstance(done, types.account.EmailVerifiedLogin)
    assert isinstance(done.sent_code, types.auth.SentCode)
    required = client.call(sign_in(NEW_USER, done.sent_code, Typed(MAIL_CODE)))
    assert isinstance(required, types.auth.AuthorizationSignUpRequired)
    client.call(functions.auth.SignUp(NEW_USER, sent.phone_code_hash, "Ada", ""))
    account = client.data_center.accounts.with_number(NEW_USER)
    assert account is not None
    assert account.login_email == ADDRESS
    assert SignedUp(account.id) in client.events()


def test_email_setup_requires_the_number_and_hash_of_the_login() -> None:
    client = DirectClient()
    sent = client.send_code(TO_SET_UP)
    cases = [
        (Setup("no number", sent.phone_code_hash), errors.PhoneNumberInvalid),
        (Setup(TO_SET_UP, ""), errors.PhoneCodeEmpty),
        (Setup(TO_SET_UP, "other"), errors.PhoneHashExpired),
        (Setup("9996620001", sent.phone_code_hash), errors.PhoneHashExpired),
    ]
    for purpose, rpc_error in cases:
        error = client.error_of(mail(purpose))
        assert isinstance(error, rpc_error)
        assert is_known_for(error, mail(purpose))
    done = client.send_code(PHONE)
    assert isinstance(client.error_of(mail(Setup(PHONE, done.phone_code_hash))), errors.PhoneHashExpired)


@pytest.mark.parametrize("address", ["", "ada", "@example.org", "ada@", "a@b@c", "a da@example.org"])
def test_malformed_email_address_is_refused(address: str) -> None:
    client = DirectClient()
    client.log_in()
    error = client.error_of(mail(types.EmailVerifyPurposePassport(), address))
    assert isinstance(error, errors.EmailInvalid)
    assert isinstance(client.error_of(verify(types.EmailVerifyPurposePassport(), Google(address))), errors.EmailInvalid)


def test_address_of_a_forbidden_domain_is_refused() -> None:
    client = DirectClient()
    client.log_in()
    error = client.error_of(mail(types.EmailVerifyPurposePassport(), "ada@Not-Allowed.example"))
    assert isinstance(error, errors.EmailNotAllowed)


def test_passport_email_address_is_verified_once() -> None:
    client = DirectClient()
    account = client.log_in()
    purpose = types.EmailVerifyPurposePassport()
    assert isinstance(client.error_of(verify(purpose)), errors.EmailVerifyExpired)
    client.call(mail(purpose))
    assert client.call(verify(purpose)) == types.account.EmailVerified(ADDRESS)
    assert account.verified_addresses == {ADDRESS}
    assert AddressVerified(account.id, MailPurpose.PASSPORT) in client.events()
    assert isinstance(client.error_of(verify(purpose)), errors.EmailVerifyExpired), "a code is good once"


def test_login_email_address_can_be_changed() -> None:
    client = DirectClient()
    account = client.log_in()
    purpose = types.EmailVerifyPurposeLoginChange()
    error = client.error_of(mail(purpose))
    assert isinstance(error, errors.EmailNotSetup)
    assert is_known_for(error, mail(purpose))
    account.login_email = "old@example.org"
    client.call(mail(purpose))
    client.call(verify(purpose))
    assert account.login_email == ADDRESS
    reported = client.call(functions.account.GetPassword())
    assert reported.login_email_pattern == "a***a@example.org"


def test_new_email_code_replaces_the_old_one_and_expires() -> None:
    client = DirectClient(code_lifetime=300.0)
    client.data_center.add_account("491700000001", first_name="Ada")
    sent = client.send_code("491700000001")
    client.call(functions.auth.SignIn("491700000001", sent.phone_code_hash, client.last_code().code))
    purpose = types.EmailVerifyPurposePassport()
    client.call(mail(purpose))
    first = client.last_mail().code
    client.call(mail(purpose))
    second = client.last_mail().code
    assert isinstance(client.error_of(verify(purpose, Typed(first))), errors.CodeInvalid)
    client.now = NOW + 300
    assert isinstance(client.error_of(verify(purpose, Typed(second))), errors.EmailVerifyExpired)


def test_email_code_for_passport_requires_a_login() -> None:
    error = DirectClient().error_of(mail(types.EmailVerifyPurposePassport()))
    assert isinstance(error, errors.AuthKeyUnregistered)


def reset(phone: str, sent: types.auth.SentCode) -> functions.auth.ResetLoginEmail:
    return functions.auth.ResetLoginEmail(phone, sent.phone_code_hash)


def test_login_email_reset_takes_effect_after_a_week() -> None:
    client = DirectClient()
    sent = client.send_code(MAILED)
    pending = client.call(reset(MAILED, sent))
    assert isinstance(pending, types.auth.SentCode)
    assert isinstance(pending.type, types.auth.SentCodeTypeEmailCode)
    assert (pending.type.reset_available_period, pending.type.reset_pending_date) == (None, int(NOW) + WEEK)
    query = reset(MAILED, sent)
    error = client.error_of(query)
    assert isinstance(error, errors.TaskAlreadyExists)
    assert is_known_for(error, query)
    client.now = NOW + WEEK
    later = client.send_code(MAILED)
    assert later.type == types.auth.SentCodeTypeSms(5)
    assert isinstance(client.error_of(reset(MAILED, later)), errors.EmailInstallMissing)


def test_login_email_reset_without_a_wait_sends_an_sms_code_at_once() -> None:
    client = DirectClient(email_reset_wait=0.0)
    sent = client.send_code(MAILED)
    assert isinstance(sent.type, types.auth.SentCodeTypeEmailCode)
    assert sent.type.reset_available_period == 0
    now = client.call(reset(MAILED, sent))
    assert isinstance(now, types.auth.SentCode)
    assert now.type == types.auth.SentCodeTypeSms(5)
    (code,) = (event for event in client.events() if isinstance(event, CodeSent))
    assert code.via is DeliveryMethod.SMS
    result = client.call(functions.auth.SignIn(MAILED, now.phone_code_hash, CODE))
    assert isinstance(result, types.auth.Authorization)


def test_login_email_reset_without_an_address_is_refused() -> None:
    client = DirectClient()
    sent = client.send_code(PHONE)
    error = client.error_of(reset(PHONE, sent))
    assert isinstance(error, errors.EmailInstallMissing)
    assert is_known_for(error, reset(PHONE, sent))
    assert isinstance(client.error_of(reset("no number", sent)), errors.PhoneNumberInvalid)


def test_number_verification_is_sent_by_sms_not_by_email() -> None:
    client = DirectClient()
    client.log_in()
    sent = client.call(functions.account.SendVerifyPhoneCode(MAILED, types.CodeSettings()))
    assert isinstance(sent, types.auth.SentCode)
    assert sent.type == types.auth.SentCodeTypeSms(5)
    sent = client.call(functions.account.SendVerifyPhoneCode(TO_SET_UP, types.CodeSettings()))
    assert isinstance(sent, types.auth.SentCode)
    assert sent.type == types.auth.SentCodeTypeSms(5)


def test_send_code_again_sends_another_email_code() -> None:
    client = DirectClient()
    client.send_code(MAILED)
    client.call(send_code(MAILED))
    assert sum(isinstance(event, MailSent) for event in client.events()) == 2


def test_changed_login_email_address_ends_the_reset_of_the_old_one() -> None:
    client = DirectClient()
    sent = client.send_code(MAILED)
    client.call(reset(MAILED, sent))
    client.call(sign_in(MAILED, sent, Typed(client.last_mail().code)))
    purpose = types.EmailVerifyPurposeLoginChange()
    client.call(mail(purpose))
    client.call(verify(purpose))
    client.now = NOW + WEEK
    later = client.send_code(MAILED)
    assert isinstance(later.type, types.auth.SentCodeTypeEmailCode)
    assert later.type.email_pattern == "a***a@example.org"
