"""TR8: obfuscated2, with and without a proxy's secret."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import (
    Abridged,
    AutoDetectFraming,
    Full,
    Intermediate,
    Obfuscated,
    Packet,
    PaddedIntermediate,
    ProxySecret,
    QuickAck,
    SecretKind,
    TransportErrorReceived,
)
from sansio_tl.framing.obfuscated import is_forbidden
from sansio_tl.framing.stream import StreamFraming
from sansio_tl.role import Role
from tests.framing.helpers import byte_by_byte, cut, deliver, exchange, messages, outcome
from tests.helpers.entropy import SeededEntropy

INNER = (Abridged, Intermediate, PaddedIntermediate)
PLAIN = ProxySecret(SecretKind.PLAIN, bytes(range(16)))
PADDED = ProxySecret(SecretKind.PADDED, bytes(range(16, 32)))
MESSAGE = b"K" * 40

FORBIDDEN = [
    b"\xef",
    b"HEAD",
    b"POST",
    b"GET ",
    b"OPTI",
    b"\xdd\xdd\xdd\xdd",
    b"\xee\xee\xee\xee",
    b"\x16\x03\x01",
    b"abcd\0\0\0\0",
]

inner_framings = st.sampled_from(INNER)
each_inner = pytest.mark.parametrize("inner", INNER, ids=lambda framing: framing.name)


def client(inner: type[StreamFraming] = Intermediate, secrets: Iterable[ProxySecret] = (), seed: int = 0) -> Obfuscated:
    return Obfuscated(Role.CLIENT, inner=inner, entropy=SeededEntropy(seed), secrets=secrets)


@given(inner_framings, st.lists(messages, min_size=1, max_size=3), st.integers())
def test_client_and_server_exchange_packets(inner: type[StreamFraming], packets: list[bytes], seed: int) -> None:
    server = Obfuscated(Role.SERVER, entropy=SeededEntropy(~seed))
    exchange(client(inner, seed=seed), server, packets)
    assert server.kind == f"obfuscated {inner.name}"


@given(inner_framings, st.lists(messages, min_size=1, max_size=3), st.integers(), st.lists(st.integers(0, 90)))
def test_TR9_any_fragmentation_gives_the_same_events(
    inner: type[StreamFraming], packets: list[bytes], seed: int, sizes: list[int]
) -> None:
    connection = client(inner, seed=seed)
    for packet in packets:
        connection.send_packet(packet)
    data = connection.data_to_send()
    for pieces in ([data], byte_by_byte(data), cut(data, sizes)):
        assert outcome(AutoDetectFraming(), pieces) == [Packet(packet) for packet in packets]


@each_inner
@pytest.mark.parametrize("secret", [None, PLAIN, PADDED], ids=["none", "plain", "secured"])
def test_server_detects_inner_framing_and_secret(inner: type[StreamFraming], secret: ProxySecret | None) -> None:
    if secret is PADDED and inner is not PaddedIntermediate:
        with pytest.raises(LocalProtocolError, match="padded"):
            client(inner, [PADDED])
        return
    server = AutoDetectFraming(secrets=[PLAIN, PADDED], entropy=SeededEntropy(1))
    exchange(client(inner, [secret] if secret else []), server, [MESSAGE])
    assert server.kind == f"obfuscated {inner.name}"


@pytest.mark.parametrize("prefix", FORBIDDEN)
def test_TR8_forbidden_header_is_drawn_again(prefix: bytes) -> None:
    good = b"\x11" * 64
    draws = [prefix + b"\x22" * (64 - len(prefix)), prefix + b"\x33" * (64 - len(prefix)), good]
    connection = Obfuscated(Role.CLIENT, entropy=lambda size: draws.pop(0))
    assert connection.data_to_send()[:56] == good[:56]
    assert draws == []


def test_TR8_entropy_that_repeats_a_forbidden_header_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="entropy"):
        Obfuscated(Role.CLIENT, entropy=lambda size: b"\xef" * size)


@given(st.binary(min_size=64, max_size=64))
def test_TR8_is_forbidden_matches_exactly_the_forbidden_prefixes(header: bytes) -> None:
    assert is_forbidden(header) == any(header.startswith(p) for p in FORBIDDEN[:-1]) or header[4:8] == bytes(4)


@pytest.mark.parametrize("secrets", [[], [PLAIN]], ids=["none", "plain"])
def test_TR8_header_without_a_known_tag_is_refused(secrets: list[ProxySecret]) -> None:
    assert outcome(AutoDetectFraming(secrets=secrets), [b"\x11" * 64], eof=False) == ["TR8"]


def test_TR8_header_encrypted_with_another_secret_is_refused() -> None:
    data = client(Intermediate, [PLAIN]).data_to_send()
    assert outcome(AutoDetectFraming(), [data], eof=False) == ["TR8"]
    assert outcome(AutoDetectFraming(secrets=[PADDED]), [data], eof=False) == ["TR8"]


def test_TR8_padded_secret_refuses_an_unpadded_framing() -> None:
    same_key = ProxySecret(SecretKind.PLAIN, PADDED.key)
    data = client(Intermediate, [same_key]).data_to_send()
    assert outcome(AutoDetectFraming(secrets=[PADDED]), [data], eof=False) == ["TR8"]
    assert outcome(AutoDetectFraming(secrets=[same_key]), [data], eof=False) == []


@pytest.mark.parametrize("dc", [None, 2, -2, 10002, -10002, 32767])
def test_server_reads_the_data_center_from_the_header(dc: int | None) -> None:
    connection = Obfuscated(Role.CLIENT, entropy=SeededEntropy(), dc=dc)
    server = Obfuscated(Role.SERVER)
    server.receive_data(connection.data_to_send())
    assert server.dc == (dc if dc is not None else int.from_bytes(SeededEntropy()(64)[60:62], "little", signed=True))


def test_TR10_eof_inside_the_header_is_an_error() -> None:
    assert outcome(Obfuscated(Role.SERVER), [bytes(63)]) == ["TR10"]
    assert outcome(AutoDetectFraming(), [b"\x11" * 63]) == ["TR10"]
    assert outcome(AutoDetectFraming(), [client().data_to_send()]) == []


def test_transport_errors_and_quick_acks_pass_through() -> None:
    connection, server = client(), AutoDetectFraming()
    connection.send_packet(MESSAGE, quick_ack=True)
    assert deliver(connection, server) == [Packet(MESSAGE, quick_ack=True)]
    server.send_quick_ack(b"ABC\x84")
    server.send_transport_error(-404)
    assert deliver(server, connection) == [QuickAck(b"ABC\x84"), TransportErrorReceived(-404)]


def test_misuse_is_a_local_error() -> None:
    with pytest.raises(LocalProtocolError, match="entropy"):
        Obfuscated(Role.CLIENT)
    with pytest.raises(LocalProtocolError, match="full"):
        client(Full)
    with pytest.raises(LocalProtocolError, match="at most one"):
        client(PaddedIntermediate, [PLAIN, PADDED])
    with pytest.raises(LocalProtocolError, match="framing is not known"):
        Obfuscated(Role.SERVER).send_packet(MESSAGE)
    assert Obfuscated(Role.SERVER).data_to_send() == b""


@each_inner
def test_TR8_tag_of_the_inner_framing_is_in_the_header_only(inner: type[StreamFraming]) -> None:
    connection = client(inner)
    assert len(connection.data_to_send()) == 64
    server = Obfuscated(Role.SERVER, entropy=SeededEntropy())
    server.receive_data(client(inner).data_to_send())
    assert server.next_event() is None
    assert server.kind == f"obfuscated {inner.name}"
    server.receive_eof()
    assert server.next_event() is None


def test_misuse_of_a_client_names_what_is_wrong() -> None:
    misuses: list[tuple[dict[str, Any], str]] = [
        ({"inner": Intermediate}, "needs entropy"),
        ({"inner": Full, "entropy": SeededEntropy()}, "no tag for the full framing"),
        ({"entropy": SeededEntropy(), "secrets": [PLAIN, PADDED]}, "a client has at most one"),
        (
            {"entropy": SeededEntropy(), "secrets": [PADDED], "inner": Intermediate},
            "requires padded intermediate as the inner framing",
        ),
    ]
    for arguments, message in misuses:
        with pytest.raises(LocalProtocolError, match=message):
            Obfuscated(Role.CLIENT, **arguments)
