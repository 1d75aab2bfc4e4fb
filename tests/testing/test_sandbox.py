from __future__ import annotations

import re

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import DataCenterConfig, sandbox
from tests.helpers.direct_client import CODE, NOW, DirectClient, is_known_for, send_code

DOCUMENTED = re.findall(r"^    (\d\d\d\d|\d\dNN|\d\dSS)    (.*)$", sandbox.__doc__ or "", re.MULTILINE)


def test_documented_sandbox_numbers_match_the_implemented_ones() -> None:
    assert [number.rstrip("NS") for number, _ in DOCUMENTED] == list(sandbox.BEHAVIORS)


REFUSED = [(number, text) for number, text in DOCUMENTED if re.fullmatch(r"1\d\d\d", number)]


@pytest.mark.parametrize(("number", "text"), REFUSED, ids=[number for number, _ in REFUSED])
def test_sandbox_number_gives_its_documented_error(number: str, text: str) -> None:
    client, query = DirectClient(), send_code("999662" + number)
    code, name = text.partition(",")[0].split()
    error = client.error_of(query)
    assert (error.code, error.text) == (int(code), name)
    assert is_known_for(error, query) or "until" in text, "challenges come with any method"
    if text.endswith(", once"):
        assert isinstance(client.call(query), types.auth.SentCode)
    else:
        assert client.error_of(query).text == name


def test_flood_wait_counts_down_and_ends() -> None:
    client, query = DirectClient(), send_code("9996622030")
    for passed, left in ((0, 30), (10.5, 20), (29.9, 1)):
        client.now = NOW + passed
        error = client.error_of(query)
        assert isinstance(error, errors.FloodWait)
        assert (error.seconds, error.text, error.code) == (left, f"FLOOD_WAIT_{left}", 420)
    client.now = NOW + 30
    assert isinstance(client.call(query), types.auth.SentCode)


def test_sandbox_number_4001_has_a_code_that_expires_after_two_seconds() -> None:
    client = DirectClient()
    sent = client.send_code("9996624001")
    client.now += 2
    query = functions.auth.SignIn("9996624001", sent.phone_code_hash, CODE)
    assert isinstance(client.error_of(query), errors.PhoneCodeExpired)


def test_sandbox_number_4002_has_a_code_with_one_try() -> None:
    client = DirectClient()
    sent = client.send_code("9996624002")
    wrong = functions.auth.SignIn("9996624002", sent.phone_code_hash, "11111")
    right = functions.auth.SignIn("9996624002", sent.phone_code_hash, CODE)
    assert isinstance(client.error_of(wrong), errors.PhoneCodeInvalid)
    assert isinstance(client.error_of(right), errors.PhoneCodeExpired)


def test_sandbox_number_4003_has_a_code_that_cannot_be_resent() -> None:
    client = DirectClient()
    sent = client.send_code("9996624003")
    assert (sent.next_type, sent.timeout) == (None, None)
    query = functions.auth.ResendCode("9996624003", sent.phone_code_hash)
    assert isinstance(client.error_of(query), errors.SendCodeUnavailable)


def test_sandbox_number_5001_fails_the_first_right_code() -> None:
    client = DirectClient()
    sent = client.send_code("9996625001")
    query = functions.auth.SignIn("9996625001", sent.phone_code_hash, CODE)
    error = client.error_of(query)
    assert isinstance(error, errors.SignInFailed)
    assert error.code == 500
    assert isinstance(client.call(query), types.auth.Authorization)


def test_sandbox_number_5002_signs_up_as_in_old_layers() -> None:
    client = DirectClient()
    sent = client.send_code("9996625002")
    error = client.error_of(functions.auth.SignIn("9996625002", sent.phone_code_hash, CODE))
    assert isinstance(error, errors.PhoneNumberUnoccupied)
    result = client.call(functions.auth.SignUp("9996625002", sent.phone_code_hash, "Ada", ""))
    assert isinstance(result, types.auth.Authorization)


@pytest.mark.parametrize("dc_id", [1, 2, 3, 4, 5])
def test_sandbox_code_is_the_data_center_number_repeated(dc_id: int) -> None:
    for length in (5, 6):
        client = DirectClient(dc_id=dc_id, code_length=length)
        sent = client.send_code(f"99966{dc_id}0000")
        assert sent.type == types.auth.SentCodeTypeSms(length)
        assert client.last_code().code == str(dc_id) * length


@pytest.mark.parametrize("number", ["9996600000", "9996660000", "99966200000", "999662000", "9996629999", "4996620000"])
def test_other_numbers_are_no_sandbox_numbers(number: str) -> None:
    assert sandbox.find(number) is None


def test_configuration_cannot_change_a_sandbox_code() -> None:
    assert DataCenterConfig().code is None
    client = DirectClient(code="31337")
    client.send_code("9996620000")
    assert client.last_code().code == CODE


@pytest.mark.parametrize(
    ("number", "password", "recovery", "login"),
    [
        ("9996620012", None, None, None),
        ("9996620112", "password", None, None),
        ("9996620412", "password", "recovery@example.org", None),
        ("9996623012", None, None, "test@example.org"),
    ],
)
def test_sandbox_number_determines_password_and_addresses_of_its_account(
    number: str, password: str | None, recovery: str | None, login: str | None
) -> None:
    client = DirectClient()
    sent = client.send_code(number)
    account = client.data_center.accounts.with_number(number)
    assert account is not None
    assert (account.first_name, account.last_name, account.dc_id) == ("Test", number[-4:], 2)
    assert account.login_email == login
    assert (account.password is not None, account.two_step.email) == (password is not None, recovery)
    if password is not None:
        assert account.password is not None
        assert account.password.hint == "the password is: password"
    if login is not None:
        assert isinstance(sent.type, types.auth.SentCodeTypeEmailCode)
        assert client.last_mail().address == login
        assert client.data_center.accounts.with_number(number) is account
