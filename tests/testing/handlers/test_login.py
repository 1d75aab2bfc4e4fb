from __future__ import annotations

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.errors import RpcError
from sansio_tl.testing import Cluster, DeliveryMethod, LoggedIn, LoggedOut, PhoneCodePurpose, SignedUp
from sansio_tl.testing.codes import IssuedCode
from tests.helpers.direct_client import CODE, NOW, PHONE, SETTINGS, TABLET_KEY, DirectClient, is_known_for, send_code

NEW_USER = "9996620200"


def sign_in(phone: str, sent: types.auth.SentCode, code: str | None = CODE) -> functions.auth.SignIn:
    return functions.auth.SignIn(phone, sent.phone_code_hash, code)


def sign_up(phone: str, sent: types.auth.SentCode, first: str = "Ada", last: str = "") -> functions.auth.SignUp:
    return functions.auth.SignUp(phone, sent.phone_code_hash, first, last)


def test_right_code_logs_in() -> None:
    client = DirectClient()
    sent = client.send_code()
    assert sent.type == types.auth.SentCodeTypeSms(5)
    assert sent.next_type == types.auth.CodeTypeCall()
    assert sent.timeout == 60
    result = client.call(sign_in(PHONE, sent))
    assert isinstance(result, types.auth.Authorization)
    assert isinstance(result.user, types.User)
    assert (result.user.phone, result.user.self, result.user.first_name) == (PHONE, True, "Test")
    assert LoggedIn(result.user.id) in client.events()
    assert client.call(functions.users.GetUsers([types.InputUserSelf()])) == [result.user]


def test_phone_numbers_may_have_separators() -> None:
    client = DirectClient()
    sent = client.send_code("+99966 2-00 07")
    assert isinstance(client.call(sign_in("+99966 (2) 0007", sent, " 22222 ")), types.auth.Authorization)


def test_repr_of_the_code_sent_event_hides_code_and_number() -> None:
    client = DirectClient()
    client.data_center.add_account("+49 170 0000001", first_name="Ada")
    sent = client.send_code("491700000001")
    reported = client.last_code()
    assert (reported.phone_number, reported.via, reported.purpose) == (
        "491700000001",
        DeliveryMethod.SMS,
        PhoneCodePurpose.LOG_IN,
    )
    assert len(reported.code) == 5
    assert reported.code not in repr(reported)
    assert reported.phone_number not in repr(reported)
    assert isinstance(client.call(sign_in("491700000001", sent, reported.code)), types.auth.Authorization)


def test_codes_depend_on_the_entropy() -> None:
    def code(seed: str) -> str:
        client = DirectClient(seed=seed)
        client.send_code("491700000001")
        return client.last_code().code

    assert code("one") == code("one") != code("two")


def test_code_of_every_number_can_be_fixed() -> None:
    client = DirectClient(code="31337")
    client.send_code("491700000001")
    assert client.last_code().code == "31337"


def test_AU5_sign_in_can_be_repeated_after_a_wrong_code() -> None:
    client = DirectClient()
    sent = client.send_code()
    assert isinstance(client.error_of(sign_in(PHONE, sent, "11111")), errors.PhoneCodeInvalid)
    assert isinstance(client.call(sign_in(PHONE, sent)), types.auth.Authorization)


def test_AU5_code_expires_after_too_many_wrong_tries() -> None:
    client = DirectClient(code_tries=3)
    sent = client.send_code()
    for _ in range(3):
        assert isinstance(client.error_of(sign_in(PHONE, sent, "11111")), errors.PhoneCodeInvalid)
    assert isinstance(client.error_of(sign_in(PHONE, sent)), errors.PhoneCodeExpired)


@pytest.mark.parametrize("code", [None, ""])
def test_missing_code_is_refused_and_counts_as_no_try(code: str | None) -> None:
    client = DirectClient(code_tries=1)
    sent = client.send_code()
    assert isinstance(client.error_of(sign_in(PHONE, sent, code)), errors.PhoneCodeEmpty)
    unknown = functions.auth.SignIn(PHONE, "unknown", code)
    assert isinstance(client.error_of(unknown), errors.PhoneCodeEmpty), "before the hash is looked up"
    assert isinstance(client.call(sign_in(PHONE, sent)), types.auth.Authorization)


def test_code_expires_at_the_end_of_its_lifetime() -> None:
    client = DirectClient(code_lifetime=300.0)
    sent = client.send_code()
    client.now = NOW + 300.0
    assert isinstance(client.error_of(sign_in(PHONE, sent)), errors.PhoneCodeExpired)
    sent = client.send_code()
    client.now += 299.9
    assert isinstance(client.call(sign_in(PHONE, sent)), types.auth.Authorization)


def test_AU5_code_is_valid_once() -> None:
    client = DirectClient()
    sent = client.send_code()
    client.call(sign_in(PHONE, sent))
    assert isinstance(client.error_of(sign_in(PHONE, sent)), errors.PhoneCodeExpired)


