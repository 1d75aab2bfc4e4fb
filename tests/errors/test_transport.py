"""The numbers that a server sends instead of a packet, in words."""

from __future__ import annotations

import pytest

from sansio_tl.errors import TransportError


@pytest.mark.parametrize(
    ("code", "meaning", "hint"),
    [
        (-403, "does not accept this transport", "another transport"),
        (-404, "does not know the auth key", "Drop a temporary key"),
        (-429, "too many connections", "wait, and connect again"),
        (-444, "data center number is wrong", "plus 10000 for the test environment"),
    ],
)
def test_documented_transport_error_has_a_meaning_and_a_hint(code: int, meaning: str, hint: str) -> None:
    error = TransportError(code)
    assert meaning in error.meaning
    assert hint in error.hint
    assert str(error) == f"transport error {code}: {error.meaning}"
    assert (error.code, error.args) == (code, (code,))


@pytest.mark.parametrize("code", [-402, -405, -430, -443, 404, 0])
def test_other_transport_error_is_called_unknown(code: int) -> None:
    error = TransportError(code)
    assert (error.meaning, error.hint) == ("unknown code", "Connect again after a pause.")
