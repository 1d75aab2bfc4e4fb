"""The bytes stored for clients that do not acknowledge are bounded per session, per key and in total."""

from __future__ import annotations

import gc
import gzip
import tracemalloc
from collections import deque
from sys import getsizeof
from types import FunctionType, ModuleType
from typing import Any

import pytest

from sansio_tl import codec, errors, functions, types
from sansio_tl.connection.server import IncomingRequest, KeyRecord
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import LocalProtocolError
from sansio_tl.events import RequestCancelled
from sansio_tl.mtproto.memory_size import weight
from sansio_tl.mtproto.send_queue import OVERHEAD
from sansio_tl.mtproto.server.key_store import KeyStore
from sansio_tl.mtproto.server.session import NO_QUERY
from tests.helpers.connected_pair import NOW
from tests.helpers.entropy import SeededEntropy
from tests.mtproto.server.scripted_client import ANSWER, QUERY, ScriptedClient, ScriptedConnection

FLOOD = types.mtproto.RpcError(420, "FLOOD_WAIT_1")
NO_METHOD = bytes.fromhex("0102030400000000")
ANSWER_SIZE = 12 + len(codec.encode(ANSWER)) + OVERHEAD
ROOM = 20 * ANSWER_SIZE
KIND = {"methods": QUERY, "no methods": NO_METHOD, "service": functions.mtproto.RpcDropAnswer(1)}


def introduction(device_model: str = "device", query: Any = QUERY) -> functions.InitConnection[Any]:
    return functions.InitConnection(1, device_model, "system", "1.0", "en", "", "en", query)


def ask(client: ScriptedClient, times: int, query: Any = QUERY) -> dict[int, Any]:
    """Send requests repeatedly and read the answers without acknowledging them."""
    answers: dict[int, Any] = {}
    for _ in range(times):
        client.send(query)
        client.connection.answer(*client.connection.requests())
        answers |= client.connection.answers()
    return answers


@pytest.mark.parametrize("query", KIND.values(), ids=KIND)
def test_MS34_session_holds_a_bounded_number_of_bytes(query: Any) -> None:
    client = ScriptedClient(max_session_bytes=ROOM)
    answers = ask(client, 200, query)
    assert len(answers) == 200
    assert ROOM <= client.session.held.count <= ROOM + ANSWER_SIZE
    assert client.session.held.count == sum(request.size for request in client.session.requests.values())
    asked = client.send()
    assert client.connection.requests() == []  # it was not executed, so that its client may ask again
    assert client.connection.answers() == {asked: FLOOD}
    follower = client.send(functions.InvokeAfterMsg(asked, QUERY))
    assert client.connection.requests() == []
    assert client.connection.answers() == {follower: FLOOD}


def test_MS34_acknowledging_frees_held_bytes_and_the_session_is_served_again() -> None:
    client = ScriptedClient(max_session_bytes=ROOM)
    client.start_session()
    received = []
    for _ in range(40):
        client.send()
        client.connection.answer(*client.connection.requests())
        received += client.connection.messages()
    assert not client.session.requests.has_room
    client.acknowledge(*received)
    assert client.session.held.count == client.record.held.count == client.keys.held.count == 0
    assert list(ask(client, 1).values()) == [ANSWER]


def test_MS34_request_is_held_until_it_is_answered() -> None:
    client = ScriptedClient()
    asked = client.send(functions.InvokeWithTakeout(1, functions.upload.SaveFilePart(1, 1, bytes(10_000))))
    assert 10_000 < client.session.held.count < 10_300 + OVERHEAD
    (request,) = client.connection.requests()
    client.connection.answer(request, result=True)
    assert client.session.held.count < 100 + OVERHEAD
    assert client.session.requests[asked].query != request.query


def test_MS34_compressed_request_counts_with_its_inflated_size() -> None:
    client = ScriptedClient()
    query = codec.encode(functions.upload.SaveFilePart(1, 1, SeededEntropy()(5_000).hex().encode()))
    client.send(codec.encode(types.mtproto.GzipPacked(gzip.compress(query, 1))))
    assert len(client.connection.requests()) == 1
    assert client.session.held.count > 10_000


