"""A `Client` with two data centers that are hostile, or broken: they have its keys and answer what the input says.

Turns: an RPC error of any code and text, any result, any service message, a configuration with any addresses, a
transport error in the clear, a replay of anything sent before to any connection, a connection that breaks, time that
passes, requests that are cancelled, a restart from the snapshot.
"""

from __future__ import annotations

import json
import struct
from base64 import b64encode
from collections import Counter
from typing import Any

from sansio_tl import Client, ClientConfig, Config, Endpoint, encode, functions, types
from sansio_tl.client import Connect, Disconnect
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import LocalProtocolError
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.role import Role
from sansio_tl.testing.help_config import configuration
from sansio_tl.testing.raw_peer import Message, RawPeer
from tests.fuzz.fixtures import NOW, SMALL, Stream, private_key
from tests.fuzz.targets.input_steps import steps

KEYS = {2: AuthKey(bytes(range(256))), 4: AuthKey(bytes(range(255, -1, -1)))}
_CONFIG = ClientConfig(
    connection_config=Config(api_id=1, public_keys=(private_key().public_key,), limits=SMALL),
    endpoints={dc_id: (Endpoint("192.0.2.1", dc_id),) for dc_id in (1, 2, 4)},
)
_REQUESTS = (
    functions.help.GetNearestDc(),
    functions.help.GetConfig(),
    functions.users.GetUsers([types.InputUserSelf()]),
    functions.upload.GetFile(types.InputDocumentFileLocation(1, 1, b"", ""), 0, 4096),
)
_CODES = (303, 400, 401, 403, 406, 420, 500, -503)


def client_account(data: bytes) -> None:
    """Each request has exactly one outcome, and no permanent key is lost."""
    account = _Account()
    for kind, payload in steps(data):
        account.turn(kind, payload)
        account.settle()
    account.end()


def client_snapshot(data: bytes) -> None:
    """Any JSON object is a client's snapshot or refused. A client that was made of one can be driven and saved."""
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(plain, dict):
        client = Client(_CONFIG, snapshot=plain, entropy=Stream(), now=NOW)
        client.invoke(functions.help.GetNearestDc(), now=NOW)
        while (action := client.next_action()) is not None:
            repr(action)
        again = client.snapshot()
        if Client(_CONFIG, snapshot=json.loads(json.dumps(again)), entropy=Stream(), now=NOW).snapshot() != again:
            raise AssertionError("a snapshot leads elsewhere")


def snapshot_of_account() -> dict[str, Any]:
    """A client that is logged in at data center 2 and has a key at 4."""
    return {
        "version": 1,
        "test_mode": False,
        "home_dc": 2,
        "user_id": 7,
        "is_bot": False,
        "data_centers": {
            dc_id: {
                "auth_key": b64encode(key.key).decode("ascii"),
                "salt": 1,
                "time_offset": 0.0,
                "authorized": True,
            }
            for dc_id, key in KEYS.items()
        },
        "endpoints": {dc_id: [["192.0.2.1", dc_id, False]] for dc_id in (1, 2, 4)},
        "logout_tokens": [],
    }


