"""The worker thread of one `connect`, `open_client` or `serve`: it owns the engine, the sockets and a selector.

Other threads hand over functions to call (`submit`, `call`, `ask`) and wait for a `ResultEvent`. They touch nothing
else of what the worker owns, so an exception of a signal handler, such as KeyboardInterrupt, interrupts their wait and
never an engine method.

A turn of the worker calls what was handed over, settles what has changed (sends output, notes deadlines), wakes the
threads whose events were set, and waits for sockets, deadlines or more work. An exception of an engine ends its own
connection; a bug of the worker itself ends everything, and is raised on exit.
"""

from __future__ import annotations

import contextlib
import heapq
import math
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from sansio_tl import Function, RequestHandle
from sansio_tl.auth import Flow
from sansio_tl.errors import LocalProtocolError
from sansio_tl_transports._shared.connection_runner import READ_SIZE
from sansio_tl_transports._shared.flow_run import FlowRun, must_run
from sansio_tl_transports._shared.tls import TlsSocket
from sansio_tl_transports._shared.waiter import Requests, Wake, check_timeout
from sansio_tl_transports.sync._event_loops import warn_in_event_loop
from sansio_tl_transports.sync._waiter import Answer, ResultEvent

R = TypeVar("R")
T = TypeVar("T")

Socket: TypeAlias = socket.socket | TlsSocket

_LONGEST_WAIT: Final = 86_400.0
"""Seconds: selectors limit the timeout."""
_POLL: Final = 0.1
"""Seconds between two looks at a flow that has not made its request yet, at least."""
_FEW: Final = 64
"""Number of outdated deadlines below which they are kept."""


class Member(Protocol):
    """What the worker runs. Its methods are called in the worker thread."""

    def ready(self, sock: Socket, events: int, /) -> None:
        """Handle a socket that is ready; `settle` is called then."""

    def tick(self) -> None:
        """Called at the deadline, or earlier; `settle` is called then."""

    def settle(self) -> float | None:
        """Send output and start waiting for sockets. Returns the next deadline, by the monotonic clock; None: done."""

    def close(self) -> None:
        """Begin to close; `settle` is called then."""

    def fail(self, bug: Exception) -> None:
        """A bug has ended this member."""

    def release(self) -> None:
        """Close the sockets."""


