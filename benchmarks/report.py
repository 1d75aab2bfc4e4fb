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
        "decode.inc": _both(tables.speeds(figures, "decode")),
        "encode.inc": _both(tables.speeds(figures, "encode")),
        "decode_gc_off.inc": _both(tables.speeds(figures, "decode", collector=False)),
        "encode_gc_off.inc": _both(tables.speeds(figures, "encode", collector=False)),
        "copy.inc": f"{tables.duration(figures['copy']['median'])}\n",
        "peers.inc": tables.as_markdown(tables.versions(figures)) + "\n",
        "growth.inc": tables.as_markdown(tables.growth(figures)) + "\n",
        "memory.inc": tables.as_markdown(tables.memory(figures)) + "\n",
        "imports.inc": tables.as_markdown(tables.imports(figures)) + "\n",
        "decode.svg": plots.ratios(figures, "decode") + "\n",
        "encode.svg": plots.ratios(figures, "encode") + "\n",
        "growth.svg": plots.growth(figures) + "\n",
    }


def _both(table: list[list[str]]) -> str:
    return tables.as_two_tables(table, "As multiples of sansio_tl's time: above 1, sansio_tl is faster.")


def write_pages(figures: tables.Figures, to: Path = PAGES) -> list[Path]:
    """Write them; the paths written."""
    to.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages(figures).items():
        path = to / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written
