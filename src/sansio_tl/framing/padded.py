"""The padded intermediate framing: the intermediate one, with 0 to 15 random bytes after each payload.

    client's first bytes    dd dd dd dd
    packet                  length: uint32 LE | payload | padding        length = payload + padding, 0..15 bytes of it

TR7: the receiver finds the end of the payload by the payload itself. An encrypted message is 24 bytes and a multiple of
16; a plain one, whose auth key id is zero, carries its length; anything shorter than a plain message's 20 bytes is a
code of 4 bytes. Quick acknowledgements are those of the intermediate framing, unpadded.

Some clients, written for MTProxies that add 3 bytes at most, strip no more than that: a server adds more only if the
client has done so itself. A padded code stays under 16 bytes: TDLib reads a longer packet as a message.
https://core.telegram.org/mtproto/mtproto-transports#padded-intermediate
"""

from __future__ import annotations

from typing import ClassVar, Final

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing.base import CODE_SIZE
from sansio_tl.framing.events import FramingEvent, Packet
from sansio_tl.framing.intermediate import Intermediate
from sansio_tl.framing.packets import QUICK_ACK_CODE, SHORT
from sansio_tl.limits import Limits
from sansio_tl.role import Role

_PLAIN_HEADER: Final = 20
"""auth_key_id: 8 bytes of zero | message_id: 8 | message_data_length: 4."""
_ENCRYPTED_HEADER: Final = 24
"""auth_key_id: 8 | msg_key: 16."""
_NO_KEY: Final = bytes(8)
_LITTLE_PADDING: Final = 3
"""The padding that is removed by a client that only looks at the remainder modulo 4."""
_CODE_PADDING: Final = 7
"""Maximum padding after an error code, whatever the client can remove."""


class PaddedIntermediate(Intermediate):
    """The padded intermediate framing: hides the lengths of messages from observers of the network."""

    name = "padded"
    tag: ClassVar[bytes] = b"\xdd\xdd\xdd\xdd"
    max_padding = 15
    check_below = 1 << 31  # all of them

    def __init__(
        self,
        role: Role,
        limits: Limits | None = None,
        *,
        tagged: bool = True,
        entropy: Entropy | None = None,
    ) -> None:
        """Without `entropy` nothing is padded, which the format allows but hides nothing."""
        super().__init__(role, limits, tagged=tagged)
        self._entropy = entropy
        self._most = self.max_padding if role is Role.CLIENT else _LITTLE_PADDING
        """Maximum padding that is added: a power of two, less one."""

    def _classify(self, packet: Packet) -> FramingEvent | None:
        padded = packet.payload
        size = payload_size(padded)
        if not 0 <= len(padded) - size <= self.max_padding:
            raise RemoteProtocolError("TR7", f"{len(padded) - size} bytes of padding after a message of {size}")
        if len(padded) - size > self._most:
            self._most = self.max_padding
        stripped = Packet(padded[:size], packet.quick_ack)
        return stripped if size >= SHORT else super()._classify(stripped)

    def _write_packet(self, payload: bytes, *, quick_ack: bool) -> None:
        if payload_size(payload) != len(payload):
            raise LocalProtocolError(
                f"invalid packet: {len(payload)} bytes are not a whole message and would be indistinguishable "
                "from padding"
            )
        padding = b""
        if self._entropy is not None:
            drawn = self._entropy(1 + self.max_padding)
            most = self._most if len(payload) > CODE_SIZE else min(self._most, _CODE_PADDING)
            padding = drawn[1 : 1 + (drawn[0] & most)]
        super()._write_packet(payload + padding, quick_ack=quick_ack)


def payload_size(padded: bytes) -> int:
    """How many bytes of `padded` are the message, according to its own length (TR7). May be more than there are."""
    size = len(padded)
    if size < _PLAIN_HEADER:
        is_quick_ack = size >= 2 * CODE_SIZE and int.from_bytes(padded[:4], "little", signed=True) == QUICK_ACK_CODE
        return 2 * CODE_SIZE if is_quick_ack else CODE_SIZE
    if padded.startswith(_NO_KEY):
        return _PLAIN_HEADER + int.from_bytes(padded[16:20], "little")
    return size - (size - _ENCRYPTED_HEADER) % 16 if size >= _ENCRYPTED_HEADER else _ENCRYPTED_HEADER
