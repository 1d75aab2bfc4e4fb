"""The worker thread of the blocking adapter: work of other threads, deadlines, bugs and its end."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

import pytest

from sansio_tl import auth
from sansio_tl.errors import ConnectionLostError, LocalProtocolError
from sansio_tl_transports import sync
from sansio_tl_transports._shared.client_runner import ClientRunner
from sansio_tl_transports.sync._opener import Steps, Wait, limited, start_task
from sansio_tl_transports.sync._waiter import ResultEvent
from sansio_tl_transports.sync._worker import Socket, Worker, running
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, ScriptedDataCenter
from tests.transports.sync_connections import SOON, until
from tests.transports.test_client import settings


class Timed:
    """A member with a deadline that a test sets."""

    def __init__(self, deadline: float = math.inf) -> None:
        self.deadline: float | None = deadline
        self.ticks: list[float] = []
        self.bugs: list[Exception] = []
        self.released = 0
        self.on_settle: Callable[[], object] = lambda: None

    def ready(self, sock: Socket, events: int, /) -> None:
        raise AssertionError("it has no socket")

    def tick(self) -> None:
        self.ticks.append(time.monotonic())
        self.deadline = math.inf

    def settle(self) -> float | None:
        self.on_settle()
        return self.deadline

    def close(self) -> None:
        self.deadline = None

    def fail(self, bug: Exception) -> None:
        self.bugs.append(bug)

    def release(self) -> None:
        self.released += 1


def move(worker: Worker, member: Timed, deadline: float) -> None:
    member.deadline = deadline
    worker.wake(member)


def test_deadline_that_becomes_earlier_is_kept() -> None:
    with running() as worker:
        now = time.monotonic()
        member = Timed(now + 60)
        worker.call(lambda: worker.add(member))
        move(worker, member, now + SOON)
        until(lambda: bool(member.ticks))
        assert member.ticks[0] >= now + SOON
    assert member.released == 1


def test_deadline_that_becomes_later_is_not_missed() -> None:
    class Later(Timed):
        def tick(self) -> None:
            self.ticks.append(time.monotonic())
            if time.monotonic() >= due:
                self.deadline = math.inf

    with running() as worker:
        now = time.monotonic()
        due = now + 3 * SOON
        member = Later(now + SOON)
        worker.call(lambda: worker.add(member))
        move(worker, member, due)
        until(lambda: member.deadline == math.inf)
        assert due <= member.ticks[-1]
        assert len(member.ticks) == 2, "early, at the first deadline, and at the second one"


def test_outdated_deadlines_do_not_accumulate() -> None:
    with running() as worker:
        member = Timed()
        worker.call(lambda: worker.add(member))
        for number in range(1_000):
            member.deadline = time.monotonic() + 1_000 - number / 10
            worker.call(lambda: worker.wake(member))
        assert worker.call(lambda: len(worker._timers)) < 200


def test_bug_of_a_member_ends_it_alone() -> None:
    bug = ZeroDivisionError("a bug")

    def fail() -> None:
        raise bug

    with running() as worker:
        one, other = Timed(), Timed()
        for member in (one, other):
            worker.submit(lambda member=member: worker.add(member))  # type: ignore[misc]
        one.on_settle = fail
        worker.wake(one)
        until(lambda: bool(one.bugs))
        assert (one.bugs, one.released) == ([bug], 1)
        worker.call(lambda: None)
        assert (other.bugs, other.released) == ([], 0)


def test_work_after_the_end_is_done_by_the_caller() -> None:
    with running() as worker:
        assert worker.call(threading.get_ident) != threading.get_ident()
    assert worker.call(threading.get_ident) == threading.get_ident()


def test_exception_of_called_work_is_raised_for_the_caller() -> None:
    with running() as worker:
        with pytest.raises(ZeroDivisionError):
            worker.call(lambda: 1 // 0)
        assert worker.call(lambda: 1) == 1


class Interrupted:
    """A socket; a signal handler raises before it sends."""

    def __init__(self, sock: socket.socket) -> None:
        self.close = sock.close

    def send(self, data: bytes) -> int:
        raise KeyboardInterrupt


def test_wakeup_that_was_interrupted_is_sent_by_the_next_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C may occur between adding work and waking the worker."""
    with running() as worker:
        worker.call(lambda: None)
        time.sleep(SOON)  # it sleeps
        done: list[int] = []
        with monkeypatch.context() as patch:
            patch.setattr(worker, "_waker", Interrupted(worker._waker))
            with pytest.raises(KeyboardInterrupt):
                worker.submit(lambda: done.append(1))
        assert done == []
        assert worker.call(lambda: 2) == 2
        assert done == [1]


