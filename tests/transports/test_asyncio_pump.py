"""The asyncio pump, its alarm and its signal, with a scripted wire and a scripted runner."""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sansio_tl_transports._shared.connection_runner import CLOSE_TIMEOUT, ConnectionRunner
from sansio_tl_transports._shared.waiter import Hook
from sansio_tl_transports.asyncio._backend import Backend
from sansio_tl_transports.asyncio._pump import DeadlineTimer, ResultEvent, Signal

pytestmark = pytest.mark.interpreted  # a compiled Driver has no subclasses in Python


class Impatient(selectors.DefaultSelector):
    """Never waits: time passes at once."""

    def __init__(self, loop: Loop) -> None:
        super().__init__()
        self._of = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise AssertionError("every task waits forever")
        self._of.now += timeout
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer when it is idle."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[asyncio.TimerHandle] = []
        super().__init__(Impatient(self))

    def time(self) -> float:
        return self.now

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        timer = super().call_at(when, callback, *args, context=context)
        self.timers.append(timer)
        return timer

    def pending(self) -> list[float]:
        """When timers ring that are set."""
        return [timer.when() for timer in self.timers if not timer.cancelled() and timer.when() > self.now]


class Alarm:
    """A timer whose deadline a test sets."""

    def __init__(self, tick: Callable[[], object]) -> None:
        self._timer = DeadlineTimer(lambda: self._when, tick)
        self._when = math.inf
        self.cancel = self._timer.cancel

    def at(self, when: float) -> None:
        self._when = when
        self._timer.update()


class RecordingRunner(ConnectionRunner):
    """A driver with scripted output that records its input."""

    def __init__(self, *, reads_on: bool = True) -> None:
        self.pending_output = b""
        self.notes: list[Any] = []
        self.over = self.waits = False
        self.due = math.inf
        self.bugs: set[str] = set()
        self.reads_on = reads_on

    def _note(self, what: str, *rest: Any) -> None:
        self.notes.append((what, *rest))
        if what in self.bugs:
            raise ZeroDivisionError(what)

    @property
    def is_waiting(self) -> bool:
        return self.waits

    @property
    def closed(self) -> bool:
        return self.over

    def receive(self, data: bytes) -> None:
        self._note("receive", data)
        self.over = self.over or not data

    def output(self) -> bytes:
        if "output" in self.bugs:
            raise ZeroDivisionError("output")
        data, self.pending_output = self.pending_output, b""
        return data

    def deadline(self) -> float:
        return self.due

    def tick(self) -> None:
        self._note("tick")
        self.due = math.inf

    def lost(self, error: Exception) -> None:
        self._note("lost", str(error))
        self.over = True

    def close(self) -> None:
        self._note("close")
        self.over = True

    def fail(self, bug: Exception) -> None:
        self._note("fail", str(bug))
        self.over = True


class FakeTransport:
    def __init__(self, wire: FakeWire) -> None:
        self._wire = wire
        self.has_eof = True

    def write(self, data: bytes) -> None:
        if self._wire.broken:
            raise OSError("broken")
        self._wire.notes.append(("write", data))
        self._wire.blocked = self._wire.blocks

    def can_write_eof(self) -> bool:
        return self.has_eof

    def write_eof(self) -> None:
        self._wire.notes.append("eof")

    def close(self) -> None:
        self._wire.notes.append("close")


class FakeWire:
    def __init__(self) -> None:
        self.notes: list[Any] = []
        self.blocked = self.blocks = self.broken = False
        self.transport = FakeTransport(self)
        self.pump: Any = None

    def listen(self, pump: Any) -> None:
        self.pump = pump
        self.notes.append("listen")

    def resume_reading(self) -> None:
        self.notes.append("read on")

    def pause_reading(self) -> None:
        self.notes.append("hold")

    async def abort(self) -> None:
        self.notes.append("abort")


class PumpHarness:
    def __init__(
        self, loop: Loop, *, leftover: bytes = b"", reads_on: bool = True, changed: Hook | None = None
    ) -> None:
        self.loop = loop
        self.driver = RecordingRunner(reads_on=reads_on)
        self.wire = FakeWire()
        self.changed = Signal() if changed is None else changed
        wire: Any = self.wire
        self.task = asyncio.create_task(Backend().transfer(wire, self.driver, self.changed, leftover))

    @property
    def pump(self) -> Any:
        return self.wire.pump

    async def say(self, data: bytes) -> None:
        self.driver.pending_output = data
        self.changed()
        await settle()

    def take(self) -> list[Any]:
        notes, self.wire.notes = self.wire.notes, []
        return notes

    async def ends(self) -> float:
        """When it has ended, in seconds from now; nothing of it is left."""
        before = self.loop.now
        await self.task
        assert self.take()[-1] == "abort"
        assert self.loop.pending() == []
        assert self.changed.listener is None
        return self.loop.now - before


async def settle() -> None:
    for _ in range(4):
        await asyncio.sleep(0)


