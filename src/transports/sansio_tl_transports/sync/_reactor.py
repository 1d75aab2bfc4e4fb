"""The sockets of one `connect`, `open_client` or `serve`, and the thread that carries their bytes.

Drivers belong to whoever holds the lock. Before he lets go he settles what has changed:

- what there is to send is sent, as far as the socket takes it;
- the thread, which sleeps until the next deadline or until a socket has something, is rung for if it has to get up
  earlier, and who leads (`_sync_calls`) if that is over;
- the first of those who have been answered is woken, who wakes the next.

Nothing of this is left to the thread: it has its work when the peer says something that nobody waits for, when it is
time, and when a socket takes more than it did. Only who asks something while others are still being woken leaves that
unsettled: the last of them settles it.

Sockets are closed by whoever finds them done, but never while somebody looks for what comes from them. What an engine
raises ends its own links, and is told to everybody who waits for them, whichever thread met it.
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
from sansio_tl_transports.sync._pump import READ, Carrier, Socket
from sansio_tl_transports.sync._signals import held
from sansio_tl_transports.sync._timetable import Timetable
from sansio_tl_transports.sync._waiter import Bell, Line

T = TypeVar("T")

_CAN_POLL: Final = hasattr(select, "poll")
_LIVE: Final = tuple(
    getattr(selectors, name) for name in ("EpollSelector", "KqueueSelector") if hasattr(selectors, name)
)
"""Selectors that can be told what to look for while they look."""

_LONG: Final = 1e6
"""Seconds that poll may be told to wait."""

_Found: TypeAlias = Sequence[tuple[selectors.SelectorKey, int]]
"""What a selector has found."""


class Keeper(Protocol):
    """Whoever is called when it is time, and whenever something has changed."""

    def deadline(self) -> float: ...
    def tick(self) -> None: ...
    def settle(self) -> object: ...
    def close(self) -> None: ...
    def fail(self, bug: Exception) -> None: ...


class Carried(Keeper, Protocol):
    """One that has a socket: a `FramingWrapper`, or the `Door` of a server."""

    @property
    def sock(self) -> Socket: ...

    watched: int
    """What the selector looks for."""

    @property
    def interest(self) -> int: ...
    @property
    def done(self) -> bool: ...
    def receive(self) -> None: ...
    def settle(self) -> bool: ...


class Lead:
    """Somebody who waits for an answer and looks for what comes from a socket meanwhile."""

    def __init__(self, bell: Bell, carrier: Carrier, whistle: socket.socket) -> None:
        self.bell = bell
        self.carrier = carrier
        self.looking = True
        """Whether he looks, and was not told that it is over."""
        if carrier.poll is None:
            carrier.poll = select.poll()
            carrier.poll.register(carrier.sock, select.POLLIN)
            carrier.poll.register(whistle, select.POLLIN)

    def look(self, seconds: float) -> None:
        """Wait for something from the socket, or until somebody whistles; not for ever. Without the lock."""
        self.carrier.poll.poll(None if seconds == math.inf else max(0.0, min(seconds, _LONG)) * 1000)

    @property
    def over(self) -> bool:
        """Whether he has his answer, or will not have it from this socket."""
        return self.bell.rung or self.carrier.driver.closed


class Carriers:
    """Carries the bytes of many sockets. Use its drivers only `with carriers.lock:`."""

    def __init__(self) -> None:
        self.lock: Final = _Lock(self)
        self.line: Final = Line()
        self.lead: Lead | None = None
        self._lock = threading.RLock()
        self._depth = 0
        self._carried: set[Carried] = set()
        self._keepers: list[Keeper] = []
        self._changed: set[Carried] = set()
        self._all_changed = False
        self._timetable: Timetable[Keeper] = Timetable()
        self._talking: Carried | None = None
        """Over which something was sent last."""
        self._sleeps_until = -math.inf
        """When the thread gets up by itself; it is awake, or has been rung for, if that has passed."""
        self._leaving = False
        self._process = os.getpid()
        self._bug: Exception | None = None
        self._raised: BaseException | None = None
        """What the bug was before it was made one: SystemExit and its like reach whoever leaves as they are."""
        self._selector = selectors.DefaultSelector()
        self._live = isinstance(self._selector, _LIVE)
        self._bell, self._button = _pair()
        self._whistle, self._mouth = _pair()
        self._selector.register(self._bell, READ)
        self._worker = threading.Thread(target=self._run, name="sansio_tl", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        with held():
            self._worker.start()

    def close(self) -> None:
        """End all links, and wait until the thread has ended. May be called again."""
        if self.inherited:
            self._let_go()
            return
        if self._worker.ident is None:  # it was never started
            self._close_own()
            return
        with self.lock:
            self._leaving = True
            for each in (*self._keepers, *self._carried):
                each.close()
            self.touch()
            self._ring()
        self._worker.join()

    def raise_bug(self) -> None:
        """Raise what has ended everything, if that was a bug, or SystemExit and its like."""
        if self._raised is not None:
            raise self._raised

    def guarded(self, callback: Callable[[T], object] | None) -> Callable[[T], object] | None:
        """A function of the application that is called with the lock. When it raises SystemExit or its like, in
        whichever thread, all connections end, and whoever leaves is given it.
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

    def keep(self, keeper: Keeper) -> None:
        """Call this one, too."""
        with self.lock:
            self._keepers.append(keeper)
            self.touch()

    def carry(self, carried: Carried) -> None:
        """Look after this socket until it is done."""
        with self.lock:
            self._carried.add(carried)
            self._changed.add(carried)

    def add(self, sock: Socket, driver: ConnectionRunner, leftover: bytes = b"") -> None:
        """Carry the bytes of this socket; `leftover` has come already."""
        with self.lock:
            carrier = Carrier(sock, driver)
            if leftover:
                try:
                    driver.receive(leftover)
                except BaseException as error:  # noqa: BLE001  as in settling
                    carrier.fail(as_bug(error))
            self.carry(carrier)

    def touch(self) -> None:
        """Something has changed, nobody knows for which links. With the lock."""
        self._all_changed = True

    def wake(self, carried: Carried) -> None:
        """Something has changed for this one. In any thread."""
        self._changed.add(carried)
        if threading.get_ident() != self._worker.ident:
            self._ring()

    # -- the lock ----------------------------------------------------------------------------------------------------

    @property
    def inherited(self) -> bool:
        """Whether this process is a fork of the one that the thread runs in."""
        return os.getpid() != self._process

    def require_own(self) -> None:
        """Raises LocalProtocolError in a forked process: nobody carries the bytes there, nobody gives the lock back."""
        if self.inherited:
            raise LocalProtocolError(
                f"this connection belongs to process {self._process}, of which this one is a fork: open another one"
            )

    def enter(self) -> None:
        """Take the lock. Signals must be held. Raises LocalProtocolError in a forked process."""
        self.require_own()
        self._lock.acquire()
        self._depth += 1

    def leave(self, *, later: bool = False) -> None:
        """Settle, unless it is certain that somebody will do so `later`, and let go of the lock."""
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
                    for keeper in self._keepers:
                        self._settle_keeper(keeper)
                    for carried in tuple(self._carried):
                        self._settle_one(carried)
                elif (carried := self._changed.pop()) in self._carried:
                    self._settle_one(carried)
        except BaseException as error:  # noqa: BLE001  told to everybody who waits, and raised on leaving
            self._fail(error)
        lead = self.lead
        if lead is not None and lead.looking and lead.over:
            lead.looking = False
            self._mouth.send(b"!")
        if self.line.waiting:
            self.line.start()

    def _settle_keeper(self, keeper: Keeper) -> None:
        try:
            keeper.settle()
            deadline = keeper.deadline()
        except BaseException as error:  # noqa: BLE001
            keeper.fail(as_bug(error))
            deadline = math.inf
        self._keep_time(keeper, deadline)

    def _settle_one(self, carried: Carried) -> None:
        try:
            if carried.settle():
                self._talking = carried
            deadline = carried.deadline()
        except BaseException as error:  # noqa: BLE001  it ends this one only
            carried.fail(as_bug(error))
            deadline = math.inf
        if carried.done:
            if self._live or threading.get_ident() == self._worker.ident:
                self._remove(carried)
            else:  # the thread looks for it at this moment
                self._timetable.put(carried, 0)
                self._ring()
            return
        if carried.interest != carried.watched:
            self._watch(carried)
        self._keep_time(carried, deadline)

    def _keep_time(self, keeper: Keeper, deadline: float) -> None:
        self._timetable.put(keeper, deadline)
        if deadline < self._sleeps_until:
            self._sleeps_until = -math.inf
            self._ring()

    def _watch(self, carried: Carried) -> None:
        """Have the selector look for what this one is interested in."""
        interest = carried.interest
        if not carried.watched:
            self._selector.register(carried.sock, interest, carried)
        elif interest:
            self._selector.modify(carried.sock, interest, carried)
        else:
            self._selector.unregister(carried.sock)
        carried.watched = interest
        if not self._live:
            self._ring()

    def _remove(self, carried: Carried) -> None:
        self._carried.remove(carried)
        self._timetable.remove(carried)
        if carried is self._talking:
            self._talking = None
        if carried.watched:
            self._selector.unregister(carried.sock)
        carried.sock.close()
        if self._leaving:
            self._ring()

    def _fail(self, error: BaseException) -> None:
        """Something has happened that should not have: whoever waits shall see it. With the lock."""
        if self._bug is None:
            self._raised, self._bug = error, as_bug(error)
            bug = self._bug
            for each in (*self._keepers, *self._carried):
                with contextlib.suppress(BaseException):  # another bug, or the same again
                    each.fail(bug)
            for carried in self._carried:
                if carried.watched:
                    with contextlib.suppress(Exception):
                        self._selector.unregister(carried.sock)
            self._ring()

    def _ring(self) -> None:
        """Get the thread up."""
        with contextlib.suppress(OSError):  # it rings already, or nobody is there to hear it
            self._button.send(b"!")

    # -- leading -----------------------------------------------------------------------------------------------------

    def take_over(self, bell: Bell) -> Lead | None:
        """Let who waits for `bell` lead: look for what comes over the link that spoke last, unless somebody does."""
        carrier = self._talking
        if self.lead is not None or bell.rung or not self._live or not _CAN_POLL:
            return None
        if not isinstance(carrier, Carrier) or carrier.driver.closed:
            return None
        self.lead = Lead(bell, carrier, self._whistle)
        carrier.led = True
        self._watch(carrier)
        return self.lead

    def take(self, lead: Lead, *, last: bool) -> None:
        """Take what has come for who leads; if that is over, or this was the `last` look, give the socket back."""
        if not lead.looking:
            self._whistle.recv(READ_SIZE)
        lead.looking = False
        try:
            lead.carrier.receive()
        except BaseException as error:  # noqa: BLE001  as in settling
            lead.carrier.fail(as_bug(error))
        if last or lead.over:
            self._give_back(lead)
        else:
            lead.looking = True

    def _give_back(self, lead: Lead) -> None:
        self.lead = None
        lead.carrier.led = False
        if lead.carrier.driver.closed:
            self._changed.add(lead.carrier)
        elif self._bug is None:
            self._watch(lead.carrier)
        if self._bug is not None:
            self._ring()  # it waits for that

    # -- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        found: _Found | None = ()
        while found is not None:
            try:
                found = self._turn(found)
            except BaseException as error:  # noqa: BLE001  as in settling
                found = ()
                with self.lock:
                    self._fail(error)
        for carried in self._carried:  # none, unless a bug has brought us here
            carried.sock.close()
        self._close_own()

    def _let_go(self) -> None:
        """Close what a forked process has inherited, without a word to anybody: the peer talks with the parent."""
        for carried in tuple(self._carried):
            carried.sock.close()
        self._close_own()

    def _close_own(self) -> None:
        for thing in (self._selector, self._bell, self._button, self._whistle, self._mouth):
            thing.close()

    def _turn(self, found: _Found) -> _Found | None:
        """Take what has come, do what is due, and wait for more; None when there is nothing to wait for."""
        with self.lock:
            self._sleeps_until = -math.inf
            self._work(found)
            self._settle()
            if self.lead is None and (self._bug is not None or (self._leaving and not self._carried)):
                return None
            self._sleeps_until = math.inf if self._bug is not None else self._timetable.earliest()
            timeout = self._sleeps_until - time.monotonic()
        return self._selector.select(None if timeout == math.inf else max(0.0, timeout))

    def _work(self, found: _Found) -> None:
        """Take what has come, and do what is due."""
        for key, mask in found:
            carried = key.data
            if carried is None:
                self._bell.recv(READ_SIZE)
            elif carried in self._carried:
                if mask & READ:
                    try:
                        carried.receive()
                    except BaseException as error:  # noqa: BLE001  as in settling
                        carried.fail(as_bug(error))
                self._changed.add(carried)
        for thing in self._timetable.take(time.monotonic()):
            try:
                thing.tick()
            except BaseException as error:  # noqa: BLE001  as in settling
                thing.fail(as_bug(error))
            if thing in self._carried:
                self._changed.add(thing)  # pyright: ignore[reportArgumentType]  it is one of them
            else:
                self._all_changed = True


