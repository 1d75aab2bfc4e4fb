"""A fragment is found wherever it stands, however it is written, and only there; another one takes its place."""

from __future__ import annotations

import ast

import pytest

from tests.removed_checks import fragment


def replaced(text: str, old: str, new: str) -> list[str]:
    """The text with the new fragment, for each place of the old one."""
    before, after = fragment.read(old), fragment.read(new)
    places = list(fragment.find(before, after, ast.parse(text)))
    return [fragment.replace(text, place, after) for place in places]


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        pytest.param("x = f(a + b)\n", "a + b", "a", "x = f(a)\n", id="expression"),
        pytest.param("x = c * a\n", "a", "a + b", "x = c * (a + b)\n", id="precedence"),
        pytest.param("x = 'ü' + f(a)\n", "f(a)", "b", "x = 'ü' + b\n", id="columns are bytes"),
        pytest.param("f(\n    a,  # why\n    (b),\n)\n", "f(a, b)", "g()", "g()\n", id="layout"),
        pytest.param("x = {K.A: 1, K.B: 1}\n", "K.B: 1", "K.B: 2", "x = {K.A: 1, K.B: 2}\n", id="entry of a dict"),
        pytest.param("a\nb()\nc\n", "b()\nc", "c\nb()", "a\nc\nb()\n", id="statements"),
        pytest.param("if a:\n    b()\n    c()\n", "b()\n", "", "if a:\n    \n    c()\n", id="removed"),
        pytest.param("if a:\n    b()\n", "b()\n", "", "if a:\n    pass\n", id="all of a body removed"),
        pytest.param("if a:\n    b()\n", "b()\n", "c()\nd()\n", "if a:\n    c()\n    d()\n", id="depth"),
        pytest.param("if a:\n    b\n", "if a:", "if False:", "if False:\n    b\n", id="heading"),
        pytest.param(
            "if a:\n    b\nelse:\n    c\n", "if a:", "if d:", "if d:\n    b\nelse:\n    c\n", id="heading with else"
        ),
        pytest.param(
            "if a:\n    b\nelif c:\n    d\n", "if c:", "if e:", "if a:\n    b\nelse:\n    if e:\n        d\n", id="elif"
        ),
        pytest.param(
            "if a:\n    b\nelif c:\n    d\n",
            "if c:\n    d",
            "e()\n",
            "if a:\n    b\nelse:\n    e()\n",
            id="all of elif",
        ),
        pytest.param("for x in y:\n    a\n    b\n", "for x in y:\n    a\n    ...", "...", "b\n", id="unwrapped"),
        pytest.param(
            "try:\n    a\nexcept A:\n    b\n",
            "try:\nexcept A:",
            "try:\nexcept B:",
            "try:\n    a\nexcept B:\n    b\n",
            id="try",
        ),
        pytest.param(
            "match a:\n    case 1:\n        b\n    case _:\n        c\n",
            "match a:\n    case 1:\n        b\n    case _:\n",
            "match a:\n    case _:\n",
            "match a:\n    case _:\n        c\n",
            id="match",
        ),
    ],
)
def test_fragment_is_replaced(text: str, old: str, new: str, expected: str) -> None:
    assert replaced(text, old, new) == [expected]


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        pytest.param("f(a, b)\n", "f(a)", "g", id="fewer arguments"),
        pytest.param("f(1)\n", "f(True)", "g", id="another type of constant"),
        pytest.param("(a or b) and c\n", "a or b and c", "d", id="other precedence"),
        pytest.param("if a:\n    b\n    c\n", "if a:\n    b", "d()\nd()", id="more in the body"),
        pytest.param("if a:\n    b\nelse:\n    c\n", "if a:\n    b", "d()\nd()", id="an else that is not written"),
        pytest.param(
            "if a:\n    b\n", "if a:\n    b\n    c\n    ...", "d()\nd()", id="too short for what is left open"
        ),
        pytest.param("x: int\n", "x: int", "x: str", id="a declaration, which is no entry"),
    ],
)
def test_similar_code_is_not_replaced(text: str, old: str, new: str) -> None:
    assert replaced(text, old, new) == []


def test_every_occurrence_of_a_fragment_is_found() -> None:
    assert replaced("a\nif b:\n    a\n", "a", "c") == ["c\nif b:\n    a\n", "a\nif b:\n    c\n"]
