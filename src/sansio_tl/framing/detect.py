"""Which framing does this client speak? A server learns it from the first bytes of the link.

    ef                         abridged
    ee ee ee ee                intermediate
    dd dd dd dd                padded intermediate
    second word zero           full: length, then sequence number 0
    anything else              64 bytes of an obfuscated2 header, which names the framing inside

No tag is the beginning of another, and TR8 keeps obfuscated2 headers away from all of them. Nothing is answered
before the framing is known.
"""

from __future__ import annotations

from collections.abc import Iterable

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.abridged import Abridged
from sansio_tl.framing.base import Framing
from sansio_tl.framing.buffer import ReceiveBuffer
from sansio_tl.framing.carrier import Carrier
from sansio_tl.framing.full import Full
from sansio_tl.framing.intermediate import Intermediate
from sansio_tl.framing.obfuscated import Obfuscated
from sansio_tl.framing.padded import PaddedIntermediate
from sansio_tl.framing.secret import ProxySecret
from sansio_tl.limits import Limits
from sansio_tl.role import Role


class ServerFraming(Carrier):
    """Server role: recognises the client's framing by its first bytes, and becomes it."""

    def __init__(
        self, limits: Limits | None = None, *, entropy: Entropy | None = None, secrets: Iterable[ProxySecret] = ()
    ) -> None:
        """`entropy` is what paddings are drawn from; clients may use one of the proxy `secrets`, or none."""
        super().__init__(Role.SERVER, limits, None)
        self._entropy = entropy
        self._secrets = tuple(secrets)
        self._first = ReceiveBuffer()

    def _receive(self, data: bytes) -> None:
        if self._inner is None:
            self._first.append(data)
            inner = self._recognise(self._first.peek(8))
            if inner is None:
                return
            self._adopt(inner)
            data = self._first.take(len(self._first))
        self._feed(data)

    def _recognise(self, head: bytes) -> Framing | None:
        role, limits = self._role, self._limits
        if head.startswith(Abridged.tag):
            return Abridged(role, limits)
        if head.startswith(Intermediate.tag):
            return Intermediate(role, limits)
        if head.startswith(PaddedIntermediate.tag):
            return PaddedIntermediate(role, limits, entropy=self._entropy)
        if len(head) < 8:
            return None
        if head[4:] == bytes(4):
            return Full(role, limits)
        return Obfuscated(role, limits, entropy=self._entropy, secrets=self._secrets)

    def _check_end(self) -> None:
        if self._first:
            raise RemoteProtocolError("TR10", "the stream ended before the client had shown its framing")

    def _drain(self) -> bytes:
        return self._inner.data_to_send() if self._inner is not None else b""
