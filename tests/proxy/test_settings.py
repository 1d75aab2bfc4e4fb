"""Links to proxies."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import HELLO_PROFILES, ProxySecret
from sansio_tl.proxy import Proxy, ProxyKind
from sansio_tl.proxy.http_connect import HttpConnectHandshake
from sansio_tl.proxy.socks5 import Socks5Handshake

SECRET = "ee" + bytes(range(0xF0, 0x100)).hex() + b"example.org".hex()
PARSED = ProxySecret.parse(SECRET)
BASE64 = base64.b64encode(bytes.fromhex(SECRET)).decode()


def test_tls_hello_is_part_of_the_settings_and_checked() -> None:
    link = f"tg://proxy?server=proxy.example&port=443&secret={SECRET}"
    assert Proxy.parse(link).tls_hello is HELLO_PROFILES["browser"]
    old = replace(Proxy.parse(link), tls_hello=HELLO_PROFILES["short"])
    assert old.tls_hello is HELLO_PROFILES["short"]
    assert old != Proxy.parse(link)
    with pytest.raises(LocalProtocolError, match="invalid tls_hello of a proxy: found str, expected a HelloProfile"):
        replace(old, tls_hello="short")  # type: ignore[arg-type]


def proxy(kind: ProxyKind, port: int, **rest: str) -> Proxy:
    return Proxy(kind=kind, host=rest.pop("host", "proxy.example"), port=port, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("socks5://proxy.example", proxy(ProxyKind.SOCKS5, 1080)),
        ("socks5://proxy.example:9050/", proxy(ProxyKind.SOCKS5, 9050)),
        ("SOCKS5H://Proxy.Example", proxy(ProxyKind.SOCKS5, 1080)),
        ("socks5://[2001:db8::1]:9050", proxy(ProxyKind.SOCKS5, 9050, host="2001:db8::1")),
        ("socks5://user:p%40ss%3A@proxy.example", proxy(ProxyKind.SOCKS5, 1080, username="user", password="p@ss:")),
        ("http://proxy.example", proxy(ProxyKind.HTTP, 80)),
        (" http://user:pass@proxy.example:3128 ", proxy(ProxyKind.HTTP, 3128, username="user", password="pass")),
        ("tg://socks?server=proxy.example&port=1080", proxy(ProxyKind.SOCKS5, 1080)),
        (
            "https://t.me/socks?server=proxy.example&port=1080&user=user&pass=a%20b",
            proxy(ProxyKind.SOCKS5, 1080, username="user", password="a b"),
        ),
    ],
)
def test_proxy_links_are_parsed(link: str, expected: Proxy) -> None:
    assert Proxy.parse(link) == expected


@pytest.mark.parametrize(
    "start", ["tg://proxy", "tg:proxy", "https://t.me/proxy", "http://t.me/proxy", "https://telegram.me/proxy/"]
)
@pytest.mark.parametrize("secret", [SECRET, BASE64, BASE64.replace("+", "-").replace("/", "_").rstrip("=")])
def test_mtproxy_links_are_parsed(start: str, secret: str) -> None:
    expected = Proxy(kind=ProxyKind.MTPROXY, host="proxy.example", port=443, secret=PARSED)
    assert "+" in BASE64 or "/" in BASE64
    assert Proxy.parse(f"{start}?server=proxy.example&port=443&secret={secret}") == expected


@pytest.mark.parametrize(
    "link",
    [
        "",
        "proxy.example:1080",
        "socks4://proxy.example:1080",
        "https://proxy.example:443",
        "https://example.org/proxy?server=proxy.example&port=443&secret=" + SECRET,
        "socks5://",
        "socks5://proxy.example:0",
        "socks5://proxy.example:65536",
        "socks5://proxy.example:http",
        "socks5://[proxy.example",
        "socks5://proxy.example/path",
        "http://proxy.example?query",
        "tg://resolve?domain=x",
        "tg://proxy",
        "tg://proxy?server=proxy.example&secret=" + SECRET,
        "tg://proxy?server=proxy.example&port=443",
        "tg://proxy?server=proxy.example&port=443&secret=00",
        "tg://proxy?server=proxy.example&port=-1&secret=" + SECRET,
        "tg://proxy?server=proxy.example&port=²&secret=" + SECRET,
        "tg://proxy?port=443&secret=" + SECRET,
        "tg://socks?port=443",
    ],
)
def test_invalid_link_is_refused_without_showing_it(link: str) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        Proxy.parse(link)
    assert SECRET not in str(caught.value)
    assert "proxy.example" not in str(caught.value)


@given(st.text() | st.builds("{}{}".format, st.sampled_from(["socks5://", "tg://proxy?", "https://t.me/"]), st.text()))
def test_any_text_gives_a_proxy_or_a_local_protocol_error(link: str) -> None:
    try:
        parsed = Proxy.parse(link)
    except LocalProtocolError:
        return
    assert parsed.host


def test_repr_shows_no_credentials_and_no_secret() -> None:
    for link, expected in (
        ("socks5://proxy.example:1080", "Proxy(socks5://proxy.example:1080)"),
        ("socks5://user:pass@[2001:db8::1]:1080", "Proxy(socks5://***@[2001:db8::1]:1080)"),
        (f"tg://proxy?server=proxy.example&port=443&secret={SECRET}", "Proxy(mtproxy://***@proxy.example:443)"),
    ):
        assert repr(Proxy.parse(link)) == str(Proxy.parse(link)) == expected


def test_each_proxy_kind_creates_its_handshake() -> None:
    socks = Proxy.parse("socks5://user:pass@proxy.example").handshake("dc.example", 443)
    assert isinstance(socks, Socks5Handshake)
    assert socks.data_to_send() == b"\x05\x02\x00\x02"
    http = Proxy.parse("http://user:pass@proxy.example").handshake("dc.example", 443)
    assert isinstance(http, HttpConnectHandshake)
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz\r\n" in http.data_to_send()
    assert Proxy.parse(f"tg://proxy?server=h&port=443&secret={SECRET}").handshake("dc.example", 443) is None


def test_inconsistent_parts_are_refused() -> None:
    for wrong in (
        {"kind": ProxyKind.SOCKS5, "secret": PARSED},
        {"kind": ProxyKind.MTPROXY},
        {"kind": ProxyKind.HTTP, "host": ""},
        {"kind": ProxyKind.HTTP, "port": 0},
    ):
        with pytest.raises(LocalProtocolError):
            Proxy(**{"host": "proxy.example", "port": 1080, **wrong})  # type: ignore[arg-type]


GOOD: dict[str, Any] = {"kind": ProxyKind.SOCKS5, "host": "proxy.example", "port": 1080}
HIDDEN = "PROXYSECRET"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "socks5"},
        {"host": None},
        {"host": b"proxy.example"},
        {"host": ""},
        {"host": "a" * 256},
        {"host": "a" * 64 + ".example"},
        {"host": "a..b"},
        {"host": "."},
        {"host": "fe80::1%a b"},
        {"host": "a b"},
        {"host": "a\nb"},
        {"host": "\ud800"},
        {"port": "1080"},
        {"port": None},
        {"port": 1080.0},
        {"port": True},
        {"port": 0},
        {"port": 1 << 16},
        {"port": 10**5000},
        {"username": None},
        {"username": HIDDEN.encode()},
        {"username": f"{HIDDEN}\ud800"},
        {"username": f"{HIDDEN}\r\n"},
        {"password": f"{HIDDEN}\x7f"},
        {"password": 5},
        {"secret": "dd" + "22" * 16},
        {"kind": ProxyKind.MTPROXY, "secret": "dd" + "22" * 16},
        {"kind": ProxyKind.MTPROXY},
    ],
    ids="-".join,
)
def test_invalid_proxy_is_refused_by_the_constructor(wrong: dict[str, Any]) -> None:
    Proxy(**GOOD, username="user", password="p\u00a0ss w\u00f6rd")
    with pytest.raises(LocalProtocolError) as caught:
        Proxy(**GOOD | wrong)
    assert HIDDEN not in str(caught.value)
    assert str(caught.value).isprintable()
    if wrong.keys() <= {"username", "password"}:
        for handshake_class in (Socks5Handshake, HttpConnectHandshake):
            with pytest.raises(LocalProtocolError):
                handshake_class("dc.example", 443, **{"username": "user", **wrong})
    if wrong.keys() <= {"host", "port"}:
        for handshake_class in (Socks5Handshake, HttpConnectHandshake):
            with pytest.raises(LocalProtocolError):
                handshake_class(**{"host": "dc.example", "port": 443, **wrong})


@pytest.mark.parametrize("link", [None, 5, b"socks5://h:1", "\ud800", "socks5://\ud800:1", "socks5://h:" + "9" * 5000])
def test_link_of_another_type_or_with_invalid_characters_is_refused(link: Any) -> None:
    with pytest.raises(LocalProtocolError):
        Proxy.parse(link)


@pytest.mark.parametrize(
    "start",
    ["tg://resolve", "tg:", "https://t.me/socks5", "https://t.me/", "ftp://t.me/proxy", "https://example.org/proxy"],
)
def test_link_of_another_kind_names_the_kinds_that_are_known(start: str) -> None:
    with pytest.raises(
        LocalProtocolError, match="invalid proxy link: expected tg://proxy, tg://socks, tg://webproxy, https"
    ):
        Proxy.parse(f"{start}?server=proxy.example&port=443&secret={SECRET}")


@pytest.mark.parametrize("port", ["", "x", "-1", "\u0663", "4 3", "443.0"])
def test_link_with_a_port_that_is_no_number_is_refused(port: str) -> None:
    with pytest.raises(LocalProtocolError, match="invalid proxy link: the port is not a number"):
        Proxy.parse(f"tg://socks?server=proxy.example&port={port}")


@pytest.mark.parametrize("rest", ["/path", "/?query", "#fragment", "?query"])
def test_url_of_a_proxy_with_anything_behind_the_port_is_refused(rest: str) -> None:
    with pytest.raises(LocalProtocolError, match="invalid proxy link: nothing may follow the port"):
        Proxy.parse(f"socks5://proxy.example:1080{rest}")
    assert Proxy.parse("socks5://proxy.example:1080/") == Proxy.parse("socks5h://proxy.example")
