"""The blocking adapter: who waits carries, gives the socket back whatever happens."""

from __future__ import annotations

import contextlib
import random
import selectors
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

import pytest

from sansio_tl.client import ClientConfig
from sansio_tl.client.actions import Endpoint
from sansio_tl.errors import ConnectionLostError
from tests.transports.cutter import cutter
from tests.transports.scripted import (
    ANSWERED,
    HANGS_UP,
    MANY,
    NEAREST,
    PUSHED,
    PUSHES,
    TELLS_OTHERS,
    UNANSWERED,
    Scripted,
    config,
)
from transports import sync
from transports._carriers import Carriers, Lead
from transports._driver import ClientDriver
from transports._sync_carrier import Carrier
from transports._sync_waiting import Bell, Line

SOON = 0.1

needs_signals = pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals of one thread are POSIX")


@contextlib.contextmanager
def linked(centre: Scripted | None = None) -> Iterator[sync.Link]:
    with sync.serve(centre or Scripted()) as server, sync.connect(server.address, config()) as link:
        assert link.invoke(ANSWERED) == NEAREST
        yield link


@contextlib.contextmanager
def two_linked(centre: Scripted | None = None) -> Iterator[tuple[sync.Link, sync.Link]]:
    with (
        sync.serve(centre or Scripted()) as server,
        sync.connect(server.address, config()) as one,
        sync.connect(server.address, config()) as other,
    ):
        yield one, other


def in_threads(jobs: Sequence[Callable[[], object]]) -> None:
    """Do all of this at once; raises what one of them raised."""
    failures: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as failure:  # noqa: BLE001
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "somebody waits for ever"
    if failures:
        raise failures[0]


def until(done: Callable[[], bool]) -> None:
    while not done():
        time.sleep(0.001)


# --- who waits leads --------------------------------------------------------------------------------------------------


@pytest.mark.interpreted
def test_calls_one_after_the_other_do_not_wake_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: Counter[int | None] = Counter()
    turn = Carriers._turn

    def counting(carriers: Carriers, found: Any) -> Any:
        turns[id(carriers)] += 1
        return turn(carriers, found)

    with linked() as link:
        monkeypatch.setattr(Carriers, "_turn", counting)
        for _ in range(100):
            link.invoke(ANSWERED)
        assert turns[id(link._carriers)] < 5, "the thread sleeps, but for a deadline"


def test_the_socket_is_given_back_with_the_answer() -> None:
    with two_linked() as (one, other):
        one.invoke(ANSWERED)
        other.invoke(TELLS_OTHERS)
        assert next(one.updates()) == PUSHED


def test_the_socket_is_given_back_when_time_is_up() -> None:
    with two_linked() as (one, other):
        one.invoke(ANSWERED)
        with pytest.raises(TimeoutError):
            one.invoke(UNANSWERED, timeout=SOON)
        other.invoke(TELLS_OTHERS)
        assert next(one.updates()) == PUSHED


@needs_signals
def test_the_socket_is_given_back_to_the_thread_while_a_handler_runs() -> None:
    """A handler may take its time, and may even call. What comes meanwhile is carried by the thread."""
    got: list[object] = []

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        got.append(link.invoke(ANSWERED))
        other.invoke(TELLS_OTHERS)
        got.append(next(link.updates()))

    centre = Scripted()
    me = threading.get_ident()
    former = signal.signal(signal.SIGUSR1, handle)
    try:
        with two_linked(centre) as (link, other):

            def strike() -> None:
                until(lambda: UNANSWERED.NAME in centre.received)
                signal.pthread_kill(me, signal.SIGUSR1)

            thread = threading.Thread(target=strike)
            thread.start()
            link.invoke(ANSWERED)
            with pytest.raises(TimeoutError):
                link.invoke(UNANSWERED, timeout=10 * SOON)
            thread.join()
        assert got == [NEAREST, PUSHED]
    finally:
        signal.signal(signal.SIGUSR1, former)


@needs_signals
def test_an_interrupt_ends_the_lead() -> None:
    centre = Scripted()
    me = threading.get_ident()

    def strike() -> None:
        until(lambda: UNANSWERED.NAME in centre.received)
        signal.pthread_kill(me, signal.SIGINT)

    with linked(centre) as link:
        thread = threading.Thread(target=strike)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            link.invoke(UNANSWERED)
        thread.join()
        assert link.invoke(ANSWERED) == NEAREST
        assert centre.dropped == [UNANSWERED.NAME]


