"""A client of another layer is served in that or the nearest one; a client without a layer in ours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sansio_tl import LAYER as SHIPPED
from sansio_tl import codec, functions, types
from sansio_tl.codec.schema import Schema
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.mtproto.server.layer_codec import LayerCodecs, layer_in
from tests.mtproto.server.scripted_client import ScriptedClient, ScriptedConnection

LAYER = 100
MIDDLE = (130 + SHIPPED + 1) // 2
"""The lowest layer that is not nearer to 130 than to the shipped one."""
OLD = Schema.parse("""
nearestDc#11111111 this_dc:int country:string = NearestDc;
inputUserSelf#22222222 = InputUser;
inputUserGone#22222223 = InputUser;
userEmpty#33333333 id:int = User;
updatesTooLong#44444444 = Updates;
jsonNull#3f6d7b68 = JSONValue;
---functions---
invokeAfterMsg#cb9f372d {X:Type} msg_id:long query:!X = X;
invokeWithLayer#da9b0d0d {X:Type} layer:int query:!X = X;
initConnection#55555555 {X:Type} api_id:int device_model:string query:!X = X;
help.getNearestDc#66666666 = NearestDc;
help.sayHello#77777777 = Bool;
users.getUsers#88888888 id:Vector<InputUser> = Vector<User>;
users.getUser#99999999 id:InputUser = User;
account.updateStatus#aaaaaaaa offline:Bool = Bool;
auth.logOut#bbbbbbbb = Bool;
// LAYER 100
""")
NEAREST = types.NearestDc(country="NL", this_dc=2, nearest_dc=4)


class OldCaller(ScriptedClient):
    def __init__(self) -> None:
        super().__init__()
        self.config = replace(self.config, schemas={LAYER: OLD})
        self.connection = ScriptedConnection(self)
        self.start_session()

    def ask(self, query: Any, layer: int | None = LAYER) -> int:
        """Say a query of the old layer."""
        if layer is not None:
            query = OLD.functions.InvokeWithLayer(layer=layer, query=query)
        return self.send(OLD.encode(query))

    def the_request(self) -> IncomingRequest:
        (request,) = self.connection.requests()
        return request

    def messages(self, msg_id: int) -> bytes:
        """The bytes of the answer to a request."""
        answer = types.mtproto.RpcResult.ID.to_bytes(4, "little") + msg_id.to_bytes(8, "little", signed=True)
        (body,) = (message.body for message in self.connection.messages() if message.body.startswith(answer))
        return body[12:]

    def error_of(self, msg_id: int) -> str:
        error = codec.decode(self.messages(msg_id))
        assert isinstance(error, types.mtproto.RpcError)
        return f"{error.error_code} {error.error_message}"


def test_queries_and_results_are_translated_between_layers() -> None:
    client = OldCaller()
    asked = client.ask(OLD.functions.help.GetNearestDc())
    request = client.the_request()
    assert request.query == functions.help.GetNearestDc()
    assert request.layer == LAYER
    client.connection.answer(request, result=NEAREST)
    assert OLD.decode(client.messages(asked)) == OLD.types.NearestDc(this_dc=2, country="NL")


def test_layer_is_remembered_for_the_session_and_the_key() -> None:
    client = OldCaller()
    client.ask(OLD.functions.help.GetNearestDc())
    client.the_request()
    for session_id in (client.session_id, 77):
        client.session_id = session_id
        asked = client.ask(OLD.functions.help.GetNearestDc(), layer=None)
        client.connection.answer(client.the_request(), result=NEAREST)
        assert OLD.decode(client.messages(asked)) == OLD.types.NearestDc(this_dc=2, country="NL")


def test_wrappers_of_another_layer_are_translated() -> None:
    client = OldCaller()
    query = OLD.functions.InitConnection(api_id=1, device_model="old", query=OLD.functions.help.GetNearestDc())
    client.ask(query)
    request = client.the_request()
    assert request.query == functions.help.GetNearestDc()
    assert isinstance(request.init, functions.InitConnection)
    assert (request.init.device_model, request.init.lang_code) == ("old", "")


def test_vector_and_bool_results_are_translated() -> None:
    client = OldCaller()
    asked = client.ask(OLD.functions.users.GetUsers(id=[OLD.types.InputUserSelf()]))
    request = client.the_request()
    assert request.query == functions.users.GetUsers([types.InputUserSelf()])
    client.connection.answer(request, result=[types.UserEmpty(7)])
    reported = OLD.decode_result(OLD.functions.users.GetUsers, client.messages(asked))
    assert reported == [OLD.types.UserEmpty(id=7)]
    asked = client.ask(OLD.functions.account.UpdateStatus(offline=True))
    client.connection.answer(client.the_request(), result=True)
    assert OLD.decode_result(OLD.functions.account.UpdateStatus, client.messages(asked)) is True


def test_unknown_methods_give_the_same_errors_in_every_layer() -> None:
    client = OldCaller()
    asked = client.ask(OLD.functions.help.SayHello())
    assert client.error_of(asked) == "400 INPUT_METHOD_INVALID_2004318071_77777777"
    asked = client.ask(OLD.functions.users.GetUser(id=OLD.types.InputUserGone()))
    assert client.error_of(asked) == "400 INPUT_METHOD_INVALID_2576980377_99999999"
    asked = client.ask(OLD.functions.users.GetUsers(id=[OLD.types.InputUserGone()]))
    assert client.the_request().query == functions.users.GetUsers([])


def test_unknown_method_is_refused() -> None:
    client = OldCaller()
    wrapped = functions.InvokeWithLayer.ID.to_bytes(4, "little") + LAYER.to_bytes(4, "little") + b"\xde\xad\xbe\xef"
    assert client.error_of(client.send(wrapped)) == "400 INPUT_METHOD_INVALID_4022250974_efbeadde"
    assert client.error_of(client.send(wrapped[:8])) == "400 INPUT_FETCH_ERROR"


def test_number_too_large_for_the_shipped_layer_is_refused() -> None:
    wide = Schema.parse("""
    ---functions---
    invokeWithLayer#da9b0d0d {X:Type} layer:int query:!X = X;
    messages.getUnreadMentions#66666666 offset_id:long = Updates;
    // LAYER 100
    """)
    caller = OldCaller()
    caller.config = replace(caller.config, schemas={LAYER: wide})
    caller.connection = ScriptedConnection(caller)
    query = wide.functions.messages.GetUnreadMentions(offset_id=1 << 40)
    asked = caller.send(wide.encode(wide.functions.InvokeWithLayer(layer=LAYER, query=query)))
    assert caller.error_of(asked) == "400 INPUT_FETCH_ERROR"


@pytest.mark.parametrize("wrapped", [False, True])
def test_method_of_the_shipped_layer_only_is_decoded_in_that_layer(*, wrapped: bool) -> None:
    client = OldCaller()
    client.ask(OLD.functions.help.GetNearestDc())
    client.the_request()
    query: Any = functions.help.GetCdnConfig()
    asked = client.send(functions.InvokeWithLayer(layer=LAYER, query=query) if wrapped else query)
    request = client.the_request()
    assert (request.query, request.layer) == (query, LAYER)
    client.connection.answer(request, result=types.CdnConfig(public_keys=[]))
    assert codec.decode(client.messages(asked)) == types.CdnConfig(public_keys=[])


def test_untranslatable_result_becomes_update_app_to_login() -> None:
    client = OldCaller()
    asked = client.ask(OLD.functions.auth.LogOut())
    client.connection.answer(client.the_request(), result=types.auth.LoggedOut())
    assert client.error_of(asked) == "406 UPDATE_APP_TO_LOGIN"


def test_updates_are_translated_or_dropped() -> None:
    client = OldCaller()
    client.ask(OLD.functions.help.GetNearestDc())
    client.connection.answer(client.the_request(), result=NEAREST)
    client.connection.messages()
    server = client.connection.server
    server.push(client.session, types.UpdatesTooLong(), now=client.now)
    server.push(client.session, types.UpdateShort(update=types.UpdateConfig(), date=1), now=client.now)
    (message,) = client.connection.messages()
    assert OLD.decode(message.body) == OLD.types.UpdatesTooLong()
    assert message.content_related


def test_service_messages_are_not_translated() -> None:
    client = OldCaller()
    client.ask(OLD.functions.help.GetNearestDc())
    at = client.send(functions.mtproto.Ping(5), content_related=False)
    assert types.mtproto.Pong(at, 5) in [codec.decode(message.body) for message in client.connection.messages()]


@pytest.mark.parametrize("layer", [1, 99, 101, 164])
def test_client_of_another_layer_is_served_in_the_nearest_one(layer: int) -> None:
    client = OldCaller()
    asked = client.ask(OLD.functions.help.GetNearestDc(), layer)
    request = client.the_request()
    assert (request.layer, request.query) == (layer, functions.help.GetNearestDc())
    client.connection.answer(request, result=NEAREST)
    assert OLD.decode(client.messages(asked)) == OLD.types.NearestDc(this_dc=2, country="NL")
    server = client.connection.server
    server.push(client.session, types.UpdatesTooLong(), now=client.now)
    (message,) = client.connection.messages()
    assert OLD.decode(message.body) == OLD.types.UpdatesTooLong()


@pytest.mark.parametrize(
    ("layer", "nearest"),
    [
        *((-1, 100), (100, 100), (114, 100), (115, 130)),
        *((MIDDLE - 1, 130), (MIDDLE, SHIPPED), (SHIPPED, SHIPPED), (1 << 30, SHIPPED)),
    ],
)
def test_newer_of_two_equally_near_layers_is_chosen(layer: int, nearest: int) -> None:
    assert (
        LayerCodecs({100: OLD, 130: OLD}).nearest(layer) == LayerCodecs({130: OLD, 100: OLD}).nearest(layer) == nearest
    )
    assert LayerCodecs({}).nearest(layer) == SHIPPED


@pytest.mark.parametrize("layer", [None, 165, 300])
def test_client_without_a_layer_or_nearest_to_the_shipped_one_is_served_in_the_shipped_layer(layer: int | None) -> None:
    client = OldCaller()
    query: Any = functions.help.GetNearestDc()
    asked = client.send(query if layer is None else functions.InvokeWithLayer(layer=layer, query=query))
    client.connection.answer(client.the_request(), result=NEAREST)
    assert codec.decode(client.messages(asked)) == NEAREST


@pytest.mark.parametrize(
    ("query", "layer"),
    [
        (functions.help.GetConfig(), None),
        (functions.InvokeWithLayer(layer=5, query=functions.help.GetConfig()), 5),
        (functions.InvokeWithoutUpdates(query=functions.InvokeWithLayer(layer=5, query=functions.help.GetConfig())), 5),
        (functions.InvokeAfterMsg(1, query=functions.InvokeWithLayer(layer=5, query=functions.help.GetConfig())), 5),
        (functions.InvokeAfterMsg(1, query=functions.help.GetConfig()), None),
    ],
)
def test_layer_inside_other_wrappers_is_found(query: Any, layer: int | None) -> None:
    body = codec.encode(query)
    assert layer_in(body) == layer
    for size in range(len(body)):
        assert layer_in(body[:size]) in {None, layer}


def test_wrappers_are_passed_to_the_application() -> None:
    client = ScriptedClient()
    client.start_session()
    query = functions.InvokeWithReCaptcha(
        "proof", query=functions.InvokeWithTakeout(1, query=functions.help.GetConfig())
    )
    client.send(query)
    (request,) = client.connection.requests()
    assert request.query == functions.help.GetConfig()
    assert request.wrappers == (query, query.query)


class CountedSchemas(dict[int, Schema]):
    """Which of them were taken."""

    def __init__(self, schemas: dict[int, Schema]) -> None:
        super().__init__(schemas)
        self.taken: list[int] = []

    def __getitem__(self, layer: int) -> Schema:
        self.taken.append(layer)
        return super().__getitem__(layer)


def test_schema_is_taken_when_the_first_client_of_its_layer_needs_it() -> None:
    schemas = CountedSchemas({100: OLD, 130: OLD})
    codecs = LayerCodecs(schemas)
    assert codecs.nearest(101) == 100
    assert codecs.of(None) is None
    assert codecs.of(SHIPPED) is None
    assert schemas.taken == []
    assert codecs.of(131) is codecs.of(130) is codecs.of(120)
    assert schemas.taken == [130]


def test_schema_for_the_shipped_layer_takes_its_place() -> None:
    schemas = CountedSchemas({SHIPPED: OLD})
    assert LayerCodecs(schemas).of(SHIPPED) is not None
    assert schemas.taken == [SHIPPED]
