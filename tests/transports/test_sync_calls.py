"""The blocking adapter: the worker thread receives for every thread, whatever the threads do."""

from __future__ import annotations

import selectors
import signal
import socket
import threading
import time
from functools import partial
from types import FrameType

import pytest

from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import ConnectionLostError
from sansio_tl_transports import sync
from sansio_tl_transports._shared.connection_runner import ClientConnectionRunner
from sansio_tl_transports.sync._worker import Worker
from tests.helpers.adapter_parts import runner_of, worker_of
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import (
    ANSWERED,
    CLOSES,
    MANY,
    NEAREST,
    PUSHED,
    PUSHES,
    PUSHES_TO_OTHERS,
    UNANSWERED,
    ScriptedDataCenter,
    raw_server,
)
from tests.transports.sync_connections import SOON, connected, in_threads, needs_signals, two_connected, until


@pytest.mark.interpreted
def test_idle_worker_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[Worker] = []
    original = Worker.run_turn

    def counting(worker: Worker) -> None:
        turns.append(worker)
        original(worker)

    with connected() as connection:
        connection.invoke(ANSWERED)
        time.sleep(SOON)
        monkeypatch.setattr(Worker, "run_turn", counting)
        time.sleep(3 * SOON)
        assert turns.count(worker_of(connection)) < 3, "but for a deadline"


def test_updates_arrive_while_no_thread_waits() -> None:
    with two_connected() as (one, other):
        one.invoke(ANSWERED)
        other.invoke(PUSHES_TO_OTHERS)
        assert next(one.updates()) == PUSHED


def test_updates_arrive_after_a_timeout() -> None:
    with two_connected() as (one, other):
        one.invoke(ANSWERED)
        with pytest.raises(TimeoutError):
            one.invoke(UNANSWERED, timeout=SOON)
        other.invoke(PUSHES_TO_OTHERS)
        assert next(one.updates()) == PUSHED


@needs_signals
def test_signal_handler_may_use_the_connection() -> None:
    """A handler may invoke while the thread that it interrupts waits for an answer."""
    got: list[object] = []

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        got.append(connection.invoke(ANSWERED))
        other.invoke(PUSHES_TO_OTHERS)
        got.append(next(connection.updates()))

    data_center = ScriptedDataCenter()
    me = threading.get_ident()
    former = signal.signal(signal.SIGUSR1, handle)
    try:
        with two_connected(data_center) as (connection, other):

            def send_signal() -> None:
                until(lambda: UNANSWERED.NAME in data_center.received)
                signal.pthread_kill(me, signal.SIGUSR1)

            thread = threading.Thread(target=send_signal)
            thread.start()
            connection.invoke(ANSWERED)
            with pytest.raises(TimeoutError):
                connection.invoke(UNANSWERED, timeout=10 * SOON)
            thread.join()
        assert got == [NEAREST, PUSHED]
    finally:
        signal.signal(signal.SIGUSR1, former)


@needs_signals
def test_interrupt_cancels_the_request() -> None:
    data_center = ScriptedDataCenter()
    me = threading.get_ident()

    def send_signal() -> None:
        until(lambda: UNANSWERED.NAME in data_center.received)
        signal.pthread_kill(me, signal.SIGINT)

    with connected(data_center) as connection:
        thread = threading.Thread(target=send_signal)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            connection.invoke(UNANSWERED)
        thread.join()
        assert connection.invoke(ANSWERED) == NEAREST
        assert data_center.cancelled == [UNANSWERED.NAME]


def test_answers_arrive_while_another_thread_waits() -> None:
    data_center = ScriptedDataCenter()
    with connected(data_center) as connection:

        def waits() -> None:
            with pytest.raises(TimeoutError):
                connection.invoke(UNANSWERED, timeout=5 * SOON)

        def other() -> None:
            until(lambda: UNANSWERED.NAME in data_center.received)
            for _ in range(20):
                assert connection.invoke(ANSWERED) == NEAREST

        in_threads([waits, other, other])


def test_updates_arrive_while_another_thread_waits() -> None:
    data_center = ScriptedDataCenter()
    with connected(data_center) as connection:

        def waits() -> None:
            with pytest.raises(TimeoutError):
                connection.invoke(UNANSWERED, timeout=5 * SOON)

        def reader() -> None:
            updates = connection.updates()
            assert [next(updates) for _ in range(MANY)] == [PUSHED] * MANY

        def other() -> None:
            until(lambda: UNANSWERED.NAME in data_center.received)
            connection.invoke(PUSHES)

        in_threads([waits, reader, other])


