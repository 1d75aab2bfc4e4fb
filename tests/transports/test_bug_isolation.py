"""A bug on one connection ends that connection only, and is reported with its traceback: each adapter, both roles."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from sansio_tl import Connection
from sansio_tl.errors import ConnectionLostError
from sansio_tl.tl.objects import Function
from tests.helpers.adapter_parts import client_of, connection_of
from tests.helpers.adapters import Adapter, AnyClient, AnyConnection, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import (
    ANSWERED,
    FAILS,
    NEAREST,
    UNANSWERED,
    ScriptedConnection,
    ScriptedDataCenter,
)
from tests.transports.test_adapters import open_files, our_threads
from tests.transports.test_client import settings

pytestmark = each_adapter


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    files, threads = open_files(), our_threads()
    yield
    assert our_threads() == threads, "threads were left behind"
    assert open_files() == files, "sockets were left behind"


def the_bug(*_: object, **__: object) -> Any:
    raise ZeroDivisionError("a bug")


def in_the_past() -> float:
    return time.time() - 1


class Buggy(ScriptedDataCenter):
    """A data center in which one connection meets a bug: the second one."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where = where
        self.accepted = 0

    def accept(self, *, now: float) -> ScriptedConnection:
        self.accepted += 1
        conn = super().accept(now=now)
        if self.accepted == 2:
            if self._where == "accept":
                the_bug()
            if self._where == "handle_deadline":
                conn.next_deadline = in_the_past
            setattr(conn, self._where, the_bug)
        return conn


