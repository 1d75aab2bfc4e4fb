"""Addresses and mailed codes: each state after each try, not only the answer of a handler."""

from __future__ import annotations

import pytest

from sansio_tl import errors
from sansio_tl.testing.mailbox import Mailbox, MailedCode, MailPurpose, check_address, pattern


def _code(expires_at: float = 10.0, tries_left: int = 2) -> MailedCode:
    return MailedCode("a@example.org", "123456", expires_at, tries_left)


def test_only_a_wrong_try_counts() -> None:
    code = _code()
    assert code.try_code(" 123456 ")
    assert code.tries_left == 2
    assert not code.try_code("123457")
    assert code.tries_left == 1
    assert not code.is_over(9.9)
    assert not code.try_code("")
    assert code.tries_left == 0
    assert code.is_over(0.0)


def test_email_code_expires_at_its_time() -> None:
    assert not _code().is_over(9.999)
    assert _code().is_over(10.0)


def test_email_code_is_found_by_subject_and_purpose_until_it_expires() -> None:
    post, code = Mailbox(), _code()
    post.send(5, MailPurpose.RECOVERY, code, 0.0)
    assert post.find(5, MailPurpose.RECOVERY, 9.0) is code
    assert post.find(5, MailPurpose.PASSPORT, 9.0) is None
    assert post.find(6, MailPurpose.RECOVERY, 9.0) is None
    assert post.find(5, MailPurpose.RECOVERY, 10.0) is None
    post.remove(5, MailPurpose.RECOVERY)
    assert post.find(5, MailPurpose.RECOVERY, 9.0) is None
    post.remove(5, MailPurpose.RECOVERY)


def test_new_email_code_replaces_the_first_and_removes_expired_ones() -> None:
    post, second = Mailbox(), _code(expires_at=100.0)
    post.send(5, MailPurpose.RECOVERY, _code(), 0.0)
    post.send(5, MailPurpose.RECOVERY, second, 1.0)
    assert post.find(5, MailPurpose.RECOVERY, 1.0) is second
    post.send(6, MailPurpose.RECOVERY, _code(expires_at=20.0), 1.0)
    assert len(post) == 2
    post.send(7, MailPurpose.RECOVERY, _code(expires_at=200.0), 50.0)
    assert len(post) == 2


@pytest.mark.parametrize("text", ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b c", "@"])
def test_malformed_address_is_refused(text: str) -> None:
    with pytest.raises(errors.EmailInvalid):
        check_address(text)


def test_addresses_are_normalised_checked_and_masked() -> None:
    assert check_address(" a@example.org ") == "a@example.org"
    with pytest.raises(errors.EmailNotAllowed):
        check_address("a@Not-Allowed.example")
    assert pattern("anna@example.org") == "a***a@example.org"
    assert pattern("ab@example.org") == "a***b@example.org"
    assert pattern("a@example.org") == "a***@example.org"
