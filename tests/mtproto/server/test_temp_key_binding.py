"""HS18 in the server's connection: binding of temporary keys."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from sansio_tl import LAYER, codec, functions, types
from sansio_tl.connection.server import KeyRecord, KeyStore
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.events import AuthKeyDestroyed, MessageIgnored, RequestReceived
from sansio_tl.mtproto.temp_key_proof import bind
from tests.helpers.connected_pair import NOW, key_record
from tests.helpers.entropy import SeededEntropy
from tests.mtproto.server.scripted_client import ANSWER, QUERY, ScriptedClient

LIFETIME = 3600
ENDS = int(NOW) + LIFETIME


def temporary(seed: str = "temporary") -> KeyRecord:
    return KeyRecord(AuthKey(SeededEntropy(seed)(256)), 5, created_at=NOW, expires_at=NOW + LIFETIME)


class Binder(ScriptedClient):
    """A client with a temporary key, and two permanent ones that the server knows."""

    def __init__(self, record: KeyRecord | None = None, **limits: Any) -> None:
        super().__init__(record or temporary(), **limits)
        self.permanent, self.other = key_record("permanent"), key_record("other")
        for known in (self.permanent, self.other):
            self.keys[known.auth_key.id] = known
        self.start_session()

    def request(self, **changes: Any) -> tuple[int, functions.auth.BindTempAuthKey]:
        """A request that is right, and the message id that it must bear, less the changes."""
        at = self.next_id()
        facts: dict[str, Any] = {
            "permanent": self.permanent.auth_key,
            "temporary": self.key,
            "session_id": self.session_id,
            "msg_id": at,
            "expires_at": ENDS,
            "entropy": SeededEntropy("bind"),
        }
        return at, bind(**facts | changes)

    def bind(self, **changes: Any) -> str:
        """What the server says: OK or an error."""
        at, request = self.request(**changes)
        return self.try_out(at, request)

    def bind_another(self, number: int) -> KeyRecord:
        """Bind one more temporary key, over a connection of its own."""
        self.record = temporary(f"temporary {number}")
        self.keys[self.record.auth_key.id] = self.record
        self.connection = self.open_connection()
        self.start_session()
        assert self.bind() == "OK"
        return self.record

    def try_out(self, at: int, request: Any) -> str:
        """The answer to a request under that message id."""
        self.send(request, at=at)
        head = (at & (1 << 64) - 1).to_bytes(8, "little")
        (body,) = (message.body[12:] for message in self.connection.messages() if message.body[4:12] == head)
        if body == b"\xb5\x75\x72\x99":
            return "OK"
        error = codec.decode(body)
        assert isinstance(error, types.mtproto.RpcError)
        return f"{error.error_code} {error.error_message}"


def destroyed(client: Binder) -> list[bytes]:
    """Which keys the application is asked to log out, by the events of the latest connection."""
    return [event.auth_key_id for event in client.connection.events() if isinstance(event, AuthKeyDestroyed)]


WRONG = "400 ENCRYPTED_MESSAGE_INVALID"


def test_HS18_temporary_key_is_bound_by_the_right_proof() -> None:
    client = Binder()
    assert client.bind() == "OK"
    assert client.record.bound_to == client.record.identity == client.permanent.auth_key.id
    asked = client.send()
    client.connection.answer(*client.connection.requests())
    assert client.connection.answers() == {asked: ANSWER}


def test_HS18_binding_inside_wrappers_is_accepted() -> None:
    client = Binder()
    at, request = client.request()
    assert client.try_out(at, functions.InvokeWithLayer(LAYER, request)) == "OK"


def test_HS18_binding_with_a_wrong_proof_is_refused() -> None:
    client = Binder()
    changes: dict[str, Any]
    for changes in (
        {"temporary": client.other.auth_key},
        {"session_id": client.session_id + 1},
        {"msg_id": 4},
        {"permanent": AuthKey(SeededEntropy("a key that the server does not know")(256))},
    ):
        assert client.bind(**changes) == WRONG
    _, request = client.request()
    other = int.from_bytes(client.other.auth_key.id, "little", signed=True)
    for changes in (
        {"nonce": request.nonce ^ 1},
        {"expires_at": ENDS - 1},
        {"encrypted_message": b""},
        {"encrypted_message": request.encrypted_message[:-1] + b"?"},
        {"perm_auth_key_id": other},
    ):
        at, request = client.request()
        assert client.try_out(at, replace(request, **changes)) == WRONG
    assert client.record.bound_to is None


def test_HS18_binding_to_another_temporary_key_is_refused() -> None:
    client = Binder()
    client.permanent.expires_at = NOW + 100_000
    assert client.bind() == WRONG


@pytest.mark.parametrize(
    ("expires_at", "accepted"),
    [(0, False), (int(NOW), False), (int(NOW) + 1, True), (ENDS + 120, True), (ENDS + 122, False)],
)
def test_HS18_binding_with_an_expiry_past_or_later_than_agreed_is_refused(expires_at: int, *, accepted: bool) -> None:
    assert Binder().bind(expires_at=expires_at) == ("OK" if accepted else "400 EXPIRES_AT_INVALID")


def test_HS18_permanent_key_cannot_be_bound() -> None:
    assert Binder(key_record()).bind() == "400 TEMP_AUTH_KEY_EMPTY"


def test_HS18_bound_key_can_be_bound_again_to_the_same_key_only() -> None:
    client = Binder()
    assert client.bind() == client.bind() == "OK"
    assert client.bind(permanent=client.other.auth_key) == "400 TEMP_AUTH_KEY_ALREADY_BOUND"
    del client.keys[client.other.auth_key.id]
    assert client.bind(permanent=client.other.auth_key) == "400 TEMP_AUTH_KEY_ALREADY_BOUND"
    assert client.record.bound_to == client.permanent.auth_key.id


def test_MS29_destroying_a_permanent_key_ends_its_temporary_keys_and_their_connections() -> None:
    client = Binder()
    assert client.bind() == "OK"
    client.send()
    client.connection.answer(*client.connection.requests())
    del client.keys[client.permanent.auth_key.id]
    assert list(client.keys) == [client.other.auth_key.id]
    server = client.connection.server
    assert server.next_deadline() == 0.0
    server.handle_deadline(now=client.now)
    assert server.closed
    sent = server.data_to_send(now=client.now)
    assert sent.endswith((-404).to_bytes(4, "little", signed=True))
    assert len(sent) > 100, "what waited was sent before"


def test_MS29_destroying_a_key_is_answered_and_ends_its_other_connections() -> None:
    client = Binder(key_record())
    client.send()
    client.connection.requests()
    connection = client.open_connection()
    client.session_id += 1
    client.send(functions.mtproto.DestroyAuthKey(), connection=connection)
    assert client.key.id not in client.keys
    for each in connection, client.connection:
        assert each.server.is_ending
        each.server.handle_deadline(now=client.now)
        assert each.server.closed
        sent = each.server.data_to_send(now=client.now)
        assert sent.endswith((-404).to_bytes(4, "little", signed=True))


def test_MS29_messages_behind_destroy_auth_key_in_a_container_are_not_executed() -> None:
    client = Binder(key_record())
    before, end, after = (client.message(value) for value in (QUERY, functions.mtproto.DestroyAuthKey(), QUERY))
    client.send_container(before, end, after, client.message(functions.mtproto.Ping(7)))
    events = client.connection.events()
    assert [event.request.msg_id for event in events if isinstance(event, RequestReceived)] == [before.msg_id]
    assert sum(isinstance(event, MessageIgnored) and event.check == "MS29" for event in events) == 2
    assert client.connection.values() == [
        types.mtproto.RpcResult(end.msg_id, types.mtproto.DestroyAuthKeyOk()),
        types.mtproto.MsgsAck([before.msg_id, end.msg_id]),
    ], "the others are neither answered nor acknowledged"
    assert client.connection.server.is_ending


def test_MS29_request_released_after_its_key_was_destroyed_is_not_executed() -> None:
    client = Binder(key_record())
    first = client.send()
    client.send(functions.InvokeAfterMsg(first, QUERY))
    [request] = client.connection.requests()
    client.send(functions.mtproto.DestroyAuthKey())
    client.connection.answer(request)
    assert client.connection.requests() == []


def test_MS29_replacing_a_key_in_the_store_removes_its_temporary_keys() -> None:
    """An application that keeps its records gives them back with what they are bound to."""
    keys = KeyStore()
    permanent, short = key_record("permanent"), temporary()
    short.bound_to = permanent.auth_key.id
    keys[permanent.auth_key.id], keys[short.auth_key.id] = permanent, short
    del keys[permanent.auth_key.id]
    assert not keys
    keys[permanent.auth_key.id] = permanent
    keys[short.auth_key.id] = short
    del keys[short.auth_key.id]
    assert list(keys) == [permanent.auth_key.id]


def test_MS46_one_temporary_key_more_ends_the_oldest_without_a_connection() -> None:
    client = Binder(max_temporary_keys=3)
    assert client.bind() == "OK"
    bound = [client.record]
    for number in range(2):
        bound.append(client.bind_another(number))
        if number == 0:
            client.connection.disconnect()
    assert destroyed(client) == []
    newest = client.bind_another(2)
    assert destroyed(client) == [bound[1].auth_key.id]
    assert client.keys.temporary_keys_of(client.permanent.auth_key.id) == [bound[0], bound[2], newest]


def test_MS46_if_all_have_connections_the_oldest_ends_with_its_own() -> None:
    client = Binder(max_temporary_keys=2)
    assert client.bind() == "OK"
    oldest, connection = client.record, client.connection.server
    bound = [client.bind_another(number) for number in range(2)]
    assert client.keys.temporary_keys_of(client.permanent.auth_key.id) == bound
    assert destroyed(client) == [oldest.auth_key.id]
    assert connection.is_ending
    assert not client.connection.server.is_ending
    asked = client.send()
    client.connection.answer(*client.connection.requests())
    assert client.connection.answers() == {asked: ANSWER}


def test_MS46_key_that_is_polled_over_HTTP_counts_as_connected() -> None:
    client = Binder(max_temporary_keys=2)
    assert client.bind() == "OK"
    polled = client.record
    client.connection.disconnect()
    session = client.record.sessions[client.session_id]
    session.poll_started(client.connection.server, NOW - 29)
    session.poll_finished(client.connection.server)
    other = client.bind_another(0)
    client.connection.disconnect()
    third = client.bind_another(1)
    assert destroyed(client) == [other.auth_key.id]
    assert client.keys.temporary_keys_of(client.permanent.auth_key.id) == [polled, third]


def test_MS46_temporary_keys_of_other_permanent_keys_stay() -> None:
    client = Binder(max_temporary_keys=2)
    assert client.bind() == "OK"
    first = client.record
    client.connection.disconnect()
    client.permanent, client.other = client.other, client.permanent
    for number in range(5):
        client.bind_another(number)
        client.connection.disconnect()
    assert client.keys.holds(first)
    assert len(client.keys) == 2 + 1 + 2


def test_HS18_nothing_is_executed_before_the_key_is_bound() -> None:
    client = Binder()
    asked = client.send(functions.InvokeWithLayer(LAYER, QUERY))
    assert client.connection.requests() == []
    assert client.connection.answers() == {asked: types.mtproto.RpcError(401, "AUTH_KEY_PERM_EMPTY")}


def test_HS18_service_messages_are_answered_before_the_key_is_bound() -> None:
    client = Binder()
    at = client.send(functions.mtproto.Ping(1))
    assert types.mtproto.Pong(at, 1) in client.connection.values()


def test_HS18_expired_temporary_key_is_answered_with_404() -> None:
    client = Binder()
    assert client.bind() == "OK"
    client.now = NOW + LIFETIME - 1
    client.send()
    assert len(client.connection.requests()) == 1
    client.now = NOW + LIFETIME
    client.send()
    client.connection.packets()
    assert client.connection.transport_errors == [-404]
    assert client.connection.requests() == []
    assert client.connection.server.closed
