"""Paths of stores in files."""

from __future__ import annotations

from pathlib import Path

from sansio_tl_transports.stores.errors import StoreError


def resolved(path: Path) -> Path:
    """The path without links. Raises StoreError for one that no file can have, or whose links lead in a circle."""
    if "\0" not in str(path):
        try:
            return path.resolve()
        except (OSError, RuntimeError, ValueError):  # RuntimeError: links in a circle, before Python 3.13
            pass
    raise StoreError(f"invalid path {str(path)!r}: expected one of a file or folder. Check the links in it")
