"""The actions of a flow show what is to be done, and nothing that the user entered."""

from __future__ import annotations

from sansio_tl import functions
from sansio_tl.auth import Compute, Invoke


def test_repr_of_an_action_shows_the_method_and_the_data_center_only() -> None:
    request = functions.auth.CheckRecoveryPassword(code="a secret code")
    assert repr(Invoke(request)) == "Invoke(auth.checkRecoveryPassword, dc=None)"
    assert repr(Invoke(request, 4, moves_account=True)) == "Invoke(auth.checkRecoveryPassword, dc=4)"
    assert repr(Compute(lambda: "a secret")) == "Compute()"


def test_action_goes_to_the_home_data_center_and_leaves_it_unless_it_says_otherwise() -> None:
    action = Invoke(functions.auth.LogOut())
    assert (action.dc, action.moves_account) == (None, False)
    assert action != Invoke(functions.auth.LogOut(), moves_account=True)
