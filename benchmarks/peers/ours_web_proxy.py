"""A stream through our relay of a WEB proxy in memory: both roles work, and a server is behind the relay."""

from __future__ import annotations

import os

from sansio_tl.framing import ProxySecret
from sansio_tl.proxy import WebAddress
from sansio_tl.proxy.carrier import Lane
from sansio_tl.proxy.web_client import WebHandshake
from sansio_tl.proxy.web_relay import WebRelay, WebRelayConfig, WebRelayConnection
from sansio_tl.proxy.web_streams import RelayStream, StreamData, StreamOpened

SECRET = ProxySecret.parse("dd" + "0123456789abcdef" * 2)
MODES = {"WEB proxy, WebSocket": True, "WEB proxy, polling": False}
"""The name of the row -> whether the relay uses a WebSocket."""


class WebPath:
    """The client's end of the stream, and the relay's."""

    def __init__(self, name: str, now: float) -> None:
        self._now = now
        config = WebRelayConfig(address=WebAddress("localhost"), secret=SECRET, web_socket=MODES[name])
        self._relay = WebRelay(config, entropy=os.urandom)
        handshake = WebHandshake(config.address, SECRET, entropy=os.urandom)
        first = self._relay.accept(now=now)
        while not handshake.done:
            first.receive_data(handshake.data_to_send(), now=now)
            handshake.receive_data(first.data_to_send(now=now))
        if handshake.carrier is None:
            raise ValueError("the handshake has no carrier")
        self._carrier = handshake.carrier
        self._connections: dict[int, WebRelayConnection] = {0: first}
        self._stream: RelayStream | None = None
        self._arrived: list[bytes] = []

    def to_server(self, data: bytes) -> bytes:
        """Send bytes of the client; returns what arrives behind the relay."""
        at = 0
        while at < len(data) or self._turn():
            if at < len(data) and self._carrier.accepts:
                self._carrier.send(data[at : at + (1 << 16)])
                at += 1 << 16
            self._turn()
        arrived, self._arrived = self._arrived, []
        return b"".join(arrived)

    def to_client(self, data: bytes) -> bytes:
        """Send bytes of the server; returns what arrives at the client."""
        received = []
        at, moved = 0, True
        while at < len(data) or moved:
            room = 0 if self._stream is None else self._stream.room
            if self._stream is not None and room and at < len(data):
                self._stream.send(data[at : at + room])
                at += room
            moved = self._turn()
            received.append(self._carrier.take_received())
        return b"".join(received)

    def _turn(self) -> bool:
        """Move bytes over each connection once; returns whether there were any."""
        moved = False
        for index, lane in enumerate(self._carrier.lanes):
            moved |= self._move(index, lane)
        while (event := self._relay.next_event()) is not None:
            moved = True
            if isinstance(event, StreamOpened):
                self._stream = event.stream
            elif isinstance(event, StreamData):
                self._arrived.append(event.data)
                event.stream.delivered(len(event.data))
        return moved

    def _move(self, index: int, lane: Lane) -> bool:
        connection = self._connections.get(index)
        if connection is None:
            if not (lane.finished and lane.reopens):
                return False
            connection = self._connections[index] = self._relay.accept(now=self._now)
            lane.restart()
        sent, answered = lane.data_to_send(self._now), b""
        if sent:
            connection.receive_data(sent, now=self._now)
        if answered := connection.data_to_send(now=self._now):
            lane.receive_data(answered, self._now)
        if connection.finished or lane.finished:
            del self._connections[index]
            return True
        return bool(sent or answered)
