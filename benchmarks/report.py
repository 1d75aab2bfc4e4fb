"""The pages of the documentation that come from the figures: tables and plots in docs/benchmarks."""

from __future__ import annotations

from pathlib import Path

from benchmarks import plots, tables
from benchmarks.environments import HERE
from benchmarks.machine import as_line

PAGES = HERE.parent / "docs" / "benchmarks"


def pages(figures: tables.Figures) -> dict[str, str]:
    """File name -> contents, as they belong in docs/benchmarks."""
    return {
        "machine.inc": f"{figures['when']}, on {as_line(figures['machine'])}. {figures['policy']}\n",
        "decode.inc": tables.as_markdown(tables.speeds(figures, "decode")) + "\n",
        "encode.inc": tables.as_markdown(tables.speeds(figures, "encode")) + "\n",
        "decode_gc_off.inc": tables.as_markdown(tables.speeds(figures, "decode", collector=False)) + "\n",
        "encode_gc_off.inc": tables.as_markdown(tables.speeds(figures, "encode", collector=False)) + "\n",
        "copy.inc": f"{tables.duration(figures['copy']['median'])}\n",
        "peers.inc": tables.as_markdown(tables.versions(figures)) + "\n",
        "growth.inc": tables.as_markdown(tables.growth(figures)) + "\n",
        "memory.inc": tables.as_markdown(tables.memory(figures)) + "\n",
        "imports.inc": tables.as_markdown(tables.imports(figures)) + "\n",
        "decode.svg": plots.ratios(figures, "decode") + "\n",
        "encode.svg": plots.ratios(figures, "encode") + "\n",
        "growth.svg": plots.growth(figures) + "\n",
    }


def write_pages(figures: tables.Figures, to: Path = PAGES) -> list[Path]:
    """Write them; the paths written."""
    to.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages(figures).items():
        path = to / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written
