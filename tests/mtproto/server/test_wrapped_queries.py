"""Wrappers of requests: their untyped queries, and the requests that they depend on."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from sansio_tl import LAYER, codec, functions, types
from sansio_tl.codec.schema import Schema
from sansio_tl.tl.objects import Function
from tests.helpers.instruction_count import assert_linear
from tests.mtproto.server.scripted_client import ANSWER, QUERY, ScriptedClient, ScriptedConnection

OTHER_LAYER = 100
WRAPPERS: list[Function[object]] = [
    functions.InvokeWithLayer(LAYER, QUERY),
    functions.InvokeWithLayer(OTHER_LAYER, QUERY),
    functions.InvokeWithLayer(-(1 << 31), QUERY),
    functions.InvokeWithLayer((1 << 31) - 1, QUERY),
    functions.InitConnection(1, "", "", "", "", "", "", QUERY),
    functions.InvokeWithoutUpdates(QUERY),
    functions.InvokeAfterMsg(1, QUERY),
    functions.InvokeAfterMsgs([1, 2], QUERY),
    functions.InvokeWithMessagesRange(types.MessageRange(1, 2), QUERY),
    functions.InvokeWithTakeout(1, QUERY),
    functions.InvokeWithBusinessConnection("", QUERY),
    functions.InvokeWithGooglePlayIntegrity("", "", QUERY),
    functions.InvokeWithApnsSecret("", "", QUERY),
    functions.InvokeWithReCaptcha("", QUERY),
]
UNREADABLE = "INPUT_FETCH_ERROR"
NO_METHODS = {
    "true": (bytes.fromhex("b5757299"), UNREADABLE),
    "false": (bytes.fromhex("379779bc"), UNREADABLE),
    "vector": (bytes.fromhex("15c4b51c00000000"), f"INPUT_METHOD_INVALID_{0x1CB5C415}_1cb5c415"),
    "nothing": (b"", UNREADABLE),
    "null": (bytes.fromhex("cc0b7356"), f"INPUT_METHOD_INVALID_{0x56730BCC}_56730bcc"),
    "object": (codec.encode(types.UpdatesTooLong()), f"INPUT_METHOD_INVALID_{0xE317AF7E}_e317af7e"),
    "message": (codec.encode(types.mtproto.MsgsAck([1])), f"INPUT_METHOD_INVALID_{0x62D6B459}_62d6b459"),
    "service": (codec.encode(functions.mtproto.Ping(1)), f"INPUT_METHOD_INVALID_{0x7ABE77EC}_7abe77ec"),
}
SCHEMA_OF_ANOTHER_LAYER = Schema.parse("""
nearestDc#8e1a1775 country:string this_dc:int nearest_dc:int = NearestDc;
updatesTooLong#e317af7e = Updates;
vector#1cb5c415 {t:Type} # [ t ] = Vector t;
boolFalse#bc799737 = Bool;
boolTrue#997275b5 = Bool;
---functions---
help.getNearestDc#1fb33026 = NearestDc;
invokeAfterMsg#cb9f372d {X:Type} msg_id:long query:!X = X;
invokeAfterMsgs#3dc4b4f0 {X:Type} msg_ids:Vector<long> query:!X = X;
invokeWithLayer#da9b0d0d {X:Type} layer:int query:!X = X;
invokeWithoutUpdates#bf9459b7 {X:Type} query:!X = X;
// LAYER 100
""")


def carrying(wrapper: Function[object], query: bytes) -> bytes:
    whole = codec.encode(wrapper)
    return whole[: -len(codec.encode(QUERY))] + query


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("other_layer", [False, True], ids=["one layer", "two layers"])
@pytest.mark.parametrize(("query", "text"), NO_METHODS.values(), ids=NO_METHODS)
@pytest.mark.parametrize("wrapper", WRAPPERS, ids=[type(wrapper).__name__ for wrapper in WRAPPERS])
def test_MS32_wrapped_value_that_is_no_method_is_refused(
    wrapper: Function[object], query: bytes, text: str, *, other_layer: bool, packed: bool
) -> None:
    client = ScriptedClient()
    if other_layer:
        client.config = replace(client.config, schemas={OTHER_LAYER: SCHEMA_OF_ANOTHER_LAYER})
        client.connection = ScriptedConnection(client)
    client.start_session()
    bodies = [carrying(wrapper, query), carrying(functions.InvokeWithoutUpdates(QUERY), carrying(wrapper, query))]
    if packed:
        bodies = [codec.encode(types.mtproto.GzipPacked(gzip.compress(body))) for body in bodies]
    alone = client.send(bodies[0])
    messages = [client.message(bodies[1]), client.message(QUERY)]
    client.send_container(*messages)
    (request,) = client.connection.requests()
    client.connection.answer(request)
    refused = types.mtproto.RpcError(400, text)
    assert client.connection.answers() == {alone: refused, messages[0].msg_id: refused, messages[1].msg_id: ANSWER}
    assert not client.connection.server.closed


def test_MS32_request_waits_for_the_ids_of_all_its_wrappers() -> None:
    client = ScriptedClient()
    client.start_session()
    first, second = client.send(), client.send()
    third = client.send(functions.InvokeAfterMsg(first, functions.InvokeAfterMsgs([second], QUERY)))
    one, other = client.connection.requests()
    client.connection.answer(other)
    assert client.connection.requests() == []
    client.connection.answer(one)
    assert [request.msg_id for request in client.connection.requests()] == [third]


def test_MS32_too_many_ids_in_several_wrappers_are_refused() -> None:
    client = ScriptedClient(max_ids_per_message=4)
    client.start_session()
    asked = client.send()
    three = functions.InvokeAfterMsgs([asked] * 3, QUERY)
    refused = client.send(functions.InvokeAfterMsgs([asked] * 3, three))
    assert [request.msg_id for request in client.connection.requests()] == [asked]
    assert client.connection.answers() == {refused: types.mtproto.RpcError(400, UNREADABLE)}


def test_MS33_waiting_for_many_requests_takes_linear_time() -> None:
    def work(followers: int) -> None:
        client = ScriptedClient(replay_window=4096)
        asked = [client.send() for _ in range(40)]
        for _ in range(followers):
            client.send(functions.InvokeAfterMsgs(asked, QUERY))
        requests = client.connection.requests()
        assert len(requests) == 40
        client.connection.answer(*requests)
        assert len(client.connection.requests()) == followers

    def wider(ids: int) -> None:
        client = ScriptedClient(replay_window=4096)
        asked = [client.send() for _ in range(ids)]
        for _ in range(20):
            client.send(functions.InvokeAfterMsgs(asked, QUERY))
        client.connection.answer(*client.connection.requests())
        assert len(client.connection.requests()) == 20

    assert_linear(work, 10)
    assert_linear(wider, 10)


def test_MS33_dropped_followers_of_a_request_are_forgotten() -> None:
    client = ScriptedClient()
    asked = client.send()
    (request,) = client.connection.requests()
    for _ in range(10):
        follower = client.send(functions.InvokeAfterMsg(asked, QUERY))
        assert list(request.followers) == [follower]
        client.send(functions.mtproto.RpcDropAnswer(follower))
        assert request.followers == {}
    client.connection.answer(request)
    assert client.connection.requests() == []
