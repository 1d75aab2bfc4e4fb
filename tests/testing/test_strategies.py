"""Random values of every type, for users to fuzz their own code with."""

from __future__ import annotations

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from sansio_tl import Function, Schema, TLObject, encode, functions, types
from sansio_tl.testing.strategies import values


@given(values(types.auth.SentCode))
def test_values_of_a_class(value: TLObject) -> None:
    assert type(value) is types.auth.SentCode


@given(values(types.auth.TypeSentCode))
def test_values_of_a_union(value: TLObject) -> None:
    assert isinstance(value, types.auth.TypeSentCode)


@given(values("auth.SentCode"))
def test_values_of_a_boxed_type(value: TLObject) -> None:
    assert isinstance(value, types.auth.TypeSentCode)


@given(values())
def test_values_of_the_whole_schema(value: TLObject) -> None:
    assert encode(value)


@given(values(functions.InvokeWithLayer))
def test_queries_are_functions(value: functions.InvokeWithLayer[object]) -> None:
    assert isinstance(value.query, Function)


def test_every_member_and_every_flag_turns_up() -> None:
    for cls in (types.auth.SentCode, types.auth.SentCodeSuccess, types.auth.SentCodePaymentRequired):
        assert type(find(values(types.auth.TypeSentCode), lambda v, cls=cls: type(v) is cls)) is cls  # type: ignore[misc]
    assert find(values(types.CodeSettings), lambda v: v.token is not None).app_sandbox is not None
    assert find(values(types.CodeSettings), lambda v: v.allow_flashcall).allow_flashcall is True


@given(st.data())
def test_values_of_another_schema(data: st.DataObject) -> None:
    schema = Schema.parse("leaf x:int = Tree; branch left:Tree right:Tree = Tree;")
    value = data.draw(values(schema.types.TypeTree, coder=schema.coder, size=50))
    assert schema.decode(schema.encode(value)) == value


@pytest.mark.parametrize("what", ["auth.Nothing", TLObject])
def test_what_the_schema_does_not_have_is_refused(what: str | type[TLObject]) -> None:
    with pytest.raises(ValueError, match="the schema has no values of"):
        values(what)


def test_a_type_without_finite_values_is_refused() -> None:
    schema = Schema.parse("a x:A = A; b x:int = B;")
    with pytest.raises(ValueError, match="the schema has no values of 'A'"):
        values("A", coder=schema.coder)
    assert type(find(values(coder=schema.coder), lambda _: True)) is schema.types.B
