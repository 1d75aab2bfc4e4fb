"""The descriptions of the wire formats are right: real bytes are parsed with them, field by field."""

from __future__ import annotations

from random import Random
from typing import Any
from xml.etree import ElementTree as ET
from zlib import crc32

import pytest

import wire_drawing
from documented_methods import DOCS
from sansio_tl.framing import FRAMINGS, AutoDetectFraming, Framing, Packet, ProxySecret, SecretKind
from sansio_tl.framing.factory import client_framing
from sansio_tl.framing.obfuscated import ciphers_of
from sansio_tl.limits import Limits
from sansio_tl.mtproto.envelope import encrypt_message
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.plain_message import seal_plain
from sansio_tl.role import Role
from tests.helpers.attacker import KEY

NOW = 1_790_000_000.0
TOKEN, CODE = b"\x01\x02\x03\x84", -404
SECRET = ProxySecret(SecretKind.FAKE_TLS, bytes(range(16)), "example.org")


def read(line: wire_drawing.Line, data: bytes) -> dict[str, bytes]:
    """Split bytes by a description, of which at most one field has a variable size. Fields of one name are numbered."""
    fixed = sum(field.size for field in line.fields if isinstance(field.size, int))
    found: dict[str, bytes] = {}
    at = 0
    for field in line.fields:
        size = field.size if isinstance(field.size, int) else len(data) - fixed
        name = field.name if field.name not in found else f"{field.name} 2"
        found[name] = data[at : at + size]
        at += size
    assert at == len(data), f"{line.title}: {len(data) - at} bytes are left over"
    return found


def check(line: wire_drawing.Line, data: bytes, known: dict[str, bytes]) -> dict[str, bytes]:
    """Split bytes, and compare every field whose value is described."""
    found = read(line, data)
    for field in line.fields:
        if field.value:
            expected = known[field.value] if field.value in known else bytes.fromhex(field.value)
            assert found[field.name] == expected, f"{line.title}: {field.name}"
    return found


def line_of(name: str, title: str) -> wire_drawing.Line:
    [line] = [line for line in wire_drawing.formats()[name].line if line.title == title]
    return line


def open_pair(name: str, **settings: Any) -> tuple[Framing, Framing, bytes]:
    """A client and a server after the first packet, and the bytes of that packet."""
    entropy = Random(name).randbytes
    client = client_framing(name, entropy=entropy, now=NOW, host="example.org", **settings)(Role.CLIENT, Limits())
    server = AutoDetectFraming(entropy=entropy, secrets=[SECRET], now=NOW)
    client.send_packet(wire_drawing.payload(40))
    first = client.data_to_send()
    server.receive_data(first)
    return client, server, first


def values_of(payload: bytes) -> dict[str, bytes]:
    size = len(payload)
    words = size // 4
    return {
        "words": words.to_bytes(1 if words < 0x7F else 3, "little"),
        "words with the high bit": bytes((words & 0x7F | 0x80,)),
        "length": size.to_bytes(4, "little"),
        "length with the high bit": (size | 1 << 31).to_bytes(4, "little"),
        "token": TOKEN,
        "token reversed": TOKEN[::-1],
        "code": CODE.to_bytes(4, "little", signed=True),
    }


@pytest.mark.parametrize("name", ["abridged", "intermediate"])
def test_packets_of_the_stream_are_as_drawn(name: str) -> None:
    for line in wire_drawing.formats()[name].line:
        client, server, first = open_pair(name)
        server.next_event()
        payload = wire_drawing.payload(line.payload or 40)
        if line.title.startswith("first"):
            data = first[: len(first) - len(wire_of(client, wire_drawing.payload(40)))]
        elif line.payload:
            client.send_packet(payload, quick_ack=line.quick_ack)
            data = client.data_to_send()
        else:
            data = sent_by_server(server, line)
        found = check(line, data, values_of(payload))
        if line.payload:
            assert found["payload"] == payload


def wire_of(client: Framing, payload: bytes) -> bytes:
    client.send_packet(payload)
    return client.data_to_send()


def sent_by_server(server: Framing, line: wire_drawing.Line) -> bytes:
    if line.title == "quick ack":
        server.send_quick_ack(TOKEN)
    else:
        server.send_transport_error(CODE)
    return server.data_to_send()


def test_padded_packet_is_as_drawn() -> None:
    client, _, first = open_pair("padded")
    tag, packet = wire_drawing.formats()["padded"].line
    check(tag, first[:4], {})
    payload = wire_drawing.payload(40)
    data = wire_of(client, payload)
    assert data[:4] == (len(data) - 4).to_bytes(4, "little")
    assert data[4:44] == payload
    assert 0 <= len(data) - 44 <= 15
    assert [field.size for field in packet.fields] == [4, "n", "0..15"]
    assert packet.fields[0].value == "length with padding"


def test_full_packet_is_as_drawn() -> None:
    _, _, first = open_pair("full")
    [line] = wire_drawing.formats()["full"].line
    length = len(first).to_bytes(4, "little")
    checksum = crc32(first[:-4]).to_bytes(4, "little")
    found = check(line, first, {"length of the packet": length, "crc32 of the preceding bytes": checksum})
    assert found["payload"] == wire_drawing.payload(40)