def test_who_leads_hands_answers_to_the_others() -> None:
    centre = Scripted()
    with linked(centre) as link:

        def leader() -> None:
            with pytest.raises(TimeoutError):
                link.invoke(UNANSWERED, timeout=5 * SOON)

        def other() -> None:
            until(lambda: UNANSWERED.NAME in centre.received)
            for _ in range(20):
                assert link.invoke(ANSWERED) == NEAREST

        in_threads([leader, other, other])


def test_who_leads_hands_updates_to_who_reads_them() -> None:
    centre = Scripted()
    with linked(centre) as link:

        def leader() -> None:
            with pytest.raises(TimeoutError):
                link.invoke(UNANSWERED, timeout=5 * SOON)

        def reader() -> None:
            updates = link.updates()
            assert [next(updates) for _ in range(MANY)] == [PUSHED] * MANY

        def other() -> None:
            until(lambda: UNANSWERED.NAME in centre.received)
            link.invoke(PUSHES)

        in_threads([leader, reader, other])


def test_an_end_reaches_who_leads_and_everybody_else() -> None:
    centre = Scripted()
    with linked(centre) as link:

        def waits() -> None:
            with pytest.raises(ConnectionLostError):
                link.invoke(UNANSWERED)

        def ends_it() -> None:
            until(lambda: centre.received.count(UNANSWERED.NAME) == 5)
            with pytest.raises(ConnectionLostError):
                link.invoke(HANGS_UP)

        in_threads([waits] * 5 + [ends_it])


def test_leaving_ends_who_leads_and_waits_no_longer_for_the_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transports._sync_carrier.LINGER", 600)
    centre = Scripted()
    threads = []
    with linked(centre) as link:

        def waits() -> None:
            with pytest.raises(ConnectionLostError):
                link.invoke(UNANSWERED)

        for _ in range(3):
            threads.append(threading.Thread(target=waits))
            threads[-1].start()
        until(lambda: centre.received.count(UNANSWERED.NAME) == 3)
    for thread in threads:
        thread.join()


@pytest.mark.interpreted
@pytest.mark.parametrize("where", ["receive", "output"])
def test_a_bug_that_who_leads_meets_reaches_everybody_who_waits(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    centre = Scripted()
    bug = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError), sync.serve(centre) as server:  # noqa: SIM117, PT012
        with sync.connect(server.address, config()) as link:
            link.invoke(ANSWERED)

            def fail(*_: object) -> None:
                raise bug

            def waits() -> None:
                with pytest.raises(ZeroDivisionError):
                    link.invoke(UNANSWERED)

            def meets_it() -> None:
                until(lambda: centre.received.count(UNANSWERED.NAME) == 3)
                monkeypatch.setattr(ClientDriver, where, fail, raising=True)
                with pytest.raises(ZeroDivisionError):
                    link.invoke(ANSWERED)
                assert link._carriers._bug is bug, "it is nobody else's turn to find it"

            in_threads([waits] * 3 + [meets_it])


@pytest.mark.interpreted
def test_after_a_bug_the_thread_ends_when_nobody_leads_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    look = Lead.look

    def look_and_dawdle(lead: Lead, seconds: float) -> None:
        look(lead, seconds)
        time.sleep(SOON)

    centre = Scripted()
    with pytest.raises(ZeroDivisionError), linked(centre) as link:  # noqa: PT012
        monkeypatch.setattr(Lead, "look", look_and_dawdle)

        def leads() -> None:
            with pytest.raises(ZeroDivisionError):
                link.invoke(UNANSWERED)

        def meets_it() -> None:
            until(lambda: UNANSWERED.NAME in centre.received)
            with link._carriers.lock:
                link._carriers._fail(ZeroDivisionError("a bug"))

        in_threads([leads, meets_it])


def test_without_a_selector_that_can_be_told_the_thread_carries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "DefaultSelector", selectors.SelectSelector)
    with linked() as link:
        in_threads([lambda: [link.invoke(ANSWERED) for _ in range(20)]] * 5)
        with pytest.raises(TimeoutError):
            link.invoke(UNANSWERED, timeout=SOON)
        assert link.invoke(ANSWERED) == NEAREST


# --- under fire -------------------------------------------------------------------------------------------------------


@needs_signals
def test_interrupts_at_any_moment_leave_the_link_good() -> None:
    centre = Scripted()
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
        with linked(centre) as link:

            def calls() -> None:
                while not over.is_set():
                    assert link.invoke(ANSWERED) == NEAREST

            threads = [threading.Thread(target=each) for each in (interrupt, calls, calls)]
            for thread in threads:
                thread.start()
            while struck < 300:
                try:
                    armed.append(True)
                    for _ in range(1_000):
                        assert link.invoke(ANSWERED, timeout=20) == NEAREST
                except KeyboardInterrupt:
                    struck += 1
            over.set()
            for thread in threads:
                thread.join()
            assert link._carriers.lead is None
            assert link.invoke(ANSWERED) == NEAREST
            assert not link._driver._waiting
    finally:
        signal.signal(signal.SIGUSR1, former)


