"""The older layers that are shipped, as differences: right, small, and enough for clients of each to log in."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

import sansio_tl
from sansio_tl import LAYER, Schema, functions, types
from sansio_tl.limits import Limits
from sansio_tl.mtproto.server.layer_codec import LayerCodec, LayerCodecs
from sansio_tl.testing.handlers.registry import HANDLERS
from sansio_tl.tl.layer_history import LayerHistory
from sansio_tl.tl.model import Bare, Boxed, Type, Vector
from sansio_tl.tl.objects import Function
from sansio_tl_transports.layers import LayerSchemas
from tests.helpers.direct_client import CODE, PHONE, DirectClient, send_code

SCHEMA = Path(sansio_tl.__file__).parent / "schema"
LAYERS = tuple(LayerSchemas())
SOME = tuple(sorted({LAYERS[0], LAYERS[-1], *LAYERS[:: len(LAYERS) // 6]}))
"""Enough of them for tests that make a schema, which takes a moment."""
WITH_A_CLIENT = (158, 160, 181, 198, 201, 214, 220, 225, 228, 229)
"""The layers of clients that registries have."""


def texts() -> tuple[str, str]:
    return (SCHEMA / "layers.tl").read_text(encoding="utf-8"), (SCHEMA / "api.tl").read_text(encoding="utf-8")


@cache
def history() -> LayerHistory:
    return LayerHistory(*texts())


def named(kind: Type) -> set[str]:
    """The boxed types, and bare constructors, that a type mentions."""
    match kind:
        case Vector(item, _):
            return named(item)
        case Boxed(name) | Bare(name):
            return {name}
        case _:
            return set()


def test_layers_of_all_known_clients_are_shipped() -> None:
    assert set(WITH_A_CLIENT) <= set(LAYERS)
    assert list(LAYERS) == sorted(set(LAYERS))
    assert LAYERS[0] == 158
    assert len(LAYERS) == 56, "docs/interop has the number"
    assert LAYERS[-1] < LAYER


def test_history_is_small_and_names_a_source_with_its_license_for_each_layer() -> None:
    text, newest = texts()
    sources = dict(re.findall(r"^// (\d+): (.*)$", text, re.MULTILINE))
    assert sorted(map(int, sources)) == list(LAYERS)
    assert not [layer for layer, source in sources.items() if not re.search(r"\b(MIT|LGPL 3)\b", source)]
    assert len(text) < 1.6 * len(newest), "all layers together are about as large as one of them"


def test_shipped_layer_is_not_in_the_history() -> None:
    assert LAYER not in LayerSchemas()
    assert LayerCodecs(LayerSchemas()).of(LAYER) is None
    with pytest.raises(KeyError):
        LayerSchemas(LAYER)
    with pytest.raises(KeyError):
        LayerSchemas()[1]


@pytest.mark.parametrize("layer", SOME)
def test_layer_has_every_type_that_it_mentions(layer: int) -> None:
    schema = LayerSchemas()[layer].declarations
    assert schema.layer == layer
    assert not [c.name for c in schema.combinators if c.id != c.crc]
    mentioned = set().union(*(named(f.type) for c in schema.combinators for f in c.fields))
    assert mentioned - set(schema.members) - set(schema.constructor) <= {"X"}


def test_known_ids_of_known_layers() -> None:
    """Ids that many clients have in their sources."""
    for layer, name, number in (
        (158, "user", 0x8F97C628),
        (181, "user", 0x215C4438),
        (201, "user", 0x20B1422),
        (158, "auth.sentCode", 0x5E002502),
        (158, "initConnection", 0xC1CD5EA9),
    ):
        declarations = LayerSchemas()[layer].declarations
        found = {c.name: c.id for c in declarations.combinators}
        assert found[name] == number, (layer, name)


def test_methods_of_later_layers_are_missing_in_earlier_ones() -> None:
    first = {
        name: next(layer for layer in (*LAYERS, LAYER) if layer == LAYER or f"\n{name} " in text_of(layer))
        for name in ("auth.initPasskeyLogin", "auth.checkPaidAuth", "auth.initFirebasePnvLogin", "auth.signIn")
    }
    assert first["auth.signIn"] == 158
    assert 201 < first["auth.checkPaidAuth"] <= 220
    assert first["auth.checkPaidAuth"] <= first["auth.initPasskeyLogin"] <= first["auth.initFirebasePnvLogin"] == 229


@cache
def text_of(layer: int) -> str:
    return re.sub(r"#[0-9a-f]+ ", " ", history().text(layer))


@pytest.mark.parametrize("layer", sorted({*WITH_A_CLIENT, *SOME}))
def test_login_results_are_encoded_in_the_layer_of_the_client(layer: int) -> None:
    schema: Schema = LayerSchemas()[layer]
    dialect = LayerCodec(schema)
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


def test_every_method_of_the_data_center_is_in_the_newest_older_layer_but_for_new_ones() -> None:
    known = {c.name for c in LayerSchemas()[LAYERS[-1]].declarations.functions}
    assert {function.NAME for function in HANDLERS} - known <= {"auth.cancelWebTokenAuthorization"}
