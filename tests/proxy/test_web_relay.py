"""The relay of a WEB proxy: what it shows to others, and its bounds."""

from __future__ import annotations

import json
import re
import sys
import tracemalloc
from email.utils import formatdate
from types import FrameType as FrameType_
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing import ProxySecret
from sansio_tl.proxy.web_client import WebHandshake
from sansio_tl.proxy.web_frames import MAX_BATCH, WINDOW, FrameType, WebFrame
from sansio_tl.proxy.web_polls import HttpConnection, HttpRequest
from sansio_tl.proxy.web_relay import WebRelay, WebRelayConfig
from sansio_tl.proxy.web_site import Page, Site, http_date
from sansio_tl.proxy.web_socket import WebSocketBatches
from sansio_tl.proxy.web_streams import RelayStream, StreamClosed, StreamData, StreamOpened
from tests.proxy.web_pair import ADDRESS, NOW, OTHER, SECRET, Pair, byte_by_byte, make_relay, stream

CAPABILITY = ADDRESS.capability(SECRET)
WRONG = ADDRESS.capability(OTHER)
HELLO = WebFrame(FrameType.HELLO, 0, b"\x01").encode()
OPEN = WebFrame(FrameType.OPEN, 1).encode()
BYE = WebFrame(FrameType.BYE, 0).encode()


