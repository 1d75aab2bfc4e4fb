"""Send messages that no engine would send, correctly encrypted: a replay, and a query that is not a function."""

import os

from sansio_tl import AuthKey, KeyStore, ServerConfig, ServerConnection, decode, functions, types
from sansio_tl.connection.server import KeyRecord
from sansio_tl.events import RequestReceived
from sansio_tl.role import Role
from sansio_tl.testing.raw_peer import RawPeer

NOW = 1_767_225_600.0
SALT = 77


def test_replayed_request_is_executed_once_and_bool_is_rejected_as_query() -> None:
    key = AuthKey(os.urandom(256))
    keys = KeyStore()
    keys[key.id] = KeyRecord(key, SALT, created_at=NOW)
    server = ServerConnection(ServerConfig(private_keys=()), keys, entropy=os.urandom, now=NOW)
    client = RawPeer(Role.CLIENT, key, entropy=os.urandom, now=NOW, session_id=5, salt=SALT)

    packet = client.packet(client.message(functions.help.GetNearestDc()))
    for _ in range(2):  # the same bytes twice
        server.receive_data(client.frame(packet), now=NOW)
    executed = [event for event in iter(server.next_event, None) if isinstance(event, RequestReceived)]
    assert len(executed) == 1

    wrapper = functions.InvokeWithoutUpdates.ID.to_bytes(4, "little")
    client.receive(server.data_to_send(now=NOW))
    server.receive_data(client.send(wrapper + b"\xb5\x75\x72\x99"), now=NOW)  # boolTrue in place of a function
    answers = [decode(message.body) for message in client.receive(server.data_to_send(now=NOW))]
    assert any(isinstance(answer, types.mtproto.RpcResult) for answer in answers)
    assert not server.closed
