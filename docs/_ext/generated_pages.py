"""Writes generated pages: those of the methods and those of the reference."""

from __future__ import annotations

from pathlib import Path


def write(folder: Path, pages: dict[str, str]) -> None:
    """Write changed pages, so that a second build reads only those, and remove stale ones."""
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
