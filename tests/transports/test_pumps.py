"""The thread of the blocking adapter: what it does does not grow with the connections that have nothing to say."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from sansio_tl.errors import ConnectionLostError
from sansio_tl_transports import sync
from sansio_tl_transports.sync._pump import SocketPump
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import CLOSES, ScriptedDataCenter

SOON = 0.1


class Quiet:
    """The engine of an echo connection, which counts the calls of its methods."""

    closed = False

    def __init__(self, asked: Counter[str]) -> None:
        self._asked = asked
        self._sent = b""

    def receive_data(self, data: bytes, *, now: float) -> None:
        self._asked["receive_data"] += 1
        self._sent += data
        self.closed = not data

    def data_to_send(self, *, now: float) -> bytes:
        self._asked["data_to_send"] += 1
        sent, self._sent = self._sent, b""
        return sent

    def next_deadline(self) -> float | None:
        self._asked["next_deadline"] += 1
        return time.time() + 3600

    def handle_deadline(self, *, now: float) -> None:
        self._asked["handle_deadline"] += 1

    def close(self, *, now: float) -> None:
        self.closed = True


class Echo:
    """A data center that reports which connection has something to say."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.on_output: Callable[[Any], object] = lambda _: None

    def accept(self, *, now: float) -> Quiet:
        return Quiet(self.asked)

    def next_event(self) -> None:
        return None


def asked_for_a_word(idle: int) -> Counter[str]:
    """The calls of a server's engines while one connection sends a hundred times and the others are idle."""
    data_center = Echo()
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(sync.serve(data_center))
        connected = [stack.enter_context(socket.create_connection(server.address)) for _ in range(idle + 1)]
        for each in connected:
            each.sendall(b"!")
            assert each.recv(10) == b"!"
        data_center.asked.clear()
        for _ in range(100):
            connected[-1].sendall(b"word")
            assert connected[-1].recv(10) == b"word"
        return Counter(data_center.asked)


def test_idle_connections_cost_nothing_when_another_one_is_active() -> None:
    few, many = asked_for_a_word(2), asked_for_a_word(100)
    for method in ("receive_data", "data_to_send", "next_deadline", "handle_deadline"):
        assert abs(few[method] - many[method]) <= 2, "the last look may come after the last word"
        assert many[method] < 1_000, "a few times a word"


def test_deadlines_of_idle_connections_are_handled_once() -> None:
    """By the connections that have one, and without asking those that have none."""
    ticks: Counter[int] = Counter()

    class Timed(Quiet):
        def __init__(self, number: int) -> None:
            super().__init__(Counter())
            self._number = number
            self._due: float | None = time.time() + SOON if number % 2 else None

        def next_deadline(self) -> float | None:
            return self._due

        def handle_deadline(self, *, now: float) -> None:
            ticks[self._number] += 1
            self._due = None

    class Timing(Echo):
        count = 0

        def accept(self, *, now: float) -> Quiet:
            self.count += 1
            return Timed(self.count)

    with contextlib.ExitStack() as stack:
        server = stack.enter_context(sync.serve(Timing()))
        for _ in range(10):
            stack.enter_context(socket.create_connection(server.address))
        while len(ticks) < 5:
            time.sleep(0.001)
    assert ticks == dict.fromkeys((1, 3, 5, 7, 9), 1)


@pytest.mark.interpreted
def test_only_the_worker_closes_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that is reused at once may be registered with a selector in which another thread waits."""
    closed_by: list[str] = []
    release = SocketPump.release

    def releasing(pump: SocketPump) -> None:
        closed_by.append(threading.current_thread().name)
        release(pump)

    monkeypatch.setattr(SocketPump, "release", releasing)
    with (
        sync.serve(ScriptedDataCenter()) as server,
        sync.connect(server.address, client_config()) as connection,
        pytest.raises(ConnectionLostError),
    ):
        connection.invoke(CLOSES)
    assert closed_by == ["sansio_tl"] * 2