def test_new_code_replaces_the_old_one() -> None:
    client = DirectClient()
    first, second = client.send_code(), client.send_code()
    assert first.phone_code_hash != second.phone_code_hash
    assert isinstance(client.error_of(sign_in(PHONE, first)), errors.PhoneCodeExpired)
    assert isinstance(client.call(sign_in(PHONE, second)), types.auth.Authorization)


def test_two_devices_may_log_in_at_the_same_time() -> None:
    client = DirectClient()
    phone, tablet = client.send_code(), client.send_code(key_id=TABLET_KEY)
    assert isinstance(client.call(sign_in(PHONE, phone)), types.auth.Authorization)
    assert isinstance(client.call(sign_in(PHONE, tablet), TABLET_KEY), types.auth.Authorization)


def test_AU5_code_is_valid_for_its_number_only() -> None:
    client = DirectClient()
    sent = client.send_code()
    assert isinstance(client.error_of(sign_in("9996620008", sent)), errors.PhoneCodeExpired)
    assert isinstance(client.error_of(functions.auth.SignIn(PHONE, "", CODE)), errors.PhoneCodeExpired)


@pytest.mark.parametrize("number", ["", "+", "12345", "1234567890123456", "phone", "+4917000000x1", "٤٩١٧٠٠٠٠٠٠٠١"])
def test_PHONE_NUMBER_INVALID_is_400_for_send_code_and_406_for_sign_in(number: str) -> None:
    client = DirectClient()
    sending = client.error_of(send_code(number))
    assert isinstance(sending, errors.PhoneNumberInvalid)
    assert sending.code == 400
    for query in (functions.auth.SignIn(number, "hash", CODE), functions.auth.SignUp(number, "hash", "Ada", "")):
        error = client.error_of(query)
        assert isinstance(error, errors.PhoneNumberInvalid)
        assert error.code == 406


@pytest.mark.parametrize(("api_id", "api_hash"), [(0, "hash"), (-1, "hash"), (1, "")])
def test_send_code_with_an_invalid_api_id_or_api_hash_is_refused(api_id: int, api_hash: str) -> None:
    error = DirectClient().error_of(functions.auth.SendCode(PHONE, api_id, api_hash, SETTINGS))
    assert isinstance(error, errors.ApiIdInvalid)


def test_send_code_accepts_only_the_configured_api_keys() -> None:
    client = DirectClient(api_keys={7: "seven"})
    client.call(functions.auth.SendCode(PHONE, 7, "seven", SETTINGS))
    for api_id, api_hash in ((7, "eight"), (8, "seven")):
        error = client.error_of(functions.auth.SendCode(PHONE, api_id, api_hash, SETTINGS))
        assert isinstance(error, errors.ApiIdInvalid)


def test_unknown_number_signs_up() -> None:
    client = DirectClient()
    sent = client.send_code(NEW_USER)
    required = client.call(sign_in(NEW_USER, sent))
    assert isinstance(required, types.auth.AuthorizationSignUpRequired)
    assert isinstance(required.terms_of_service, types.help.TermsOfService)
    assert required.terms_of_service.min_age_confirm is None
    client.events()
    result = client.call(sign_up(NEW_USER, sent, " Ada ", "Lovelace"))
    assert isinstance(result, types.auth.Authorization)
    assert isinstance(result.user, types.User)
    assert (result.user.first_name, result.user.last_name, result.user.phone) == ("Ada", "Lovelace", NEW_USER)
    assert client.events()[:2] == [SignedUp(result.user.id), LoggedIn(result.user.id)]


def test_terms_of_service_can_have_a_minimum_age() -> None:
    client = DirectClient()
    required = client.call(sign_in("9996620300", client.send_code("9996620300")))
    assert isinstance(required, types.auth.AuthorizationSignUpRequired)
    assert isinstance(required.terms_of_service, types.help.TermsOfService)
    assert required.terms_of_service.min_age_confirm == 16


def test_signing_up_requires_the_code() -> None:
    client = DirectClient()
    sent = client.send_code(NEW_USER)
    assert isinstance(client.error_of(sign_up(NEW_USER, sent)), errors.PhoneCodeInvalid)
    assert isinstance(client.error_of(functions.auth.SignUp(NEW_USER, "", "Ada", "")), errors.PhoneCodeExpired)


@pytest.mark.parametrize(
    ("first", "last", "error"),
    [
        ("", "", errors.FirstnameInvalid),
        ("  ", "Lovelace", errors.FirstnameInvalid),
        ("A" * 65, "", errors.FirstnameInvalid),
        ("Ada", "L" * 65, errors.LastnameInvalid),
    ],
)
def test_names_have_1_to_64_characters(first: str, last: str, error: type[RpcError]) -> None:
    client = DirectClient()
    sent = client.send_code(NEW_USER)
    client.call(sign_in(NEW_USER, sent))
    assert isinstance(client.error_of(sign_up(NEW_USER, sent, first, last)), error)
    assert isinstance(client.call(sign_up(NEW_USER, sent, "A" * 64, "L" * 64)), types.auth.Authorization)


