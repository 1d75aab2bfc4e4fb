"""The blocking adapter: a waiting thread polls the socket, and hands it back in every case."""

from __future__ import annotations

import selectors
import signal
import socket
import threading
import time
from collections import Counter
from functools import partial
from types import FrameType
from typing import Any

import pytest

from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import ConnectionLostError
from sansio_tl_transports import sync
from sansio_tl_transports._shared.connection_runner import ClientConnectionRunner
from sansio_tl_transports.sync._reactor import PollingThread, Reactor
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
from tests.transports.sync_connections import SOON, in_threads, linked, needs_signals, two_linked, until

# --- who waits leads --------------------------------------------------------------------------------------------------


@pytest.mark.interpreted
def test_consecutive_calls_do_not_wake_the_pump_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: Counter[int | None] = Counter()
    turn = Reactor._run_once

    def counting(carriers: Reactor, found: Any) -> Any:
        turns[id(carriers)] += 1
        return turn(carriers, found)

    with linked() as connection:
        monkeypatch.setattr(Reactor, "_run_once", counting)
        for _ in range(100):
            connection.invoke(ANSWERED)
        assert turns[id(connection._reactor)] < 5, "the thread sleeps, but for a deadline"


def test_pump_thread_resumes_polling_after_an_answer() -> None:
    with two_linked() as (one, other):
        one.invoke(ANSWERED)
        other.invoke(PUSHES_TO_OTHERS)
        assert next(one.updates()) == PUSHED


def test_pump_thread_resumes_polling_after_a_timeout() -> None:
    with two_linked() as (one, other):
        one.invoke(ANSWERED)
        with pytest.raises(TimeoutError):
            one.invoke(UNANSWERED, timeout=SOON)
        other.invoke(PUSHES_TO_OTHERS)
        assert next(one.updates()) == PUSHED


@needs_signals
def test_pump_thread_polls_while_a_signal_handler_runs() -> None:
    """A handler may take its time, and may even call. What comes meanwhile is carried by the thread."""
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
        with two_linked(data_center) as (connection, other):

            def strike() -> None:
                until(lambda: UNANSWERED.NAME in data_center.received)
                signal.pthread_kill(me, signal.SIGUSR1)

            thread = threading.Thread(target=strike)
            thread.start()
            connection.invoke(ANSWERED)
            with pytest.raises(TimeoutError):
                connection.invoke(UNANSWERED, timeout=10 * SOON)
            thread.join()
        assert got == [NEAREST, PUSHED]
    finally:
        signal.signal(signal.SIGUSR1, former)


@needs_signals
def test_interrupted_call_stops_polling() -> None:
    data_center = ScriptedDataCenter()
    me = threading.get_ident()

    def strike() -> None:
        until(lambda: UNANSWERED.NAME in data_center.received)
        signal.pthread_kill(me, signal.SIGINT)

    with linked(data_center) as connection:
        thread = threading.Thread(target=strike)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            connection.invoke(UNANSWERED)
        thread.join()
        assert connection.invoke(ANSWERED) == NEAREST
        assert data_center.cancelled == [UNANSWERED.NAME]


def test_polling_thread_delivers_answers_to_the_others() -> None:
    data_center = ScriptedDataCenter()
    with linked(data_center) as connection:

        def leader() -> None:
            with pytest.raises(TimeoutError):
                connection.invoke(UNANSWERED, timeout=5 * SOON)

        def other() -> None:
            until(lambda: UNANSWERED.NAME in data_center.received)
            for _ in range(20):
                assert connection.invoke(ANSWERED) == NEAREST

        in_threads([leader, other, other])


def test_polling_thread_delivers_updates_to_their_reader() -> None:
    data_center = ScriptedDataCenter()
    with linked(data_center) as connection:

        def leader() -> None:
            with pytest.raises(TimeoutError):
                connection.invoke(UNANSWERED, timeout=5 * SOON)

        def reader() -> None:
            updates = connection.updates()
            assert [next(updates) for _ in range(MANY)] == [PUSHED] * MANY

        def other() -> None:
            until(lambda: UNANSWERED.NAME in data_center.received)
            connection.invoke(PUSHES)

        in_threads([leader, reader, other])


