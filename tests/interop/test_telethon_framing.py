"""Framings compared with Telethon's: both write the same bytes, and each reads what the other writes."""

from __future__ import annotations

import asyncio
import os
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telethon.network import connection as theirs
from telethon.network.connection import tcpabridged, tcpfull, tcpintermediate, tcpmtproxy, tcpobfuscated

from sansio_tl.framing import Abridged, AutoDetectFraming, Framing, Full, Intermediate, Obfuscated, Packet, ProxySecret
from sansio_tl.framing.padded import PaddedIntermediate
from sansio_tl.framing.stream import StreamFraming
from sansio_tl.limits import Limits
from sansio_tl.role import Role
from tests.framing.helpers import byte_by_byte, cut, drain, outcome, payloads
from tests.framing.helpers import written as first_bytes
from tests.helpers.entropy import SeededEntropy

MESSAGES = [
    bytes([n] * 8) + SeededEntropy(str(n))(16 + 16 * blocks) for n, blocks in enumerate((1, 29, 30, 31, 1000), 1)
]
"""Encrypted messages, of sizes around those at which abridged changes its form."""
CODECS = {
    "abridged": (tcpabridged.AbridgedPacketCodec, Abridged),
    "intermediate": (tcpintermediate.IntermediatePacketCodec, Intermediate),
    "full": (tcpfull.FullPacketCodec, Full),
}
INSIDE: dict[type[StreamFraming], Any] = {
    Abridged: tcpabridged.AbridgedPacketCodec,
    Intermediate: tcpintermediate.IntermediatePacketCodec,
    PaddedIntermediate: tcpintermediate.RandomizedIntermediatePacketCodec,
}
KEY = bytes(range(16))


def codec(cls: Any) -> Any:
    return cls(SimpleNamespace())


def written(framing: Framing) -> list[bytes]:
    """What our client sends for each message."""
    pieces = []
    for message in MESSAGES:
        framing.send_packet(message)
        pieces.append(framing.data_to_send())
    return pieces


def read_by_them(codec: Any, data: bytes) -> list[bytes]:
    """The packets that their codec reads out of a stream."""

    async def read() -> list[bytes]:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        return [await codec.read_packet(reader) for _ in MESSAGES]

    return asyncio.run(read())


@pytest.mark.parametrize("name", CODECS)
def test_packets_have_the_bytes_of_telethon_and_are_read_back(name: str) -> None:
    cls, ours = CODECS[name]
    one = codec(cls)
    stream = (one.tag or b"") + b"".join(one.encode_packet(message) for message in MESSAGES)
    assert b"".join(written(ours(Role.CLIENT))) == stream
    for pieces in ([stream], byte_by_byte(stream), cut(stream, [7] * 99)):
        server = AutoDetectFraming()
        assert outcome(server, pieces) == [Packet(message) for message in MESSAGES]
        assert server.kind == name


@pytest.mark.parametrize("name", CODECS)
def test_telethon_reads_packets_of_the_server(name: str) -> None:
    cls, ours = CODECS[name]
    stream = b"".join(written(ours(Role.SERVER)))
    assert read_by_them(codec(cls), stream) == MESSAGES


def test_TR7_padding_is_stripped_in_both_directions(monkeypatch: pytest.MonkeyPatch) -> None:
    cls = tcpintermediate.RandomizedIntermediatePacketCodec
    monkeypatch.setattr(tcpintermediate, "random", SimpleNamespace(randint=lambda _low, high: high))
    one = codec(cls)
    stream = b"".join(one.encode_packet(message) for message in MESSAGES)
    server = PaddedIntermediate(Role.SERVER, Limits(), entropy=SeededEntropy("1"), tagged=False)
    assert outcome(server, byte_by_byte(stream), eof=False) == [Packet(message) for message in MESSAGES]
    assert read_by_them(one, b"".join(written(server))) == MESSAGES


@pytest.mark.parametrize("inner", [Abridged, Intermediate])
def test_TR8_obfuscated_header_matches_telethon(inner: type[StreamFraming], monkeypatch: pytest.MonkeyPatch) -> None:
    header, encrypt, decrypt = _their_header(monkeypatch, tcpobfuscated.ObfuscatedIO.init_header, INSIDE[inner])
    _compare(Obfuscated(Role.CLIENT, inner=inner, entropy=SeededEntropy("5")), inner, header, encrypt, decrypt, ())


