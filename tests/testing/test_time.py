from __future__ import annotations

from sansio_tl import errors, functions, types
from tests.helpers.direct_client import CODE, PHONE, TABLET_KEY, DirectClient


def test_advance_clock_moves_the_time_of_the_data_center() -> None:
    direct = DirectClient()
    sent = direct.send_code()
    direct.data_center.advance_clock(direct.data_center.config.code_lifetime)
    error = direct.error_of(functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE))
    assert isinstance(error, errors.PhoneCodeExpired)
    config = direct.call(functions.help.GetConfig())
    assert isinstance(config, types.Config)
    assert config.date == int(direct.now) + 300


def test_advance_clock_does_not_move_message_times() -> None:
    """A client drops what comes from the future, so time passes for accounts only."""
    direct = DirectClient()
    direct.log_in()
    times: list[float] = []

    def push(key_id: bytes, updates: types.TypeUpdates, *, now: float) -> int:
        times.append(now)
        return 1

    direct.data_center.push_to_key = push  # type: ignore[method-assign]
    direct.data_center.advance_clock(1000)
    direct.log_in(key_id=TABLET_KEY)
    assert times == [direct.now]
