"""The schemas of older layers that are shipped: small, right, and enough for clients of that layer to log in."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

import sansio_tl
from sansio_tl import functions, types
from sansio_tl.codec.schema import Schema
from sansio_tl.limits import Limits
from sansio_tl.mtproto.server.layer_codec import LayerCodec
from sansio_tl.testing.handlers.registry import HANDLERS
from sansio_tl.tl.model import Bare, Boxed, Declarations, Type, Vector
from sansio_tl.tl.objects import Function
from sansio_tl.tl.parser import parse
from sansio_tl_transports.cli.serve import shipped_schemas
from tests.helpers.direct_client import CODE, PHONE, DirectClient, send_code

PATHS = sorted((Path(sansio_tl.__file__).parent / "schema").glob("layer-*.tl"))
LATER = {
    201: {
        "account.deletePasskey",
        "account.getPasskeys",
        "account.initPasskeyRegistration",
        "account.registerPasskey",
        "auth.checkPaidAuth",
        "auth.finishFirebasePnvLogin",
        "auth.finishPasskeyLogin",
        "auth.firebasePnvSignUp",
        "auth.initFirebasePnvLogin",
        "auth.initPasskeyLogin",
    }
}
"""What the data center serves and the layer did not have yet."""
UNDEFINED = {"PeerStories"}
"""Types that only optional fields have, and that no answer of the data center contains."""


def declared(path: Path) -> Declarations:
    return parse(path.read_text(encoding="utf-8"))


def named(kind: Type) -> set[str]:
    """The boxed types, and bare constructors, that a type mentions."""
    match kind:
        case Vector(item, _):
            return named(item)
        case Boxed(name) | Bare(name):
            return {name}
        case _:
            return set()


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_layer_schema_has_correct_ids_and_every_type_that_the_server_needs(path: Path) -> None:
    schema = declared(path)
    assert path.stem == f"layer-{schema.layer}"
    assert not [c.name for c in schema.combinators if c.id != c.crc]
    assert {function.NAME for function in HANDLERS} - {c.name for c in schema.functions} == LATER[schema.layer or 0]
    mentioned = set().union(*(named(f.type) for c in schema.combinators for f in c.fields))
    assert mentioned - set(schema.members) - set(schema.constructor) == UNDEFINED
    assert not [f for c in schema.combinators for f in c.fields if f.word is None and named(f.type) & UNDEFINED]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_layer_schema_is_small_and_names_its_source(path: Path) -> None:
    head, _, rest = path.read_text(encoding="utf-8").partition("---types---")
    assert "// Source: " in head
    assert len(rest) < 40_000


def test_user_constructor_of_the_oldest_layer_differs_from_the_shipped_one() -> None:
    old = declared(PATHS[0]).constructor
    assert old["user"].id == 0x020B1422
    assert old["user"].id != types.User.ID


@pytest.fixture(scope="module")
def dialects() -> dict[int, tuple[Schema, LayerCodec]]:
    return {layer: (schema, LayerCodec(schema)) for layer, schema in shipped_schemas().items()}


@pytest.mark.parametrize("layer", [201])
def test_login_results_are_encoded_in_the_layer_of_the_client(
    layer: int, dialects: dict[int, tuple[Schema, LayerCodec]]
) -> None:
    schema, dialect = dialects[layer]
    direct = DirectClient()

    def call(query: Any) -> Any:
        """Ask in the old layer, and read the answer as a client of that layer does."""
        body = dialect.write(query)
        sent_bytes, ours = (cast("Function[Any]", read) for read in dialect.read(body, Limits()))
        assert sent_bytes.NAME == query.NAME
        assert ours == query
        answer = dialect.write_result(sent_bytes, direct.call(ours))
        return schema.decode_result(sent_bytes, answer)

    assert call(functions.help.GetConfig()).this_dc == 2
    sent = call(send_code(PHONE, types.CodeSettings()))
    assert sent.NAME == "auth.sentCode"
    signed_in = call(functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE))
    assert signed_in.user.phone == PHONE
    (user,) = call(functions.users.GetUsers([types.InputUserSelf()]))
    assert user.self
    assert call(functions.updates.GetState()).pts == 1
    assert call(functions.account.GetPassword()).has_password is False
    for update in (types.UpdateLoginToken(), types.UpdateUserPhone(user_id=user.id, phone="1")):
        pushed = types.UpdateShort(update=update, date=1)
        assert schema.decode(dialect.write(pushed)).update.NAME == update.NAME  # type: ignore[attr-defined]
    assert call(functions.auth.LogOut()).NAME == "auth.loggedOut"
