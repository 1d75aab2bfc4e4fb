"""The proxy through an HTTP proxy."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError
from sansio_tl.proxy import ProxyError
from sansio_tl.proxy.http_connect import HttpConnectHandshake

GRANTED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("149.154.167.51", b"149.154.167.51:443"),
        ("2001:67c:4e8:f002::a", b"[2001:67c:4e8:f002::a]:443"),
        ("dc.example", b"dc.example:443"),
        ("bücher.example", b"xn--bcher-kva.example:443"),
    ],
)
def test_connect_request_has_the_target_for_each_kind_of_address(host: str, target: bytes) -> None:
    handshake = HttpConnectHandshake(host, 443)
    assert handshake.data_to_send() == b"CONNECT " + target + b" HTTP/1.1\r\nHost: " + target + b"\r\n\r\n"
    assert handshake.data_to_send() == b""


def test_credentials_are_sent_with_the_first_request() -> None:
    sent = HttpConnectHandshake("dc.example", 443, username="user", password="schön: secret").data_to_send()
    (line,) = [line for line in sent.split(b"\r\n") if line.startswith(b"Proxy-Authorization: Basic ")]
    assert base64.b64decode(line.split()[-1]).decode() == "user:schön: secret"


def test_message_of_the_proxy_is_escaped_in_the_error() -> None:
    handshake = HttpConnectHandshake("dc.example", 443)
    with pytest.raises(ProxyError) as caught:
        handshake.receive_data(b"HTTP/1.1 999 \xff\x1b[2J\r\n\r\n")
    assert caught.value.reason == r"999 \xff\x1b[2J"


def test_ninth_informational_response_is_refused() -> None:
    handshake = HttpConnectHandshake("dc.example", 443)
    handshake.receive_data(b"HTTP/1.1 100 Wait\r\n\r\n" * 8)
    with pytest.raises(ProxyError):
        handshake.receive_data(b"HTTP/1.1 100 Wait\r\n\r\n")


@pytest.mark.parametrize(
    "granted",
    [
        GRANTED,
        b"HTTP/1.0 200 OK\r\nProxy-agent: x\r\n\r\n",
        b"HTTP/1.1 204 Fine\r\n\r\n",
        b"HTTP/1.1 100 Wait\r\n\r\n" + GRANTED,
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_bytes_after_the_success_response_are_kept(granted: bytes, size: int) -> None:
    handshake = HttpConnectHandshake("dc.example", 443)
    data = granted + b"first bytes"
    for at in range(0, len(data), size):
        if handshake.done:
            handshake.leftover += data[at : at + size]
        else:
            handshake.receive_data(data[at : at + size])
    assert handshake.done
    assert handshake.leftover == b"first bytes"


@pytest.mark.parametrize(
    ("answer", "step", "reason"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n", "HTTP CONNECT authentication", "407 Proxy Authentication"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n", "HTTP CONNECT", "403 Forbidden"),
        (b"HTTP/1.1 502\r\n", "HTTP CONNECT", "502"),
        (b"SSH-2.0-OpenSSH\r\n", "HTTP CONNECT", "does not speak HTTP"),
    ],
)
def test_error_names_the_step_and_the_reason(answer: bytes, step: str, reason: str) -> None:
    handshake = HttpConnectHandshake("dc.example", 443, username="user", password="secret")
    with pytest.raises(ProxyError) as caught:
        handshake.receive_data(answer + b"\r\n")
    assert caught.value.step == step
    assert reason in caught.value.reason
    assert "secret" not in str(caught.value)


def test_endless_headers_are_refused() -> None:
    handshake = HttpConnectHandshake("dc.example", 443)
    handshake.receive_data(b"HTTP/1.1 200 OK\r\n" + (b"X: " + b"a" * 95 + b"\r\n") * 160)
    with pytest.raises(ProxyError, match="does not speak HTTP"):
        handshake.receive_data(b"a" * 2000)


def test_connection_closed_during_the_handshake_is_an_error() -> None:
    handshake = HttpConnectHandshake("dc.example", 443)
    with pytest.raises(ProxyError, match="HTTP CONNECT: the proxy closed the connection"):
        handshake.receive_eof()
    handshake.receive_data(GRANTED)
    handshake.receive_eof()


@given(st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 407 No\r\n"]), st.binary(max_size=60))
def test_any_bytes_end_in_a_tunnel_or_a_proxy_error(opening: bytes, data: bytes) -> None:
    handshake = HttpConnectHandshake("dc.example", 443)
    try:
        for byte in opening + data:
            if not handshake.done:
                handshake.receive_data(bytes([byte]))
    except ProxyError:
        assert not handshake.done


@pytest.mark.parametrize(
    "wrong", [{"host": "a b"}, {"host": ""}, {"host": "a\r\nb"}, {"port": 0}, {"port": 65536}, {"username": "a:b"}]
)
def test_values_that_http_cannot_express_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(LocalProtocolError):
        HttpConnectHandshake(**{"host": "dc.example", "port": 443, **wrong})  # type: ignore[arg-type]


def test_step_of_the_handshake_is_named_as_in_its_errors() -> None:
    handshake = HttpConnectHandshake("dc.example", 443)
    assert handshake.step == "HTTP CONNECT"
    with pytest.raises(ProxyError):
        handshake.receive_data(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
    assert handshake.step == "HTTP CONNECT authentication"


@pytest.mark.parametrize("port", [1, 65535])
def test_ports_from_1_to_65535_can_be_expressed(port: int) -> None:
    assert f"CONNECT dc.example:{port} HTTP/1.1".encode() in HttpConnectHandshake("dc.example", port).data_to_send()
    for wrong in (0, 65536, True, "443"):
        with pytest.raises(LocalProtocolError, match="invalid port: expected a number from 1 to 65535"):
            HttpConnectHandshake("dc.example", wrong)  # type: ignore[arg-type]


def test_credentials_with_control_characters_or_surrogates_are_refused() -> None:
    for character in ("\x00", "\x1f", "\x7f", "\ud800", "\udfff"):
        for username, password, what in ((f"u{character}", "", "user name"), ("u", character, "password")):
            with pytest.raises(LocalProtocolError, match=f"invalid proxy {what}: it contains a control character"):
                HttpConnectHandshake("dc.example", 443, username=username, password=password)
    for fine in (" ", "~", "\x80", "\ud7ff", "\ue000"):
        assert HttpConnectHandshake("dc.example", 443, username=fine, password=fine).data_to_send()
