"""TR11: MTProto over WebSocket, both ends."""

from __future__ import annotations

import sys

import pytest
import wsproto
from hypothesis import given
from hypothesis import strategies as st
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Pong, RejectConnection, Request

from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing import (
    AutoDetectFraming,
    Framing,
    Intermediate,
    Obfuscated,
    Packet,
    QuickAck,
    TransportErrorReceived,
)
from sansio_tl.framing.websocket import WebSocketClient, WebSocketServer
from sansio_tl.role import Role
from tests.framing.helpers import byte_by_byte, cut, deliver, drain, exchange, outcome, payloads
from tests.helpers.entropy import SeededEntropy

MESSAGE = b"K" * 40


def client(seed: int = 0, inner: Framing | None = None) -> WebSocketClient:
    inner = inner or Obfuscated(Role.CLIENT, entropy=SeededEntropy(seed))
    return WebSocketClient(inner=inner, entropy=SeededEntropy(~seed), host="web.example")


def connected() -> tuple[WebSocketClient, AutoDetectFraming]:
    ours, server = client(), AutoDetectFraming()
    assert deliver(ours, server) == []
    assert deliver(server, ours) == []
    assert deliver(ours, server) == []
    return ours, server


# -- both ends ------------------------------------------------------------------------------------------------------


@given(st.lists(payloads, min_size=1, max_size=3), st.integers())
def test_client_and_server_exchange_packets(packets: list[bytes], seed: int) -> None:
    ours, server = client(seed), AutoDetectFraming()
    ours.send_packet(packets[0])
    assert deliver(ours, server) == []
    assert deliver(server, ours) == []
    assert deliver(ours, server) == [Packet(packets[0])]
    exchange(ours, server, packets)
    assert ours.kind == server.kind == "websocket obfuscated intermediate"


def test_message_that_arrives_with_the_upgrade_of_an_http_connection_is_read() -> None:
    ours = client()
    upgrade = ours.data_to_send()
    server = AutoDetectFraming()
    server.receive_data(upgrade)
    ours.receive_data(server.data_to_send())
    ours.send_packet(MESSAGE)
    server = AutoDetectFraming()
    polled = b"POST /api HTTP/1.1\r\nHost: dc.example\r\nContent-Length: 8\r\n\r\nABCDEFGH"
    assert outcome(server, [polled], eof=False) == [Packet(b"ABCDEFGH")]
    server.send_packet(bytes(8))
    server.data_to_send()
    server.receive_data(upgrade + ours.data_to_send())
    assert server.next_event() == Packet(MESSAGE)


@given(st.lists(payloads, min_size=1, max_size=3), st.integers(), st.lists(st.integers(0, 90)))
def test_TR9_any_fragmentation_gives_the_same_events(packets: list[bytes], seed: int, sizes: list[int]) -> None:
    ours, server = client(seed), AutoDetectFraming()
    question = ours.data_to_send()
    server.receive_data(question)
    grant = server.data_to_send()
    ours.receive_data(grant)
    for packet in packets:
        ours.send_packet(packet)
        question += ours.data_to_send()
    expected = [Packet(packet) for packet in packets]
    for pieces in ([question], byte_by_byte(question), cut(question, sizes)):
        assert outcome(AutoDetectFraming(), pieces) == expected


def test_packets_sent_before_the_upgrade_are_queued() -> None:
    ours = client()
    ours.send_packet(MESSAGE)
    assert ours.data_to_send().endswith(b"\r\n\r\n")
    assert ours.data_to_send() == b""


def test_transport_errors_and_quick_acks_pass_through() -> None:
    ours, server = connected()
    ours.send_packet(MESSAGE, quick_ack=True)
    assert deliver(ours, server) == [Packet(MESSAGE, quick_ack=True)]
    server.send_quick_ack(b"ABC\x84")
    server.send_transport_error(-404)
    assert deliver(server, ours) == [QuickAck(b"ABC\x84"), TransportErrorReceived(-404)]


def test_same_entropy_gives_the_same_bytes() -> None:
    def talk() -> bytes:
        ours, server = connected()
        ours.send_packet(MESSAGE)
        return ours.data_to_send() + server.data_to_send()

    assert talk() == talk()


@pytest.mark.parametrize("size", [40, 60000, 70000])
def test_frames_of_every_length_encoding_are_read(size: int) -> None:
    ours, server = connected()
    ours.send_packet(bytes(size))
    data = ours.data_to_send()
    assert outcome(server, [data], eof=False) == [Packet(bytes(size))]


# -- against wsproto itself -----------------------------------------------------------------------------------------


def test_client_works_with_wsproto_as_server() -> None:
    peer = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
    ours = client(inner=Intermediate(Role.CLIENT))
    peer.receive_data(ours.data_to_send())
    (asked,) = peer.events()
    assert isinstance(asked, Request)
    assert (asked.host, asked.target, asked.subprotocols) == ("web.example", "/apiws", ["binary"])
    ours.receive_data(peer.send(AcceptConnection(subprotocol="binary")))
    ours.send_packet(MESSAGE)
    peer.receive_data(ours.data_to_send())
    (sent,) = peer.events()
    assert isinstance(sent, BytesMessage)
    assert sent.data == b"\xee\xee\xee\xee\x28\0\0\0" + MESSAGE
    ours.receive_data(peer.send(BytesMessage(data=b"\x28\0\0\0", message_finished=False)))
    ours.receive_data(peer.send(BytesMessage(data=MESSAGE)))
    assert drain(ours) == [Packet(MESSAGE)]