def as_bug(error: BaseException) -> Exception:
    """The same as a bug of the connection that met it. SystemExit and its like, which the application may raise, would
    end the thread that all connections share, and tell nobody.
    """
    if isinstance(error, Exception):
        return error
    bug = RuntimeError(f"{type(error).__name__} was raised in the thread that carries all connections: {error}")
    bug.__cause__ = error
    return bug


@contextlib.contextmanager
def running() -> Iterator[Carriers]:
    """Some, for a `with` statement that leaves no thread and no socket behind, wherever a signal strikes.

    What its handler raises may come on the way into `close`, too: so there is another one. Where it comes before this
    function goes on at all, Python closes its frame, and that goes on here.
    """
    carriers = Carriers()
    try:
        try:
            carriers.start()
            yield carriers
        finally:
            carriers.close()
    finally:
        carriers.close()
    carriers.raise_bug()


class _Lock:
    """For `with`: the lock of some carriers, and no signals."""

    def __init__(self, carriers: Carriers) -> None:
        self._carriers = carriers

    def __enter__(self) -> None:
        self._carriers.require_own()
        held().__enter__()
        self._carriers.enter()

    def __exit__(self, *_: object) -> None:
        try:
            self._carriers.leave()
        finally:
            held().__exit__()


def _pair() -> tuple[socket.socket, socket.socket]:
    one, other = socket.socketpair()
    one.setblocking(False)
    other.setblocking(False)
    return one, other