def test_obfuscated_header_is_as_drawn() -> None:
    client, server, first = open_pair("obfuscated", dc=4)
    line = line_of("obfuscated", "first 64 bytes of the connection")
    assert sum(field.size for field in line.fields if isinstance(field.size, int)) == 64
    plain = ciphers_of(first[:64], None)[0].update(first[:64])
    found = read(line, first[:8] + first[8:56] + plain[56:64])
    assert found["tag"] == b"\xee" * 4
    assert found["dc"] == (4).to_bytes(2, "little")
    assert isinstance(server.next_event(), Packet)
    assert client.kind == "obfuscated intermediate"


@pytest.mark.parametrize("name", ["http", "websocket"])
def test_exchange_of_text_is_as_drawn(name: str) -> None:
    _, server, first = open_pair(name)
    server.next_event()
    if name == "http":
        server.send_packet(wire_drawing.payload(40))
    for message, data in zip(wire_drawing.formats()[name].message, (first, server.data_to_send()), strict=True):
        drawn = [line for line in message.lines if line and not line.startswith("(")]
        head, _, body = data.partition(b"\r\n\r\n")
        real = head.decode().split("\r\n")
        assert real[0].strip() == drawn[0].strip()
        assert {line.partition(":")[0].lower() for line in real[1:]} == {
            line.partition(":")[0].lower() for line in drawn[1:]
        }
        for line in drawn[1:]:
            if not line.endswith("..."):
                assert line.lower() in [each.lower() for each in real]
        if "(packet)" in message.lines:
            assert body == wire_drawing.payload(40)


def test_websocket_frame_is_as_drawn() -> None:
    client, server, _ = open_pair("websocket")
    client.receive_data(server.data_to_send())
    client.data_to_send()
    data = wire_of(client, wire_drawing.payload(40))
    found = check(line_of("websocket", "frame"), data, {})
    assert found["80 | length"] == bytes((0x80 | len(found["obfuscated bytes"]),))


def test_fake_tls_is_as_drawn() -> None:
    client, server, first = open_pair("obfuscated", secret=SECRET)
    lengths = {"length big-endian": first[3:5], "length of the hello": (len(first) - 9).to_bytes(3, "big")}
    assert first[3:5] == (len(first) - 5).to_bytes(2, "big")
    check(line_of("fake TLS", "ClientHello"), first, lengths)
    answer = server.data_to_send()
    hello = int.from_bytes(answer[3:5], "big") + 5
    noise = len(answer) - hello - 6 - 5
    line = line_of("fake TLS", "answer")
    sizes = {"n": hello, "m": noise}
    assert sum(sizes[f.size] if isinstance(f.size, str) else f.size for f in line.fields) == len(answer)
    client.receive_data(answer)
    after = client.data_to_send()
    record = after[after.index(b"\x17\x03\x03") :]
    found = check(line_of("fake TLS", "record"), record, {"length big-endian": (len(record) - 5).to_bytes(2, "big")})
    assert found["obfuscated bytes"]


def test_messages_are_as_drawn() -> None:
    body = bytes(range(20))
    [plain] = wire_drawing.formats()["plain"].line
    data = seal_plain(8 << 32, body)
    assert check(plain, data, {"length of body": len(body).to_bytes(4, "little")})["body"] == body
    [encrypted] = wire_drawing.formats()["encrypted"].line
    sealed = encrypt_message(
        Message(8 << 32, 1, body),
        auth_key=KEY,
        salt=1,
        session_id=2,
        sender=Role.CLIENT,
        entropy=Random("seal").randbytes,
    )
    fixed = [field for field in encrypted.fields if isinstance(field.size, int)]
    assert sum(field.size for field in fixed if isinstance(field.size, int)) == 24 + 32
    assert sealed.packet[:8] == KEY.id
    assert encrypted.fields[0].value == "auth key id"


@pytest.mark.parametrize("name", wire_drawing.formats())
def test_drawing_shows_every_field_and_value(name: str) -> None:
    shown = {text for element in ET.fromstring(wire_drawing.draw(name)).iter() if (text := element.text)}
    described = wire_drawing.formats()[name]
    for line in described.line:
        assert {line.title, *(field.name for field in line.fields), *(span.label for span in line.spans)} <= shown
    for message in described.message:
        assert {text for text in message.lines if text} <= shown


def test_every_framing_is_described_and_shown() -> None:
    rows = {row[0]: row for row in wire_drawing.overview()}
    assert list(rows) == list(FRAMINGS)
    for name in FRAMINGS:
        assert wire_drawing.formats()[name.split()[0]].purpose
    assert rows["abridged"][1:5] == ("ef", "1", "yes", "none")
    assert rows["obfuscated padded"][2:5] == ("4 to 19", "yes", "0 to 15 bytes")
    assert rows["full"][3] == "no"
    page = (DOCS / "framings.md").read_text()
    for name in wire_drawing.formats():
        assert f"```{{wire}} {name}\n" in page