def request(method: str, target: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: relay.example.org", *headers]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def exchange(relay: WebRelay, data: bytes, *, now: float = NOW) -> bytes:
    """The answer to a request over a connection of its own."""
    connection = relay.accept(now=now)
    connection.receive_data(data, now=now)
    answer = connection.data_to_send(now=now)
    connection.receive_data(b"", now=now)
    return answer


def status(answer: bytes) -> int:
    return int(answer.split()[1])


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


def json_session(relay: WebRelay) -> str:
    """The path of a new session."""
    answer = exchange(relay, request("POST", "/blog/api/v1/session", json.dumps({"bridge": CAPABILITY}).encode()))
    assert status(answer) == 200
    return "/blog/api/v1/session/" + str(json.loads(body_of(answer))["id"])


def upgrade(protocol: str, path: str = "/blog/api/v1/ws") -> bytes:
    return request(
        "GET",
        path,
        b"",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {protocol}",
    )


PROBES = [
    request("GET", "/blog/"),
    request("GET", "/blog/?bridge="),
    request("GET", f"/blog/?bridge={WRONG}"),
    request("GET", f"/blog/?bridge={CAPABILITY[:-1]}"),
    request("GET", f"/?bridge={CAPABILITY}"),
    request("GET", f"/blog?bridge={CAPABILITY}"),
    request("GET", f"/Blog/?bridge={CAPABILITY}"),
    request("GET", f"/blog%2F?bridge={CAPABILITY}"),
    request("POST", f"/blog/?bridge={CAPABILITY}"),
    request("POST", "/blog/api/v1/session", b'{"bridge": "%s"}' % WRONG.encode()),
    request("POST", "/blog/api/v1/session", b'{"bridge": 5}'),
    request("POST", "/blog/api/v1/session", b'["bridge"]'),
    request("POST", "/blog/api/v1/session", b"[" * 1000),
    request("POST", "/blog/api/v1/session", b'{"bridge": "\xff"}'),
    request("POST", "/blog/api/v1/session", b'{"bridge": "%s"}' % CAPABILITY.encode() + b" " * 2000),
    request("POST", "/blog/api/v1/session", HELLO, f"Authorization: Bearer {CAPABILITY}"),
    request("POST", "/blog/api/v1/session", HELLO),
    request("POST", "/blog/api/v1/session/x/up?seq=0", HELLO),
    request("GET", "/blog/api/v1/session/x/down?cursor=0"),
    request("DELETE", "/blog/api/v1/session/x"),
    request("POST", "/blog/api/v1/up", HELLO, "Authorization: Bearer x", "X-Up-Seq: 1"),
    request("POST", "/blog/api/v1/down", b"", "Authorization: Bearer x", "X-Down-Cursor: 0"),
    request("DELETE", "/blog/api/v1/session", b"", "Authorization: Bearer x"),
    request("POST", "/blog/api/v1/up", bytes(100_000), "Authorization: Bearer x"),
    upgrade("tproxy-v1.x"),
    upgrade("tproxy-v1."),
    upgrade("binary"),
]


@pytest.mark.parametrize("probe", PROBES)
def test_TR23_others_get_the_answer_of_the_site(probe: bytes) -> None:
    """As for the same request to the site where there is no relay below that path."""
    relay = make_relay()
    json_session(relay)
    elsewhere = make_relay(address=type(ADDRESS)("relay.example.org", "elsewhere"))
    answer = exchange(relay, probe)
    assert answer == exchange(elsewhere, probe)
    assert status(answer) == (200 if probe.startswith(b"GET /?") else 404)
    assert b"no-store" not in answer


@pytest.mark.parametrize("piece", [1, 7])
def test_TR23_answer_does_not_depend_on_pieces(piece: int) -> None:
    for probe in PROBES:
        relay = make_relay()
        connection = relay.accept(now=NOW)
        for at in range(0, len(probe), 1009 if len(probe) > 3000 else piece):
            connection.receive_data(probe[at : at + (1009 if len(probe) > 3000 else piece)], now=NOW)
        assert connection.data_to_send(now=NOW) == exchange(make_relay(), probe)


def test_TR23_site_has_its_own_pages() -> None:
    site = Site({"/": Page(b"home"), "/blog/": Page(b"posts", headers=(("Content-Type", "text/plain"),))}, server="")
    relay = make_relay(site=site)
    assert body_of(exchange(relay, request("GET", "/"))) == b"home"
    for query in ("", f"?bridge={WRONG}"):
        answer = exchange(relay, request("GET", f"/blog/{query}"))
        assert body_of(answer) == b"posts"
        assert b"Server" not in answer
    assert b"bootstrap" in exchange(relay, request("GET", f"/blog/?bridge={CAPABILITY}"))
    head = exchange(relay, request("HEAD", "/blog/"))
    assert head.endswith(b"\r\n\r\n")
    assert b"Content-Length: 5" in head
    assert status(exchange(relay, request("PUT", "/"))) == 405
    assert status(exchange(relay, request("GET", "/x"))) == 404
    assert status(exchange(relay, b"nonsense\r\n\r\n")) == 400


def bootstrap(relay: WebRelay, now: float = NOW) -> str:
    page = exchange(relay, request("GET", f"/blog/?bridge={CAPABILITY}"), now=now).decode()
    return page.partition('bootstrap="')[2][:43]


def open_by(relay: WebRelay, token: str, now: float = NOW, body: bytes = HELLO) -> int:
    headers = f"Authorization: Bearer {token}"
    return status(exchange(relay, request("POST", "/blog/api/v1/session", body, headers), now=now))


def test_TR23_token_of_the_page_opens_one_session_in_time() -> None:
    relay = make_relay()
    token = bootstrap(relay)
    assert open_by(relay, token, body=HELLO[:-1]) == 404
    assert open_by(relay, token) == 200
    assert open_by(relay, token) == 404
    late = bootstrap(relay)
    assert open_by(relay, late, now=NOW + 61) == 404
    assert relay.session_count == 1


def test_capability_may_be_used_again_for_each_session() -> None:
    """It is a proof of the secret, which every user of the proxy has; inside TLS it cannot be read."""
    relay = make_relay()
    assert json_session(relay) != json_session(relay)
    assert len({bootstrap(relay), bootstrap(relay)}) == 2


def test_TR24_number_of_sessions_and_tokens_is_bounded() -> None:
    relay = make_relay(max_sessions=2)
    tokens = [bootstrap(relay) for _ in range(5)]
    assert [open_by(relay, token) for token in tokens] == [404, 404, 404, 200, 200]
    assert open_by(relay, bootstrap(relay)) == 200  # it takes the place of one without a stream
    assert relay.session_count == 2


def test_TR24_number_of_sessions_with_streams_is_bounded() -> None:
    relay = make_relay(max_sessions=2)
    for path in (json_session(relay), json_session(relay)):
        exchange(relay, request("POST", f"{path}/up?seq=0", HELLO + OPEN))
    assert open_by(relay, bootstrap(relay)) == 503
    assert relay.session_count == 2


def test_TR24_streams_of_all_sessions_are_bounded() -> None:
    relay = make_relay(max_total_streams=3)
    two = OPEN + WebFrame(FrameType.OPEN, 2).encode()
    first, second = json_session(relay), json_session(relay)
    for path in (first, second):
        exchange(relay, request("POST", f"{path}/up?seq=0", HELLO + two))
    opened = [event.stream for event in iter(relay.next_event, None) if isinstance(event, StreamOpened)]
    assert len(opened) == 3
    refused = WebFrame(FrameType.CLOSE, 2).encode()
    assert body_of(exchange(relay, request("GET", f"{second}/down?cursor=0"))).endswith(refused)
    close = WebFrame(FrameType.CLOSE, 1).encode()
    third = WebFrame(FrameType.OPEN, 3).encode()
    exchange(relay, request("POST", f"{first}/up?seq=1", close + third))
    assert isinstance(relay.next_event(), StreamClosed)
    assert relay.next_event() is None, "its target is still open"
    opened[0].release()
    frames = [WebFrame(FrameType.OPEN, number).encode() for number in (4, 5)]
    exchange(relay, request("POST", f"{first}/up?seq=2", b"".join(frames)))
    assert sum(isinstance(event, StreamOpened) for event in iter(relay.next_event, None)) == 1
    exchange(relay, request("DELETE", first))
    for event in iter(relay.next_event, None):
        assert isinstance(event, StreamClosed)
        event.stream.release()
    exchange(relay, request("POST", f"{second}/up?seq=1", third + WebFrame(FrameType.OPEN, 4).encode()))
    assert sum(isinstance(event, StreamOpened) for event in iter(relay.next_event, None)) == 2


def test_TR24_session_cannot_take_all_places_by_closing_streams_before_their_targets() -> None:
    relay = make_relay(max_streams=2, max_total_streams=4)
    greedy, other = json_session(relay), json_session(relay)
    opened: list[RelayStream] = []
    for number in range(6):
        frames = [WebFrame(FrameType.OPEN, number + 1), WebFrame(FrameType.CLOSE, number + 1)]
        body = (HELLO if not number else b"") + b"".join(frame.encode() for frame in frames)
        exchange(relay, request("POST", f"{greedy}/up?seq={number}", body))
        opened += [event.stream for event in iter(relay.next_event, None) if isinstance(event, StreamOpened)]
    assert [stream.stream_id for stream in opened] == [1, 2]
    two = OPEN + WebFrame(FrameType.OPEN, 2).encode()
    exchange(relay, request("POST", f"{other}/up?seq=0", HELLO + two))
    assert sum(isinstance(event, StreamOpened) for event in iter(relay.next_event, None)) == 2
    opened[0].release()
    exchange(relay, request("POST", f"{greedy}/up?seq=6", WebFrame(FrameType.OPEN, 7).encode()))
    assert sum(isinstance(event, StreamOpened) for event in iter(relay.next_event, None)) == 1


def test_TR24_bytes_of_closed_streams_are_bounded() -> None:
    """Each stream brings as much as its window admits, and is closed before the target has taken any of it."""
    relay = make_relay()
    path = json_session(relay)
    handed = number = 0
    answers: list[int] = []
    piece = bytes(MAX_BATCH // 2 - 100)
    for stream_id in range(1, 11):
        frames = [
            WebFrame(FrameType.OPEN, stream_id),
            *[WebFrame(FrameType.DATA, stream_id, piece)] * 4,
            WebFrame(FrameType.CLOSE, stream_id),
        ]
        for frame in frames:
            body = frame.encode() if number else HELLO + frame.encode()
            answers.append(status(exchange(relay, request("POST", f"{path}/up?seq={number}", body))))
            number += answers[-1] == 200
        events = list(iter(relay.next_event, None))
        handed += sum(len(event.data) for event in events if isinstance(event, StreamData))
        assert relay.stored == handed
    assert set(answers) == {200, 503}
    assert handed < relay.config.max_session_bytes + MAX_BATCH


def test_TR24_new_session_takes_the_place_of_the_oldest_without_hello_or_stream() -> None:
    relay = make_relay(max_sessions=3)
    used, greeted, silent = json_session(relay), json_session(relay), json_session(relay)
    exchange(relay, request("POST", f"{used}/up?seq=0", HELLO + OPEN))
    exchange(relay, request("POST", f"{greeted}/up?seq=0", HELLO))

    def alive(path: str) -> bool:
        return relay.session(path.rpartition("/")[2]) is not None

    paths = [used, greeted, silent, json_session(relay)]
    assert [alive(path) for path in paths] == [True, True, False, True]
    paths.append(json_session(relay))
    assert [alive(path) for path in paths] == [True, True, False, False, True]
    exchange(relay, request("POST", f"{paths[-1]}/up?seq=0", HELLO))
    paths.append(json_session(relay))
    assert [alive(path) for path in paths] == [True, False, False, False, True, True]


@pytest.mark.parametrize("polls", [False, True])
def test_TR24_session_without_hello_ends_after_seconds(*, polls: bool) -> None:
    relay = make_relay()
    silent, greeted = json_session(relay), json_session(relay)
    exchange(relay, request("POST", f"{greeted}/up?seq=0", HELLO))
    if polls:
        relay.accept(now=NOW).receive_data(request("GET", f"{silent}/down?cursor=0&wait=25000"), now=NOW)
    assert relay.next_deadline() == NOW + 10
    relay.handle_deadline(now=NOW + 10)
    assert relay.session(silent.rpartition("/")[2]) is None
    assert relay.session(greeted.rpartition("/")[2]) is not None


@pytest.mark.parametrize("count", [64, 256, 1024])
def test_delivery_costs_no_steps_for_idle_streams(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay names the streams that have room again; the others are not asked, however many there are."""
    relay = make_relay(max_streams=count + 1, max_total_streams=2000, max_queued=1000)
    path = json_session(relay)
    exchange(relay, request("POST", f"{path}/up?seq=0", HELLO))
    for number in range(1, count + 2):
        exchange(relay, request("POST", f"{path}/up?seq={number}", WebFrame(FrameType.OPEN, number).encode()))
    streams = [event.stream for event in iter(relay.next_event, None) if isinstance(event, StreamOpened)]
    assert len(streams) == count + 1
    busy = streams[0]
    busy.send(bytes(1000))
    busy.wait_for_room()
    assert relay.take_readable() == []
    asked: list[RelayStream] = []
    room: Any = vars(RelayStream)["room"]

    def counted(stream: RelayStream) -> int:
        asked.append(stream)
        return int(room.fget(stream))

    monkeypatch.setattr(RelayStream, "room", property(counted))
    exchange(relay, request("GET", f"{path}/down?cursor=0"))
    assert relay.take_readable() == [busy]
    assert relay.take_readable() == []
    assert set(asked) == {busy}
    assert len(asked) <= 2


@pytest.mark.parametrize("bound", ["max_session_bytes", "max_bytes"])
def test_stream_that_waits_for_a_full_relay_is_named_when_there_is_room(bound: str) -> None:
    bounds: dict[str, Any] = {bound: 1000}
    relay = make_relay(**bounds)
    path = json_session(relay)
    two = WebFrame(FrameType.OPEN, 2).encode() + WebFrame(FrameType.OPEN, 3).encode()
    frames = WebFrame(FrameType.DATA, 1, bytes(1000)).encode()
    exchange(relay, request("POST", f"{path}/up?seq=0", HELLO + OPEN + two + frames))
    first, waits, ended = [e.stream for e in iter(relay.next_event, None) if isinstance(e, StreamOpened)]
    for each in (waits, ended):
        assert each.room == 0
        each.wait_for_room()
    relay_session = relay.session(path.rpartition("/")[2])
    assert relay_session is not None
    relay_session.receive_batch(WebFrame(FrameType.CLOSE, 3).encode(), NOW)
    assert relay.take_readable() == []
    first.delivered(1)
    assert relay.take_readable() == [waits]


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_TR22_repeated_request_has_no_effect_and_another_one_with_its_number_ends_the_session() -> None:
    relay = make_relay()
    path = json_session(relay)

    def up(number: int | str, body: bytes) -> int:
        return status(exchange(relay, request("POST", f"{path}/up?seq={number}", body)))

    assert up(0, HELLO) == 200
    assert up(1, OPEN + WebFrame(FrameType.DATA, 1, b"x").encode()) == 200
    assert up(1, OPEN + WebFrame(FrameType.DATA, 1, b"x").encode()) == 200
    opened, data = relay.next_event(), relay.next_event()
    assert isinstance(opened, StreamOpened)
    assert data == StreamData(opened.stream, b"x")
    assert relay.next_event() is None
    assert up(1, OPEN + WebFrame(FrameType.DATA, 1, b"y").encode()) == 409
    assert up(2, WebFrame(FrameType.DATA, 1, b"y").encode()) == 404
    assert relay.session_count == 0
    assert opened.stream.closed


@pytest.mark.parametrize("number", ["1", "2", "-1", "", "x", "0" * 30, "\u00b2"])
def test_TR22_first_number_is_0(number: str) -> None:
    relay = make_relay()
    path = json_session(relay)
    target = f"{path}/up?seq={number}".encode("ascii", "ignore").decode()
    assert status(exchange(relay, request("POST", target, HELLO))) == 409
    assert relay.session_count == 0


def test_TR22_poll_confirms_or_repeats() -> None:
    relay = make_relay()
    path = json_session(relay)
    exchange(relay, request("POST", f"{path}/up?seq=0", HELLO))

    def down(cursor: int | str) -> bytes:
        return exchange(relay, request("GET", f"{path}/down?cursor={cursor}&wait=0"))

    first = down(0)
    assert (status(first), body_of(first)) == (200, WebFrame(FrameType.WELCOME, 0).encode())
    assert b"X-Cursor: 1\r\n" in first
    assert down(0) == first
    exchange(relay, request("POST", f"{path}/up?seq=1", WebFrame(FrameType.PING, 0, b"a").encode()))
    assert down(0) == first, "what was made since waits for its confirmation"
    assert body_of(down(1)) == WebFrame(FrameType.PONG, 0, b"a").encode()
    assert down(2) == b""
    relay.handle_deadline(now=NOW)
    assert status(down(0)) == 409
    assert relay.session_count == 0
    for wrong in (1, "x", ""):
        path = json_session(relay)
        assert status(down(wrong)) == 409
    assert relay.stored == 0


def test_TR22_poll_with_a_cursor_that_was_not_given_ends_the_session() -> None:
    relay = make_relay()
    path = json_session(relay)
    exchange(relay, request("POST", f"{path}/up?seq=0", HELLO))
    for cursor in ("9", "", "x"):
        assert status(exchange(relay, request("GET", f"{path}/down?cursor={cursor}"))) in {409, 404}
        assert status(exchange(relay, request("POST", f"{path}/up?seq=1", b""))) == 404, "the session has ended"


def test_newer_poll_ends_the_older_one() -> None:
    relay = make_relay()
    path = json_session(relay)
    exchange(relay, request("POST", f"{path}/up?seq=0", HELLO))
    exchange(relay, request("GET", f"{path}/down?cursor=0"))
    poll = request("GET", f"{path}/down?cursor=1")
    older, newer = relay.accept(now=NOW), relay.accept(now=NOW)
    older.receive_data(poll, now=NOW)
    assert older.data_to_send(now=NOW) == b""
    newer.receive_data(poll, now=NOW)
    assert status(older.data_to_send(now=NOW)) == 204
    exchange(relay, request("POST", f"{path}/up?seq=1", WebFrame(FrameType.PING, 0, b"a").encode()))
    assert newer in relay.take_ready()
    assert WebFrame(FrameType.PONG, 0, b"a").encode() in newer.data_to_send(now=NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x7f" + bytes(7),
        OPEN[:-1],
        WebFrame(FrameType.DATA, 9, b"x").encode(),
        WebFrame(FrameType.PONG, 0).encode() * 4097,
    ],
)
def test_TR19_invalid_frames_end_the_session(body: bytes) -> None:
    relay = make_relay()
    path = json_session(relay)
    exchange(relay, request("POST", f"{path}/up?seq=0", HELLO + OPEN))
    answer = exchange(relay, request("POST", f"{path}/up?seq=1", body))
    assert status(answer) == 409
    assert relay.session_count == 0
    assert relay.stored == 0


def test_TR24_body_above_two_mebibytes_is_not_stored() -> None:
    relay = make_relay()
    path = json_session(relay)
    connection = relay.accept(now=NOW)
    piece = bytes(1 << 16)
    tracemalloc.start()
    try:
        connection.receive_data(request("POST", f"{path}/up?seq=0", b"", f"X: {MAX_BATCH}"), now=NOW)
        head = f"POST {path}/up?seq=0 HTTP/1.1\r\nHost: x\r\nContent-Length: {MAX_BATCH + 5 * len(piece)}\r\n\r\n"
        connection = relay.accept(now=NOW)
        connection.receive_data(head.encode(), now=NOW)
        for _ in range(MAX_BATCH // len(piece) + 5):
            connection.receive_data(piece, now=NOW)
        assert tracemalloc.get_traced_memory()[0] < 400_000
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_BATCH
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("target", ["/x", "/blog/api/v1/session", "/blog/api/v1/session/x/up?seq=0", "/blog/api/v1/up"])
def test_TR24_nothing_of_others_is_stored(target: str) -> None:
    relay = make_relay()
    connection = relay.accept(now=NOW)
    piece = bytes(1 << 16)
    tracemalloc.start()
    try:
        head = f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"
        connection.receive_data(head.encode(), now=NOW)
        for _ in range(200):
            connection.receive_data(piece, now=NOW)
        assert tracemalloc.get_traced_memory()[1] < 600_000
    finally:
        tracemalloc.stop()
    assert connection.finished, "8 MiB are enough"
    connection = relay.accept(now=NOW)
    for _ in range(2):
        connection.receive_data(b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000, now=NOW)
    assert connection.finished, "headers are limited"


@pytest.mark.parametrize("target", ["/x", "/blog/api/v1/up"])
def test_TR24_eight_mebibytes_to_the_site_are_read(target: str) -> None:
    relay = make_relay()
    connection = relay.accept(now=NOW)
    connection.receive_data(
        f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n".encode(), now=NOW
    )
    for _ in range(8):
        connection.receive_data(bytes(1 << 20), now=NOW)
    assert not connection.finished
    connection.receive_data(b"x", now=NOW)
    assert connection.finished


def test_TR24_bytes_after_a_poll_are_bounded() -> None:
    relay = make_relay()
    path = json_session(relay)
    exchange(relay, request("POST", f"{path}/up?seq=0", HELLO))
    exchange(relay, request("GET", f"{path}/down?cursor=0"))
    connection = relay.accept(now=NOW)
    connection.receive_data(request("GET", f"{path}/down?cursor=1"), now=NOW)
    connection.receive_data(bytes(1 << 16), now=NOW)
    assert not connection.finished
    connection.receive_data(b"x", now=NOW)
    assert connection.finished


def test_request_behind_a_poll_is_answered_after_it() -> None:
    relay = make_relay()
    path = json_session(relay)
    exchange(relay, request("POST", f"{path}/up?seq=0", HELLO))
    exchange(relay, request("GET", f"{path}/down?cursor=0"))
    connection = relay.accept(now=NOW)
    connection.receive_data(request("GET", f"{path}/down?cursor=1&wait=5000") + request("GET", "/nothing"), now=NOW)
    assert connection.data_to_send(now=NOW) == b""
    assert relay.next_deadline() == NOW + 5
    relay.handle_deadline(now=NOW + 5)
    answer = connection.data_to_send(now=NOW + 5)
    assert [int(each) for each in (answer.split()[1], answer.partition(b"HTTP/1.1 404")[1].split()[1])] == [204, 404]


def test_garbage_behind_a_poll_is_refused_after_it() -> None:
    relay = make_relay()
    path = json_session(relay)
    exchange(relay, request("POST", f"{path}/up?seq=0", HELLO))
    assert exchange(relay, request("GET", f"{path}/down?cursor=0")).startswith(b"HTTP/1.1 200 OK\r\n")
    connection = relay.accept(now=NOW)
    connection.receive_data(request("GET", f"{path}/down?cursor=1&wait=5000") + b"no request\r\n\r\n", now=NOW)
    assert connection.data_to_send(now=NOW) == b""
    relay.handle_deadline(now=NOW + 5)
    answer = connection.data_to_send(now=NOW + 5)
    assert answer.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert b"\r\n\r\nHTTP/1.1 400 Bad Request\r\n" in answer
    assert connection.finished


def test_TR24_answers_to_requests_in_a_row_wait_until_the_earlier_ones_are_sent() -> None:
    page = bytes(30_000)
    relay = make_relay(site=Site(pages={"/": Page(page)}))
    connection = relay.accept(now=NOW)
    connection.receive_data(request("GET", "/") * 1000, now=NOW)
    assert connection.is_waiting
    relay.take_ready()
    answers = 0
    while connection in relay.take_ready() or not answers:
        data = connection.data_to_send(now=NOW)
        assert len(data) < 3 * 31_000
        answers += data.count(b"HTTP/1.1 200 OK")
    assert answers == 1000
    assert not connection.is_waiting
    assert not connection.finished


def test_TR24_requests_that_arrive_before_the_answers_are_sent_are_bounded() -> None:
    relay = make_relay(site=Site(pages={"/": Page(bytes(1 << 17))}))
    connection = relay.accept(now=NOW)
    for _ in range(3):
        connection.receive_data(request("GET", "/").ljust(1 << 16, b"\r"), now=NOW)
    assert connection.finished


@pytest.mark.parametrize("count", [10, 1000])
def test_next_deadline_costs_no_steps_for_idle_connections(count: int) -> None:
    relay = make_relay(max_sessions=count)
    connections = [relay.accept(now=NOW + number) for number in range(count)]
    for _ in range(count):
        json_session(relay)
    steps = 0

    def trace(frame: FrameType_, event: str, argument: object) -> None:
        nonlocal steps
        steps += 1

    sys.setprofile(trace)
    try:
        connections[0].receive_data(request("GET", "/"), now=NOW)
        before = steps
        assert relay.next_deadline() == NOW + 10
        steps -= before
    finally:
        sys.setprofile(None)
    assert steps < 40


def test_TR24_idle_connections_and_sessions_end() -> None:
    relay = make_relay(request_timeout=60.0, session_timeout=90.0)
    idle, slow = relay.accept(now=NOW), relay.accept(now=NOW)
    slow.receive_data(b"GET / HT", now=NOW + 59)
    exchange(relay, request("POST", f"{json_session(relay)}/up?seq=0", HELLO))
    assert relay.next_deadline() == NOW + 60
    relay.take_ready()
    relay.handle_deadline(now=NOW + 60)
    assert idle.finished
    assert slow.finished
    assert {idle, slow} == set(relay.take_ready()), "their driver is to close them"
    assert relay.session_count == 1
    relay.handle_deadline(now=NOW + 90)
    assert relay.session_count == 0
    assert relay.next_deadline() is None


@pytest.mark.parametrize("last", [b"", b"nonsense\r\n\r\n", request("POST", "/", bytes(9 << 20))])
def test_driver_learns_which_connections_to_close(last: bytes) -> None:
    relay = make_relay()
    connection = relay.accept(now=NOW)
    relay.take_ready()
    connection.receive_data(last, now=NOW)
    assert connection.finished
    assert list(relay.take_ready()) == [connection]


def test_driver_learns_which_poll_has_data_of_a_target() -> None:
    relay = make_relay()
    path = json_session(relay)
    exchange(relay, request("POST", f"{path}/up?seq=0", HELLO + OPEN))
    exchange(relay, request("GET", f"{path}/down?cursor=0"))
    poll = relay.accept(now=NOW)
    poll.receive_data(request("GET", f"{path}/down?cursor=1"), now=NOW)
    relay.take_ready()
    opened = relay.next_event()
    assert isinstance(opened, StreamOpened)
    opened.stream.send(b"hello")
    assert list(relay.take_ready()) == [poll]
    assert b"hello" in poll.data_to_send(now=NOW)


def test_TR24_session_ends_that_does_not_poll_again() -> None:
    relay = make_relay(session_timeout=90.0)
    path = json_session(relay)
    exchange(relay, request("POST", f"{path}/up?seq=0", HELLO))
    assert status(exchange(relay, request("GET", f"{path}/down?cursor=0"), now=NOW + 10)) == 200
    relay.handle_deadline(now=NOW + 99)
    assert relay.session_count == 1
    relay.handle_deadline(now=NOW + 100)
    assert relay.session_count == 0


@pytest.mark.parametrize("mode", ["https", "json"])
def test_open_poll_keeps_a_session(mode: str) -> None:
    pair = Pair(mode).shake_hands()
    for _ in range(20):
        pair.pass_time(25.0)
    assert pair.carrier.failure is None
    pair.send(b"still there")
    assert bytes(pair.received) == b"still there"


def test_pings_keep_a_web_socket_and_TR24_a_silent_one_ends() -> None:
    pair = Pair("websocket").shake_hands()
    for _ in range(20):
        pair.pass_time(30.0)
    pair.send(b"still there")
    assert bytes(pair.received) == b"still there"
    pair.relay.handle_deadline(now=pair.now + 30)
    assert pair.links[0].data_to_send(now=pair.now + 30)  # the ping, which is lost
    pair.relay.handle_deadline(now=pair.now + 89)
    assert pair.relay.session_count == 1
    pair.relay.handle_deadline(now=pair.now + 90)
    assert pair.relay.session_count == 0
    assert pair.links[0].data_to_send(now=pair.now + 90).endswith(b"\x88\x02\x03\xe8"), "a close frame with 1000"
    assert pair.links[0].finished


def test_TR24_session_that_is_full_takes_no_more() -> None:
    relay = make_relay(max_session_bytes=1 << 20)
    path = json_session(relay)
    exchange(relay, request("POST", f"{path}/up?seq=0", HELLO + OPEN))
    frames = WebFrame(FrameType.DATA, 1, bytes(1 << 20)).encode()
    assert status(exchange(relay, request("POST", f"{path}/up?seq=1", frames))) == 200
    full = exchange(relay, request("POST", f"{path}/up?seq=2", frames))
    assert status(full) == 503
    assert b"Retry-After: 1" in full
    opened = relay.next_event()
    assert isinstance(opened, StreamOpened)
    assert opened.stream.room == 0
    opened.stream.delivered(1 << 20)
    assert status(exchange(relay, request("POST", f"{path}/up?seq=2", frames))) == 200


def test_TR24_all_sessions_together_are_bounded() -> None:
    relay = make_relay(max_bytes=1 << 20)
    path = json_session(relay)
    other = json_session(relay)
    frames = WebFrame(FrameType.DATA, 1, bytes(1 << 20)).encode()
    exchange(relay, request("POST", f"{path}/up?seq=0", HELLO + OPEN + frames))
    assert status(exchange(relay, request("POST", f"{other}/up?seq=0", HELLO + OPEN))) == 503
    answer = exchange(relay, request("POST", "/blog/api/v1/session", json.dumps({"bridge": CAPABILITY}).encode()))
    assert status(answer) == 503


def test_TR24_web_socket_of_a_full_session_is_not_read() -> None:
    pair = Pair("websocket", relay=make_relay(max_session_bytes=1 << 20), echo=False).shake_hands()
    assert not pair.first.is_waiting
    pair.carrier.send(bytes(1 << 19))
    pair.carrier.send(bytes(1 << 19))
    pair.to_relay(pair.first, pair.carrier.lanes[0].data_to_send(NOW))
    assert pair.first.is_waiting
    pair.move()
    assert not pair.first.is_waiting


def test_frames_behind_the_request_for_a_web_socket_are_read() -> None:
    relay = make_relay()
    token = body_of(
        exchange(relay, request("POST", "/blog/api/v1/session", json.dumps({"bridge": CAPABILITY}).encode()))
    )
    batch = HELLO + OPEN
    frame = bytes([0x82, 0x80 | len(batch)]) + bytes(4) + batch
    connection = relay.accept(now=NOW)
    connection.receive_data(upgrade(f"tproxy-v1.{json.loads(token)['id']}") + frame, now=NOW)
    assert isinstance(relay.next_event(), StreamOpened)


def test_TR23_session_has_one_web_socket() -> None:
    pair = Pair("websocket").shake_hands()
    found = re.search(rb"tproxy-v1\.[^\r]{43}", bytes(pair.requests))
    assert found is not None
    assert status(exchange(pair.relay, upgrade(found[0].decode()))) == 404
    pair.send(b"x")
    assert bytes(pair.received) == b"x"


def test_web_socket_frames_byte_by_byte_and_end_of_the_client() -> None:
    pair = Pair("websocket", cut=byte_by_byte).shake_hands()
    pair.send(b"hello")
    pair.first.receive_data(b"", now=NOW)
    assert pair.relay.session_count == 0
    pair.relay.next_event()
    assert pair.streams[0].closed


@pytest.mark.parametrize(
    "hostile", [b"\x81\x81\x00\x00\x00\x00x", b"\x82\x01x", b"\xff\xff", b"\x82\x81\x00\x00\x00\x00\x7f"]
)
def test_TR19_hostile_web_socket_ends_its_session(hostile: bytes) -> None:
    pair = Pair("websocket").shake_hands()
    pair.first.receive_data(hostile, now=NOW)
    assert pair.relay.session_count == 0
    assert pair.first.finished
    pair.first.data_to_send(now=NOW)
    pair.first.receive_data(b"late", now=NOW)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=300) | st.sampled_from(PROBES), max_size=5))
def test_any_bytes_of_a_client_are_answered_or_end_its_connection(pieces: list[bytes]) -> None:
    relay = make_relay()
    connection = relay.accept(now=NOW)
    for piece in pieces:
        connection.receive_data(piece, now=NOW)
        connection.data_to_send(now=NOW)
    assert relay.session_count == 0
    assert relay.stored == 0


METHODS = ["GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT", "TRACE", "DELETE", "get", "head", "post"]
HEADERS = [
    "Host: relay.example.org",
    "Host: relay.example.org",
    "Content-Length: 3",
    "Content-Length: 5000000000",
    "Content-Length: x",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip",
    "Expect: 100-continue",
    "Connection: close",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Authorization: Bearer x",
    "X-Up-Seq: 1",
]
BODIES = [
    b"",
    b"abc",
    b"zz\r\n",
    b"3\r\nabc\r\n0\r\n\r\n",
    b"3\r\nabcd",
    b"0\r\nT: x\r\n\r\n",
    b"0\r\n\0\r\n\r\n",
    b"\xff" * 20,
]


@st.composite
def any_request(draw: st.DrawFn) -> bytes:
    """Of any method, with any framing of a body, well-formed or not."""
    target = draw(st.sampled_from(["/", "*", "/blog/", "/blog/api/v1/up", "/blog/api/v1/ws", "example.org:443", "/\0"]))
    head = [
        f"{draw(st.sampled_from(METHODS))} {target} HTTP/{draw(st.sampled_from(['1.1', '1.0', '2.0', '9']))}",
        *draw(st.lists(st.sampled_from(HEADERS), max_size=4)),
    ]
    return "\r\n".join([*head, "", ""]).encode() + draw(st.sampled_from(BODIES) | st.binary(max_size=20))


@settings(max_examples=300, deadline=None)
@given(st.lists(any_request(), min_size=1, max_size=4), st.integers(1, 400), st.booleans())
def test_any_requests_of_a_client_are_answered_or_end_its_connection(
    pieces: list[bytes], size: int, sends: bool
) -> None:
    relay = make_relay()
    connection = relay.accept(now=NOW)
    data = b"".join(pieces)
    for at in range(0, len(data), size):
        connection.receive_data(data[at : at + size], now=NOW)
        if sends:
            connection.data_to_send(now=NOW)
    connection.data_to_send(now=NOW)
    connection.receive_data(b"", now=NOW)
    assert connection.finished
    assert relay.stored == 0


@pytest.mark.parametrize("method", METHODS)
def test_TR23_malformed_body_is_refused_for_each_method(method: str) -> None:
    """The answer to HEAD has no body."""
    connection = make_relay().accept(now=NOW)
    connection.receive_data(
        f"{method} /blog/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".encode(), now=NOW
    )
    answer = connection.data_to_send(now=NOW)
    assert status(answer) == 400
    assert connection.finished
    assert bool(body_of(answer)) == (method != "HEAD")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=40) | st.sampled_from([HELLO, OPEN, BYE]), max_size=6))
def test_any_frames_of_a_client_are_processed_or_end_its_session(bodies: list[bytes]) -> None:
    relay = make_relay()
    path = json_session(relay)
    streams: list[RelayStream] = []
    for number, body in enumerate(bodies):
        exchange(relay, request("POST", f"{path}/up?seq={number}", body))
        streams += [event.stream for event in iter(relay.next_event, None) if isinstance(event, StreamOpened)]
    assert relay.session_count in {0, 1}
    exchange(relay, request("DELETE", path))
    for each in streams:
        each.release()
    assert relay.session_count == 0
    assert relay.stored == 0


def test_settings_are_checked_and_hidden() -> None:
    good: dict[str, Any] = {"address": ADDRESS, "secret": SECRET}
    assert SECRET.key.hex() not in repr(WebRelayConfig(**good))
    for wrong in (
        {"address": "relay.example.org"},
        {"secret": "dd00"},
        {"secret": ProxySecret.parse(f"ee{'00' * 16}{b'a'.hex()}")},
        {"site": None},
        {"max_sessions": 0},
        {"long_poll": -1},
    ):
        with pytest.raises(LocalProtocolError) as caught:
            WebRelayConfig(**{**good, **wrong})
        assert "dd00" not in str(caught.value)


def test_same_inputs_give_the_same_bytes() -> None:
    def sent() -> bytes:
        pair = Pair("https").shake_hands()
        pair.send(b"hello")
        return bytes(pair.requests)

    assert sent() == sent()
    assert (
        WebHandshake(ADDRESS, SECRET, entropy=stream()).data_to_send()
        == WebHandshake(ADDRESS, SECRET, entropy=stream()).data_to_send()
    )


def test_big_uplink_with_a_slow_target_stays_within_the_window() -> None:
    pair = Pair("json", echo=False, relay=make_relay("json")).shake_hands()
    pair.send(bytes(1 << 20))
    assert pair.relay.stored <= WINDOW


@given(st.integers(0, 4_000_000_000))
def test_dates_are_those_of_http(at: int) -> None:
    assert http_date(at) == formatdate(at, usegmt=True)


@pytest.mark.parametrize("target", ["/nope", "/blog/api/v1/up"])
def test_TR11_small_chunks_of_a_request_are_bounded(target: str) -> None:
    head = f"POST {target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    relay = make_relay()
    few, many = relay.accept(now=NOW), relay.accept(now=NOW)
    for _ in range(2):
        few.receive_data(head + b"1\r\nx\r\n" * 1025 + b"0\r\n\r\n", now=NOW)
        assert status(few.data_to_send(now=NOW)) == 404
    assert not few.finished
    many.receive_data(head + b"1\r\nx\r\n" * 1026, now=NOW)
    assert status(many.data_to_send(now=NOW)) == 400
    assert many.finished
    large = relay.accept(now=NOW)
    large.receive_data(head + (b"400\r\n" + bytes(1024) + b"\r\n") * 4000 + b"0\r\n\r\n", now=NOW)
    assert status(large.data_to_send(now=NOW)) == 404


def small_frames(count: int, *, masked: bool) -> bytes:
    """A message that is not complete, in frames of one byte."""
    payload = b"\x81" + bytes(4) + b"x" if masked else b"\x01x"
    return b"\x02" + payload + (b"\x00" + payload) * (count - 1)


@pytest.mark.parametrize("count", [1024, 1026])
def test_TR11_small_web_socket_frames_of_a_message_are_bounded(count: int) -> None:
    for masked in (True, False):
        socket = WebSocketBatches(small_frames(count, masked=masked), None if masked else stream())
        if count == 1024:
            assert list(socket.batches()) == []
            socket.receive_data(b"\x80" + (b"\x81" + bytes(4) if masked else b"\x01") + b"x")
            assert list(socket.batches()) == [b"x" * 1025]
            socket.receive_data(small_frames(1024, masked=masked))
            assert list(socket.batches()) == []
        else:
            with pytest.raises(RemoteProtocolError) as caught:
                list(socket.batches())
            assert caught.value.check == "TR11"


def test_TR11_small_chunks_of_an_answer_are_bounded() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    connection = HttpConnection("a")
    for _ in range(2):
        connection.send(HttpRequest("GET", "/", []))
        answer = connection.receive(head + b"1\r\nx\r\n" * 1025 + b"0\r\n\r\n")
        assert answer is not None
        assert answer.body == b"x" * 1025
    connection.send(HttpRequest("GET", "/", []))
    with pytest.raises(RemoteProtocolError) as caught:
        connection.receive(head + b"1\r\nx\r\n" * 1026)
    assert caught.value.check == "TR11"
