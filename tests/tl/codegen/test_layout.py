"""Generated source is laid out as the formatter would."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_tl.tl.codegen.layout import WIDTH, call, display, paragraph, string, union

NAMES = st.lists(st.text("abc", min_size=1, max_size=30), min_size=1, max_size=9)


def formatted(source: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--isolated", f"--line-length={WIDTH}", "-"]
    return subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout


@pytest.mark.long
@settings(max_examples=100)
@given(NAMES)
def test_laid_out_code_is_unchanged_by_the_formatter(names: list[str]) -> None:
    quoted = [f'"{name}"' for name in names]
    source = "\n".join([
        *call("function(", names, ")"),
        *display("names = [", quoted, "]"),
        *union("Alias = ", names),
        *string("text = ", " ".join(names)),
        "",
    ])  # fmt: skip
    assert formatted(source) == source


@given(NAMES)
def test_laid_out_lines_do_not_exceed_the_width(names: list[str]) -> None:
    for lines in (call("function(", names, ")", 4), union("Alias = ", names), string("text = ", " ".join(names), 4)):
        assert all(len(line) <= WIDTH for line in lines)


def test_items_are_on_one_line_if_they_fit_and_else_one_a_line() -> None:
    assert call("f(", ["a", "b"], ")") == ["f(a, b)"]
    assert call("function(", ["a" * 57, "b" * 53], ")") == ["function(", f"    {'a' * 57}, {'b' * 53}", ")"]
    assert call("f(", ["a" * 60, "b" * 60], ")") == ["f(", f"    {'a' * 60},", f"    {'b' * 60},", ")"]
    assert display("x = [", ["a" * 60, "b" * 60], "]") == ["x = [", f"    {'a' * 60},", f"    {'b' * 60},", "]"]
    assert union("X = ", ["a" * 60, "b" * 60]) == ["X = (", f"    {'a' * 60}", f"    | {'b' * 60}", ")"]
    assert string("x = ", "a" * 60 + " " + "b" * 60) == ["x = (", f'    "{"a" * 60} "', f'    "{"b" * 60}"', ")"]


def test_lines_of_120_characters_are_not_broken_and_longer_ones_are() -> None:
    assert call("f(", ["a", "x" * 114], ")") == [f"f(a, {'x' * 114})"]
    assert call("f(", ["a", "x" * 115], ")") == ["f(", "    a,", f"    {'x' * 115},", ")"]
    assert call("function(", ["a", "x" * 113], ")") == ["function(", f"    a, {'x' * 113}", ")"]
    assert call("function(", ["a", "x" * 114], ")") == ["function(", "    a,", f"    {'x' * 114},", ")"]
    assert display("(", ["x" * 118], ")") == [f"({'x' * 118})"]
    assert display("(", ["x" * 119], ")") == ["(", f"    {'x' * 119},", ")"]
    assert string("a=", "x" * 116) == [f'a="{"x" * 116}"']
    assert string("a=", "x" * 117)[0] == "a=("
    assert union("a: ", ["x" * 57, "y" * 57]) == [f"a: {'x' * 57} | {'y' * 57}"]
    assert union("alias: ", ["x" * 57, "y" * 56]) == ["alias: (", f"    {'x' * 57} | {'y' * 56}", ")"]
    assert union("alias: ", ["x" * 57, "y" * 57]) == ["alias: (", f"    {'x' * 57}", f"    | {'y' * 57}", ")"]
    assert union("a: ", ["x" * 60, "y" * 60]) == ["a: (", f"    {'x' * 60}", f"    | {'y' * 60}", ")"]


def test_prose_is_wrapped_at_words() -> None:
    long, hyphened = "x" * 130, "well-known " * 20
    assert paragraph(f"a {long} b", 4) == ["    a", f"    {long}", "    b"]
    lines = paragraph(hyphened, 4, 2)
    assert lines[0].startswith("    well-known")
    assert all(line.startswith("      well-known") for line in lines[1:])
    assert all(line.endswith("well-known") for line in lines)
    assert max(map(len, lines)) <= 120