def is_the_bug(error: Exception) -> bool:
    """Whether it is, with the place where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return isinstance(error, ZeroDivisionError) and [frame.name for frame in frames][-1] == "the_bug"


# --- the server -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["accept", "receive_data", "data_to_send", "next_deadline", "handle_deadline"])
def test_bug_in_a_server_ends_only_the_connection_that_hit_it(adapter: Adapter, where: str) -> None:
    bugs: list[Exception] = []

    async def scenario() -> None:
        async with (
            adapter.serve(Buggy(where), on_error=bugs.append) as server,
            adapter.connect(server.address, client_config()) as other,
        ):
            with pytest.raises((ConnectionLostError, ConnectionError)):
                async with adapter.connect(server.address, client_config()):
                    pass
            assert await other.invoke(ANSWERED, timeout=5) == NEAREST
            async with adapter.connect(server.address, client_config()) as later:
                assert await later.invoke(ANSWERED, timeout=5) == NEAREST
            assert await other.invoke(ANSWERED, timeout=5) == NEAREST

    adapter.run(scenario)
    assert [is_the_bug(bug) for bug in bugs] == [True], "reported once, with its traceback"


def test_bug_while_closing_a_server_still_closes_the_other_connections(adapter: Adapter) -> None:
    bugs: list[Exception] = []
    data_center = Buggy("close")
    addresses: list[tuple[str, int]] = []

    async def serves() -> None:
        async with adapter.serve(data_center, on_error=bugs.append) as server:
            addresses.append(server.address)
            while data_center.received.count(UNANSWERED.NAME) < 3:
                await adapter.sleep(0.01)

    async def asks() -> None:
        while not addresses:
            await adapter.sleep(0.01)
        async with adapter.connect(addresses[0], client_config()) as conn:
            with pytest.raises(ConnectionLostError):
                await conn.invoke(UNANSWERED, timeout=5)

    async def scenario() -> None:
        await adapter.all_of([serves, asks, asks, asks])

    adapter.run(scenario)
    assert [is_the_bug(bug) for bug in bugs] == [True]


def test_bug_without_a_handler_is_logged(adapter: Adapter, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with adapter.serve(Buggy("receive_data")) as server, adapter.connect(server.address, client_config()):
            with pytest.raises(ConnectionLostError):
                async with adapter.connect(server.address, client_config()):
                    pass

    adapter.run(scenario)
    [record] = [record for record in caplog.records if record.name == "transports"]
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ZeroDivisionError)
    assert "the_bug" in caplog.text


class Eventful(ScriptedDataCenter):
    """One event for each connection."""

    def __init__(self) -> None:
        super().__init__()
        self._events = 0

    def accept(self, *, now: float) -> ScriptedConnection:
        self._events += 1
        return super().accept(now=now)

    def next_event(self) -> Any:
        self._events -= 1
        return "an event" if self._events >= 0 else None


def test_exception_of_on_event_is_reported_and_the_server_continues(adapter: Adapter) -> None:
    bugs: list[Exception] = []

    async def scenario() -> None:
        async with (
            adapter.serve(Eventful(), on_event=the_bug, on_error=bugs.append) as server,
            adapter.connect(server.address, client_config()) as conn,
        ):
            assert await conn.invoke(ANSWERED, timeout=5) == NEAREST

    adapter.run(scenario)
    assert [is_the_bug(bug) for bug in bugs] == [True]


def test_exception_of_on_error_is_logged(adapter: Adapter, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(Buggy("receive_data"), on_error=the_bug) as server,
            adapter.connect(server.address, client_config()) as other,
        ):
            with pytest.raises(ConnectionLostError):
                async with adapter.connect(server.address, client_config()):
                    pass
            assert await other.invoke(ANSWERED, timeout=5) == NEAREST

    adapter.run(scenario)
    assert [record.name for record in caplog.records if record.name == "transports"] == ["transports"]


# --- the client -------------------------------------------------------------------------------------------------------


def bug_in(monkeypatch: pytest.MonkeyPatch, victim: object, method: str) -> None:
    """From now on this method of this object raises; others of its class go on."""
    kind = type(victim)
    sound = getattr(kind, method)

    def method_of(self: object, *args: Any, **settings: Any) -> Any:
        return the_bug() if self is victim else sound(self, *args, **settings)

    monkeypatch.setattr(kind, method, method_of)


@pytest.mark.interpreted
@pytest.mark.parametrize("where", ["receive_data", "next_event", "next_deadline"])
def test_bug_in_a_connection_fails_its_own_calls_only(
    adapter: Adapter, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_center = ScriptedDataCenter()
    seen: list[Exception] = []

    async def scenario() -> None:
        async with adapter.serve(data_center) as server, adapter.connect(server.address, client_config()) as other:
            with pytest.raises(ZeroDivisionError) as left:
                async with adapter.connect(server.address, client_config()) as conn:
                    await calls(conn)
            assert is_the_bug(left.value), "leaving raises it, too"
            assert await other.invoke(ANSWERED, timeout=5) == NEAREST

    async def calls(conn: AnyConnection) -> None:
        async def waits() -> None:
            with pytest.raises(ZeroDivisionError) as raised:
                await conn.invoke(UNANSWERED, timeout=5)
            seen.append(raised.value)

        async def meets_it() -> None:
            while UNANSWERED.NAME not in data_center.received:
                await adapter.sleep(0.01)
            bug_in(monkeypatch, connection_of(conn), where)
            with pytest.raises(ZeroDivisionError) as raised:
                await conn.invoke(ANSWERED, timeout=5)
            seen.append(raised.value)

        await adapter.all_of([waits, meets_it])
        with pytest.raises(ZeroDivisionError):
            await conn.invoke(ANSWERED, timeout=5)
        with pytest.raises(ZeroDivisionError):
            await anext(conn.updates())

    adapter.run(scenario)
    assert [is_the_bug(error) for error in seen] == [True, True]


@pytest.mark.interpreted
def test_bug_in_a_handshake_is_raised_by_connect(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            monkeypatch.setattr(Connection, "receive_data", the_bug)
            with pytest.raises(ZeroDivisionError):
                async with adapter.connect(server.address, client_config(), timeout=5):
                    pass

    adapter.run(scenario)


@pytest.mark.interpreted
@pytest.mark.parametrize(
    "where", ["receive_data", "next_event", "next_action", "next_deadline", "data_to_send", "close"]
)
def test_bug_in_a_client_fails_its_own_calls_only(
    adapter: Adapter, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_center = ScriptedDataCenter()
    seen: list[Exception] = []

    async def scenario() -> None:
        async with adapter.serve(data_center) as server, adapter.open_client(settings(server.address)) as other:
            assert await other.invoke(ANSWERED, timeout=5) == NEAREST
            with pytest.raises(ZeroDivisionError) as left:
                async with adapter.open_client(settings(server.address)) as account:
                    await calls(account)
            assert is_the_bug(left.value), "leaving raises it, too"
            assert await other.invoke(ANSWERED, timeout=5) == NEAREST

    async def calls(account: AnyClient) -> None:
        assert await account.invoke(ANSWERED, timeout=5) == NEAREST
        bug_in(monkeypatch, client_of(account), where)
        if where == "close":
            return

        async def waits(function: Function[Any]) -> None:
            with pytest.raises(ZeroDivisionError) as raised:
                await account.invoke(function, timeout=5)
            seen.append(raised.value)

        await adapter.all_of([partial(waits, UNANSWERED), partial(waits, ANSWERED)])
        with pytest.raises(ZeroDivisionError):
            await account.invoke(ANSWERED, timeout=5)

    adapter.run(scenario)
    assert all(is_the_bug(error) for error in seen)
    assert len(seen) == (0 if where == "close" else 2)


@pytest.mark.interpreted
@pytest.mark.parametrize("where", ["connection_made", "connection_failed"])
def test_bug_while_connecting_ends_the_client(adapter: Adapter, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(address: tuple[str, int]) -> None:
        async with adapter.open_client(settings(address)) as account:
            bug_in(monkeypatch, client_of(account), where)
            await account.invoke(FAILS, timeout=5)

    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.open_client(settings(server.address)) as other,
        ):
            assert await other.invoke(ANSWERED, timeout=5) == NEAREST
            with pytest.raises(ZeroDivisionError):
                await ask(server.address if where == "connection_made" else ("127.0.0.1", 1))
            assert await other.invoke(ANSWERED, timeout=5) == NEAREST

    adapter.run(scenario)
