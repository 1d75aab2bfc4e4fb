from __future__ import annotations

import pytest

from sansio_tl import codec, errors, functions, types
from sansio_tl.testing import RequestServed
from sansio_tl.testing.handlers.table import HANDLERS
from sansio_tl.tl.objects import Function
from tests.testing.desk import NOW, Desk


def test_config_tells_the_data_centres() -> None:
    desk = Desk(dc_id=3, test_mode=True)
    desk.centre.announce("127.0.0.1", 4430)
    desk.centre.announce("::1", 4431, dc_id=1)
    config = desk.ask(functions.help.GetConfig())
    assert isinstance(config, types.Config)
    assert (config.date, config.this_dc, config.test_mode) == (int(NOW), 3, True)
    told = [(option.id, option.ip_address, option.port, option.ipv6) for option in config.dc_options]
    assert told == [(1, "::1", 4431, True), (3, "127.0.0.1", 4430, False)]
    assert codec.decode(codec.encode(config)) == config


def test_nearest_dc() -> None:
    assert Desk(country="DE").ask(functions.help.GetNearestDc()) == types.NearestDc("DE", 2, 2)


def test_oneself_and_others() -> None:
    desk = Desk()
    account = desk.log_in()
    wanted: list[types.TypeInputUser] = [
        types.InputUserSelf(),
        types.InputUser(account.id, account.access_hash),
        types.InputUser(5, 0),
    ]
    myself, by_id, other = desk.ask(functions.users.GetUsers(wanted))
    assert myself == by_id
    assert other == types.UserEmpty(5)
    assert isinstance(desk.refused(functions.users.GetUsers([types.InputUserEmpty()])), errors.UserIdInvalid)


def test_nothing_was_missed() -> None:
    desk = Desk()
    desk.log_in()
    state = desk.ask(functions.updates.GetState())
    assert isinstance(state, types.updates.State)
    difference = desk.ask(functions.updates.GetDifference(pts=state.pts, date=state.date, qts=state.qts))
    assert isinstance(difference, types.updates.DifferenceEmpty)
    assert difference.seq == state.seq


@pytest.mark.parametrize(
    "query",
    [
        functions.users.GetUsers([types.InputUserSelf()]),
        functions.updates.GetState(),
        functions.updates.GetDifference(pts=1, date=1, qts=1),
        functions.auth.LogOut(),
        functions.contacts.GetContacts(0),
    ],
)
def test_strangers_are_told_that_they_are(query: Function[object]) -> None:
    assert isinstance(Desk().refused(query), errors.AuthKeyUnregistered)


def test_anything_else_is_refused_politely() -> None:
    desk = Desk()
    desk.log_in()
    query = functions.contacts.GetContacts(0)
    error = desk.refused(query)
    assert isinstance(error, errors.MethodInvalid)
    (served,) = desk.events()
    assert isinstance(served, RequestServed)
    assert (served.method, served.error) == ("contacts.getContacts", error)


def test_every_handler_says_what_it_serves() -> None:
    for function, handler in HANDLERS.items():
        assert handler.__doc__ is not None
        assert handler.__doc__.startswith(function.NAME), function.NAME


def test_oneself_in_full() -> None:
    desk = Desk()
    account = desk.log_in()
    for wanted in (types.InputUserSelf(), types.InputUser(account.id, account.access_hash)):
        told = desk.ask(functions.users.GetFullUser(wanted))
        assert isinstance(told, types.users.UserFull)
        assert isinstance(told.full_user, types.UserFull)
        assert told.full_user.id == account.id
        assert [user.id for user in told.users] == [account.id]
        assert codec.decode(codec.encode(told)) == told
    assert isinstance(desk.refused(functions.users.GetFullUser(types.InputUser(5, 0))), errors.UserIdInvalid)