@pytest.mark.parametrize("subprotocols", [["binary"], ["chat", "binary"], []])
def test_server_works_with_wsproto_as_client(subprotocols: list[str]) -> None:
    peer, server = wsproto.WSConnection(wsproto.ConnectionType.CLIENT), WebSocketServer(inner=Intermediate(Role.SERVER))
    server.receive_data(peer.send(Request(host="web.example", target="/apiws", subprotocols=subprotocols)))
    peer.receive_data(server.data_to_send())
    (granted,) = peer.events()
    assert isinstance(granted, AcceptConnection)
    assert granted.subprotocol == ("binary" if subprotocols else None)
    server.receive_data(peer.send(BytesMessage(data=b"\xee\xee\xee\xee\x28\0\0\0" + MESSAGE)))
    assert drain(server) == [Packet(MESSAGE)]
    server.send_packet(MESSAGE)
    peer.receive_data(server.data_to_send())
    (sent,) = peer.events()
    assert isinstance(sent, BytesMessage)
    assert sent.data == b"\x28\0\0\0" + MESSAGE


def peer_of_server() -> tuple[wsproto.WSConnection, WebSocketServer]:
    peer, server = wsproto.WSConnection(wsproto.ConnectionType.CLIENT), WebSocketServer(inner=Intermediate(Role.SERVER))
    server.receive_data(peer.send(Request(host="web.example", target="/apiws")))
    peer.receive_data(server.data_to_send())
    list(peer.events())
    return peer, server


def test_only_the_newest_ping_is_answered() -> None:
    peer, server = peer_of_server()
    for number in range(1000):
        server.receive_data(peer.send(Ping(payload=b"%d" % number)))
    server.receive_data(peer.send(Pong(payload=b"unasked")))
    peer.receive_data(server.data_to_send())
    assert list(peer.events()) == [Pong(payload=b"999")]
    assert drain(server) == []


def test_close_frame_is_answered_and_ends_the_framing() -> None:
    peer, server = peer_of_server()
    server.receive_data(peer.send(CloseConnection(code=1000)))
    assert server.finished
    peer.receive_data(server.data_to_send())
    assert list(peer.events()) == [CloseConnection(code=1000, reason="")]
    server.receive_data(b"after the end")
    server.send_packet(MESSAGE)
    assert server.data_to_send() == b""
    server.receive_eof()
    assert drain(server) == []


# -- what is refused ------------------------------------------------------------------------------------------------


PING, PONG = b"\x89\x80\0\0\0\0", b"\x8a\x80\0\0\0\0"
EMPTY = b"\x82\x80\0\0\0\0"
LARGE = b"\x82\x88\0\0\0\0\xee\xee\xee\xee\0\0\1\0"  # the framing's tag; a packet of 64 KiB begins
DATA = b"\x82\x88\0\0\0\0ABCDEFGH"


@pytest.mark.parametrize("frame", [PING, PONG, EMPTY])
@pytest.mark.parametrize("size", [1, 7, 1 << 16])
def test_TR11_flood_of_frames_without_data_is_refused(frame: bytes, size: int) -> None:
    def outcome_of(data: bytes) -> list[object]:
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        return list(outcome(peer_of_server()[1], pieces, eof=False))

    assert outcome_of(frame * 1024) == []
    assert outcome_of(frame * 1025) == ["TR11"]
    assert outcome_of(LARGE + (frame * 8 + DATA) * 600) == []  # a byte of data pays for one
    assert outcome_of(LARGE + (frame * 10 + DATA) * 600) == ["TR11"]


@pytest.mark.parametrize("status", [100, 103, 199])
def test_TR11_many_informational_responses_before_the_upgrade_are_refused(status: int) -> None:
    waiting = b"HTTP/1.1 %d Wait\r\n\r\n" % status
    assert outcome(client(), [waiting * 8], eof=False) == []
    for pieces in ([waiting * 9], byte_by_byte(waiting * 9)):
        assert outcome(client(), pieces, eof=False) == ["TR11"]


@pytest.mark.parametrize("status", [400, 404, 426, 502])
def test_TR11_refused_upgrade_is_a_transport_error(status: int) -> None:
    peer, ours = wsproto.WSConnection(wsproto.ConnectionType.SERVER), client()
    peer.receive_data(ours.data_to_send())
    list(peer.events())
    data = peer.send(RejectConnection(status_code=status))
    assert outcome(ours, [data, b"more"]) == [TransportErrorReceived(-status)]
    assert ours.finished


def test_TR9_bytes_after_an_error_are_ignored() -> None:
    data = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\nrubbish\r\n\r\n"
    for pieces in ([data], byte_by_byte(data)):
        ours = client()
        ours.data_to_send()
        assert outcome(ours, pieces) == [TransportErrorReceived(-404)]


