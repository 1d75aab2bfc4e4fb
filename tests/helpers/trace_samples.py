"""Events with values of every kind, and hostile texts."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from sansio_tl import trace

HOSTILE = "\x1b[2Jevil\u202e\n"
_SAMPLES = {"int": 7, "float": 1.5, "str": HOSTILE, "bool": True, "tuple[int, ...]": (1, 2, 3, 4, 5)}


def sample(kind: type[trace.TraceEvent], *, full: bool) -> trace.TraceEvent:
    """An event with hostile texts; with `full` also in fields that may be None."""
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        name = (
            str(getattr(field.type, "__name__", field.type))
            if field.type in (int, float, str, bool)
            else str(field.type)
        )
        optional = name.endswith(" | None")
        base = name.removesuffix(" | None")
        values[field.name] = (
            None if optional and not full else (HOSTILE,) if base == "tuple[str, ...]" else _SAMPLES[base]
        )
    return kind(**values)


KINDS: tuple[type[trace.TraceEvent], ...] = get_args(trace.TraceEvent)
