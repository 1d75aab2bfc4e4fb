"""The blocking adapter with many threads: interrupts, timeouts, lost connections, and the order of waiters."""

from __future__ import annotations

import contextlib
import random
import signal
import threading
import time
from collections import Counter
from types import FrameType

import pytest

from sansio_tl import ClientConfig, Endpoint
from sansio_tl_transports import sync
from sansio_tl_transports._shared.waiter import Answer
from sansio_tl_transports.sync._calls import ask
from sansio_tl_transports.sync._pump import SocketPump
from sansio_tl_transports.sync._reactor import running
from sansio_tl_transports.sync._waiter import ResultEvent, ResumeQueue
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, UNANSWERED, ScriptedDataCenter
from tests.helpers.tcp_proxy import tcp_proxy
from tests.transports.sync_connections import SOON, in_threads, linked, needs_signals, until

# --- under fire -------------------------------------------------------------------------------------------------------


@needs_signals
def test_interrupts_at_any_moment_keep_the_connection_usable() -> None:
    data_center = ScriptedDataCenter()
    random_ = random.Random(7)
    me, over = threading.get_ident(), threading.Event()
    armed: list[bool] = []
    interrupted = 0

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
        with linked(data_center) as connection:

            def calls() -> None:
                while not over.is_set():
                    assert connection.invoke(ANSWERED) == NEAREST

            threads = [threading.Thread(target=each) for each in (interrupt, calls, calls)]
            for thread in threads:
                thread.start()
            while interrupted < 300:
                try:
                    armed.append(True)
                    for _ in range(1_000):
                        assert connection.invoke(ANSWERED, timeout=20) == NEAREST
                except KeyboardInterrupt:
                    interrupted += 1
            over.set()
            for thread in threads:
                thread.join()
            assert connection._reactor.polling_thread is None
            assert connection.invoke(ANSWERED) == NEAREST
            assert not connection._driver._waiting
    finally:
        signal.signal(signal.SIGUSR1, former)


def test_many_threads_with_timeouts_get_their_own_answers() -> None:
    with linked() as connection:

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
        assert not connection._reactor.resume_queue.is_resuming
        assert not connection._driver._waiting


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
            assert not account._reactor.resume_queue.is_resuming
            assert account._reactor.polling_thread is None
            assert not account._driver._waiting


# --- the line ---------------------------------------------------------------------------------------------------------


def test_resume_queue_wakes_waiters_one_at_a_time() -> None:
    line = ResumeQueue()
    waiters = [ResultEvent() for _ in range(3)]
    for waiter in waiters:
        waiter.queue = line
        waiter.set()
    assert [waiter.released for waiter in waiters] == [False, False, False]
    line.start()
    line.start()
    assert [waiter.released for waiter in waiters] == [True, False, False]
    assert line.resume_next()
    assert line.resume_next()
    assert [waiter.released for waiter in waiters] == [True, True, True]
    assert not line.resume_next()
    line.stop()
    assert not line.is_resuming


def test_waiter_that_is_set_while_the_queue_stops_is_woken() -> None:
    line = ResumeQueue()
    first, late = ResultEvent(), ResultEvent()
    first.queue = late.queue = line
    first.set()
    line.start()
    assert not line.resume_next()
    late.set()
    line.stop()
    assert late.released
    assert line.is_resuming


def test_waiter_event_wakes_every_thread() -> None:
    waiter = ResultEvent()
    assert not waiter.wait(0)
    fired: list[bool] = []
    threads = [threading.Thread(target=lambda: fired.append(waiter.wait(20))) for _ in range(5)]
    for thread in threads:
        thread.start()
    waiter.set()
    waiter.set()
    for thread in threads:
        thread.join()
    assert fired == [True] * 5
    assert waiter.wait()


@pytest.mark.interpreted
def test_requests_made_during_a_poll_are_sent_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the last thread that the queue releases."""
    sent: Counter[int] = Counter()
    settle = SocketPump.settle

    def counting(carrier: SocketPump) -> bool:
        sent_something = settle(carrier)
        sent[id(carrier)] += sent_something
        return sent_something

    with linked() as connection:
        line = connection._reactor.resume_queue
        with connection._reactor.lock:
            line.is_resuming = True  # as if a waiter had been released
        monkeypatch.setattr(SocketPump, "settle", counting)
        threads = [threading.Thread(target=connection.invoke, args=(ANSWERED,)) for _ in range(10)]
        for thread in threads:
            thread.start()
        (carrier,) = connection._reactor._pumps
        # A deadline may settle earlier: then some threads have their answers, and others wait in the queue.
        until(
            lambda: len(connection._driver._waiting) + len(line.waiting) >= sum(thread.is_alive() for thread in threads)
        )
        with connection._reactor.lock:
            line.stop()
        for thread in threads:
            thread.join()
        assert sent[id(carrier)] < 10, "once, and when something else is to be settled"


def test_answer_at_the_timeout_waits_for_the_lock_and_wakes_the_next() -> None:
    """And releases the next thread, which would wait forever otherwise."""
    answer: Answer[str, ResultEvent] = Answer(ResultEvent())
    forgotten: list[int] = []
    with running() as carriers:
        with carriers.lock:
            carriers.resume_queue.is_resuming = True  # as if a waiter had been released
        thread = threading.Thread(target=ask, args=(carriers, lambda: (1, answer), forgotten.append, 5 * SOON))
        thread.start()
        until(lambda: answer.event.queue is not None)
        with carriers.lock:
            time.sleep(7 * SOON)
            answer.succeed("at the last moment")
        thread.join(SOON)
        assert thread.is_alive()
        with carriers.lock:
            carriers.resume_queue.stop()
        thread.join(20)
        assert not thread.is_alive()
        assert not carriers.resume_queue.is_resuming
    assert forgotten == []
