"""Codes and rate limits: the state after each step."""

from __future__ import annotations

from sansio_tl.testing.code_delivery import DeliveryMethod
from sansio_tl.testing.codes import CodeBook, IssuedCode, PhoneCodePurpose, RecentTimes


def _code(
    name: str,
    *,
    number: str = "1",
    key: bytes = b"k",
    tries: int = 2,
    purpose: PhoneCodePurpose = PhoneCodePurpose.LOG_IN,
) -> IssuedCode:
    return IssuedCode(name, number, purpose, key, (DeliveryMethod.SMS, DeliveryMethod.CALL), "12345", 0.0, 10.0, tries)


def test_only_a_wrong_code_counts_and_spaces_and_case_are_ignored() -> None:
    code = _code("a")
    assert code.try_code(" 12345 ")
    assert code.tries_left == 2
    assert not code.try_code("1234")
    assert code.tries_left == 1
    code.code = "apricot banana"
    assert code.try_code("Apricot   BANANA")


def test_code_has_the_current_and_the_next_delivery_method() -> None:
    code = _code("a")
    assert (code.delivery_method, code.next_delivery_method) == (DeliveryMethod.SMS, DeliveryMethod.CALL)
    code.sent = 1
    assert (code.delivery_method, code.next_delivery_method) == (DeliveryMethod.CALL, None)


def test_code_is_found_until_it_expires_or_has_no_tries_left() -> None:
    book, code = CodeBook(10), _code("a")
    book.add(code, 0.0)
    assert book.find("a", 9.999) is code
    assert book.find("b", 0.0) is None
    assert book.find("a", 10.0) is None
    assert book.is_known("a")
    code.tries_left = 1
    assert book.find("a", 0.0) is code
    code.tries_left = 0
    assert book.find("a", 0.0) is None
    book.remove(code)
    assert not book.is_known("a")


def test_code_replaces_that_of_the_same_key_number_and_purpose_only() -> None:
    book = CodeBook(10)
    for code in (
        _code("a"),
        _code("b", number="2"),
        _code("c", key=b"l"),
        _code("d", purpose=PhoneCodePurpose.VERIFY_PHONE),
    ):
        book.add(code, 0.0)
    assert len(book) == 4
    book.add(_code("e"), 0.0)
    assert [book.is_known(name) for name in "abcde"] == [False, True, True, True, True]


def test_oldest_code_above_the_limit_and_expired_codes_are_removed() -> None:
    book = CodeBook(2)
    for name in "abc":
        book.add(_code(name, number=name), 0.0)
    assert [book.is_known(name) for name in "abc"] == [False, True, True]
    book.add(_code("d", number="d"), 10.0)
    assert len(book) == 1


def test_key_with_too_many_codes_loses_only_its_own_oldest() -> None:
    book = CodeBook(20)
    book.add(_code("honest", key=b"honest"), 0.0)
    for number in range(40):
        book.add(_code(f"other {number}", number=f"{number}"), 0.0)
    assert book.is_known("honest")
    assert len(book) == 17
    assert [book.is_known(f"other {number}") for number in (23, 24, 39)] == [False, True, True]


def test_invalidated_code_is_removed() -> None:
    book = CodeBook(10)
    book.add(_code("a"), 0.0)
    book.add(_code("b", number="2"), 0.0)
    assert not book.invalidate("1", frozenset({"54321"}))
    assert not book.invalidate("3", frozenset({"12345"}))
    assert len(book) == 2
    assert book.invalidate("1", frozenset({"12345"}))
    assert not book.is_known("a")
    assert book.is_known("b")


def test_free_at_is_the_end_of_the_period_after_the_limit() -> None:
    times = RecentTimes(10)
    assert times.free_at("1", 2, 100.0, 5.0) == 5.0
    times.add("1", 2, 100.0, 10.0)
    assert times.free_at("1", 2, 100.0, 11.0) == 11.0
    times.add("1", 2, 100.0, 20.0)
    assert times.free_at("1", 2, 100.0, 21.0) == 110.0
    assert times.free_at("2", 2, 100.0, 21.0) == 21.0
    times.add("1", 2, 100.0, 30.0)
    assert times.free_at("1", 2, 100.0, 31.0) == 120.0


def test_counts_of_other_numbers_do_not_reset_a_count() -> None:
    times, period = RecentTimes(3), 1000.0
    done = 0
    for now in range(200):
        if times.free_at("1", 5, period, now) <= now:
            times.add("1", 5, period, now)
            done += 1
        times.add(f"other {now}", 5, period, now)
    assert done <= 5
    assert len(times) == 3


def test_number_with_the_fewest_attempts_is_evicted_and_its_count_inherited() -> None:
    times = RecentTimes(2)
    for number in ("1", "1", "2", "3"):
        times.add(number, 2, 5.0, 10.0)
    assert [times.free_at(number, 2, 5.0, 12.0) for number in "123"] == [15.0, 15.0, 15.0]
    times.add("4", 2, 5.0, 15.0)
    assert [times.free_at(number, 2, 5.0, 16.0) for number in "1234"] == [16.0] * 4, "all but the last one is over"
    assert len(times) == 1
