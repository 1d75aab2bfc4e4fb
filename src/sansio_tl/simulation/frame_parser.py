"""Splits the bytes of a link into packets, for the monitor.

Independent of `sansio_tl.framing`, so that the engine is not checked by itself. One class for both directions of the
four framings that carry packets on a plain stream, and of HTTP with a length in each message.

    intermediate, padded   length: 4 bytes, high bit: quick ack requested       | payload, padding
    abridged               words: 1 byte, or 7f and 3 bytes; high bit as above  | payload
    full                   length: 4 bytes | number: 4 bytes | payload | checksum: 4 bytes

From the server, 4 bytes with the high bit set in the place of a length are a quick acknowledgement.
"""

from __future__ import annotations

from typing import NamedTuple

TAGS = {"abridged": b"\xef", "intermediate": b"\xee" * 4, "padded": b"\xdd" * 4, "full": b"", "http": b""}
"""Framing -> the first bytes of a client."""


class Frame(NamedTuple):
    """One unit of the framing."""

    raw: bytes
    """Its bytes on the wire."""
    payload: bytes
    """The MTProto packet; 4 bytes for a transport error, empty for a quick acknowledgement."""


def framed(payload: bytes, framing: str) -> bytes:
    """A packet in a framing, for the attacker. Not for full, which numbers its packets."""
    if framing == "abridged":
        words = len(payload) // 4
        return (bytes([words]) if words < 0x7F else b"\x7f" + words.to_bytes(3, "little")) + payload
    if framing == "http":
        head = f"POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: {len(payload)}\r\n\r\n"
        return head.encode("ascii") + payload
    return len(payload).to_bytes(4, "little") + payload


class Frames:
    """One direction of one link."""

    def __init__(self, framing: str, *, from_client: bool) -> None:
        cuts = {"abridged": self._abridged, "full": self._full, "http": self._http}
        self._cut = cuts.get(framing, self._intermediate)
        self._from_client = from_client
        self._data = b""
        self._tag = len(TAGS[framing]) if from_client else 0

    @property
    def rest(self) -> bytes:
        """The beginning of an incomplete frame."""
        return self._data

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now. The client's tag counts as part of its first frame."""
        self._data += data
        found: list[Frame] = []
        while len(self._data) > self._tag:
            size, payload = self._cut(self._data[self._tag :])
            if size is None:
                break
            size += self._tag
            found.append(Frame(self._data[:size], payload))
            self._data = self._data[size:]
            self._tag = 0
        return found

    def _intermediate(self, data: bytes) -> tuple[int | None, bytes]:
        if len(data) < 4:
            return None, b""
        length = int.from_bytes(data[:4], "little")
        if length >> 31 and not self._from_client:
            return 4, b""
        length &= (1 << 31) - 1
        return (4 + length, _unpadded(data[4 : 4 + length])) if len(data) >= 4 + length else (None, b"")

    def _abridged(self, data: bytes) -> tuple[int | None, bytes]:
        if data[0] >> 7 and not self._from_client:
            return (4, b"") if len(data) >= 4 else (None, b"")
        words, head = data[0] & 0x7F, 1
        if words == 0x7F:
            if len(data) < 4:
                return None, b""
            words, head = int.from_bytes(data[1:4], "little"), 4
        end = head + 4 * words
        return (end, data[head:end]) if len(data) >= end else (None, b"")

    def _full(self, data: bytes) -> tuple[int | None, bytes]:
        if len(data) < 4:
            return None, b""
        length = max(int.from_bytes(data[:4], "little"), 12)
        return (length, data[8 : length - 4]) if len(data) >= length else (None, b"")

    @staticmethod
    def _http(data: bytes) -> tuple[int | None, bytes]:
        head, end, rest = data.partition(b"\r\n\r\n")
        length = int(head.lower().rpartition(b"content-length:")[2].split(b"\r\n")[0] or 0) if end else 0
        return (len(head) + 4 + length, rest[:length]) if end and len(rest) >= length else (None, b"")


def _unpadded(payload: bytes) -> bytes:
    """The payload without the padding of the padded framing."""
    if len(payload) < 24:
        return payload[:4] if len(payload) < 20 else payload
    if payload[:8] == bytes(8):
        return payload[: 20 + int.from_bytes(payload[16:20], "little")]
    return payload[: len(payload) - (len(payload) - 24) % 16]
