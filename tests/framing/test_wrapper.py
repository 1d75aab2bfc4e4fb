"""A framing around another one, before the inner one is known and after."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing import AutoDetectFraming, Framing, Intermediate, Obfuscated, Packet
from sansio_tl.framing.buffer import ReceiveBuffer
from sansio_tl.framing.wrapper import FramingWrapper
from sansio_tl.limits import Limits
from sansio_tl.role import Role
from tests.framing.helpers import drain, written
from tests.helpers.entropy import SeededEntropy

WRAPPERS: list[tuple[Callable[[], FramingWrapper], str | None]] = [
    (AutoDetectFraming, None),
    (lambda: Obfuscated(Role.SERVER, entropy=SeededEntropy()), "obfuscated"),
]
each_wrapper = pytest.mark.parametrize(("make", "kind"), WRAPPERS, ids=["detecting", "obfuscated"])


def stream(make: Callable[[], FramingWrapper], *packets: bytes) -> bytes:
    """What a client writes whose framing the wrapper finds inside."""
    if make is AutoDetectFraming:
        return written(Role.CLIENT, Intermediate, *packets)
    return written(Role.CLIENT, lambda role: Obfuscated(role, entropy=SeededEntropy(1)), *packets)


def properties(framing: Framing) -> tuple[object, ...]:
    return (
        framing.supports_quick_ack,
        framing.polled,
        framing.listening,
        framing.has_pending_poll,
        framing.finished,
    )


@each_wrapper
def test_wrapper_without_an_inner_framing_offers_nothing(make: Callable[[], FramingWrapper], kind: str | None) -> None:
    server = make()
    assert server.kind == kind
    assert properties(server) == (False, False, True, False, False)
    server.send_nothing()
    with pytest.raises(LocalProtocolError, match="cannot send: the client's framing is not known yet"):
        server.send_packet(bytes(24))
    with pytest.raises(LocalProtocolError, match="cannot send: the client's framing is not known yet"):
        server.send_transport_error(-404)
    assert server.data_to_send() == b""


@each_wrapper
def test_wrapper_has_the_properties_of_its_inner_framing(make: Callable[[], FramingWrapper], kind: str | None) -> None:
    server = make()
    server.receive_data(stream(make, bytes(24)))
    assert drain(server) == [Packet(bytes(24))]
    assert server.kind == "intermediate" if kind is None else f"{kind} intermediate"
    assert properties(server) == properties(Intermediate(Role.SERVER)) == (True, False, True, False, False)
    server.send_packet(bytes(24))
    assert len(server.data_to_send()) == 28
    assert server.data_to_send() == b""


@each_wrapper
@pytest.mark.parametrize("early", [True, False])
def test_TR14_large_packets_of_the_inner_framing_are_checked(
    make: Callable[[], FramingWrapper], kind: str | None, *, early: bool
) -> None:
    seen: list[bytes] = []
    server = make()
    large = b"12345678".ljust(Limits().max_plain_packet + 4, b".")
    data = stream(make, bytes(24), large)
    first = len(data) - len(large) - 4
    if early:
        server.check_large_packets(seen.append)
    server.receive_data(data[:first])
    assert drain(server) == [Packet(bytes(24))]
    if not early:
        server.check_large_packets(seen.append)
    server.receive_data(data[first:])
    assert drain(server) == [Packet(large)]
    assert seen == [b"12345678"]


@each_wrapper
def test_TR15_stopped_wrapper_forgets_an_incomplete_beginning(
    make: Callable[[], FramingWrapper], kind: str | None
) -> None:
    for size in (1, 3, 10, 80):
        server = make()
        server.receive_data(stream(make, bytes(24))[:size])
        server.stop_reading()
        server.receive_data(b"anything")
        assert server.next_event() is None
        server.receive_eof()
        assert server.next_event() is None


@each_wrapper
def test_TR10_stream_that_ends_in_the_beginning_is_an_error(
    make: Callable[[], FramingWrapper], kind: str | None
) -> None:
    server = make()
    server.receive_data(stream(make, bytes(24))[:3])
    with pytest.raises(RemoteProtocolError, match="TR10"):
        server.receive_eof()
    empty = make()
    empty.receive_eof()
    assert empty.next_event() is None


@each_wrapper
@pytest.mark.parametrize("missing", [1, 27])
def test_TR10_packets_before_a_cut_are_returned_first(
    make: Callable[[], FramingWrapper], kind: str | None, missing: int
) -> None:
    server = make()
    server.receive_data(stream(make, b"A" * 24, b"B" * 24, b"C" * 24)[:-missing])
    server.receive_eof()
    assert server.next_event() == Packet(b"A" * 24)
    assert server.next_event() == Packet(b"B" * 24)
    with pytest.raises(RemoteProtocolError, match="TR10"):
        server.next_event()


def _large_buffers() -> int:
    gc.collect()
    return sum(type(each) is ReceiveBuffer and each.size >= 100_000 for each in gc.get_objects())


@each_wrapper
def test_TR15_stopped_wrapper_releases_the_input_of_its_inner_framing(
    make: Callable[[], FramingWrapper], kind: str | None
) -> None:
    before = _large_buffers()
    server = make()
    server.receive_data(stream(make, bytes(200_000))[:150_000])
    assert server.next_event() is None
    assert _large_buffers() == before + 1
    server.stop_reading()
    assert _large_buffers() == before
