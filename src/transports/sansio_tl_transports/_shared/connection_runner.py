"""What the adapters share: an engine, a clock, and somebody who waits for answers. No socket, no loop, no thread.

    adapter                              driver                                  engine
    bytes from the socket   ->  receive  ->  receive_data, next_event ...
    bytes for the socket    <-  output   <-  data_to_send
    a timer of the loop     ->  tick     ->  next_deadline, handle_deadline

Whenever something happened that the adapter's tasks may be waiting for (there is something to send, the deadline
moved, the link is over), the driver calls `changed`.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Generic, Protocol, TypeVar

from sansio_tl import AuthKey, Config, Connection, Function, RequestHandle, TLObject, events, types
from sansio_tl.errors import ConnectionLostError, LocalProtocolError
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.waiter import Answer, E, Pulse

R = TypeVar("R")

READ_SIZE = 1 << 16
"""Bytes taken from a socket at once; what does not fit waits in the kernel, and the peer waits with it."""

FIRST_READ = 1 << 14
"""Bytes that are asked for as long as no more came at once: a whole record of TLS. Python sets aside as much as is
asked for, and many links that say little, for long, would leave the memory of the C library full of holes."""

CLOSE_TIMEOUT = 1.0
"""Seconds that a link which is over may take to say good-bye: to send what is left and to hear the peer hang up."""

CONNECT_TIMEOUT = 30.0
"""Seconds for dialling and the handshake, unless the caller says otherwise."""

MAX_UPDATES = 1024
"""Updates that wait for somebody to read them. More are thrown away, and updatesTooLong says so in their place."""


class Engine(Protocol):
    """What a driver needs of an engine; `Connection` and the data center's links have it."""

    @property
    def closed(self) -> bool: ...
    def receive_data(self, data: bytes, *, now: float) -> None: ...
    def data_to_send(self, *, now: float) -> bytes: ...
    def next_deadline(self) -> float | None: ...
    def handle_deadline(self, *, now: float) -> None: ...
    def close(self, *, now: float) -> None: ...


class _Gone:
    """Stands in for an engine that a bug has broken: it is over, and is not touched any more."""

    closed = True

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Nobody is there to take it."""

    def data_to_send(self, *, now: float) -> bytes:
        """Nothing."""
        return b""

    def next_deadline(self) -> float | None:
        """Never."""
        return None

    def handle_deadline(self, *, now: float) -> None:
        """Nothing is ever due."""

    def close(self, *, now: float) -> None:
        """It is closed."""


_GONE: Final = _Gone()


def next_read(asked: int, came: int) -> int:
    """How many bytes to ask for after so many were asked for and so many came."""
    return min(2 * asked, READ_SIZE) if came == asked else FIRST_READ


class ConnectionRunner:
    """One end of one link."""

    reads_on = False
    """Whether to read on while the peer does not take what we have said. A server does not: whoever asks and asks and
    never reads shall not make it keep the answers. A client does: two that both wait for the other wait for ever."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        changed: Callable[[], None],
        on_bug: Callable[[Exception], object] | None = None,
    ) -> None:
        """`on_bug` is called with an exception that should not have been, once it has ended this connection."""
        self._engine = engine
        self._clock = clock
        self._changed = changed
        self._on_bug = on_bug

    @property
    def closed(self) -> bool:
        """Whether the link is over; `output` may still have something to say."""
        return self._engine.closed

    @property
    def says_goodbye(self) -> bool:
        """Whether the end of the link may take `CLOSE_TIMEOUT` seconds."""
        return True

    def receive(self, data: bytes) -> None:
        """The peer sent this; ``b""`` means that it has hung up."""
        self._engine.receive_data(data, now=self._clock())
        self._happened()

    def output(self) -> bytes:
        """What must be sent now. Ask when the socket takes more: until then the engine holds it back."""
        return self._engine.data_to_send(now=self._clock())

    def deadline(self) -> float:
        """When to call `tick`, by the adapter's clock; infinity for never."""
        deadline = self._engine.next_deadline()
        return math.inf if deadline is None else self._clock.to_monotonic(deadline)

    def tick(self) -> None:
        """Let the engine do what is due; too early it does nothing."""
        deadline = self._engine.next_deadline()
        if deadline is not None and deadline <= self._clock():
            # Converting between clocks rounds; the engine shall not find itself a microsecond early, again and again.
            self._engine.handle_deadline(now=max(self._clock(), deadline))
            self._happened()

    def lost(self, error: Exception) -> None:
        """The socket broke."""
        del error
        self.close()

    def fail(self, bug: Exception) -> None:
        """An exception came out of the engine or the adapter that should not have: it ends this connection only."""
        engine, self._engine = self._engine, _GONE
        with contextlib.suppress(Exception):  # the first one is the one to tell
            engine.close(now=self._clock())
        if self._on_bug is not None:
            self._on_bug(bug)
        self._happened()

    def close(self) -> None:
        """End the link."""
        if not self._engine.closed:
            try:
                self._engine.close(now=self._clock())
                self._happened()
            except Exception as bug:  # noqa: BLE001
                self.fail(bug)

    def _happened(self) -> None:
        """Something happened to the engine."""
        self._changed()


