"""A schema text costs time in proportion to its length, whatever it declares; so do its values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sansio_tl.tl.errors import DecodeError
from sansio_tl.tl.schema import BaseSchema
from tests.helpers.instruction_count import assert_linear, instructions

pytestmark = pytest.mark.usefixtures("implementation")


def many_fields(n: int) -> str:
    return f"a {' '.join(f'f{i}:int' for i in range(n))} = A;"


def many_flag_words(n: int) -> str:
    return f"a {' '.join(f'w{i}:# f{i}:w{i}.3?int' for i in range(n))} = A;"


def many_type_variables(n: int) -> str:
    return f"---functions--- a {' '.join(f'{{X{i}:Type}}' for i in range(n))} x:!X0 = X0;"


def many_constructors_of_one_type(n: int) -> str:
    return "\n".join(f"a{i} x:Vector<A> = A;" for i in range(n))


@pytest.mark.parametrize("text", [many_fields, many_flag_words, many_type_variables, many_constructors_of_one_type])
def test_parsing_takes_linear_time(text: Callable[[int], str]) -> None:
    assert_linear(lambda n: BaseSchema.parse(text(n)), 60)


@pytest.mark.parametrize("text", [many_fields, many_flag_words])
def test_encoding_and_decoding_take_linear_time(text: Callable[[int], str]) -> None:
    def there_and_back(n: int) -> None:
        schema = BaseSchema.parse(text(n))
        value = schema.types.A(*range(n))
        encoded = schema.encode(value)
        assert schema.decode(encoded) == value
        trace = schema.coder.trace(encoded)  # the interpreting codec, reading
        assert len(trace) > n
        schema.to_json(value)  # the interpreting codec, writing

    assert_linear(there_and_back, 60)


def test_TL1_nested_bare_constructors_are_measured_once_each() -> None:
    def levels(n: int) -> BaseSchema:
        rows = "\n".join(f"a{i} x:a{i - 1} y:a{i - 1} = A{i};" for i in range(1, n + 1))
        return BaseSchema.parse(f"a0 x:int = A0;\n{rows}\nb v:Vector<a{n}> = B;")

    assert instructions(lambda: levels(30)) < 4 * instructions(lambda: levels(10))
    schema = levels(30)
    empty = schema.types.B([])
    assert schema.decode(schema.encode(empty)) == empty
    with pytest.raises(DecodeError, match=r"TL1.*1 items of at least 4294967296 bytes cannot be in 8 bytes"):
        schema.decode(schema.encode(empty)[:-4] + (1).to_bytes(4, "little") + bytes(8))
