"""A plain sentence for an error without a message of its own, made from its name.

The messages and hints of the known errors are in schema/errors.json; `make generate` writes them to `errors.generated`.
"""

from __future__ import annotations

_ENDINGS = (
    ("_NOT_MODIFIED", "Nothing would change: {}."),
    ("_NOT_FOUND", "Not found: {}."),
    ("_TOO_LONG", "Too long: {}."),
    ("_TOO_SHORT", "Too short: {}."),
    ("_TOO_BIG", "Too big: {}."),
    ("_TOO_LARGE", "Too large: {}."),
    ("_TOO_SMALL", "Too small: {}."),
    ("_TOO_MANY", "Too many: {}."),
    ("_TOO_MUCH", "Too many: {}."),
    ("_NOT_ALLOWED", "Not allowed: {}."),
    ("_NOT_AVAILABLE", "Not available: {}."),
    ("_UNAVAILABLE", "Not available: {}."),
    ("_NOT_SUPPORTED", "Not supported: {}."),
    ("_UNSUPPORTED", "Not supported: {}."),
    ("_INVALID", "Not valid: {}."),
    ("_EMPTY", "Missing: {}."),
    ("_MISSING", "Missing: {}."),
    ("_EXPIRED", "Expired: {}."),
    ("_FORBIDDEN", "Forbidden: {}."),
    ("_DISABLED", "Switched off: {}."),
    ("_REQUIRED", "Required: {}."),
    ("_OCCUPIED", "Taken already: {}."),
    ("_FAILED", "The servers failed at: {}."),
)


def plain_sentence(name: str) -> str:
    """MESSAGE_TOO_LONG -> "Too long: message." Values (X) are left out."""
    for ending, sentence in _ENDINGS:
        if name.endswith(ending):
            return sentence.format(_words(name.removesuffix(ending)))
    return f"Error of the server: {_words(name)}."


def _words(name: str) -> str:
    return " ".join(word for word in name.lower().split("_") if word not in {"x", "y", ""})