@pytest.mark.parametrize(("number", "age"), [(NEW_USER, None), ("9996620300", 16)])
def test_terms_of_service_are_exact(number: str, age: int | None) -> None:
    client = DirectClient()
    sent = client.send_code(number)
    required = client.call(sign_in(number, sent))
    assert isinstance(required, types.auth.AuthorizationSignUpRequired)
    assert required.terms_of_service == types.help.TermsOfService(
        popup=True,
        id=types.DataJSON('{"country": "NL"}'),
        text="This is an embedded data center for tests. By signing up for it you agree that nothing you do here is"
        " real.",
        entities=[],
        min_age_confirm=age,
    )


def test_name_of_one_character_is_accepted_and_stored_without_spaces() -> None:
    client = DirectClient()
    sent = client.send_code(NEW_USER)
    client.call(sign_in(NEW_USER, sent))
    result = client.call(sign_up(NEW_USER, sent, " A ", " L "))
    assert isinstance(result, types.auth.Authorization)
    assert isinstance(result.user, types.User)
    assert (result.user.first_name, result.user.last_name) == ("A", "L")


def test_second_sign_up_of_a_number_is_refused() -> None:
    client = DirectClient()
    phone, tablet = client.send_code(NEW_USER), client.send_code(NEW_USER, key_id=TABLET_KEY)
    client.call(sign_in(NEW_USER, phone))
    client.call(sign_in(NEW_USER, tablet), TABLET_KEY)
    client.call(sign_up(NEW_USER, phone))
    assert isinstance(client.error_of(sign_up(NEW_USER, tablet), TABLET_KEY), errors.PhoneNumberOccupied)


def test_code_goes_to_other_sessions_first() -> None:
    client = DirectClient()
    client.data_center.add_account("491700000001", first_name="Ada")
    sent = client.send_code("491700000001")
    client.call(sign_in("491700000001", sent, client.last_code().code))
    sent = client.send_code("491700000001", key_id=TABLET_KEY)
    assert sent.type == types.auth.SentCodeTypeApp(5)
    assert sent.next_type == types.auth.CodeTypeSms()
    assert client.last_code().via is DeliveryMethod.APP


def test_logout_token_logs_in_once_without_a_code() -> None:
    client = DirectClient()
    account = client.log_in()
    gone = client.call(functions.auth.LogOut())
    assert LoggedOut(account.id) in client.events()
    assert isinstance(client.error_of(functions.auth.LogOut()), errors.AuthKeyUnregistered)
    assert gone.future_auth_token is not None
    back = client.call(send_code(PHONE, types.CodeSettings(logout_tokens=[b"other", gone.future_auth_token])))
    assert isinstance(back, types.auth.SentCodeSuccess)
    assert isinstance(back.authorization, types.auth.Authorization)
    client.call(functions.auth.LogOut())
    again = client.call(send_code(PHONE, types.CodeSettings(logout_tokens=[gone.future_auth_token])))
    assert isinstance(again, types.auth.SentCode), "a token is good once"


def test_logout_token_of_another_user_has_no_effect() -> None:
    client = DirectClient()
    client.log_in()
    token = client.call(functions.auth.LogOut()).future_auth_token
    assert token is not None
    sent = client.call(send_code("9996620008", types.CodeSettings(logout_tokens=[token])))
    assert isinstance(sent, types.auth.SentCode)


def test_logout_token_of_an_account_with_a_password_requires_it() -> None:
    client = DirectClient()
    account = client.data_center.add_account("491700000001", first_name="Ada", password="secret")
    account.logout_tokens.add(b"token")
    query = send_code("491700000001", types.CodeSettings(logout_tokens=[b"token"]))
    error = client.error_of(query)
    assert isinstance(error, errors.SessionPasswordNeeded)
    assert is_known_for(error, query)


def test_number_of_another_data_center_gets_phone_migrate() -> None:
    cluster = Cluster()
    here, there = DirectClient(cluster=cluster), DirectClient(cluster=cluster, dc_id=4)
    there.data_center.add_account("491700000001", first_name="Ada")
    for number in ("491700000001", "9996640001"):
        error = here.error_of(send_code(number))
        assert isinstance(error, errors.PhoneMigrate)
        assert error.dc == 4
        assert isinstance(there.call(send_code(number)), types.auth.SentCode)


def test_reprs_of_accounts_codes_and_data_center_show_no_secret() -> None:
    client = DirectClient()
    account = client.data_center.add_account("491700000001", first_name="Ada", last_name="Lovelace", password="secret")
    code = IssuedCode(
        "hash5678", "491700000001", PhoneCodePurpose.LOG_IN, b"key", (DeliveryMethod.SMS,), "31337", 0.0, 0.0, 1
    )
    assert account.password is not None
    shown = repr((account, code, account.password, client.data_center, client.data_center.private_key))
    for secret in ("491700000001", "Ada", "Lovelace", "hash5678", "31337", repr(account.password.salt1)):
        assert secret not in shown
