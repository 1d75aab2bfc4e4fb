"""The proxy through a SOCKS5 proxy."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.proxy import Proxy, ProxyError, ProxyHandshake, ProxyKind
from sansio_tl.proxy.socks5 import Socks5Handshake

GRANTED = bytes.fromhex("05000001c0000201 04d2")


def talk(handshake: ProxyHandshake, *turns: tuple[str, str]) -> None:
    """Each turn: what the handshake sends, and what the proxy answers byte by byte."""
    for sent, answered in turns:
        assert handshake.data_to_send().hex() == sent.replace(" ", "")
        for byte in bytes.fromhex(answered):
            assert not handshake.done
            handshake.receive_data(bytes([byte]))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("149.154.167.51", "01 959aa733"),
        ("2001:67c:4e8:f002::a", "04 2001067c04e8f002000000000000000a"),
        ("dc.example", "03 0a 64632e6578616d706c65"),
        ("bücher.example", "03 15 786e2d2d62636865722d6b76612e6578616d706c65"),
    ],
)
def test_connect_request_has_the_target_for_each_kind_of_address(host: str, address: str) -> None:
    handshake = Socks5Handshake(host, 443)
    talk(handshake, ("05 01 00", "0500"), (f"05 01 00 {address} 01bb", GRANTED.hex()))
    assert handshake.done
    assert handshake.leftover == b""
    assert handshake.data_to_send() == b""


@pytest.mark.parametrize(
    "granted",
    [
        "05000001 c0000201 04d2",
        "05000004 20010db8000000000000000000000001 04d2",
        "05000003 04 68657265 04d2",
        "05000003 00 04d2",
    ],
)
def test_bytes_after_each_form_of_reply_are_kept(granted: str) -> None:
    for pieces in (1, 3, 100):
        handshake = Socks5Handshake("dc.example", 443)
        data = bytes.fromhex("0500" + granted) + b"first bytes"
        for at in range(0, len(data), pieces):
            if handshake.done:
                handshake.leftover += data[at : at + pieces]
            else:
                handshake.receive_data(data[at : at + pieces])
        assert handshake.done
        assert handshake.leftover == b"first bytes"


def test_credentials_are_sent_if_the_proxy_asks_for_them() -> None:
    handshake = Socks5Handshake("149.154.167.51", 443, username="user", password="secret")
    talk(
        handshake,
        ("05 02 00 02", "0502"),
        ("01 04 75736572 06 736563726574", "0100"),
        ("05 01 00 01 959aa733 01bb", GRANTED.hex()),
    )
    assert handshake.done
    handshake = Socks5Handshake("149.154.167.51", 443, username="user", password="secret")
    talk(handshake, ("05 02 00 02", "0500"), ("05 01 00 01 959aa733 01bb", GRANTED.hex()))
    assert handshake.done


def proxy_error(handshake: ProxyHandshake, answers: str) -> ProxyError:
    with pytest.raises(ProxyError) as caught:
        handshake.receive_data(bytes.fromhex(answers))
    assert isinstance(caught.value, RemoteProtocolError)
    return caught.value


@pytest.mark.parametrize(
    ("answers", "step", "reason"),
    [
        ("0400", "SOCKS5 greeting", "does not speak SOCKS5"),
        ("4854", "SOCKS5 greeting", "does not speak SOCKS5"),
        ("05ff", "SOCKS5 greeting", "requires another authentication method"),
        ("0501", "SOCKS5 greeting", "requires another authentication method"),
        ("0502 0500", "SOCKS5 authentication", "does not speak SOCKS5"),
        ("0502 0101", "SOCKS5 authentication", "rejected the user name and password"),
        ("0500 0400", "SOCKS5 connect", "does not speak SOCKS5"),
        ("0500 0501", "SOCKS5 connect", "general server failure"),
        ("0500 0504", "SOCKS5 connect", "host unreachable"),
        ("0500 0505", "SOCKS5 connect", "connection refused"),
        ("0500 055b", "SOCKS5 connect", "error code 91"),
        ("0500 05000002 0000000000000000", "SOCKS5 connect", "does not speak SOCKS5"),
        ("0500 05000003 01ff 0000", "SOCKS5 connect", "does not speak SOCKS5"),
    ],
)
def test_error_names_the_step_and_the_reason(answers: str, step: str, reason: str) -> None:
    error = proxy_error(Socks5Handshake("dc.example", 443, username="user", password="secret"), answers)
    assert error.step == step
    assert reason in error.reason
    assert "secret" not in str(error)


def test_proxy_that_requires_credentials_is_an_error_without_them() -> None:
    assert proxy_error(Socks5Handshake("dc.example", 443), "0502").step == "SOCKS5 greeting"


def test_connection_closed_during_the_handshake_is_an_error() -> None:
    handshake = Socks5Handshake("dc.example", 443)
    with pytest.raises(ProxyError, match="SOCKS5 greeting: the proxy closed the connection"):
        handshake.receive_eof()
    handshake.receive_data(bytes.fromhex("0500") + GRANTED)
    handshake.receive_eof()
    with pytest.raises(LocalProtocolError, match="handshake is complete"):
        handshake.receive_data(b"x")


@given(st.binary(max_size=40), st.integers(1, 5))
def test_any_bytes_end_in_a_tunnel_or_a_proxy_error(data: bytes, size: int) -> None:
    handshake = Socks5Handshake("dc.example", 443, username="user", password="secret")
    try:
        for at in range(0, len(data), size):
            if not handshake.done:
                handshake.receive_data(data[at : at + size])
    except ProxyError:
        assert not handshake.done


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": ""},
        {"host": "x" * 256},
        {"host": "ü" * 70},
        {"port": 0},
        {"port": 65536},
        {"username": "x" * 256},
        {"username": "x", "password": "x" * 256},
    ],
)
def test_values_that_socks5_cannot_express_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(LocalProtocolError):
        Socks5Handshake(**{"host": "dc.example", "port": 443, **wrong})  # type: ignore[arg-type]


def test_without_socksio_the_error_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith(("sansio_tl.proxy.socks5", "socksio"))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "socksio", None)
    with pytest.raises(LocalProtocolError, match=r"pip install '\.\[socks\]'"):
        Proxy(kind=ProxyKind.SOCKS5, host="proxy.example", port=1080).handshake("dc.example", 443)


def test_handshake_names_its_current_step() -> None:
    handshake = Socks5Handshake("149.154.167.51", 443, username="user", password="secret")
    steps = [handshake.step]
    for answer in ("0502", "0100", "05"):
        handshake.receive_data(bytes.fromhex(answer))
        steps.append(handshake.step)
    assert steps == ["SOCKS5 greeting", "SOCKS5 authentication", "SOCKS5 connect", "SOCKS5 connect"]


@pytest.mark.parametrize("size", [255, 256])
def test_socks5_credentials_have_255_bytes_at_most(size: int) -> None:
    for username, password, what in (("x" * size, "", "user name"), ("x", "x" * size, "password")):
        if size > 255:
            with pytest.raises(LocalProtocolError, match=f"invalid SOCKS5 {what}: found 256 bytes, expected at most"):
                Socks5Handshake("dc.example", 443, username=username, password=password)
        else:
            handshake = Socks5Handshake("dc.example", 443, username=username, password=password)
            assert handshake.data_to_send() == b"\x05\x02\x00\x02"
