"""The costs of hostile peers, from docs/hostile.json, which `python -m tests.hostile` writes."""

from __future__ import annotations

from pathlib import Path

import msgspec

from documented_methods import DOCS

FILE = DOCS / "hostile.json"
HEADINGS = ("the peer sends", "the connection", "CPU time", "peak memory", "bytes sent per byte")


class Cost(msgspec.Struct, frozen=True):
    """One entry of the file; `tests.hostile.measure` documents its fields."""

    victim: str
    attack: str
    about: str
    fed: int
    seconds_per_megabyte: float | None
    peak: int
    sent: int
    ended: str | None

    @property
    def row(self) -> tuple[str, ...]:
        """The formatted row."""
        time = self.seconds_per_megabyte
        return (
            self.about,
            "stays open" if self.ended is None else f"ends by {self.ended} after {amount(self.fed)}",
            "-" if time is None else f"{time:.3f} s/MB" if time < 1 else f"{time:.1f} s/MB",
            amount(self.peak),
            f"{self.sent / self.fed:.2f}",
        )


def costs(victim: str, file: Path = FILE) -> list[Cost]:
    """The costs of attacks on a client or a server."""
    return [each for each in msgspec.json.decode(file.read_bytes(), type=list[Cost]) if each.victim == victim]


def amount(size: int) -> str:
    """A formatted number of bytes."""
    for unit, name in ((1_000_000, "MB"), (1_000, "KB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"
