"""One name, one meaning: no class name is defined twice in hand-written source.

The three adapters are parallel implementations of one interface: the same name may stand once in each of them.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from tests.repository.scan import ROOT, is_generated

ADAPTERS = tuple(f"src/transports/sansio_tl_transports/{name}/" for name in ("asyncio", "sync", "trio"))

JUSTIFIED = {
    "Client": "the adapters' Client drives the engine's, and stands in its place for a program",
    "Connection": "the adapters' Connection drives the engine's, and stands in its place for a program",
}
"""Class name -> why more than one class has it."""


def repeated(sources: Mapping[str, str]) -> dict[str, list[str]]:
    """Class name -> the files that define it, where these are more than the rule allows.

    A file may define a name in the branches of a condition, as for type checkers and for the interpreter.
    """
    files: defaultdict[str, list[str]] = defaultdict(list)
    for path, source in sources.items():
        for name in {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)}:
            files[name].append(path)
    found = {}
    for name, paths in files.items():
        inside = [sum(path.startswith(adapter) for path in paths) for adapter in ADAPTERS]
        others = len(paths) - sum(inside)
        if max(inside) > 1 or others + any(inside) > 1:
            found[name] = paths
    return found


@cache
def hand_written() -> dict[str, str]:
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in sorted((ROOT / "src").rglob("*.py"))
    }
    return {path: text for path, text in texts.items() if not is_generated(text)}


def test_each_class_name_has_one_meaning() -> None:
    found = repeated(hand_written())
    assert {name: paths for name, paths in found.items() if name not in JUSTIFIED} == {}, (
        "rename one of the classes, or give the reason in JUSTIFIED"
    )


def test_each_justified_class_name_is_still_repeated() -> None:
    assert sorted(repeated(hand_written())) == sorted(JUSTIFIED)


def test_repeated_finds_class_names_defined_twice() -> None:
    one = "class A:\n    pass\n"
    in_adapters = {f"{adapter}_pump.py": one for adapter in ADAPTERS}
    assert repeated({"src/x.py": one, "src/y.py": one}) == {"A": ["src/x.py", "src/y.py"]}
    assert repeated({"src/x.py": "if x:\n    class A: ...\nelse:\n    class A: ...\n"}) == {}
    assert repeated(in_adapters) == {}
    assert list(repeated({**in_adapters, f"{ADAPTERS[0]}_stream.py": one})) == ["A"]
    assert list(repeated({**in_adapters, "src/x.py": one})) == ["A"]
    assert list(repeated({"src/x.py": "class B:\n    class A: ...\n", "src/y.py": one})) == ["A"]