def test_lost_connection_is_reported_to_every_waiting_thread() -> None:
    data_center = ScriptedDataCenter()
    with connected(data_center) as connection:

        def waits() -> None:
            with pytest.raises(ConnectionLostError):
                connection.invoke(UNANSWERED)

        def ends_it() -> None:
            until(lambda: data_center.received.count(UNANSWERED.NAME) == 5)
            with pytest.raises(ConnectionLostError):
                connection.invoke(CLOSES)

        in_threads([waits] * 5 + [ends_it])


def test_closing_ends_every_request() -> None:
    data_center = ScriptedDataCenter()
    threads = []
    with connected(data_center) as connection:

        def waits() -> None:
            with pytest.raises(ConnectionLostError):
                connection.invoke(UNANSWERED)

        for _ in range(3):
            threads.append(threading.Thread(target=waits))
            threads[-1].start()
        until(lambda: data_center.received.count(UNANSWERED.NAME) == 3)
    for thread in threads:
        thread.join()


def test_request_ends_before_the_peer_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sansio_tl_transports.sync._pump.CLOSE_TIMEOUT", 600)
    incoming = threading.Event()

    def close_late(peer: socket.socket) -> None:
        while peer.recv(65536):
            incoming.set()
        time.sleep(SOON)

    with raw_server(close_late) as address:
        with sync.connect(address, client_config(), auth_key=AuthKey(bytes(256))) as connection:

            def waits() -> None:
                with pytest.raises(ConnectionLostError):
                    connection.invoke(UNANSWERED)

            thread = threading.Thread(target=waits)
            thread.start()
            incoming.wait()
        thread.join()


@pytest.mark.interpreted
@pytest.mark.parametrize("where", ["receive", "output"])
def test_bug_of_a_connection_is_raised_for_every_waiter(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    data_center = ScriptedDataCenter()
    bug = ZeroDivisionError("a bug")
    seen: list[object] = []

    def fail(*_: object) -> None:
        raise bug

    def waits(connection: sync.Connection) -> None:
        with pytest.raises(ZeroDivisionError):
            connection.invoke(UNANSWERED)
        seen.append("who waits")

    def meets_it(connection: sync.Connection) -> None:
        until(lambda: data_center.received.count(UNANSWERED.NAME) == 3)
        monkeypatch.setattr(ClientConnectionRunner, where, fail)
        with pytest.raises(ZeroDivisionError):
            connection.invoke(ANSWERED)
        seen.append(runner_of(connection).callers.bug)  # no other thread finds it
        assert worker_of(connection).call(threading.get_ident) != threading.get_ident(), (
            "its thread lives: it is a bug of one connection"
        )

    with pytest.raises(ZeroDivisionError), sync.serve(data_center) as server:  # noqa: SIM117, PT012
        with sync.connect(server.address, client_config()) as connection:
            connection.invoke(ANSWERED)
            in_threads([partial(waits, connection)] * 3 + [partial(meets_it, connection)])
    assert seen.count("who waits") == 3
    assert bug in seen


def test_bug_of_the_worker_is_raised_for_every_waiter_and_on_exit(opened: list[socket.socket]) -> None:
    data_center = ScriptedDataCenter()
    bug = ZeroDivisionError("a bug")
    raised: list[BaseException] = []

    def meets_it() -> None:
        raise bug

    def waits(connection: sync.Connection) -> None:
        try:
            connection.invoke(UNANSWERED)
        except ZeroDivisionError as error:
            raised.append(error)

    with pytest.raises(ZeroDivisionError), connected(data_center) as connection:  # noqa: PT012
        threads = [threading.Thread(target=waits, args=(connection,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        until(lambda: data_center.received.count(UNANSWERED.NAME) == 3)
        worker_of(connection).submit(meets_it)
        for thread in threads:
            thread.join()
        assert raised == [bug] * 3
        with pytest.raises(ZeroDivisionError):
            connection.invoke(ANSWERED)
    assert [each for each in opened if each.fileno() != -1] == []


@pytest.mark.parametrize("name", ["SelectSelector", "PollSelector"])
def test_every_selector_will_do(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if not hasattr(selectors, name):
        pytest.skip("this system does not have it")
    monkeypatch.setattr(selectors, "DefaultSelector", getattr(selectors, name))
    with connected() as connection:
        in_threads([lambda: [connection.invoke(ANSWERED) for _ in range(20)]] * 5)
        with pytest.raises(TimeoutError):
            connection.invoke(UNANSWERED, timeout=SOON)
        assert connection.invoke(ANSWERED) == NEAREST
