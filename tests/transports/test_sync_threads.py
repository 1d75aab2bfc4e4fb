"""The blocking adapter with many threads: interrupts, timeouts, lost connections, and the order of waiters."""

from __future__ import annotations

import contextlib
import random
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from types import FrameType

import pytest

from sansio_tl import ClientConfig, Endpoint
from sansio_tl_transports import sync
from sansio_tl_transports.sync._pump import SocketPump
from sansio_tl_transports.sync._waiter import ResultEvent
from sansio_tl_transports.sync._worker import Worker
from tests.helpers.adapter_parts import runner_of, worker_of
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import (
    ANSWERED,
    NEAREST,
    UNANSWERED,
    ScriptedDataCenter,
)
from tests.helpers.tcp_proxy import tcp_proxy
from tests.transports.sync_connections import SOON, connected, in_threads, needs_signals, until

# --- under fire -------------------------------------------------------------------------------------------------------


@needs_signals
def test_interrupts_at_any_moment_keep_the_connection_usable() -> None:
    data_center = ScriptedDataCenter()
    random_ = random.Random(7)
    me, over = threading.get_ident(), threading.Event()
    armed: list[bool] = []
    struck = 0

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        if armed:
            armed.clear()
            raise KeyboardInterrupt

    def interrupt() -> None:
        while not over.wait(random_.random() * 0.003):
            signal.pthread_kill(me, signal.SIGUSR1)

    former = signal.signal(signal.SIGUSR1, handle)
    try:
        with connected(data_center) as connection:

            def calls() -> None:
                while not over.is_set():
                    assert connection.invoke(ANSWERED) == NEAREST

            threads = [threading.Thread(target=each) for each in (interrupt, calls, calls)]
            for thread in threads:
                thread.start()
            while struck < 300:
                try:
                    armed.append(True)
                    for _ in range(1_000):
                        assert connection.invoke(ANSWERED, timeout=20) == NEAREST
                except KeyboardInterrupt:
                    struck += 1
            over.set()
            for thread in threads:
                thread.join()
            assert connection.invoke(ANSWERED) == NEAREST
            assert runner_of(connection).callers.waiting == 0
    finally:
        signal.signal(signal.SIGUSR1, former)


def test_many_threads_with_timeouts_get_their_own_answers() -> None:
    with connected() as connection:

        def job(seed: int) -> None:
            random_ = random.Random(seed)
            for _ in range(40):
                if random_.random() < 0.1:
                    with pytest.raises(TimeoutError):
                        connection.invoke(UNANSWERED, timeout=random_.random() * 0.01)
                else:
                    # An answer may come in the very moment in which one gives up.
                    with contextlib.suppress(TimeoutError):
                        assert connection.invoke(ANSWERED, timeout=random_.choice([None, 20, 0.001])) == NEAREST

        in_threads([lambda seed=seed: job(seed) for seed in range(40)])  # type: ignore[misc]
        assert connection.invoke(ANSWERED) == NEAREST
        assert runner_of(connection).callers.waiting == 0


def test_threads_of_a_client_get_their_answers_across_lost_connections() -> None:
    over = threading.Event()
    with sync.serve(ScriptedDataCenter()) as server, tcp_proxy(server.address) as between:
        known = ClientConfig(
            connection_config=client_config(), endpoints={2: (Endpoint(*between.address),)}, backoff_initial=0.01
        )
        with sync.open_client(known) as account:
            assert account.invoke(ANSWERED) == NEAREST

            def drop_connections() -> None:
                while not over.wait(0.05):
                    between.drop_connections()

            def job(seed: int) -> None:
                random_ = random.Random(seed)
                for _ in range(30):
                    with contextlib.suppress(TimeoutError):
                        assert account.invoke(ANSWERED, timeout=random_.choice([60, 60, 0.002])) == NEAREST

            cutting = threading.Thread(target=drop_connections)
            cutting.start()
            try:
                in_threads([lambda seed=seed: job(seed) for seed in range(20)])  # type: ignore[misc]
            finally:
                over.set()
                cutting.join()
            assert account.invoke(ANSWERED, timeout=60) == NEAREST
            assert runner_of(account).callers.waiting == 0


# --- events -----------------------------------------------------------------------------------------------------------


def test_event_wakes_every_thread_at_the_end_of_a_turn() -> None:
    set_events: deque[ResultEvent] = deque()
    event = ResultEvent(set_events)
    assert not event.wait(0)
    fired: list[bool] = []
    threads = [threading.Thread(target=lambda: fired.append(event.wait(20))) for _ in range(5)]
    for thread in threads:
        thread.start()
    event.set()
    assert not event.fired
    set_events.popleft().fire()
    for thread in threads:
        thread.join()
    assert fired == [True] * 5
    assert event.wait()


@needs_signals
def test_interrupted_wait_leaves_the_event_to_the_others() -> None:
    set_events: deque[ResultEvent] = deque()
    event = ResultEvent(set_events)
    me = threading.get_ident()
    fired: list[bool] = []

    def interrupt() -> None:
        time.sleep(SOON)
        signal.pthread_kill(me, signal.SIGINT)
        fired.append(event.wait(20))

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        event.wait()
    event.set()
    set_events.popleft().fire()
    thread.join()
    assert fired == [True]


@pytest.mark.interpreted
def test_requests_made_during_a_turn_are_sent_together(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: Counter[int] = Counter()
    """By thread: the server has its own."""
    send, submit = SocketPump.send_some, Worker.submit
    submitted: list[object] = []

    def counting(pump: SocketPump, output: bytes) -> int:
        sent[threading.get_ident()] += 1
        return send(pump, output)

    def noting(worker: Worker, work: Callable[[], object]) -> None:
        submit(worker, work)
        submitted.append(work)

    with connected() as connection:
        worker = worker_of(connection)
        thread_of_worker = worker.call(threading.get_ident)
        over = threading.Event()
        worker.submit(over.wait)
        monkeypatch.setattr(SocketPump, "send_some", counting)
        monkeypatch.setattr(Worker, "submit", noting)
        threads = [threading.Thread(target=connection.invoke, args=(ANSWERED,)) for _ in range(10)]
        for thread in threads:
            thread.start()
        until(lambda: len(submitted) == 10)
        over.set()
        for thread in threads:
            thread.join()
        assert 0 < sent[thread_of_worker] < 5, "once, and for acknowledgements"
