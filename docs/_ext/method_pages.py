"""Writes a page for each method into docs/methods before Sphinx looks for its sources.

The pages are generated and not committed. Only changed pages are written, so that a second build reads only those.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import method_text
from documented_methods import methods


def write(folder: Path) -> None:
    """Write changed pages, and remove stale ones."""
    pages = {f"{name}.md": method_text.page(method) for name, method in methods().items()}
    pages["index.md"] = method_text.index()
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", lambda app: write(Path(app.srcdir) / "methods"))
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
