"""A client of a WEB proxy and our relay, connected in memory, with a target that sends everything back."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator

from sansio_tl.framing import ProxySecret
from sansio_tl.proxy.carrier import Carrier, Lane
from sansio_tl.proxy.web_address import WebAddress
from sansio_tl.proxy.web_client import WebHandshake
from sansio_tl.proxy.web_relay import WebRelay, WebRelayConfig, WebRelayConnection
from sansio_tl.proxy.web_streams import RelayStream, StreamClosed, StreamData, StreamOpened

NOW = 1_800_000_000.0
SECRET = ProxySecret.parse("000102030405060708090a0b0c0d0e0f")
OTHER = ProxySecret.parse("ff0102030405060708090a0b0c0d0e0f")
ADDRESS = WebAddress("relay.example.org", "blog")
MODES = ("websocket", "https", "json")

Cut = Callable[[bytes], Iterable[bytes]]


def whole(data: bytes) -> Iterable[bytes]:
    return [data]


def in_pieces(size: int) -> Cut:
    return lambda data: (data[at : at + size] for at in range(0, len(data), size))


def byte_by_byte(data: bytes) -> Iterator[bytes]:
    return (data[at : at + 1] for at in range(len(data)))


def stream(seed: int = 1) -> Callable[[int], bytes]:
    return random.Random(seed).randbytes


def make_relay(mode: str = "websocket", address: WebAddress = ADDRESS, **settings: object) -> WebRelay:
    config = WebRelayConfig(address=address, secret=SECRET, web_socket=mode == "websocket", **settings)  # type: ignore[arg-type]
    return WebRelay(config, entropy=stream())


class Pair:
    """Both ends, with the time that passes."""

    def __init__(
        self,
        mode: str = "websocket",
        *,
        cut: Cut = whole,
        secret: ProxySecret = SECRET,
        relay: WebRelay | None = None,
        echo: bool = True,
    ) -> None:
        self.now = NOW
        self.mode = mode
        self.relay = relay if relay is not None else make_relay(mode)
        self.cut = cut
        self.echo = echo
        self.waiting: dict[RelayStream, list[bytes]] = {}
        """What is to be sent back once there is room."""
        self.target = bytearray()
        """What has reached the target."""
        self.targets: dict[int, bytearray] = {}
        self.closed: list[int] = []
        self.streams: list[RelayStream] = []
        self.received = bytearray()
        self.requests = bytearray()
        """Everything that the client has sent."""
        self.handshake = WebHandshake(self.relay.config.address, secret, entropy=stream(2))
        self.first = self.relay.accept(now=self.now)
        self.links: dict[int, WebRelayConnection] = {}

    @property
    def carrier(self) -> Carrier:
        assert self.handshake.carrier is not None
        return self.handshake.carrier

    def to_relay(self, connection: WebRelayConnection, data: bytes) -> None:
        self.requests += data
        for piece in self.cut(data):
            connection.receive_data(piece, now=self.now)

    def shake_hands(self) -> Pair:
        """Until there is a carrier. Raises ProxyError."""
        while not self.handshake.done:
            data = self.handshake.data_to_send()
            if data and self.mode == "json":
                data = self._without_page(data)
            if data:
                self.to_relay(self.first, data)
            answer = self.first.data_to_send(now=self.now)
            for piece in self.cut(answer):
                if self.handshake.done:  # the rest belongs to the WebSocket
                    self.carrier.lanes[0].receive_data(piece, self.now)
                else:
                    self.handshake.receive_data(piece)
            if not data and not answer:
                if not self.first.finished:
                    raise AssertionError("both wait")
                self.handshake.receive_eof()
        self.links[0] = self.first
        self.move()
        return self

    def _without_page(self, data: bytes) -> bytes:
        if data.startswith(b"GET /blog/?bridge="):
            return data.replace(b"?bridge=", b"?b=", 1)
        return data

    def move(self) -> None:
        """Move bytes until there are none."""
        while self.turn():
            pass

    def turn(self) -> bool:
        moved = self._events()
        for index, lane in enumerate(self.carrier.lanes):
            moved |= self._move_lane(index, lane)
        if data := self.carrier.take_received():
            self.received += data
            moved = True
        return moved

    def _move_lane(self, index: int, lane: Lane) -> bool:
        connection = self.links.get(index)
        if connection is None:
            if lane.finished and lane.reopens:
                self.links[index] = self.relay.accept(now=self.now)
                lane.restart()
                return True
            return False
        moved = lane.has_output()
        if moved:
            self.to_relay(connection, self.output(lane))
        assert not lane.data_to_send(self.now)
        if data := connection.data_to_send(now=self.now):
            for piece in self.cut(data):
                lane.receive_data(piece, self.now)
            moved = True
        if connection.finished or lane.finished:
            lane.receive_data(b"", self.now)
            connection.receive_data(b"", now=self.now)
            del self.links[index]
            moved = True
        return moved

    def output(self, lane: Lane) -> bytes:
        """The output of a lane that has some."""
        data = lane.data_to_send(self.now)
        assert data
        assert not lane.has_output()
        return data

    def _events(self) -> bool:
        moved = False
        while (event := self.relay.next_event()) is not None:
            moved = True
            match event:
                case StreamOpened(opened):
                    self.streams.append(opened)
                    self.waiting[opened] = []
                case StreamData(opened, data):
                    self.target += data
                    self.targets.setdefault(opened.stream_id, bytearray()).extend(data)
                    opened.delivered(len(data))
                    if self.echo and opened in self.waiting:
                        self.waiting[opened].append(data)
                case StreamClosed(opened):
                    self.closed.append(opened.stream_id)
                    self.waiting.pop(opened, None)
                    opened.release()
        for opened, pieces in self.waiting.items():
            while pieces and (room := opened.room):
                piece = pieces.pop(0)
                opened.send(piece[:room])
                if piece[room:]:
                    pieces.insert(0, piece[room:])
                moved = True
        return moved

    def send(self, data: bytes) -> None:
        """Send bytes of the stream as the layer above does: only while they are accepted."""
        at = 0
        while at < len(data):
            while self.carrier.accepts and at < len(data):
                self.carrier.send(data[at : at + 100_000])
                at += 100_000
            if not self.turn():
                break
        self.move()

    def pass_time(self, seconds: float) -> None:
        """Let the deadlines of both ends come."""
        self.now += seconds
        self.relay.handle_deadline(now=self.now)
        self.carrier.handle_deadline(self.now)
        self.move()

    def break_connection(self, index: int) -> None:
        """A connection ends, without its unread bytes."""
        connection = self.links.pop(index)
        connection.receive_data(b"", now=self.now)
        self.carrier.lanes[index].receive_data(b"", self.now)
