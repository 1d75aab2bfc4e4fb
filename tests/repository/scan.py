"""Scans the syntax trees under src/sansio_tl for what the engine must not use.

ruff's banned-api and import-linter look at names; this looks at the trees, with an allow-list instead of a deny-list:
a module of the standard library that is not listed is refused until it is added here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "src" / "sansio_tl"

PURE_MODULES = frozenset(
    """
    __future__ abc array ast base64 binascii bisect builtins collections collections.abc contextlib copy dataclasses
    datetime difflib enum functools hashlib heapq hmac importlib importlib.util inspect ipaddress itertools json keyword
    math numbers operator re string struct sys textwrap types typing unicodedata urllib.parse weakref zlib
    """.split()  # noqa: SIM905 - a long list is more readable as text
)
"""Modules of the standard library that compute and do nothing else."""

THIRD_PARTIES = frozenset({"cryptg", "cryptography", "gmpy2", "h11", "msgspec", "socksio", "wsproto"})
"""What the engine builds on; all of them compute only."""

FOR_TESTS_ONLY = {"hypothesis": "src/sansio_tl/testing/"}
"""What only the packages for testing may use."""

ENVIRONMENT = ("src/sansio_tl/tl/implementation.py", "os", "environ")
"""The one exception: which codec runs is chosen at the first import, by the environment of the process."""

IMPURE_CALLS = frozenset(
    {
        # builtins
        "__import__", "breakpoint", "input", "open", "print",
        # hidden randomness: of cryptography, gmpy2, uuid and os
        "generate_key", "generate_parameters", "generate_private_key", "mpz_random", "mpz_urandomb", "random_state",
        "urandom", "uuid1", "uuid4",
        # files: the methods of pathlib and importlib.resources
        "mkdir", "open_binary", "open_text", "read_binary", "read_bytes", "read_text", "rename", "rmdir", "touch",
        "unlink", "write_bytes", "write_text",
    }
)  # fmt: skip
"""Called as a name or as a method, they reach out of the engine."""

CLOCKS = frozenset({"now", "today", "utcnow"})
"""Methods of datetime and date that read a clock. A simulation has its own now(), which is no clock."""

IMPURE_SYS = frozenset({"argv", "exit", "stderr", "stdin", "stdout"})
"""Of sys, only what describes the interpreter may be used."""


class Finding(NamedTuple):
    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def findings(source: str, path: str = "<planted>") -> list[Finding]:
    """Everything in `source` that does I/O, reads a clock, draws random numbers or asserts, in order of lines."""
    found = [Finding(path, line, what) for line, what in _look(ast.parse(source, path), path)]
    return sorted(found, key=lambda finding: finding.line)


def is_generated(source: str) -> bool:
    """The docstring of a generated module says so."""
    return "\nGenerated " in source[:400]


def engine_files() -> list[Path]:
    return sorted(ENGINE.rglob("*.py"))


def _look(tree: ast.Module, path: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    if not _allowed(alias.name, path):
                        yield node.lineno, f"import {alias.name}"
            case ast.ImportFrom(level=level) if level:
                yield node.lineno, "relative import"
            case ast.ImportFrom(module=str(module), names=names) if not _allowed_names(module, names, path):
                yield node.lineno, f"from {module} import {', '.join(alias.name for alias in names)}"
            case ast.ImportFrom(module="importlib", names=names) if any(a.name == "resources" for a in names):
                yield node.lineno, "from importlib import resources"
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in IMPURE_CALLS:
                yield node.lineno, f"call of {name}()"
            case ast.Call(
                func=ast.Attribute(
                    value=ast.Name(id="datetime" | "date") | ast.Attribute(attr="datetime" | "date"), attr=name
                )
            ) if name in CLOCKS:
                yield node.lineno, f"call of {name}()"
            case ast.Attribute(value=ast.Name(id="sys"), attr=name) if name in IMPURE_SYS:
                yield node.lineno, f"sys.{name}"
            case ast.Assert():
                # A peer's data must not be judged by a statement that python -O removes.
                yield node.lineno, "assert"


def _allowed_names(module: str, names: list[ast.alias], path: str) -> bool:
    return [(path, module, name.name) for name in names] == [ENVIRONMENT] or _allowed(module, path)


def _allowed(module: str, path: str) -> bool:
    top = module.partition(".")[0]
    if top in FOR_TESTS_ONLY:
        return path.startswith(FOR_TESTS_ONLY[top])
    return top == "sansio_tl" or top in THIRD_PARTIES or module in PURE_MODULES
