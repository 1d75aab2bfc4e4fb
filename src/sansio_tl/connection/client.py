"""The client's end of a connection: framing, handshake, session and requests.

    conn = Connection(config, entropy=os.urandom, now=now)
    handle = conn.invoke(functions.help.GetConfig(), now=now)
    sock.sendall(conn.data_to_send(now=now))
    conn.receive_data(sock.recv(65536), now=now)
    while (event := conn.next_event()) is not None: ...

`now` is seconds since the Unix epoch from a clock that never steps back. Requests may be made at once; they are sent
when there is a key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sansio_tl.auth.flow import Flow
from sansio_tl.auth.flow_runner import FlowRunner
from sansio_tl.computation import Compute
from sansio_tl.config import Config
from sansio_tl.connection.base import BaseConnection
from sansio_tl.connection.offload import Offload
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.events import AuthKeyCreated, Event
from sansio_tl.framing import Packet
from sansio_tl.mtproto.client import outcomes
from sansio_tl.mtproto.client.handshake import ClientHandshake
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.mtproto.client.request_trace import RequestTrace
from sansio_tl.mtproto.client.session import ClientSession
from sansio_tl.mtproto.connection_trace import ClientSessionTrace
from sansio_tl.mtproto.handshake_common import HandshakeResult
from sansio_tl.mtproto.message_ids import Numbering
from sansio_tl.mtproto.plain_message import open_plain, seal_plain
from sansio_tl.mtproto.server_clock import check_now
from sansio_tl.role import Role
from sansio_tl.tl.objects import Function
from sansio_tl.trace import Tracer
from sansio_tl.validation import require

R = TypeVar("R")

__all__ = ["Connection", "RequestHandle"]


class Connection(BaseConnection):
    """One connection of a client to one data center. Any exception but LocalProtocolError is a bug."""

    def __init__(
        self,
        config: Config,
        *,
        auth_key: AuthKey | None = None,
        session: ClientSession | None = None,
        entropy: Entropy,
        now: float,
        tracer: Tracer | None = None,
        connection_id: int = 1,
    ) -> None:
        """With neither `auth_key` nor `session` the connection begins with a handshake.

        A `session` given here belongs to the caller: it outlives the connection, with its unanswered requests. Without
        one, the connection makes its own, and requests that are unanswered when it ends become `OutcomeUnknown`.
        `tracer` records what happens (`sansio_tl.trace`), under this `connection_id`; a `session` brings its own.

        Raises EncodeError for a setting that cannot be sent, LocalProtocolError for a value that is not a `Config`.
        """
        check_now(now)
        require(isinstance(config, Config), "Connection: config", "a Config", config)
        trace = None if session is None else session.trace
        if session is None and tracer is not None:
            trace = ClientSessionTrace(
                tracer, RequestTrace(tracer), config.dc_id, config.limits, now, owns_requests=True
            )
        super().__init__(
            config.framing(Role.CLIENT, config.limits),
            trace,
            connection_id,
            offload=Offload(config.limits.max_plain_packet) if config.offload else None,
        )
        if trace is not None:
            trace.enter(connection_id, now)
            trace.opened()
        self._polled = self._framing.polled
        """Whether the server sends only in answer to a request, as over HTTP."""
        self._auth_key = auth_key
        self._session = session or ClientSession(
            None if config.temporary_key_lifetime else auth_key,
            temporary=config.temporary_key_lifetime is not None,
            init_connection_prefix=config.init_connection_prefix(),
            limits=config.limits,
            entropy=entropy,
            now=now,
            trace=trace,
        )
        self._owns_session = session is None
        self._config = config
        self._entropy = entropy
        self._now = now
        """When bytes or time came last, for the flows."""
        self._flows: FlowRunner | None = None
        """Once a flow was run; then it keeps the events for the caller."""
        self._plain_numbering = Numbering()
        self._handshake: ClientHandshake | None = None
        self._step_deadline: float
        """When the handshake fails, if there is one."""
        self._begin(now)

    def _begin(self, now: float) -> None:
        """Make the keys that are missing, the permanent one first, then go on encrypted."""
        lifetime = self._config.temporary_key_lifetime
        if self._session.auth_key is not None:
            self._session.connection_made(now, polled=self._polled)
        elif self._auth_key is None:
            self._start_handshake(now, expires_in=None)
        elif lifetime is None:
            self._session.set_auth_key(self._auth_key)
            self._session.connection_made(now, polled=self._polled)
        else:
            self._start_handshake(now, expires_in=lifetime)

    def _start_handshake(self, now: float, expires_in: int | None) -> None:
        self._handshake = ClientHandshake(
            public_keys=self._config.resolved_public_keys,
            dc=self._config.wire_dc_id,
            entropy=self._entropy,
            limits=self._config.limits,
            expires_in=expires_in,
        )
        self._step_deadline = now + self._config.limits.handshake_timeout
        if self._trace is not None:
            self._trace.handshake_started(temporary=expires_in is not None)
        self._send_plain(self._handshake.start(), now)

    def __repr__(self) -> str:
        key = "no auth key yet" if self._auth_key is None else repr(self._auth_key)
        return f"<Connection: data center {self._config.dc_id}, {key}{', closed' if self.closed else ''}>"

    @property
    def auth_key(self) -> AuthKey | None:
        """The permanent key, by which the data center knows this client; None until a handshake has made it."""
        return self._auth_key

    @property
    def session(self) -> ClientSession:
        """The session that uses this connection."""
        return self._session

    @property
    def is_polling(self) -> bool:
        """Whether the server sends only in answer to a request, as over HTTP."""
        return self._polled

    def invoke(
        self,
        function: Function[R],
        *,
        after: RequestHandle[object] | None = None,
        quick_ack: bool = False,
        on_done: Callable[[RequestHandle[R]], object] | None = None,
        now: float,
    ) -> RequestHandle[R]:
        """Make a request; its outcome is an event with the returned handle. `next_event` calls `on_done(handle)` just
        before it returns that event.

        The server executes it only after the request `after`, if that is not answered yet (invokeAfterMsg). With
        `quick_ack`, which not every framing can carry, `QuickAckReceived` reports that the server has it.

        Raises LocalProtocolError when the connection is closed or too many requests are unanswered, EncodeError (one of
        them) when a value has a wrong type or range; then nothing is sent.
        """
        check_now(now)
        self._require_open()
        if self._trace is not None:
            self._trace.enter(self._connection_id, now)
        if quick_ack and not self._framing.supports_quick_ack:
            raise LocalProtocolError(f"the {self._framing.kind} framing has no quick acknowledgements")
        return self._session.invoke(function, after=after, quick_ack=quick_ack, on_done=on_done)

    def cancel(self, handle: RequestHandle[object], *, now: float) -> None:
        """Cancel a request: no event reports its outcome, and the server is asked not to answer.

        No effect if an event has reported it.
        """
        check_now(now)
        if self._trace is not None:
            self._trace.enter(self._connection_id, now)
        flows = self._flows
        if flows is not None and flows.is_request(handle):
            return  # `stop` ends a flow
        if self._session.cancel(handle) or (flows is not None and outcomes.withdraw(flows.events, handle)):
            handle.set_cancelled()

    def run(self, flow: Flow[Any], *, now: float) -> None:
        """Run a flow of `sansio_tl.auth`, or continue it after the user has entered something.

        The connection makes the flow's requests and computations (with `Config.offload`, `next_action` returns these),
        and passes it updates and time. It runs until `FlowFinished`, `FlowFailed` or `FlowMoved` is reported;
        `InputRequired` says what the user must enter. Until then the connection keeps the flow: `stop` one that is not
        needed any more. Several flows may run at once. Raises LocalProtocolError when the connection is closed, and for
        a flow that another connection or client runs.
        """
        check_now(now)
        self._require_open()
        if self._flows is None:
            self._flows = FlowRunner(self._config.limits, self._config.dc_id, offload=self._config.offload)
        self._flows.start(flow)
        self._move_flows(self._flows, now)

    def stop(self, flow: Flow[Any], *, now: float) -> None:
        """Run a flow no longer: no event reports it, and whether its last request is executed is unknown.

        `run` continues it, with the updates that arrive meanwhile. No effect if it does not run.
        """
        check_now(now)
        if self._trace is not None:
            self._trace.enter(self._connection_id, now)
        if self._flows is not None and (handle := self._flows.stop(flow)) is not None:
            self._session.cancel(handle)

    def next_action(self) -> Compute | None:
        """The next computation for the driver, with `Config.offload`; None when there is none.

        Flows and the handshake need some.
        """
        flows = self._flows
        if flows is not None:
            self._move_flows(flows, self._now)
            if flows.actions:
                return flows.actions.popleft()
        return super().next_action()

    def receive_computed(self, action: Compute, value: object, *, now: float) -> None:
        """The job of a `Compute` has returned `value`. No effect if that is not needed any more.

        Raises LocalProtocolError for a value that the job cannot have returned; pass the right one then.
        """
        super().receive_computed(action, value, now=now)
        if self._flows is not None:
            self._flows.receive_computed(action, value)
            self._move_flows(self._flows, now)

    def _move_flows(self, flows: FlowRunner, now: float) -> None:
        """Pass the events to the flows, and make their requests."""
        if self._trace is not None:
            self._trace.enter(self._connection_id, now)
        flows.sort(self._session.take_events(), now)
        if (closing := super().next_event()) is not None:
            flows.sort((closing,), now)
        while not self.closed and (request := flows.next_request(now)) is not None:
            try:
                flows.requested(request.flow, self._session.invoke(request.invoke.function))
            except LocalProtocolError as error:
                flows.fail(request.flow, error)

    def next_event(self) -> Event | None:
        """The next event; None if there is none. The handle of a request is done when its outcome is returned.

        Raises what the `on_done` of a request raises; the next call returns the event.
        """
        if self._flows is not None:
            self._move_flows(self._flows, self._now)
            return outcomes.next_event(self._flows.events)
        return self._session.next_event() or super().next_event()

    def take_event(self) -> Event | None:
        """The next event, as `ClientSession.take_event` returns it."""
        return self._session.take_event() or super().next_event()

    def has_output(self, now: float) -> bool:
        """Whether `data_to_send` may return bytes; if this is False, it returns none."""
        if self._handshake is None and not self.closed:
            if not self._polled:
                if self._session.has_packets(now):
                    return True
            elif not self._framing.listening and self._session.http_polls.has_request(self, now):
                return True
        return self._framing_touched and self._framing.may_have_output

    def next_deadline(self) -> float | None:
        """When `handle_deadline` must be called, in the time of `now`; None for never."""
        if self.closed:
            return None
        due = self._step_deadline if self._handshake is not None else self._session.deadline
        if self._flows is not None and (flow_due := self._flows.next_deadline()) is not None:
            return min(due, flow_due)
        return due

    def _knows_key(self, auth_key_id: bytes) -> bool:
        return self._handshake is None and self._session.find_key(auth_key_id) is not None

    def _on_packet(self, packet: Packet, now: float) -> None:
        self._now = now
        if self._handshake is None:
            self._session.receive_packet(packet.payload, now)
            if self._session.binding_error is not None:
                raise RemoteProtocolError("HS18", f"the temporary key was not bound: {self._session.binding_error}")
        else:
            self._on_handshake_packet(self._handshake, packet.payload, now)

    def _on_handshake_packet(self, handshake: ClientHandshake, packet: bytes, now: float) -> None:
        body = open_plain(packet, Role.SERVER)
        if self._trace is not None:
            self._trace.handshake_step(body, sent=False)
        self._make_step(handshake.step(body), now)

    def _on_step(self, result: bytes | None, now: float) -> None:
        """The body of our answer in the handshake; None if that is over."""
        self._step_deadline = now + self._config.limits.handshake_timeout
        if result is not None:
            self._send_plain(result, now)
        handshake = self._handshake
        if handshake is not None and handshake.negotiated is not None:
            self._handshake = None
            self._on_handshake_complete(handshake.negotiated, now)

    def _on_handshake_complete(self, negotiated: HandshakeResult, now: float) -> None:
        """A handshake has made a key."""
        expires_in = negotiated.expires_in
        self._session.report(
            AuthKeyCreated(
                negotiated.auth_key,
                negotiated.server_salt,
                time_offset=negotiated.server_time - now,
                expires_in=expires_in,
            )
        )
        if expires_in is None:
            self._auth_key = negotiated.auth_key
        if expires_in is not None or not self._config.temporary_key_lifetime:
            self._session.set_negotiated_key(negotiated, now)
        if expires_in is not None and self._auth_key is not None:
            self._session.bind(self._auth_key, int(negotiated.server_time) + expires_in)
        self._begin(now)

    def _send_plain(self, body: bytes, now: float) -> None:
        packet = seal_plain(self._plain_numbering.next_id(now), body)
        if self._trace is not None:
            self._trace.plain_packet_sent(packet)
        self._framing.send_packet(packet)

    def _flush(self, now: float) -> None:
        if self._flows is not None:
            self._now = now
            self._move_flows(self._flows, now)
        if self._handshake is not None:
            return
        if self._polled:
            if self._framing.listening:
                return
            self._session.http_polls.start(self, self._config.limits.long_poll_timeout, now)
        for packet in self._session.packets_to_send(now):
            self._framing.send_packet(packet.data, quick_ack=packet.quick_ack)

    def _on_quick_ack(self, token: bytes) -> None:
        self._session.receive_quick_ack(token)

    def _on_deadline(self, now: float) -> None:
        if self._flows is not None:
            self._now = now
            self._flows.handle_deadline(now)
        if self._handshake is None:
            self._session.handle_deadline(now)
        elif now >= self._step_deadline:
            raise RemoteProtocolError(
                "HS15", f"no answer within {self._config.limits.handshake_timeout:g} s in the handshake"
            )

    def _on_closed(self) -> None:
        self._session.http_polls.end(self)
        if self._owns_session:
            self._session.close("the connection ended before the answer arrived")
