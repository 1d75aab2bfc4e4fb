"""The docstrings of attributes and constants, from the source, because Python does not keep them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from types import ModuleType


def attribute_docs(module: ModuleType, name: str) -> dict[str, str]:
    """The docstring of each annotated attribute of a class, each in one line."""
    [declared] = [
        node
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.ClassDef) and node.name == name
    ]
    return _docs(declared.body)


def constant_docs(module: ModuleType) -> dict[str, str]:
    """The docstring of each constant of a module, each in one line."""
    return _docs(ast.parse(inspect.getsource(module)).body)


def _docs(body: Sequence[ast.stmt]) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for node in body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                pass
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                found[name] = " ".join(text.split())
            case _:
                name = ""
    return found
