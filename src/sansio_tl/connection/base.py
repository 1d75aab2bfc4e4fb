"""The common part of both ends of a connection: a framing, computations of the handshake, and errors.

Invalid bytes of the peer never raise: the error is in the last event, `ConnectionClosed`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, TypeVar

from sansio_tl.computation import Compute, Computing, compute, go_on
from sansio_tl.connection.offload import Offload
from sansio_tl.errors import RemoteProtocolError, TransportError
from sansio_tl.errors.protocol import LocalProtocolError, ProtocolError
from sansio_tl.events import ConnectionClosed, Event
from sansio_tl.framing import Framing, Packet, QuickAck, TransportErrorReceived
from sansio_tl.mtproto.connection_trace import ConnectionTrace
from sansio_tl.mtproto.plain_message import NO_AUTH_KEY
from sansio_tl.mtproto.server_clock import check_now

E = TypeVar("E", bound="ProtocolError | TransportError | None")


class BaseConnection(ABC):
    """One end of one connection."""

    def __init__(
        self, framing: Framing, trace: ConnectionTrace | None, connection_id: int, *, offload: Offload | None = None
    ) -> None:
        """`connection_id` identifies the connection in what `trace` records; with `offload` the computations of
        handshakes are left to the driver.
        """
        self.closed = False
        """Whether the connection has ended; `ConnectionClosed` is, or was, the last event and has the reason."""
        self._framing = framing
        framing.check_large_packets(self._check_key)
        self._closing: ConnectionClosed | None = None
        """The last event, until `next_event` returns it."""
        self._trace = trace
        self._connection_id = connection_id
        self._offload = offload
        self._paused = False
        """Whether a computation must return before the next packet is read."""
        self._at_end = False
        """Whether the peer sends nothing more."""
        self._framing_touched = True
        """Whether the framing may have output that `data_to_send` has not returned."""

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Take bytes from the peer; ``b""`` means that it has closed its end. Never raises for what the peer sent."""
        check_now(now)
        if self.closed:
            return
        if self._trace is not None:
            self._trace.enter(self._connection_id, now)
        self._framing_touched = True
        try:
            if self._offload is not None and self._paused:
                self._offload.hold(data)
                return
            if data:
                self._framing.receive_data(data)
            else:
                self._framing.receive_eof()
                self._at_end = True
            self._read_packets(now)
        except RemoteProtocolError as error:
            self._on_violation(error)
            self._close(error)

    def _read_packets(self, now: float) -> None:
        """Process what the framing has, until the connection ends or pauses."""
        while not (self.closed or self._paused) and (received := self._framing.next_event()) is not None:
            match received:
                case Packet():
                    if self._trace is not None:
                        self._trace.packet_received(len(received.payload))
                    self._on_packet(received, now)
                case TransportErrorReceived():
                    self._close(TransportError(received.code))
                case QuickAck():
                    self._on_quick_ack(received.token)
        if not self._paused and (self._at_end or self._framing.finished):
            self._close(None)

    # -- computations of the handshake that are left to the driver ---------------------------------------------------

    def next_action(self) -> Compute | None:
        """The next computation for the driver; None when there is none."""
        if self._offload is None or not self._paused:
            return None
        return self._offload.next_action()

    def receive_computed(self, action: Compute, value: object, *, now: float) -> None:
        """The job of a `Compute` has returned `value`. No effect if that is not needed any more.

        Raises LocalProtocolError for a value that the job cannot have returned; pass the right one then.
        """
        check_now(now)
        offload = self._offload
        if offload is None or (computing := offload.take(action, value)) is None:
            return
        if self._trace is not None:
            self._trace.enter(self._connection_id, now)
        self._framing_touched = True
        try:
            self._go_on(offload, computing, value, now)
            self._read_packets(now)
        except RemoteProtocolError as error:
            self._on_violation(error)
            self._close(error)
        while not (self.closed or self._paused) and (data := offload.take_held()) is not None:
            self.receive_data(data, now=now)

    def _make_step(self, step: Computing[Any], now: float) -> None:
        """Make a step of the handshake, or begin it and leave its computations to the driver."""
        if self._offload is None:
            self._on_step(compute(step), now)
        else:
            self._go_on(self._offload, step, None, now)

    def _go_on(self, offload: Offload, step: Computing[Any], value: object, now: float) -> None:
        try:
            job = go_on(step, value)
        except StopIteration as end:
            self._paused = False
            self._on_step(end.value, now)
        else:
            self._paused = True
            offload.wait_for(job, step)

    @abstractmethod
    def _on_step(self, result: Any, now: float) -> None:
        """A step of the handshake is made; `result` is what it has returned."""

    # -- output, time, and the end ----------------------------------------------------------------------------------

    def next_event(self) -> Event | None:
        """The next event; None if there is none."""
        closing, self._closing = self._closing, None
        return closing

    def data_to_send(self, *, now: float) -> bytes:
        """Everything that must go to the peer now. What it returned counts as sent."""
        check_now(now)
        if not self.closed:
            if self._trace is not None:
                self._trace.enter(self._connection_id, now)
            self._flush(now)
        self._framing_touched = False
        return self._framing.data_to_send()

    def handle_deadline(self, *, now: float) -> None:
        """Process the passing of time when `next_deadline` is reached. An earlier call is harmless."""
        check_now(now)
        if self.closed:
            return
        if self._trace is not None:
            self._trace.enter(self._connection_id, now)
        try:
            self._on_deadline(now)
        except RemoteProtocolError as error:
            self._close(error)

    @abstractmethod
    def next_deadline(self) -> float | None:
        """When `handle_deadline` must be called, in the time of `now`; None for never."""

    def close(self, *, now: float) -> None:
        """Close the connection."""
        check_now(now)
        if self._trace is not None:
            self._trace.enter(self._connection_id, now)
        self._close(None)

    def _close(self, error: ProtocolError | TransportError | None) -> None:
        if self.closed:
            return
        self.closed = True
        if self._offload is not None:
            self._offload.end()
        self._on_closed()
        if self._trace is not None:
            self._trace.terminated(error)
        self._framing.stop_reading()
        self._closing = ConnectionClosed(without_frames(error))

    def _require_open(self) -> None:
        if self.closed:
            raise LocalProtocolError("the connection is closed")

    def _check_key(self, auth_key_id: bytes) -> None:
        """TR14: only what a key of ours encrypted may be larger than the messages of a handshake."""
        if auth_key_id == NO_AUTH_KEY:
            raise RemoteProtocolError("TR14", "a packet without a key that is too large for a message of a handshake")
        if not self._knows_key(auth_key_id):
            raise RemoteProtocolError("EN2", f"unknown auth_key_id {auth_key_id.hex()}")

    @abstractmethod
    def _knows_key(self, auth_key_id: bytes) -> bool:
        """Whether there is such a key."""

    @abstractmethod
    def _on_packet(self, packet: Packet, now: float) -> None:
        """A packet has arrived."""

    @abstractmethod
    def _flush(self, now: float) -> None:
        """Put what is queued into the framing."""

    @abstractmethod
    def _on_deadline(self, now: float) -> None:
        """Process the passing of time."""

    def _on_quick_ack(self, token: bytes) -> None:  # noqa: B027  a server gets none
        """The peer has acknowledged a packet."""

    def _on_violation(self, error: RemoteProtocolError) -> None:  # noqa: B027  a client just leaves
        """The peer broke a rule: send what the protocol requires before the connection ends."""

    @abstractmethod
    def _on_closed(self) -> None:
        """The connection has ended: settle what can no longer be answered."""


def without_frames(error: E) -> E:
    """TR15: the error of an event, which may be kept for long; its traceback would keep all that the peer has sent."""
    each: BaseException | None = error
    while each is not None:
        each.__traceback__ = each.__context__ = None
        each = each.__cause__
    return error