class ClientConnectionRunner(ConnectionRunner, Generic[E]):
    """A client's end: matches the engine's events to those who wait for them."""

    reads_on = True

    def __init__(
        self,
        config: Config,
        auth_key: AuthKey | None,
        *,
        clock: Clock,
        make_event: Callable[[], E],
        changed: Callable[[], None],
        through: str = "",
    ) -> None:
        """`through` is that of the `Way`, for the texts of errors."""
        self._through = through
        self._connection = Connection(config, auth_key=auth_key, entropy=os.urandom, now=clock())
        super().__init__(self._connection, clock, changed)
        self._make_event = make_event
        self._waiting: dict[RequestHandle[Any], Answer[Any, E]] = {}
        self._updates: deque[TLObject] = deque()
        self._sessions = 0
        self._config = config
        self._second: SecondDriver | None = None
        self._broken: Exception | None = None
        self._bug: Exception | None = None
        self._bug_trace: TracebackType | None = None
        self._hung_up = False
        self.ready: Answer[None, E] = Answer(make_event())
        """Whether there is an auth key, so that requests may leave."""
        self.news: Pulse[E] = Pulse(make_event)
        """Called when there are updates, and when there will be no more."""
        if auth_key is not None:
            self.ready.succeed(None)

    @property
    def auth_key(self) -> AuthKey:
        """The key of the link. Raises LocalProtocolError before the link is ready."""
        if self._connection.auth_key is None:
            raise LocalProtocolError("there is no auth key yet")
        return self._connection.auth_key

    @property
    def says_goodbye(self) -> bool:
        """Not in the handshake: there is nothing to lose, and whoever dialled has waited long enough."""
        return self._connection.auth_key is not None

    @property
    def now(self) -> float:
        """The engine's time."""
        return self._clock()

    def invoke(self, function: Function[R]) -> tuple[RequestHandle[R], Answer[R, E]]:
        """Make a request.

        Raises EncodeError for a value that cannot be sent, ConnectionLostError (or what ended the link) when the peer
        has gone, LocalProtocolError when we have.
        """
        if self._bug is not None or (self.closed and not self._hung_up):
            raise self._reason("the connection is gone; the request was not sent").with_traceback(self._bug_trace)
        handle = self._connection.invoke(function, now=self._clock())
        answer = self._waiting[handle] = Answer(self._make_event())
        self._changed()
        return handle, answer

    def second(self) -> SecondDriver | None:
        """Somebody has opened a second link for the session: its driver, or None if it is not wanted.

        Over HTTP the server speaks only when it is asked: one link keeps a question out, the other is for requests.
        """
        if self.closed or self._connection.auth_key is None or not self._connection.is_polling:
            return None
        try:
            connection = Connection(
                self._config,
                auth_key=self._connection.auth_key,
                session=self._connection.session,
                entropy=os.urandom,
                now=self._clock(),
            )
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
            return None
        self._second = SecondDriver(connection, self._clock, self._happened, self.fail)
        return self._second

    @property
    def waited_for(self) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self._waiting)

    def forget(self, handle: RequestHandle[Any]) -> None:
        """Nobody waits for this answer any more. Without effect once it is there."""
        if self._waiting.pop(handle, None) is not None and not self.closed:
            self._connection.cancel(handle, now=self._clock())
            self._changed()

    def take_update(self) -> TLObject | None:
        """The next update; None when there is none at present. Raises why there will be none when the peer has gone."""
        if self._updates:
            return self._updates.popleft()
        if self.closed and not self._hung_up:
            raise self._reason("the connection is gone; no more updates come").with_traceback(self._bug_trace)
        return None

    def lost(self, error: Exception) -> None:
        """The socket broke: everything unanswered ends as ConnectionLostError with this cause."""
        step = "broke" if self._connection.auth_key is not None else "broke in the handshake"
        broken = ConnectionLostError(f"the connection{self._through} {step}: {error}")
        broken.__cause__ = error
        if not self.closed:
            self._broken = broken
            super().close()

    def fail(self, bug: Exception) -> None:
        """Everything unanswered ends with this exception, whatever state it has left the engine in."""
        if self._bug is not None:
            return
        self._bug, self._bug_trace = bug, bug.__traceback__
        self._engine = _GONE
        self._broken = bug
        if self._second is not None:
            self._second.fail(bug)
        while self._waiting:
            self._waiting.popitem()[1].fail(bug)
        self.ready.fail(bug)
        self.news()
        self._changed()

    def raise_bug(self) -> None:
        """Raise what `send_error` was told, if anything."""
        if self._bug is not None:
            raise self._bug.with_traceback(self._bug_trace)

    def close(self) -> None:
        """End the link from our side."""
        self._hung_up = self._hung_up or not self.closed
        super().close()

    def output(self) -> bytes:
        """As for every driver; sending may settle requests, too."""
        if self._bug is not None:
            return b""
        data = super().output()
        self._take_events()
        return data

    def _happened(self) -> None:
        self._take_events()
        super()._happened()

    def _take_events(self) -> None:
        unknown: list[events.OutcomeUnknown] = []
        while (event := self._connection.next_event()) is not None:
            if isinstance(event, events.ResultReceived):
                if (answer := self._waiting.pop(event.handle, None)) is not None:
                    answer.succeed(event.result)
            elif isinstance(event, events.OutcomeUnknown):
                unknown.append(event)  # if the link is over, a later event says why
            else:
                self._take_event(event)
        for each in unknown:
            self._answer(each.handle).fail(self._reason(each.reason))

    def _take_event(self, event: events.Event) -> None:
        match event:
            case events.RequestFailed():
                self._answer(event.handle).fail(event.error)
            case events.UpdatesReceived():
                self._keep(event.updates)
            case events.SessionCreated():
                self._sessions += 1
                if self._sessions > 1:  # the first one is ours; at a later one updates may have been lost
                    self._keep(types.UpdatesTooLong())
            case events.AuthKeyCreated():
                self.ready.succeed(None)
            case events.ConnectionClosed():
                self._broken = self._broken or event.error
                self._over()

    def _answer(self, handle: RequestHandle[Any]) -> Answer[Any, E]:
        """The answer that somebody waits for, or one that nobody waits for."""
        return self._waiting.pop(handle, None) or Answer(self._make_event())

    def _keep(self, updates: TLObject) -> None:
        if len(self._updates) >= MAX_UPDATES:
            self._updates.clear()
            updates = types.UpdatesTooLong()
        self._updates.append(updates)
        self.news()

    def _over(self) -> None:
        self.news()
        if self._second is not None:
            self._second.close()
        if self._connection.auth_key is None:
            self.ready.fail(self._reason(f"the connection{self._through} ended in the handshake"))

    def _reason(self, otherwise: str) -> Exception:
        """Why the link is over: what the peer did wrong, or just that it is gone."""
        return self._broken or ConnectionLostError(otherwise)


class SecondDriver(ConnectionRunner):
    """A second link of a client's session. What it brings belongs to the session; its end is of no consequence."""

    reads_on = True


def no_answer(function: Function[Any], seconds: float | None) -> str:
    """The text of the TimeoutError when an answer takes too long."""
    return f"no answer to {function.NAME} within {seconds} s; the connection goes on without it"


def no_link(address: tuple[str, int], through: str, seconds: float | None) -> str:
    """The text of the TimeoutError when dialling and the handshake take too long."""
    return f"no link with {address[0]} port {address[1]}{through} within {seconds} s"
