"""MTProxy secrets in all their text forms."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import ProxySecret, SecretKind

KEY = bytes(range(0x10, 0x20))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (KEY, ProxySecret(SecretKind.PLAIN, KEY)),
        (b"\xdd" + KEY, ProxySecret(SecretKind.PADDED, KEY)),
        (b"\xee" + KEY + b"example.org", ProxySecret(SecretKind.FAKE_TLS, KEY, "example.org")),
    ],
)
def test_each_kind_is_parsed_from_bytes_hex_and_base64(data: bytes, expected: ProxySecret) -> None:
    assert ProxySecret.parse(data) == expected
    assert ProxySecret.parse(data.hex()) == expected
    assert ProxySecret.parse(data.hex().upper()) == expected
    for encoded in (base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()):
        assert ProxySecret.parse(encoded) == expected
        assert ProxySecret.parse(encoded.rstrip("=")) == expected
    assert ProxySecret.parse(expected.to_hex()) == expected


@pytest.mark.parametrize(
    "data",
    [b"", KEY[:15], KEY + b"x", b"\xdd", b"\xdd" + KEY + b"example.org", b"\xee" + KEY + b"a" * 183]
    + [b"\xee" + KEY + name for name in ("bücher.example".encode(), b"a\nb", b"a\0b")],
)
def test_invalid_secret_is_refused(data: bytes) -> None:
    for secret in (data, data.hex()):
        with pytest.raises(LocalProtocolError, match="proxy secret"):
            ProxySecret.parse(secret)


@given(st.text() | st.binary())
def test_any_text_is_parsed_or_raises_a_local_protocol_error(secret: str | bytes) -> None:
    try:
        parsed = ProxySecret.parse(secret)
    except LocalProtocolError:
        return
    assert ProxySecret.parse(parsed.to_hex()).key == parsed.key


def test_key_is_absent_from_repr_and_errors() -> None:
    secret = ProxySecret.parse(b"\xee" + KEY + b"example.org")
    assert KEY.hex() not in repr(secret)
    assert repr(KEY) not in repr(secret)
    text = "this!is!not!base64"
    with pytest.raises(LocalProtocolError) as caught:
        ProxySecret.parse(text)
    assert text not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("secret", [b"\xee" + KEY, "ee" + KEY.hex(), b"\xdd" + KEY + b"example.org", b"\xab" + KEY])
def test_secret_that_lost_its_host_or_has_another_marker_is_refused(secret: str | bytes) -> None:
    with pytest.raises(LocalProtocolError, match="invalid proxy secret"):
        ProxySecret.parse(secret)


def test_host_name_belongs_to_fake_tls_only() -> None:
    with pytest.raises(LocalProtocolError, match="expected 16"):
        ProxySecret(SecretKind.PLAIN, b"short")
    with pytest.raises(LocalProtocolError, match="host name"):
        ProxySecret(SecretKind.PLAIN, KEY, "example.org")
    with pytest.raises(LocalProtocolError, match="host name"):
        ProxySecret(SecretKind.FAKE_TLS, KEY)


@pytest.mark.parametrize("secret", [None, 5, [], bytearray(KEY), "\ud800", "é" * 16])
def test_secret_of_another_type_is_refused(secret: Any) -> None:
    with pytest.raises(LocalProtocolError, match="proxy secret"):
        ProxySecret.parse(secret)


@pytest.mark.parametrize(
    ("kind", "key", "host"),
    [
        ("plain", KEY, None),
        (SecretKind.PLAIN, KEY.hex(), None),
        (SecretKind.PLAIN, None, None),
        (SecretKind.FAKE_TLS, KEY, b"example.org"),
        (SecretKind.FAKE_TLS, KEY, ""),
        (SecretKind.FAKE_TLS, KEY, "b\u00fccher.example"),
        (SecretKind.FAKE_TLS, KEY, "a" * 183),
        (SecretKind.FAKE_TLS, KEY, "a\nb"),
    ],
)
def test_constructor_refuses_invalid_parts(kind: Any, key: Any, host: Any) -> None:
    with pytest.raises(LocalProtocolError, match="proxy secret"):
        ProxySecret(kind, key, host)
    assert ProxySecret(SecretKind.FAKE_TLS, KEY, "a" * 182).to_hex() == "ee" + KEY.hex() + "61" * 182


@pytest.mark.parametrize("key", [b"\xfb\xff\xbf" * 5 + b"\xfb", bytes(range(240, 256))])
def test_base64_of_either_alphabet_and_any_padding_is_parsed(key: bytes) -> None:
    for data in (key, b"\xdd" + key, b"\xee" + key + b"e.org"):
        expected = ProxySecret.parse(data)
        for text in (base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()):
            for spelled in (text, text.rstrip("="), text.rstrip("=") + "=", text.rstrip("=") + "=="):
                assert ProxySecret.parse(spelled) == expected
            with pytest.raises(LocalProtocolError) as caught:
                ProxySecret.parse(text[:5] + "!" + text[6:])
            assert caught.value.__suppress_context__
            assert caught.value.__cause__ is None
