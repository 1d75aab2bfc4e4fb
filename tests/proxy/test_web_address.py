"""Links to WEB proxies, and the capabilities of their secrets."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import ProxySecret, SecretKind
from sansio_tl.proxy import Proxy, ProxyKind, WebAddress
from sansio_tl.proxy.web_client import WebHandshake

PLAIN = "000102030405060708090a0b0c0d0e0f"
PADDED = f"dd{PLAIN}"
PATH = "dobry-cola-super-app"
FAKE_TLS = f"ee{PLAIN}{b'example.org'.hex()}"


def marked(secret: str) -> str:
    return urlsafe_b64encode(b"\x70" + bytes.fromhex(secret)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("path", "secret", "capability"),
    [
        ("", PLAIN, "MHLEY5PmW1GWqJkSrlmJpvJUiLhBH_QKy6yKg8a0JPk"),
        ("", PADDED, "IpJrt3e7sKtzPyoXy6w-Zj6GGEvsvclN66JzQEfPYLA"),
        (PATH, PLAIN, "hHz99Xs93EN1j91G9gpNepXwGNNt5YdAFkEVk_LlqdQ"),
        (PATH, PADDED, "TGUkZaevsavLbHvlNWipnRoYxgzZ51ioWvbxgGT3wHo"),
    ],
)
def test_capability_is_that_of_the_published_vectors(path: str, secret: str, capability: str) -> None:
    address = WebAddress("proxy.example.com", path)
    assert address.capability(ProxySecret.parse(secret)) == capability


@pytest.mark.parametrize(
    "start", ["tg://webproxy", "tg:webproxy", "https://t.me/webproxy", "https://telegram.me/webproxy/"]
)
@pytest.mark.parametrize("secret", [PLAIN, PADDED])
def test_links_are_parsed_and_written(start: str, secret: str) -> None:
    parsed = ProxySecret.parse(secret)
    expected = Proxy(kind=ProxyKind.WEB, host="relay.example.org", port=443, secret=parsed)
    base64 = urlsafe_b64encode(bytes.fromhex(secret)).rstrip(b"=").decode()
    for text in (secret, base64, marked(secret)):
        assert Proxy.parse(f"{start}?server=relay.example.org&secret={text}") == expected
        assert Proxy.parse(f"{start}?host=relay.example.org&secret={text}") == expected
    below = replace(expected, path="Blog/a-1_b")
    for server in ("relay.example.org%2FBlog%2Fa-1_b", "relay.example.org/Blog/a-1_b"):
        assert Proxy.parse(f"{start}?server={server}&secret={marked(secret)}") == below
    for proxy in (expected, below):
        link = WebAddress(proxy.host, proxy.path).link(parsed)
        assert Proxy.parse(link) == proxy
        assert repr(proxy) == f"Proxy(web://***@relay.example.org:443{'/Blog/a-1_b' if proxy.path else ''})"
    assert isinstance(below.handshake("ignored", 1, entropy=bytes), WebHandshake)
    with pytest.raises(LocalProtocolError, match="requires entropy"):
        below.handshake("ignored", 1)


@pytest.mark.parametrize(
    "server",
    [
        "",
        "relay",
        "Relay.example.org",
        "relay.example.org.",
        "relay.example.org:443",
        "192.0.2.1",
        "[2001:db8::1]",
        "2001:db8::1",
        "relay_.example.org",
        "relay.example.1",
        "relay.example.org%2F",
        "relay.example.org%2F%2Fa",
        "relay.example.org%2Fa%2F",
        "relay.example.org%2Fa%2F%2Fb",
        "relay.example.org%2F.%2Fa",
        "relay.example.org%2F..",
        "relay.example.org%2F-a",
        "relay.example.org%2F_a",
        "relay.example.org%2Fa.b",
        "relay.example.org%2Fa%2520b",
        "relay.example.org%2F" + "a" * 129,
        "relay.example.org%2F\u00e4",
        "relay.example.org%2Fa%0A",
    ],
)
def test_TR18_link_to_another_place_is_refused(server: str) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        Proxy.parse(f"tg://webproxy?server={server}&secret={marked(PADDED)}")
    assert PLAIN not in str(caught.value)


def test_TR18_link_with_another_port_is_refused() -> None:
    link = f"tg://webproxy?server=relay.example.org&secret={PLAIN}&port="
    assert Proxy.parse(link + "443").port == 443
    for port in ("8443", "0443", "-443", "x"):
        with pytest.raises(LocalProtocolError, match="it has no port, which is always 443"):
            Proxy.parse(link + port)


def test_TR18_longest_path_is_accepted() -> None:
    assert WebAddress("relay.example.org", "a" * 128).base == f"/{'a' * 128}/"
    assert WebAddress("localhost").base == "/"


@pytest.mark.parametrize(
    "secret", [PLAIN, PADDED, PLAIN + "ff", "", "70" + PLAIN[2:], marked(FAKE_TLS), marked("00" * 15), "?"]
)
def test_TR18_secret_without_its_mark_is_refused_below_a_path(secret: str) -> None:
    with pytest.raises(LocalProtocolError):
        Proxy.parse(f"tg://webproxy?server=relay.example.org%2Fa&secret={secret}")


@pytest.mark.parametrize(("path", "secret"), [("", FAKE_TLS), (PATH, marked(FAKE_TLS))])
def test_TR18_fake_tls_secret_is_refused_as_it_is_read(path: str, secret: str) -> None:
    with pytest.raises(LocalProtocolError, match="a plain one, or one that begins with dd"):
        WebAddress("relay.example.org", path).read_secret(secret)


def test_TR18_plain_secret_that_begins_like_a_mark_is_a_secret() -> None:
    begins_with_70 = f"70{PLAIN[2:]}"
    assert len(bytes.fromhex(begins_with_70)) == 16
    parsed = Proxy.parse(f"tg://webproxy?server=relay.example.org&secret={begins_with_70}")
    assert parsed.secret == ProxySecret(SecretKind.PLAIN, bytes.fromhex(begins_with_70))


def test_TR18_fake_tls_is_not_carried() -> None:
    for text in (FAKE_TLS, marked(FAKE_TLS)):
        with pytest.raises(LocalProtocolError, match="a WEB proxy has a plain one"):
            Proxy.parse(f"tg://webproxy?server=relay.example.org&secret={text}")
    with pytest.raises(LocalProtocolError, match="a WEB proxy has a plain one"):
        Proxy(kind=ProxyKind.WEB, host="relay.example.org", port=443, secret=ProxySecret.parse(FAKE_TLS))


def test_only_a_web_proxy_has_a_path() -> None:
    with pytest.raises(LocalProtocolError, match="only a WEB proxy has a path"):
        Proxy(kind=ProxyKind.SOCKS5, host="relay.example.org", port=1080, path="a")
    with pytest.raises(LocalProtocolError, match="require a secret"):
        Proxy(kind=ProxyKind.WEB, host="relay.example.org", port=443)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_a_web_proxy_or_a_local_protocol_error(server: str, secret: str) -> None:
    try:
        proxy = Proxy.parse(f"tg://webproxy?server={server}&secret={secret}")
    except LocalProtocolError:
        return
    assert WebAddress(proxy.host, proxy.path).host == proxy.host
