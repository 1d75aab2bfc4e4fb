"""One connection's state shared by the adapters: engine, clock and waiting callers. No socket, loop or thread.

    adapter                              runner                                  engine
    bytes from the socket   ->  receive  ->  receive_data, next_event ...
    bytes for the socket    <-  output   <-  data_to_send
    a timer of the loop     ->  tick     ->  next_deadline, handle_deadline
    a thread                <-  run_job  <-  next_action; then receive_computed

Every change that the adapter's tasks may wait for (output, another deadline, the end of the connection) calls
`changed`.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final, Generic, Protocol, TypeVar, cast

from sansio_tl import AuthKey, Config, Connection, Function, RequestHandle, TLObject, events
from sansio_tl.computation import Compute
from sansio_tl.errors import ConnectionLostError, LocalProtocolError
from sansio_tl.trace import Tracer
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.flow_run import FlowRun
from sansio_tl_transports._shared.waiter import Awaited, Callers, E, RunJob, Wake, computation_failed

R = TypeVar("R")

READ_SIZE = 1 << 16
"""Maximum bytes of one read from a socket; more stays in the kernel and slows the peer down."""

FIRST_READ = 1 << 14
"""Size of the first read: a whole TLS record. Python allocates the requested size, and large buffers for many
connections with little traffic would fragment the memory of the C library."""

CLOSE_TIMEOUT = 1.0
"""Seconds that a closing connection may take to send its remaining output and receive the end of the stream."""

CONNECT_TIMEOUT = 30.0
"""Default seconds for connecting and the handshake."""


class Engine(Protocol):
    """What a runner needs of an engine, such as `Connection` or a data center's connection."""

    @property
    def closed(self) -> bool: ...
    def receive_data(self, data: bytes, *, now: float) -> None: ...
    def data_to_send(self, *, now: float) -> bytes: ...
    def next_deadline(self) -> float | None: ...
    def handle_deadline(self, *, now: float) -> None: ...
    def close(self, *, now: float) -> None: ...


class Offloading(Protocol):
    """An engine that leaves computations to its driver, such as `Connection`."""

    def next_action(self) -> Compute | None: ...
    def receive_computed(self, action: Compute, value: object, *, now: float) -> None: ...


class _FailedEngine:
    """Replaces an engine after a bug: it is closed, and its methods have no effect."""

    closed = True

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Ignore the data."""

    def data_to_send(self, *, now: float) -> bytes:
        """No output."""
        return b""

    def next_deadline(self) -> float | None:
        """No deadline."""
        return None

    def handle_deadline(self, *, now: float) -> None:
        """No effect."""

    def close(self, *, now: float) -> None:
        """No effect."""


_FAILED_ENGINE: Final = _FailedEngine()


def next_read(asked: int, came: int) -> int:
    """The size of the next read, from the size and the result of the last one."""
    return min(2 * asked, READ_SIZE) if came == asked else FIRST_READ


class ConnectionRunner:
    """One end of one connection."""

    reads_on = False
    """Whether to read while the peer does not read our output. A server does not: a client that sends requests and
    never reads must not make it store the answers. A client does: if both ends stopped, they would deadlock."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        changed: Callable[[], None],
        on_bug: Callable[[Exception], object] | None = None,
        run_job: RunJob | None = None,
    ) -> None:
        """`on_bug` is called with an unexpected exception, after it has ended this connection. `run_job` makes the
        computations of an engine that has any.
        """
        self._engine = engine
        self._offloading = cast("Offloading", engine) if hasattr(engine, "receive_computed") else None
        self._run_job = run_job
        self._clock = clock
        self._changed = changed
        self._on_bug = on_bug

    @property
    def clock(self) -> Clock:
        """The engine's clock."""
        return self._clock

    @property
    def is_waiting(self) -> bool:
        """Whether received data waits to be handled: the adapter reads no more until a change ends that."""
        return False

    @property
    def closed(self) -> bool:
        """Whether the connection has ended; there may still be output."""
        return self._engine.closed

    @property
    def closes_gracefully(self) -> bool:
        """Whether closing may take `CLOSE_TIMEOUT` seconds."""
        return True

    def receive(self, data: bytes) -> None:
        """Handle received data; ``b""`` is the end of the stream."""
        self._engine.receive_data(data, now=self._clock())
        if self._offloading is not None:
            self._start_jobs(self._offloading)
        self._on_change()

    def _start_jobs(self, engine: Offloading) -> None:
        """Make the computations of the engine elsewhere."""
        while self._run_job is not None and (action := engine.next_action()) is not None:
            self._run_job(action.job, partial(self._computed, action), self._job_failed)

    def _computed(self, action: Compute, value: object) -> None:
        if (engine := self._offloading) is not None:
            try:
                engine.receive_computed(action, value, now=self._clock())
                self._start_jobs(engine)
                self._on_change()
            except Exception as bug:  # noqa: BLE001
                self.fail(bug)

    def _job_failed(self, error: BaseException) -> None:
        if not self.closed:
            self.fail(computation_failed(error))

    def output(self) -> bytes:
        """The bytes to send now. Call when the socket is writable: until then the engine holds them back."""
        return self._engine.data_to_send(now=self._clock())

    def deadline(self) -> float:
        """When to call `tick`, by the adapter's clock; infinity for never."""
        deadline = self._engine.next_deadline()
        return math.inf if deadline is None else self._clock.to_monotonic(deadline)

    def tick(self) -> None:
        """Call the engine at its deadline; too early it does nothing."""
        deadline = self._engine.next_deadline()
        if deadline is not None and deadline <= self._clock():
            # Converting between clocks rounds: avoid repeated calls a microsecond early.
            self._engine.handle_deadline(now=max(self._clock(), deadline))
            self._on_change()

    def lost(self, error: Exception) -> None:
        """The socket failed."""
        del error
        self.close()

    def fail(self, bug: Exception) -> None:
        """An unexpected exception of the engine or the adapter: it ends this connection only."""
        engine, self._engine, self._offloading = self._engine, _FAILED_ENGINE, None
        with contextlib.suppress(Exception):  # the first exception is reported
            engine.close(now=self._clock())
        if self._on_bug is not None:
            self._on_bug(bug)
        self._on_change()

    def close(self) -> None:
        """Close the connection from this side."""
        if not self._engine.closed:
            try:
                self._engine.close(now=self._clock())
                self._on_change()
            except Exception as bug:  # noqa: BLE001
                self.fail(bug)

    def _on_change(self) -> None:
        """Handle a change of the engine."""
        self._changed()


