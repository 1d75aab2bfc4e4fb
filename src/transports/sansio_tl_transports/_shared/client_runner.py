"""Client side shared by the adapters: the engine's `Client`, waiting callers, and pending connections.

    adapter                                      ClientRunner                    sansio_tl.client.Client
    open a socket      <-  next_connect         <-  Connect
    the socket is open ->  connection_made      ->  connection_made; returns a `ConnectionRunner` for its pump
    an error           ->  connection_failed    ->  connection_failed
    a timer            ->  deadline, tick       ->  next_deadline, handle_deadline

No socket, no loop, no thread. Every change that the adapter's tasks may wait for calls `changed`.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sansio_tl import Client, ClientConfig, Function, Limits, RequestHandle, TLObject, events, types
from sansio_tl.auth import Flow
from sansio_tl.client import ClientEvent, Connect, ConnectionLost, Disconnect, HomeDataCenterChanged, SnapshotChanged
from sansio_tl.errors import ConnectionLostError, LocalProtocolError
from sansio_tl.framing import Framing
from sansio_tl.mtproto.client.unread_updates import UnreadUpdates
from sansio_tl.role import Role
from sansio_tl.trace import Tracer
from sansio_tl.validation import require
from sansio_tl_transports import ConnectError
from sansio_tl_transports._shared.callbacks import call_plain, require_plain
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_options import PAUSE, Attempt, ConnectOptions, describe_error
from sansio_tl_transports._shared.connection_runner import ConnectionRunner
from sansio_tl_transports._shared.waiter import Answer, E, Pulse

R = TypeVar("R")

Report = Callable[[ClientEvent], object]
Save = Callable[[dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class PendingConnect:
    """A connection to open."""

    connection_id: int
    attempts: tuple[Attempt, ...]
    second: bool = False
    """Whether it is the second connection of the session of `connection_id`, which is open."""

    def failure_text(self, error: Exception) -> str:
        """The text of a failure: address and reason."""
        if any(attempt.proxy is not None for attempt in self.attempts):
            return describe_error(error)  # names the proxy
        places = dict.fromkeys(f"{attempt.host} port {attempt.port}" for attempt in self.attempts)
        return f"{', '.join(places)}: {error.reason if isinstance(error, ConnectError) else describe_error(error)}"


class ClientRunner(Generic[E]):
    """The client of one account, and its waiting callers."""

    def __init__(
        self,
        config: ClientConfig,
        snapshot: dict[str, Any] | None,
        *,
        connect_options: ConnectOptions,
        clock: Clock,
        make_event: Callable[[], E],
        changed: Callable[[], None],
        on_event: Report | None = None,
        save: Save | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        """Raises LocalProtocolError for an invalid snapshot, EncodeError for a setting that cannot be encoded, and
        TypeError for an async `on_event` or `save`.
        """
        due = "a ClientConfig (connect takes a Config, which is the `connection_config` of a ClientConfig)"
        require(isinstance(config, ClientConfig), "open_client: config", due, config)
        require_plain(on_event=on_event, save=save)
        config.connection_config.init_connection_prefix()  # raises before a socket is opened
        self._connect_options = connect_options
        self._config = config
        self._clock = clock
        self._make_event = make_event
        self._changed = changed
        self._on_event = on_event
        self._save = save
        self._opening: tuple[int, tuple[str, int]] | None = None
        if connect_options.chooses_framing:
            config = replace(config, connection_config=replace(config.connection_config, framing=self._make_framing))
        self._client = Client(config, snapshot=snapshot, entropy=os.urandom, now=clock(), tracer=tracer)
        self._connections: dict[int, AccountConnectionRunner] = {}
        self._pending: dict[int, Connect] = {}
        self._opened: dict[int, tuple[int, tuple[str, int]]] = {}
        self._to_open: deque[PendingConnect] = deque()
        self._second_due: dict[int, float] = {}
        """Connections with a second one -> when to open the next second one, by the adapter's clock."""
        self._waiting: dict[RequestHandle[Any], Answer[Any, E]] = {}
        self._updates = UnreadUpdates(config.connection_config.limits)
        self._flows: WeakKeyDictionary[Flow[Any], UnreadUpdates] = WeakKeyDictionary()
        self._sessions = 0
        self._bug: BaseException | None = None
        self._bug_trace: TracebackType | None
        self.last_failure: str | None = None
        """Why the last connection ended or could not be opened; None if none did."""
        self.news: Pulse[E] = Pulse(make_event)
        """Fires when there are updates, and when there will be no more."""
        self.settle()

    # -- for the client ----------------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether requests are no longer possible."""
        return self._bug is not None or self._client.closed

    @property
    def now(self) -> float:
        """The engine's time."""
        return self._clock()

    @property
    def api_id(self) -> int:
        """The api_id of the application."""
        return self._config.connection_config.api_id

    @property
    def logout_tokens(self) -> tuple[bytes, ...]:
        """Future auth tokens of earlier logins and logouts."""
        return self._client.logout_tokens

    @property
    def user_id(self) -> int | None:
        """The id of the logged-in user; None while no user is logged in."""
        return self._client.user_id

    @property
    def dc_id(self) -> int:
        """The home data center of the account, as far as known."""
        return self._client.home_dc

    def snapshot(self) -> dict[str, Any]:
        """The state, for another process."""
        return self._client.snapshot()

    def forget_key(self, dc_id: int | None) -> None:
        """Drop the permanent key of a data center, by default the home one. Raises LocalProtocolError."""
        self._require_open()
        self._client.forget_key(self._client.home_dc if dc_id is None else dc_id, now=self._clock())
        self.settle()

    def invoke(
        self, function: Function[R], dc_id: int | None, answer: Answer[R, E] | None = None
    ) -> tuple[RequestHandle[R], Answer[R, E]]:
        """Make a request, whose outcome `answer` gets, or a new one.

        Raises EncodeError for a value that cannot be encoded, LocalProtocolError once closed.
        """
        self._require_open()
        handle = self._client.invoke(function, dc_id=dc_id, now=self._clock())
        answer = self._waiting[handle] = answer or Answer(self._make_event())
        self.settle()
        return handle, answer

    @property
    def has_waiters(self) -> bool:
        """Whether a caller waits for an answer."""
        return bool(self._waiting)

    def forget(self, handle: RequestHandle[Any]) -> None:
        """Cancel a request whose caller has stopped waiting. No effect once it is answered."""
        if self._waiting.pop(handle, None) is not None and not self.closed:
            self._client.cancel(handle, now=self._clock())
            self.settle()

    def take_update(self) -> TLObject | None:
        """The next update; None when there is none at present."""
        return self._updates.take()

    def no_answer(self, function: Function[Any], seconds: float | None) -> str:
        """The text of the TimeoutError when an answer takes too long."""
        reason = f" ({self.last_failure})" if self.last_failure else ""
        return f"no answer to {function.NAME} within {seconds} s{reason}"

    # -- for flows ---------------------------------------------------------------------------------------------------

    def watch(self, flow: Flow[Any]) -> None:
        """Queue updates for this flow from now on, until it is garbage-collected."""
        self._flows.setdefault(flow, UnreadUpdates(self._config.connection_config.limits))

    def moved(self, flow: Flow[Any]) -> bool:
        """Pass the time and the received updates to a waiting flow; returns whether it can continue.

        Raises LocalProtocolError when the client is closed.
        """
        kept = self._flows.get(flow)
        while kept is not None and (updates := kept.take()) is not None:
            flow.receive_update(updates, now=self._clock())
        deadline = flow.next_deadline()
        if deadline is not None and deadline <= self._clock():
            flow.handle_deadline(now=max(self._clock(), deadline))
        moved = flow.finished or flow.next_action() is not None
        if not moved:
            self._require_open()
        return moved

    def flow_deadline(self, flow: Flow[Any]) -> float:
        """The deadline of the flow, by the adapter's clock; infinity for none."""
        deadline = flow.next_deadline()
        return math.inf if deadline is None else self._clock.to_monotonic(deadline)

    # -- for the tasks that connect and keep time --------------------------------------------------------------------

    def next_connect(self) -> PendingConnect | None:
        """The next connection to open; None when there is none at present."""
        return self._to_open.popleft() if self._to_open else None

    @property
    def stagger(self) -> float | None:
        """As `ConnectOptions` has it."""
        return self._connect_options.stagger

    def connection_made(self, pending: PendingConnect, attempt: Attempt) -> ConnectionRunner | None:
        """The socket is open: returns the runner for its pump. None: close it, the attempt was cancelled."""
        if self._bug is not None:
            return None
        try:
            return self._connection_made(pending, attempt)
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
            return None

    def _connection_made(self, pending: PendingConnect, attempt: Attempt) -> ConnectionRunner | None:
        now = self._clock()
        if pending.second:
            dc_id = self._opened.get(pending.connection_id, (0, attempt.target))[0]
            self._opening = (dc_id, attempt.target)
            connection_id = self._client.second_connection_made(pending.connection_id, now=now)
        else:
            action = self._pending.pop(pending.connection_id, None)
            connection_id = None if action is None else action.connection_id
            if action is not None:
                self._opening = self._opened[action.connection_id] = (action.dc_id, attempt.target)
                reached = next((each for each in action.endpoints if (each.host, each.port) == attempt.target), None)
                self._client.connection_made(action.connection_id, endpoint=reached, now=now)
        if connection_id is None:
            return None
        driver = self._connections[connection_id] = AccountConnectionRunner(
            self, self._client, connection_id, self._clock
        )
        self.settle()
        return driver

    def connection_failed(self, pending: PendingConnect, error: Exception) -> None:
        """The connection could not be opened."""
        if self._bug is None and not pending.second and self._pending.pop(pending.connection_id, None) is not None:
            try:
                self._client.connection_failed(pending.connection_id, pending.failure_text(error), now=self._clock())
                self.settle()
            except Exception as bug:  # noqa: BLE001
                self.fail(bug)

    def deadline(self) -> float:
        """When to call `tick`, by the adapter's clock; infinity for never."""
        if self._bug is not None:
            return math.inf
        try:
            return self._deadline()
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
            return math.inf

    def _deadline(self) -> float:
        deadline = self._client.next_deadline()
        due = math.inf if deadline is None else self._clock.to_monotonic(deadline)
        for connection_id, at in self._second_due.items():
            if at < due and self._client.wants_second_connection(connection_id):
                due = at
        return due

    def tick(self) -> None:
        """Call the client at its deadline; too early it does nothing."""
        if self._bug is not None:
            return
        try:
            self._tick()
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)

    def _tick(self) -> None:
        deadline = self._client.next_deadline()
        if deadline is not None and deadline <= self._clock():
            # Converting between clocks rounds: avoid repeated calls a microsecond early.
            self._client.handle_deadline(now=max(self._clock(), deadline))
            self.settle()
        elif self._open_second_connections():
            self._changed()

    def fail(self, bug: BaseException) -> None:
        """An exception of the engine, the adapter or a callback: it ends this client only.

        All waiting callers raise it. The engine may be in any state and is not used any more.
        """
        if self._bug is not None:
            return
        self._bug, self._bug_trace = bug, bug.__traceback__
        self._to_open.clear()
        while self._connections:
            self._connections.popitem()[1].over = True
        while self._waiting:
            self._waiting.popitem()[1].fail(bug)
        self.news()
        self._changed()

    def raise_bug(self) -> None:
        """Raise the exception passed to `fail`, if any."""
        if self._bug is not None:
            raise self._bug.with_traceback(self._bug_trace)

    def close(self) -> None:
        """Close all connections."""
        if not self.closed:
            try:
                self._client.close(now=self._clock())
                self.settle()
                self.news()
            except Exception as bug:  # noqa: BLE001
                self.fail(bug)

    def _require_open(self) -> None:
        self.raise_bug()
        if self.closed:
            raise LocalProtocolError("the client is closed")

    # -- internal ----------------------------------------------------------------------------------------------------

    def _make_framing(self, role: Role, limits: Limits) -> Framing:
        """The framing of a connection, made during `connection_made`."""
        if self._opening is None:
            raise AssertionError("no connection is being opened")
        dc_id, target = self._opening
        return self._connect_options.framed(replace(self._config.connection_config, dc_id=dc_id), target)(role, limits)

    def settle(self) -> None:
        """Process the client's actions and events after a change."""
        try:
            self._do_actions()
            if self.take_events():
                self._do_actions()  # callbacks may have made requests
            if self._connect_options.polled:
                self._open_second_connections()
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
        self._changed()

    def _do_actions(self) -> None:
        while self._bug is None and (action := self._client.next_action()) is not None:
            if isinstance(action, Connect):
                self._pending[action.connection_id] = action
                targets = [(endpoint.host, endpoint.port) for endpoint in action.endpoints]
                self._to_open.append(
                    PendingConnect(action.connection_id, tuple(self._connect_options.attempts(targets)))
                )
                continue
            if not isinstance(action, Disconnect):
                continue  # each pump asks for output when its socket is writable; no flow is run
            self._pending.pop(action.connection_id, None)
            self._opened.pop(action.connection_id, None)
            self._second_due.pop(action.connection_id, None)
            if (driver := self._connections.pop(action.connection_id, None)) is not None:
                driver.disconnect(action.data)

    def _open_second_connections(self) -> bool:
        """For HTTP: open a second connection for each session that needs one."""
        if not self._connect_options.polled or self._bug is not None:
            return False
        found = False
        for connection_id, (_, target) in self._opened.items():
            at = self._clock.to_monotonic(self._clock())
            due = self._second_due.get(connection_id, -math.inf)
            if due <= at and self._client.wants_second_connection(connection_id):
                self._second_due[connection_id] = at + PAUSE
                self._to_open.append(
                    PendingConnect(connection_id, tuple(self._connect_options.attempts([target])), second=True)
                )
                found = True
        return found

    @property
    def through(self) -> str:
        """As `ConnectOptions` has it."""
        return self._connect_options.through

    def closed_by_peer(self) -> None:
        """The peer has closed a connection."""
        self.last_failure = f"the connection{self.through} was closed by the peer"

    def lost(self, connection_id: int, reason: str) -> None:
        """A socket failed."""
        self._connections.pop(connection_id, None)
        if self._bug is not None:
            return
        self._client.connection_failed(connection_id, reason, now=self._clock())
        self.settle()

    def take_events(self) -> bool:
        """Process the client's events; returns whether there were any."""
        changed = found = False
        while self._bug is None and (event := self._client.next_event()) is not None:
            found = True
            match event:
                case events.ResultReceived():
                    self.last_failure = None
                    self._answer(event.handle).succeed(event.result)
                case events.RequestFailed():
                    self._answer(event.handle).fail(event.error)
                case events.OutcomeUnknown():
                    self._answer(event.handle).fail(ConnectionLostError(event.reason))
                case events.UpdatesReceived():
                    self._keep(event.updates)
                case events.SessionCreated():
                    self._sessions += 1
                    if self._sessions > 1:  # the first one is new; at a later one updates may have been lost
                        self._keep(types.UpdatesTooLong())
                case _:
                    changed |= isinstance(event, SnapshotChanged)
                    self._note(event)
                    self._call_back("on_event", self._on_event, event)
        if changed and self._save is not None:
            self._call_back("save", self._save, self._client.snapshot())
        return found

    def _note(self, event: ClientEvent) -> None:
        if isinstance(event, HomeDataCenterChanged):
            self._sessions = 0
        elif isinstance(event, ConnectionLost) and event.error is not None:
            self.last_failure = f"data center {event.dc_id}: {event.error}"

    def _call_back(self, name: str, callback: Callable[[Any], object] | None, what: Any) -> None:
        """Call a callback; an exception of it ends the client, and is raised on exit."""
        if callback is None:
            return
        try:
            call_plain(name, callback, what)
        except BaseException as error:  # noqa: BLE001  SystemExit, too: it may occur in a worker thread
            self.fail(error)

    def _answer(self, handle: RequestHandle[Any]) -> Answer[Any, E]:
        """The pending answer, or a new one if no caller waits."""
        return self._waiting.pop(handle, None) or Answer(self._make_event())

    def _keep(self, updates: TLObject) -> None:
        for kept in self._flows.values():
            kept.put(updates)
        self._updates.put(updates)
        self.news()