class Worker:
    """The thread, its members, and the work that other threads hand over."""

    def __init__(self) -> None:
        self._work: deque[Callable[[], object]] = deque()
        self._set_events: deque[ResultEvent] = deque()
        self._members: dict[Member, None] = {}
        """In the order in which they were added: they are closed in it, a client before its connections."""
        self._changed: set[Member] = set()
        self._soon: list[Callable[[], None]] = []
        self._deadlines: dict[Member, float] = {}
        self._timers: list[tuple[float, int, Member]] = []
        """A heap of deadlines; those that are not in `_deadlines` are outdated."""
        self._numbers = count()
        self._turn = self._woken_turn = 0
        """Work that is added when they differ wakes the thread."""
        self._closing = self._ended = False
        self._raised: BaseException | None = None
        self._process = os.getpid()
        self._selector = selectors.DefaultSelector()
        self._wakeup, self._waker = socket.socketpair()
        self._wakeup.setblocking(False)
        self._waker.setblocking(False)
        self._selector.register(self._wakeup, selectors.EVENT_READ)
        self._begun = threading.Lock()
        """Acquired by the thread when it begins, or by `close` before that: then the thread does nothing."""
        self._thread = threading.Thread(target=self._run, name="sansio_tl", daemon=True)
        self.start = self._thread.start

    # -- for any thread ----------------------------------------------------------------------------------------------

    def make_event(self) -> ResultEvent:
        """An event that is set in the worker thread."""
        return ResultEvent(self._set_events)

    def submit(self, work: Callable[[], object]) -> None:
        """Let the worker thread call this, which must not raise. After the end it is called here.

        Raises LocalProtocolError in a forked process, which has no worker thread.
        """
        if os.getpid() != self._process:
            raise LocalProtocolError(
                f"this connection belongs to process {self._process}, of which this one is a fork: open another one"
            )
        self._work.append(work)
        if self._ended:
            self._do_work()
            self._fire_events()
        else:
            self._wake()

    def run_job(
        self, job: Callable[[], object], done: Callable[[object], object], failed: Callable[[Exception], object]
    ) -> None:
        """Call a function in a thread, which is not waited for on exit, and later `done` with its value, or `failed`
        with the reason, in the worker.
        """

        def run() -> None:
            try:
                outcome = partial(done, job())
            except Exception as error:  # noqa: BLE001
                outcome = partial(failed, error)
            self.submit(outcome)

        try:
            threading.Thread(target=run, name="sansio_tl job", daemon=True).start()
        except RuntimeError as error:  # there are no more threads
            self.submit(partial(failed, error))

    def call(self, function: Callable[[], R]) -> R:
        """Call a function in the worker thread, and return or raise what it does."""
        if threading.get_ident() == self._thread.ident:
            return function()

        answer: Answer[R] = Answer(self.make_event())

        def run() -> None:
            try:
                answer.succeed(function())
            except BaseException as error:  # noqa: BLE001
                answer.fail(error)

        self.submit(run)
        answer.event.wait()
        return answer.get()

    def ask(
        self, runner: Requests, invoke: Callable[[Wake], RequestHandle[R]], function: Function[R], timeout: float | None
    ) -> R:
        """Make a request of a runner with `invoke`, and wait for its result.

        Raises TimeoutError after `timeout` seconds; LocalProtocolError in a callback.
        """
        self.require_no_callback("wait for an answer")
        if timeout is not None:
            check_timeout(timeout)
        event = self.make_event()
        handles: list[RequestHandle[R]] = []
        refused: list[BaseException] = []

        def begin() -> None:
            try:
                handles.append(invoke(event.set))
            except BaseException as error:  # noqa: BLE001
                refused.append(error)
                event.set()

        try:
            self.submit(begin)
            event.wait(timeout)
        finally:
            if not event.fired:
                self.submit(lambda: deque(map(runner.forget, handles)))
        if refused:
            raise refused[0]
        if not event.fired:
            raise TimeoutError(runner.no_answer(function, timeout))
        return runner.result(handles[0])

    def run_flow(self, runner: Requests, flow: Flow[Any], timeout: float | None, *, waits: bool = False) -> int | None:
        """Run a flow until it needs input or has ended; with `waits`, after time or an update has moved it.

        Raises TimeoutError when an answer takes longer than `timeout` seconds; LocalProtocolError in a callback.
        """
        self.require_no_callback("wait for a flow" if waits else "wait for an answer")
        if timeout is not None:
            check_timeout(timeout)
        if not must_run(flow, waits=waits):
            return None
        event, run = self.make_event(), FlowRun(flow, waits=waits)
        try:
            self.call(partial(runner.run, run, event.set))
            left = timeout
            while not event.wait(left) and timeout is not None:
                request, since = run.request
                left = max(timeout, _POLL) if request is None else since + timeout - runner.now
                if request is not None and left <= 0:
                    raise TimeoutError(runner.no_answer(request, timeout))
        finally:
            if not event.fired:  # from then on only the caller changes the flow
                self.call(partial(runner.forget, run))
        return runner.result(run)

    def require_no_callback(self, action: str) -> None:
        """Raises LocalProtocolError in a callback, that is in the worker thread."""
        if threading.get_ident() == self._thread.ident:
            raise LocalProtocolError(f"a callback must not {action}: it runs in the thread that does the I/O")

    def wake(self, member: Member) -> None:
        """Settle one member. In any thread."""
        self._changed.add(member)
        if threading.get_ident() != self._thread.ident:
            self._wake()

    def guarded(self, callback: Callable[[T], object] | None) -> Callable[[T], object] | None:
        """Wrap a callback: SystemExit or KeyboardInterrupt in it ends everything, and is raised on exit."""
        if callback is None:
            return None

        def call(what: T) -> object:
            try:
                return callback(what)
            except Exception:
                raise
            except BaseException as error:  # noqa: BLE001
                self.fail(error)
                return None

        return call

    def close(self) -> None:
        """Close all connections, and wait until the thread has ended. May be called again.

        Raises LocalProtocolError in a callback, which cannot wait for it.
        """
        if threading.get_ident() == self._thread.ident:
            self.submit(self._close_members)  # for Python has left the `with` statement that would do it later
            self.require_no_callback("close its connections")
        if os.getpid() == self._process and not self._begun.acquire(blocking=False):
            self.submit(self._close_members)
            if self._thread.is_alive():
                self._thread.join()
        self._release()  # unless the thread has done so. The sockets of a forked process belong to its parent

    def raise_bug(self) -> None:
        """Raise the exception that has ended everything, if any."""
        if self._raised is not None:
            raise self._raised

    def _wake(self) -> None:
        turn = self._turn
        if self._woken_turn != turn:
            try:
                self._woken_turn = turn  # now, for other threads run while this one sends
                self._waker.send(b"!")
            except OSError:
                pass  # it has ended
            except BaseException:  # a signal handler has raised it, perhaps before anything was sent
                self._woken_turn = -1
                raise

    # -- in the worker thread ----------------------------------------------------------------------------------------

    def add(self, member: Member) -> None:
        """Run a member until it is done."""
        self._members[member] = None
        self._changed.add(member)
        if self._closing:
            member.close()

    def call_soon(self, function: Callable[[], None]) -> None:
        """Call a function, which must not raise, in the next turn."""
        self._soon.append(function)

    def watch(self, sock: Socket, events: int, member: Member) -> None:
        """Wait for these events of a socket instead of others."""
        if sock not in (self._selector.get_map() or ()):  # it is None in a forked process
            if events:
                self._selector.register(sock, events, member)
        elif events:
            self._selector.modify(sock, events, member)
        else:
            self._selector.unregister(sock)

    def fail(self, error: BaseException) -> None:
        """End everything after a bug."""
        self._raised = self._raised or error
        self._closing = True
        while self._members:
            with contextlib.suppress(BaseException):  # another bug, or the same one
                self._end(next(iter(self._members)), error)

    def _run(self) -> None:
        if not self._begun.acquire(blocking=False):
            return
        try:
            while self._members or not self._closing:
                self.run_turn()
        except BaseException as error:  # noqa: BLE001  raised on exit
            self.fail(error)
        self._release()
        self._do_work()
        self._fire_events()

    def run_turn(self) -> None:
        """Call what was handed over, settle what has changed, and wait."""
        for key, events in self._selector.select(self._next_wait()):
            if key.data is None:
                self._wakeup.recv(READ_SIZE)
            elif key.data in self._members:
                self._attempt(key.data, key.data.ready, key.fileobj, events)
        self._woken_turn = self._turn
        self._call_timers()
        self._do_work()
        soon, self._soon = self._soon, []
        for function in soon:
            function()
        while self._changed:
            member = self._changed.pop()
            if member in self._members:
                self._settle(member)
        self._fire_events()

    def _next_wait(self) -> float | None:
        """Seconds until the next deadline. From here on other threads wake this one."""
        self._turn += 1
        if self._work or self._changed or self._soon:
            return 0.0
        return max(0.0, min(self._timers[0][0] - time.monotonic(), _LONGEST_WAIT)) if self._timers else None

    def _call_timers(self) -> None:
        timers, now = self._timers, time.monotonic()
        while timers and timers[0][0] <= now:
            deadline, _, member = heapq.heappop(timers)
            if self._deadlines.get(member) == deadline:
                del self._deadlines[member]
                self._attempt(member, member.tick)

    def _do_work(self) -> None:
        for work in _taken(self._work):
            work()

    def _settle(self, member: Member) -> None:
        try:
            deadline = member.settle()
        except BaseException as error:  # noqa: BLE001
            self._end(member, error)
            return
        if deadline is None:
            self._remove(member)
        elif deadline < self._deadlines.get(member, math.inf):  # a later one replaces it when its turn has come
            self._deadlines[member] = deadline
            heapq.heappush(self._timers, (deadline, next(self._numbers), member))
            if len(self._timers) > 2 * len(self._members) + _FEW:
                self._timers = [(at, next(self._numbers), each) for each, at in self._deadlines.items()]
                heapq.heapify(self._timers)

    def _attempt(self, member: Member, method: Callable[..., None], *arguments: object) -> None:
        """Call a method of a member; an exception ends the member."""
        self._changed.add(member)
        try:
            method(*arguments)
        except BaseException as error:  # noqa: BLE001
            self._end(member, error)

    def _end(self, member: Member, error: BaseException) -> None:
        self._remove(member)
        member.fail(_as_bug(error))

    def _remove(self, member: Member) -> None:
        if member in self._members:
            del self._members[member]
            self._deadlines.pop(member, None)
            member.release()

    def _fire_events(self) -> None:
        """Wake threads after everything else of the turn: they need the interpreter lock."""
        for event in _taken(self._set_events):
            event.fire()

    def _close_members(self) -> None:
        self._closing = True
        for member in tuple(self._members):
            self._attempt(member, member.close)

    def _release(self) -> None:
        """Close all sockets."""
        self._ended = True
        if os.getpid() != self._process:
            self._selector.close()  # before its sockets: unregistering them would affect the parent process
        while self._members:
            self._members.popitem()[0].release()
        for each in (self._selector, self._wakeup, self._waker):
            each.close()


def _taken(queue: deque[T]) -> Iterator[T]:
    """Take everything from a queue. After the end several threads may do so at once."""
    while queue:
        try:
            item = queue.popleft()
        except IndexError:
            return
        yield item


def _as_bug(error: BaseException) -> Exception:
    """Convert an exception to a bug of one connection. SystemExit and KeyboardInterrupt of callbacks would end the
    thread that all connections share, silently.
    """
    if isinstance(error, Exception):
        return error
    bug = RuntimeError(f"{type(error).__name__} was raised in the worker thread: {error}")
    bug.__cause__ = error
    return bug


@contextlib.contextmanager
def running() -> Iterator[Worker]:
    """A worker for a `with` statement that leaves no thread and no socket behind, wherever a signal occurs.

    A signal handler may raise while `close` is being entered, so it is called twice. If it raises before this function
    resumes, Python closes the generator, and `close` is called then.
    """
    warn_in_event_loop(stacklevel=6)  # the `with` statement: this, connect or open_client, contextlib twice, Opening
    worker = Worker()
    try:
        try:
            worker.start()
            yield worker
        finally:
            worker.close()
    finally:
        worker.close()
    worker.raise_bug()