@pytest.mark.parametrize(
    ("headers", "granted"),
    [
        ([], False),
        (["Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA="], False),
        (["RIGHT", "Sec-WebSocket-Protocol: chat"], False),
        (["RIGHT", "Sec-WebSocket-Extensions: permessage-deflate"], False),
        (["RIGHT"], True),
    ],
)
def test_TR11_upgrade_response_must_match_the_request(headers: list[str], granted: bool) -> None:
    ours, server = client(), WebSocketServer(inner=Intermediate(Role.SERVER))
    server.receive_data(ours.data_to_send())
    right = next(line for line in server.data_to_send().decode().split("\r\n") if "accept" in line.lower())
    lines = ["HTTP/1.1 101 Switching", "Upgrade: websocket", "Connection: Upgrade", *headers, "", ""]
    data = "\r\n".join(lines).replace("RIGHT", right).encode()
    assert outcome(ours, [data], eof=False) == ([] if granted else ["TR11"])


@pytest.mark.parametrize(
    "lines",
    [
        ["GET / HTTP/1.1", "Host: x"],
        ["GET /apiws HTTP/1.1", "Host: x", "Upgrade: h2c", "Connection: Upgrade"],
        ["GET /apiws HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: close"],
        ["GET /apiws HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade"],
        [
            *["GET /apiws HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade"],
            *["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 8"],
        ],
        ["GET /apiws HTTP/1.1", "Upgrade: websocket"],
    ],
)
def test_TR11_request_without_an_upgrade_is_answered_with_an_error(lines: list[str]) -> None:
    server = AutoDetectFraming()
    assert outcome(server, ["\r\n".join([*lines, "", ""]).encode()], eof=False) == ["TR11"]
    assert server.data_to_send().startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "frame",
    [
        "8182000000004142",  # a text message
        "818200000000fffe",  # one that is no text either
        "8380",  # an opcode that is reserved
        "c28000000000",  # a reserved bit
        "82020000",  # not masked
        "808000000000",  # continues nothing
        "09820000000041",  # a ping in two pieces
        "89fe00800000000000",  # a ping too long
        "82fe007d00000000",  # a length in more bytes than it needs
        "888100000000ff",  # a close with half a code
    ],
)
def test_TR11_invalid_frame_is_refused(frame: str) -> None:
    _, server = peer_of_server()
    assert outcome(server, [bytes.fromhex(frame)], eof=False) == ["TR11"]


@given(st.binary(max_size=60), st.lists(st.integers(0, 9)))
def test_TR9_random_bytes_after_the_upgrade_give_the_same_events_in_any_fragmentation(
    data: bytes, sizes: list[int]
) -> None:
    def events(pieces: list[bytes]) -> list[object]:
        return list(outcome(peer_of_server()[1], pieces))

    whole = events([data])
    assert events(list(cut(data, sizes))) == whole
    assert events(byte_by_byte(data)) == whole


def test_TR10_eof_inside_the_upgrade_or_a_packet_is_an_error() -> None:
    ours = client()
    question = ours.data_to_send()
    for size in (1, len(question) // 2, len(question) - 1):
        assert outcome(WebSocketServer(inner=Intermediate(Role.SERVER)), [question[:size]]) == ["TR10"]
    assert outcome(client(), []) == ["TR10"]
    peer, server = peer_of_server()
    server.receive_data(peer.send(BytesMessage(data=b"\xee\xee\xee\xee\x28\0")))
    with pytest.raises(RemoteProtocolError, match="TR10"):
        server.receive_eof()


def test_host_invalid_in_http_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="HTTP"):
        WebSocketClient(inner=Intermediate(Role.CLIENT), entropy=SeededEntropy(), host="a\nb")


@pytest.mark.interpreted
def test_without_wsproto_the_error_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith(("sansio_tl.framing.websocket", "wsproto"))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "wsproto", None)
    with pytest.raises(ImportError, match=r"pip install '\.\[websocket\]'"):
        import sansio_tl.framing.websocket  # noqa: F401
    with pytest.raises(RemoteProtocolError, match=r"pip install '\.\[websocket\]'"):
        AutoDetectFraming().receive_data(b"GET /apiws")


def upgrade_from(origin: str | None) -> bytes:
    lines = ["GET /apiws HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade"]
    lines += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13"]
    if origin is not None:
        lines.append(f"Origin: {origin}")
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize("before", [b"", b"POST /elsewhere HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"])
def test_upgrade_from_a_foreign_origin_is_refused(before: bytes) -> None:
    """On a fresh connection, and on one that has carried another request, as proxies use them."""
    for origin, granted in (
        ("https://evil.example", False),
        ("null", False),
        ("https://web.example", True),
        (None, True),
    ):
        server = AutoDetectFraming(allowed_origins=frozenset({"https://web.example"}))
        assert outcome(server, [before], eof=False) == []
        server.data_to_send()
        assert outcome(server, [upgrade_from(origin)], eof=False) == ([] if granted else ["TR11"])
        assert server.data_to_send().startswith(b"HTTP/1.1 101 " if granted else b"HTTP/1.1 403 ")
