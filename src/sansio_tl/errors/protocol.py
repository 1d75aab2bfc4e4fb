"""The two families of exceptions that leave the engine. Anything else that escapes is a bug."""

from __future__ import annotations


class ProtocolError(Exception):
    """Base of `LocalProtocolError` and `RemoteProtocolError`."""


class LocalProtocolError(ProtocolError):
    """You misused the engine: a wrong value in a request, a call in the wrong state.

    Nothing was sent and no state changed.
    """


class RemoteProtocolError(ProtocolError):
    """The peer broke the protocol, and the connection (or the one message) cannot be trusted any further.

    `check` is the id of the rule that was broken, for example ``"EN3"``; docs/security lists them all.
    """

    def __init__(self, check: str, message: str) -> None:
        super().__init__(f"{check}: {message}")
        self.check = check
