"""Fuzz a program that handles Telegram's updates: values of every type, and packets that are damaged on the way."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_tl import AuthKey, KeyStore, ServerConfig, ServerConnection, decode, encode, functions, types
from sansio_tl.connection.server import KeyRecord
from sansio_tl.events import RequestReceived
from sansio_tl.role import Role
from sansio_tl.testing.raw_peer import RawPeer
from sansio_tl.testing.strategies import values

NOW = 1_767_225_600.0
SALT = 77


def texts_of(updates: types.TypeUpdates) -> list[str]:
    """The program under test: the texts of all new messages."""
    match updates:
        case types.UpdateShortMessage(message=text) | types.UpdateShortChatMessage(message=text):
            return [text]
        case types.Updates(updates=many) | types.UpdatesCombined(updates=many):
            new = (update.message for update in many if isinstance(update, types.UpdateNewMessage))
            return [message.message for message in new if isinstance(message, types.Message)]
    return []


@given(values(types.TypeUpdates))
@settings(max_examples=200, deadline=None)
def test_texts_are_found_in_any_updates(updates: types.TypeUpdates) -> None:
    assert all(isinstance(text, str) for text in texts_of(updates))
    assert texts_of(decode(encode(updates))) == texts_of(updates)  # type: ignore[arg-type]


@given(query=values(functions.messages.SendMessage, size=5), damage=st.data())
@settings(max_examples=200, deadline=None)
def test_damaged_packet_is_never_executed(query: functions.messages.SendMessage, damage: st.DataObject) -> None:
    entropy = Random("the same bytes each time").randbytes
    key = AuthKey(entropy(256))
    keys = KeyStore()
    keys[key.id] = KeyRecord(key, SALT, created_at=NOW)
    server = ServerConnection(ServerConfig(private_keys=()), keys, entropy=entropy, now=NOW)
    client = RawPeer(Role.CLIENT, key, entropy=entropy, now=NOW, session_id=5, salt=SALT)

    packet = bytearray(client.packet(client.message(query)))
    packet[damage.draw(st.integers(0, len(packet) - 1))] ^= damage.draw(st.integers(1, 255))
    server.receive_data(client.frame(bytes(packet)), now=NOW)  # raises for no bytes of a peer
    assert not any(isinstance(event, RequestReceived) for event in iter(server.next_event, None))