def test_many_threads_with_timeouts_all_get_what_is_theirs() -> None:
    with linked() as link:

        def job(seed: int) -> None:
            random_ = random.Random(seed)
            for _ in range(40):
                if random_.random() < 0.1:
                    with pytest.raises(TimeoutError):
                        link.invoke(UNANSWERED, timeout=random_.random() * 0.01)
                else:
                    # An answer may come in the very moment in which one gives up.
                    with contextlib.suppress(TimeoutError):
                        assert link.invoke(ANSWERED, timeout=random_.choice([None, 20, 0.001])) == NEAREST

        in_threads([lambda seed=seed: job(seed) for seed in range(40)])  # type: ignore[misc]
        assert not link._carriers.line.moving
        assert not link._driver._waiting


def test_many_threads_of_an_account_whose_links_are_cut_get_what_is_theirs() -> None:
    over = threading.Event()
    with sync.serve(Scripted()) as server, cutter(server.address) as between:
        known = ClientConfig(connection=config(), endpoints={2: (Endpoint(*between.address),)}, backoff_first=0.01)
        with sync.open_client(known) as account:
            assert account.invoke(ANSWERED) == NEAREST

            def cut() -> None:
                while not over.wait(0.05):
                    between.cut()

            def job(seed: int) -> None:
                random_ = random.Random(seed)
                for _ in range(30):
                    with contextlib.suppress(TimeoutError):
                        assert account.invoke(ANSWERED, timeout=random_.choice([60, 60, 0.002])) == NEAREST

            cutting = threading.Thread(target=cut)
            cutting.start()
            try:
                in_threads([lambda seed=seed: job(seed) for seed in range(20)])  # type: ignore[misc]
            finally:
                over.set()
                cutting.join()
            assert account.invoke(ANSWERED, timeout=60) == NEAREST
            assert not account._carriers.line.moving
            assert account._carriers.lead is None
            assert not account._driver._waiting


# --- the line ---------------------------------------------------------------------------------------------------------


def test_in_a_line_each_lets_the_next_one_go() -> None:
    line = Line()
    bells = [Bell() for _ in range(3)]
    for bell in bells:
        bell.line = line
        bell.set()
    assert [bell.opened for bell in bells] == [False, False, False]
    line.start()
    line.start()
    assert [bell.opened for bell in bells] == [True, False, False]
    assert line.go_on()
    assert line.go_on()
    assert [bell.opened for bell in bells] == [True, True, True]
    assert not line.go_on()
    line.stop()
    assert not line.moving


def test_who_joins_while_the_line_ends_is_not_forgotten() -> None:
    line = Line()
    first, late = Bell(), Bell()
    first.line = late.line = line
    first.set()
    line.start()
    assert not line.go_on()
    late.set()
    line.stop()
    assert late.opened
    assert line.moving


def test_a_bell_rings_for_everybody() -> None:
    bell = Bell()
    assert not bell.wait(0)
    rung: list[bool] = []
    threads = [threading.Thread(target=lambda: rung.append(bell.wait(20))) for _ in range(5)]
    for thread in threads:
        thread.start()
    bell.set()
    bell.set()
    for thread in threads:
        thread.join()
    assert rung == [True] * 5
    assert bell.wait()


@pytest.mark.interpreted
def test_what_is_asked_while_the_line_moves_is_sent_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the last one whom it lets go."""
    sent: Counter[int] = Counter()
    settle = Carrier.settle

    def counting(carrier: Carrier) -> bool:
        spoke = settle(carrier)
        sent[id(carrier)] += spoke
        return spoke

    with linked() as link:
        line = link._carriers.line
        with link._carriers.lock:
            line.moving = True  # as if somebody had been let go
        monkeypatch.setattr(Carrier, "settle", counting)
        threads = [threading.Thread(target=link.invoke, args=(ANSWERED,)) for _ in range(10)]
        for thread in threads:
            thread.start()
        (carrier,) = link._carriers._carried
        # A deadline may have it settled earlier. Then some are answered: who led has gone, the others stand in line.
        until(lambda: len(link._driver._waiting) + len(line.waiting) >= sum(thread.is_alive() for thread in threads))
        with link._carriers.lock:
            line.stop()
        for thread in threads:
            thread.join()
        assert sent[id(carrier)] < 10, "once, and when something else is to be settled"
