"""TR11: MTProto over HTTP, both ends."""

from __future__ import annotations

import http.client
import io
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing import AutoDetectFraming, Packet, TransportErrorReceived
from sansio_tl.framing.http_client import HttpClient
from sansio_tl.framing.http_server import HttpServer, UpgradeRequested
from sansio_tl.limits import Limits
from tests.framing.helpers import byte_by_byte, cut, deliver, drain, exchange, limits, outcome, payloads

ASK, ANSWER = b"ABCDEFGH", b"IJKLMNOP"


def asking(*packets: bytes) -> HttpClient:
    """A client that has sent the first of `packets` and queues the others."""
    client = HttpClient(host="dc.example")
    for packet in packets or (ASK,):
        client.send_packet(packet)
    assert client.data_to_send().startswith(b"POST /api HTTP/1.1\r\n")
    return client


def post(body: bytes, *headers: str, path: str = "/api", method: str = "POST") -> bytes:
    head = [f"{method} {path} HTTP/1.1", "Host: dc.example", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(head).encode() + body


def responses(data: bytes) -> list[tuple[int, bytes, http.client.HTTPMessage]]:
    """The responses in `data`, as Python's own HTTP client reads them."""

    class ResponseSource:
        def __init__(self) -> None:
            self.file = Unclosed(data)

        def makefile(self, *_args: Any) -> io.BytesIO:
            return self.file

    class Unclosed(io.BytesIO):
        def close(self) -> None:
            """The next response is behind this one."""

    connection, read = ResponseSource(), []
    while connection.file.tell() < len(data):
        one = http.client.HTTPResponse(connection)  # type: ignore[arg-type]
        one.begin()
        read.append((one.status, one.read(), one.headers))
    return read


# -- client and server ----------------------------------------------------------------------------------------------


@given(st.lists(payloads, min_size=1, max_size=4))
def test_TR11_connection_is_kept_alive_between_requests(packets: list[bytes]) -> None:
    server = AutoDetectFraming()
    exchange(HttpClient(host="dc.example"), server, packets)
    assert server.kind == "http"
    assert not server.finished


@given(payloads, st.lists(st.integers(0, 60)))
def test_TR9_any_fragmentation_gives_the_same_events(packet: bytes, sizes: list[int]) -> None:
    client = HttpClient(host="dc.example")
    client.send_packet(packet)
    question = client.data_to_send()
    server = HttpServer()
    assert outcome(server, cut(question, sizes), eof=False) == [Packet(packet)]
    server.send_packet(packet)
    assert outcome(client, cut(server.data_to_send(), sizes)) == [Packet(packet)]
    assert outcome(AutoDetectFraming(), byte_by_byte(question), eof=False) == [Packet(packet)]


def test_client_queues_packets_while_a_request_is_pending() -> None:
    client, server = HttpClient(), HttpServer()
    client.send_packet(ASK)
    client.send_packet(ANSWER)
    assert client.listening
    assert deliver(client, server) == [Packet(ASK)]
    assert client.data_to_send() == b""
    server.send_packet(ANSWER)
    assert deliver(server, client) == [Packet(ANSWER)]
    assert client.listening
    assert deliver(client, server) == [Packet(ANSWER)]
    server.send_nothing()
    assert deliver(server, client) == []
    assert not client.listening


def test_TR11_client_sends_nothing_after_an_error_response_without_a_request() -> None:
    """A server may respond 408 to a silent client. Neither side can go on then: h11 leaves only the client idle."""
    client = HttpClient(host="dc.example")
    client.receive_data(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
    assert drain(client) == [TransportErrorReceived(-408)]
    client.send_packet(ASK)
    assert client.data_to_send() == b""


def test_server_sends_only_responses() -> None:
    client, server = HttpClient(), HttpServer()
    server.send_packet(ANSWER)
    assert server.data_to_send() == b""
    server.send_nothing()
    client.send_packet(ASK)
    assert deliver(client, server) == [Packet(ASK)]
    assert not server.has_pending_poll
    assert deliver(server, client) == [Packet(ANSWER)]
    client.send_packet(ASK)
    assert deliver(client, server) == [Packet(ASK)]
    assert server.has_pending_poll


@pytest.mark.parametrize(("code", "status"), [(-404, 404), (-429, 429), (-444, 444), (-500, 500), (-1, 200)])
def test_TR3_error_code_is_sent_as_its_http_status(code: int, status: int) -> None:
    client, server = asking(), HttpServer()
    server.receive_data(post(ASK))
    drain(server)
    server.send_transport_error(code)
    data = server.data_to_send()
    assert [answer[:2] for answer in responses(data)] == [(status, code.to_bytes(4, "little", signed=True))]
    assert outcome(client, byte_by_byte(data)) == [TransportErrorReceived(code)]


def test_quick_acks_are_refused() -> None:
    with pytest.raises(LocalProtocolError, match="http"):
        HttpClient().send_packet(ASK, quick_ack=True)
    with pytest.raises(LocalProtocolError, match="http"):
        HttpServer().send_quick_ack(b"ABC\x84")
    with pytest.raises(LocalProtocolError, match="server"):
        HttpClient().send_transport_error(-404)


# -- the client's end -----------------------------------------------------------------------------------------------


def test_request_has_path_host_and_content_length() -> None:
    client = HttpClient(host="dc.example:8080", path="/apiw")
    client.send_packet(ASK)
    head, _, body = client.data_to_send().partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[:2] == [b"POST /apiw HTTP/1.1", b"Host: dc.example:8080"]
    assert b"Content-Length: 8" in head
    assert body == ASK


@pytest.mark.parametrize(("host", "path"), [("a\nb", "/api"), ("host", "/a b"), ("host", "/\xff"), ("\x00", "/api")])
def test_host_or_path_invalid_in_http_is_refused(host: str, path: str) -> None:
    with pytest.raises(LocalProtocolError, match="HTTP"):
        HttpClient(host=host, path=path)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nIJKLMNOP",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nIJK\r\n5\r\nLMNOP\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nIJKLMNOP",
        b"HTTP/1.0 200 OK\r\n\r\nIJKLMNOP",
    ],
    ids=["length", "chunked", "continue", "until the end"],
)
def test_TR11_body_is_read_with_every_http_length_encoding(data: bytes) -> None:
    for pieces in ([data], byte_by_byte(data)):
        assert outcome(asking(), pieces) == [Packet(ANSWER)]