def run(scenario: Callable[[Loop], Awaitable[None]]) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop)
        await scenario(loop)

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(main())


# --- the carrier ------------------------------------------------------------------------------------------------------


def test_bytes_are_transferred_in_both_directions() -> None:
    async def scenario(loop: Loop) -> None:
        harness = PumpHarness(loop, leftover=b"left over")
        harness.driver.pending_output = b"first"
        await settle()
        assert harness.driver.notes == [("receive", b"left over")]
        assert harness.take() == ["listen", ("write", b"first")]
        harness.pump.on_data(b"received")
        assert harness.driver.notes[1:] == [("receive", b"received")]
        await harness.say(b"sent")
        assert harness.take() == [("write", b"sent")]
        harness.changed()
        await settle()
        assert harness.take() == [], "nothing to say"
        harness.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await harness.task
        assert harness.take() == ["abort"]
        assert harness.changed.listener is None

    run(scenario)


@pytest.mark.parametrize("reads_on", [True, False])
def test_blocked_socket_is_written_again_when_it_has_space(*, reads_on: bool) -> None:
    async def scenario(loop: Loop) -> None:
        harness = PumpHarness(loop, reads_on=reads_on)
        await settle()
        harness.take()
        harness.wire.blocks = True
        await harness.say(b"one")
        assert harness.take() == [("write", b"one"), *([] if reads_on else ["hold"])]
        await harness.say(b"two")
        assert harness.take() == []
        harness.wire.blocked = harness.wire.blocks = False
        harness.pump.on_writable()
        assert harness.take() == [*([] if reads_on else ["read on"]), ("write", b"two")]
        harness.driver.over = True
        harness.pump.on_data(b"")
        harness.changed()
        assert await harness.ends() == 0

    run(scenario)


@pytest.mark.parametrize("eof", [True, False])
def test_closed_connection_sends_its_last_bytes_and_waits_for_the_peer(*, eof: bool) -> None:
    async def scenario(loop: Loop) -> None:
        harness = PumpHarness(loop)
        await settle()
        harness.take()
        harness.wire.transport.has_eof = eof
        harness.driver.over = True
        await harness.say(b"bye")
        assert harness.take() == [("write", b"bye"), "eof" if eof else "close"]
        await harness.say(b"too late")
        assert harness.take() == []
        assert loop.pending() == [loop.now + CLOSE_TIMEOUT]
        harness.pump.on_data(b"")
        assert await harness.ends() == 0

    run(scenario)


def test_peer_that_does_not_close_is_disconnected() -> None:
    async def scenario(loop: Loop) -> None:
        harness = PumpHarness(loop)
        harness.driver.due = loop.now + CLOSE_TIMEOUT / 2
        await settle()
        harness.driver.over = True
        harness.wire.blocked = True
        await harness.say(b"bye")
        assert await harness.ends() == pytest.approx(CLOSE_TIMEOUT)
        assert harness.driver.notes == [], "its time was not kept any more"

    run(scenario)


def test_bytes_are_sent_after_the_peers_end_of_stream() -> None:
    async def scenario(loop: Loop) -> None:
        harness = PumpHarness(loop)
        await settle()
        harness.wire.blocked = True
        harness.pump.on_data(b"")
        await harness.say(b"bye")
        assert not harness.task.done()
        harness.wire.blocked = False
        harness.pump.on_writable()
        assert harness.take()[-2:] == [("write", b"bye"), "eof"]
        assert await harness.ends() == 0

    run(scenario)


def test_deadline_of_the_runner_is_kept() -> None:
    async def scenario(loop: Loop) -> None:
        harness = PumpHarness(loop)
        harness.driver.due = loop.now + 5
        await asyncio.sleep(4.9)
        assert harness.driver.notes == []
        await asyncio.sleep(0.2)
        assert harness.driver.notes == [("tick",)]
        assert loop.pending() == []
        harness.driver.due = loop.now + 3
        harness.changed()
        await settle()
        harness.driver.tick = lambda: setattr(harness.driver, "due", loop.now + 7)  # type: ignore[method-assign]
        await asyncio.sleep(3.1)
        assert loop.pending() == [pytest.approx(loop.now + 6.9)]
        harness.pump.on_closed(None)
        await harness.ends()

    run(scenario)


@pytest.mark.parametrize(("error", "note"), [(OSError("reset"), ("lost", "reset")), (None, ("close",))])
def test_lost_socket_ends_the_connection(error: Exception | None, note: tuple[str, ...]) -> None:
    async def scenario(loop: Loop) -> None:
        harness = PumpHarness(loop)
        await settle()
        harness.pump.on_closed(error)
        assert await harness.ends() == 0
        assert harness.driver.notes == [note]
        harness.driver.pending_output = b"not sent any more"
        harness.pump.send()
        assert harness.take() == []

    run(scenario)


