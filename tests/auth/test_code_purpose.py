"""The purposes of a phone code check what the user enters."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import auth
from sansio_tl.errors import LocalProtocolError


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: auth.ConfirmPhone(phone_number="1", link_hash=5), "the hash in the link is int"),  # type: ignore[arg-type]
        (lambda: auth.ConfirmPhone(phone_number="1", link_hash="\ud800"), "the hash in the link has a lone surrogate"),
        (lambda: auth.PhoneLogin(phone_number="1", api_id=1, api_hash=5), "api_hash is int"),  # type: ignore[arg-type]
        (lambda: auth.PhoneLogin(phone_number=5, api_id=1, api_hash="h"), "the phone number is int"),  # type: ignore[arg-type]
        (lambda: auth.CodeOptions(token=5), "the push token is int"),  # type: ignore[arg-type]
        (lambda: auth.CodeOptions(logout_tokens="abc"), "invalid logout tokens: found str"),  # type: ignore[arg-type]
    ],
)
def test_purpose_with_a_value_that_cannot_be_sent_is_refused(make: Any, message: str) -> None:
    with pytest.raises(LocalProtocolError, match=message):
        make()


def test_only_a_phone_login_logs_in() -> None:
    kinds = (auth.PhoneLogin, auth.ChangePhone, auth.VerifyPhone, auth.ConfirmPhone)
    assert [kind.LOGS_IN for kind in kinds] == [True, False, False, False]


@pytest.mark.parametrize("tokens", [(b"a",), [b"a"]])
def test_logout_tokens_are_a_tuple_or_a_list(tokens: Any) -> None:
    assert auth.CodeOptions(logout_tokens=tokens).settings().logout_tokens == [b"a"]
    assert auth.CodeOptions(logout_tokens=()).settings().logout_tokens is None
    assert repr(auth.CodeOptions(token="secret")) == "CodeOptions(...)"
