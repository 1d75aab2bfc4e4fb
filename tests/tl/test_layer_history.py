"""Layers as differences from the newest: any set of texts comes back as it was."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.tl.errors import SchemaError
from sansio_tl.tl.layer_history import LayerHistory, Layers, make_history, newest_lines

DECLARATIONS = ["a x:int = A;", "a x:int y:int = A;", "b = A;", "c = C;", "c z:long = C;", "ns.d q:A = ns.D;"]
FUNCTIONS = ["f = A;", "f n:int = A;", "ns.g = ns.D;"]


def text_of(types: list[str], functions: list[str], layer: int) -> str:
    return "\n".join(["---types---", *types, "---functions---", *functions, f"// LAYER {layer}", ""])


def one_of_each_name(lines: list[str]) -> list[str]:
    return list({line.partition(" ")[0]: line for line in lines}.values())


LINES = st.lists(st.sampled_from(DECLARATIONS)).map(one_of_each_name)
METHODS = st.lists(st.sampled_from(FUNCTIONS)).map(one_of_each_name)
LAYERS = st.dictionaries(st.integers(1, 30), st.tuples(LINES, METHODS), min_size=1, max_size=8)


@given(LAYERS, st.tuples(LINES, METHODS))
def test_every_layer_comes_back(
    older: dict[int, tuple[list[str], list[str]]], newest: tuple[list[str], list[str]]
) -> None:
    texts = {layer: text_of(*lines, layer) for layer, lines in older.items()}
    shipped = text_of(*newest, 99)
    made = make_history(texts, shipped, ["// head"])
    history = LayerHistory(made, shipped)
    assert history.layers == tuple(sorted(texts))
    for layer, text in texts.items():
        back = newest_lines(history.text(layer))
        assert {key: set(lines.values()) for key, lines in back.items()} == {
            key: set(lines.values()) for key, lines in newest_lines(text).items()
        }
        assert history.text(layer).endswith(f"// LAYER {layer}\n")
    assert make_history({layer: history.text(layer) for layer in history.layers}, shipped, ["// head"]) == made


def test_history_has_only_what_differs() -> None:
    newest = text_of(["a x:int = A;", "c = C;"], ["f = A;"], 9)
    older = {
        3: text_of(["a = A;"], ["f = A;", "g = A;"], 3),
        5: text_of(["a = A;", "c = C;"], ["f = A;", "g = A;"], 5),
        6: text_of(["a x:int = A;", "c = C;"], ["f = A;"], 6),
    }
    assert make_history(older, newest).split("\n") == [
        "layers 3 5-6",
        "",
        "---types---",
        "3-5 a = A;",
        "5- c",
        "",
        "---functions---",
        "3-5 g = A;",
        "",
    ]


def test_ids_are_left_out() -> None:
    newest = "---types---\na#00000007 x:int = A;\n---functions---\nf#00000008 = A;\n// LAYER 2\n"
    older = newest.replace("LAYER 2", "LAYER 1")
    assert make_history({1: older}, newest) == "layers 1\n\n---types---\n\n---functions---\n"
    assert (
        LayerHistory("layers 1", newest).text(1) == "---types---\na x:int = A;\n---functions---\nf = A;\n// LAYER 1\n"
    )


@pytest.mark.parametrize(
    ("text", "has", "lacks"),
    [("158", [158], [157, 159]), ("158-160,163", [158, 160, 163], [157, 161, 164]), ("220-", [220, 1 << 30], [219])],
)
def test_layers_are_ranges(text: str, has: list[int], lacks: list[int]) -> None:
    layers = Layers.parse(text)
    assert all(layer in layers for layer in has)
    assert not any(layer in layers for layer in lacks)


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ("", "begins with the line: layers"),
        ("layers x", "invalid layers: x"),
        ("layers 1--3", "invalid layers: 1--3"),
        ("layers 1\n1 a = A;", "invalid line in a history of layers: 1 a = A;"),
        ("layers 1\n---types---\na = A;", "invalid line in a history of layers: a = A;"),
        ("layers 1\n---types---\n1-x a = A;", "invalid line"),
    ],
)
def test_invalid_history_is_refused(history: str, message: str) -> None:
    with pytest.raises(SchemaError, match=re.escape(message)):
        LayerHistory(history, "")


def test_layer_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        LayerHistory("layers 1-2 4", "").text(3)
