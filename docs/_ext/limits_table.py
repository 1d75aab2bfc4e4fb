"""The fields of `Limits`: default, docstring, and the files that apply them."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path

from attribute_docs import attribute_docs
from sansio_tl import Limits, limits

ENGINE = Path(limits.__file__).parent


@dataclass(frozen=True, slots=True)
class Limit:
    """One bound."""

    name: str
    value: float
    about: str
    """Its docstring, in one line."""
    applied_in: tuple[str, ...]
    """The files below src/sansio_tl that read it."""

    @property
    def shown(self) -> str:
        """The formatted value: bytes in powers of two, times in seconds."""
        if isinstance(self.value, float):
            return f"{self.value:g} s"
        if self.name.endswith(("_size", "_threshold")):
            for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
                if self.value % unit == 0:
                    return f"{self.value // unit} {name}"
            return f"{self.value:,} bytes"
        return f"{self.value:,}"


def all_limits() -> list[Limit]:
    """Every field, in order."""
    defaults = Limits()
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(ENGINE.rglob("*.py"))}
    about = attribute_docs(limits, "Limits")
    return [
        Limit(each.name, getattr(defaults, each.name), about.get(each.name, ""), _applied_in(each.name, sources))
        for each in fields(Limits)
    ]


def _applied_in(name: str, sources: dict[Path, str]) -> tuple[str, ...]:
    read = re.compile(rf"\.{name}\b")
    return tuple(str(path.relative_to(ENGINE)) for path, source in sources.items() if read.search(source))