class ClientConnectionRunner(ConnectionRunner, Generic[E]):
    """A client connection, and its waiting callers."""

    reads_on = True

    def __init__(
        self,
        config: Config,
        auth_key: AuthKey | None,
        *,
        clock: Clock,
        make_event: Callable[[], E],
        changed: Callable[[], None],
        run_job: RunJob,
        through: str = "",
        tracer: Tracer | None = None,
    ) -> None:
        """`through` is that of `ConnectOptions`, for the texts of errors."""
        self._through = through
        config = replace(config, offload=True)
        self._connection = Connection(config, auth_key=auth_key, entropy=os.urandom, now=clock(), tracer=tracer)
        super().__init__(self._connection, clock, self._wake_pumps, run_job=run_job)
        self._pumps = [changed]
        self.callers: Callers[E] = Callers(make_event, config.limits)
        self._config = config
        self._second: ConnectionRunner | None = None
        self._broken: Exception | None = None
        self._closed_here = False
        self.ready: E = make_event()
        """Set when there is an auth key, so that requests can be sent, or the handshake has failed."""
        if auth_key is not None:
            self.ready.set()

    @property
    def auth_key(self) -> AuthKey:
        """The auth key. Raises LocalProtocolError before the handshake is complete."""
        if self._connection.auth_key is None:
            raise LocalProtocolError("there is no auth key yet")
        return self._connection.auth_key

    def require_ready(self) -> None:
        """Raises what has ended the handshake, if it has failed."""
        self.callers.raise_bug()
        if self._connection.auth_key is None:
            raise self._reason(f"the connection{self._through} ended in the handshake")

    @property
    def closes_gracefully(self) -> bool:
        """Not during the handshake: there is nothing to lose, and the caller has waited for the timeout."""
        return self._connection.auth_key is not None

    @property
    def now(self) -> float:
        """The engine's time."""
        return self._clock()

    def invoke(self, function: Function[R], wake: Wake) -> RequestHandle[R]:
        """Make a request; `wake` is called when `result` has its outcome.

        Raises EncodeError for a value that cannot be encoded, ConnectionLostError (or what ended the connection) when
        the peer has closed it, LocalProtocolError when this side has.
        """
        self._require_open("the connection has ended; the request was not sent")
        handle = self._connection.invoke(function, on_done=self.callers.on_done, now=self._clock())
        self.callers.add(handle, wake)
        self._changed()
        return handle

    def run(self, run: FlowRun, wake: Wake) -> None:
        """Run a flow; `wake` is called when the run has ended. Raises what `invoke` does once closed."""
        self._require_open("the connection has ended; the flow was not run")
        self.callers.require_idle(run.flow)
        self._connection.run(run.flow, now=self._clock())
        self.callers.add_run(run, wake, self._clock())
        self._on_change()

    def result(self, handle: Awaited[R]) -> R:
        """The result of a request or run. Raises its error, or what has ended the connection."""
        if not handle.done:
            self.callers.raise_bug()
        try:
            return handle.result()
        except ConnectionLostError as error:
            lost = error
        raise (self._broken or lost).with_traceback(None)  # without the frames of other callers

    def forget(self, handle: Awaited[Any]) -> None:
        """Cancel a request, or stop a flow, whose caller has stopped waiting. No effect once it is done."""
        if self.callers.remove(handle) and not self.closed:
            if isinstance(handle, FlowRun):
                self._connection.stop(handle.flow, now=self._clock())
            elif isinstance(handle, RequestHandle):
                self._connection.cancel(handle, now=self._clock())
            self._changed()

    def take_update(self) -> TLObject | None:
        """The next update; None when there is none at present. Raises what ended the connection if the peer did."""
        if (updates := self.callers.take_update()) is not None:
            return updates
        if self.closed:
            self._require_open("the connection has ended; no more updates arrive")
        return None

    def no_answer(self, function: Function[Any], seconds: float | None) -> str:
        """The text of the TimeoutError when an answer takes too long."""
        return f"no answer to {function.NAME} within {seconds} s; the connection continues"

    def second(self, changed: Callable[[], None]) -> ConnectionRunner | None:
        """The runner of a second connection for the session, or None if none is needed.

        Over HTTP the server sends only responses: one connection has the long poll, the other is for requests. The data
        of the second connection belongs to the session; its end has no effect on requests.
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
                connection_id=2,
            )
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
            return None
        self._pumps[1:] = [changed]
        self._second = ConnectionRunner(connection, self._clock, self._on_change, self.fail)
        self._second.reads_on = True
        return self._second

    def lost(self, error: Exception) -> None:
        """The socket failed: unanswered requests end as ConnectionLostError with this cause."""
        step = "broke" if self._connection.auth_key is not None else "broke in the handshake"
        broken = ConnectionLostError(f"the connection{self._through} {step}: {error}")
        broken.__cause__ = error
        if not self.closed:
            self._broken = broken
            super().close()

    def fail(self, bug: Exception) -> None:
        """Unanswered requests end with this exception; the engine is not used any more."""
        if self.callers.bug is not None:
            return
        self._engine, self._offloading = _FAILED_ENGINE, None
        if self._second is not None:
            self._second.fail(bug)
        self.callers.fail(bug)
        self.ready.set()
        self._changed()

    def raise_bug(self) -> None:
        """Raise the exception passed to `fail`, if any."""
        self.callers.raise_bug()

    def close(self) -> None:
        """Close the connection from this side."""
        self._closed_here = self._closed_here or not self.closed
        super().close()

    def output(self) -> bytes:
        """The bytes to send now; sending may also end requests."""
        if self.callers.bug is not None:
            return b""
        data = super().output()
        self._take_events()
        return data

    def _on_change(self) -> None:
        self._take_events()
        super()._on_change()

    def _take_events(self) -> None:
        self.callers.note_progress(self._clock)
        while True:
            self._start_jobs(self._connection)
            if (event := self._connection.next_event()) is None:
                return
            match event:
                case events.UpdatesReceived():
                    self.callers.put_update(event.updates)
                case events.SessionCreated():
                    self.callers.session_created()
                case events.InputRequired() | events.FlowFinished() | events.FlowFailed() | events.FlowMoved():
                    if self.callers.end_run(event):
                        self._connection.stop(event.flow, now=self._clock())
                case events.AuthKeyCreated():
                    self.ready.set()
                case events.ConnectionClosed():
                    self._broken = self._broken or event.error
                    self.ready.set()
                    self.callers.news()
                    if self._second is not None:
                        self._second.close()

    def _wake_pumps(self) -> None:
        """Both pumps: either connection may take the output of the session."""
        for changed in self._pumps:
            changed()

    def _require_open(self, otherwise: str) -> None:
        """Raise what has ended the connection, unless this side closed it: the engine does that."""
        self.callers.raise_bug()
        if self.closed and not self._closed_here:
            raise self._reason(otherwise)

    def _reason(self, otherwise: str) -> Exception:
        """Why the connection has ended: the peer's error, or ConnectionLostError."""
        return (self._broken or ConnectionLostError(otherwise)).with_traceback(None)


def no_connection(address: tuple[str, int], through: str, seconds: float | None) -> str:
    """The text of the TimeoutError when connecting and the handshake take too long."""
    return f"no connection with {address[0]} port {address[1]}{through} within {seconds} s"
