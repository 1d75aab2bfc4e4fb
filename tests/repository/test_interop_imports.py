"""Libraries of other clients are imported by tests/interop and programs for `conform` only: unit tests need none."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.repository.scan import ROOT

OTHER_CLIENTS = {"telethon", "pyrogram", "kurigram", "hydrogram", "pyrofork", "tdjson"}
ALLOWED = (ROOT / "tests" / "interop", ROOT / "tests" / "conformance" / "drivers")
COMPARED = ROOT / "src" / "transports" / "sansio_tl_transports" / "cli" / "bench" / "telethon_codec.py"
"""`sansio-tl bench` measures Telethon if it is installed, and runs without it."""


def imported(source: str) -> Iterator[str]:
    """The top-level names of what a module imports, also inside its functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def imports_other_clients(source: str) -> bool:
    """Only what names one of them is parsed."""
    return any(name in source for name in OTHER_CLIENTS) and not OTHER_CLIENTS.isdisjoint(imported(source))


def test_other_clients_are_imported_by_interop_tests_only() -> None:
    importers = {
        path.relative_to(ROOT)
        for folder in ("src", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if imports_other_clients(path.read_text(encoding="utf-8"))
    }
    allowed = {
        path
        for path in importers
        if ROOT / path == COMPARED or any((ROOT / path).is_relative_to(folder) for folder in ALLOWED)
    }
    assert importers - allowed == set()
    assert allowed, "the scan finds the imports that are there"
