"""A snapshot holds the whole persistent state, and no secret is in its repr."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any, cast

import msgspec
import pytest

from sansio_tl import Endpoint, functions, types
from sansio_tl.client import snapshot as snapshots
from sansio_tl.client.dc_session import DcSession
from sansio_tl.client.dc_state import DcState
from sansio_tl.client.known_floods import KnownFlood
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import LocalProtocolError
from tests.helpers.in_memory_network import AUTHORIZATION, NEAREST, InMemoryNetwork

KEY = AuthKey(bytes(range(256)))
DATA_CENTER = {
    "auth_key": b64encode(KEY.key).decode(),
    "salt": -(1 << 63),
    "time_offset": None,
    "authorized": False,
    "backoff": None,
}
FLOOD = {"until": 9.5, "seconds": 7}
LEAST: dict[str, Any] = {
    "version": 1,
    "test_mode": False,
    "home_dc": 5,
    "user_id": None,
    "data_centers": {},
    "endpoints": {},
}


def fields(dc_state: DcState) -> tuple[object, ...]:
    return dc_state.dc_id, dc_state.auth_key, dc_state.salt, dc_state.time_offset, dc_state.authorized


def test_snapshot_round_trips() -> None:
    data_centers = [
        DcState(1, auth_key=KEY, salt=5, time_offset=-2.5, authorized=True),
        DcState(3, salt=7, authorized=True),
        DcState(1000, auth_key=AuthKey(bytes(256)), salt=-(1 << 63)),
    ]
    data_centers[0].set_backoff(33, 4.5)
    endpoints = {
        1: (Endpoint("192.0.2.1", 443), Endpoint("2001:db8::1", 80, media_only=True)),
        4: (),
    }
    data = snapshots.take(
        test_mode=True,
        home_dc=3,
        user_id=-7,
        is_bot=True,
        data_centers=data_centers,
        endpoints=endpoints,
        logout_tokens=(b"newest", b"", b"\xff"),
        config_domain="config.example",
        config_date=(1 << 31) - 1,
        floods={"users.getUsers": KnownFlood(9.5, 7), "y" * 256: KnownFlood(9.5, 7), "x" * 257: KnownFlood(9.5, 7)},
    )
    assert data["version"] == 2
    flood = {"until": 9.5, "seconds": 7}
    assert data["flood_waits"] == {"users.getUsers": flood, "y" * 256: flood}
    assert data["data_centers"]["1"] == DATA_CENTER | {
        "salt": 5,
        "time_offset": -2.5,
        "authorized": True,
        "backoff": {"failures": 32, "retry_at": 4.5},
    }
    assert data["endpoints"] == {
        "1": [("192.0.2.1", 443, False), ("2001:db8::1", 80, True)],
        "4": [],
    }
    read = snapshots.read(json.loads(json.dumps(data)), test_mode=True)
    assert (read.version, read.test_mode, read.home_dc, read.user_id, read.is_bot) == (2, True, 3, -7, True)
    assert snapshots.floods_of(read) == dict.fromkeys(["users.getUsers", "y" * 256], KnownFlood(9.5, 7))
    assert snapshots.data_centers_of(read)[1].backoff == (32, 4.5)
    assert {dc_id: fields(dc_state) for dc_id, dc_state in snapshots.data_centers_of(read).items()} == {
        dc_state.dc_id: fields(dc_state) for dc_state in data_centers if dc_state.auth_key is not None
    }
    assert snapshots.endpoints_of(read) == endpoints
    assert snapshots.account_of(read).logout_tokens == (b"newest", b"", b"\xff")
    assert snapshots.account_of(read).config_domain == "config.example"
    assert snapshots.account_of(read).config_date == (1 << 31) - 1


def test_optional_fields_may_be_missing() -> None:
    read = snapshots.read(LEAST, test_mode=False)
    assert (read.is_bot, read.logout_tokens, read.user_id, read.flood_waits) == (None, [], None, {})
    assert snapshots.account_of(read).logout_tokens == ()
    assert snapshots.account_of(read).config_domain is None
    assert snapshots.account_of(read).config_date == 0
    read.logout_tokens.append("no other snapshot has this")
    assert snapshots.read(LEAST, test_mode=False).logout_tokens == []
    taken = snapshots.take(test_mode=False, home_dc=5, user_id=None, is_bot=None, data_centers=[], endpoints={})
    assert taken == LEAST | {
        "version": 2,
        "is_bot": None,
        "logout_tokens": [],
        "flood_waits": {},
        "config_domain": None,
        "config_date": 0,
    }
    for name in LEAST:
        with pytest.raises(LocalProtocolError, match=name):
            snapshots.read({key: value for key, value in LEAST.items() if key != name}, test_mode=False)
    for name in DATA_CENTER:
        if name == "backoff":
            continue
        less = {key: value for key, value in DATA_CENTER.items() if key != name}
        with pytest.raises(LocalProtocolError, match=name):
            snapshots.read(LEAST | {"data_centers": {"2": less}}, test_mode=False)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"surprise": 1}, "surprise"),
        ({"data_centers": {"2": DATA_CENTER | {"surprise": 1}}}, "surprise"),
        ({"version": 0}, "found version 0, expected 2 or an earlier one"),
        ({"version": 3}, "found version 3, expected 2 or an earlier one"),
        ({"flood_waits": {"": FLOOD}}, "flood_waits"),
        ({"flood_waits": {"x" * 257: FLOOD}}, "flood_waits"),
        ({"flood_waits": {f"x{number}": FLOOD for number in range(1001)}}, "flood_waits"),
        ({"flood_waits": {"x": FLOOD | {"until": -0.1}}}, "until"),
        ({"flood_waits": {"x": FLOOD | {"until": float(1 << 32)}}}, "until"),
        ({"flood_waits": {"x": FLOOD | {"until": float("nan")}}}, "until"),
        ({"flood_waits": {"x": FLOOD | {"seconds": 0}}}, "seconds"),
        ({"flood_waits": {"x": FLOOD | {"seconds": 1 << 31}}}, "seconds"),
        ({"flood_waits": {"x": FLOOD | {"surprise": 1}}}, "surprise"),
        ({"config_date": -1}, "config_date"),
        ({"config_date": 1 << 31}, "config_date"),
        ({"data_centers": {"2": DATA_CENTER | {"time_offset": 2.0**31 + 1}}}, "time_offset"),
        ({"data_centers": {"2": DATA_CENTER | {"time_offset": -(2.0**31) - 1}}}, "time_offset"),
        ({"data_centers": {"2": DATA_CENTER | {"backoff": {"failures": 0, "retry_at": 1.0}}}}, "failures"),
        ({"data_centers": {"2": DATA_CENTER | {"backoff": {"failures": 33, "retry_at": 1.0}}}}, "failures"),
        ({"data_centers": {"2": DATA_CENTER | {"backoff": {"failures": 1, "retry_at": -1.0}}}}, "retry_at"),
        ({"test_mode": True}, "found test_mode=True, expected False"),
        ({"home_dc": 0}, "home_dc"),
        ({"home_dc": 1001}, "home_dc"),
        ({"data_centers": {"0": DATA_CENTER}}, "data_centers"),
        ({"endpoints": {"1001": []}}, "endpoints"),
    ],
)
def test_unknown_fields_are_named_in_the_error(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(LocalProtocolError, match=why):
        snapshots.read(LEAST | changes, test_mode=False)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"data_centers": {"4": DATA_CENTER | {"auth_key": "A"}}},
            "auth key of data center 4: expected base64",
        ),
        (
            {"data_centers": {"4": DATA_CENTER | {"auth_key": "AA=A!"}}},
            "auth key of data center 4: expected base64",
        ),
        ({"data_centers": {"4": DATA_CENTER | {"auth_key": "AAAA"}}}, "found 3 bytes, expected 256"),
        ({"logout_tokens": ["AAAA", "A"]}, "invalid logout token: expected base64"),
        ({"config_domain": "a b"}, "invalid config_domain: found 'a b', expected a DNS name or null"),
        ({"endpoints": {"2": [["localhost", 0, False]]}}, r"Endpoint\.port"),
        ({"endpoints": {"2": [["", 443, False]]}}, r"Endpoint\.host"),
    ],
)
def test_client_refuses_invalid_values(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(LocalProtocolError, match=why):
        InMemoryNetwork(snapshot=LEAST | changes)


def test_repr_of_a_snapshot_shows_no_secret() -> None:
    read = snapshots.read(LEAST | {"data_centers": {"2": DATA_CENTER}, "logout_tokens": ["c2VjcmV0"]}, test_mode=False)
    assert (repr(read), str(read)) == ("Snapshot(...)",) * 2
    assert (repr(read.data_centers[2]), str(read.data_centers[2])) == ("DataCenterSnapshot(...)",) * 2
    data_center = snapshots.data_centers_of(read)[2]
    assert str(data_center.salt) not in repr(data_center)
    with pytest.raises(AttributeError):
        read.surprise = 1  # type: ignore[attr-defined]
    assert isinstance(read, msgspec.Struct)


# -- taken of a client ------------------------------------------------------------------------------------------------


def test_present_salt_and_clock_are_saved_while_connected() -> None:
    network = InMemoryNetwork()
    network.log_in()
    (channel,) = network.sessions
    channel.session.salts.replace(12345)
    channel.session.clock.synchronise(network.now + 17.0, network.now)
    saved = network.client.snapshot()["data_centers"]["2"]
    assert (saved["salt"], saved["time_offset"]) == (12345, 17.0)
    network.manager.disconnect(channel, network.now)
    channel.session.salts.replace(99)
    channel.session.clock.synchronise(network.now + 99.0, network.now)
    saved = network.client.snapshot()["data_centers"]["2"]
    assert (saved["salt"], saved["time_offset"]) == (12345, 17.0)


def test_salt_of_a_login_is_saved_though_its_connection_ends_at_once() -> None:
    network = InMemoryNetwork()
    network.invoke()
    (channel,) = network.sessions

    def log_in(dc_id: int, request: object) -> object:
        channel.session.salts.replace(12345)
        return AUTHORIZATION

    network.application = log_in
    network.invoke(functions.auth.ImportBotAuthorization(0, 1, "hash", "token"))
    network.manager.disconnect(channel, network.now)
    assert network.client.snapshot()["data_centers"]["2"]["salt"] == 12345


def test_draining_session_does_not_update_salt_and_clock() -> None:
    network = InMemoryNetwork(temporary_key_lifetime=100, rekey_margin=30.0)
    network.log_in()
    network.application = lambda dc_id, request: None
    network.invoke()
    network.advance(72)
    draining, successor = network.sessions
    successor.session.salts.replace(12345)
    draining.session.salts.replace(99)
    sessions = cast("list[DcSession]", network.sessions)
    sessions.reverse()
    assert network.client.snapshot()["data_centers"]["2"]["salt"] == 12345


def test_snapshot_restores_salt_and_clock() -> None:
    network = InMemoryNetwork()
    network.log_in()
    saved = network.client.snapshot()
    saved["data_centers"]["2"] |= {"salt": 77, "time_offset": 5.0}
    other = InMemoryNetwork(snapshot=saved, seed="other")
    (channel,) = other.sessions
    assert (channel.session.salts.current, channel.session.clock.offset) == (77, 5.0)
    saved["data_centers"]["2"]["time_offset"] = None
    (channel,) = InMemoryNetwork(snapshot=saved, seed="other").sessions
    assert (channel.session.clock.offset, channel.session.clock.synchronised) == (0.0, False)


def test_every_persistent_change_is_reported() -> None:
    network = InMemoryNetwork(lambda dc_id, request: NEAREST)
    assert network.client.snapshot()["data_centers"] == {}
    network.invoke()
    assert [type(event).__name__ for event in network.take_events()][:2] == ["SnapshotChanged", "AuthKeyCreated"]
    network.invoke()
    assert [type(event).__name__ for event in network.take_events()] == ["ResultReceived"]


def test_logout_tokens_are_kept_newest_first() -> None:
    answers = [types.auth.LoggedOut(future_auth_token=token) for token in (b"first", b"second", None)]
    network = InMemoryNetwork(lambda dc_id, request: answers.pop(0))
    for _ in range(3):
        network.invoke(functions.auth.LogOut())
    assert network.client.logout_tokens == (b"second", b"first")
    assert network.client.snapshot()["logout_tokens"] == ["c2Vjb25k", "Zmlyc3Q="]
