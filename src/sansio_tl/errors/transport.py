"""How a link can end: the negative numbers that a server sends in place of a packet (TR3), or just silence.

Protocol: mtproto/mtproto-transports#transport-errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_MEANING: Mapping[int, str] = MappingProxyType(
    {
        -403: "the server refuses this kind of link",
        -404: "the data center does not know the auth key, or refused a packet of the handshake",
        -429: "too many connections or sessions",
        -444: "the data center number is wrong",
    }
)

_WHAT_TO_DO: Mapping[int, str] = MappingProxyType(
    {
        -403: "Connect by another transport.",
        -404: "Drop a temporary key and make a new one. For a permanent key, check the data center and its address "
        "first; only when they are right is the key lost and a new log-in needed.",
        -429: "Close the link, wait, and connect again; the key is still good.",
        -444: "Check the number (negative for media, plus 10000 for the test environment) and the address.",
    }
)


class TransportError(Exception):
    """The server sent a transport error instead of a packet; the link is over.

    `code` is the number as received, negative. `meaning` and `hint` are for people.
    """

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    @property
    def meaning(self) -> str:
        """What the number says, in a few words."""
        return _MEANING.get(self.code, "nobody knows this code")

    @property
    def hint(self) -> str:
        """What the program can do next."""
        return _WHAT_TO_DO.get(self.code, "Connect again after a pause.")

    def __str__(self) -> str:
        return f"transport error {self.code}: {self.meaning}"


class ConnectionLostError(ConnectionError):
    """The link ended before the answer came: nobody can tell whether the server executed the request.

    Raised by the adapters where the engine says `OutcomeUnknown`. The text says whether the request was sent at all;
    the cause, if there is one, is what the operating system said. Connect again with the same auth key and ask the
    server for the state of things before repeating anything that must not happen twice.
    """
