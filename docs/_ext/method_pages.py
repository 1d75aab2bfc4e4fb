"""Writes a page for each method into docs/methods before Sphinx looks for its sources.

The pages are generated and not committed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import method_text
from documented_methods import methods
from generated_pages import write


def pages() -> dict[str, str]:
    """File name -> text."""
    return {f"{name}.md": method_text.page(method) for name, method in methods().items()} | {
        "index.md": method_text.index()
    }


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", lambda app: write(Path(app.srcdir) / "methods", pages()))
    return {"version": str(Path(__file__).stat().st_mtime_ns), "parallel_read_safe": True}
