"""TR8: fake TLS, both ends."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.connection.server import KeyStore, ServerConfig, ServerConnection
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.events import ConnectionClosed
from sansio_tl.framing import (
    AutoDetectFraming,
    Obfuscated,
    Packet,
    PaddedIntermediate,
    ProxySecret,
    QuickAck,
    SecretKind,
    TransportErrorReceived,
    hello_writer,
    tls_hello,
)
from sansio_tl.framing.fake_tls import FakeTlsClient, FakeTlsServer
from sansio_tl.framing.hello_profile import HelloProfile
from sansio_tl.framing.hello_profiles import BROWSER, SHORT
from sansio_tl.framing.seen_hellos import SeenHellos
from sansio_tl.framing.tls_hello import random_of, xor_time
from sansio_tl.limits import Limits
from sansio_tl.role import Role
from tests.framing.helpers import byte_by_byte, cut, deliver, exchange, messages, outcome
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key

KEY = bytes(range(16))
NOW = 1_700_000_000.5
SECRET = ProxySecret(SecretKind.FAKE_TLS, KEY, "example.org")
OTHER = ProxySecret(SecretKind.FAKE_TLS, KEY[::-1], "example.org")
MESSAGE = b"K" * 40

profiles = st.sampled_from([BROWSER, SHORT])
each_profile = pytest.mark.parametrize("profile", [BROWSER, SHORT], ids=lambda profile: profile.name)


def client(
    seed: int = 0, now: float = NOW, secret: ProxySecret = SECRET, profile: HelloProfile = BROWSER
) -> FakeTlsClient:
    inner = Obfuscated(Role.CLIENT, inner=PaddedIntermediate, entropy=SeededEntropy(seed), secrets=[secret])
    return FakeTlsClient(inner=inner, secret=secret, entropy=SeededEntropy(~seed), now=now, profile=profile)


def server(now: float | None = NOW, *secrets: ProxySecret) -> AutoDetectFraming:
    return AutoDetectFraming(entropy=SeededEntropy(99), secrets=secrets or (OTHER, SECRET), now=now)


def connected(profile: HelloProfile = BROWSER) -> tuple[FakeTlsClient, AutoDetectFraming]:
    ours, theirs = client(profile=profile), server()
    assert deliver(ours, theirs) == []
    assert deliver(theirs, ours) == []
    return ours, theirs


# -- both ends ------------------------------------------------------------------------------------------------------


@given(st.lists(messages, min_size=1, max_size=3), st.integers(), profiles)
def test_client_and_server_exchange_packets(packets: list[bytes], seed: int, profile: HelloProfile) -> None:
    ours, theirs = client(seed, profile=profile), server()
    ours.send_packet(packets[0])
    assert deliver(ours, theirs) == []
    assert deliver(theirs, ours) == []
    assert deliver(ours, theirs) == [Packet(packets[0])]
    exchange(ours, theirs, packets)
    assert ours.kind == theirs.kind == "fake TLS obfuscated padded"


@given(st.lists(messages, min_size=1, max_size=2), st.integers(), st.lists(st.integers(0, 900)), profiles)
def test_TR9_any_fragmentation_gives_the_same_events(
    packets: list[bytes], seed: int, sizes: list[int], profile: HelloProfile
) -> None:
    ours, theirs = client(seed, profile=profile), server()
    question = hello = ours.data_to_send()
    theirs.receive_data(question)
    answer = theirs.data_to_send()
    ours.receive_data(answer)
    for packet in packets:
        ours.send_packet(packet)
        question += ours.data_to_send()
    theirs.receive_data(question[len(hello) :])
    for packet in packets:
        theirs.send_packet(packet)
        answer += theirs.data_to_send()
    expected = [Packet(packet) for packet in packets]
    for cut_up in (lambda data: [data], byte_by_byte, lambda data: cut(data, sizes)):
        assert outcome(server(), cut_up(question)) == expected
        again = client(seed, profile=profile)
        again.data_to_send()
        assert outcome(again, cut_up(answer)) == expected


def test_transport_errors_and_quick_acks_pass_through_the_records() -> None:
    ours, theirs = connected()
    ours.send_packet(MESSAGE, quick_ack=True)
    assert deliver(ours, theirs) == [Packet(MESSAGE, quick_ack=True)]
    theirs.send_quick_ack(b"ABC\x84")
    theirs.send_transport_error(-404)
    assert deliver(theirs, ours) == [QuickAck(b"ABC\x84"), TransportErrorReceived(-404)]


def test_client_sends_only_its_hello_before_the_server_hello() -> None:
    ours = client()
    ours.send_packet(MESSAGE)
    hello = ours.data_to_send()
    assert len(hello) == 5 + int.from_bytes(hello[3:5], "big")
    assert ours.data_to_send() == b""


@pytest.mark.parametrize(("profile", "largest"), [(BROWSER, 16401), (SHORT, 2878)])
def test_client_data_is_cut_into_records_of_the_profile(profile: HelloProfile, largest: int) -> None:
    ours, theirs = connected(profile)
    ours.send_packet(b"K" * (24 + 16 * 4000))
    data = ours.data_to_send()
    assert data.startswith(b"\x14\x03\x03\x00\x01\x01\x17\x03\x03" + largest.to_bytes(2, "big"))
    sizes = record_sizes(data[6:])
    assert set(sizes[:-1]) == {largest}
    assert 0 < sizes[-1] <= largest
    assert outcome(theirs, [data]) == [Packet(b"K" * (24 + 16 * 4000))]


def test_server_data_is_cut_into_records_of_16401_bytes() -> None:
    ours, theirs = connected()
    ours.send_packet(MESSAGE)
    deliver(ours, theirs)
    theirs.send_packet(b"K" * (24 + 16 * 4000))
    data = theirs.data_to_send()
    assert record_sizes(data)[:-1] == [16401] * 3
    assert outcome(ours, [data]) == [Packet(b"K" * (24 + 16 * 4000))]


def test_obfuscated2_header_is_in_the_first_record_even_in_the_smallest_ones() -> None:
    """The official proxy accepts no first record without all of it."""
    ours, theirs = connected(replace(BROWSER, max_record=64))
    ours.send_packet(MESSAGE)
    data = ours.data_to_send()
    assert record_sizes(data[6:])[0] == 64
    assert outcome(theirs, [data]) == [Packet(MESSAGE)]


def record_sizes(data: bytes) -> list[int]:
    """The sizes of data records."""
    sizes, at = [], 0
    while at < len(data):
        assert data[at : at + 3] == b"\x17\x03\x03"
        sizes.append(int.from_bytes(data[at + 3 : at + 5], "big"))
        at += 5 + sizes[-1]
    assert at == len(data)
    return sizes


# -- the hellos -----------------------------------------------------------------------------------------------------


@each_profile
def test_client_hello_proves_secret_and_time(profile: HelloProfile) -> None:
    hello = client(profile=profile).data_to_send()
    zeroed = hello[:11] + bytes(32) + hello[43:]
    proof = hmac.new(KEY, zeroed, hashlib.sha256).digest()
    difference = bytes(a ^ b for a, b in zip(proof, hello[11:43], strict=True))
    assert difference == bytes(28) + int(NOW).to_bytes(4, "little")


@each_profile
def test_server_hello_proves_the_secret(profile: HelloProfile) -> None:
    ours, theirs = client(profile=profile), server()
    hello = ours.data_to_send()
    theirs.receive_data(hello)
    answer = theirs.data_to_send()
    zeroed = answer[:11] + bytes(32) + answer[43:]
    assert hmac.new(KEY, hello[11:43] + zeroed, hashlib.sha256).digest() == answer[11:43]
    assert answer[44:76] == hello[44:76]


@given(st.integers(0, 516).filter(lambda at: at not in {39, 40}), st.integers(1, 255), profiles)
def test_TR8_client_hello_with_one_wrong_byte_is_refused(at: int, flip: int, profile: HelloProfile) -> None:
    # Not at 39 and 40: those are the lower bytes of the time, which may be off by some minutes.
    hello = bytearray(client(profile=profile).data_to_send())
    hello[-at if at % 2 else at] ^= flip
    theirs = FakeTlsServer(secrets=[SECRET], entropy=SeededEntropy(), now=NOW)
    (seen,) = outcome(theirs, [bytes(hello), bytes(70000)], eof=False)
    assert seen in {"TR8", "TR1"}
    assert theirs.data_to_send() == b""


@pytest.mark.parametrize(("off", "accepted"), [(0, True), (-595, True), (1195, True), (-605, False), (1205, False)])
def test_TR8_client_hello_outside_the_time_window_is_refused(off: int, accepted: bool) -> None:
    hello = client(now=NOW + off).data_to_send()
    assert outcome(server(), [hello], eof=False) == ([] if accepted else ["TR8"])
    assert outcome(server(None), [hello], eof=False) == []


def test_TR8_client_hello_with_another_secret_is_refused() -> None:
    assert outcome(server(NOW, OTHER), [client().data_to_send()], eof=False) == ["TR8"]


@given(st.integers(0, 1000), st.integers(1, 255), profiles)
def test_TR8_server_hello_with_one_wrong_byte_is_refused(at: int, flip: int, profile: HelloProfile) -> None:
    ours, theirs = client(profile=profile), server()
    theirs.receive_data(ours.data_to_send())
    answer = bytearray(theirs.data_to_send())
    answer[at] ^= flip
    (seen,) = outcome(ours, [bytes(answer), bytes(70000)], eof=False)
    assert seen in {"TR8", "TR1"}
    assert ours.data_to_send() == b""


def test_TR8_hello_without_a_session_id_is_refused() -> None:
    short = b"\x16\x03\x03\x00\x02\x02\x00" + b"\x14\x03\x03\x00\x01\x01" + b"\x17\x03\x03\x00\x01x"
    assert outcome(client(), [short], eof=False) == ["TR8"]
    assert outcome(FakeTlsServer(secrets=[SECRET], entropy=SeededEntropy()), [short], eof=False) == ["TR8"]


@pytest.mark.parametrize("record", [b"\x15\x03\x03\x00\x02\x01\x00", b"\x16\x03\x03\x00\x01x", b"HTTP/"])
def test_TR8_record_of_another_type_is_refused(record: bytes) -> None:
    for end in connected():
        assert outcome(end, [record], eof=False) == ["TR8"]


def test_TR1_record_longer_than_tls_allows_is_refused() -> None:
    for end in connected():
        assert outcome(end, [b"\x17\x03\x03\x41\x01"], eof=False) == ["TR1"]


def test_change_cipher_spec_records_are_ignored() -> None:
    for end in connected():
        assert outcome(end, [b"\x14\x03\x03\x00\x01\x01" * 3 + b"\x17\x03\x03\x00\x00"]) == []


def test_TR10_eof_inside_a_hello_or_record_is_an_error() -> None:
    hello = client().data_to_send()
    for size in (6, 100, 516):
        assert outcome(server(), [hello[:size]]) == ["TR10"]
    assert outcome(client(), []) == ["TR10"]
    for end in connected():
        assert outcome(end, [b"\x17\x03\x03\x00\x05abcd"]) == ["TR10"]


def test_TR10_error_before_the_proof_names_what_a_proxy_may_reject() -> None:
    for answer in (b"", b"\x16\x03\x03\x00"):
        ours = client()
        ours.receive_data(answer)
        with pytest.raises(
            RemoteProtocolError, match=r"does not accept the secret, the time of this clock, or this shape"
        ):
            ours.receive_eof()
    theirs = FakeTlsServer(secrets=[SECRET], entropy=SeededEntropy())
    with pytest.raises(RemoteProtocolError, match="the stream ended inside the TLS ClientHello"):
        theirs.receive_eof()


def test_secret_without_a_host_name_is_refused() -> None:
    for secret in (ProxySecret(SecretKind.PLAIN, KEY), ProxySecret(SecretKind.PADDED, KEY)):
        with pytest.raises(LocalProtocolError, match="host name"):
            FakeTlsClient(inner=PaddedIntermediate(Role.CLIENT), secret=secret, entropy=SeededEntropy(), now=NOW)


def test_TR8_client_hello_is_refused_without_fake_tls_secrets() -> None:
    assert outcome(AutoDetectFraming(entropy=SeededEntropy()), [client().data_to_send()], eof=False) == ["TR8"]


@each_profile
@pytest.mark.parametrize("later", [0.0, 60.0, 500.0, 86400.0])
def test_TR12_replayed_client_hello_is_refused(later: float, profile: HelloProfile) -> None:
    hello = client(profile=profile).data_to_send()
    seen = SeenHellos()
    first = AutoDetectFraming(entropy=SeededEntropy(1), secrets=[SECRET], now=NOW, seen=seen)
    first.receive_data(hello)
    assert first.data_to_send().startswith(b"\x16\x03\x03")
    random = bytearray(random_of(hello))
    xor_time(random, int(NOW))
    xor_time(random, int(NOW + later))  # who knows when it was made can write another time into it
    again = hello[:11] + bytes(random) + hello[43:]
    second = AutoDetectFraming(entropy=SeededEntropy(2), secrets=[SECRET], now=NOW + later, seen=seen)
    assert outcome(second, [again], eof=False) == ["TR12"]
    assert second.data_to_send() == b""
    unknown = AutoDetectFraming(entropy=SeededEntropy(2), secrets=[OTHER], now=NOW + later, seen=seen)
    assert outcome(unknown, [again], eof=False) == ["TR8"]
    assert unknown.data_to_send() == b""
    other = AutoDetectFraming(entropy=SeededEntropy(2), secrets=[SECRET], now=NOW + later, seen=seen)
    other.receive_data(client(7, NOW + later).data_to_send())
    assert other.data_to_send()


def test_TR12_only_proven_hellos_are_remembered_up_to_a_bound() -> None:
    seen = SeenHellos()
    for seed in range(5):
        hello = client(seed, secret=OTHER).data_to_send()
        refused = FakeTlsServer(secrets=[SECRET], entropy=SeededEntropy(), now=NOW, seen=seen)
        assert outcome(refused, [hello], eof=False) == ["TR8"]
    assert len(seen) == 0
    hellos = [client(seed).data_to_send() for seed in range(6)]
    limits = Limits(max_seen_hellos=3)
    for hello in hellos:
        FakeTlsServer(limits, secrets=[SECRET], entropy=SeededEntropy(), now=NOW, seen=seen).receive_data(hello)
        assert len(seen) <= 3
    for hello in hellos[3:]:
        server_ = FakeTlsServer(limits, secrets=[SECRET], entropy=SeededEntropy(), now=NOW, seen=seen)
        assert outcome(server_, [hello], eof=False) == ["TR12"]


def test_TR12_connections_of_a_key_store_share_the_seen_hellos() -> None:
    config = ServerConfig(private_keys=(rsa_key(),), proxy_secrets=(SECRET,))
    keys = KeyStore()
    hello = client().data_to_send()
    answers = []
    for seed in range(3):
        connection = ServerConnection(config, keys, entropy=SeededEntropy(seed), now=NOW)
        connection.receive_data(hello, now=NOW)
        answers.append(connection.data_to_send(now=NOW))
        event = connection.next_event()
        assert (event is None) == (seed == 0)
        if seed:
            assert isinstance(event, ConnectionClosed)
            assert isinstance(event.error, RemoteProtocolError)
            assert event.error.check == "TR12"
    assert [bool(answer) for answer in answers] == [True, False, False]


@each_profile
def test_TR16_server_answers_the_key_exchange_that_the_client_offers(profile: HelloProfile) -> None:
    sizes = set()
    for seed in range(20):
        hello = client(profile=profile).data_to_send()
        theirs = FakeTlsServer(secrets=[SECRET], entropy=SeededEntropy(seed), now=NOW)
        theirs.receive_data(hello)
        answer = theirs.data_to_send()
        assert answer[:3].hex() == "160303"
        first = 5 + int.from_bytes(answer[3:5], "big")
        assert answer[5] == 2
        assert int.from_bytes(answer[6:9], "big") == first - 9
        assert answer[9:11].hex() == "0303"
        assert answer[43:76] == b"\x20" + hello[44:76]
        assert answer[76:79].hex() == "130100"
        assert int.from_bytes(answer[79:81], "big") == first - 81
        share = {"browser": "0033046411ec0460", "short": "00330024001d0020"}[profile.name]
        assert answer[81:89].hex() == share
        assert len(answer[89 : first - 6]) == int(share[-4:], 16)
        assert answer[first - 6 : first].hex() == "002b00020304"
        assert answer[first : first + 9].hex() == "140303000101170303"
        noise = int.from_bytes(answer[first + 9 : first + 11], "big")
        assert len(answer) == first + 11 + noise
        assert 1024 <= noise < 4096
        sizes.add(noise)
    assert len(sizes) > 10


def test_server_draws_as_much_entropy_as_it_shows() -> None:
    drawn: list[int] = []

    def entropy(size: int) -> bytes:
        drawn.append(size)
        return b"\xff\xff" if size == 2 else bytes(size)

    noise = 1024 + 0xFFFF % 3072
    for profile, key_share in ((SHORT, [32]), (BROWSER, [2048, 32])):
        drawn.clear()
        hello = tls_hello.client_hello(profile, "example.org", KEY, SeededEntropy(), NOW)
        answer = tls_hello.server_hello(hello, KEY, entropy)
        assert drawn == [*key_share, 2, noise]
        assert answer[-noise - 5 :] == b"\x17\x03\x03" + noise.to_bytes(2, "big") + bytes(noise)


@given(st.binary(max_size=300))
def test_proven_hello_is_answered_whatever_follows_the_session_id(rest: bytes) -> None:
    theirs = FakeTlsServer(secrets=[SECRET], entropy=SeededEntropy(), now=NOW)
    theirs.receive_data(proven_hello(76 + len(rest), tail=rest))
    assert theirs.data_to_send()[81:89].hex() == "00330024001d0020"


@pytest.mark.parametrize("cut_at", ["", "0033", "04ed", "11ec", "11ec04", "key", "whole"])
def test_TR16_server_answers_with_x25519_unless_the_hybrid_share_is_complete(cut_at: str) -> None:
    tail = client().data_to_send()[76:]
    share = tail.index(bytes.fromhex("11ec04c0"))
    ends = {"": 0, "0033": share - 9, "04ed": share - 5, "11ec": share + 2, "11ec04": share + 3}
    end = ends.get(cut_at, share + 4 + 1216 + 4 + 32)
    if cut_at == "key":
        end -= 1
    theirs = FakeTlsServer(secrets=[SECRET], entropy=SeededEntropy(), now=NOW)
    theirs.receive_data(proven_hello(76 + end, tail=tail[:end]))
    answer = theirs.data_to_send()
    assert answer[81:89].hex() == ("0033046411ec0460" if cut_at == "whole" else "00330024001d0020")


@pytest.mark.parametrize("size", ["04bf", "04c1", "0020"])
def test_TR16_server_answers_with_x25519_for_a_hybrid_share_of_another_size(size: str) -> None:
    tail = client().data_to_send()[76:].replace(bytes.fromhex("11ec04c0"), bytes.fromhex("11ec" + size))
    theirs = FakeTlsServer(secrets=[SECRET], entropy=SeededEntropy(), now=NOW)
    theirs.receive_data(proven_hello(76 + len(tail), tail=tail))
    assert theirs.data_to_send()[81:89].hex() == "00330024001d0020"


@pytest.mark.parametrize(("size", "seen"), [(4096, []), (4097, ["TR1"]), (16389, ["TR1"]), (65540, ["TR1"])])
def test_TR1_client_hello_above_4096_bytes_is_refused_before_it_arrives(size: int, seen: list[str]) -> None:
    hello = proven_hello(size) if size < 16389 else b"\x16\x03\x01" + (size - 5).to_bytes(2, "big")
    theirs = FakeTlsServer(secrets=[SECRET], entropy=SeededEntropy(), now=NOW)
    assert outcome(theirs, [hello[:5]], eof=False) == seen
    if not seen:
        theirs.receive_data(hello[5:])
        assert theirs.data_to_send().startswith(b"\x16\x03\x03")


@pytest.mark.parametrize("second", [0x1A, 0x2A])
def test_TR16_grease_values_of_the_two_extensions_differ(second: int) -> None:
    grease = hello_writer.grease_values(bytes([0x00, 0x2F, 0x10, second & 0xF0, 0x35]))
    assert grease == [0x0A0A, 0x2A2A, 0x1A1A, 0x0A0A if second == 0x1A else 0x2A2A, 0x3A3A]


def proven_hello(size: int, session_id_size: int = 32, tail: bytes = b"") -> bytes:
    """A hello that proves the secret: its record up to the session id, zeros, and `tail`."""
    head = b"\x16\x03\x01" + (size - 5).to_bytes(2, "big") + b"\x01" + (size - 9).to_bytes(3, "big") + b"\x03\x03"
    hello = head + bytes(32) + bytes([session_id_size]) + bytes(size - 44 - len(tail)) + tail
    proof = bytearray(tls_hello.proof_of(KEY, hello))
    xor_time(proof, int(NOW))
    return tls_hello.with_random(hello, bytes(proof))


@pytest.mark.parametrize(("size", "session_id_size"), [(75, 32), (76, 31), (76, 33), (517, 0)])
def test_TR8_proven_hello_without_a_session_id_of_32_bytes_is_refused(size: int, session_id_size: int) -> None:
    theirs = FakeTlsServer(secrets=[SECRET], entropy=SeededEntropy(), now=NOW)
    with pytest.raises(
        RemoteProtocolError, match="TR8: the TLS ClientHello does not have the format of MTProxy clients"
    ):
        theirs.receive_data(proven_hello(size, session_id_size))
    assert theirs.data_to_send() == b""


def test_proven_hello_of_the_smallest_size_is_answered() -> None:
    theirs = FakeTlsServer(secrets=[SECRET], entropy=SeededEntropy(), now=NOW)
    theirs.receive_data(proven_hello(76))
    assert theirs.next_event() is None
    assert theirs.data_to_send().startswith(b"\x16\x03\x03")
    assert theirs.kind == "fake TLS obfuscated"


def test_TR8_server_hello_of_75_bytes_is_refused() -> None:
    for size, message in ((75, "the TLS ServerHello is too short"), (76, "does not prove the proxy secret")):
        ours = client()
        record = b"\x16\x03\x03" + (size - 5).to_bytes(2, "big") + bytes(size - 5)
        with pytest.raises(RemoteProtocolError, match=f"TR8: .*{message}"):
            ours.receive_data(record + b"\x14\x03\x03\x00\x01\x01" + b"\x17\x03\x03\x00\x01x")


def test_TR9_data_behind_a_failure_is_ignored_until_the_failure_is_reported() -> None:
    ours, theirs = connected()
    ours.send_packet(MESSAGE)
    theirs.receive_data(ours.data_to_send() + b"HTTP/1.1 ")
    theirs.receive_data(b"anything")
    theirs.receive_eof()
    assert theirs.next_event() == Packet(MESSAGE)
    for _ in range(2):
        with pytest.raises(RemoteProtocolError, match="TR8"):
            theirs.next_event()
    with pytest.raises(RemoteProtocolError, match="TR8"):
        theirs.receive_data(b"anything")


def test_data_after_the_end_of_the_stream_is_misuse() -> None:
    _, theirs = connected()
    theirs.receive_eof()
    theirs.receive_eof()
    with pytest.raises(LocalProtocolError, match=r"receive_data\(\) after receive_eof\(\)"):
        theirs.receive_data(b"anything")


def test_TR15_stopped_framing_reports_neither_the_packets_nor_the_failure_that_are_left() -> None:
    ours, theirs = connected()
    ours.send_packet(MESSAGE)
    assert deliver(ours, theirs) == [Packet(MESSAGE)]
    ours.send_packet(MESSAGE)
    theirs.send_packet(MESSAGE)
    for receiver, data in ((theirs, ours.data_to_send()), (ours, theirs.data_to_send())):
        receiver.receive_data(data + b"HTTP/1.1 ")
        receiver.stop_reading()
        assert receiver.next_event() is None
        assert receiver.next_event() is None
