"""Codes cannot be guessed by asking for one after another."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing.code_delivery import DeliveryMethod
from sansio_tl.testing.codes import CodeBook, IssuedCode, PhoneCodePurpose
from sansio_tl.tl.objects import Function
from tests.helpers.data_center_state import state_of
from tests.helpers.direct_client import NOW, PHONE, TABLET_KEY, DirectClient, send_code
from tests.testing.handlers.test_recovery import logged_in

NUMBER = "12025550100"
DAY = 86_400.0


def wrong(sent: types.auth.SentCode, number: str = NUMBER) -> functions.auth.SignIn:
    return functions.auth.SignIn(number, sent.phone_code_hash, "00000")


def desk_with_account(**settings: Any) -> DirectClient:
    client = DirectClient(code="12345", **settings)
    client.data_center.add_account(f"+{NUMBER}")
    return client


def test_guessing_codes_gives_a_flood_wait_after_100_wrong_ones() -> None:
    client = DirectClient()
    client.data_center.add_account(f"+{NUMBER}")
    generator, tries = random.Random(1), 0
    while True:
        sent = client.send_code(NUMBER)
        try:
            for _ in range(5):
                client.call(functions.auth.SignIn(NUMBER, sent.phone_code_hash, f"{generator.randrange(100_000):05}"))
        except errors.PhoneCodeInvalid:
            tries += 1
        except errors.FloodWait as error:
            assert error.seconds == DAY
            break
    assert tries == client.data_center.config.wrong_code_limit == 100


def test_right_code_is_refused_until_the_limit_period_has_passed() -> None:
    client = desk_with_account(wrong_code_limit=2, code_limit_period=600.0, code_lifetime=10_000.0)
    sent = client.send_code(NUMBER)
    right = functions.auth.SignIn(NUMBER, sent.phone_code_hash, "12345")
    for _ in range(2):
        assert isinstance(client.error_of(wrong(sent)), errors.PhoneCodeInvalid)
        client.now += 100
    error = client.error_of(right)
    assert isinstance(error, errors.FloodWait)
    assert error.seconds == 400
    client.now += 399.5
    assert isinstance(client.error_of(right), errors.FloodWait)
    client.now = NOW + 600
    assert isinstance(client.call(right), types.auth.Authorization)


def test_wrong_code_limit_is_counted_per_number() -> None:
    client = desk_with_account(wrong_code_limit=2)
    for key_id in (b"key one.", b"key two."):
        assert isinstance(
            client.error_of(wrong(client.send_code(NUMBER, key_id=key_id)), key_id), errors.PhoneCodeInvalid
        )
    sent = client.send_code(NUMBER, key_id=TABLET_KEY)
    assert isinstance(client.error_of(wrong(sent), TABLET_KEY), errors.FloodWait)
    assert isinstance(client.error_of(wrong(client.send_code(PHONE), PHONE)), errors.PhoneCodeInvalid)


def test_right_codes_are_not_counted() -> None:
    client = desk_with_account(wrong_code_limit=1)
    for _ in range(5):
        client.call(functions.auth.SignIn(NUMBER, client.send_code(NUMBER).phone_code_hash, "12345"))
        client.call(functions.auth.LogOut())


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (
            functions.account.VerifyEmail(types.EmailVerifyPurposePassport(), types.EmailVerificationCode("000000")),
            errors.CodeInvalid,
        ),
        (functions.auth.CheckRecoveryPassword("000000"), False),
        (functions.auth.RecoverPassword("000000"), errors.CodeInvalid),
    ],
)
def test_wrong_email_codes_are_counted_for_the_number(
    query: Function[Any], answer: type[errors.RpcError] | bool
) -> None:
    client = DirectClient(wrong_code_limit=3)
    logged_in(client)
    for number in range(4):
        client.call(functions.account.SendVerifyEmailCode(types.EmailVerifyPurposePassport(), "b@example.org"))
        client.call(functions.auth.RequestPasswordRecovery())
        if number == 3:
            assert isinstance(client.error_of(query), errors.FloodWait)
        elif isinstance(answer, bool):
            assert client.call(query) is answer
        else:
            assert isinstance(client.error_of(query), answer)


def code(number: int) -> IssuedCode:
    return IssuedCode(
        phone_code_hash=f"{number}",
        phone_number=f"{number}",
        purpose=PhoneCodePurpose.LOG_IN,
        key_id=b"",
        delivery_methods=(DeliveryMethod.SMS,),
        code="",
        sent_at=NOW,
        expires_at=NOW + 300,
        tries_left=5,
    )


def test_oldest_code_is_evicted_above_the_limit() -> None:
    book = CodeBook(3)
    for number in range(5):
        book.add(code(number), NOW)
    assert [book.is_known(f"{number}") for number in range(5)] == [False, False, True, True, True]


def test_wrong_codes_for_other_numbers_do_not_reset_a_count() -> None:
    client = desk_with_account(wrong_code_limit=4, max_codes=5)
    tries = 0
    for other in range(60):
        for number in (NUMBER, f"1202556{other:04}"):
            rpc_error = client.error_of(wrong(client.send_code(number), number))
            tries += number == NUMBER and isinstance(rpc_error, errors.PhoneCodeInvalid)
    assert tries == 4


def test_sign_in_without_a_sent_code_stores_nothing() -> None:
    client = DirectClient()
    for number in range(50):
        client.error_of(functions.auth.SignIn(f"1202555{number:04}", "hash", "00000"))
    assert len(state_of(client.data_center).codes.wrong) == 0


def test_refused_requests_do_not_count_towards_the_code_limit() -> None:
    client = DirectClient(code_limit=1, code_limit_period=100.0)
    client.call(send_code(PHONE))
    for _ in range(3):
        client.now += 30
        assert isinstance(client.error_of(send_code(PHONE)), errors.FloodWait)
    client.now += 10
    client.call(send_code(PHONE))