class _Account:
    """The client, the raw peers that it is connected to, and what was sent to it."""

    def __init__(self) -> None:
        self.now = NOW
        self.client = Client(_CONFIG, snapshot=_as_json(snapshot_of_account()), entropy=Stream(1), now=NOW)
        self.peers: dict[int, RawPeer] = {}
        self.asked: list[tuple[int, Message]] = []
        """Messages of the client: the connection that they came on, and each."""
        self.packets: list[bytes] = []
        """What the data centers have sent, encrypted."""
        self.handles: list[RequestHandle[Any]] = []
        self.cancelled: set[RequestHandle[Any]] = set()
        self.outcomes: Counter[RequestHandle[Any]] = Counter()
        self.invoke(0)
        self.invoke(2)
        self.settle()

    def invoke(self, number: int) -> None:
        try:
            handle = self.client.invoke(
                _REQUESTS[number % len(_REQUESTS)], dc_id=(None, 4)[number // 4 % 2], now=self.now
            )
        except LocalProtocolError:
            return  # closed
        self.handles.append(handle)

    def turn(self, kind: int, payload: bytes) -> None:
        first = payload[0] if payload else 0
        rest = payload[1:]
        match kind % 12:
            case 0 | 1:
                text = payload[2:].decode("utf-8", "replace")
                self.answer(rest[0] if rest else 0, types.mtproto.RpcError(_CODES[first % len(_CODES)], text))
            case 2:
                self.answer(first, rest)
            case 3:
                self.say(first, rest[: len(rest) & ~3] or bytes(4))
            case 4:
                self.answer_config(first, rest)
            case 5:
                self.send_in_the_clear(first, struct.pack("<i", -(int.from_bytes(rest[:2], "little") or 404)))
            case 6:
                self.replay(first, rest[0] if rest else 0)
            case 7:
                self.cut(first)
            case _:
                self.happen(kind % 12, first, payload)

    def happen(self, kind: int, first: int, payload: bytes) -> None:
        """What no server does."""
        match kind:
            case 8:
                self.pass_time(float(int.from_bytes(payload[:3], "little")))
            case 9:
                self.invoke(first)
            case 10 if self.handles:
                handle = self.handles[first % len(self.handles)]
                self.client.cancel(handle, now=self.now)
                self.cancelled.add(handle)
            case 11:
                snapshot = _as_json(self.client.snapshot())
                Client(_CONFIG, snapshot=snapshot, entropy=Stream(2), now=self.now)

    def send_in_the_clear(self, number: int, code: bytes) -> None:
        for conn in self.some(number):
            self.client.receive_data(conn, struct.pack("<i", len(code)) + code, now=self.now)

    def replay(self, number: int, connection: int) -> None:
        if self.packets:
            packet = self.packets[number % len(self.packets)]
            for conn in self.some(connection):
                self.client.receive_data(conn, self.peers[conn].frame(packet), now=self.now)

    def cut(self, number: int) -> None:
        for conn in self.some(number):
            del self.peers[conn]
            self.client.receive_data(conn, b"", now=self.now)

    def some(self, number: int) -> list[int]:
        """One of the connections, if there is any."""
        connections = list(self.peers)
        return [connections[number % len(connections)]] if connections else []

    def send(self, conn: int, message: Message) -> None:
        packet = self.peers[conn].packet(message)
        self.packets.append(packet)
        self.client.receive_data(conn, self.peers[conn].frame(packet), now=self.now)

    def say(self, number: int, body: types.mtproto.RpcError | bytes) -> None:
        for conn in self.some(number):
            references = [message.msg_id for _, message in self.asked[-3:]]
            if isinstance(body, bytes):
                for index, msg_id in enumerate(references):
                    body = body.replace(b"REQUEST%d" % index, msg_id.to_bytes(8, "little"))
            self.send(conn, self.peers[conn].message(body))

    def answer(self, number: int, value: types.mtproto.RpcError | bytes | types.Config) -> None:
        """Answer one of the client's messages, where it came from."""
        if self.asked:
            conn, message = self.asked[number % len(self.asked)]
            if conn in self.peers:
                body = types.mtproto.RpcResult.ID.to_bytes(4, "little") + message.msg_id.to_bytes(8, "little")
                body += value if isinstance(value, bytes) else encode(value)
                self.send(conn, self.peers[conn].message(body + bytes(-len(body) % 4), answer=True))

    def answer_config(self, number: int, payload: bytes) -> None:
        """Addresses of any data center, any host and any port, one for each six bytes and the text after them."""
        options = []
        for part in payload.split(b"\0\0")[:8]:
            dc_id, port = struct.unpack("<hi", part[:6].ljust(6, b"\0"))
            options.append(types.DcOption(dc_id, part[6:].decode("utf-8", "replace"), port, ipv6=bool(dc_id & 8)))
        self.answer(number, configuration(options, dc_id=2, test_mode=False, now=int(NOW)))

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        for _ in range(50):
            deadline = self.client.next_deadline()
            if deadline is None or deadline > until:
                break
            self.now = max(self.now, deadline)
            self.client.handle_deadline(now=self.now)
            self.settle()
        self.now = until
        self.client.handle_deadline(now=self.now)

    def settle(self) -> None:
        """Do what the client wants done, and read what it has to say."""
        while (action := self.client.next_action()) is not None:
            match action:
                case Connect(connection_id=conn, dc_id=dc_id) if dc_id in KEYS:
                    self.peers[conn] = RawPeer(Role.SERVER, KEYS[dc_id], entropy=Stream(conn), now=self.now, salt=1)
                    self.client.connection_made(conn, now=self.now)
                case Connect(connection_id=conn):
                    self.client.connection_failed(conn, "nothing listens there", now=self.now)
                case Disconnect(connection_id=conn):
                    self.peers.pop(conn, None)
        for conn, peer in self.peers.items():
            peer.now = self.now
            sent = peer.receive(self.client.data_to_send(conn, now=self.now))
            self.asked += [(conn, message) for message in sent if message.content_related]
        while (event := self.client.next_event()) is not None:
            repr(event)
            if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown):
                self.outcomes[event.handle] += 1

    def end(self) -> None:
        self.client.close(now=self.now)
        self.settle()
        for handle in self.handles:
            count = self.outcomes[handle]
            if count > 1 or (count == 0 and handle not in self.cancelled):
                raise AssertionError(f"{handle!r} has {count} outcomes")


def _as_json(snapshot: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(snapshot))
    return plain
