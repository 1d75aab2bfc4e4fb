"""The two families of exceptions that the engine raises. Any other exception is a bug."""

from __future__ import annotations

from typing import Any


class ProtocolError(Exception):
    """Base of `LocalProtocolError` and `RemoteProtocolError`."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Whatever arguments a subclass takes, a copy has the same text and attributes."""
        return _again, (type(self), self.args), self.__dict__


class LocalProtocolError(ProtocolError):
    """The engine was misused: a wrong value in a request, a call in the wrong state.

    Nothing was sent and no state changed.
    """


class RemoteProtocolError(ProtocolError):
    """The peer violated the protocol, and the connection (or the one message) cannot be trusted any further.

    `check` is the id of the violated rule, for example ``"EN3"``; docs/security lists them all.
    """

    def __init__(self, check: str, message: str) -> None:
        super().__init__(f"{check}: {message}")
        self.check = check


def _again(kind: type[ProtocolError], args: tuple[object, ...]) -> ProtocolError:
    error = kind.__new__(kind)
    error.args = args
    return error
