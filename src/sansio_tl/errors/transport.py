"""Errors of a connection: the negative numbers that a server sends instead of a packet (TR3), or its end.

Protocol: mtproto/mtproto-transports#transport-errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_MEANING: Mapping[int, str] = MappingProxyType(
    {
        -403: "the server does not accept this transport",
        -404: "the data center does not know the auth key, or rejected a packet of the handshake",
        -429: "too many connections or sessions",
        -444: "the data center number is wrong",
    }
)

_HINTS: Mapping[int, str] = MappingProxyType(
    {
        -403: "Connect by another transport.",
        -404: "Drop a temporary key and create a new one. For a permanent key, check the data center and its address "
        "first; only if they are right is the key lost and a new login needed.",
        -429: "Close the connection, wait, and connect again; the key is still valid.",
        -444: "Check the number (negative for media, plus 10000 for the test environment) and the address.",
    }
)


class TransportError(Exception):
    """The server sent a transport error instead of a packet; the connection is over.

    `code` is the number as received, negative. `meaning` and `hint` are for users.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    @property
    def meaning(self) -> str:
        """The meaning of the number, in a few words."""
        return _MEANING.get(self.code, "unknown code")

    @property
    def hint(self) -> str:
        """What the program can do next."""
        return _HINTS.get(self.code, "Connect again after a pause.")

    def __str__(self) -> str:
        return f"transport error {self.code}: {self.meaning}"


class ConnectionLostError(ConnectionError):
    """The connection ended before the answer arrived: whether the server executed the request is unknown.

    Raised by the adapters for `OutcomeUnknown`. The text states whether the request was sent; the cause, if any, is the
    error of the operating system. Connect again with the same auth key and query the server's state before repeating a
    request that must not be executed twice.
    """
