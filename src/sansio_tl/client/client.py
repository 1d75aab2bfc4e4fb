"""The client: the calls of the application and of the driver.

`request_router` holds the requests, `connection_manager` the connections, `event_handler` what follows from events, and
`account_state` who is logged in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import Any, TypeVar

from sansio_tl import codec
from sansio_tl.auth.flow import Flow
from sansio_tl.auth.flow_runner import FlowRunner
from sansio_tl.client import snapshot as snapshots
from sansio_tl.client.account_changes import AccountChanges
from sansio_tl.client.account_state import AccountState
from sansio_tl.client.actions import Action, Endpoint
from sansio_tl.client.client_trace import ClientTrace
from sansio_tl.client.config import ClientConfig
from sansio_tl.client.config_fetcher import ConfigFetcher
from sansio_tl.client.connection_manager import KEY_NOT_FOUND, ConnectionManager
from sansio_tl.client.dc_events import DcEvent
from sansio_tl.client.dc_state import DcState
from sansio_tl.client.endpoints import Endpoints
from sansio_tl.client.event_handler import EventHandler
from sansio_tl.client.events import ClientEvent
from sansio_tl.client.flood_waits import FloodWaits
from sansio_tl.client.known_floods import KnownFlood, KnownFloods
from sansio_tl.client.request import ClientRequest
from sansio_tl.client.request_router import RequestRouter
from sansio_tl.computation import Compute
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors import TransportError
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.limits import MAX_DC_ID, is_dc_id
from sansio_tl.mtproto.client import outcomes
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.mtproto.server_clock import check_now
from sansio_tl.tl.objects import Function
from sansio_tl.trace import Tracer
from sansio_tl.validation import require

R = TypeVar("R")


class Client:
    """One account. Any exception except LocalProtocolError and EncodeError is a bug."""

    def __init__(
        self,
        config: ClientConfig,
        *,
        snapshot: Mapping[str, Any] | None = None,
        entropy: Entropy,
        now: float,
        tracer: Tracer | None = None,
    ) -> None:
        """With a `snapshot`, the client continues from the state in which another client was saved.

        `tracer` records what happens (`sansio_tl.trace`).
        Raises LocalProtocolError for an invalid snapshot or config.
        """
        check_now(now)
        require(isinstance(config, ClientConfig), "Client: config", "a ClientConfig", config)
        self._config = config
        self._now = now
        self._closed = False
        self._trace = trace = None if tracer is None else ClientTrace(tracer, now)
        self._events: deque[ClientEvent] = deque()
        self._flows: FlowRunner | None = None
        """Once a flow was run; then it keeps the events for the caller."""
        self._account = AccountState(config.connection_config.dc_id)
        dc_states: dict[int, DcState] = {}
        endpoints: dict[int, tuple[Endpoint, ...]] = {}
        floods: dict[str, KnownFlood] = {}
        if snapshot is not None:
            saved = snapshots.read(snapshot, test_mode=config.connection_config.test_mode)
            self._account = snapshots.account_of(saved)
            dc_states = snapshots.data_centers_of(saved)
            endpoints = snapshots.endpoints_of(saved)
            floods = snapshots.floods_of(saved)
        self._known_floods = KnownFloods(floods, now)
        self._connections = ConnectionManager(
            config,
            self._account,
            dc_states=dc_states,
            endpoints=Endpoints(config.initial_endpoints(), endpoints, prefer_ipv6=config.prefer_ipv6),
            entropy=entropy,
            trace=trace,
        )
        report = self._events.append if trace is None else trace.reporting(self._events.append)
        flood_waits = FloodWaits(self._known_floods, config, report, trace)
        self._requests = RequestRouter(
            self._connections, self._account, flood_waits, config=config, report=report, trace=trace
        )
        self._fetcher = self._make_fetcher(report, entropy)
        self._changes = AccountChanges(self._account, self._connections, self._known_floods, report)
        self._event_handler = EventHandler(
            config, self._account, self._connections, self._requests, flood_waits, self._changes, report
        )
        if config.stay_connected and self._account.user_id is not None:
            dc_session = self._connections.open_session(self._account.home_dc, now)
            if snapshot is not None and config.resume_spread:
                share = int.from_bytes(entropy(4), "little") / 0xFFFFFFFF
                dc_session.resume_at(now + config.resume_spread * share)
            self._reconcile(now)

    def _make_fetcher(self, report: Callable[[ClientEvent], None], entropy: Entropy) -> ConfigFetcher | None:
        fallback = self._config.config_fallback
        if fallback is None:
            return None
        test_mode = self._config.connection_config.test_mode
        return ConfigFetcher(fallback, self._account, self._connections, report, test_mode=test_mode, entropy=entropy)

    # -- state ------------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        user = "not logged in" if self.user_id is None else f"user {self.user_id}"
        return f"<Client: {user}, home data center {self.home_dc}{', closed' if self._closed else ''}>"

    @property
    def config(self) -> ClientConfig:
        """The settings."""
        return self._config

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def home_dc(self) -> int:
        """The data center in which the account lives, as far as is known."""
        return self._account.home_dc

    @property
    def user_id(self) -> int | None:
        """The user that is logged in; None without a login."""
        return self._account.user_id

    @property
    def is_bot(self) -> bool | None:
        """Whether the user is a bot; None if that is unknown."""
        return self._account.is_bot

    @property
    def logout_tokens(self) -> tuple[bytes, ...]:
        """The tokens that logouts and logins have returned, newest first.

        With a token in `auth.CodeOptions`, its account can be logged in without a code.
        """
        return self._account.logout_tokens

    @property
    def auth_keys(self) -> dict[int, AuthKey]:
        """The permanent auth keys, by data center."""
        known = self._connections.dc_states.values()
        return {dc_state.dc_id: dc_state.auth_key for dc_state in known if dc_state.auth_key is not None}

    def snapshot(self) -> dict[str, Any]:
        """The state as a value for `json.dumps`. It contains the auth keys: protect it like a password."""
        for dc_session in self._connections.sessions:
            if dc_session.connection is not None and not dc_session.is_draining:
                dc_session.save_clock()
        return snapshots.take(
            test_mode=self._config.connection_config.test_mode,
            home_dc=self._account.confirmed_home_dc,
            user_id=self._account.user_id,
            is_bot=self._account.is_bot,
            config_domain=self._account.config_domain,
            config_date=self._account.config_date,
            data_centers=list(self._connections.dc_states.values()),
            endpoints=self._connections.endpoints.confirmed,
            logout_tokens=self._account.logout_tokens,
            floods=self._known_floods.current(self._now),
        )

    # -- calls of the application -----------------------------------------------------------------------------------

    def invoke(
        self,
        function: Function[R],
        *,
        dc_id: int | None = None,
        after: RequestHandle[Any] | None = None,
        quick_ack: bool = False,
        on_done: Callable[[RequestHandle[R]], object] | None = None,
        now: float,
    ) -> RequestHandle[R]:
        """Make a request; its outcome is an event with the returned handle, however often the request is sent.

        `next_event` calls `on_done(handle)` just before it returns that event.

        It is sent to the home data center, or to `dc_id`. It is executed only after the request `after`, if that is
        unanswered, in whichever data center that is; if that fails, this one fails with MSG_WAIT_FAILED.

        Raises LocalProtocolError when the client is closed or `dc_id` is not the number of a data center, EncodeError
        when a value has a wrong type or range.
        """
        check_now(now)
        self._now = now
        self._require_open()
        if dc_id is not None and not is_dc_id(dc_id):
            raise LocalProtocolError(
                f"invalid dc_id: found {dc_id!r:.80}, expected the number of a data center, from 1 to {MAX_DC_ID}"
            )
        body = codec.encode(function)
        require(isinstance(function, Function), "function", "an object of a class of sansio_tl.functions", function)
        handle = RequestHandle(function, on_done)
        request = ClientRequest(handle, body, dc_id, quick_ack=quick_ack, after=after)
        self._requests.add(request, now)
        if request.dc_session is None or request.dc_session.connection_id is None:
            self._reconcile(now)
        return handle

    def run(self, flow: Flow[Any], *, now: float) -> None:
        """Run a flow of `sansio_tl.auth`, or continue it after the user has entered something.

        The client makes the flow's requests, at the data centers that it names, and its computations (with
        `Config.offload` these are `Compute` actions for the driver), and passes it updates and time. It runs until
        `FlowFinished` or `FlowFailed` is reported; `InputRequired` says what the user must enter. Until then the client
        keeps the flow: `stop` one that is not needed any more. Several flows may run at once. Raises LocalProtocolError
        when the client is closed, and for a flow that another connection or client runs.
        """
        check_now(now)
        self._now = now
        self._require_open()
        if self._flows is None:
            self._flows = FlowRunner(
                self._config.connection_config.limits, offload=self._config.connection_config.offload
            )
        self._flows.start(flow)
        self._move_flows(self._flows, now)

    def stop(self, flow: Flow[Any], *, now: float) -> None:
        """Run a flow no longer: no event reports it, and whether its last request is executed is unknown.

        `run` continues it, with the updates that arrive meanwhile. No effect if it does not run.
        """
        check_now(now)
        self._now = now
        if self._flows is not None and (handle := self._flows.stop(flow)) is not None:
            self._requests.cancel(handle, now)
            self._reconcile(now)

    def receive_computed(self, action: Compute, value: object, *, now: float) -> None:
        """The job of a `Compute` has returned `value`. No effect if that is not needed any more.

        Raises LocalProtocolError for a value that the job cannot have returned; pass the right one then.
        """
        check_now(now)
        self._now = now
        self._handle_all(self._connections.receive_computed(action, value, now), now)
        if self._flows is not None:
            self._flows.receive_computed(action, value)
        self._reconcile(now)

    def cancel(self, handle: RequestHandle[Any], *, now: float) -> None:
        """The answer is not needed any more: no event reports it. No effect if one has."""
        check_now(now)
        self._now = now
        flows = self._flows
        if flows is not None and flows.is_request(handle):
            return  # `stop` ends a flow
        if self._requests.cancel(handle, now):
            handle.set_cancelled()
            self._reconcile(now)
        elif outcomes.withdraw(self._events if flows is None else flows.events, handle):
            handle.set_cancelled()

    def forget_key(self, dc_id: int, *, now: float) -> None:
        """Give up the permanent key of a data center that has lost it (`AuthKeyNotFound`).

        The next connection makes another one. At home that ends the login (`AuthorizationLost`). A request that was
        sent to that data center and is unanswered ends as `OutcomeUnknown`. Raises LocalProtocolError when the client
        is closed, or has no key of that data center.
        """
        check_now(now)
        self._now = now
        self._require_open()
        if dc_id not in self.auth_keys:
            raise LocalProtocolError(f"invalid dc_id: the client has no auth key of data center {dc_id}")
        self._handle_all(self._connections.forget_key(dc_id, now), now)
        self._changes.on_key_lost(dc_id, TransportError(KEY_NOT_FOUND))
        self._reconcile(now)

    def receive_config(self, text: str | bytes, *, now: float) -> None:
        """Use help.configSimple from elsewhere, such as a push message: base64, as in the TXT records.

        `ConfigFetched` reports whether it is used. Raises LocalProtocolError when the client is closed, and without
        `ClientConfig.config_fallback`.
        """
        check_now(now)
        self._now = now
        self._require_open()
        if self._fetcher is None:
            raise LocalProtocolError("receive_config: ClientConfig.config_fallback is None, expected a ConfigFallback")
        require(isinstance(text, str | bytes), "receive_config: text", "str or bytes", text)
        self._fetcher.receive_config(text, now)
        self._reconcile(now)

    def close(self, *, now: float) -> None:
        """Close all connections. Unanswered requests end as `OutcomeUnknown`."""
        check_now(now)
        self._now = now
        if self._trace is not None:
            self._trace.enter(now)
        self._closed = True
        for dc_session in self._connections.sessions:
            self._connections.disconnect(dc_session, now)
        self._requests.close()
        if self._fetcher is not None:
            self._fetcher.close()
        if self._flows is not None:
            self._move_flows(self._flows, now)
            self._flows.close("the client was closed")

    def _require_open(self) -> None:
        if self._closed:
            raise LocalProtocolError("the client is closed")

    # -- calls of the driver ----------------------------------------------------------------------------------------

    def next_action(self) -> Action | None:
        """The next action for the driver; None when there is none. After any other call there may be one again."""
        flows = self._flows
        if flows is not None:
            self._move_flows(flows, self._now)  # what was sent meanwhile may have ended a request
            if flows.actions:
                return flows.actions.popleft()
        return self._connections.next_action(self._now)

    def next_event(self) -> ClientEvent | None:
        """The next event, in the order in which they happened; None when there is none.

        The handle of a request is done when its outcome is returned. Raises what the `on_done` of a request raises;
        the next call returns the event.
        """
        if self._flows is not None:
            self._move_flows(self._flows, self._now)
            return outcomes.next_event(self._flows.events)
        return outcomes.next_event(self._events) if self._events else None

    def connection_made(self, connection_id: int, *, endpoint: Endpoint | None = None, now: float) -> None:
        """The connection that `Connect` requested is open. If it is no longer needed, nothing happens.

        `endpoint` is the one of `Connect.endpoints` that was connected to. Without it, an address that help.getConfig
        has reported together with others is used, but not kept in the snapshot, because it is unknown which answered.
        """
        check_now(now)
        self._now = now
        self._handle_all(self._connections.connection_made(connection_id, endpoint, now), now)
        self._reconcile(now)

    def connection_failed(self, connection_id: int, reason: str, *, now: float) -> None:
        """The connection that `Connect` requested could not be opened, or broke. `Disconnect` follows.

        The same for a `FetchConfig` without a result.
        """
        check_now(now)
        self._now = now
        if self._fetcher is not None and self._fetcher.is_fetching(connection_id):
            self._fetcher.fetch_failed(reason, now)
        self._handle_all(self._connections.connection_failed(connection_id, reason, now), now)
        self._reconcile(now)

    def config_fetched(self, connection_id: int, body: bytes, *, now: float) -> None:
        """The body of the document that `FetchConfig` requested, of a response with status 200. `Disconnect` follows.

        If it is no longer needed, nothing happens. Raises LocalProtocolError for what is not bytes.
        """
        check_now(now)
        require(isinstance(body, bytes | bytearray | memoryview), "config_fetched: body", "bytes", body)
        self._now = now
        if self._fetcher is not None and self._fetcher.is_fetching(connection_id):
            self._fetcher.fetched(bytes(body), now)
            self._reconcile(now)

    def wants_second_connection(self, connection_id: int) -> bool:
        """Whether a second connection for the session of this one is of use.

        Over HTTP the server sends only in response: one connection keeps a request open, and what the client has to
        send meanwhile would wait for the response. Open one without a `Connect`, and call `second_connection_made`.
        """
        return self._connections.wants_second(connection_id)

    def second_connection_made(self, connection_id: int, *, now: float) -> int | None:
        """A second connection for the session of `connection_id` is open; returns the id of the second one.

        None if it is no longer needed. It ends as every connection does, with a `Disconnect`, and with the first one at
        the latest; its own end has no effect on requests.
        """
        check_now(now)
        self._now = now
        return self._connections.second_connection_made(connection_id, now)

    def receive_data(self, connection_id: int, data: bytes, *, now: float) -> None:
        """Take bytes from a connection; ``b""`` means that the data center has closed it: then `Disconnect` follows."""
        check_now(now)
        self._now = now
        self._handle_all(self._connections.receive_data(connection_id, data, now), now)
        self._reconcile(now)

    def data_to_send(self, connection_id: int, *, now: float) -> bytes:
        """The bytes to write to a connection now, which `Send` has announced. What was returned counts as sent.

        Call it when the connection can take bytes: until then, the client holds them back and puts more into a packet.
        """
        check_now(now)
        self._now = now
        return self._connections.data_to_send(connection_id, now)

    def next_deadline(self) -> float | None:
        """When `handle_deadline` must be called, in the time of `now`; None for never."""
        if self._closed:
            return None
        due = min(self._requests.deadline, self._connections.deadline)
        if self._fetcher is not None:
            due = min(due, self._fetcher.deadline)
        if self._flows is not None and (flow_due := self._flows.next_deadline()) is not None:
            due = min(due, flow_due)
        return None if due == inf else due

    def handle_deadline(self, *, now: float) -> None:
        """Do what is due. To be called when `next_deadline` has come; earlier calls do no harm."""
        check_now(now)
        self._now = now
        if self._closed:
            return
        self._requests.handle_deadline(now)
        if self._flows is not None:
            self._flows.handle_deadline(now)
        self._handle_all(self._connections.handle_deadline(now), now)
        if self._fetcher is not None:
            self._fetcher.handle_deadline(now)
        self._reconcile(now)

    def _handle_all(self, events: Iterable[DcEvent], now: float) -> None:
        if self._trace is not None:
            self._trace.enter(now)
        self._event_handler.handle_all(events, now)

    def _reconcile(self, now: float) -> None:
        if not self._closed:
            self._handle_all(self._connections.reconcile(now), now)
            if self._flows is not None:
                self._move_flows(self._flows, now)

    def _move_flows(self, flows: FlowRunner, now: float) -> None:
        """Pass the events to the flows, and make their requests."""
        flows.sort(self._take_events(), now)
        while (request := flows.next_request(now)) is not None:
            function = request.invoke.function
            handle: RequestHandle[Any] = RequestHandle(function)
            try:
                body = codec.encode(function)
            except LocalProtocolError as error:
                flows.fail(request.flow, error)
                continue
            flows.requested(request.flow, handle)
            self._requests.add(ClientRequest(handle, body, request.invoke.dc), now)
            self._handle_all(self._connections.reconcile(now), now)
            flows.sort(self._take_events(), now)

    def _take_events(self) -> list[ClientEvent]:
        events = list(self._events)
        self._events.clear()
        return events
