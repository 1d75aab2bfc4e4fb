from __future__ import annotations

from sansio_tl import errors, functions, types
from tests.testing.desk import CODE, PHONE, TABLET_KEY, Desk


def test_time_may_be_let_pass() -> None:
    desk = Desk()
    sent = desk.send_code()
    desk.data_center.advance_clock(desk.data_center.config.code_lifetime)
    error = desk.refused(functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE))
    assert isinstance(error, errors.PhoneCodeExpired)
    config = desk.ask(functions.help.GetConfig())
    assert isinstance(config, types.Config)
    assert config.date == int(desk.now) + 300


def test_messages_keep_the_time_of_the_wire() -> None:
    """A client drops what comes from the future, so time passes for accounts only."""
    desk = Desk()
    desk.log_in()
    times = []
    desk.data_center.push = lambda key_id, update, *, now: times.append(now)  # type: ignore[method-assign]
    desk.data_center.advance_clock(1000)
    desk.log_in(key_id=TABLET_KEY)
    assert times == [desk.now]
