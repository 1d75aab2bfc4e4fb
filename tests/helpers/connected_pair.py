"""A client's connection and a server's, connected in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sansio_tl import Config, Connection, types
from sansio_tl.connection.server import IncomingRequest, KeyRecord, KeyStore, ServerConfig, ServerConnection
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import RpcError
from sansio_tl.events import Event, RequestReceived
from sansio_tl.framing import Intermediate
from sansio_tl.limits import Limits
from sansio_tl.trace import Tracer
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key

NOW = 1_790_000_000.25
NEAREST = types.NearestDc(country="NL", this_dc=2, nearest_dc=2)
Application = Callable[[IncomingRequest], object]


def client_config(**settings: Any) -> Config:
    """A client's settings that trust the tests' data center."""
    defaults: dict[str, Any] = {"api_id": 1, "public_keys": (rsa_key().public_key,)}
    return Config(**defaults | settings)


def in_chunks(data: bytes, size: int | None) -> Iterator[bytes]:
    """The data in pieces of `size` bytes; whole if that is None."""
    if size is None:
        if data:
            yield data
        return
    for start in range(0, len(data), size):
        yield data[start : start + size]


class ConnectedPair:
    """Both ends; `run` carries bytes to and fro until nothing moves."""

    def __init__(
        self,
        *,
        seed: str = "pair",
        application: Application = lambda request: NEAREST,
        keys: KeyStore | None = None,
        record: KeyRecord | None = None,
        chunk: int | None = None,
        now: float = NOW,
        limits: Limits | None = None,
        framing: Any = Intermediate,
        temporary_key_lifetime: int | None = None,
        offload: bool = False,
        tracer: Tracer | None = None,
        server_tracer: Tracer | None = None,
        **server_settings: Any,
    ) -> None:
        """With a `record` the client has its key already and there is no handshake."""
        limits = limits or Limits()
        self.now = now
        self.server_ahead = 0.0
        """How far the server's clock is ahead of the client's."""
        self.application = application
        self.keys = KeyStore() if keys is None else keys
        if record is not None:
            self.keys[record.auth_key.id] = record
        self.client = Connection(
            client_config(
                limits=limits, framing=framing, temporary_key_lifetime=temporary_key_lifetime, offload=offload
            ),
            auth_key=None if record is None else record.auth_key,
            entropy=SeededEntropy(seed + " client"),
            now=now,
            tracer=tracer,
        )
        self.server = ServerConnection(
            ServerConfig(private_keys=(rsa_key(),), limits=limits, **server_settings),
            self.keys,
            entropy=SeededEntropy(seed + " server"),
            now=now,
            tracer=server_tracer,
        )
        self.events: list[Event] = []
        """The client's events."""
        self.server_events: list[Event] = []
        self.wire: list[tuple[str, bytes]] = []
        """Every flight of bytes with its sender."""
        self._chunk = chunk

    def run(self) -> list[Event]:
        """Exchange until nothing moves; returns the client's new events."""
        seen = len(self.events)
        while self.step():
            pass
        return self.events[seen:]

    def step(self) -> bool:
        """One flight each way; whether anything moved."""
        up = self.client.data_to_send(now=self.now)
        self.to_server(up)
        down = self.server.data_to_send(now=self.now + self.server_ahead)
        self.to_client(down)
        return bool(up or down)

    def to_server(self, data: bytes) -> None:
        """Deliver bytes to the server and let the application answer."""
        if data:
            self.wire.append(("client", data))
        for piece in in_chunks(data, self._chunk):
            self.server.receive_data(piece, now=self.now + self.server_ahead)
        while (event := self.server.next_event()) is not None:
            self.server_events.append(event)
            if isinstance(event, RequestReceived):
                self._answer(event.request)

    def to_client(self, data: bytes) -> None:
        """Deliver bytes to the client."""
        if data:
            self.wire.append(("server", data))
        for piece in in_chunks(data, self._chunk):
            self.client.receive_data(piece, now=self.now)
        while (event := self.client.next_event()) is not None:
            self.events.append(event)

    def _answer(self, request: IncomingRequest) -> None:
        result = self.application(request)
        if isinstance(result, RpcError):
            self.server.send_error(request, result, now=self.now)
        elif result is not None:
            self.server.send_result(request, result, now=self.now)


def key_record(seed: str = "auth key", salt: int = 7) -> KeyRecord:
    """A key that both ends have."""
    return KeyRecord(AuthKey(SeededEntropy(seed)(256)), salt, created_at=NOW)
