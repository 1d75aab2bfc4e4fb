"""Names that are proposed in place of one that is not known."""

from __future__ import annotations

import pytest

from sansio_tl_transports.cli.inspect.usage_error import did_you_mean


@pytest.mark.parametrize(
    ("name", "known", "proposed"),
    [
        ("auth.sentCod", ["auth.sentCode", "user"], "; did you mean auth.sentCode?"),
        ("AUTH.SENTCODE", ["auth.sentCode"], "; did you mean auth.sentCode?"),
        ("userFul", ["userFull", "UserFull"], "; did you mean userFull?"),
        ("abcd1", ["abcd2", "abcd3", "abcd4", "abcd5"], "; did you mean abcd5 or abcd4 or abcd3?"),
        ("abcd", ["abcz"], "; did you mean abcz?"),
        ("abcd", ["abyz", "wxyz"], ""),
        ("abcd", [], ""),
    ],
)
def test_similar_names_are_proposed(name: str, known: list[str], proposed: str) -> None:
    assert did_you_mean(name, known) == proposed
