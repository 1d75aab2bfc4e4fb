"""Simulated sockets and their selector behave as those of the system in non-blocking mode."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

import pytest

from sansio_tl import Endpoint
from sansio_tl_transports.testing.simulated_sockets import SimulatedSelector, SimulatedSocket

BOTH = EVENT_READ | EVENT_WRITE


class Link:
    """The end of a connection in the simulated network."""

    on_open: Callable[[], None]
    on_data: Callable[[bytes], None]
    on_writable: Callable[[], None]
    on_end: Callable[[str | None], None]

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.sent: list[bytes] = []
        self.closed = 0
        self.is_writable = True

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.closed += 1


class Timer:
    def __init__(self, when: float, call: Callable[[], None]) -> None:
        self.when, self.call, self.cancelled = when, call, 0

    def cancel(self) -> None:
        self.cancelled += 1


class Host:
    """What a driver gets of a simulation run."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.timers: list[Timer] = []

    def connect(self, endpoint: Endpoint) -> Link:
        self.links.append(Link(endpoint))
        return self.links[-1]

    def now(self) -> float:
        return 1000.0

    def call_at(self, when: float, call: Callable[[], None]) -> Timer:
        self.timers.append(Timer(when, call))
        return self.timers[-1]


class Driver:
    """A selector, whose step records what is ready, and a socket."""

    def __init__(self, *timeouts: float | None) -> None:
        self.host = Host()
        host: Any = self.host
        self.selector = SimulatedSelector(host, self.step)
        self.sock = self.selector.new_socket()
        self.steps: list[list[tuple[Any, int]]] = []
        self.timeouts = list(timeouts)

    def step(self) -> None:
        found = self.selector.select(self.timeouts.pop(0) if self.timeouts else None)
        self.steps.append([(key.data, ready) for key, ready in found])
        for key, ready in found:
            if ready & EVENT_READ and key.events & EVENT_READ:
                key.fileobj.recv(100)  # type: ignore[union-attr]
            else:
                self.selector.modify(key.fileobj, EVENT_READ, key.data)

    def connect(self) -> Link:
        assert self.sock.connect_ex(("192.0.2.1", 443)) == errno.EINPROGRESS
        return self.host.links[0]


def code(call: Callable[[], object]) -> int | None:
    with pytest.raises(OSError) as caught:  # noqa: PT011  the number is compared
        call()
    assert caught.value.strerror == errno.errorcode[caught.value.errno or 0] or isinstance(
        caught.value, BlockingIOError | BrokenPipeError
    )
    return caught.value.errno


def test_socket_connects_in_steps_as_one_of_the_system() -> None:
    driver = Driver()
    sock = driver.sock
    link = driver.connect()
    assert link.endpoint == Endpoint("192.0.2.1", 443)
    assert sock.connect_ex(("192.0.2.1", 443)) == errno.EALREADY
    assert sock.ready() == 0
    link.on_open()
    assert sock.connect_ex(("192.0.2.1", 443)) == errno.EISCONN
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    assert sock.ready() == EVENT_WRITE
    link.is_writable = False
    assert sock.ready() == 0
    assert len(driver.host.links) == 1


def test_received_bytes_are_read_in_pieces_and_then_the_end() -> None:
    driver = Driver()
    link, sock = driver.connect(), driver.sock
    link.on_open()
    assert code(lambda: sock.recv(10)) == errno.EAGAIN
    link.on_data(b"abc")
    link.on_data(b"def")
    assert sock.ready() == BOTH
    assert (sock.recv(2), sock.recv(10)) == (b"ab", b"cdef")
    assert sock.ready() == EVENT_WRITE
    link.on_data(b"last")
    link.on_end(None)
    assert (sock.recv(10), sock.recv(10), sock.recv(10)) == (b"last", b"", b"")
    assert sock.ready() & EVENT_READ
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0


def test_sent_bytes_reach_the_network() -> None:
    driver = Driver()
    sock = driver.sock
    assert code(lambda: sock.send(b"early")) == errno.EPIPE
    link = driver.connect()
    link.on_open()
    assert sock.send(bytearray(b"abc")) == 3
    assert sock.send(memoryview(b"")) == 0
    assert link.sent == [b"abc"]
    assert type(link.sent[0]) is bytes
    sock.close()
    assert link.closed == 1
    driver.selector.new_socket().close()
    assert link.closed == 1


@pytest.mark.parametrize(
    ("opened", "reason", "error"),
    [
        (False, "refused", errno.ECONNREFUSED),
        (False, None, errno.ECONNREFUSED),
        (True, "reset", errno.ECONNRESET),
    ],
)
def test_error_of_a_connection_is_raised_and_shows_as_ready(*, opened: bool, reason: str | None, error: int) -> None:
    driver = Driver()
    link, sock = driver.connect(), driver.sock
    if opened:
        link.on_open()
        link.on_data(b"lost")
    link.is_writable = False
    link.on_end(reason)
    assert sock.ready() == BOTH
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == error
    assert code(lambda: sock.recv(10)) == error
    assert code(lambda: sock.send(b"x")) == error
    assert link.sent == [b"x"], "the observers of a run see bytes that are lost"
    assert sock.connect_ex(("192.0.2.1", 443)) == (errno.EISCONN if opened else error)


