"""Framings that wrap another framing: they transform its bytes and leave its packets alone.

    connection <-> wrapper (obfuscated2, WebSocket, fake TLS) <-> inner framing <-> packets

A wrapper converts the bytes of the connection to those of the inner framing and back; everything about packets belongs
to the inner framing. A server detects the inner framing from the first bytes, so it may be unknown for a while.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.framing.base import Framing
from sansio_tl.framing.events import FramingEvent
from sansio_tl.limits import Limits
from sansio_tl.role import Role


class FramingWrapper(Framing):
    """A framing around another. Subclasses define how bytes come in (`_take_in`) and go out (`_drain`)."""

    def __init__(self, role: Role, limits: Limits | None, inner: Framing | None) -> None:
        super().__init__(role, limits or Limits())
        self._inner = inner
        self._receive = self._take_in
        self._next = self._next_inside

    @property
    def kind(self) -> str | None:
        """The framing's name with the names of the framings inside."""
        return f"{self.name} {self._inner.kind}" if self._inner is not None else self.name

    @property
    def supports_quick_ack(self) -> bool:
        """Whether a packet can ask for a quick acknowledgement: the same as for the inner framing."""
        return self._inner is not None and self._inner.supports_quick_ack

    @property
    def polled(self) -> bool:
        """The output of the inner framing."""
        return self._inner is not None and self._inner.polled

    @property
    def listening(self) -> bool:
        """Client role: whether the server can send now."""
        return self._inner is None or self._inner.listening

    @property
    def has_pending_poll(self) -> bool:
        """Server role: whether the client waits for a response that is not queued yet."""
        return self._inner is not None and self._inner.has_pending_poll

    def check_large_packets(self, check: Callable[[bytes], object]) -> None:
        """Pass it on to the inner framing, which may not be known yet."""
        super().check_large_packets(check)
        if self._inner is not None:
            self._inner.check_large_packets(check)

    def _carry(self, inner: Framing) -> None:
        """Set the inner framing."""
        self._inner = inner
        if self._check_key is not None:
            inner.check_large_packets(self._check_key)

    def send_nothing(self) -> None:
        """Server role: answer an HTTP client's oldest request without a packet."""
        if self._inner is not None:
            self._inner.send_nothing()

    @property
    def finished(self) -> bool:
        """Whether the framing itself ends the connection."""
        return self._inner is not None and self._inner.finished

    @abstractmethod
    def _take_in(self, data: bytes) -> None:
        """Process bytes of the connection."""

    def _next_inside(self) -> FramingEvent | None:
        return self._inner.next_event() if self._inner is not None else None

    def _end(self) -> None:
        if self._inner is not None:
            self._next = self._inner.next_event
            self._inner.receive_eof()

    def _forget_input(self) -> None:
        if self._inner is not None:
            self._inner.stop_reading()

    def _write_packet(self, payload: bytes, *, quick_ack: bool) -> None:
        self._known().send_packet(payload, quick_ack=quick_ack)

    def _write_fault(self, code: int) -> None:
        self._known().send_transport_error(code)

    def _write_quick_ack(self, token: bytes) -> None:
        self._known().send_quick_ack(token)

    def _known(self) -> Framing:
        if self._inner is None:
            raise LocalProtocolError("cannot send: the client's framing is not known yet")
        return self._inner