@pytest.mark.parametrize("kind", ["", "dd"])
def test_TR8_obfuscated_header_for_an_mtproxy_matches_telethon(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inner: type[StreamFraming] = PaddedIntermediate if kind else Intermediate
    secret = ProxySecret.parse(kind + KEY.hex())

    def init(packet_codec: Any) -> Any:
        return tcpmtproxy.MTProxyIO.init_header(bytes.fromhex(kind) + KEY, -2, packet_codec)

    header, encrypt, decrypt = _their_header(monkeypatch, init, INSIDE[inner])
    ours = Obfuscated(Role.CLIENT, inner=inner, entropy=SeededEntropy("5"), secrets=(secret,), dc=-2)
    _compare(ours, inner, header, encrypt, decrypt, (secret,))


def test_every_framing_of_telethon_is_known() -> None:
    names = {name for name in vars(theirs) if name.startswith("ConnectionTcp")}
    assert names == {
        f"ConnectionTcp{name}"
        for name in (
            *("Full", "Abridged", "Intermediate", "Obfuscated"),
            *("MTProxyAbridged", "MTProxyIntermediate", "MTProxyRandomizedIntermediate"),
        )
    }


def _their_header(monkeypatch: pytest.MonkeyPatch, init: Any, packet_codec: Any) -> tuple[bytes, Any, Any]:
    with monkeypatch.context() as patch:
        patch.setattr(os, "urandom", SeededEntropy("5"))
        header, encrypt, decrypt = init(packet_codec)
    return bytes(header), encrypt, decrypt


def _compare(
    ours: Obfuscated,
    inner: type[StreamFraming],
    header: bytes,
    encrypt: Any,
    decrypt: Any,
    secrets: tuple[ProxySecret, ...],
) -> None:
    """The same random bytes give the same header; either side's server then reads the other's stream."""
    assert ours.data_to_send() == header
    one = codec(INSIDE[inner])
    sent = header + encrypt.encrypt(b"".join(one.encode_packet(message) for message in MESSAGES))
    server = AutoDetectFraming(entropy=SeededEntropy("6"), secrets=secrets)
    assert outcome(server, cut(sent, [64, 1, 100]), eof=False) == [Packet(message) for message in MESSAGES]
    answered = decrypt.encrypt(b"".join(written(server)))
    assert read_by_them(one, answered) == MESSAGES


def first_packet_read_by_telethon(codec: Any, data: bytes) -> bytes:
    """The first packet as one of Telethon's codecs reads it."""

    async def read() -> bytes:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        packet: bytes = await codec.read_packet(reader)
        return packet

    return asyncio.run(read())


@given(payloads)
def test_random_abridged_packets_have_the_bytes_of_telethon(payload: bytes) -> None:
    codec = tcpabridged.AbridgedPacketCodec(SimpleNamespace())
    data = first_bytes(Role.CLIENT, Abridged, payload)
    assert data == codec.tag + codec.encode_packet(payload)
    assert first_packet_read_by_telethon(codec, data[1:]) == payload


@given(payloads)
def test_random_intermediate_packets_have_the_bytes_of_telethon(payload: bytes) -> None:
    codec = tcpintermediate.IntermediatePacketCodec(SimpleNamespace())
    data = first_bytes(Role.CLIENT, Intermediate, payload)
    assert data == codec.tag + codec.encode_packet(payload)
    assert first_packet_read_by_telethon(codec, data[4:]) == payload


@given(st.lists(payloads, max_size=3))
def test_random_full_packets_have_the_bytes_of_telethon(packets: list[bytes]) -> None:
    codec = tcpfull.FullPacketCodec(SimpleNamespace())
    data = first_bytes(Role.CLIENT, Full, *packets)
    assert data == b"".join(codec.encode_packet(packet) for packet in packets)

    async def read() -> list[bytes]:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        return [await codec.read_packet(reader) for _ in packets]

    assert asyncio.run(read()) == packets


@pytest.mark.parametrize(
    ("inner", "codec", "peer"),
    [
        (Abridged, tcpabridged.AbridgedPacketCodec, None),
        (Intermediate, tcpintermediate.IntermediatePacketCodec, None),
        (Abridged, tcpabridged.AbridgedPacketCodec, KEY),
        (PaddedIntermediate, tcpintermediate.RandomizedIntermediatePacketCodec, b"\xdd" + KEY),
    ],
)
def test_obfuscated_streams_of_telethon_are_read_with_and_without_a_proxy_secret(
    inner: type[StreamFraming], codec: type, peer: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (tcpobfuscated, tcpmtproxy):
        monkeypatch.setattr(module.os, "urandom", SeededEntropy(7))
    if peer is None:
        header, encrypt, decrypt = tcpobfuscated.ObfuscatedIO.init_header(codec)
        secrets, dc = [], None
    else:
        header, encrypt, decrypt = tcpmtproxy.MTProxyIO.init_header(peer, 2, codec)
        secrets, dc = [ProxySecret.parse(peer)], 2
    ours = Obfuscated(Role.CLIENT, inner=inner, entropy=SeededEntropy(7), secrets=secrets, dc=dc)
    assert ours.data_to_send() == bytes(header)
    inside = inner(Role.CLIENT, tagged=False)
    inside.send_packet(MESSAGES[0])
    data = encrypt.encrypt(inside.data_to_send())
    assert outcome(AutoDetectFraming(secrets=secrets), [bytes(header) + data]) == [Packet(MESSAGES[0])]
    server = AutoDetectFraming(secrets=secrets)
    server.receive_data(bytes(header))
    drain(server)
    server.send_packet(MESSAGES[0])
    answer = decrypt.encrypt(server.data_to_send())
    assert outcome(inner(Role.CLIENT), [answer]) == [Packet(MESSAGES[0])]
