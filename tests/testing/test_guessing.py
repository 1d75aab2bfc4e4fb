"""Codes cannot be guessed by asking for one after another."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing.code_delivery import DeliveryMethod
from sansio_tl.testing.codes import CodeBook, PhoneCode, Purpose
from sansio_tl.tl.objects import Function
from tests.testing.desk import NOW, PHONE, TABLET_KEY, Desk, send_code
from tests.testing.handlers.test_recovery import logged_in

NUMBER = "12025550100"
DAY = 86_400.0


def wrong(sent: types.auth.SentCode, number: str = NUMBER) -> functions.auth.SignIn:
    return functions.auth.SignIn(number, sent.phone_code_hash, "00000")


def desk_with_account(**settings: Any) -> Desk:
    desk = Desk(code="12345", **settings)
    desk.data_center.add_account(f"+{NUMBER}")
    return desk


def test_a_program_that_tries_all_codes_is_stopped_long_before_it_finds_one() -> None:
    desk = Desk()
    desk.data_center.add_account(f"+{NUMBER}")
    generator, tries = random.Random(1), 0
    while True:
        sent = desk.send_code(NUMBER)
        try:
            for _ in range(5):
                desk.ask(functions.auth.SignIn(NUMBER, sent.phone_code_hash, f"{generator.randrange(100_000):05}"))
        except errors.PhoneCodeInvalid:
            tries += 1
        except errors.FloodWait as error:
            assert error.seconds == DAY
            break
    assert tries == desk.data_center.config.wrong_code_limit == 100


def test_the_right_code_is_refused_too_until_the_oldest_wrong_one_is_a_period_ago() -> None:
    desk = desk_with_account(wrong_code_limit=2, code_limit_period=600.0, code_lifetime=10_000.0)
    sent = desk.send_code(NUMBER)
    right = functions.auth.SignIn(NUMBER, sent.phone_code_hash, "12345")
    for _ in range(2):
        assert isinstance(desk.refused(wrong(sent)), errors.PhoneCodeInvalid)
        desk.now += 100
    error = desk.refused(right)
    assert isinstance(error, errors.FloodWait)
    assert error.seconds == 400
    desk.now += 399.5
    assert isinstance(desk.refused(right), errors.FloodWait)
    desk.now = NOW + 600
    assert isinstance(desk.ask(right), types.auth.Authorization)


def test_the_limit_is_the_numbers_own_whoever_asks() -> None:
    desk = desk_with_account(wrong_code_limit=2)
    for key_id in (b"key one.", b"key two."):
        assert isinstance(desk.refused(wrong(desk.send_code(NUMBER, key_id=key_id)), key_id), errors.PhoneCodeInvalid)
    sent = desk.send_code(NUMBER, key_id=TABLET_KEY)
    assert isinstance(desk.refused(wrong(sent), TABLET_KEY), errors.FloodWait)
    assert isinstance(desk.refused(wrong(desk.send_code(PHONE), PHONE)), errors.PhoneCodeInvalid)


def test_right_codes_do_not_count() -> None:
    desk = desk_with_account(wrong_code_limit=1)
    for _ in range(5):
        desk.ask(functions.auth.SignIn(NUMBER, desk.send_code(NUMBER).phone_code_hash, "12345"))
        desk.ask(functions.auth.LogOut())


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
def test_mailed_codes_count_against_the_number_too(query: Function[Any], answer: type[errors.RpcError] | bool) -> None:
    desk = Desk(wrong_code_limit=3)
    logged_in(desk)
    for number in range(4):
        desk.ask(functions.account.SendVerifyEmailCode(types.EmailVerifyPurposePassport(), "b@example.org"))
        desk.ask(functions.auth.RequestPasswordRecovery())
        if number == 3:
            assert isinstance(desk.refused(query), errors.FloodWait)
        elif isinstance(answer, bool):
            assert desk.ask(query) is answer
        else:
            assert isinstance(desk.refused(query), answer)


def code(number: int) -> PhoneCode:
    return PhoneCode(
        phone_code_hash=f"{number}",
        phone_number=f"{number}",
        purpose=Purpose.LOG_IN,
        key_id=b"",
        ways=(DeliveryMethod.SMS,),
        code="",
        sent_at=NOW,
        expires_at=NOW + 300,
        tries_left=5,
    )


def test_the_oldest_code_makes_room() -> None:
    book = CodeBook(3)
    for number in range(5):
        book.add(code(number), NOW)
    assert [book.is_known(f"{number}") for number in range(5)] == [False, False, True, True, True]


def test_wrong_codes_for_other_numbers_clear_no_count() -> None:
    desk = desk_with_account(wrong_code_limit=4, max_codes=5)
    tries = 0
    for other in range(60):
        for number in (NUMBER, f"1202556{other:04}"):
            refusal = desk.refused(wrong(desk.send_code(number), number))
            tries += number == NUMBER and isinstance(refusal, errors.PhoneCodeInvalid)
    assert tries == 4


def test_a_wrong_code_for_a_number_without_a_code_leaves_nothing_behind() -> None:
    desk = Desk()
    for number in range(50):
        desk.refused(functions.auth.SignIn(f"1202555{number:04}", "hash", "00000"))
    assert desk.data_center._state.codes.wrong._times == {}


def test_sending_is_limited_by_what_was_sent_not_by_what_was_refused() -> None:
    desk = Desk(code_limit=1, code_limit_period=100.0)
    desk.ask(send_code(PHONE))
    for _ in range(3):
        desk.now += 30
        assert isinstance(desk.refused(send_code(PHONE)), errors.FloodWait)
    desk.now += 10
    desk.ask(send_code(PHONE))
