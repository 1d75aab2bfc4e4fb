"""Which framing does this client speak? A server learns it from the first bytes of the link.

    ef                         abridged
    ee ee ee ee                intermediate
    second word zero           full: length, then sequence number 0

The tags were chosen so that none can be the beginning of another (TR8 keeps obfuscated2 headers away from all of
them). Nothing is answered before the framing is known.
"""

from __future__ import annotations

from typing import Final

from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing.abridged import Abridged
from sansio_tl.framing.base import Framing
from sansio_tl.framing.buffer import ReceiveBuffer
from sansio_tl.framing.events import FramingEvent
from sansio_tl.framing.full import Full
from sansio_tl.framing.intermediate import Intermediate
from sansio_tl.limits import Limits
from sansio_tl.role import Role

_WORDS_KNOWN: Final = {Intermediate.tag: Intermediate}


class ServerFraming(Framing):
    """Server role: recognises the client's framing by its first bytes, and becomes it."""

    def __init__(self, limits: Limits | None = None) -> None:
        super().__init__(Role.SERVER, limits or Limits())
        self._first = ReceiveBuffer()
        self._inner: Framing | None = None

    def _receive(self, data: bytes) -> None:
        if self._inner is not None:
            self._inner.receive_data(data)
            return
        self._first.append(data)
        inner = self._recognise()
        if inner is not None:
            self._inner = inner
            self.kind = inner.kind
            self.carries_quick_ack = inner.carries_quick_ack
            inner.receive_data(self._first.take(len(self._first)))

    def _end(self) -> None:
        if self._inner is not None:
            self._inner.receive_eof()

    def _recognise(self) -> Framing | None:
        head = self._first.peek(8)
        if head[:1] == Abridged.tag:
            return Abridged(Role.SERVER, self._limits)
        if head[:4] in _WORDS_KNOWN:
            return _WORDS_KNOWN[head[:4]](Role.SERVER, self._limits)
        if len(head) < 8:
            return None
        if head[4:] == bytes(4):
            return Full(Role.SERVER, self._limits)
        raise RemoteProtocolError("TR8", "the first bytes of the link belong to no framing")

    def _next(self) -> FramingEvent | None:
        return self._inner.next_event() if self._inner is not None else None

    def _check_end(self) -> None:
        if self._first:
            raise RemoteProtocolError("TR10", "the stream ended before the client had shown its framing")

    def _write_packet(self, payload: bytes, *, quick_ack: bool) -> None:
        self._known().send_packet(payload, quick_ack=quick_ack)

    def _write_fault(self, code: int) -> None:
        self._known().send_fault(code)

    def _write_quick_ack(self, token: bytes) -> None:
        self._known().send_quick_ack(token)

    def _drain(self) -> bytes:
        return self._inner.data_to_send() if self._inner is not None else b""

    def _known(self) -> Framing:
        if self._inner is None:
            raise LocalProtocolError("the client has not shown its framing yet, so there is no way to send")
        return self._inner
