"""TR8: fake TLS, both ends."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import (
    Obfuscated,
    Packet,
    PaddedIntermediate,
    ProxySecret,
    QuickAck,
    SecretKind,
    ServerFraming,
    TransportFault,
)
from sansio_tl.framing.fake_tls import FakeTlsClient, FakeTlsServer
from sansio_tl.role import Role
from tests.framing.drive import Stream, byte_by_byte, cut, deliver, exchange, messages, outcome

KEY = bytes(range(16))
NOW = 1_700_000_000.5
SECRET = ProxySecret(SecretKind.FAKE_TLS, KEY, "example.org")
OTHER = ProxySecret(SecretKind.FAKE_TLS, KEY[::-1], "example.org")
MESSAGE = b"K" * 40


def client(seed: int = 0, now: float = NOW, secret: ProxySecret = SECRET) -> FakeTlsClient:
    inner = Obfuscated(Role.CLIENT, inner=PaddedIntermediate, entropy=Stream(seed), secrets=[secret])
    return FakeTlsClient(inner=inner, secret=secret, entropy=Stream(~seed), now=now)


def server(now: float | None = NOW, *secrets: ProxySecret) -> ServerFraming:
    return ServerFraming(entropy=Stream(99), secrets=secrets or (OTHER, SECRET), now=now)


def connected() -> tuple[FakeTlsClient, ServerFraming]:
    ours, theirs = client(), server()
    assert deliver(ours, theirs) == []
    assert deliver(theirs, ours) == []
    return ours, theirs


# -- both ends ------------------------------------------------------------------------------------------------------


@given(st.lists(messages, min_size=1, max_size=3), st.integers())
def test_both_roles_talk(packets: list[bytes], seed: int) -> None:
    ours, theirs = client(seed), server()
    ours.send_packet(packets[0])
    assert deliver(ours, theirs) == []
    assert deliver(theirs, ours) == []
    assert deliver(ours, theirs) == [Packet(packets[0])]
    exchange(ours, theirs, packets)
    assert ours.kind == theirs.kind == "fake TLS obfuscated padded"


@given(st.lists(messages, min_size=1, max_size=2), st.integers(), st.lists(st.integers(0, 900)))
def test_TR9_any_fragmentation_gives_the_same_events(packets: list[bytes], seed: int, sizes: list[int]) -> None:
    ours, theirs = client(seed), server()
    question = ours.data_to_send()
    theirs.receive_data(question)
    answer = theirs.data_to_send()
    ours.receive_data(answer)
    for packet in packets:
        ours.send_packet(packet)
        question += ours.data_to_send()
    theirs.receive_data(question[517:])
    for packet in packets:
        theirs.send_packet(packet)
        answer += theirs.data_to_send()
    expected = [Packet(packet) for packet in packets]
    for cut_up in (lambda data: [data], byte_by_byte, lambda data: cut(data, sizes)):
        assert outcome(server(), cut_up(question)) == expected
        again = client(seed)
        again.data_to_send()
        assert outcome(again, cut_up(answer)) == expected


def test_faults_and_quick_acks_pass_through() -> None:
    ours, theirs = connected()
    ours.send_packet(MESSAGE, quick_ack=True)
    assert deliver(ours, theirs) == [Packet(MESSAGE, quick_ack=True)]
    theirs.send_quick_ack(b"ABC\x84")
    theirs.send_fault(-404)
    assert deliver(theirs, ours) == [QuickAck(b"ABC\x84"), TransportFault(-404)]


def test_nothing_but_the_hello_is_said_before_the_proof() -> None:
    ours = client()
    ours.send_packet(MESSAGE)
    assert len(ours.data_to_send()) == 517
    assert ours.data_to_send() == b""


def test_records_are_as_large_as_tls_allows_and_no_larger() -> None:
    ours, theirs = connected()
    ours.send_packet(b"K" * (24 + 16 * 4000))
    data = ours.data_to_send()
    assert data.startswith(b"\x14\x03\x03\x00\x01\x01\x17\x03\x03\x40\x00")
    assert outcome(theirs, [data]) == [Packet(b"K" * (24 + 16 * 4000))]


# -- the hellos -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["a.b", "example.org", "x" * 182])
def test_the_hello_has_the_size_that_proxies_expect(host: str) -> None:
    hello = client(secret=ProxySecret(SecretKind.FAKE_TLS, KEY, host)).data_to_send()
    assert len(hello) == 517
    assert hello.startswith(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    assert host.encode() in hello
    assert outcome(server(None, SECRET), [hello], eof=False) == []


def test_the_hello_is_well_formed_and_no_extension_comes_twice() -> None:
    for seed in range(100):
        hello = client(seed).data_to_send()
        at = 76
        suites = int.from_bytes(hello[at : at + 2], "big")
        at += 2 + suites
        assert hello[at : at + 2] == b"\x01\x00"
        at += 2
        assert int.from_bytes(hello[at : at + 2], "big") == len(hello) - at - 2
        at += 2
        numbers = []
        while at < len(hello):
            numbers.append(int.from_bytes(hello[at : at + 2], "big"))
            at += 4 + int.from_bytes(hello[at + 2 : at + 4], "big")
        assert at == len(hello)
        assert len(numbers) == len(set(numbers)) == 17
        assert {0x0A0A, numbers[0] & 0x0F0F} == {0x0A0A}


def test_the_hello_proves_secret_and_time() -> None:
    hello = client().data_to_send()
    zeroed = hello[:11] + bytes(32) + hello[43:]
    proof = hmac.new(KEY, zeroed, hashlib.sha256).digest()
    difference = bytes(a ^ b for a, b in zip(proof, hello[11:43], strict=True))
    assert difference == bytes(28) + int(NOW).to_bytes(4, "little")


def test_the_answer_proves_the_secret() -> None:
    ours, theirs = client(), server()
    hello = ours.data_to_send()
    theirs.receive_data(hello)
    answer = theirs.data_to_send()
    zeroed = answer[:11] + bytes(32) + answer[43:]
    assert hmac.new(KEY, hello[11:43] + zeroed, hashlib.sha256).digest() == answer[11:43]
    assert answer[44:76] == hello[44:76]


@given(st.integers(0, 516).filter(lambda at: at not in {39, 40}), st.integers(1, 255))
def test_TR8_a_hello_with_one_wrong_byte_is_refused(at: int, flip: int) -> None:
    # Not at 39 and 40: those are the lower bytes of the time, which may be off by some minutes.
    hello = bytearray(client().data_to_send())
    hello[at] ^= flip
    theirs = FakeTlsServer(secrets=[SECRET], entropy=Stream(), now=NOW)
    (seen,) = outcome(theirs, [bytes(hello), bytes(70000)], eof=False)
    assert seen in {"TR8", "TR1"}
    assert theirs.data_to_send() == b""


@pytest.mark.parametrize(("off", "accepted"), [(0, True), (-595, True), (1195, True), (-605, False), (1205, False)])
def test_TR8_a_hello_of_another_time_is_refused(off: int, accepted: bool) -> None:
    hello = client(now=NOW + off).data_to_send()
    assert outcome(server(), [hello], eof=False) == ([] if accepted else ["TR8"])
    assert outcome(server(None), [hello], eof=False) == []


def test_TR8_a_client_without_the_secret_is_refused() -> None:
    assert outcome(server(NOW, OTHER), [client().data_to_send()], eof=False) == ["TR8"]


@given(st.integers(0, 1000), st.integers(1, 255))
def test_TR8_an_answer_with_one_wrong_byte_is_refused(at: int, flip: int) -> None:
    ours, theirs = client(), server()
    theirs.receive_data(ours.data_to_send())
    answer = bytearray(theirs.data_to_send())
    answer[at] ^= flip
    (seen,) = outcome(ours, [bytes(answer), bytes(70000)], eof=False)
    assert seen in {"TR8", "TR1"}
    assert ours.data_to_send() == b""


def test_TR8_an_answer_without_a_session_is_refused() -> None:
    short = b"\x16\x03\x03\x00\x02\x02\x00" + b"\x14\x03\x03\x00\x01\x01" + b"\x17\x03\x03\x00\x01x"
    assert outcome(client(), [short], eof=False) == ["TR8"]
    assert outcome(FakeTlsServer(secrets=[SECRET], entropy=Stream()), [short], eof=False) == ["TR8"]


@pytest.mark.parametrize("record", [b"\x15\x03\x03\x00\x02\x01\x00", b"\x16\x03\x03\x00\x01x", b"HTTP/"])
def test_TR8_records_of_other_kinds_are_refused(record: bytes) -> None:
    for end in connected():
        assert outcome(end, [record], eof=False) == ["TR8"]


def test_TR1_a_record_longer_than_tls_allows_is_refused() -> None:
    for end in connected():
        assert outcome(end, [b"\x17\x03\x03\x41\x01"], eof=False) == ["TR1"]


def test_a_change_of_ciphers_changes_nothing() -> None:
    for end in connected():
        assert outcome(end, [b"\x14\x03\x03\x00\x01\x01" * 3 + b"\x17\x03\x03\x00\x00"]) == []


def test_TR10_the_end_inside_a_hello_or_record() -> None:
    hello = client().data_to_send()
    for size in (6, 100, 516):
        assert outcome(server(), [hello[:size]]) == ["TR10"]
    assert outcome(client(), []) == ["TR10"]
    for end in connected():
        assert outcome(end, [b"\x17\x03\x03\x00\x05abcd"]) == ["TR10"]


def test_other_secrets_do_not_do() -> None:
    for secret in (ProxySecret(SecretKind.PLAIN, KEY), ProxySecret(SecretKind.SECURED, KEY)):
        with pytest.raises(LocalProtocolError, match="host name"):
            FakeTlsClient(inner=PaddedIntermediate(Role.CLIENT), secret=secret, entropy=Stream(), now=NOW)


def test_without_such_secrets_a_tls_client_is_not_served() -> None:
    assert outcome(ServerFraming(entropy=Stream()), [client().data_to_send()], eof=False) == ["TR8"]
