"""Escapes characters that control a terminal in text from a peer."""

from __future__ import annotations

from typing import Final
from unicodedata import category

_CONTROL: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control characters (C0, DEL, C1), format characters (bidirectional controls, invisible ones, tags), lone surrogates
(which cannot be written at all), and separators of lines and paragraphs."""
_KEPT: Final = frozenset("\u200c\u200d")
"""Joiners: parts of words in several scripts, and of emoji; harmless."""


MAX_SHOWN: Final = 4_000
"""Maximum length of a text that is shown; longer than any real name, hint, error or terms of use."""


def shortened(text: str, limit: int = MAX_SHOWN) -> str:
    """The beginning of a text from a peer, and the number of omitted characters."""
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text) - limit:,} more)"


def visible(text: str) -> str:
    """One line: each character that controls a terminal or hides text, as JSON writes it (a backslash and ``u001b``).

    A line break and a tab are among them: text that may have several lines is passed line by line.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(each) if category(each) in _CONTROL and each not in _KEPT else each for each in text)


def _escape(character: str) -> str:
    return "".join(f"\\u{unit:04x}" for unit in memoryview(character.encode("utf-16", "surrogatepass")[2:]).cast("H"))