INTS = functions.stories.GetStoriesByID(types.InputPeerSelf(), list(range(1 << 20, (1 << 20) + 20_000)))
TEXTS = functions.langpack.GetStrings("", "en", [f"{number:03}" for number in range(1000)] * 20)
USERS = functions.users.GetUsers([types.InputUser(1 << 40 | number, -number) for number in range(5_000)])
PART = functions.upload.SaveFilePart(1, 1, bytes(80_000))


@pytest.mark.parametrize("query", [INTS, TEXTS, USERS, PART], ids=["ints", "texts", "objects", "bytes"])
def test_MS34_request_counts_with_the_memory_of_its_objects(query: Any) -> None:
    body = codec.encode(query)
    gc.collect()
    tracemalloc.start()
    kept = codec.decode(body)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.85 * taken < weight(kept) < 1.15 * taken
    client = ScriptedClient()
    client.send(body)
    assert len(client.connection.requests()) == 1
    assert client.session.held.count == weight(kept) + OVERHEAD


@pytest.mark.parametrize("how", ["send_result", "send_error", "release_request"])
def test_MS34_dropped_request_is_counted_until_the_application_releases_it(how: str) -> None:
    client = ScriptedClient()
    client.start_session()
    asked = client.send()
    (request,) = client.connection.requests()
    assert not request.dropped
    with pytest.raises(LocalProtocolError, match=r"help\.getNearestDc is not dropped: answer it"):
        client.connection.server.release_request(request, now=client.now)
    client.send(functions.mtproto.RpcDropAnswer(asked))
    client.acknowledge(*client.connection.messages())
    assert client.connection.events() == [RequestCancelled(request)]
    assert request.dropped
    assert client.session.held.count == client.keys.held.count == request.size > 0
    arguments: dict[str, Any] = {"send_result": (ANSWER,), "send_error": (errors.FloodWait(1),)}
    for _ in range(2):
        getattr(client.connection.server, how)(request, *arguments.get(how, ()), now=client.now)
        assert client.session.held.count == client.record.held.count == client.keys.held.count == 0
    assert client.connection.messages() == []


def test_MS34_dropped_request_not_yet_received_is_not_counted() -> None:
    client = ScriptedClient()
    client.start_session()
    first = client.send()
    client.connection.requests()
    held = client.session.held.count
    second = client.send(functions.InvokeAfterMsg(first, QUERY))
    client.send(functions.mtproto.RpcDropAnswer(second))
    client.acknowledge(*client.connection.messages())
    assert client.session.held.count == held


def drop_all(client: ScriptedClient, how: str) -> None:
    """Let the client end what it has asked for, so that it may ask again."""
    match how:
        case "rpc_drop_answer":
            for msg_id in list(client.session.requests):
                client.send(functions.mtproto.RpcDropAnswer(msg_id))
        case "destroy_session":
            client.session_id += 1
            client.send(functions.mtproto.DestroySession(client.session_id - 1), content_related=False)
        case "eviction":
            client.session_id += 1
            client.start_session()


LARGE = functions.upload.SaveFilePart(1, 1, bytes(9_000))


