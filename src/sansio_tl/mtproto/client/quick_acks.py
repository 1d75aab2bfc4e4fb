"""Quick acknowledgements that may still come: by them the server says at once that it has a packet (TR4)."""

from __future__ import annotations

from collections.abc import Sequence

from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.mtproto.message import EncryptedPacket, quick_ack_token

_KEPT = 1024
"""Packets whose quick acknowledgement may still come; one that has not come by then is not missed."""


class QuickAcks:
    """The requests that wait for one, by the token that names their packet."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, list[RequestHandle[object]]] = {}

    def expect(self, sealed: EncryptedPacket, requests: list[RequestHandle[object]]) -> None:
        """The packet leaves, with requests whose callers want to know as soon as the server has them."""
        self._waiting[quick_ack_token(sealed.msg_key_large)] = requests
        if len(self._waiting) > _KEPT:
            del self._waiting[next(iter(self._waiting))]

    def came(self, token: bytes) -> Sequence[RequestHandle[object]]:
        """The requests in the packet of that token; none if nobody waits for it, or not any more."""
        return self._waiting.pop(token, ())

    def clear(self) -> None:
        """There is another link: what was not acknowledged on the last one will not be any more."""
        self._waiting.clear()