class AccountConnectionRunner(ConnectionRunner):
    """One connection of a client."""

    reads_on = True

    def __init__(self, runner: ClientRunner[Any], client: Client, connection_id: int, clock: Clock) -> None:
        self.over = False
        """Whether the client has closed the connection, or it was reported as lost."""
        self._last = b""
        self._runner = runner
        self._client = client
        self._connection_id = connection_id
        self._clock = clock

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self.over

    def receive(self, data: bytes) -> None:
        """Handle received data; ``b""`` is the end of the stream."""
        if not self.over:
            if not data:
                self._runner.closed_by_peer()
            self._client.receive_data(self._connection_id, data, now=self._clock())
            self._runner.settle()

    def disconnect(self, data: bytes) -> None:
        """The client closes the connection; `data` is its last output."""
        self.over, self._last = True, data

    def output(self) -> bytes:
        """The bytes to send now."""
        if self.over:
            last, self._last = self._last, b""
            return last
        data = self._client.data_to_send(self._connection_id, now=self._clock())
        self._runner.take_events()
        return data

    def deadline(self) -> float:
        """Never: the `ClientRunner` has one deadline for all connections."""
        return math.inf

    def tick(self) -> None:
        """Nothing: see `deadline`."""

    def lost(self, error: Exception) -> None:
        """The socket failed."""
        self._report_lost(f"the connection{self._runner.through} broke: {error}")

    def fail(self, bug: Exception) -> None:
        """An unexpected exception: it ends the client, because the engine is shared by all connections."""
        self.over = True
        self._runner.fail(bug)

    def close(self) -> None:
        """Close the connection from this side."""
        self._report_lost("the connection was closed by this side")

    def _report_lost(self, reason: str) -> None:
        if not self.over:
            self.over = True
            self._runner.lost(self._connection_id, reason)
