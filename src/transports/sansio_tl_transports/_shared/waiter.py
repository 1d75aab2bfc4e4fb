"""Waiting callers, in a thread, an asyncio task or a trio task: of requests, and of updates."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from sansio_tl import Function, Limits, RequestHandle, TLObject, types
from sansio_tl.auth import Flow
from sansio_tl.errors import LocalProtocolError
from sansio_tl.mtproto.client.unread_updates import UnreadUpdates
from sansio_tl.validation import require
from sansio_tl_transports import ComputationError
from sansio_tl_transports._shared.flow_run import FlowEvent, FlowRun


def check_timeout(seconds: object) -> None:
    """Raise LocalProtocolError for what is no number of seconds. A negative one is a timeout at once."""
    require(isinstance(seconds, int | float), "timeout", "seconds, or None for no timeout", seconds)


class Event(Protocol):
    """The common methods of threading.Event, asyncio.Event and trio.Event."""

    def set(self) -> object: ...
    def is_set(self) -> bool: ...


E = TypeVar("E", bound=Event)
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

JobFailed: TypeAlias = Callable[[BaseException], None]

RunJob: TypeAlias = Callable[[Callable[[], object], Callable[[object], None], JobFailed], object]
"""Calls a function in a thread, and later, in the loop of the engine, one of the others: with its value, or with why
there is none."""

Wake = Callable[[], object]
"""Wakes a waiting caller."""


class Pulse(Generic[E]):
    """A repeatable event: each call wakes all present waiters; a new waiter waits for the next call."""

    def __init__(self, make_event: Callable[[], E]) -> None:
        self._make_event = make_event
        self.event = make_event()
        """Set by the next call."""

    def __call__(self) -> None:
        event, self.event = self.event, self._make_event()
        event.set()


class Hook:
    """Calls a function that is set later; until then a call has no effect."""

    def __init__(self) -> None:
        self.listener: Callable[[], object] | None = None

    def __call__(self) -> None:
        if self.listener is not None:
            self.listener()


def computation_failed(error: BaseException) -> ComputationError:
    """The exception for a `Compute` whose job has no value."""
    failure = ComputationError(f"a computation could not be made in a thread: {type(error).__name__}: {error}")
    failure.__cause__ = error
    return failure


class Awaited(Protocol[R_co]):
    """What a caller waits for: a request, or a run of a flow."""

    @property
    def done(self) -> bool: ...
    def result(self) -> R_co: ...


class Requests(Protocol):
    """A runner, for callers that wait."""

    @property
    def now(self) -> float: ...
    def run(self, run: FlowRun, wake: Wake) -> None: ...
    def result(self, handle: Awaited[R]) -> R: ...
    def forget(self, handle: Awaited[Any]) -> None: ...
    def no_answer(self, function: Function[Any], seconds: float | None) -> str: ...


class Callers(Generic[E]):
    """The callers that wait for the outcomes of requests, for flows, or for updates, of one engine.

    A bug ends the waiting of all of them, because the engine emits no events then.
    """

    def __init__(self, make_event: Callable[[], E], limits: Limits) -> None:
        self.make_event = make_event
        self.news: Pulse[E] = Pulse(make_event)
        """Fires when there are updates, and when there will be no more."""
        self.bug: BaseException | None = None
        self._bug_trace: TracebackType | None
        """That of `bug`, once there is one."""
        self._waiting: dict[Awaited[Any], Wake] = {}
        self._runs: dict[Flow[Any], FlowRun] = {}
        self._updates = UnreadUpdates(limits)
        self._has_session = False

    @property
    def waiting(self) -> int:
        """How many callers wait for a request or a flow."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """How many flows run."""
        return len(self._runs)

    def add(self, handle: Awaited[Any], wake: Wake) -> None:
        """Wake the caller when the handle is done, and at a bug."""
        self._waiting[handle] = wake

    def remove(self, handle: Awaited[Any]) -> bool:
        """The caller does not wait any more; returns whether it did."""
        if isinstance(handle, FlowRun) and self._runs.get(handle.flow) is handle:
            del self._runs[handle.flow]
        return self._waiting.pop(handle, None) is not None

    def on_done(self, handle: RequestHandle[Any]) -> None:
        """Wake the caller of a request that has its outcome."""
        if (wake := self._waiting.pop(handle, None)) is not None:
            wake()

    def require_idle(self, flow: Flow[Any]) -> None:
        """Raises LocalProtocolError for a flow for which another caller waits."""
        if flow in self._runs:
            raise LocalProtocolError("the flow runs already")

    def add_run(self, run: FlowRun, wake: Wake, now: float) -> None:
        """Wake the caller when the run has ended, and at a bug."""
        run.begin(now)
        self._runs[run.flow] = run
        self._waiting[run] = wake

    def note_progress(self, clock: Callable[[], float]) -> None:
        """Call this after each change of the engine, before its events."""
        for run in self._runs.values():
            run.note_progress(clock())

    def end_run(self, event: FlowEvent) -> bool:
        """Process an event of a flow; returns whether its run has ended."""
        run = self._runs.get(event.flow)
        if run is None or not run.end(event):
            return False
        self._waiting[run]()
        self.remove(run)
        return True

    def put_update(self, updates: TLObject) -> None:
        """Keep an update, and wake a caller that waits for it."""
        self._updates.put(updates)
        self.news()

    def take_update(self) -> TLObject | None:
        """The next update; None when there is none at present."""
        return self._updates.take()

    def session_created(self) -> None:
        """At a new session, but for the first one, updates may have been lost."""
        if self._has_session:
            self.put_update(types.UpdatesTooLong())
        self._has_session = True

    def expect_session(self) -> None:
        """The next session is the first one of its data center."""
        self._has_session = False

    def fail(self, bug: BaseException) -> None:
        """End the waiting of all callers: they raise this."""
        self.bug, self._bug_trace = bug, bug.__traceback__
        while self._waiting:
            self._waiting.popitem()[1]()
        self._runs.clear()
        self.news()

    def raise_bug(self) -> None:
        """Raise the exception passed to `fail`, if any."""
        if self.bug is not None:
            raise self.bug.with_traceback(self._bug_trace)  # without the frames of other callers