def test_lost_connection_is_reported_to_every_waiting_thread() -> None:
    data_center = ScriptedDataCenter()
    with linked(data_center) as connection:

        def waits() -> None:
            with pytest.raises(ConnectionLostError):
                connection.invoke(UNANSWERED)

        def ends_it() -> None:
            until(lambda: data_center.received.count(UNANSWERED.NAME) == 5)
            with pytest.raises(ConnectionLostError):
                connection.invoke(CLOSES)

        in_threads([waits] * 5 + [ends_it])


def test_closing_ends_the_polling_thread() -> None:
    data_center = ScriptedDataCenter()
    threads = []
    with linked(data_center) as connection:

        def waits() -> None:
            with pytest.raises(ConnectionLostError):
                connection.invoke(UNANSWERED)

        for _ in range(3):
            threads.append(threading.Thread(target=waits))
            threads[-1].start()
        until(lambda: data_center.received.count(UNANSWERED.NAME) == 3)
    for thread in threads:
        thread.join()


def test_waiting_for_the_peers_close_is_left_to_the_pump_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sansio_tl_transports.sync._pump.CLOSE_TIMEOUT", 600)
    incoming = threading.Event()

    def hang_up_late(peer: socket.socket) -> None:
        while peer.recv(65536):
            incoming.set()
        time.sleep(SOON)

    with raw_server(hang_up_late) as address:
        with sync.connect(address, client_config(), auth_key=AuthKey(bytes(256))) as connection:

            def leads() -> None:
                with pytest.raises(ConnectionLostError):
                    connection.invoke(UNANSWERED)

            thread = threading.Thread(target=leads)
            thread.start()
            until(lambda: connection._reactor.polling_thread is not None)
        thread.join()


@pytest.mark.interpreted
@pytest.mark.parametrize("where", ["receive", "output"])
def test_bug_in_the_polling_thread_is_raised_for_every_waiter(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
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
        seen.append(connection._driver._bug)  # no other thread finds it
        assert connection._reactor._bug is None, "it is that of one connection"

    with pytest.raises(ZeroDivisionError), sync.serve(data_center) as server:  # noqa: SIM117, PT012
        with sync.connect(server.address, client_config()) as connection:
            connection.invoke(ANSWERED)
            in_threads([partial(waits, connection)] * 3 + [partial(meets_it, connection)])
    assert seen.count("who waits") == 3
    assert bug in seen


@pytest.mark.interpreted
def test_after_a_bug_the_pump_thread_ends_with_the_last_poller(monkeypatch: pytest.MonkeyPatch) -> None:
    """And it closes nothing before."""
    data_center = ScriptedDataCenter()
    raised: list[BaseException] = []
    look = PollingThread.poll

    def look_and_dawdle(lead: PollingThread, seconds: float) -> None:
        look(lead, seconds)
        time.sleep(3 * SOON)

    def leads(connection: sync.Connection) -> None:
        try:
            connection.invoke(UNANSWERED)
        except BaseException as error:  # noqa: BLE001
            raised.append(error)

    bug = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError), linked(data_center) as connection:  # noqa: PT012
        monkeypatch.setattr(PollingThread, "poll", look_and_dawdle)
        thread = threading.Thread(target=leads, args=(connection,))
        thread.start()
        until(lambda: UNANSWERED.NAME in data_center.received)
        with connection._reactor.lock:
            connection._reactor._fail(bug)
        time.sleep(SOON)  # the thread has seen it, and that another thread polls
    thread.join()
    assert raised == [bug]


def test_without_a_thread_safe_selector_the_pump_thread_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "DefaultSelector", selectors.SelectSelector)
    with linked() as connection:
        in_threads([lambda: [connection.invoke(ANSWERED) for _ in range(20)]] * 5)
        with pytest.raises(TimeoutError):
            connection.invoke(UNANSWERED, timeout=SOON)
        assert connection.invoke(ANSWERED) == NEAREST
