"""Parsing of the code and the text of an `rpc_error` to a typed error.

Texts are matched by their name, whatever the code. Four steps, from exact to loose:

    PHONE_CODE_INVALID            the text is a name
    FLOOD_WAIT_30                 with each number replaced by X it is one: FLOOD_WAIT_X
    RECAPTCHA_CHECK_signup__6Lf   it fits the pattern of one whose values are not just numbers
    METHOD_INVALID: no answer...  a name without values, and an explanation, as test servers send

A text without a match gets the class of its code and keeps the text. So does one whose value is missing or out of range
(AU3): FLOOD_WAIT_X without a number, USER_MIGRATE_4294967296 whose number is no data center.
"""

from __future__ import annotations

import functools
import re
from importlib import import_module

from sansio_tl.errors.generated.index import PATTERNS, SPELLINGS
from sansio_tl.errors.rpc import RpcError, class_of_code
from sansio_tl.limits import is_dc_id

_NUMBER = re.compile(r"(?<=_)[0-9]{1,18}(?=MIN$|_|$)")
"""A value in a text. Eighteen digits hold every 64-bit number that servers send; a longer run is not a value."""

_MAX_TEXT = 256
"""Longer texts are not looked up: the longest known one is below 100 characters."""


def parse(code: int, text: str, request: str | None = None) -> RpcError:
    """The error for an `rpc_error` with this code and text. Never fails: unknown errors keep their text.

    `request` is the name of the method, kept in the error.
    """
    found = _match(text) if len(text) <= _MAX_TEXT else None
    if found is None:
        found = _match_explained(text[:_MAX_TEXT])
    if found is None:
        return class_of_code(code)(text, code=code, request=request)
    cls, values = found
    error = cls(**values, code=code, request=request)  # type: ignore[arg-type]  # the catalogue's test holds the types
    error.text = text
    error.args = (text,)
    return error


def named(class_name: str) -> type[RpcError] | None:
    """The class of the catalogue with this name, for example ``"FloodWait"``; None if there is none."""
    location = _locations().get(class_name)
    return None if location is None else _load(location)


def class_of_name(name: str) -> type[RpcError] | None:
    """The class for a documented name: ``"FLOOD_WAIT_X"``; None if it is unknown."""
    location = SPELLINGS.get(name)
    return None if location is None else _load(location)


@functools.cache
def _locations() -> dict[str, str]:
    return {location.partition(".")[2]: location for location in SPELLINGS.values()}


@functools.cache
def _load(location: str) -> type[RpcError]:
    """Import the class that the index names as ``"auth.FloodWait"``."""
    module, _, class_name = location.partition(".")
    found: type[RpcError] = getattr(import_module(f"sansio_tl.errors.generated.{module}"), class_name)
    return found


def _match(text: str) -> tuple[type[RpcError], dict[str, int | str]] | None:
    if (cls := class_of_name(text)) is not None and not _is_placeholder(text):
        return cls, {}
    if (cls := class_of_name(_NUMBER.sub("X", text))) is not None:
        numbers = _NUMBER.findall(text)
        if len(numbers) == len(cls.values) > 0 and set(cls.values.values()) == {int}:
            values: dict[str, int | str] = {name: int(number) for name, number in zip(cls.values, numbers, strict=True)}
            return (cls, values) if is_dc_id(int(values.get("dc", 1))) else None
    return _match_pattern(text)


def _is_placeholder(text: str) -> bool:
    """Whether a text is itself a documented form such as FLOOD_WAIT_X: a name without the value that it needs."""
    return re.search(r"_X(MIN$|_|$)", text) is not None


def _match_explained(text: str) -> tuple[type[RpcError], dict[str, int | str]] | None:
    name, explained, _ = text.partition(": ")
    cls = class_of_name(name) if explained else None
    return None if cls is None or cls.values else (cls, {})


def _match_pattern(text: str) -> tuple[type[RpcError], dict[str, int | str]] | None:
    for pattern, location in PATTERNS.items():
        if found := re.fullmatch(pattern, text):
            cls = _load(location)
            pairs = zip(cls.values.items(), found.groups(), strict=True)
            return cls, {name: type_(value) for (name, type_), value in pairs}
    return None
