"""What one socket gets in a turn of the loop is bounded, however often the loop reads it."""

from __future__ import annotations

import asyncio as the_library
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec, cast

import pytest

from sansio_tl_transports._shared.connection_runner import READ_SIZE
from sansio_tl_transports.asyncio._stream import Wire

P = ParamSpec("P")


def in_a_loop(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    @wraps(test)
    def run(*args: P.args, **more: P.kwargs) -> None:
        async def main() -> None:
            await test(*args, **more)

        the_library.run(main())

    return run


class FloodingTransport:
    """Reads a socket that always has more, up to 32 times in a turn while it may: what libuv does."""

    def __init__(self, wire: Wire, *, piece: int = READ_SIZE, tls: bool = False) -> None:
        self._wire = wire
        self._piece = piece
        self._tls = tls
        self.reading = True
        self.closing = False

    def turn(self) -> int:
        """How many times the socket was read in one turn."""
        reads = 0
        while self.reading and reads < 32:
            size = min(self._piece, len(self._wire.get_buffer(-1)))
            self._wire.buffer_updated(size)
            reads += 1
            if size < len(self._wire.get_buffer(-1)) and not self._tls:
                break  # a short read: the socket is empty
        return reads

    def get_protocol(self) -> Wire:
        return self._wire

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.closing
        self.reading = True


class Listener:
    def __init__(self) -> None:
        self.received_bytes = 0

    def on_data(self, data: bytes) -> None:
        self.received_bytes += len(data)

    def on_writable(self) -> None: ...
    def on_closed(self, error: Exception | None) -> None: ...


def _flooded(wire: Wire, **more: Any) -> FloodingTransport:
    transport = FloodingTransport(wire, **more)
    wire.connection_made(cast("the_library.Transport", transport))
    return transport


@in_a_loop
async def test_socket_is_read_once_per_loop_iteration() -> None:
    wire, listener = Wire(), Listener()
    transport = _flooded(wire)
    wire.listen(listener)
    for turn in range(1, 6):
        assert transport.turn() == 1
        assert listener.received_bytes == turn * READ_SIZE
        await the_library.sleep(0)


@in_a_loop
async def test_short_read_from_tls_ends_the_share_of_an_iteration(monkeypatch: pytest.MonkeyPatch) -> None:
    wire, listener = Wire(), Listener()
    transport = _flooded(wire, piece=100, tls=True)

    async def start_tls(*_: object, **__: object) -> FloodingTransport:
        return transport

    monkeypatch.setattr(the_library.get_running_loop(), "start_tls", start_tls)
    await wire.begin_tls(cast("Any", None))
    wire.listen(listener)
    for _ in range(3):
        assert transport.turn() == 1
        await the_library.sleep(0)
    assert listener.received_bytes == 300


@in_a_loop
async def test_short_read_does_not_pause_the_socket() -> None:
    wire = Wire()
    transport = _flooded(wire, piece=100)
    wire.listen(Listener())
    assert transport.turn() == 1
    assert transport.reading


@in_a_loop
async def test_paused_socket_is_not_read_in_the_next_iteration() -> None:
    wire = Wire()
    transport = _flooded(wire)
    wire.listen(Listener())
    transport.turn()
    wire.pause_reading()
    await the_library.sleep(0)
    assert not transport.reading
    wire.resume_reading()
    assert transport.turn() == 1
    wire.pause_reading()
    wire.resume_reading()
    assert not transport.reading  # it has had its share of this turn
    await the_library.sleep(0)
    assert transport.reading


@in_a_loop
async def test_closed_socket_is_not_resumed() -> None:
    wire = Wire()
    transport = _flooded(wire)
    wire.listen(Listener())
    transport.turn()
    transport.closing = True
    await the_library.sleep(0)
    assert not transport.reading
