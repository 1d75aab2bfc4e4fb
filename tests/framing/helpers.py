"""Feed framings in pieces and collect their events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from hypothesis import strategies as st

from sansio_tl.errors import RemoteProtocolError
from sansio_tl.framing import Abridged, Framing, FramingEvent, Full, Intermediate, Packet
from sansio_tl.limits import Limits
from sansio_tl.role import Role

STREAM_FRAMINGS = (Abridged, Intermediate, Full)

payloads = st.integers(2, 300).flatmap(lambda words: st.binary(min_size=4 * words, max_size=4 * words))
"""Messages as a framing sees them. The first 16 bytes are arbitrary, so many look like codes at a careless glance."""


def limits(max_packet_size: int = 1 << 24) -> Limits:
    return Limits(max_packet_size=max_packet_size)


def drain(framing: Framing) -> list[FramingEvent]:
    return list(events_of(framing))


def events_of(framing: Framing) -> Iterator[FramingEvent]:
    while (event := framing.next_event()) is not None:
        yield event


def outcome(framing: Framing, pieces: Iterable[bytes], *, eof: bool = True) -> list[FramingEvent | str]:
    """The events that `pieces` give, and then the id of the check that failed, if one did."""
    seen: list[FramingEvent | str] = []
    try:
        for piece in pieces:
            framing.receive_data(piece)
            seen.extend(events_of(framing))
        if eof:
            framing.receive_eof()
            seen.extend(events_of(framing))
    except RemoteProtocolError as error:
        seen.append(error.check)
    return seen


def cut(data: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    """`data` in pieces of the given sizes, the rest at the end."""
    at = 0
    for size in sizes:
        yield data[at : at + size]
        at += size
    yield data[at:]


def byte_by_byte(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


def written(role: Role, make: Callable[[Role], Framing], *packets: bytes) -> bytes:
    """What one side writes for these packets, from its first byte on."""
    framing = make(role)
    for packet in packets:
        framing.send_packet(packet)
    return framing.data_to_send()


def _plain(message_id: bytes, words: bytes) -> bytes:
    body = words[: len(words) // 4 * 4]
    return bytes(8) + message_id + len(body).to_bytes(4, "little") + body


_encrypted = st.integers(0, 20).flatmap(lambda blocks: st.binary(min_size=24 + 16 * blocks, max_size=24 + 16 * blocks))
messages = _encrypted.filter(lambda message: message[:8] != bytes(8)) | st.builds(
    _plain, st.binary(min_size=8, max_size=8), st.binary(min_size=4, max_size=300)
)
"""Whole MTProto messages, encrypted or plain, by their outer shape: what padding can be distinguished from."""


def deliver(sender: Framing, receiver: Framing) -> list[FramingEvent]:
    """Move what `sender` has to say over a connection of single bytes."""
    seen: list[FramingEvent] = []
    for piece in byte_by_byte(sender.data_to_send()):
        receiver.receive_data(piece)
        seen.extend(events_of(receiver))
    return seen


def exchange(client: Framing, server: Framing, packets: Iterable[bytes]) -> None:
    """Each packet goes to the server and comes back, over connections of single bytes."""
    for packet in packets:
        client.send_packet(packet)
        assert deliver(client, server) == [Packet(packet)]
        server.send_packet(packet)
        assert deliver(server, client) == [Packet(packet)]
