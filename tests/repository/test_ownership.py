"""State belongs to its owner: no function of the engine assigns an attribute of another object."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.repository.scan import ENGINE

_PACKAGES = ("mtproto", "client", "connection")
JUSTIFIED = {
    "mtproto/server/session.py": "IncomingRequest.take_followers unlinks other IncomingRequests",
    "connection/base.py": "without_frames clears the traceback of an exception",
}


def foreign(text: str) -> Iterator[str]:
    """The attributes that functions assign or delete of what is neither `self` or `cls` nor made in the function."""
    for function in ast.walk(ast.parse(text)):
        if isinstance(function, ast.FunctionDef):
            own = {"self", "cls", *_made_in(function)}
            for node in ast.walk(function):
                if not (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del)):
                    continue
                if not (isinstance(node.value, ast.Name) and node.value.id in own):
                    yield ast.unparse(node)


def _made_in(function: ast.FunctionDef) -> Iterator[str]:
    """The variables that get what a class makes: a call of a name that begins with a capital letter."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            called = ast.unparse(node.value.func).rpartition(".")[2]
            if called[:1].isupper():
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_no_function_assigns_an_attribute_of_another_object() -> None:
    files = [path for package in _PACKAGES for path in sorted((ENGINE / package).rglob("*.py"))]
    found = {str(path.relative_to(ENGINE)): list(foreign(path.read_text("utf-8"))) for path in files}
    assert {path: names for path, names in found.items() if names and path not in JUSTIFIED} == {}
    assert all(found[path] for path in JUSTIFIED)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("self.a = 1", []),
        ("new = Made()\n    new.a = 1", []),
        ("other.a = 1", ["other.a"]),
        ("other.a += 1", ["other.a"]),
        ("del other.a", ["other.a"]),
        ("b, other.a = 1, 2", ["other.a"]),
        ("self.other.a = 1", ["self.other.a"]),
        ("find().a = 1", ["find().a"]),
    ],
)
def test_every_kind_of_foreign_assignment_is_found(body: str, expected: list[str]) -> None:
    assert list(foreign(f"def f(self, other):\n    {body}")) == expected
