"""Random values of every type, for users to fuzz their own code with."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from sansio_tl import Function, Schema, TLObject, codec, decode, encode, functions, types
from sansio_tl.testing.strategies import heights_of, values
from sansio_tl.tl.gzip_packed import GZIP_PACKED


@given(values(types.auth.SentCode))
def test_strategy_of_a_class_gives_its_values(value: TLObject) -> None:
    assert type(value) is types.auth.SentCode


@given(values(types.auth.TypeSentCode))
def test_strategy_of_a_union_gives_its_members(value: TLObject) -> None:
    assert isinstance(value, types.auth.TypeSentCode)


@given(values("auth.SentCode"))
def test_strategy_of_a_boxed_type_gives_its_members(value: TLObject) -> None:
    assert isinstance(value, types.auth.TypeSentCode)


@given(values())
def test_strategy_of_the_schema_gives_encodable_values(value: TLObject) -> None:
    assert encode(value)


@given(values(functions.InvokeWithLayer))
def test_strategy_fills_query_fields_with_functions(value: functions.InvokeWithLayer[object]) -> None:
    assert isinstance(value.query, Function)


def test_strategy_reaches_every_constructor_and_flag() -> None:
    for cls in (types.auth.SentCode, types.auth.SentCodeSuccess, types.auth.SentCodePaymentRequired):
        assert type(find(values(types.auth.TypeSentCode), lambda v, cls=cls: type(v) is cls)) is cls  # type: ignore[misc]
    assert find(values(types.CodeSettings), lambda v: v.token is not None).app_sandbox is not None
    assert find(values(types.CodeSettings), lambda v: v.allow_flashcall).allow_flashcall is True


@given(st.data())
def test_strategy_of_another_schema_gives_its_values(data: st.DataObject) -> None:
    schema = Schema.parse("leaf x:int = Tree; branch left:Tree right:Tree = Tree;")
    value = data.draw(values(schema.types.TypeTree, coder=schema.coder, size=50))
    assert schema.decode(schema.encode(value)) == value


@pytest.mark.parametrize("what", ["auth.Nothing", TLObject])
def test_strategy_of_an_unknown_type_is_refused(what: str | type[TLObject]) -> None:
    with pytest.raises(ValueError, match="the schema has no values of"):
        values(what)


def test_strategy_of_a_type_without_finite_values_is_refused() -> None:
    schema = Schema.parse("a x:A = A; b x:int = B;")
    with pytest.raises(ValueError, match="the schema has no values of 'A'"):
        values("A", coder=schema.coder)
    assert type(find(values(coder=schema.coder), lambda _: True)) is schema.types.B


@pytest.mark.parametrize(("cls", "field", "bits"), [(types.AccountDaysTTL, "days", 32), (types.UserEmpty, "id", 64)])
def test_strategy_covers_the_whole_range_of_numbers(cls: type[TLObject], field: str, bits: int) -> None:
    half = 1 << bits - 2
    for low, high in ((-2 * half, -half), (-half, 0), (0, half), (half, 2 * half)):
        found = find(values(cls), lambda value, low=low, high=high: low <= getattr(value, field) < high)  # type: ignore[misc]
        assert low <= getattr(found, field) < high


@given(values(types.UserEmpty) | values(types.AccountDaysTTL))
def test_strategy_gives_numbers_that_fit(value: TLObject) -> None:
    assert decode(encode(value)) == value


def test_strategy_gives_empty_short_long_and_invalid_utf8_texts() -> None:
    texts, data = values(types.JsonString), values(types.auth.ExportedAuthorization)
    for size in (0, 1, 80):
        assert len(find(texts, lambda value, size=size: len(value.value) >= size).value) >= size  # type: ignore[misc]
    assert find(texts, lambda value: any("\udc80" <= character <= "\udcff" for character in value.value))
    assert len(find(data, lambda value: len(value.bytes) >= 254).bytes) >= 254
    assert find(data, lambda value: not value.bytes).bytes == b""


@given(values(types.User, size=0))
def test_at_the_size_limit_only_required_fields_are_drawn(value: types.User) -> None:
    assert value == types.User(id=value.id)


def test_strategy_never_draws_gzip_packed() -> None:
    cluster = heights_of(codec.coder)
    packed = next(entry for entry in cluster.entries if entry.combinator.id == GZIP_PACKED)
    assert packed not in cluster.finite
    assert len(cluster.finite) == len(cluster.entries) - 1
    schema = Schema.parse("a x:A = A; b x:int = B;")
    assert [entry.combinator.name for entry in heights_of(schema.coder).finite] == ["b"]


def test_size_of_random_values_has_its_published_default() -> None:
    assert inspect.signature(values).parameters["size"].default == 20


@given(st.data())
def test_strategy_draws_no_constructor_without_finite_values_inside_another(data: st.DataObject) -> None:
    schema = Schema.parse(
        "leaf x:int = Tree; endless e:Endless = Endless; branch e:Endless = Tree; holder trees:Vector<Tree> = Holder;"
    )
    value = data.draw(values("Holder", coder=schema.coder))
    assert {type(each) for each in value.trees} <= {schema.types.Leaf}
