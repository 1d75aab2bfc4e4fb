"""Checks of what the user types: surrounding punctuation is dropped, and what cannot be right is refused here."""

from __future__ import annotations

import re

from sansio_tl import auth
from sansio_tl.auth import CodeDelivery
from sansio_tl_transports.cli.terminal import InvalidInput

_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015]+")
_NUMBER = re.compile(r"\+?[0-9]{5,16}")
_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_MAX_API_ID = (1 << 31) - 1

_DIGITS = frozenset({CodeDelivery.APP, CodeDelivery.SMS, CodeDelivery.CALL, CodeDelivery.FRAGMENT})
"""Ways by which a code of digits arrives, all of which are typed."""


def phone_number(typed: str) -> str:
    """A number without spaces and the like. Raises InvalidInput."""
    number = _SEPARATORS.sub("", typed)
    if _NUMBER.fullmatch(number) is None:
        raise InvalidInput("This cannot be a phone number. Enter it with its country code, such as +1 202 555 0100.")
    return number


def code(typed: str, prompt: auth.CodePrompt) -> str:
    """A code, without spaces in a code of digits. Raises InvalidInput for a wrong number of digits."""
    if prompt.via not in _DIGITS:
        if not typed:
            raise InvalidInput("Type the code.")
        return typed
    digits = _SEPARATORS.sub("", typed)
    if not digits or (prompt.length and (len(digits) != prompt.length or not digits.isdecimal())):
        raise InvalidInput(f"The code has {prompt.length} digits." if prompt.length else "Type the code.")
    return digits


def api_id(typed: str) -> int:
    """The number of an application. Raises InvalidInput."""
    if not (typed.isascii() and typed.isdecimal() and 0 < int(typed) <= _MAX_API_ID):
        raise InvalidInput("The api_id is a number, such as 12345: my.telegram.org shows it.")
    return int(typed)


def api_hash(typed: str) -> str:
    """The hash of an application; only the server knows its form. Raises InvalidInput."""
    typed = typed.strip()
    if not typed:
        raise InvalidInput("Type the api_hash that my.telegram.org shows beside the api_id.")
    return typed


def bot_token(typed: str) -> str:
    """The token of a bot. Raises InvalidInput."""
    typed = typed.strip()
    if _TOKEN.fullmatch(typed) is None:
        raise InvalidInput("This cannot be a bot's token. It looks like 123456:ABC-DEF, and @BotFather shows it.")
    return typed


def email(typed: str) -> str:
    """An e-mail address. Raises InvalidInput."""
    if _EMAIL.fullmatch(typed) is None:
        raise InvalidInput("This cannot be an e-mail address.")
    return typed


def not_empty(typed: str) -> str:
    """Any text. Raises InvalidInput for none."""
    if not typed:
        raise InvalidInput("Type something.")
    return typed
