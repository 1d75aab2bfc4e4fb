"""Validation of settings when they are created: errors name the setting, the expected value and the given one."""

from __future__ import annotations

import re
from dataclasses import fields
from math import inf
from typing import Any

from sansio_tl.errors.protocol import LocalProtocolError

_SURROGATE = re.compile("[\ud800-\udfff]")


def require(ok: object, name: str, due: str, given: object) -> None:
    """Raise LocalProtocolError unless `ok`; `name` is the setting, `due` describes the expected value."""
    if not ok:
        shown = repr(given) if given is None or isinstance(given, int | float) else f"a value of {type(given).__name__}"
        raise LocalProtocolError(f"{name}: {due}, not {shown:.80}")


def require_whole(name: str, given: Any, least: int, most: int = 2**31 - 1) -> None:
    """An integer from `least` to `most`."""
    require(type(given) is int and least <= given <= most, name, f"a whole number from {least} to {most}", given)


def require_seconds(name: str, given: Any, *, most: float = inf) -> None:
    """A time in seconds, not negative."""
    ok = type(given) in (int, float) and 0 <= given <= most  # NaN is neither
    require(ok, name, "seconds, at least 0" + (f" and at most {most:g}" if most < inf else ""), given)


def require_text(name: str, given: Any, *, empty: bool = False) -> None:
    """Text that can be encoded."""
    ok = isinstance(given, str) and (empty or given) and not _SURROGATE.search(given)
    require(ok, name, "a text without surrogates" if empty else "a text that is not empty, without surrogates", given)


def require_plain_fields(config: Any) -> None:
    """The numbers, texts and bools of a dataclass are what it declares; numbers are not negative."""
    for field in fields(config):
        name, value = f"{type(config).__name__}.{field.name}", getattr(config, field.name)
        kind = str(field.type).removesuffix(" | None")
        if value is None and kind != field.type:
            continue
        match kind:
            case "int":
                require_whole(name, value, 0, 2**63 - 1)
            case "float":
                require_seconds(name, value)
            case "bool":
                require(type(value) is bool, name, "True or False", value)
            case "str":
                require_text(name, value)
