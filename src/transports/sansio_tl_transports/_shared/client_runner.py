"""Client side shared by the adapters: the engine's `Client`, its waiting callers, and its connections.

    adapter                                      ClientRunner                    sansio_tl.client.Client
    open a socket      <-  next_connect         <-  Connect
    the socket is open ->  connection_made      ->  connection_made; returns a `ConnectionRunner` for its pump
    an error           ->  connection_failed    ->  connection_failed
    its pump           <-  flush                <-  Send, Disconnect
    a timer            ->  deadline, tick       ->  next_deadline, handle_deadline
    a thread           <-  run_job              <-  Compute; then receive_computed

A `FetchConfig` is one more connection to open, to a resolver.

No socket, no loop, no thread. `changed` is called when there is a connection to open, another deadline, or the end.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

from sansio_tl import Client, ClientConfig, Function, Limits, RequestHandle, TLObject, events
from sansio_tl.client import (
    AuthorizationLost,
    ClientEvent,
    Compute,
    Connect,
    ConnectionLost,
    Disconnect,
    FetchConfig,
    HomeDataCenterChanged,
    Send,
    SnapshotChanged,
)
from sansio_tl.client.actions import Endpoint
from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import Framing
from sansio_tl.role import Role
from sansio_tl.trace import Tracer
from sansio_tl.validation import require
from sansio_tl_transports import ConnectError
from sansio_tl_transports._shared.callbacks import call_plain, require_callbacks
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.config_fetch import ConfigFetch, require_h11
from sansio_tl_transports._shared.connect_options import PAUSE, Attempt, ConnectOptions, describe_error
from sansio_tl_transports._shared.connection_runner import CONNECT_TIMEOUT, ConnectionRunner
from sansio_tl_transports._shared.flow_run import FlowRun
from sansio_tl_transports._shared.stored_session import StoredSession
from sansio_tl_transports._shared.waiter import Awaited, Callers, E, RunJob, Wake, computation_failed

R = TypeVar("R")

Report = Callable[[ClientEvent], object]
Save = Callable[[dict[str, Any]], object]


def _nothing() -> None:
    """The attempts have not begun."""


@dataclass(slots=True, eq=False)
class PendingConnect:
    """A connection to open."""

    connection_id: int
    dc_id: int
    attempts: tuple[Attempt, ...]
    endpoints: tuple[Endpoint, ...] = ()
    first: AccountConnectionRunner | None = None
    """Of a second connection of a session: the first one."""
    fetch: ConfigFetch | None = None
    """Of a connection to a resolver: what is to be fetched there."""
    cancel: Callable[[], object] = _nothing
    """Set by the adapter; called when the connection is no longer needed, or took too long."""

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
        run_job: RunJob,
        on_event: Report | None = None,
        save: Save | None = None,
        tracer: Tracer | None = None,
        session: StoredSession | None = None,
    ) -> None:
        """`session` has the snapshot to begin with, if there is one. Raises LocalProtocolError for an invalid snapshot,
        EncodeError for a setting that cannot be encoded, and TypeError for an `on_event` or `save` that is no function,
        or an async one.
        """
        due = "a ClientConfig (connect takes a Config, which is the `connection_config` of a ClientConfig)"
        require(isinstance(config, ClientConfig), "open_client: config", due, config)
        require_callbacks(on_event=on_event, save=save)
        config.connection_config.init_connection_prefix()  # raises before a socket is opened
        if config.config_fallback is not None:
            connect_options.require_plain_addresses("config_fallback")
            require_h11()
        elif any(each.secret is not None for of_dc in (config.endpoints or {}).values() for each in of_dc):
            connect_options.require_plain_addresses("an Endpoint with a secret")
        self._connect_options = connect_options
        self._config = config
        self._clock = clock
        self._changed = changed
        self._run_job = run_job
        self._on_event = on_event
        self._save = save
        self._session = session
        if session is not None:
            snapshot, session.on_failure = session.snapshot, self.fail
        self._opening: tuple[int, tuple[str, int]] | None = None
        each = replace(config.connection_config, offload=True)
        if connect_options.chooses_framing:
            each = replace(each, framing=self._make_framing)
        config = replace(config, connection_config=each)
        self._client = Client(config, snapshot=snapshot, entropy=os.urandom, now=clock(), tracer=tracer)
        self._connections: dict[int, AccountConnectionRunner] = {}
        self._fetches: dict[int, ConnectionRunner] = {}
        self._pending: dict[int, PendingConnect] = {}
        self._to_open: deque[PendingConnect] = deque()
        self._woken: deque[AccountConnectionRunner] = deque()
        """Connections whose pumps have something to do."""
        self._flushing = self._unsettled = False
        self.callers: Callers[E] = Callers(make_event, config.connection_config.limits)
        self.last_failure: str | None = None
        """Why the last connection ended or could not be opened; None if none did."""
        self.settle()

    # -- for the client ----------------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether requests are no longer possible."""
        return self.callers.bug is not None or self._client.closed

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

    def invoke(self, function: Function[R], wake: Wake, dc_id: int | None = None) -> RequestHandle[R]:
        """Make a request; `wake` is called when `result` has its outcome.

        Raises EncodeError for a value that cannot be encoded, LocalProtocolError once closed.
        """
        self._require_open()
        handle = self._client.invoke(function, dc_id=dc_id, on_done=self.callers.on_done, now=self._clock())
        self.callers.add(handle, wake)
        self._settle_soon()
        return handle

    def run(self, run: FlowRun, wake: Wake) -> None:
        """Run a flow; `wake` is called when the run has ended. Raises LocalProtocolError once closed."""
        self._require_open()
        self.callers.require_idle(run.flow)
        self._client.run(run.flow, now=self._clock())
        self.callers.add_run(run, wake, self._clock())
        self.settle()

    def result(self, handle: Awaited[R]) -> R:
        """The result of a request or run. Raises its error, or the bug that has ended the client."""
        if not handle.done:
            self.callers.raise_bug()
        return handle.result()

    def forget(self, handle: Awaited[Any]) -> None:
        """Cancel a request, or stop a flow, whose caller has stopped waiting. No effect once it is done."""
        if self.callers.remove(handle) and not self.closed:
            if isinstance(handle, FlowRun):
                self._client.stop(handle.flow, now=self._clock())
            elif isinstance(handle, RequestHandle):
                self._client.cancel(handle, now=self._clock())
            self._settle_soon()

    def take_update(self) -> TLObject | None:
        """The next update; None when there is none at present."""
        return self.callers.take_update()

    def no_answer(self, function: Function[Any], seconds: float | None) -> str:
        """The text of the TimeoutError when an answer takes too long."""
        reason = f" ({self.last_failure})" if self.last_failure else ""
        return f"no answer to {function.NAME} within {seconds} s{reason}"

    # -- for the tasks that connect and keep time --------------------------------------------------------------------

    def next_connect(self) -> PendingConnect | None:
        """The next connection to open; None when there is none at present."""
        while self._to_open:
            pending = self._to_open.popleft()
            if self._is_needed(pending):
                return pending
        return None

    @property
    def stagger(self) -> float | None:
        """As `ConnectOptions` has it."""
        return self._connect_options.stagger

    def flush(self) -> None:
        """Let pumps send what there is to send; call it soon after `changed`."""
        self._flushing = True
        try:
            if self._unsettled:
                self.settle()
            while self._woken:
                self._woken.popleft().changed()
        finally:
            self._flushing = False

    def connection_made(
        self, pending: PendingConnect, attempt: Attempt, changed: Callable[[], None]
    ) -> ConnectionRunner | None:
        """The socket is open: returns the runner for its pump. None: close it, it is no longer needed.

        `changed` is called when the connection has output, or has ended.
        """
        if self.callers.bug is not None:
            return None
        try:
            return self._connection_made(pending, attempt, changed)
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
            return None

    def _connection_made(
        self, pending: PendingConnect, attempt: Attempt, changed: Callable[[], None]
    ) -> ConnectionRunner | None:
        connection_id: int | None = pending.connection_id
        if not self._is_needed(pending):
            return None
        if pending.fetch is not None:
            return self._fetch_over(pending.connection_id, pending.fetch, changed)
        self._opening = pending.dc_id, attempt.target
        if pending.first is not None:
            connection_id = self._client.second_connection_made(pending.connection_id, now=self._clock())
            pending.first.second_ended(self._clock())
        else:
            del self._pending[pending.connection_id]
            reached = next((each for each in pending.endpoints if (each.host, each.port) == attempt.target), None)
            self._client.connection_made(pending.connection_id, endpoint=reached, now=self._clock())
        if connection_id is None:
            return None
        runner = AccountConnectionRunner(self, self._client, connection_id, self._clock, changed, self._opening)
        self._connections[connection_id] = runner
        self.settle()
        return runner

    def _fetch_over(self, connection_id: int, fetch: ConfigFetch, changed: Callable[[], None]) -> ConnectionRunner:
        del self._pending[connection_id]
        runner = self._fetches[connection_id] = ConnectionRunner(fetch, self._clock, changed, self.fail)
        runner.reads_on = True
        return runner

    def _fetched(self, connection_id: int, outcome: bytes | str) -> None:
        report = self._client.connection_failed if isinstance(outcome, str) else self._client.config_fetched
        self._call(report, connection_id, outcome, now=self._clock())

    def connection_failed(self, pending: PendingConnect, error: Exception) -> None:
        """The connection could not be opened."""
        if not self._is_needed(pending):
            return
        if pending.first is not None:
            pending.first.second_ended(self._clock())
            self._changed()
        else:
            del self._pending[pending.connection_id]
            reason = pending.failure_text(error)
            self._call(self._client.connection_failed, pending.connection_id, reason, now=self._clock())

    def _is_needed(self, pending: PendingConnect) -> bool:
        current = self._pending.get(pending.connection_id) if pending.first is None else pending.first.second
        return current is pending

    def deadline(self) -> float:
        """When to call `tick`, by the adapter's clock; infinity for never."""
        if self.callers.bug is not None:
            return math.inf
        try:
            deadline = self._client.next_deadline()
            if self._session is not None:
                deadline = min(self._clock() + self._session.seconds_left, math.inf if deadline is None else deadline)
            due = math.inf if deadline is None else self._clock.to_monotonic(deadline)
            if self._connect_options.polled:
                seconds = (each.second_at for each in self._connections.values() if each.wants_second)
                due = min(due, self._clock.to_monotonic(min(seconds, default=math.inf)))
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
            return math.inf
        return due

    def tick(self) -> None:
        """Call the client at its deadline; too early it does nothing."""
        if self.callers.bug is not None or self.must_stop():
            return
        try:
            deadline = self._client.next_deadline()
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
            return
        if deadline is not None and deadline <= self._clock():
            # Converting between clocks rounds: avoid repeated calls a microsecond early.
            self._call(self._client.handle_deadline, now=max(self._clock(), deadline))
        elif self._connect_options.polled:
            self.settle()

    def _call(self, method: Callable[..., object], *arguments: object, now: float) -> None:
        """Call the client, which ends at a bug."""
        if self.callers.bug is None:
            try:
                method(*arguments, now=now)
            except Exception as bug:  # noqa: BLE001
                self.fail(bug)
            else:
                self.settle()

    def fail(self, bug: BaseException) -> None:
        """An exception of the engine, the adapter or a callback: it ends this client only.

        All waiting callers raise it. The engine may be in any state and is not used any more.
        """
        if self.callers.bug is not None:
            return
        self.callers.fail(bug)
        while self._pending:
            self._pending.popitem()[1].cancel()
        for runner in self._connections.values():
            runner.disconnect(b"")
            self._woken.append(runner)
        self._connections.clear()
        while self._fetches:
            self._fetches.popitem()[1].close()
        self._to_open.clear()
        self._changed()

    def must_stop(self) -> bool:
        """Whether the lease of the session has expired: then nothing may be sent any more. Ends the client."""
        if self._session is None or not self._session.expired:
            return False
        if not self._client.closed:
            self.fail(self._session.lease_lost())
        return True

    def raise_bug(self) -> None:
        """Raise the exception passed to `fail`, if any."""
        self.callers.raise_bug()

    def close(self) -> None:
        """Close all connections."""
        if not self.closed:
            self._call(self._client.close, now=self._clock())
            self.callers.news()
            if self._session is not None and self.callers.bug is None:
                self._session.put(self._client.snapshot())

    def _require_open(self) -> None:
        self.callers.raise_bug()
        if self.closed:
            raise LocalProtocolError("the client is closed")

    # -- internal ----------------------------------------------------------------------------------------------------

    def _make_framing(self, role: Role, limits: Limits) -> Framing:
        """The framing of a connection, made during `connection_made`."""
        if self._opening is None:
            raise AssertionError("no connection is being opened")
        dc_id, target = self._opening
        return self._connect_options.framed(replace(self._config.connection_config, dc_id=dc_id), target)(role, limits)

    def _settle_soon(self) -> None:
        """Process the actions and events of several calls together, in `flush`."""
        self._unsettled = True
        self._changed()

    def settle(self) -> None:
        """Process the client's actions and events after a change."""
        self._unsettled = False
        try:
            self._do_actions()
            if self._take_events():
                self._do_actions()  # callbacks may have made requests
            if self._connect_options.polled:
                self._open_second_connections()
        except Exception as bug:  # noqa: BLE001
            self.fail(bug)
        if not self._flushing:
            self._changed()

    def _do_actions(self) -> None:
        while self.callers.bug is None and (action := self._client.next_action()) is not None:
            match action:
                case Send():
                    self._woken.append(self._connections[action.connection_id])
                case Connect():
                    targets = [(endpoint.host, endpoint.port) for endpoint in action.endpoints]
                    attempts = tuple(self._connect_options.attempts(targets))
                    pending = PendingConnect(action.connection_id, action.dc_id, attempts, action.endpoints)
                    self._pending[action.connection_id] = pending
                    self._to_open.append(pending)
                case Disconnect():
                    if (given_up := self._pending.pop(action.connection_id, None)) is not None:
                        given_up.cancel()
                    if (runner := self._connections.pop(action.connection_id, None)) is not None:
                        runner.disconnect(action.data)
                        self._woken.append(runner)
                    if (fetch := self._fetches.pop(action.connection_id, None)) is not None:
                        fetch.close()
                case FetchConfig():
                    fetching = ConfigFetch(action, partial(self._fetched, action.connection_id))
                    attempts = (self._connect_options.fetch_attempt(fetching.address),)
                    pending = PendingConnect(action.connection_id, 0, attempts, fetch=fetching)
                    self._pending[action.connection_id] = pending
                    self._to_open.append(pending)
                case Compute():
                    self._run_job(action.job, partial(self._computed, action), self._job_failed)

    def _computed(self, action: Compute, value: object) -> None:
        self._call(partial(self._client.receive_computed, action, value), now=self._clock())

    def _job_failed(self, error: BaseException) -> None:
        """The engine waits for its value, and so would the callers."""
        if not self.closed:
            self.fail(computation_failed(error))

    def _open_second_connections(self) -> None:
        """For HTTP: open a second connection for each session that needs one; end an attempt that takes too long."""
        now = self._clock()
        for connection_id, runner in tuple(self._connections.items()):
            if runner.second_at <= now and runner.wants_second:
                runner.cancel_second()
                dc_id, target = runner.opened
                attempts = tuple(self._connect_options.attempts([target]))
                runner.second = PendingConnect(connection_id, dc_id, attempts, first=runner)
                runner.second_at = now + CONNECT_TIMEOUT
                self._to_open.append(runner.second)

    @property
    def through(self) -> str:
        """As `ConnectOptions` has it."""
        return self._connect_options.through

    def closed_by_peer(self) -> None:
        """The peer has closed a connection."""
        self.last_failure = f"the connection{self.through} was closed by the peer"

    def lost(self, connection_id: int, reason: str) -> None:
        """A socket failed; the client then disconnects."""
        self._call(self._client.connection_failed, connection_id, reason, now=self._clock())

    def _take_events(self) -> bool:
        """Process the client's events; returns whether there were any."""
        changed = found = False
        self.callers.note_progress(self._clock)
        while self.callers.bug is None and (event := self._client.next_event()) is not None:
            found = True
            match event:
                case events.ResultReceived():
                    self.last_failure = None
                case events.RequestFailed() | events.OutcomeUnknown():
                    pass  # their handles are done
                case events.UpdatesReceived():
                    self.callers.put_update(event.updates)
                case events.InputRequired() | events.FlowFinished() | events.FlowFailed():
                    if self.callers.end_run(event):
                        self._client.stop(event.flow, now=self._clock())
                case events.SessionCreated():
                    self.callers.session_created()
                case _:
                    changed |= isinstance(event, SnapshotChanged)
                    self._note(event)
                    self._call_back("on_event", self._on_event, event)
        if changed and self._session is not None:
            self._session.put(self._client.snapshot())
        if changed and self._save is not None:
            self._call_back("save", self._save, self._client.snapshot())
        return found

    def _note(self, event: ClientEvent) -> None:
        if isinstance(event, HomeDataCenterChanged):
            self.callers.expect_session()
        elif isinstance(event, AuthorizationLost) and self._session is not None:
            self._session.authorization_lost(event.error)
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


