"""A client of a WEB proxy and a relay, back to back: by WebSocket, and by long polling with both interfaces."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing import FRAMINGS, Obfuscated, Packet, client_framing
from sansio_tl.limits import Limits
from sansio_tl.proxy import ProxyError, WebAddress
from sansio_tl.proxy.web_carriers import PollingCarrier, WebCarrier, WebSocketCarrier
from sansio_tl.proxy.web_client import WebHandshake
from sansio_tl.proxy.web_frames import MAX_BATCH, WINDOW, FrameType, WebFrame
from sansio_tl.proxy.web_streams import RelayStream
from sansio_tl.role import Role
from tests.proxy.web_pair import (
    ADDRESS,
    MODES,
    NOW,
    OTHER,
    SECRET,
    Cut,
    Pair,
    byte_by_byte,
    in_pieces,
    make_relay,
    stream,
    whole,
)

each_mode = pytest.mark.parametrize("mode", MODES)
polling = pytest.mark.parametrize("mode", ["https", "json"])


@each_mode
@pytest.mark.parametrize("cut", [whole, byte_by_byte, in_pieces(7)], ids=["whole", "bytes", "sevens"])
def test_bytes_pass_both_ways_however_they_are_cut(mode: str, cut: Cut) -> None:
    pair = Pair(mode, cut=cut).shake_hands()
    assert isinstance(pair.carrier, WebSocketCarrier if mode == "websocket" else PollingCarrier)
    for size in (1, 300, 3000):
        sent = os.urandom(size)
        pair.send(sent)
        assert bytes(pair.received) == sent
        pair.received.clear()
    pair.carrier.close()
    pair.move()
    assert pair.closed == [1]
    assert (pair.relay.session_count, pair.relay.stored) == (0, 0)


@each_mode
def test_many_megabytes_pass_through_the_windows(mode: str) -> None:
    pair = Pair(mode).shake_hands()
    sent = os.urandom(3 * WINDOW + 12_345)
    pair.send(sent)
    assert bytes(pair.received) == sent
    assert pair.relay.stored == 0


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(MODES),
    st.lists(st.integers(1, 100_000), min_size=1, max_size=6),
    st.integers(1, 5000),
    st.data(),
)
def test_TR22_any_sizes_any_pieces_and_any_broken_connections_give_the_same_bytes(
    mode: str, sizes: list[int], piece: int, choices: st.DataObject
) -> None:
    pair = Pair(mode, cut=in_pieces(piece)).shake_hands()
    sent = b""
    for size in sizes:
        data = stream(size)(size)
        sent += data
        pair.carrier.send(data)
        for _ in range(choices.draw(st.integers(0, 6))):
            pair.turn()
        if mode != "websocket" and pair.links:
            pair.break_connection(choices.draw(st.sampled_from(sorted(pair.links))))
    pair.move()
    assert pair.carrier.failure is None
    assert bytes(pair.received) == sent == bytes(pair.target)


@polling
def test_TR22_frames_of_an_unanswered_request_arrive_once(mode: str) -> None:
    """The relay has the request, and its answer is lost."""
    pair = Pair(mode).shake_hands()
    lane = pair.carrier.lanes[0]
    pair.carrier.send(b"once")
    pair.to_relay(pair.links[0], lane.data_to_send(pair.now))
    assert pair.links[0].data_to_send(now=pair.now)
    pair.break_connection(0)
    pair.move()
    assert pair.carrier.failure is None
    assert bytes(pair.target) == b"once"
    pair.send(b" more")
    assert bytes(pair.target) == b"once more"


@polling
def test_TR22_frames_of_a_lost_answer_to_a_poll_arrive_once(mode: str) -> None:
    pair = Pair(mode).shake_hands()
    pair.streams[0].send(b"once")
    assert b"once" in pair.links[1].data_to_send(now=pair.now)
    pair.break_connection(1)
    pair.move()
    assert bytes(pair.received) == b"once"
    pair.streams[0].send(b" more")
    pair.move()
    assert bytes(pair.received) == b"once more"


@polling
def test_request_is_not_repeated_for_ever(mode: str) -> None:
    pair = Pair(mode).shake_hands()
    pair.carrier.send(b"x")
    for _ in range(4):
        pair.carrier.lanes[0].data_to_send(pair.now)
        assert pair.carrier.failure is None
        pair.break_connection(0)
        if pair.carrier.lanes[0].reopens:
            pair.carrier.lanes[0].restart()
            pair.links[0] = pair.relay.accept(now=pair.now)
    assert "the relay closed the connection" in str(pair.carrier.failure)


@polling
def test_unopened_connections_end_the_stream(mode: str) -> None:
    pair = Pair(mode).shake_hands()
    pair.break_connection(1)
    for _ in range(3):
        pair.carrier.lanes[1].lost("refused")
    assert "refused" in str(pair.carrier.failure)


@polling
def test_silent_relay_is_noticed(mode: str) -> None:
    pair = Pair(mode).shake_hands()
    pair.carrier.send(b"x")
    lane = pair.carrier.lanes[0]
    assert lane.data_to_send(pair.now)
    deadline = pair.carrier.next_deadline()
    assert deadline == NOW + 30
    pair.carrier.handle_deadline(NOW + 29)
    assert not lane.finished
    pair.carrier.handle_deadline(NOW + 30)
    assert lane.finished
    assert lane.reopens


@each_mode
def test_relay_that_closes_the_stream_ends_it_after_its_data(mode: str) -> None:
    pair = Pair(mode).shake_hands()
    pair.streams[0].send(b"last words")
    pair.streams[0].close()
    pair.move()
    assert bytes(pair.received) == b"last words"
    assert "the relay closed the stream" in str(pair.carrier.failure)
    assert isinstance(pair.carrier.failure, ProxyError)
    with pytest.raises(LocalProtocolError):
        pair.carrier.send(b"x")


@each_mode
def test_framing_passes_through_a_relay(mode: str) -> None:
    """The bytes that an MTProxy gets are those of obfuscated2 with its secret."""
    pair = Pair(mode, echo=False).shake_hands()
    framing = client_framing("obfuscated", entropy=os.urandom, now=NOW, dc=2, secret=SECRET)(Role.CLIENT, Limits())
    framing.send_packet(bytes(40))
    pair.send(framing.data_to_send())
    server = Obfuscated(Role.SERVER, secrets=(SECRET,), require_secret=True, entropy=os.urandom)
    server.receive_data(bytes(pair.target))
    assert server.next_event() == Packet(bytes(40))
    server.send_packet(bytes(80))
    pair.streams[0].send(server.data_to_send())
    pair.move()
    framing.receive_data(bytes(pair.received))
    assert framing.next_event() == Packet(bytes(80))
    assert "webproxy" not in FRAMINGS


@each_mode
def test_flow_control_stops_a_client_whose_target_does_not_read(mode: str) -> None:
    pair = Pair(mode, echo=False).shake_hands()
    undelivered: list[tuple[RelayStream, int]] = []
    delivered = RelayStream.delivered
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RelayStream, "delivered", lambda self, size: undelivered.append((self, size)))
        pair.send(bytes(2 * WINDOW))
        assert len(pair.target) == WINDOW == pair.relay.stored
    for target, size in undelivered:
        delivered(target, size)
    pair.send(b"")
    assert len(pair.target) >= WINDOW + 500_000


# --- the handshake ----------------------------------------------------------------------------------------------------


@each_mode
def test_wrong_secret_is_an_error_that_names_the_status(mode: str) -> None:
    with pytest.raises(ProxyError, match="no relay answers here with this secret: HTTP 404") as caught:
        Pair(mode, secret=OTHER).shake_hands()
    assert caught.value.step == "WEB proxy session"


def test_other_host_and_path_prove_nothing() -> None:
    for address in (WebAddress("other.example.org", "blog"), WebAddress("relay.example.org", "Blog")):
        relay = make_relay(address=WebAddress("relay.example.org", "blog"))
        pair = Pair(relay=relay)
        pair.handshake = WebHandshake(address, SECRET, entropy=stream(2))
        with pytest.raises(ProxyError, match="HTTP 404"):
            pair.shake_hands()


def handshake_with(*answers: bytes, cut: Cut = whole) -> WebHandshake:
    """A client, answered in this way."""
    handshake = WebHandshake(ADDRESS, SECRET, entropy=stream(2))
    for answer in answers:
        handshake.data_to_send()
        for piece in cut(answer):
            handshake.receive_data(piece)
    return handshake


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


PAGE = answer(200, b'<script>const relayBase="/blog/",bootstrap="' + b"B" * 43 + b'",carrierMode="https";</script>')
WELCOME = WebFrame(FrameType.WELCOME, 0).encode()
SESSION = answer(200, WELCOME, "X-Session-Token: " + "T" * 43, "X-Down-Cursor: 0", "X-Carrier-Mode: https")
JSON_SESSION = answer(200, b'{"id": "abc", "cursor": 7}')


def test_requests_of_the_handshake_are_those_of_the_page() -> None:
    handshake = WebHandshake(ADDRESS, SECRET, entropy=stream(2), port=8443)
    capability = ADDRESS.capability(SECRET)
    request = handshake.data_to_send().decode()
    assert request.startswith(f"GET /blog/?bridge={capability} HTTP/1.1\r\nHost: relay.example.org:8443\r\n")
    handshake.receive_data(PAGE)
    head, _, body = handshake.data_to_send().partition(b"\r\n\r\n")
    assert head.startswith(b"POST /blog/api/v1/session HTTP/1.1\r\n")
    assert b"Authorization: Bearer " + b"B" * 43 in head
    assert body.hex() == "100000000000000101"
    handshake.receive_data(SESSION)
    assert handshake.done
    carrier = handshake.carrier
    assert carrier is not None
    head, _, body = carrier.lanes[0].data_to_send(NOW).partition(b"\r\n\r\n")
    assert head.startswith(b"POST /blog/api/v1/up HTTP/1.1\r\n")
    assert b"X-Up-Seq: 1" in head
    assert body.hex() == "0100000100000000"
    carrier.lanes[1].restart()
    poll = carrier.lanes[1].data_to_send(NOW)
    assert poll.startswith(b"POST /blog/api/v1/down HTTP/1.1\r\n")
    assert b"X-Down-Cursor: 0" in poll


def test_requests_without_a_page_are_those_of_kurigram() -> None:
    handshake = handshake_with(answer(404, b"nothing"))
    head, _, body = handshake.data_to_send().partition(b"\r\n\r\n")
    assert head.startswith(b"POST /blog/api/v1/session HTTP/1.1\r\n")
    assert body == b'{"bridge": "%s"}' % ADDRESS.capability(SECRET).encode()
    handshake.receive_data(JSON_SESSION)
    head, _, body = handshake.data_to_send().partition(b"\r\n\r\n")
    assert head.startswith(b"POST /blog/api/v1/session/abc/up?seq=0 HTTP/1.1\r\n")
    assert body.hex() == "100000000000000101"
    handshake.receive_data(answer(200))
    assert handshake.data_to_send().startswith(b"GET /blog/api/v1/session/abc/down?cursor=7&wait=25000 HTTP/1.1\r\n")
    handshake.receive_data(answer(204).replace(b"Content-Length: 0\r\n", b""))
    assert b"cursor=7" in handshake.data_to_send()
    handshake.receive_data(answer(200, WELCOME, "X-Cursor: 9"))
    assert handshake.done
    carrier = handshake.carrier
    assert carrier is not None
    assert b"/up?seq=1 " in carrier.lanes[0].data_to_send(NOW)
    carrier.lanes[1].restart()
    assert b"cursor=9" in carrier.lanes[1].data_to_send(NOW)


def test_chunked_answers_are_read_byte_by_byte() -> None:
    chunked = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\nX-Cursor: 9\r\n\r\n3\r\n%b\r\n5;a=b\r\n%b\r\n0\r\n\r\n"
    chunked %= (WELCOME[:3], WELCOME[3:])
    assert handshake_with(answer(404), JSON_SESSION, answer(200), chunked, cut=byte_by_byte).done


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ((answer(404), answer(404)), "no relay answers here with this secret: HTTP 404"),
        ((answer(404), answer(200, b"[]")), "without an id"),
        ((answer(404), answer(200, b"[" * 100_000)), "without an id"),
        ((answer(404), answer(200, b"{}")), "without an id"),
        ((answer(404), answer(200, b'{"id": 5}')), "invalid id"),
        ((answer(404), answer(200, b'{"id": "a/../b"}')), "invalid id"),
        ((answer(404), answer(200, b'{"id": "a", "cursor": -1}')), "invalid cursor"),
        ((answer(404), answer(200, b'{"id": "a", "cursor": "0 HTTP/1.1"}')), "invalid cursor"),
        ((answer(404), JSON_SESSION, answer(409)), "rejects HELLO: HTTP 409"),
        ((answer(404), JSON_SESSION, answer(200), answer(409)), "does not answer HELLO: HTTP 409"),
        ((answer(404), JSON_SESSION, answer(200), answer(200, WELCOME)), "invalid cursor"),
        ((answer(404), JSON_SESSION, answer(200), answer(200, b"", "X-Cursor: 1")), "TR19"),
        ((answer(404), JSON_SESSION, answer(200), answer(200, b"\x7f" * 8, "X-Cursor: 1")), "TR19"),
        ((PAGE, answer(503)), "opens no session: HTTP 503"),
        ((PAGE, answer(200, WELCOME)), "opens no session"),
        ((PAGE, answer(200, b"", "X-Session-Token: x")), "TR19"),
        ((PAGE, SESSION.replace(b"Mode: https", b"Mode: pigeons")), "another way to carry frames: 'pigeons'"),
        ((PAGE, SESSION.replace(b"Mode: https", b"Mode: websocket"), answer(404)), "opens no WebSocket: HTTP 404"),
        ((answer(200, bytes(MAX_BATCH + 1)),), "TR19"),
        ((b"SSH-2.0-OpenSSH\r\n\r\n",), "not that of a relay"),
        ((answer(404, b"", "Connection: close"),), "the relay closed the connection"),
    ],
)
def test_other_answers_are_errors_of_the_proxy(answers: tuple[bytes, ...], reason: str) -> None:
    with pytest.raises(ProxyError, match=re.escape(reason)) as caught:
        handshake_with(*answers)
    assert ADDRESS.capability(SECRET) not in str(caught.value)
    with pytest.raises(ProxyError, match="the proxy closed the connection"):
        handshake_with().receive_eof()


@pytest.mark.parametrize(
    "wrong", ["Sec-WebSocket-Accept: x", "Sec-WebSocket-Protocol: tproxy-v1.other", "Sec-WebSocket-Extensions: deflate"]
)
def test_TR11_another_upgrade_is_refused(wrong: str) -> None:
    handshake = handshake_with(PAGE, SESSION.replace(b"Mode: https", b"Mode: websocket"))
    handshake.data_to_send()
    lines = ["HTTP/1.1 101 X", "Upgrade: websocket", "Connection: Upgrade", wrong, "", ""]
    with pytest.raises(ProxyError, match="another WebSocket"):
        handshake.receive_data("\r\n".join(lines).encode())


# --- hostile relays ---------------------------------------------------------------------------------------------------


def polling_client() -> PollingCarrier:
    carrier = handshake_with(PAGE, SESSION).carrier
    assert isinstance(carrier, PollingCarrier)
    carrier.lanes[1].restart()
    carrier.lanes[0].data_to_send(NOW)
    carrier.lanes[1].data_to_send(NOW)
    return carrier


@pytest.mark.parametrize(
    ("lane", "received", "reason"),
    [
        (0, answer(409), "rejects frames: HTTP 409"),
        (0, answer(204, b"", "X-Up-Ack: 2").replace(b"Content-Length: 0\r\n", b""), "rejects frames"),
        (1, answer(409), "ends the poll: HTTP 409"),
        (1, answer(200, WELCOME), "ends the poll"),
        (1, answer(200, WELCOME, "X-Down-Cursor: 1"), "WELCOME at the wrong time"),
        (1, answer(200, WELCOME[:-1], "X-Down-Cursor: 1"), "a batch ends inside"),
        (1, answer(200, WebFrame(FrameType.DATA, 2, b"x").encode(), "X-Down-Cursor: 1"), "stream 2"),
        (1, b"HTTP/1.1 200 X\r\nContent-Length: 4000000\r\n\r\n" + bytes(MAX_BATCH + 1), "more than 2097152 bytes"),
        (1, b"nonsense\r\n\r\n", "TR11"),
        (0, b"HTTP/1.1 100 X\r\n\r\n" * 9, "TR11"),
    ],
)
def test_hostile_relay_ends_the_stream(lane: int, received: bytes, reason: str) -> None:
    for cut in (whole, in_pieces(1000)):
        carrier = polling_client()
        for piece in cut(received):
            carrier.lanes[lane].receive_data(piece, NOW)
        assert reason in str(carrier.failure)
        assert carrier.lanes[0].finished
        assert carrier.lanes[1].finished
        assert not carrier.lanes[0].data_to_send(NOW)
        assert carrier.next_deadline() is None


@pytest.mark.parametrize(("status", "is_accepted"), [(200, True), (204, True), (201, False), (202, False)])
def test_frames_are_accepted_by_the_status_of_their_answer(status: int, *, is_accepted: bool) -> None:
    carrier = polling_client()
    received = answer(status, b"", "X-Up-Ack: 1")
    carrier.lanes[0].receive_data(received.replace(b"Content-Length: 0\r\n", b"") if status == 204 else received, NOW)
    assert (carrier.failure is None) == is_accepted


def test_web_socket_has_output_when_the_stream_has() -> None:
    lane = (pair := Pair("websocket").shake_hands()).carrier.lanes[0]
    assert not lane.has_output()
    pair.carrier.send(b"data")
    assert lane.has_output()
    pair.move()
    assert not lane.has_output()


@each_mode
@pytest.mark.parametrize("waiting", [b"", b"data"])
@pytest.mark.parametrize("ends", [("fail",), ("close",), ("fail", "close")])
def test_lanes_have_output_after_the_end_only_if_they_return_bytes(
    mode: str, waiting: bytes, ends: tuple[str, ...]
) -> None:
    """A driver wakes a lane that has output until it has none."""
    for is_cut in (False, True) if mode != "websocket" else (False,):
        pair = Pair(mode).shake_hands()
        carrier, lanes = pair.carrier, pair.carrier.lanes
        assert isinstance(carrier, WebCarrier)
        if waiting:
            carrier.send(waiting)
        if is_cut:
            pair.break_connection(1)
        for end in ends:
            carrier.fail("broken") if end == "fail" else carrier.close()
            sent = [pair.output(lane) for lane in lanes if lane.has_output()]
            assert len(sent) <= 1
            assert not any(lane.has_output() or lane.data_to_send(NOW) for lane in lanes)


def test_busy_relay_is_asked_again_after_a_second() -> None:
    carrier = polling_client()
    carrier.lanes[0].receive_data(answer(503), NOW)
    assert not carrier.lanes[0].has_output()
    assert not carrier.lanes[0].data_to_send(NOW)
    assert carrier.next_deadline() == NOW + 1
    carrier.handle_deadline(NOW + 1)
    assert b"X-Up-Seq: 1" in carrier.lanes[0].data_to_send(NOW + 1)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([0, 1]), st.binary(max_size=200), st.booleans())
def test_any_answer_is_processed_or_ends_the_stream(lane: int, received: bytes, in_http: bool) -> None:
    carrier = polling_client()
    data = answer(200, received, "X-Down-Cursor: 1") if in_http else received
    carrier.lanes[lane].receive_data(data, NOW)
    carrier.lanes[lane].receive_data(b"", NOW)
    carrier.take_received()


def test_TR11_web_socket_ends_with_a_text_message_or_a_flood() -> None:
    for hostile in (
        b"\x81\x01x",
        b"\x89\x00" * 2000,
        b"\x82\x7f" + (1 << 40).to_bytes(8, "big"),
        b"\xff\xff",
        b"\x88\x00",
    ):
        pair = Pair("websocket").shake_hands()
        pair.carrier.lanes[0].receive_data(hostile + bytes(10), NOW)
        pair.carrier.lanes[0].data_to_send(NOW)
        if hostile[1] == 0x7F:  # its length alone costs nothing
            assert pair.carrier.failure is None
        else:
            assert pair.carrier.failure is not None, hostile[:4]


def test_TR19_web_socket_message_above_the_limit_ends_the_stream() -> None:
    pair = Pair("websocket").shake_hands()
    lane = pair.carrier.lanes[0]
    lane.receive_data(b"\x82\x7f" + (1 << 40).to_bytes(8, "big"), NOW)
    for _ in range(MAX_BATCH // (1 << 16) + 1):
        lane.receive_data(bytes(1 << 16), NOW)
    assert isinstance(pair.carrier.failure, RemoteProtocolError)
    assert "TR19" in str(pair.carrier.failure)


def test_masks_of_a_client_are_of_its_entropy() -> None:
    def sent() -> bytes:
        pair = Pair("websocket").shake_hands()
        pair.requests.clear()
        pair.send(b"hello")
        return bytes(pair.requests)

    assert sent() == sent()
    assert b"hello" not in sent()


@polling
def test_server_may_explain_the_end_of_an_idle_connection(mode: str) -> None:
    pair = Pair(mode).shake_hands()
    pair.carrier.lanes[0].receive_data(answer(408, b"", "Connection: close"), NOW)
    assert pair.carrier.failure is None
    pair.send(b"goes on")
    assert bytes(pair.received) == b"goes on"


@pytest.mark.parametrize("excess", [b"x", answer(200)])
def test_answer_before_a_request_ends_the_handshake(excess: bytes) -> None:
    for cut in (whole, byte_by_byte, in_pieces(50)):
        with pytest.raises(ProxyError, match="before it is asked"):
            handshake_with(answer(404) + excess, cut=cut)