@pytest.mark.parametrize("factor", [1, 2, 4])
@pytest.mark.parametrize("how", ["rpc_drop_answer", "destroy_session", "eviction"])
def test_MS34_what_the_application_holds_is_bounded_however_its_client_drops_it(how: str, factor: int) -> None:
    bound = 200_000
    client = ScriptedClient(
        max_key_bytes=bound, max_session_bytes=bound // 2, max_sessions_per_key=1 if how == "eviction" else 64
    )
    client.start_session()
    requests: list[IncomingRequest] = []
    for number in range(factor * 2 * bound // 10_000):
        client.send(LARGE)
        requests += client.connection.requests()
        if number % 8 == 7:
            drop_all(client, how)
            requests += client.connection.requests()
    most = bound // 2 if how == "rpc_drop_answer" else bound
    held = sum(request.size for request in requests)
    assert most <= client.keys.held.count <= most + 20_000
    assert most - 10_000 <= held <= most + 10_000
    assert sum(request.dropped for request in requests) >= len(requests) - 8
    for request in requests:
        client.connection.server.send_result(request, True, now=client.now)
    assert client.keys.held.in_application.count == 0


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_MS34_what_the_application_holds_is_bounded_however_many_keys_are_destroyed(factor: int) -> None:
    bound = 100_000
    client = ScriptedClient(max_held_bytes=bound, assured_key_bytes=5_000)
    requests: list[IncomingRequest] = []
    for number in range(factor * 3 * bound // 10_000):
        client.send(LARGE)
        requests += client.connection.requests()
        client.send(functions.mtproto.DestroyAuthKey())
        server = client.connection.server
        assert server.is_ending
        server.handle_deadline(now=client.now)
        assert [event.request for event in client.connection.events() if isinstance(event, RequestCancelled)] == (
            requests[-1:] if requests and requests[-1].session.record is client.record else []
        )
        client.record = KeyRecord(AuthKey(SeededEntropy(f"key {number}")(256)), 7, created_at=NOW)
        client.keys[client.record.auth_key.id] = client.record
        client.connection = client.open_connection()
    assert all(request.dropped for request in requests)
    assert 2 * bound < sum(request.size for request in requests) == client.keys.held.count < 2 * bound + 10_000
    for request in requests:
        client.connection.server.release_request(request, now=client.now)
    assert client.keys.held.count == 0


def test_MS34_request_held_by_the_application_keeps_nothing_else_of_its_session() -> None:
    client = ScriptedClient()
    client.start_session()
    client.send(LARGE)
    (request,) = client.connection.requests()
    client.send(functions.InvokeAfterMsg(request.msg_id, LARGE))
    for _ in range(20):
        client.send()
        client.connection.answer(
            *client.connection.requests(),
        )
    session = request.session
    drop_all(client, "destroy_session")
    assert session.requests == {}
    assert session.outbox.unacknowledged() == []
    assert request.followers == {}
    assert client.keys.held.in_application.count == request.size
    assert stored_bytes(session, but=session.record) < 3000, "neither answers nor the window of received ids"


def stored_bytes(root: object, but: object) -> int:
    """The size of the containers and byte strings that can be reached from an object, not by way of another one."""
    found, known = [root], {id(root), id(but)}
    for each in found:
        for referent in gc.get_referents(each):
            if id(referent) not in known and not isinstance(referent, type | ModuleType | FunctionType):
                known.add(id(referent))
                found.append(referent)
    return sum(getsizeof(each) for each in found if isinstance(each, bytes | bytearray | list | dict | set | deque))


def test_MS34_key_holds_a_bounded_number_of_bytes_in_all_its_sessions() -> None:
    client = ScriptedClient(max_session_bytes=ROOM, max_key_bytes=3 * ROOM)
    for session_id in range(1, 10):
        client.session_id = session_id
        ask(client, 50)
    assert 3 * ROOM <= client.record.held.count <= 3 * (ROOM + ANSWER_SIZE)
    assert client.record.held.count == sum(session.held.count for session in client.record.sessions.values())
    client.record.drop_session(1, NOW, client.limits)
    assert client.record.held.count <= 2 * (ROOM + ANSWER_SIZE)
    assert client.keys.held.count == client.record.held.count
    assert list(ask(client, 1).values()) == [ANSWER]


def test_MS34_all_keys_together_hold_bounded_bytes_without_locking_out_a_client() -> None:
    assured = 4 * ANSWER_SIZE
    client = ScriptedClient(max_session_bytes=ROOM, max_held_bytes=2 * ROOM, assured_key_bytes=assured)
    for number in range(6):
        client.record = KeyRecord(AuthKey(bytes([number + 1]) * 256), 7, created_at=NOW)
        client.keys[client.record.auth_key.id] = client.record
        client.connection = ScriptedConnection(client)
        answers = list(ask(client, 50).values())
        assert answers[:4] == [ANSWER] * 4
        assert FLOOD in answers
    assert client.keys.held.count <= 2 * (ROOM + ANSWER_SIZE) + 4 * (assured + ANSWER_SIZE)
    assert client.keys.held.count == sum(record.held.count for record in client.keys.values())


@pytest.mark.parametrize(
    "limits",
    [
        {"max_session_bytes": 15_000},
        {"max_key_bytes": 15_000},
        {"max_held_bytes": 15_000, "assured_key_bytes": 0},
        {"max_held_bytes": 0, "assured_key_bytes": 15_000},
    ],
    ids=str,
)
def test_MS34_answer_may_take_the_place_of_its_request(limits: dict[str, Any]) -> None:
    client = ScriptedClient(assured_answer_size=0, **limits)
    client.start_session()
    asked = client.send(functions.InvokeWithTakeout(1, functions.help.GetAppUpdate("x" * 10_000)))
    client.connection.answer(*client.connection.requests(), result=types.help.NoAppUpdate())
    assert client.connection.answers() == {asked: types.help.NoAppUpdate()}


@pytest.mark.parametrize(("missing", "is_kept"), [(0, True), (1, False)])
def test_MS34_answer_of_exactly_the_assured_size_is_kept(missing: int, *, is_kept: bool) -> None:
    size = len(codec.encode(ANSWER))
    client = ScriptedClient(assured_answer_size=size - missing, max_session_bytes=5_000)
    client.start_session()
    asked = client.send()
    client.send(functions.help.GetAppUpdate("x" * 10_000))
    client.connection.answer(client.connection.requests()[0])
    assert (client.connection.answers() == {asked: ANSWER}) == is_kept


def test_MS34_key_at_exactly_its_assured_bytes_is_limited() -> None:
    client = ScriptedClient()
    client.start_session()
    client.send()
    held = client.session.held.count
    for assured, served in ((held, 1), (held + 1, 2)):
        client = ScriptedClient(max_held_bytes=held, assured_key_bytes=assured)
        client.start_session()
        client.send()
        client.send()
        assert len(client.connection.requests()) == served


def test_MS34_expired_key_holds_nothing() -> None:
    keys = KeyStore()
    record = KeyRecord(AuthKey(bytes(256)), 7, created_at=NOW, expires_at=NOW + 10)
    keys[record.auth_key.id] = record
    record.held.in_engine.add(100)
    keys[record.auth_key.id] = record
    assert keys.held.count == 100
    keys.purge_expired(NOW + 11)
    assert keys.held.count == 0
    record.held.in_engine.add(100)
    assert keys.held.count == 0


def test_MS34_stored_service_messages_are_bounded() -> None:
    client = ScriptedClient(max_remembered_bytes=10 * OVERHEAD)
    client.start_session()
    for number in range(100):
        client.send(functions.mtproto.Ping(number), content_related=False)
        assert len(client.connection.values()) == 1
    assert client.session.outbox.remembered <= 11
    client.now += client.limits.sent_message_ttl + 1
    client.send(functions.mtproto.Ping(0), content_related=False)
    client.connection.messages()
    assert client.session.outbox.remembered == 1


def part(size: int) -> types.upload.TypeFile:
    return types.upload.File(types.storage.FileJpeg(), 0, bytes(size))


def test_MS34_late_answers_are_bounded() -> None:
    client = ScriptedClient(max_session_bytes=ROOM)
    client.start_session()
    asked = [client.send(functions.upload.GetFile(types.InputPeerPhotoFileLocation(types.InputPeerSelf(), 1), 0, 1))]
    asked += [client.send() for _ in range(15)]
    requests = client.connection.requests()
    assert len(requests) == 16
    client.connection.answer(*requests[1:10])
    follower = client.send(functions.InvokeAfterMsg(asked[0], QUERY))
    client.connection.requests()
    client.session.held.in_engine.add(ROOM)  # the session has asked for other large things meanwhile
    client.connection.answer(requests[0], result=part(2_000))
    client.connection.answer(*requests[10:])
    answers = client.connection.answers()
    assert answers.pop(asked[0]) == types.mtproto.RpcError(500, "RPC_CALL_FAIL")
    assert answers.pop(follower) == types.mtproto.RpcError(400, "MSG_WAIT_FAILED")
    assert answers == dict.fromkeys(asked[1:], ANSWER), "what may say what was done is kept"


def test_MS34_many_large_late_answers_stay_within_the_bound() -> None:
    client = ScriptedClient(max_session_bytes=200_000)
    get = functions.upload.GetFile(types.InputPeerPhotoFileLocation(types.InputPeerSelf(), 1), 0, 1)
    while client.session_id not in client.record.sessions or client.session.requests.has_room:
        client.send(get)
    requests = client.connection.requests()
    assert len(requests) > 100
    for request in requests:
        client.connection.answer(request, result=part(50_000))
    assert client.session.held.count < 200_000 + 51_000
    answers = list(client.connection.answers().values())
    assert answers == [part(50_000)] + [types.mtproto.RpcError(500, "RPC_CALL_FAIL")] * (len(requests) - 1)


def test_MS34_quota_of_a_request_passes_to_its_answer() -> None:
    client = ScriptedClient(max_session_bytes=10_000)
    client.send(functions.upload.SaveFilePart(1, 1, bytes(20_000)))
    (request,) = client.connection.requests()
    assert not client.session.requests.has_room
    request.query = functions.upload.GetFile(types.InputPeerPhotoFileLocation(types.InputPeerSelf(), 1), 0, 1)
    client.connection.answer(request, result=part(2_000))
    assert list(client.connection.answers().values()) == [part(2_000)]


# -- what a client says of itself ---------------------------------------------------------------------------------


def test_MS30_init_connection_fields_are_kept_without_their_query() -> None:
    client = ScriptedClient()
    part = functions.upload.SaveFilePart(1, 1, bytes(500_000))
    client.send(functions.InvokeWithLayer(200, introduction(query=part)))
    (request,) = client.connection.requests()
    assert request.query == part
    client.connection.answer(request, result=True)
    assert client.session.init == introduction(query=NO_QUERY)
    client.acknowledge(*client.connection.messages())
    assert client.session.held.count == len(codec.encode(client.session.init))
    assert client.session.held.count < 200
    client.send(introduction("another device"))
    client.connection.answer(*client.connection.requests())
    client.acknowledge(*client.connection.messages())
    assert client.session.held.count == len(codec.encode(client.session.init))


def test_MS30_init_connection_fields_are_bounded() -> None:
    client = ScriptedClient()
    client.send(introduction("first"))
    (first,) = client.connection.requests()
    client.connection.answer(first)
    client.connection.messages()
    for init in (
        introduction("x" * client.limits.max_init_size),
        functions.InitConnection(
            1, "x", "x", "x", "x", "x", "x", QUERY, params=types.JsonArray([types.JsonNull()] * 1100)
        ),
    ):
        asked = client.send(functions.InvokeWithLayer(200, init))
        assert client.connection.requests() == []
        assert client.connection.answers() == {asked: types.mtproto.RpcError(400, "INPUT_REQUEST_TOO_LONG")}
        assert client.session.init == first.init
    client.send(introduction("x" * (client.limits.max_init_size - 100)))
    assert len(client.connection.requests()) == 1


def test_MS30_full_session_stores_no_init_connection_fields() -> None:
    client = ScriptedClient(max_session_bytes=ROOM)
    ask(client, 30)
    client.send(introduction())
    assert client.connection.requests() == []
    assert client.session.init is None
