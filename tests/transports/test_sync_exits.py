"""SystemExit and KeyboardInterrupt raised by the application in the thread of the sync adapter: it continues."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from sansio_tl.errors import ConnectionLostError
from sansio_tl_transports import sync
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, UNANSWERED, ScriptedConnection, ScriptedDataCenter
from tests.transports.test_client import settings


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads that die of an exception."""
    names: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: names.append(repr(args.exc_value)))
    return names


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_exit_raised_by_the_application_ends_one_connection(kind: type[BaseException], dead: list[str]) -> None:
    def exits(*_: object, **__: object) -> None:
        raise kind("disk full")

    bugs: list[Exception] = []
    data_center = ScriptedDataCenter()
    with (
        sync.serve(data_center, on_error=bugs.append) as server,
        sync.connect(server.address, client_config()) as other,
    ):
        with sync.connect(server.address, client_config()) as connection:
            data_center.connections[-1].act = exits  # type: ignore[method-assign]
            with pytest.raises(ConnectionLostError):
                connection.invoke(UNANSWERED, timeout=5)
        assert other.invoke(ANSWERED, timeout=5) == NEAREST
        with sync.connect(server.address, client_config()) as later:
            assert later.invoke(ANSWERED, timeout=5) == NEAREST
    assert [type(bug.__cause__) for bug in bugs] == [kind]
    assert dead == []


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_exit_in_a_callback_is_raised_for_the_caller_and_on_close(kind: type[BaseException], dead: list[str]) -> None:
    def save(_: object) -> None:
        raise kind("disk full")

    def asks(address: tuple[str, int]) -> None:
        with sync.open_client(settings(address), save=save) as account, pytest.raises(kind, match="disk full"):
            account.invoke(ANSWERED, timeout=5)

    with sync.serve(ScriptedDataCenter()) as server, pytest.raises(kind, match="disk full"):
        asks(server.address)
    assert dead == []


class EventfulDataCenter(ScriptedDataCenter):
    """Has one event once a client has connected."""

    reported = False

    def next_event(self) -> Any:
        reported, self.reported = self.reported, self.reported or bool(self.connections)
        return "an event" if self.reported and not reported else None


def break_(*_: object, **__: object) -> None:
    raise ValueError("a bug")


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize("name", ["on_event", "on_error"])
def test_exit_in_a_server_callback_ends_it_and_closes_its_sockets(
    name: str,
    kind: type[BaseException],
    dead: list[str],
    opened: list[socket.socket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ScriptedConnection, "act", break_)

    def exits(_: object) -> None:
        raise kind("disk full")

    def serves(data_center: ScriptedDataCenter) -> None:
        settings: dict[str, Any] = {name: exits}
        with (
            sync.serve(data_center, **settings) as server,
            pytest.raises(ConnectionLostError),
            sync.connect(server.address, client_config()) as connection,
        ):
            connection.invoke(UNANSWERED, timeout=10)

    before = set(threading.enumerate())
    with pytest.raises(kind, match="disk full"):
        serves(EventfulDataCenter() if name == "on_event" else ScriptedDataCenter())
    assert dead == []
    for thread in threading.enumerate():
        if thread.name == "sansio_tl job":  # the last computation has returned, its thread ends
            thread.join(10)
    assert set(threading.enumerate()) <= before
    assert [each for each in opened if each.fileno() != -1] == []
