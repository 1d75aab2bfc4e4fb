"""What is known of one data center."""

from __future__ import annotations

from sansio_tl.client.dc_state import DcState
from sansio_tl.crypto.auth_key import AuthKey


def test_new_key_is_not_logged_in() -> None:
    dc_state = DcState(3, salt=7, authorized=True)
    dc_state.set_key(AuthKey(bytes(256)), 5)
    assert (dc_state.salt, dc_state.authorized) == (5, False)


def test_forgotten_key_takes_its_login_with_it() -> None:
    dc_state = DcState(3, auth_key=AuthKey(bytes(256)), authorized=True)
    dc_state.forget_key()
    assert (dc_state.auth_key, dc_state.authorized, dc_state.key_not_found_count) == (None, False, 0)
