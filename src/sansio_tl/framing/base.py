"""The interface of every framing: bytes in, packets out, and the reverse.

A framing splits the byte stream of a connection into packets. It knows nothing about their content, except that it
distinguishes transport error codes from messages. Some framings are packet formats (abridged, intermediate, padded,
full, HTTP), others wrap another framing (obfuscated, WebSocket, fake TLS). `Framing` is the base class of both: it
keeps the first failure, so that a broken connection stays broken, and delivers the packets that came before the end of
the stream first.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Final, NoReturn, final

from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing.events import FramingEvent
from sansio_tl.limits import Limits
from sansio_tl.role import Role

CODE_SIZE: Final = 4
"""Size of a packet that is a transport error code, and of a quick acknowledgement."""

KEY_ID_SIZE: Final = 8
"""Size of the auth key id, with which a message begins."""

_MIN_CODE: Final = -(1 << 31)


class Framing(ABC):
    """The framing of one connection in one role.

    Pass received bytes to `receive_data` (and the end of the stream to `receive_eof`), call `next_event` until it
    returns None, and write what `data_to_send` returns. `RemoteProtocolError` means that the peer violated the framing:
    the stream cannot be parsed any further, and every later call that reads raises the same error again.
    """

    name: ClassVar[str]
    """The name of this framing alone."""
    quick_acks: ClassVar[bool] = False
    """Whether the framing itself has quick acknowledgements."""

    _receive: Callable[[bytes], None]
    """Appends received bytes. Assigned in the constructor, because it changes during the connection."""
    _next: Callable[[], FramingEvent | None]
    """Parses one event from the received bytes."""

    def __init__(self, role: Role, limits: Limits) -> None:
        self._role = role
        self._limits = limits
        of_client = min(limits.max_packet_size, limits.max_client_packet_size)
        of_server = limits.max_packet_size
        self._max_incoming, self._max_outgoing = (
            (of_server, of_client) if role is Role.CLIENT else (of_client, of_server)
        )
        self._failure: RemoteProtocolError | None = None
        self._eof = False
        self._lookahead: FramingEvent | None = None
        self._deferred_error: RemoteProtocolError | None = None
        """A failure that is raised after the events that came before it (TR9)."""
        self._check_key: Callable[[bytes], object] | None = None
        """Checks the auth key id of a packet that is too large for a plain message (TR14)."""
        self._healthy = True
        """True until a failure or the end of the stream: the only check on the path of each packet."""

    @property
    def role(self) -> Role:
        """Which end of the connection this is."""
        return self._role

    @property
    def kind(self) -> str | None:
        """The framing's name with the names of the framings inside; None while a server does not know it yet."""
        return self.name

    @property
    def supports_quick_ack(self) -> bool:
        """Whether a packet can ask for a quick acknowledgement."""
        return self.quick_acks

    @property
    def bare(self) -> tuple[Callable[[bytes], None], Callable[[], FramingEvent | None]]:
        """How bytes come in and events go out, for a wrapper that handles failures itself; not valid after the end."""
        return self._receive, self._next

    def check_large_packets(self, check: Callable[[bytes], object]) -> None:
        """TR14: pass the first 8 bytes of each packet above `Limits.max_plain_packet` to `check`.

        It is called before the rest of the packet has arrived, and raises RemoteProtocolError for a packet that is
        rejected.
        """
        self._check_key = check

    @final
    def receive_data(self, data: bytes) -> None:
        """Process received bytes, any number of them. Empty input changes nothing."""
        if not self._healthy:
            self._raise_failure()
            if self._deferred_error is not None:
                return
            raise LocalProtocolError("receive_data() after receive_eof()")
        try:
            self._receive(data)
        except RemoteProtocolError as error:
            self._fail_after_events(error)

    @final
    def receive_eof(self) -> None:
        """The peer sends nothing more. Raises RemoteProtocolError("TR10") if that cut a packet in two.

        If whole packets are still waiting for `next_event`, they are returned first and the error is raised after them.
        """
        self._raise_failure()
        if self._eof or self._deferred_error is not None:
            return
        self._eof = True
        self._healthy = False
        try:
            self._end()
        except RemoteProtocolError as error:
            self._fail(error)
        self._lookahead = self.next_event()

    @final
    def next_event(self) -> FramingEvent | None:
        """The next thing that the peer sent, or None until more data arrives."""
        if self._healthy:
            try:
                return self._next()
            except RemoteProtocolError as error:
                self._fail(error)
        self._raise_failure()
        event = self._lookahead
        if event is not None:
            self._lookahead = None
            return event
        try:
            event = self._next()
            if event is None and self._deferred_error is not None:
                raise self._deferred_error
            if event is None and self._eof:
                self._check_end()
        except RemoteProtocolError as error:
            self._fail(error)
        return event

    def _fail_after_events(self, error: RemoteProtocolError) -> None:
        """Return the events of the inner framing before raising the failure that the same bytes caused (TR9)."""
        try:
            self._lookahead = self._next()
        except RemoteProtocolError as earlier:
            self._fail(earlier)
        if self._lookahead is None:
            self._fail(error)
        self._deferred_error = error
        self._healthy = False

    def _fail(self, error: RemoteProtocolError) -> NoReturn:
        """Keep the first failure: the stream cannot be parsed after it."""
        self._failure = error
        self._healthy = False
        raise error

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure.with_traceback(None)

    @final
    def stop_reading(self) -> None:
        """The connection is over (TR15): drop unread input. Queued output stays.

        The framing then holds no reference to the connection or to itself, so that both are freed at once.
        """
        self._receive, self._next = _ignore, _nothing
        self._check_key = self._lookahead = self._deferred_error = None
        self._forget_input()

    @final
    def send_packet(self, payload: bytes, *, quick_ack: bool = False) -> None:
        """Queue one packet. `payload` is a whole MTProto message: a multiple of 4 bytes, at least 8.

        `quick_ack` (client role) asks the server for a `QuickAck`. Raises LocalProtocolError if the payload does not
        fit the framing, or if the framing has no quick acknowledgements.
        """
        size = len(payload)
        if size % 4 or size <= CODE_SIZE:
            raise LocalProtocolError(f"invalid packet: found {size} bytes, expected a multiple of 4 above {CODE_SIZE}")
        if size > self._max_outgoing:
            raise LocalProtocolError(f"invalid packet: found {size} bytes, expected at most {self._max_outgoing}")
        if quick_ack and not (self.supports_quick_ack and self._role is Role.CLIENT):
            raise LocalProtocolError(f"a {self._role.value} cannot request quick acks in the {self.kind} framing")
        self._write_packet(payload, quick_ack=quick_ack)

    @final
    def send_transport_error(self, code: int) -> None:
        """Server role: queue a transport error code (a negative int32) instead of a message (TR3)."""
        if self._role is not Role.SERVER:
            raise LocalProtocolError("only a server sends transport error codes")
        if not _MIN_CODE <= code < 0:
            raise LocalProtocolError(f"invalid transport error code: found {code}, expected a negative int32")
        self._write_fault(code)

    @final
    def send_quick_ack(self, token: bytes) -> None:
        """Server role: queue the quick acknowledgement `token`, in the form described at `QuickAck`."""
        if not (self.supports_quick_ack and self._role is Role.SERVER):
            raise LocalProtocolError(f"a {self._role.value} cannot send quick acks in the {self.kind} framing")
        if len(token) != CODE_SIZE or not token[-1] & 0x80:
            raise LocalProtocolError(
                "invalid quick acknowledgement token: expected 4 bytes with the high bit of the last one set"
            )
        self._write_quick_ack(token)

    @property
    def polled(self) -> bool:
        """Whether the server sends only responses, as over HTTP; see `listening` and `has_pending_poll`."""
        return False

    @property
    def listening(self) -> bool:
        """Client role: whether the server can send now. Over HTTP it can while a request is open."""
        return True

    @property
    def has_pending_poll(self) -> bool:
        """Server role: whether the client waits for a response that is not queued yet. Only HTTP clients do."""
        return False

    def send_nothing(self) -> None:  # noqa: B027 - most framings have nothing to do
        """Server role: answer an HTTP client's oldest request without a packet. Other framings do nothing."""

    @property
    def finished(self) -> bool:
        """Whether the framing itself ends the connection: write what is left of `data_to_send`, then close."""
        return False

    @property
    def may_have_output(self) -> bool:
        """Whether `data_to_send` may return bytes. True is always right; False saves a call."""
        return True

    @final
    def data_to_send(self) -> bytes:
        """Everything that is to be written to the connection now; each byte is returned once."""
        return self._drain()

    @abstractmethod
    def _forget_input(self) -> None:
        """Drop unread input."""

    def _end(self) -> None:  # noqa: B027 - most formats do nothing at the end of the stream
        """Process the end of the stream."""

    @abstractmethod
    def _check_end(self) -> None:
        """Raise RemoteProtocolError("TR10") if the stream may not end here. Called when `_next` has no more events."""

    @abstractmethod
    def _write_packet(self, payload: bytes, *, quick_ack: bool) -> None:
        """Queue one packet."""

    @abstractmethod
    def _write_fault(self, code: int) -> None:
        """Queue a transport error code."""

    @abstractmethod
    def _write_quick_ack(self, token: bytes) -> None:
        """Queue a quick acknowledgement."""

    @abstractmethod
    def _drain(self) -> bytes:
        """Return the queued bytes."""


def _ignore(data: bytes) -> None:
    """Ignore input."""


def _nothing() -> None:
    """No event."""
