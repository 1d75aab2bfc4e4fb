"""The server's clock, as far as we know it.

Message ids, salts and temporary keys live in server time. We keep one number, the offset between the server's clock
and ours, and move it only on messages that the server has authenticated and that refer to something we sent (MS24).
"""

from __future__ import annotations

from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError

_LATEST = float((1 << 31) - (1 << 25))
"""Message ids end with the year 2037; a clock that is so late would leave us without any."""


def is_server_time(time: float) -> bool:
    """Whether message ids can be made of this Unix time."""
    return 0 < time < _LATEST


def check_now(now: float) -> None:
    """Refuse a `now` of the caller of which no message ids can be made, before anything has happened (MS35).

    Raises LocalProtocolError, for what is no number too.
    """
    if not 0 <= now < _LATEST:
        raise LocalProtocolError(
            f"invalid now: found {now!r}, expected seconds since the Unix epoch below {_LATEST:.0f}; "
            "times in messages have 32 bits"
        )


class ServerClock:
    """Turns our `now` into server time."""

    def __init__(self, offset: float | None = None) -> None:
        self.synchronised = offset is not None
        """Whether the server has sent its time; before that no message is refused for its age (MS2)."""
        self.offset = offset or 0.0
        """Server time minus ours, in seconds."""

    def server_time(self, now: float) -> float:
        """The server's Unix time at our time `now`, in seconds."""
        return now + self.offset

    def synchronise(self, server_time: float, now: float) -> None:
        """Set the clock: the server's time is `server_time` when ours is `now`.

        Raises RemoteProtocolError MS24 for a time from which no message ids can be made.
        """
        if not is_server_time(server_time):
            raise RemoteProtocolError("MS24", f"invalid server time: found {server_time:.0f}, expected one before 2038")
        self.offset = server_time - now
        self.synchronised = True
