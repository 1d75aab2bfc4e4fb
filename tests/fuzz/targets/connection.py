"""Whole connections with a key: messages of any sort, properly encrypted, so that a session has to make sense of them.

The input is a list of messages: two bytes of length, one of flags, and the body. In a body, `REQUESTn` stands for the
message id of our n-th request, and `SESSION_` for the session's id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sansio_tl import Config, Connection, functions
from sansio_tl.connection.server import KeyRecord, KeyStore, ServerConfig, ServerConnection
from sansio_tl.errors import RpcError, parse
from sansio_tl.events import OutcomeUnknown, RequestFailed, RequestReceived, ResultReceived
from sansio_tl.framing import Intermediate, Packet
from sansio_tl.mtproto.container import CONTAINER, split
from sansio_tl.mtproto.envelope import decrypt_message, encrypt_message
from sansio_tl.mtproto.message import Message
from sansio_tl.role import Role
from tests.fuzz.fixtures import KEY, NOW, SMALL, Stream, private_key
from tests.fuzz.targets.envelope import find

_CONFIG = Config(api_id=1, public_keys=(), limits=SMALL)
_MAX_MESSAGES = 32
_SALT = 77


def client_session(data: bytes) -> None:
    """A client with three requests out, with arbitrary input. In the end each request has had exactly one outcome."""
    conn = Connection(_CONFIG, auth_key=KEY, entropy=Stream(), now=NOW)
    handles = [conn.invoke(functions.help.GetNearestDc(), now=NOW) for _ in range(3)]
    outcomes: Counter[int] = Counter()
    wire = Intermediate(Role.SERVER, SMALL)
    ids, session = _requests(wire, conn.data_to_send(now=NOW))
    for index, message in enumerate(_messages(data, ids, session, low_bits=1)):
        if conn.closed:
            break
        sealed = encrypt_message(
            message, auth_key=KEY, salt=0, session_id=session, sender=Role.SERVER, entropy=Stream(index)
        )
        wire.send_packet(sealed.packet)
        conn.receive_data(wire.data_to_send(), now=NOW + index)
        _outcomes(conn, outcomes)
        wire.receive_data(conn.data_to_send(now=NOW + index))
    if not conn.closed:
        conn.handle_deadline(now=NOW + 100)
        _outcomes(conn, outcomes)
        conn.data_to_send(now=NOW + 100)
        conn.close(now=NOW + 101)
    _outcomes(conn, outcomes)
    if sorted(outcomes.values()) != [1, 1, 1] or len(handles) != 3:
        raise AssertionError(f"three requests have {sorted(outcomes.values())} outcomes")


def server_session(data: bytes) -> None:
    """A data center's connection with arbitrary messages of a client with a key; it answers every request."""
    keys = KeyStore()
    record = keys[KEY.id] = KeyRecord(KEY, _SALT, created_at=NOW)
    config = ServerConfig(private_keys=(private_key(),), limits=SMALL)
    conn = ServerConnection(config, keys, entropy=Stream(), now=NOW)
    wire = Intermediate(Role.CLIENT, SMALL)
    for index, message in enumerate(_messages(data, [], 5, low_bits=0)):
        if conn.closed:
            break
        salt = record.salt(NOW)
        sealed = encrypt_message(
            message, auth_key=KEY, salt=salt, session_id=5, sender=Role.CLIENT, entropy=Stream(index)
        )
        wire.send_packet(sealed.packet)
        conn.receive_data(wire.data_to_send(), now=NOW + index)
        while (event := conn.next_event()) is not None:
            if isinstance(event, RequestReceived) and not conn.closed:
                conn.send_error(event.request, _refusal(), now=NOW + index)
        wire.receive_data(conn.data_to_send(now=NOW + index))
    conn.handle_deadline(now=NOW + 1000)
    conn.data_to_send(now=NOW + 1000)
    while conn.next_event() is not None:
        pass


def _refusal() -> RpcError:
    return parse(400, "METHOD_INVALID")


def _outcomes(conn: Connection, outcomes: Counter[int]) -> None:
    while (event := conn.next_event()) is not None:
        repr(event)
        if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown):
            outcomes[id(event.handle)] += 1


def _requests(wire: Intermediate, sent: bytes) -> tuple[list[int], int]:
    """The ids of the client's messages, and its session."""
    wire.receive_data(sent)
    ids: list[int] = []
    session = 0
    while (event := wire.next_event()) is not None:
        if isinstance(event, Packet):
            opened = decrypt_message(event.payload, find, Role.CLIENT)
            session, message = opened.session_id, opened.message
            children = split(message.body, SMALL) if message.constructor == CONTAINER else [message]
            ids += [child.msg_id for child in children if child.content_related]
    return ids, session


def _messages(data: bytes, ids: list[int], session: int, *, low_bits: int) -> Iterator[Message]:
    """The messages that the input describes, with ids that fit the time unless the flags say otherwise."""
    at, seqno, last = 0, 0, int(NOW * 2**32)
    for _ in range(_MAX_MESSAGES):
        if at + 3 > len(data):
            return
        size, flags = int.from_bytes(data[at : at + 2], "little") % 4096 & ~3, data[at + 2]
        body = data[at + 3 : at + 3 + size]
        body = body[: len(body) & ~3]
        at += 3 + size
        for number, msg_id in enumerate(ids):
            body = body.replace(b"REQUEST%d" % number, msg_id.to_bytes(8, "little"))
        body = body.replace(b"SESSION_", session.to_bytes(8, "little", signed=True))
        if not flags & 0x10:  # else: the same id again, a replay
            last += (1 << 30) + 4 - (flags & 0x20) * (1 << 32)
        content_related = not flags & 1
        msg_id = last & ~3 | (low_bits if not flags & 0x40 else flags & 3)
        yield Message(msg_id, 2 * seqno + content_related, body or bytes(4))
        seqno += content_related