def test_TR11_consecutive_responses_are_separated() -> None:
    client = asking(ASK, ASK)
    first = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nIJKLMNOP"
    client.receive_data(first)
    assert drain(client) == [Packet(ANSWER)]
    assert client.data_to_send().startswith(b"POST")
    client.receive_data(first)
    assert drain(client) == [Packet(ANSWER)]


@pytest.mark.parametrize("status", [300, 301, 404, 429, 500, 502, 599])
def test_TR11_error_status_is_a_transport_error(status: int) -> None:
    data = f"HTTP/1.1 {status} No\r\nContent-Length: 11\r\n\r\n<p>No.</p>\n".encode()
    for pieces in ([data], byte_by_byte(data)):
        assert outcome(asking(), pieces) == [TransportErrorReceived(-status)]
    # The fault is known before its explanation has come, however long that would be.
    endless = f"HTTP/1.1 {status} No\r\nContent-Length: 9999999999\r\n\r\n".encode()
    client = asking()
    assert outcome(client, [endless, bytes(100_000)], eof=False) == [TransportErrorReceived(-status)]


def test_TR11_unsolicited_error_status_is_reported_but_an_unsolicited_response_refused() -> None:
    timeout = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"
    assert outcome(HttpClient(), [timeout]) == [TransportErrorReceived(-408)]
    assert outcome(HttpClient(), [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]) == ["TR11"]


