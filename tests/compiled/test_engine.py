"""That what `make test-compiled` tests is the compiled engine, all of it, as it was installed."""

from __future__ import annotations

import ast
import importlib
import tomllib
from pathlib import Path

import msgspec
import pytest

from sansio_tl import codec

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
WHEEL = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
HOOK = WHEEL["hooks"]["custom"]


def files(patterns: list[str]) -> set[Path]:
    """Files that match one of the patterns, each of which matches some."""
    found = {pattern: list(SOURCE.glob(pattern)) for pattern in patterns}
    assert all(found.values()), [pattern for pattern, matched in found.items() if not matched]
    return {file for matched in found.values() for file in matched}


def matching(patterns: list[str]) -> set[str]:
    """The modules of such files."""
    names = (file.relative_to(SOURCE).with_suffix("").as_posix() for file in files(patterns))
    return {name.removeprefix("transports/").removesuffix("/__init__").replace("/", ".") for name in names}


TO_COMPILE = matching(HOOK["include"]) - matching(HOOK["exclude"])


def test_list_of_modules_to_compile_has_the_session_the_connection_and_the_framings() -> None:
    assert {"sansio_tl.mtproto.client.session", "sansio_tl.connection.client", "sansio_tl.framing"} < TO_COMPILE


def test_every_module_of_a_compiled_package_is_compiled() -> None:
    packages = {SOURCE / pattern.partition("*")[0] for pattern in HOOK["include"] if "*" in pattern}
    below = [str(file.relative_to(SOURCE)) for package in packages for file in package.rglob("*.py")]
    assert matching(below) <= matching(HOOK["include"])


def test_modules_with_structs_are_not_compiled() -> None:
    for name in TO_COMPILE:
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, type) and issubclass(value, msgspec.Struct):
                assert value.__module__ != name, value


def test_no_compiled_function_awaits_or_yields_in_a_finally_clause() -> None:
    """mypyc 2.4 loses the exception meanwhile: afterwards it may raise that of an earlier call."""
    waits = (ast.Await, ast.Yield, ast.YieldFrom, ast.AsyncFor, ast.AsyncWith)
    found = [
        f"{file.name}:{node.lineno}"
        for file in files(HOOK["include"]) - files(HOOK["exclude"])
        for clause in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(clause, ast.Try)
        for statement in clause.finalbody
        for node in ast.walk(statement)
        if isinstance(node, waits)
    ]
    assert found == []


@pytest.mark.compiled
def test_codec_is_compiled() -> None:
    assert codec.IMPLEMENTATION == "c"


@pytest.mark.compiled
@pytest.mark.parametrize("name", sorted(TO_COMPILE))
def test_module_is_loaded_from_a_compiled_library(name: str) -> None:
    file = importlib.import_module(name).__file__
    assert file is not None
    assert Path(file).suffix in {".so", ".pyd"}
    assert ROOT / "src" not in Path(file).parents
