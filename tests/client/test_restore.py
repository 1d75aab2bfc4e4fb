"""Any value as a snapshot gives a working client or LocalProtocolError."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given, settings

from sansio_tl import Client, ClientConfig, Config, functions, session_strings
from sansio_tl.client import Connect
from sansio_tl.errors import LocalProtocolError
from tests.helpers.entropy import SeededEntropy
from tests.helpers.in_memory_network import NOW
from tests.helpers.malformed_json import DEEP, JUNK, any_json, corrupted

KEY = b64encode(bytes(range(256))).decode()
GOOD: dict[str, Any] = {
    "version": 1,
    "test_mode": False,
    "home_dc": 2,
    "user_id": 77,
    "is_bot": False,
    "data_centers": {
        "2": {"auth_key": KEY, "salt": -1, "time_offset": 3.5, "authorized": True},
        "4": {"auth_key": KEY[::-1].replace("=", "A"), "salt": 5, "time_offset": None, "authorized": False},
    },
    "endpoints": {"2": [["127.0.0.1", 443, False]], "4": [["::1", 443, True], ["localhost", 80, False]]},
    "logout_tokens": ["AAAA"],
}
CONFIG = ClientConfig(connection_config=Config(api_id=1))


def taken_up(snapshot: Any, now: float = NOW) -> Client:
    return Client(CONFIG, snapshot=snapshot, entropy=SeededEntropy("restore"), now=now)


def works(client: Client, now: float = NOW) -> None:
    """It connects, sends, and its own snapshot is as good."""
    client.invoke(functions.help.GetNearestDc(), now=now)
    while (action := client.next_action()) is not None:
        if isinstance(action, Connect):
            assert action.endpoints
            client.connection_made(action.connection_id, now=now)
            assert client.data_to_send(action.connection_id, now=now)
    _ = client.next_deadline()
    client.handle_deadline(now=now + 1)
    saved = json.loads(json.dumps(client.snapshot(), allow_nan=False))
    again = taken_up(saved, now)
    assert (again.home_dc, again.user_id, again.logout_tokens) == (client.home_dc, client.user_id, client.logout_tokens)
    assert json.loads(json.dumps(again.snapshot())) == saved


@pytest.mark.parametrize("snapshot", [5, "", b"", [], [("version", 1)], (), True, object()])
def test_snapshot_must_be_a_dict(snapshot: Any) -> None:
    with pytest.raises(LocalProtocolError, match=r"snapshot: a dict that Client\.snapshot\(\) has returned, not "):
        taken_up(snapshot)


@given(any_json)
def test_arbitrary_json_is_refused_or_restored(data: Any) -> None:
    if data is not None:
        with pytest.raises(LocalProtocolError):
            taken_up(data)


@settings(max_examples=300, deadline=None)
@given(corrupted(GOOD, [KEY, "AAAA", [["127.0.0.1", 443, False]]]))
def test_damaged_snapshot_is_refused_or_restores_a_working_client(snapshot: Any) -> None:
    if snapshot is None:
        return
    try:
        client = taken_up(snapshot)
    except LocalProtocolError as error:
        assert str(error).isprintable()
        assert KEY not in str(error)
        return
    works(client)


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    for key in tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ():
        found += places(tree[key], (*path, key))
    return found


@pytest.mark.parametrize("path", places(GOOD), ids=str)
def test_invalid_value_in_any_field_is_refused_or_harmless(path: tuple[Any, ...]) -> None:
    for junk in [*JUNK, *DEEP]:
        snapshot = json.loads(json.dumps(GOOD))
        place = snapshot
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = junk
        try:
            client = taken_up(snapshot)
        except LocalProtocolError as error:
            assert str(error).isprintable()
        else:
            works(client)


@pytest.mark.parametrize("salt", [1 << 63, -(1 << 63) - 1, 1 << 70])
def test_salt_outside_64_bits_is_refused(salt: int) -> None:
    data_center = GOOD["data_centers"]["2"]
    with pytest.raises(LocalProtocolError, match="invalid snapshot of a client"):
        taken_up({**GOOD, "data_centers": {"2": {**data_center, "salt": salt}}})
    for fine in ((1 << 63) - 1, -(1 << 63)):
        snapshot = {**GOOD, "data_centers": {"2": {**data_center, "salt": fine}}}
        assert taken_up(snapshot).snapshot()["data_centers"]["2"]["salt"] == fine


@pytest.mark.parametrize("offset", [float("nan"), float("inf"), -float("inf"), 1e30, 2.0**31 + 1])
def test_time_offset_out_of_bounds_is_refused(offset: float) -> None:
    data_center = GOOD["data_centers"]["2"]
    with pytest.raises(LocalProtocolError, match="invalid snapshot of a client"):
        taken_up({**GOOD, "data_centers": {"2": {**data_center, "time_offset": offset}}})


def test_implausible_time_offset_does_not_break_the_client() -> None:
    data_center = GOOD["data_centers"]["2"] | {"time_offset": NOW - 5.0}  # this clock showed 5 s after the epoch
    works(taken_up({**GOOD, "data_centers": {"2": data_center}}))
    works(taken_up({**GOOD, "data_centers": {"2": data_center}}, now=5.0), now=5.0)


@given(any_json)
def test_arbitrary_json_is_refused_as_a_saved_account(data: Any) -> None:
    with pytest.raises(LocalProtocolError):
        session_strings.SavedAccount.from_snapshot(data)


@settings(max_examples=200, deadline=None)
@given(corrupted(GOOD))
def test_account_in_a_damaged_snapshot_is_refused_or_valid(snapshot: Any) -> None:
    try:
        account = session_strings.SavedAccount.from_snapshot(snapshot, api_id=5)
    except LocalProtocolError:
        return
    for form in session_strings.FORMATS.values():
        try:
            text = form.write(account)
        except LocalProtocolError:
            continue
        assert form.read(text).auth_key == account.auth_key


@pytest.mark.parametrize(
    ("data", "importer"),
    [
        ("1An8AAAG", r"session_strings\.read\(text\)\.to_snapshot\(\)"),
        ({"version": 1, "host": "h", "auth_key": "a"}, r"session_files\.read\(path\)\.to_snapshot\(\)"),
    ],
)
def test_foreign_session_as_a_snapshot_names_its_importer(data: Any, importer: str) -> None:
    with pytest.raises(LocalProtocolError, match=importer) as caught:
        Client(ClientConfig(connection_config=Config(api_id=1)), snapshot=data, entropy=SeededEntropy(1), now=NOW)
    assert "1An8AAAG" not in str(caught.value)
