"""The sockets of one `connect`, `open_client` or `serve`, and their background thread.

Runners may be used only with the lock. Before a thread releases the lock it finishes its work (`_settle`):

- it sends output, as much as the sockets take;
- it wakes the background thread, which waits for the next deadline or a ready socket, if the deadline became earlier,
  and the polling thread (`_calls`) if its answer is there;
- it resumes the first thread whose answer has arrived, which resumes the next.

The background thread handles only data that no thread waits for, deadlines, and sockets that become writable. A thread
that makes a request while others are being resumed leaves its work to the last of them.

The thread that finds a socket done closes it, but never while another thread polls it. An exception of an engine ends
its own connections, and is raised in every thread that waits for them.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol, TypeAlias, TypeVar

from sansio_tl.errors import LocalProtocolError
from sansio_tl_transports._shared.connection_runner import READ_SIZE, ConnectionRunner
from sansio_tl_transports.sync._pump import READ, Socket, SocketPump
from sansio_tl_transports.sync._signals import held
from sansio_tl_transports.sync._timetable import Timetable
from sansio_tl_transports.sync._waiter import ResultEvent, ResumeQueue

T = TypeVar("T")

_CAN_POLL: Final = hasattr(select, "poll")
_LIVE_SELECTORS: Final = tuple(
    getattr(selectors, name) for name in ("EpollSelector", "KqueueSelector") if hasattr(selectors, name)
)
"""Selectors that can be modified while another thread waits in them."""

_MAX_POLL: Final = 1e6
"""Maximum timeout of poll, in seconds."""

_Found: TypeAlias = Sequence[tuple[selectors.SelectorKey, int]]
"""The result of a selector."""


class TimedClient(Protocol):
    """Called at its deadline, and on every change."""

    def deadline(self) -> float: ...
    def tick(self) -> None: ...
    def settle(self) -> object: ...
    def close(self) -> None: ...
    def fail(self, bug: Exception) -> None: ...


class Pumped(TimedClient, Protocol):
    """A `TimedClient` with a socket: a `SocketPump`, or the `ListeningSocket` of a server."""

    @property
    def sock(self) -> Socket: ...

    watched: int
    """The events registered with the selector."""

    @property
    def interest(self) -> int: ...
    @property
    def done(self) -> bool: ...
    def receive(self) -> None: ...
    def settle(self) -> bool: ...


class PollingThread:
    """A thread that waits for an answer and polls a socket meanwhile."""

    def __init__(self, event: ResultEvent, pump: SocketPump, poll_wakeup: socket.socket) -> None:
        self.event = event
        self.pump = pump
        self.is_polling = True
        """Whether it polls, and was not woken."""
        if pump.poll is None:
            pump.poll = select.poll()
            pump.poll.register(pump.sock, select.POLLIN)
            pump.poll.register(poll_wakeup, select.POLLIN)

    def poll(self, seconds: float) -> None:
        """Wait for the socket, the wakeup or the timeout. Call without the lock."""
        self.pump.poll.poll(None if seconds == math.inf else max(0.0, min(seconds, _MAX_POLL)) * 1000)

    @property
    def over(self) -> bool:
        """Whether the answer is there, or will not come from this socket."""
        return self.event.fired or self.pump.driver.closed


class Reactor:
    """Runs many sockets. Use its runners only `with reactor.lock:`."""

    def __init__(self) -> None:
        self.lock: Final = _Lock(self)
        self.resume_queue: Final = ResumeQueue()
        self.polling_thread: PollingThread | None = None
        self._lock = threading.RLock()
        self._depth = 0
        self._pumps: set[Pumped] = set()
        self._timed: list[TimedClient] = []
        self._changed: set[Pumped] = set()
        self._all_changed = False
        self._timetable: Timetable[TimedClient] = Timetable()
        self._last_sender: Pumped | None = None
        """The pump that sent last."""
        self._sleeps_until = -math.inf
        """When the background thread wakes up by itself; in the past while it is awake or was woken."""
        self._closing = False
        self._process = os.getpid()
        self._bug: Exception | None = None
        self._raised: BaseException | None = None
        """The original exception: SystemExit and KeyboardInterrupt are raised unchanged on exit."""
        self._selector = selectors.DefaultSelector()
        self._has_live_selector = isinstance(self._selector, _LIVE_SELECTORS)
        self._event, self._waker = _pair()
        self._poll_wakeup, self._poll_waker = _pair()
        self._selector.register(self._event, READ)
        self._worker = threading.Thread(target=self._run, name="sansio_tl", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        with held():
            self._worker.start()

    def close(self) -> None:
        """Close all connections, and wait until the thread has ended. May be called again."""
        if self.inherited:
            self._close_inherited()
            return
        if self._worker.ident is None:  # the thread was never started
            self._close_own()
            return
        with self.lock:
            self._closing = True
            for each in (*self._timed, *self._pumps):
                each.close()
            self.mark_all_changed()
            self._wake_thread()
        self._worker.join()

    def raise_bug(self) -> None:
        """Raise the exception that has ended everything, if any."""
        if self._raised is not None:
            raise self._raised

    def guarded(self, callback: Callable[[T], object] | None) -> Callable[[T], object] | None:
        """Wrap a callback that is called with the lock. When it raises SystemExit or KeyboardInterrupt, in any thread,
        all connections end, and the exception is raised on exit.
        """
        if callback is None:
            return None

        def call(what: T) -> object:
            try:
                return callback(what)
            except Exception:
                raise
            except BaseException as error:  # noqa: BLE001
                self._fail(error)
                return None

        return call

    def add_timed(self, timed: TimedClient) -> None:
        """Add an object to call at its deadline and on changes."""
        with self.lock:
            self._timed.append(timed)
            self.mark_all_changed()

    def add_pump(self, pump: Pumped) -> None:
        """Add a socket, until it is done."""
        with self.lock:
            self._pumps.add(pump)
            self._changed.add(pump)

    def add(self, sock: Socket, driver: ConnectionRunner, leftover: bytes = b"") -> None:
        """Add a socket with its runner; `leftover` was received before."""
        with self.lock:
            pump = SocketPump(sock, driver)
            if leftover:
                try:
                    driver.receive(leftover)
                except BaseException as error:  # noqa: BLE001  as in settling
                    pump.fail(as_bug(error))
            self.add_pump(pump)

    def mark_all_changed(self) -> None:
        """Mark all connections as changed. With the lock."""
        self._all_changed = True

    def wake(self, pump: Pumped) -> None:
        """Mark one connection as changed. In any thread."""
        self._changed.add(pump)
        if threading.get_ident() != self._worker.ident:
            self._wake_thread()

    # -- the lock ----------------------------------------------------------------------------------------------------

    @property
    def inherited(self) -> bool:
        """Whether this process is a fork of the one that the thread runs in."""
        return os.getpid() != self._process

    def require_own(self) -> None:
        """Raises LocalProtocolError in a forked process, which has no background thread and may have a locked lock."""
        if self.inherited:
            raise LocalProtocolError(
                f"this connection belongs to process {self._process}, of which this one is a fork: open another one"
            )

    def enter(self) -> None:
        """Acquire the lock. Signals must be held. Raises LocalProtocolError in a forked process."""
        self.require_own()
        self._lock.acquire()
        self._depth += 1

    def leave(self, *, later: bool = False) -> None:
        """Settle, unless another thread is certain to do so `later`, and release the lock."""
        try:
            if self._depth == 1 and not later:
                self._settle()
        finally:
            self._depth -= 1
            self._lock.release()

    def _settle(self) -> None:
        try:
            while (self._all_changed or self._changed) and self._bug is None:
                if self._all_changed:
                    self._all_changed = False
                    for timed in self._timed:
                        self._settle_timed(timed)
                    for pump in tuple(self._pumps):
                        self._settle_one(pump)
                elif (pump := self._changed.pop()) in self._pumps:
                    self._settle_one(pump)
        except BaseException as error:  # noqa: BLE001  raised in all waiting threads, and on exit
            self._fail(error)
        polling = self.polling_thread
        if polling is not None and polling.is_polling and polling.over:
            polling.is_polling = False
            self._poll_waker.send(b"!")
        if self.resume_queue.waiting:
            self.resume_queue.start()

    def _settle_timed(self, timed: TimedClient) -> None:
        try:
            timed.settle()
            deadline = timed.deadline()
        except BaseException as error:  # noqa: BLE001
            timed.fail(as_bug(error))
            deadline = math.inf
        self._set_deadline(timed, deadline)

    def _settle_one(self, pump: Pumped) -> None:
        try:
            if pump.settle():
                self._last_sender = pump
            deadline = pump.deadline()
        except BaseException as error:  # noqa: BLE001  it ends this connection only
            pump.fail(as_bug(error))
            deadline = math.inf
        if pump.done:
            if self._has_live_selector or threading.get_ident() == self._worker.ident:
                self._remove(pump)
            else:  # the background thread is waiting for it in the selector
                self._timetable.put(pump, 0)
                self._wake_thread()
            return
        if pump.interest != pump.watched:
            self._watch(pump)
        self._set_deadline(pump, deadline)

    def _set_deadline(self, timed: TimedClient, deadline: float) -> None:
        self._timetable.put(timed, deadline)
        if deadline < self._sleeps_until:
            self._sleeps_until = -math.inf
            self._wake_thread()

    def _watch(self, pump: Pumped) -> None:
        """Register the events that the pump waits for."""
        interest = pump.interest
        if not pump.watched:
            self._selector.register(pump.sock, interest, pump)
        elif interest:
            self._selector.modify(pump.sock, interest, pump)
        else:
            self._selector.unregister(pump.sock)
        pump.watched = interest
        if not self._has_live_selector:
            self._wake_thread()

    def _remove(self, pump: Pumped) -> None:
        self._pumps.remove(pump)
        self._timetable.remove(pump)
        if pump is self._last_sender:
            self._last_sender = None
        if pump.watched:
            self._selector.unregister(pump.sock)
        pump.sock.close()
        if self._closing:
            self._wake_thread()

    def _fail(self, error: BaseException) -> None:
        """End everything after a bug; waiting threads raise it. With the lock."""
        if self._bug is None:
            self._raised, self._bug = error, as_bug(error)
            bug = self._bug
            for each in (*self._timed, *self._pumps):
                with contextlib.suppress(BaseException):  # another bug, or the same one
                    each.fail(bug)
            for pump in self._pumps:
                if pump.watched:
                    with contextlib.suppress(Exception):
                        self._selector.unregister(pump.sock)
            self._wake_thread()

    def _wake_thread(self) -> None:
        """Wake the background thread."""
        with contextlib.suppress(OSError):  # woken already, or ended
            self._waker.send(b"!")

    # -- polling -----------------------------------------------------------------------------------------------------

    def start_polling(self, event: ResultEvent) -> PollingThread | None:
        """Let the thread that waits for `event` poll the connection that sent last, unless another thread polls."""
        pump = self._last_sender
        if self.polling_thread is not None or event.fired or not self._has_live_selector or not _CAN_POLL:
            return None
        if not isinstance(pump, SocketPump) or pump.driver.closed:
            return None
        self.polling_thread = PollingThread(event, pump, self._poll_wakeup)
        pump.is_polled_by_caller = True
        self._watch(pump)
        return self.polling_thread

    def finish_polling(self, polling: PollingThread, *, last: bool) -> None:
        """Read for the polling thread; if its answer is there, or with `last`, return the socket to the selector."""
        if not polling.is_polling:
            self._poll_wakeup.recv(READ_SIZE)
        polling.is_polling = False
        try:
            polling.pump.receive()
        except BaseException as error:  # noqa: BLE001  as in settling
            polling.pump.fail(as_bug(error))
        if last or polling.over:
            self._end_polling(polling)
        else:
            polling.is_polling = True

    def _end_polling(self, polling: PollingThread) -> None:
        self.polling_thread = None
        polling.pump.is_polled_by_caller = False
        if polling.pump.driver.closed:
            self._changed.add(polling.pump)
        elif self._bug is None:
            self._watch(polling.pump)
        if self._bug is not None:
            self._wake_thread()  # it waits until no thread polls

    # -- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        found: _Found | None = ()
        while found is not None:
            try:
                found = self._run_once(found)
            except BaseException as error:  # noqa: BLE001  as in settling
                found = ()
                with self.lock:
                    self._fail(error)
        for pump in self._pumps:  # none, except after a bug
            pump.sock.close()
        self._close_own()

    def _close_inherited(self) -> None:
        """Close what a forked process has inherited, without sending anything: the parent process uses it."""
        for pump in tuple(self._pumps):
            pump.sock.close()
        self._close_own()

    def _close_own(self) -> None:
        for item in (self._selector, self._event, self._waker, self._poll_wakeup, self._poll_waker):
            item.close()

    def _run_once(self, found: _Found) -> _Found | None:
        """Read ready sockets, call expired deadlines, and wait; None when there is nothing to wait for."""
        with self.lock:
            self._sleeps_until = -math.inf
            self._process_ready(found)
            self._settle()
            if self.polling_thread is None and (self._bug is not None or (self._closing and not self._pumps)):
                return None
            self._sleeps_until = math.inf if self._bug is not None else self._timetable.earliest()
            timeout = self._sleeps_until - time.monotonic()
        return self._selector.select(None if timeout == math.inf else max(0.0, timeout))

    def _process_ready(self, found: _Found) -> None:
        """Read ready sockets, and call expired deadlines."""
        for key, mask in found:
            pump = key.data
            if pump is None:
                self._event.recv(READ_SIZE)
            elif pump in self._pumps:
                if mask & READ:
                    try:
                        pump.receive()
                    except BaseException as error:  # noqa: BLE001  as in settling
                        pump.fail(as_bug(error))
                self._changed.add(pump)
        for item in self._timetable.take(time.monotonic()):
            try:
                item.tick()
            except BaseException as error:  # noqa: BLE001  as in settling
                item.fail(as_bug(error))
            if item in self._pumps:
                self._changed.add(item)  # pyright: ignore[reportArgumentType]  it is one of them
            else:
                self._all_changed = True


def as_bug(error: BaseException) -> Exception:
    """Convert an exception to a bug of one connection. SystemExit and KeyboardInterrupt of callbacks would end the
    thread that all connections share, silently.
    """
    if isinstance(error, Exception):
        return error
    bug = RuntimeError(f"{type(error).__name__} was raised in the background thread: {error}")
    bug.__cause__ = error
    return bug


@contextlib.contextmanager
def running() -> Iterator[Reactor]:
    """A reactor for a `with` statement that leaves no thread and no socket behind, wherever a signal occurs.

    A signal handler may raise while `close` is being entered, so it is called twice. If it raises before this function
    resumes, Python closes the generator, and `close` is called then.
    """
    reactor = Reactor()
    try:
        try:
            reactor.start()
            yield reactor
        finally:
            reactor.close()
    finally:
        reactor.close()
    reactor.raise_bug()


class _Lock:
    """For `with`: acquires the lock, and defers signals."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor

    def __enter__(self) -> None:
        self._reactor.require_own()
        held().__enter__()
        self._reactor.enter()

    def __exit__(self, *_: object) -> None:
        try:
            self._reactor.leave()
        finally:
            held().__exit__()


def _pair() -> tuple[socket.socket, socket.socket]:
    one, other = socket.socketpair()
    one.setblocking(False)
    other.setblocking(False)
    return one, other