def test_callback_may_use_the_client_but_not_wait_for_it() -> None:
    raised: list[Exception] = []
    snapshots: list[dict[str, Any]] = []
    clients: list[sync.Client] = []

    def save(_: object) -> None:
        if clients and not raised:
            snapshots.append(clients[0].snapshot())
            try:
                clients[0].invoke(ANSWERED)
            except LocalProtocolError as error:
                raised.append(error)

    with sync.serve(ScriptedDataCenter()) as server, sync.open_client(settings(server.address), save=save) as client:
        clients.append(client)
        client.invoke(ANSWERED, timeout=20)
    assert snapshots
    assert "a callback must not wait" in str(raised[0])


def refused_in_callback(use: Callable[[sync.Client], object]) -> str:
    """The error of something that the callback of a client does with the client."""
    raised: list[Exception] = []
    clients: list[sync.Client] = []

    def save(_: object) -> None:
        if clients and not raised:
            try:
                use(clients[0])
            except LocalProtocolError as error:
                raised.append(error)

    with sync.serve(ScriptedDataCenter()) as server, sync.open_client(settings(server.address), save=save) as client:
        clients.append(client)
        client.invoke(ANSWERED, timeout=20)
        assert client.invoke(ANSWERED, timeout=20) == NEAREST
    return str(raised[0])


@pytest.mark.parametrize(
    "use",
    [
        lambda client: next(client.updates()),
        lambda client: client.wait(auth.QrLogin(api_id=1, api_hash="x")),
        lambda client: next(client.steps(auth.QrLogin(api_id=1, api_hash="x"))),
    ],
    ids=["updates", "wait", "steps"],
)
def test_callback_that_would_wait_raises_at_once(use: Callable[[sync.Client], object]) -> None:
    assert "a callback must not wait" in refused_in_callback(use)


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_close_in_a_callback_raises_and_leaves_no_thread() -> None:
    """Python has left the `with` statement then, so the connections end without it."""
    before = set(threading.enumerate())
    raised: list[Exception] = []

    def save(_: object) -> None:
        if not raised:
            try:
                opening.__exit__(None, None, None)
            except LocalProtocolError as error:
                raised.append(error)

    with sync.serve(ScriptedDataCenter()) as server:
        opening = sync.open_client(settings(server.address), save=save)
        with opening as client, contextlib.suppress(LocalProtocolError, ConnectionLostError):
            client.invoke(ANSWERED, timeout=20)  # the client may be closed already
    until(lambda: set(threading.enumerate()) <= before)
    assert "a callback must not close" in str(raised[0])


def test_blocked_job_delays_nothing() -> None:
    """As name resolution may: the worker goes on, and does not wait for it on exit."""
    over, began = threading.Event(), threading.Event()

    def block() -> None:
        began.set()
        over.wait()

    def steps() -> Steps[None]:
        yield Wait(job=block)

    try:
        with running() as worker:
            start_task(worker, steps(), worker.fail)
            began.wait()
            assert worker.call(lambda: 1) == 1
    finally:
        over.set()


def test_generator_that_takes_too_long_is_closed() -> None:
    ends: list[str] = []

    def waits() -> Steps[None]:
        try:
            yield Wait()
        finally:
            ends.append("closed")

    def steps() -> Steps[None]:
        try:
            yield from limited(waits(), SOON)
        except TimeoutError:
            ends.append("timeout")

    with running() as worker:
        start_task(worker, steps(), worker.fail)
        until(lambda: len(ends) == 2)
    assert ends == ["closed", "timeout"]


def test_slow_name_resolution_does_not_delay_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait() and [])
    began = time.monotonic()
    try:
        with (
            pytest.raises(TimeoutError, match=r"no connection with slow\.example port 443"),
            sync.connect(("slow.example", 443), client_config(), timeout=SOON),
        ):
            pass
    finally:
        over.set()
    assert time.monotonic() - began < 10


