"""A rule of the protocol that is removed from the C source is missed, each by a comparison with the other codec."""

from __future__ import annotations

import struct
import tracemalloc
from random import Random

import pytest

from sansio_tl import Limits, codec, types
from tests.codec.test_nesting import nested
from tests.fuzz import compiled as comparison
from tests.helpers.codecs import SOURCE, build, load

RULES = [
    ("TL1", "count > (uint64_t)(in->end - in->at) / type->least", "false"),
    ("TL2", "head == NULL || head[0] == 255", "head == NULL"),
    ("TL2", "take(in, (n + 3) & ~(size_t)3)", "take(in, n)"),
    ("TL4", "c->nested && depth-- == 0", "false"),
    ("TL5", "|| (id != BOOL_TRUE && id != BOOL_FALSE)", ""),
    ("TL9", "value != NULL && in.at != in.end", "false"),
    ("TL9", "if (type->number != 0 && c->type != type->number) return NULL;", ""),
    ("TL9", "(!take32(in, &id) || id != VECTOR)", "!take32(in, &id)"),
    ("TL10", "if (type->number != 0 && c->type != type->number) return false;", ""),
    ("TL10", "number >= INT32_MIN && number <= INT32_MAX &&", ""),
    ("TL10", "(value == Py_True || value == Py_False) &&", ""),
    ("TL10", "wrong |= (present & absent) != 0;", ""),
    ("TL10", "wrong |= option->is_true & given & (value != Py_True);", ""),
    ("TL10", "if (c >= 0xd800 && c < 0xe000) return NULL;", ""),
]
"""Check, what stands once in the source, and what stands there without it."""


@pytest.fixture(scope="module", autouse=True)
def implementation() -> str:
    """These are tests of one of them."""
    return "c"


def test_each_rule_stands_once_in_the_source() -> None:
    text = SOURCE.read_text(encoding="utf-8")
    assert [old for _, old, _ in RULES if text.count(old) != 1] == []


@pytest.mark.long
@pytest.mark.parametrize(("check", "old", "new"), RULES)
def test_a_rule_that_is_removed_is_missed(
    check: str, old: str, new: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mutant = tmp_path_factory.mktemp(check) / "_walker.c"
    mutant.write_text(SOURCE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    differ = comparison.Differ(load(build(source=mutant)).Walker)
    with pytest.raises(comparison.Difference):
        {"TL1": allocates, "TL4": nests}.get(check, compares)(differ)


def compares(differ: comparison.Differ) -> None:
    rng, corpus, results = (
        Random(1),
        comparison.corpus_of("decode", "round_trip"),
        comparison.corpus_of("decode_result"),
    )
    while differ.inputs < 400_000:
        comparison.one_value(differ, rng, corpus, results)


def allocates(differ: comparison.Differ) -> None:
    forged = struct.pack("<IiII", types.messages.ChatsSlice.ID, 1, 0x1CB5C415, 1 << 24) + bytes(64)
    differ.decode(forged)
    tracemalloc.start()
    try:
        differ.decode(forged)
        if tracemalloc.get_traced_memory()[1] > 1 << 20:
            raise comparison.Difference
    finally:
        tracemalloc.stop()


def nests(differ: comparison.Differ) -> None:
    differ.decode(codec.encode(nested(Limits().max_depth + 1)))
