"""The texts that represent records whose fields may be secret: for `repr`, and the same for rich.

rich shows a record by its `__rich_repr__`, if it has one. That of `msgspec.Struct` gives all fields, and rich shows all
fields of a tuple, too: a record of these with a `__repr__` that hides something defines both.
"""

from __future__ import annotations

from typing import Any


class Verbatim:
    """A text that rich shows as it is, without quotes."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


MASK = Verbatim("***")
"""What is shown instead of a secret."""


def rich_repr(record: object) -> list[Any]:
    """The `__rich_repr__` of a record whose repr is ``Class(...)``: what stands in the parentheses."""
    return [Verbatim(repr(record).removeprefix(f"{type(record).__name__}(").removesuffix(")"))]


def safe_repr(value: object) -> str:
    """The repr; the name of the class instead if that raises, as for an int of 5,000 digits."""
    try:
        return repr(value)
    except Exception:  # noqa: BLE001  # what is logged must not stop a program
        return f"<{type(value).__name__}>"
