"""Results are observed wherever they may hold an authorization or a user."""

from __future__ import annotations

import pytest

from sansio_tl import types
from sansio_tl.client.result_observer import authorization_in, observed_types

GRANTED = types.auth.Authorization(user=types.UserEmpty(7))
SENT = types.auth.SentCodeSuccess(GRANTED)


@pytest.mark.parametrize(
    "answer",
    [GRANTED, SENT, types.auth.LoginTokenSuccess(GRANTED), types.account.EmailVerifiedLogin("a@example.org", SENT)],
)
def test_results_with_an_authorization_are_observed(answer: object) -> None:
    assert authorization_in(answer) == GRANTED
    assert type(answer) in observed_types()


def test_other_results_are_not_observed() -> None:
    answer = types.NearestDc(country="NL", this_dc=2, nearest_dc=2)
    assert authorization_in(answer) is None
    assert type(answer) not in observed_types()
