"""Finds a fragment of Python in a syntax tree, and writes another one in its place.

A fragment is an expression, an entry of a dict, or statements in a row. It is compared as a tree: comments, line breaks
and brackets do not count. In it `...`, at most once in a body, stands for any statements, and these come again where
the new fragment has `...`. At the end of the body of an `if` or a loop, it stands for the `else` as well, if none is
written. A heading without a body, `if x:`, has the body `...`.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator, Sequence
from copy import copy
from itertools import pairwise
from typing import NamedTuple, TypeVar

Fragment = Sequence[ast.stmt]
Node = TypeVar("Node", bound=ast.AST)
_ATOMS = (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript, ast.List)
_ANY_CONTEXT = {"ctx", "kind", "type_comment"}
"""Fields that say where a node stands, or how it was written."""


class Place(NamedTuple):
    """Where a fragment stands, and what its `...` stand for there."""

    nodes: tuple[ast.stmt | ast.expr, ...]
    left_open: tuple[list[ast.stmt], ...]
    whole_body: bool
    """Nothing else is in the body."""


class _OtherError(Exception):
    """The fragment is not what was found."""


def read(text: str) -> Fragment:
    """The fragment that is written so. Raises SyntaxError."""
    written = []
    for line, following in pairwise([*text.splitlines(), ""]):
        written.append(line)
        if line.endswith(":") and _depth(following) <= _depth(line):
            written.append(f"{' ' * _depth(line)}    ...")
    return ast.parse(textwrap.dedent("\n".join(written))).body


def find(old: Fragment, new: Fragment, tree: ast.AST) -> Iterator[Place]:
    """Each place of the tree where the old fragment stands. Whether it is an expression depends on the new one, too."""
    for expected, found, place in _candidates(old, new, tree):
        try:
            yield place._replace(left_open=tuple(_compare(expected, found)))
        except _OtherError:
            continue


def replace(text: str, place: Place, new: Fragment) -> str:
    """The text with the new fragment in that place of it."""
    first, last = place.nodes[0], place.nodes[-1]
    assert last.end_lineno is not None
    assert last.end_col_offset is not None
    data = text.encode()
    start = _offset(data, first.lineno, first.col_offset)
    end = _offset(data, last.end_lineno, last.end_col_offset)
    if isinstance(first, ast.expr):
        entry, expression = _entry(new), _expression(new)
        written = _write_expression(entry[1] if entry else expression)
    else:
        full = _filled(ast.Module(list(new), type_ignores=[]), iter(place.left_open))
        statements = full.body or [ast.Pass()] * place.whole_body
        written = "\n".join(map(ast.unparse, statements))
        if statements and data.startswith(b"elif", start):
            written = f"else:\n{textwrap.indent(written, '    ')}"
        written = written.replace("\n", "\n" + " " * first.col_offset)
    return (data[:start] + written.encode() + data[end:]).decode()


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _offset(data: bytes, line: int, column: int) -> int:
    """`column` counts bytes, as the nodes of `ast` do."""
    return sum(map(len, data.splitlines(keepends=True)[: line - 1])) + column


def _write_expression(expression: ast.expr | None) -> str:
    assert expression is not None
    written = ast.unparse(expression)
    return written if isinstance(expression, _ATOMS) else f"({written})"


def _expression(fragment: Fragment) -> ast.expr | None:
    match fragment:
        case [ast.Expr(value=value)]:
            return value
        case _:
            return None


def _entry(fragment: Fragment) -> list[ast.expr] | None:
    """`key: value` is read as the declaration of a name."""
    match fragment:
        case [ast.AnnAssign(target=key, annotation=value, value=None)]:
            return [key, value]
        case _:
            return None


def _is_open(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...


def _opens_else(node: ast.AST) -> bool:
    return isinstance(node, (ast.If, ast.For, ast.AsyncFor, ast.While)) and not node.orelse and _is_open(node.body[-1])


def _candidates(old: Fragment, new: Fragment, tree: ast.AST) -> Iterator[tuple[object, object, Place]]:
    """What is wanted, what could be that, and the place of it."""
    expression, entry = (kind(old) if kind(new) else None for kind in (_expression, _entry))
    for node in ast.walk(tree):
        if expression:
            if isinstance(node, ast.expr):
                yield expression, node, Place((node,), (), whole_body=False)
        elif entry:
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    yield entry, [key, value], Place((value,), (), whole_body=False)
        else:
            yield from _candidates_in(node, old)


def _candidates_in(node: ast.AST, old: Fragment) -> Iterator[tuple[object, object, Place]]:
    for _, body in ast.iter_fields(node):
        if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
            for start in range(len(body) - len(old) + 1):
                found = body[start : start + len(old)]
                yield old, found, Place(tuple(found), (), whole_body=len(body) == len(old))


def _compare(old: object, found: object) -> Iterator[list[ast.stmt]]:
    """What the `...` of a part of a fragment stand for. Raises _OtherError if it is not what was found."""
    if isinstance(old, list) and isinstance(found, list):
        yield from _compare_lists(old, found)
    elif type(old) is not type(found):
        raise _OtherError
    elif isinstance(old, ast.AST):
        for name in old._fields:
            if name not in _ANY_CONTEXT and not (name == "orelse" and _opens_else(old)):
                yield from _compare(getattr(old, name), getattr(found, name))
        if _opens_else(old):
            yield getattr(found, "orelse", [])
    elif old != found:
        raise _OtherError


def _compare_lists(old: list[object], found: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    open_at = next((at for at, item in enumerate(old) if _is_open(item)), None)
    if open_at is not None:
        end = len(found) - len(old) + open_at + 1
        if end < open_at:
            raise _OtherError
        yield from _compare_lists(old[:open_at], found[:open_at])
        yield found[open_at:end]
        old, found = old[open_at + 1 :], found[end:]
    if len(old) != len(found):
        raise _OtherError
    for one, other in zip(old, found, strict=True):
        yield from _compare(one, other)


def _filled(node: Node, left_open: Iterator[list[ast.stmt]]) -> Node:
    """The node with what its `...` stand for."""
    full = copy(node)
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            items = (
                next(left_open) if _is_open(item) else [_filled(item, left_open) if isinstance(item, ast.AST) else item]
                for item in value
            )
            setattr(full, name, [item for part in items for item in part])
    if _opens_else(node):
        setattr(full, "orelse", next(left_open))  # noqa: B010  # only some nodes have it
    return full
