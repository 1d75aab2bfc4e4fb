"""The docstrings of a class's attributes, from the source, because Python does not keep them."""

from __future__ import annotations

import ast
import inspect
from types import ModuleType


def attribute_docs(module: ModuleType, name: str) -> dict[str, str]:
    """The docstring of each annotated attribute of a class, each in one line."""
    [declared] = [
        node
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.ClassDef) and node.name == name
    ]
    found: dict[str, str] = {}
    attribute = ""
    for node in declared.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=attribute)):
                pass
            case ast.Expr(value=ast.Constant(value=str(text))) if attribute:
                found[attribute] = " ".join(text.split())
    return found