class AccountConnectionRunner(ConnectionRunner):
    """One connection of a client."""

    reads_on = True

    def __init__(
        self,
        runner: ClientRunner[Any],
        client: Client,
        connection_id: int,
        clock: Clock,
        changed: Callable[[], None],
        opened: tuple[int, tuple[str, int]],
    ) -> None:
        """`opened` is the data center and its address."""
        self.over = False
        """Whether the client has closed the connection, or it was reported as lost."""
        self.changed = changed
        self.opened = opened
        self.second: PendingConnect | None = None
        """The attempt to open a second connection of the session."""
        self.second_at = -math.inf
        """When to begin the next one, by the engine's clock."""
        self._last = b""
        self._runner = runner
        self._client = client
        self._connection_id = connection_id
        self._clock = clock

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self.over

    @property
    def closes_gracefully(self) -> bool:
        """Whether what is not sent yet may still be sent: not after the lease of the session has expired."""
        return not self._runner.must_stop()

    @property
    def wants_second(self) -> bool:
        """Whether the session needs a second connection."""
        return self._client.wants_second_connection(self._connection_id)

    def second_ended(self, now: float) -> None:
        """The attempt to open a second connection has ended."""
        self.second, self.second_at = None, now + PAUSE

    def cancel_second(self) -> None:
        """End the attempt to open a second connection, if there is one."""
        if self.second is not None:
            self.second.cancel()
            self.second = None

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
        self.cancel_second()

    def output(self) -> bytes:
        """The bytes to send now; none without a valid lease of the session."""
        if self._runner.must_stop():
            return b""
        if self.over:
            last, self._last = self._last, b""
            return last
        data = self._client.data_to_send(self._connection_id, now=self._clock())
        self._runner.settle()
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