def test_sockets_are_told_apart_and_closed_by_with() -> None:
    driver = Driver()
    first, second = driver.sock, driver.selector.new_socket()
    assert second.fileno() == first.fileno() + 1 > 1_000_000
    link = driver.connect()
    with first as entered:
        assert entered is first
        assert link.closed == 0
    assert link.closed == 1
    first.setblocking(False)
    with pytest.raises(ValueError, match=r"call setblocking\(False\)"):
        first.setblocking(True)
    assert repr(first) == f"<SimulatedSocket {first.fileno()}>"


def test_step_is_called_until_it_would_block() -> None:
    driver = Driver()
    link = driver.connect()
    driver.selector.register(driver.sock, BOTH, "data")
    link.on_open()
    assert driver.steps == [[("data", EVENT_WRITE)], []]
    driver.steps.clear()
    link.on_data(b"x" * 150)
    assert driver.steps == [[("data", EVENT_READ)], [("data", EVENT_READ)], []]
    for change in (link.on_writable, lambda: link.on_end("reset")):
        driver.selector.unregister(driver.sock)
        driver.steps.clear()
        change()
        assert driver.steps == [[]]
        driver.selector.register(driver.sock, EVENT_READ)
    assert driver.host.timers == []


class Reentrant(Driver):
    def step(self) -> None:
        self.selector.run()
        super().step()


def test_step_is_not_called_within_itself_nor_after_the_end() -> None:
    driver = Reentrant()
    driver.connect().on_open()
    assert driver.steps == [[]]
    driver.selector.close()
    driver.selector.run()
    assert driver.steps == [[]]


def test_step_that_fails_can_be_called_again() -> None:
    driver = Driver("no number")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        driver.selector.run()
    driver.selector.run()
    assert driver.steps == [[]]


def test_selector_waits_as_long_as_its_timeout_in_whole_milliseconds() -> None:
    driver = Driver(0.0, -1.0, 0.0101)
    driver.selector.run()
    assert driver.steps == [[], [], []], "the first two did not wait"
    (timer,) = driver.host.timers
    assert timer.when == 1000.011
    driver.timeouts = [5.0]
    timer.call()
    assert (timer.cancelled, len(driver.steps)) == (1, 4)
    assert driver.host.timers[1].when == 1005.0
    driver.selector.run()
    assert driver.host.timers[1].cancelled == 1
    assert len(driver.host.timers) == 2
    driver.timeouts = [1.0]
    driver.selector.run()
    driver.selector.close()
    assert [timer.cancelled for timer in driver.host.timers] == [1, 1, 1]


def test_selector_that_finds_something_sets_no_timer() -> None:
    driver = Driver()
    driver.connect().on_end(None)
    key = driver.selector.register(driver.sock, EVENT_READ)
    assert driver.selector.select(5.0) == [(key, EVENT_READ)]
    assert driver.host.timers == []
    driver.selector.modify(driver.sock, EVENT_WRITE)
    assert driver.selector.select(5.0) == [(driver.selector.get_map()[driver.sock.fileno()], EVENT_WRITE)]


def test_watched_sockets_are_listed_changed_and_closed_with_the_selector() -> None:
    driver = Driver()
    selector, sock, link = driver.selector, driver.sock, driver.connect()
    key = selector.register(sock, EVENT_READ, "one")
    assert (key.fileobj, key.fd, key.events, key.data) == (sock, sock.fileno(), EVENT_READ, "one")
    with pytest.raises(KeyError, match="is already registered"):
        selector.register(sock, EVENT_WRITE)
    assert selector.modify(sock, EVENT_WRITE, "two").data == "two"
    assert dict(selector.get_map()) == {sock.fileno(): (sock, sock.fileno(), EVENT_WRITE, "two")}
    assert selector.unregister(sock).data == "two"
    assert not selector.get_map()
    changes: tuple[Callable[[], object], ...] = (
        lambda: selector.unregister(sock),
        lambda: selector.modify(sock, EVENT_READ),
    )
    for change in changes:
        with pytest.raises(KeyError):
            change()
    selector.register(sock, EVENT_READ)
    assert selector.get_map()[sock.fileno()].data is None
    selector.close()
    assert link.closed == 1
    assert not selector.get_map()


def test_socket_of_the_system_is_refused() -> None:
    driver = Driver()

    class Other:
        def fileno(self) -> int:
            return 3

    driver.selector.register(Other(), EVENT_READ)
    with pytest.raises(TypeError, match=r"expected one of SimulatedSelector.new_socket"):
        driver.selector.select(0)


def test_new_socket_calls_the_step_of_its_selector() -> None:
    driver = Driver()
    assert isinstance(driver.sock, SimulatedSocket)
    driver.connect().on_open()
    assert driver.steps == [[]]
