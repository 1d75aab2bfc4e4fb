"""How many lines of code the adapters have, and what they share."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from code_lines import code_lines

ROOT: Final = Path(__file__).resolve().parents[2] / "src" / "transports" / "sansio_tl_transports"
HEADINGS: Final = ("used by", "files", "lines")
_ASYNC: Final = ("async_*.py", "awaited_save.py", "connect_gate.py")
"""Of `_shared`, those that only asyncio and trio use."""


def rows() -> list[tuple[str, str, str]]:
    """Each group of files, with the lines of its longest ones."""
    shared = set((ROOT / "_shared").glob("*.py"))
    of_tasks = {file for pattern in _ASYNC for file in (ROOT / "_shared").glob(pattern)}
    groups = {
        "asyncio": set((ROOT / "asyncio").glob("*.py")),
        "trio": set((ROOT / "trio").glob("*.py")),
        "asyncio and trio": of_tasks,
        "blocking sockets": set((ROOT / "sync").glob("*.py")),
        "all three": shared - of_tasks,
    }
    return [(name, _described(files), f"{sum(map(code_lines, files)):,}") for name, files in groups.items()]


def _described(files: set[Path]) -> str:
    counted = sorted(((code_lines(file), file.name) for file in files), reverse=True)
    return ", ".join(f"{name} {lines}" for lines, name in counted if lines > 9)