def test_failed_write_ends_the_connection() -> None:
    async def scenario(loop: Loop) -> None:
        harness = PumpHarness(loop)
        await settle()
        harness.wire.broken = True
        await harness.say(b"sent")
        assert await harness.ends() == 0
        assert harness.driver.notes == [("lost", "broken")]

    run(scenario)


@pytest.mark.parametrize("where", ["receive", "output", "tick", "lost", "close"])
def test_bug_ends_the_connection_at_once(where: str) -> None:
    async def scenario(loop: Loop) -> None:
        harness = PumpHarness(loop)
        harness.driver.due = loop.now + 1
        await settle()
        harness.driver.bugs = {where}
        match where:
            case "receive":
                harness.pump.on_data(b"data")
            case "output":
                harness.pump.send()
            case "tick":
                await asyncio.sleep(1.5)
            case "lost":
                harness.pump.on_closed(OSError())
            case "close":
                harness.pump.on_closed(None)
        assert await harness.ends() == 0
        assert harness.driver.notes[-1] == ("fail", where)

    run(scenario)


@pytest.mark.parametrize("blocked", [False, True])
def test_reading_goes_on_when_the_data_before_is_handled_and_the_socket_has_space(*, blocked: bool) -> None:
    async def scenario(loop: Loop) -> None:
        harness = PumpHarness(loop, reads_on=False)
        await settle()
        harness.take()
        harness.driver.waits = True
        harness.pump.on_data(b"one")
        await harness.say(b"")
        assert harness.take() == ["hold"]
        harness.driver.waits, harness.wire.blocked = False, blocked
        await harness.say(b"")
        await harness.say(b"")
        assert harness.take() == ([] if blocked else ["read on"])
        if blocked:
            harness.wire.blocked = False
            harness.pump.on_writable()
            assert harness.take() == ["read on"]
        harness.pump.on_closed(None)
        assert await harness.ends() == 0

    run(scenario)


def test_nothing_is_sent_after_a_bug() -> None:
    async def scenario(loop: Loop) -> None:
        harness = PumpHarness(loop, changed=Hook())
        await settle()

        def fail(_: Exception) -> None:
            harness.driver.over, harness.driver.pending_output = True, b"what is left"
            harness.changed()

        harness.driver.fail = fail  # type: ignore[method-assign, assignment]
        harness.driver.bugs = {"receive"}
        harness.pump.on_data(b"data")
        await harness.task
        assert harness.take() == ["listen", "abort"]

    run(scenario)


# --- the alarm --------------------------------------------------------------------------------------------------------


def test_timer_only_moves_to_an_earlier_deadline() -> None:
    async def scenario(loop: Loop) -> None:
        rang: list[float] = []
        alarm = Alarm(lambda: rang.append(loop.now))
        alarm.at(math.inf)
        assert loop.pending() == []
        alarm.at(110)
        alarm.at(120)
        alarm.at(110)
        alarm.at(math.inf)
        assert loop.pending() == [110]
        assert len(loop.timers) == 1
        alarm.at(105)
        assert loop.pending() == [105]
        await asyncio.sleep(20)
        assert rang == [pytest.approx(105)]
        alarm.at(130)
        assert loop.pending() == [130]
        alarm.cancel()
        alarm.cancel()
        assert loop.pending() == []
        alarm.at(140)
        assert loop.pending() == [140], "after a cancellation it can be set to any moment"
        alarm.cancel()

    run(scenario)


def test_in_converts_a_delay_to_a_loop_time() -> None:
    async def scenario(loop: Loop) -> None:
        backend = Backend()
        assert (backend.in_(None), backend.in_(3), backend.in_(0)) == (math.inf, 103, 100)

    run(scenario)


# --- signals and waiter events --------------------------------------------------------------------------------------


def test_listener_is_notified_once_and_later() -> None:
    async def scenario(loop: Loop) -> None:
        reported: list[int] = []
        signal = Signal()
        signal()
        await settle()
        signal.listener = lambda: reported.append(1)
        for _ in range(3):
            signal()
        assert reported == []
        await settle()
        assert reported == [1]
        signal()
        signal.listener = None
        await settle()
        assert reported == [1]

    run(scenario)


def test_change_during_the_listener_runs_it_again() -> None:
    async def scenario(loop: Loop) -> None:
        reported: list[int] = []
        signal = Signal()

        def listener() -> None:
            reported.append(1)
            if len(reported) < 3:
                signal()

        signal.listener = listener
        signal()
        await settle()
        assert reported == [1, 1, 1]

    run(scenario)


def test_waiter_event_wakes_all_its_waiters_once() -> None:
    async def scenario(loop: Loop) -> None:
        waiter = ResultEvent()
        waiting = [asyncio.ensure_future(waiter.wait()) for _ in range(3)]
        await settle()
        waiting[0].cancel()
        await settle()
        assert not waiter.fired.cancelled()
        waiter.set()
        waiter.set()
        await asyncio.gather(*waiting[1:])
        await waiter.wait()
        gone = ResultEvent()
        gone.fired.cancel()
        gone.set()

    run(scenario)