def test_addresses_of_both_families_are_tried_by_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET6, f"2001:db8::{number}") for number in range(3)] + [(socket.AF_INET, "127.0.0.1")]
    with sync.serve(ScriptedDataCenter()) as server:
        port = server.address[1]
        tried: list[str] = []
        connect = socket.socket.connect

        def connecting(sock: socket.socket, address: Any) -> None:
            tried.append(address[0])
            if sock.family == socket.AF_INET6:
                raise OSError(errno.ENETUNREACH, "unreachable")
            connect(sock, address)

        monkeypatch.setattr(socket.socket, "connect", connecting)
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda *_, **__: [(family, socket.SOCK_STREAM, 6, "", (host, port)) for family, host in found],
        )
        with sync.connect(("dc.example", port), client_config(), timeout=20) as connection:
            assert connection.invoke(ANSWERED, timeout=20) == NEAREST
    assert tried[:2] == ["2001:db8::0", "127.0.0.1"]


def test_members_are_closed_in_the_order_in_which_they_were_added() -> None:
    """A client is closed before its connections: else it would report that they were lost, and open them again."""
    closed: list[int] = []

    class Closing:
        def __init__(self, number: int) -> None:
            self.number = number

        def ready(self, sock: object, events: int, /) -> None: ...
        def tick(self) -> None: ...
        def release(self) -> None: ...
        def fail(self, bug: Exception) -> None: ...

        def settle(self) -> float | None:
            return None if self.number in closed else 1e9

        def close(self) -> None:
            closed.append(self.number)

    with running() as worker:
        for number in range(50):
            worker.call(partial(worker.add, Closing(number)))
    assert closed == list(range(50))


def test_idle_thread_makes_no_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[float] = []
    run_turn = Worker.run_turn

    def counted(worker: Worker) -> None:
        turns.append(0.0)
        run_turn(worker)

    monkeypatch.setattr(Worker, "run_turn", counted)
    with running() as worker:
        for _ in range(3):
            worker.call(lambda: None)
        threading.Event().wait(0.05)
        assert len(turns) <= 10


def test_work_that_comes_while_the_thread_ends_is_done() -> None:
    done: list[str] = []
    with running() as worker:
        member = Timed()

        def settle() -> None:
            if member.deadline is None:
                worker.submit(lambda: done.append("at the end"))

        member.on_settle = settle
        worker.call(lambda: worker.add(member))
    assert done == ["at the end"]
    assert member.released == 1


def test_socket_is_watched_for_the_last_events_that_were_asked_for() -> None:
    ours, theirs = socket.socketpair()
    found: list[int] = []
    plan = [EVENT_WRITE, EVENT_READ, 0]

    class Watching(Timed):
        def ready(self, sock: Socket, events: int, /) -> None:
            found.append(events)
            worker.watch(sock, plan.pop(0), self)

    with ours, theirs:
        theirs.send(b"data that nothing reads")
        with running() as worker:
            member = Watching()
            worker.call(lambda: worker.add(member))
            worker.call(lambda: worker.watch(ours, EVENT_READ, member))
            until(lambda: not plan)
            worker.call(lambda: None)
        assert found == [EVENT_READ, EVENT_WRITE, EVENT_READ]


def test_event_is_set_when_it_is_fired() -> None:
    found: deque[ResultEvent] = deque()
    event = ResultEvent(found)
    event.set()
    assert (list(found), event.is_set()) == ([event], False)
    event.fire()
    assert event.is_set()


def test_forked_process_cannot_use_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as worker:
        with monkeypatch.context() as forked:
            process = os.getpid()
            forked.setattr(os, "getpid", lambda: process + 1)
            with pytest.raises(LocalProtocolError, match=f"belongs to process {process}, of which this one is a fork"):
                worker.submit(lambda: None)
        assert worker.call(lambda: 7) == 7


def test_member_that_comes_while_the_others_are_closed_is_closed() -> None:
    late = Timed()
    with running() as worker:

        class Closing(Timed):
            def close(self) -> None:
                super().close()
                worker.add(late)

        member = Closing()
        worker.call(lambda: worker.add(member))
    assert late.deadline is None
    assert (member.released, late.released) == (1, 1)


def test_thread_that_begins_after_the_end_does_nothing() -> None:
    """As when Ctrl-C comes while it is started."""
    before = threading.active_count()
    worker = Worker()
    worker.close()
    worker.start()
    until(lambda: threading.active_count() == before)
    worker.raise_bug()
    assert worker.call(lambda: 7) == 7


@pytest.mark.interpreted
def test_bug_of_a_client_is_raised_for_its_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(ClientRunner, "next_connect", fail)
    with (
        sync.serve(ScriptedDataCenter()) as server,
        pytest.raises(ZeroDivisionError, match="a bug"),
        sync.open_client(settings(server.address)) as client,
    ):
        client.invoke(ANSWERED, timeout=20)