@pytest.mark.parametrize(
    "data", [b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 two hundred\r\n\r\n", b"HTTP/1.1 200 OK\r\nA\x00: b\r\n"]
)
def test_TR11_response_that_is_not_http_is_refused(data: bytes) -> None:
    assert outcome(asking(), [data + b"\r\n\r\n"], eof=False) == ["TR11"]


def test_TR11_endless_headers_are_refused() -> None:
    endless = [b"HTTP/1.1 200 OK\r\n", *[b"X: " + b"a" * 100 + b"\r\n"] * 1000]
    assert outcome(asking(), endless, eof=False) == ["TR11"]


def test_TR11_many_informational_responses_before_an_answer_are_refused() -> None:
    waiting, answer = b"HTTP/1.1 103 Wait\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n" + ANSWER
    asker = asking(ASK, ASK)
    assert outcome(asker, [waiting * 8 + answer], eof=False) == [Packet(ANSWER)]
    asker.data_to_send()
    assert outcome(asker, [waiting * 8 + answer], eof=False) == [Packet(ANSWER)]  # each answer has its own
    for pieces in ([waiting * 9 + answer], byte_by_byte(waiting * 9 + answer)):
        assert outcome(asking(), pieces, eof=False) == ["TR11"]


def test_empty_response_gives_no_event() -> None:
    for head in (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n"):
        assert outcome(asking(), [head]) == []


def test_TR1_body_above_the_limit_is_refused_by_its_length_and_in_chunks() -> None:
    for data in (
        b"HTTP/1.1 200 OK\r\nContent-Length: 68\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n44\r\n" + bytes(65),
    ):
        client = HttpClient(limits(64))
        client.send_packet(ASK)
        client.data_to_send()
        assert outcome(client, [data], eof=False) == ["TR1"]


def test_TR1_client_and_server_bodies_have_separate_limits() -> None:
    bounds = Limits(max_packet_size=128, max_client_packet_size=64)
    assert outcome(HttpServer(bounds), [post(bytes(64)), post(bytes(68))], eof=False) == [Packet(bytes(64)), "TR1"]
    client = HttpClient(bounds)
    client.send_packet(bytes(64))
    client.data_to_send()
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 128\r\n\r\n" + bytes(128)
    assert outcome(client, [answer], eof=False) == [Packet(bytes(128))]


@pytest.mark.parametrize("body", [b"ABCDEFGHI", b"AB"])
def test_TR2_body_of_an_invalid_packet_size_is_refused(body: bytes) -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert outcome(asking(), [data]) == ["TR2"]
    assert outcome(HttpServer(), [post(body)]) == ["TR2"]


def test_TR10_eof_before_the_end_of_a_response_is_an_error() -> None:
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nIJKLMNOP"
    for size in range(len(data)):
        assert outcome(asking(), [data[:size]]) == ["TR10"], size
    assert outcome(HttpClient(), []) == []


def test_client_is_finished_after_a_connection_close_response() -> None:
    client = asking(ASK, ASK)
    data = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 8\r\n\r\nIJKLMNOP"
    before = client.finished
    assert outcome(client, [data], eof=False) == [Packet(ANSWER)]
    assert (before, client.finished) == (False, True)
    assert client.data_to_send() == b""


# -- the server's end -----------------------------------------------------------------------------------------------


def test_TR11_pipelined_requests_are_answered_in_order() -> None:
    server = HttpServer()
    data = post(b"FIRST...") + post(b"", method="OPTIONS") + post(b"SECOND..")
    assert outcome(server, [data], eof=False) == [Packet(b"FIRST..."), Packet(b"SECOND..")]
    assert server.data_to_send() == b""
    server.send_packet(b"first...")
    server.send_packet(b"second..")
    answers = [(status, body) for status, body, _ in responses(server.data_to_send())]
    assert answers == [(200, b"first..."), (204, b""), (200, b"second..")]


def test_TR11_number_of_unanswered_requests_is_bounded() -> None:
    events = outcome(HttpServer(), [post(ASK) * 1000], eof=False)
    assert events == [Packet(ASK)] * 64 + ["TR11"]


def test_cors_preflight_is_answered() -> None:
    server = AutoDetectFraming()
    preflight = post(b"", "Origin: https://web.example", "Access-Control-Request-Method: POST", method="OPTIONS")
    assert outcome(server, byte_by_byte(preflight + post(ASK)), eof=False) == [Packet(ASK)]
    server.send_packet(ANSWER)
    first, second = responses(server.data_to_send())
    assert first[0] == 204
    assert first[2]["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    assert {first[2]["Access-Control-Allow-Origin"], second[2]["Access-Control-Allow-Origin"]} == {"*"}
    assert second[:2] == (200, ANSWER)


@pytest.mark.parametrize(
    ("method", "path", "status"), [("POST", "/", 404), ("HEAD", "/api", 405), ("POST", "/index.html", 404)]
)
def test_request_of_another_path_or_method_gets_an_error_and_the_connection_stays_open(
    method: str, path: str, status: int
) -> None:
    server = AutoDetectFraming()
    assert outcome(server, [post(b"hello", path=path, method=method) + post(ASK)], eof=False) == [Packet(ASK)]
    assert server.data_to_send().startswith(b"HTTP/1.1 %d " % status)
    assert not server.finished


def test_expect_100_continue_is_answered() -> None:
    server = HttpServer()
    head, body = post(ASK, "Expect: 100-continue")[:-8], ASK
    assert outcome(server, [head], eof=False) == []
    assert server.data_to_send().startswith(b"HTTP/1.1 100 ")
    assert outcome(server, [body + head], eof=False) == [Packet(ASK)]
    # Not while the client expects the answer to its first request.
    assert server.data_to_send() == b""


@pytest.mark.parametrize(
    ("data", "check", "status"),
    [
        (post(bytes(68)), "TR1", 413),
        (post(b""), "TR2", 400),
        (post(b"AB"), "TR2", 400),
        (post(b"\x6c\xfe\xff\xff"), "TR3", 400),
        (b"POST /api HTTP/1.1\r\n\r\n", "TR11", 400),
        (b"POST /api HTTP/x\r\nHost: x\r\n\r\n", "TR11", 400),
        (post(ASK, "Content-Length: 9"), "TR11", 400),
    ],
)
def test_TR11_bad_request_is_answered_with_its_status(data: bytes, check: str, status: int) -> None:
    server = AutoDetectFraming(limits(64))
    assert outcome(server, [data], eof=False) == [check]
    assert [answer[0] for answer in responses(server.data_to_send())] == [status]
    assert server.finished


def test_TR11_bad_request_behind_a_pending_one_is_not_answered() -> None:
    server = HttpServer()
    assert outcome(server, [post(ASK) + b"rubbish\r\n\r\n"], eof=False) == [Packet(ASK), "TR11"]
    assert server.data_to_send() == b""


def test_connection_close_request_is_answered_before_the_end() -> None:
    server = HttpServer()
    assert outcome(server, [post(ASK, "Connection: close")], eof=False) == [Packet(ASK)]
    server.send_packet(ANSWER)
    before = server.finished
    assert [answer[:2] for answer in responses(server.data_to_send())] == [(200, ANSWER)]
    assert (before, server.finished) == (False, True)


def test_no_op_packet_gets_an_empty_response() -> None:
    server = HttpServer()
    assert outcome(server, [post(bytes(4))], eof=False) == []
    assert [answer[:2] for answer in responses(server.data_to_send())] == [(200, b"")]


def test_TR10_eof_inside_a_request_is_an_error() -> None:
    data = post(ASK)
    for size in range(1, len(data)):
        assert outcome(HttpServer(), [data[:size]]) == ["TR10"], size
    assert outcome(HttpServer(), []) == []
    assert outcome(HttpServer(), [data]) == [Packet(ASK)]


# -- without the library --------------------------------------------------------------------------------------------


@pytest.mark.interpreted
def test_without_h11_the_error_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith("sansio_tl.framing.http")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "h11", None)
    with pytest.raises(ImportError, match=r"pip install '\.\[http\]'"):
        import sansio_tl.framing.http_client  # noqa: F401
    server = AutoDetectFraming()
    with pytest.raises(RemoteProtocolError, match=r"pip install '\.\[http\]'"):
        server.receive_data(post(ASK))


def test_unsupported_upgrade_is_answered_and_ends_the_connection() -> None:
    """h11 reads no further until it is decided, so a request behind it would wait forever."""
    server = AutoDetectFraming()
    data = post(ASK, "Connection: Upgrade", "Upgrade: h2c")
    assert outcome(server, [data], eof=False) == [Packet(ASK)]
    assert not server.finished
    server.send_packet(ANSWER)
    ((status, body, headers),) = responses(server.data_to_send())
    assert (status, body, headers["Connection"]) == (200, ANSWER, "close")
    assert server.finished


def upgrade(*headers: str) -> bytes:
    expected = ("Connection: Upgrade", "Upgrade: websocket", *headers)
    return post(b"", *expected, path="/apiws", method="GET").replace(b"Content-Length: 0\r\n", b"")


@pytest.mark.parametrize("size", [1, 10_000])
def test_TR11_http_connection_can_upgrade_to_a_websocket(size: int) -> None:
    server = AutoDetectFraming()
    key = ("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13")
    assert outcome(server, [post(ASK)], eof=False) == [Packet(ASK)]
    server.send_packet(ANSWER)
    server.data_to_send()
    data = upgrade(*key, "Sec-WebSocket-Protocol: binary")
    assert outcome(server, cut(data, [size] * len(data)), eof=False) == []
    assert server.data_to_send().startswith(b"HTTP/1.1 101 ")
    assert (server.kind, server.polled) == ("websocket obfuscated", False)


def test_TR11_invalid_upgrade_of_an_http_connection_is_refused() -> None:
    server = AutoDetectFraming()
    assert outcome(server, [post(ASK)], eof=False) == [Packet(ASK)]
    server.send_nothing()
    server.data_to_send()
    assert outcome(server, [upgrade()], eof=False) == ["TR11"]
    assert server.data_to_send().startswith(b"HTTP/1.1 400 ")


# -- which web pages may ---------------------------------------------------------------------------------------------

PAGE, FOREIGN = "https://web.example", "https://evil.example"


def server_for(*origins: str) -> AutoDetectFraming:
    return AutoDetectFraming(allowed_origins=frozenset(origins))


def test_request_from_a_foreign_origin_gets_403_and_gives_no_packet() -> None:
    server = server_for(PAGE)
    preflight = post(b"", f"Origin: {FOREIGN}", "Access-Control-Request-Method: POST", method="OPTIONS")
    asked = preflight + post(ASK, f"Origin: {FOREIGN}") + post(ASK, "Origin: null")
    assert outcome(server, byte_by_byte(asked), eof=False) == []
    answers = responses(server.data_to_send())
    assert [status for status, _, _ in answers] == [403, 403, 403]
    assert all("Access-Control-Allow-Origin" not in headers for _, _, headers in answers)


def test_allow_origin_header_names_the_allowed_origin() -> None:
    server = server_for(PAGE, "https://other.example")
    preflight = post(b"", f"Origin: {PAGE}", "Access-Control-Request-Method: POST", method="OPTIONS")
    assert outcome(server, [preflight + post(ASK, f"Origin: {PAGE}")], eof=False) == [Packet(ASK)]
    server.send_packet(ANSWER)
    first, second = responses(server.data_to_send())
    assert (first[0], second[:2]) == (204, (200, ANSWER))
    assert {first[2]["Access-Control-Allow-Origin"], second[2]["Access-Control-Allow-Origin"]} == {PAGE}
    assert {first[2]["Vary"], second[2]["Vary"]} == {"Origin"}


def test_request_without_an_origin_is_served() -> None:
    server = server_for()
    assert outcome(server, [post(ASK)], eof=False) == [Packet(ASK)]
    server.send_packet(ANSWER)
    ((status, body, headers),) = responses(server.data_to_send())
    assert (status, body) == (200, ANSWER)
    assert "Access-Control-Allow-Origin" not in headers


def test_origin_is_checked_for_each_request_of_a_connection() -> None:
    server = server_for(PAGE)
    asked = post(ASK, f"Origin: {FOREIGN}") + post(ASK, f"Origin: {PAGE}")
    assert outcome(server, [asked], eof=False) == [Packet(ASK)]
    server.send_packet(ANSWER)
    answers = responses(server.data_to_send())
    assert [(status, headers.get("Access-Control-Allow-Origin")) for status, _, headers in answers] == [
        (403, None),
        (200, PAGE),
    ]


# -- limits of both roles -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["server", "client"])
def test_TR14_key_id_of_a_large_http_body_is_checked_once_for_each_body(role: str) -> None:
    large = Limits().max_plain_packet
    seen: list[bytes] = []
    reader: HttpServer | HttpClient = HttpServer() if role == "server" else HttpClient()
    reader.check_large_packets(seen.append)
    for number, key in enumerate([b"12345678", b"abcdefgh"]):
        body = key.ljust(large + 8, b".")
        if isinstance(reader, HttpServer):
            message = post(body)
        else:
            reader.send_packet(ASK)
            reader.data_to_send()
            message = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        reader.receive_data(message[:-8])
        assert drain(reader) == []
        assert len(seen) == number
        for piece in (message[-8:-7], message[-7:-6]):
            reader.receive_data(piece)
            assert drain(reader) == []
            assert len(seen) == number + 1
        reader.receive_data(message[-6:])
        assert drain(reader) == [Packet(body)]
    assert seen == [b"12345678", b"abcdefgh"]


@pytest.mark.parametrize(("size", "checked"), [(0, False), (4, True)])
def test_TR14_http_body_of_the_size_of_a_plain_message_is_not_checked(size: int, *, checked: bool) -> None:
    seen: list[bytes] = []
    server = HttpServer()
    server.check_large_packets(seen.append)
    body = b"12345678".ljust(Limits().max_plain_packet + size, b".")
    server.receive_data(post(body))
    assert drain(server) == [Packet(body)]
    assert bool(seen) is checked


def test_http_server_without_an_open_request_has_nothing_to_answer() -> None:
    server = HttpServer()
    assert (server.polled, server.has_pending_poll, server.finished) == (True, False, False)
    server.send_nothing()
    server.receive_data(post(ASK) + post(ANSWER))
    assert drain(server) == [Packet(ASK), Packet(ANSWER)]
    assert server.data_to_send() == b""
    server.send_packet(ANSWER)
    assert server.has_pending_poll
    server.send_nothing()
    assert not server.has_pending_poll
    server.send_nothing()
    assert [answer[:2] for answer in responses(server.data_to_send())] == [(200, ANSWER), (200, b"")]
    assert not server.has_pending_poll


@pytest.mark.parametrize(("code", "status"), [(-399, 200), (-400, 400), (-599, 599), (-600, 200)])
def test_TR3_only_codes_of_http_errors_are_sent_as_a_status(code: int, status: int) -> None:
    server = HttpServer()
    server.receive_data(post(ASK))
    drain(server)
    server.send_transport_error(code)
    assert [answer[:2] for answer in responses(server.data_to_send())] == [
        (status, code.to_bytes(4, "little", signed=True))
    ]


@pytest.mark.parametrize("status", [299, 300])
def test_TR11_response_status_of_300_or_more_is_a_transport_error(status: int) -> None:
    client = asking()
    client.receive_data(b"HTTP/1.1 %d X\r\nContent-Length: 8\r\n\r\n" % status + ANSWER)
    first = client.next_event()
    assert first == (TransportErrorReceived(-300) if status == 300 else Packet(ANSWER))
    assert client.next_event() is None
    assert not client.listening


def test_TR11_64_http_requests_may_be_open() -> None:
    server = HttpServer()
    assert outcome(server, [post(ASK) * 64], eof=False) == [Packet(ASK)] * 64
    for _ in range(64):
        server.send_packet(ANSWER)
    assert len(responses(server.data_to_send())) == 64
    assert outcome(server, [post(ASK) * 64], eof=False) == [Packet(ASK)] * 64


def test_TR15_stopped_http_server_ignores_the_rest_of_a_body() -> None:
    server = HttpServer()
    server.receive_data(post(bytes(1000))[:-500])
    assert drain(server) == []
    server.stop_reading()
    server.receive_data(bytes(500))
    assert server.next_event() is None
    assert server._body.take() == b""


def test_http_client_is_listening_while_a_request_is_open_or_queued() -> None:
    client, server = HttpClient(), HttpServer()
    assert (client.polled, client.listening, client.finished) == (True, False, False)
    client.send_packet(ASK)
    assert client.listening
    deliver(client, server)
    assert client.listening
    server.send_packet(ANSWER)
    assert deliver(server, client) == [Packet(ANSWER)]
    assert (client.listening, client.finished) == (False, False)


def test_TR1_body_is_refused_by_its_announced_length_where_a_packet_is_expected() -> None:
    length = Limits().max_client_packet_size + 1
    announced = f" HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n".encode()
    server = HttpServer()
    assert outcome(server, [b"POST /api" + announced], eof=False) == ["TR1"]
    assert [answer[0] for answer in responses(server.data_to_send())] == [413]
    assert server.finished
    assert outcome(HttpServer(), [b"POST /other" + announced], eof=False) == []


def test_upgrade_of_an_http_connection_is_reported_with_its_request() -> None:
    server = HttpServer()
    server.receive_data(b"GET /apiws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n\r\n")
    with pytest.raises(UpgradeRequested, match="^the client requests an upgrade to WebSocket$") as raised:
        server.next_event()
    assert raised.value.head.target == b"/apiws"
