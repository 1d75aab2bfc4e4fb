"""A socket on asyncio: waiting reads, paused reading, and its end. The transport is a stand-in."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sansio_tl_transports._shared.connection_runner import READ_SIZE
from sansio_tl_transports.asyncio._stream import Wire, buffer_of
from tests.transports.test_asyncio_turns import in_a_loop


class FakeTransport:
    """Records its calls."""

    def __init__(self, wire: Wire) -> None:
        self.protocol: object = wire
        self.notes: list[str] = []
        self.closing = False

    def get_protocol(self) -> object:
        if self.closing:  # as _SSLProtocolTransport after its second `close`
            raise AttributeError("'NoneType' object has no attribute '_app_protocol'")
        return self.protocol

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None:
        self.notes.append("pause")

    def resume_reading(self) -> None:
        self.notes.append("resume")

    def abort(self) -> None:
        self.notes.append("abort")
        asyncio.get_running_loop().call_soon(self._lost)

    def _lost(self) -> None:
        assert isinstance(self.protocol, Wire)
        self.protocol.connection_lost(None)


class Listener:
    """Records its calls."""

    def __init__(self) -> None:
        self.notes: list[Any] = []

    def on_data(self, data: bytes) -> None:
        self.notes.append(data)

    def on_writable(self) -> None:
        self.notes.append("unblocked")

    def on_closed(self, error: Exception | None) -> None:
        self.notes.append(("broken", error))


def opened() -> tuple[Wire, Any]:
    wire = Wire()
    transport: Any = FakeTransport(wire)
    wire.connection_made(transport)
    return wire, transport


def bring(wire: Wire, data: bytes) -> None:
    """The loop has read this."""
    wire.get_buffer(-1)[: len(data)] = data
    wire.buffer_updated(len(data))


@in_a_loop
async def test_opener_is_notified_when_the_socket_is_open() -> None:
    reported: list[Wire] = []
    wire = Wire(reported.append)
    assert reported == []
    transport: Any = FakeTransport(wire)
    wire.connection_made(transport)
    assert reported == [wire]
    assert wire.transport is transport
    assert not wire.blocked


@in_a_loop
async def test_all_sockets_of_a_loop_read_into_one_buffer() -> None:
    (one, _), (other, _) = opened(), opened()
    assert one.get_buffer(-1) is other.get_buffer(-1) is buffer_of(asyncio.get_running_loop())
    assert len(one.get_buffer(-1)) == READ_SIZE
    bring(one, b"of one")
    bring(other, b"another")
    assert await one.receive() == b"of one"
    assert await other.receive() == b"another"


@in_a_loop
async def test_bytes_received_before_a_read_are_returned_at_once() -> None:
    wire, transport = opened()
    bring(wire, b"one ")
    bring(wire, b"two")
    assert await wire.receive() == b"one two"
    reading = asyncio.ensure_future(wire.receive())
    await asyncio.sleep(0)
    assert not reading.done()
    bring(wire, b"three")
    assert await reading == b"three"
    assert transport.notes == []
    wire.eof_received()
    assert await wire.receive() == b""
    assert await wire.receive() == b""


@in_a_loop
async def test_at_most_one_buffer_is_read_ahead() -> None:
    wire, transport = opened()
    bring(wire, bytes(READ_SIZE - 1))
    bring(wire, b"?")
    assert transport.notes == []
    bring(wire, b"?")
    assert transport.notes == ["pause"]
    bring(wire, b"?")
    assert transport.notes == ["pause"], "once is enough"
    assert len(await wire.receive()) == READ_SIZE + 2
    assert transport.notes == ["pause", "resume"]
    wire.resume_reading()
    assert transport.notes == ["pause", "resume"]


@in_a_loop
async def test_listener_receives_buffered_bytes_then_every_event() -> None:
    wire, transport = opened()
    bring(wire, bytes(READ_SIZE - 1))
    bring(wire, b"ab")
    listener = Listener()
    wire.listen(listener)
    assert [len(data) for data in listener.notes] == [READ_SIZE + 1]
    assert transport.notes == ["pause", "resume"]
    bring(wire, b"more")
    assert listener.notes[1:] == [b"more"]
    wire.pause_writing()
    assert wire.blocked
    wire.resume_writing()
    assert not wire.blocked
    assert wire.eof_received() is True
    wire.eof_received()
    error = OSError("reset")
    wire.connection_lost(error)
    assert listener.notes[2:] == ["unblocked", b"", ("broken", error)], "the end is reported once"


@in_a_loop
async def test_late_listener_receives_buffered_bytes_and_the_end() -> None:
    wire, _ = opened()
    bring(wire, b"data")
    wire.eof_received()
    wire.resume_writing()
    listener = Listener()
    wire.listen(listener)
    assert listener.notes == [b"data", b""]
    wire, _ = opened()
    wire.connection_lost(None)
    late = Listener()
    wire.listen(late)
    assert late.notes == [b"", ("broken", None)]
    wire, _ = opened()
    error = OSError("reset")
    wire.connection_lost(error)
    late = Listener()
    wire.listen(late)
    assert late.notes == [("broken", error)]


@in_a_loop
async def test_broken_socket_is_reported_to_the_reader() -> None:
    wire, _ = opened()
    reading = asyncio.ensure_future(wire.receive())
    await asyncio.sleep(0)
    wire.connection_lost(OSError("reset"))
    with pytest.raises(OSError, match="reset"):
        await reading
    wire, _ = opened()
    bring(wire, b"data")
    wire.connection_lost(OSError("reset"))
    assert await wire.receive() == b"data", "what came before is read before"
    with pytest.raises(OSError, match="reset"):
        await wire.receive()
    wire, _ = opened()
    reading = asyncio.ensure_future(wire.receive())
    await asyncio.sleep(0)
    wire.connection_lost(None)
    assert await reading == b""


@in_a_loop
async def test_abort_waits_until_the_socket_is_closed() -> None:
    wire, transport = opened()
    aborting = asyncio.ensure_future(wire.abort())
    await asyncio.sleep(0)
    assert transport.notes == ["abort"]
    await aborting
    again = asyncio.ensure_future(wire.abort())
    await again
    wire.connection_lost(None)


@in_a_loop
async def test_socket_with_another_protocol_is_not_touched() -> None:
    wire, transport = opened()
    transport.protocol = object()
    wire.pause_reading()
    bring(wire, bytes(READ_SIZE))
    wire.resume_reading()
    await asyncio.sleep(0)
    assert transport.notes == []
    transport.protocol = wire
    wire.pause_reading()
    transport.protocol = object()
    wire.resume_reading()
    assert transport.notes == ["pause"]


@in_a_loop
async def test_closing_socket_is_not_resumed() -> None:
    wire, transport = opened()
    wire.pause_reading()
    transport.closing = True
    wire.resume_reading()
    assert transport.notes == ["pause"]


@in_a_loop
async def test_socket_that_closes_during_a_yield_stays_paused() -> None:
    wire, transport = opened()
    bring(wire, bytes(READ_SIZE))
    transport.closing = True
    errors: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    await asyncio.sleep(0)
    wire.pause_reading()
    bring(wire, bytes(READ_SIZE))
    assert transport.notes == ["pause"]
    assert errors == []


@in_a_loop
async def test_full_socket_waits_for_the_next_iteration() -> None:
    wire, transport = opened()
    wire.listen(Listener())
    bring(wire, bytes(READ_SIZE))
    bring(wire, bytes(READ_SIZE))
    assert transport.notes == ["pause"]
    await asyncio.sleep(0)
    assert transport.notes == ["pause", "resume"]
    bring(wire, bytes(READ_SIZE - 1))
    assert transport.notes == ["pause", "resume"]
    bring(wire, bytes(READ_SIZE))
    wire.pause_reading()
    wire.resume_reading()
    assert transport.notes[2:] == ["pause", "pause"], "it has had its share of this turn"
    await asyncio.sleep(0)
    assert transport.notes[4:] == ["resume"]


@in_a_loop
async def test_tls_on_a_socket_after_its_eof_is_refused() -> None:
    wire, _ = opened()
    wire.eof_received()
    context: Any = None
    with pytest.raises(ConnectionResetError, match="the peer closed the connection"):
        await wire.begin_tls(context)


class Inner:
    """The protocol of TLS: takes four bytes at once."""

    def __init__(self) -> None:
        self.took = b""
        self._buffer = bytearray(4)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.took += bytes(self._buffer[:nbytes])


@pytest.mark.parametrize(("inside", "ended"), [(object(), None), (None, ConnectionResetError), (EOFError(), EOFError)])
@pytest.mark.parametrize("host", ["dc.example", None])
def test_tls_receives_the_buffered_bytes_and_replaces_the_transport(
    inside: object, ended: type[Exception] | None, host: str | None
) -> None:
    @in_a_loop
    async def scenario() -> None:
        wire, transport = opened()
        inner = Inner()
        reported: list[Any] = []

        async def start_tls(*given: Any, **more: Any) -> Any:
            reported.append((given, more))
            transport.protocol = inner
            for _ in range(4):
                await asyncio.sleep(0)
            if isinstance(inside, Exception):
                raise inside
            return inside

        bring(wire, b"a hello that came early")
        wire.pause_reading()
        loop: Any = asyncio.get_running_loop()
        loop.start_tls = start_tls
        context: Any = "a context"
        transport.abort = lambda: transport.notes.append("abort")
        if ended is None:
            await wire.begin_tls(context, host)
            assert wire.transport is inside
            assert wire.eof_received() is False, "TLS cannot end in one direction"
        else:
            with pytest.raises(ended):
                await wire.begin_tls(context, host)
        assert reported == [((transport, wire, context), {"server_side": host is None, "server_hostname": host})]
        assert inner.took == b"a hello that came early"
        assert ("abort" in transport.notes) is isinstance(inside, Exception)
        before = len(transport.notes)
        wire.resume_reading()
        assert len(transport.notes) == before, "start_tls controls reading: it is not resumed a second time"
        if isinstance(inside, Exception):
            await asyncio.wait_for(wire.abort(), 5)

    scenario()
