"""The errors of TL: values that cannot be encoded, bytes that cannot be decoded, invalid schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError

if TYPE_CHECKING:
    from sansio_tl.tl.objects import Unknown


class SchemaError(LocalProtocolError):
    """A schema text violates the grammar of TL or contradicts itself. `line` is the line of the text, from 1."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line


class EncodeError(LocalProtocolError):
    """A value does not fit its declaration (TL10). Nothing was written.

    `path` leads from the outermost constructor to the field, for example ``auth.sendCode > settings > token``.
    The message names the type of the wrong value; it shows the value itself only where that cannot be a secret.
    """

    def __init__(self, message: str, path: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class DecodeError(RemoteProtocolError):
    """The bytes are not a value of the expected type. `check` names the violated rule (TL1, TL2 ...).

    `offset` counts bytes from the start of the input; `path` leads to the field, for example ``messages.messages >
    messages[3] > entities[0] > offset``.
    """

    def __init__(self, check: str, message: str, *, offset: int, path: str) -> None:
        super().__init__(check, f"{path} at byte {offset}: {message}")
        self.offset = offset
        self.path = path


class UnknownConstructorError(DecodeError):
    """A constructor id that the schema does not declare (TL3).

    `unknown` holds the id and all bytes that follow it, if nothing else could follow the value.
    """

    def __init__(self, message: str, *, offset: int, path: str, unknown: Unknown | None) -> None:
        super().__init__("TL3", message, offset=offset, path=path)
        self.unknown = unknown
