"""Servers with several connections on one key: an honest client, and an attacker who replays and reorders its packets.

The attacker has no key. It may send any packet that the client ever sent, on any connection, at any time; and it may
open and close connections. What it does must not make anything run twice or bring anything to its connections.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from functools import cache

from sansio_tl import decode, encode, functions, types
from sansio_tl.codec.schema import Schema
from sansio_tl.connection.server import KeyRecord, KeyStore, ServerConfig, ServerConnection
from sansio_tl.events import RequestReceived
from sansio_tl.role import Role
from sansio_tl.testing import DataCenter, DataCenterConfig
from sansio_tl.testing.passwords import Password
from sansio_tl.testing.raw_peer import RawPeer
from sansio_tl.tl.errors import DecodeError
from sansio_tl_transports import LayerSchemas
from tests.fuzz.fixtures import KEY, NOW, SMALL, Stream, private_key
from tests.fuzz.targets.input_steps import steps

_SALT = 77


@cache
def _password() -> Password:
    """Made once: it takes a tenth of a second."""
    return Password.of("word", entropy=Stream(5))


_CLIENTS = 2
"""Connections that the honest client uses, one after the other; all others are the attacker's."""
_MAX_CONNECTIONS = 6


def shared_key(data: bytes) -> None:
    """No request is executed twice, and the attacker is sent nothing that the client was sent or shall be sent."""
    host = _Host()
    for kind, payload in steps(data, 64):
        host.turn(kind, payload)
        host.look()


class _Host:
    """The server's connections, and all that was ever sent to them."""

    def __init__(self) -> None:
        self.now = NOW
        self.keys = KeyStore()
        self.record = self.keys[KEY.id] = KeyRecord(KEY, _SALT, created_at=NOW)
        self.config = ServerConfig(private_keys=(private_key(),), limits=SMALL)
        self.connections: list[ServerConnection] = []
        self.wires: list[RawPeer] = []
        self.client = RawPeer(Role.CLIENT, KEY, entropy=Stream(1), now=NOW, session_id=5)
        self.packets: list[bytes] = []
        self.executed: Counter[str] = Counter()
        self.sent = 0
        for _ in range(_CLIENTS + 1):
            self.connect()

    def connect(self) -> None:
        if len(self.connections) < _MAX_CONNECTIONS:
            number = len(self.connections)
            self.connections.append(ServerConnection(self.config, self.keys, entropy=Stream(number), now=self.now))
            self.wires.append(RawPeer(Role.CLIENT, KEY, entropy=Stream(number), now=self.now))

    def turn(self, kind: int, payload: bytes) -> None:
        first = payload[0] if payload else 0
        match kind % 6:
            case 0:
                self.sent += 1
                query = functions.help.GetDeepLinkInfo(f"{self.sent}")
                self.send(first % _CLIENTS, [query], payload[1:2])
            case 1:
                queries = [
                    functions.help.GetDeepLinkInfo(f"{self.sent + number}") for number in range(1, first % 4 + 1)
                ]
                self.sent += len(queries)
                self.send(first // 4 % _CLIENTS, queries, payload[1:2])
            case 2 | 3 if self.packets:
                attackers = range(_CLIENTS, len(self.connections))
                at = attackers[(payload[1] if len(payload) > 1 else 0) % len(attackers)]
                self.deliver(at, self.packets[first % len(self.packets)])
            case 4:
                self.pass_time(float(int.from_bytes(payload[:2], "little")))
            case 5:
                self.connect()

    def send(self, number: int, queries: list[functions.help.GetDeepLinkInfo], options: bytes) -> None:
        """The client sends; some of its packets are lost, and only the attacker has them."""
        self.client.now, self.client.salt = self.now, self.record.salt(self.now)
        option = options[0] if options else 0
        self.client.session_id = 5 + (option >> 1 & 1)
        messages = [self.client.message(query) for query in queries]
        packet = self.client.packet(messages[0] if len(messages) == 1 else self.client.container(*messages))
        self.packets.append(packet)
        if not option & 1:
            self.deliver(number, packet)

    def deliver(self, number: int, packet: bytes) -> None:
        connection = self.connections[number]
        if connection.closed:
            return
        connection.receive_data(self.wires[number].frame(packet), now=self.now)
        while (event := connection.next_event()) is not None:
            repr(event)
            if isinstance(event, RequestReceived) and isinstance(event.request.query, functions.help.GetDeepLinkInfo):
                self.executed[event.request.query.path] += 1
                if not connection.closed:
                    connection.send_result(event.request, types.help.DeepLinkInfoEmpty(), now=self.now)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        for connection in self.connections:
            if not connection.closed and (connection.next_deadline() or self.now + 1) <= self.now:
                connection.handle_deadline(now=self.now)

    def look(self) -> None:
        for connection in self.connections:
            connection.data_to_send(now=self.now)
        twice = [path for path, count in self.executed.items() if count > 1]
        if twice:
            raise AssertionError(f"requests {twice} were executed more than once")


def data_center(data: bytes) -> None:
    """A whole embedded data center, and clients with a key that ask for anything, also in wrappers and gzip."""
    _ask(data, {}, b"")


def old_layers(data: bytes) -> None:
    """The same with clients of older layers: the first byte chooses which, and whether a query names it."""
    layer = _OLD_LAYERS[data[0] % len(_OLD_LAYERS)] if data else _OLD_LAYERS[0]
    init = functions.InitConnection(1, "model", "system", "1", "en", "", "en", functions.help.GetConfig())
    _ask(data[1:], _schemas(), encode(functions.InvokeWithLayer(layer, init))[:-4])


_OLD_LAYERS = (158, 181, 214)


@cache
def _schemas() -> dict[int, Schema]:
    """Made once: each takes a third of a second."""
    schemas = LayerSchemas(*_OLD_LAYERS)
    return {layer: schemas[layer] for layer in _OLD_LAYERS}


def _ask(data: bytes, schemas: Mapping[int, Schema], prefix: bytes) -> None:
    """Clients ask a data center; `prefix` precedes a query whose kind has no bit 6."""
    config = DataCenterConfig(private_key=private_key(), limits=SMALL, code="12345", schemas=schemas)
    keys = KeyStore()
    dc = DataCenter(config, keys=keys, entropy=Stream(3), now=NOW)
    account = dc.add_account("+12025550100")
    account.two_step.password = _password() if data[:1] > b"\x7f" else None
    conn = dc.accept(now=NOW)
    client = RawPeer(Role.CLIENT, KEY, entropy=Stream(4), now=NOW, session_id=5)
    record = keys[KEY.id] = KeyRecord(KEY, _SALT, created_at=NOW)
    now = NOW
    for kind, payload in steps(data[1:]):
        if conn.closed:
            conn = dc.accept(now=now)
            client = RawPeer(Role.CLIENT, KEY, entropy=Stream(4), now=now, session_id=5)
        now += 2.0 ** (kind & 7) - 1
        client.now, client.salt = now, record.salt(now)
        body = payload[: len(payload) & ~3] or bytes(4)
        if kind & 0x40 == 0:
            body = prefix + body
        if kind & 0x80:
            body = client.gzipped(body)
        conn.receive_data(client.send(body), now=now)
        conn.handle_deadline(now=now)
        for message in client.receive(conn.data_to_send(now=now)):
            with suppress(DecodeError):
                decode(message.body)
        while (event := dc.next_event()) is not None:
            repr(event)
