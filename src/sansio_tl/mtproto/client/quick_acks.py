"""Quick acknowledgements that are still expected: the server sends one as soon as it has a packet (TR4)."""

from __future__ import annotations

from collections.abc import Sequence

from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.mtproto.message import EncryptedPacket, quick_ack_token

_KEPT = 1024
"""Packets whose quick acknowledgement is expected; when there are more, the oldest is no longer."""


class QuickAcks:
    """The requests whose callers want one, by the token that names their packet."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, list[RequestHandle[object]]] = {}

    def __len__(self) -> int:
        """How many packets are expected to be acknowledged."""
        return len(self._waiting)

    def __contains__(self, token: object) -> bool:
        """Whether the packet of that token is expected to be acknowledged."""
        return token in self._waiting

    def expect(self, sealed: EncryptedPacket, requests: list[RequestHandle[object]]) -> None:
        """A packet is sent, with requests whose callers want an event as soon as the server has them."""
        self._waiting[quick_ack_token(sealed.msg_key_large)] = requests
        if len(self._waiting) > _KEPT:
            del self._waiting[next(iter(self._waiting))]

    def pop(self, token: bytes) -> Sequence[RequestHandle[object]]:
        """The requests in the packet of that token; none if it is not, or no longer, expected."""
        return self._waiting.pop(token, ())

    def clear(self) -> None:
        """There is another connection: what was not acknowledged on the last one will not be any more."""
        self._waiting.clear()
