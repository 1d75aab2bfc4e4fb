"""No module imports itself by way of others, not even for types only: type checkers follow those imports too."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.repository.scan import ROOT, is_generated

_ROOTS = {"sansio_tl": ROOT / "src", "sansio_tl_transports": ROOT / "src" / "transports"}


def modules() -> dict[str, str]:
    """The source of every module, by name."""
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path.read_text("utf-8")
        for package, root in _ROOTS.items()
        for path in sorted((root / package).rglob("*.py"))
    }


def imported(text: str) -> Iterator[str]:
    """The names that a module imports anywhere in it: of modules, or of what is in them."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def graph(texts: Mapping[str, str]) -> dict[str, set[str]]:
    """Module that is written by hand -> the others of these that it imports."""
    by_hand = {module for module, text in texts.items() if not is_generated(text)}
    return {
        module: {name if name in texts else name.rpartition(".")[0] for name in imported(texts[module])}
        & by_hand - {module}
        for module in by_hand
    }


def cycle(imports: Mapping[str, set[str]]) -> list[str]:
    """The modules of a cycle, if there is one; generated ones may import each other."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_modules_have_no_import_cycle() -> None:
    imports = graph(modules())
    assert len(imports) > 200
    assert cycle(imports) == []


@pytest.mark.parametrize(
    "text",
    [
        "from a.two import X",
        "import a.two",
        "from a import two",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a.two import X",
        "def f():\n    from a.two import X",
    ],
)
def test_cycle_is_found_through_every_kind_of_import(text: str) -> None:
    assert set(cycle(graph({"a": "", "a.one": text, "a.two": "from a.one import Y"}))) == {"a.one", "a.two"}
    assert cycle(graph({"a": "", "a.one": text, "a.two": "from a import something"})) == []
