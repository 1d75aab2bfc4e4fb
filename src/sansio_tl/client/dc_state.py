"""What a client keeps of a data center, whatever becomes of its connections."""

from __future__ import annotations

from typing import Final

from sansio_tl.crypto.auth_key import AuthKey


class DcState:
    """The key, the login and the clock of one data center."""

    __slots__ = (
        "_is_restored",
        "auth_key",
        "authorized",
        "backoff",
        "dc_id",
        "key_not_found_count",
        "salt",
        "time_offset",
    )

    def __init__(
        self,
        dc_id: int,
        *,
        auth_key: AuthKey | None = None,
        salt: int = 0,
        time_offset: float | None = None,
        authorized: bool = False,
    ) -> None:
        self.dc_id: Final = dc_id
        """The number of the data center."""
        self.auth_key = auth_key
        """The permanent key; None until a handshake has made it."""
        self.salt = salt
        """The last salt that was valid, signed 64 bit."""
        self.time_offset = time_offset
        """Server time minus ours, in seconds; None until the server has sent its time."""
        self.authorized = authorized
        """Whether the account is logged in with the key."""
        self.key_not_found_count = 0
        """How often in a row the data center has reported that it does not know the key."""
        self.backoff = (0, 0.0)
        """The failures of the connections since the last answer, and when the next one may be opened."""
        self._is_restored = False

    def __repr__(self) -> str:
        return f"<DcState of data center {self.dc_id}: auth_key={self.auth_key!r}, authorized={self.authorized}>"

    def set_key(self, auth_key: AuthKey, salt: int) -> None:
        """A handshake has made the permanent key."""
        self.auth_key, self.salt, self.authorized = auth_key, salt, False

    def forget_key(self) -> None:
        """The permanent key is of no use: the next handshake makes another one."""
        self.auth_key, self.authorized, self.key_not_found_count = None, False, 0

    def set_salt(self, salt: int) -> None:
        """The last valid salt, signed 64 bit."""
        self.salt = salt

    def set_time_offset(self, offset: float) -> None:
        """Server time minus ours, in seconds."""
        self.time_offset = offset

    def set_authorized(self, *, authorized: bool) -> None:
        """Whether the account is logged in with the key."""
        self.authorized = authorized

    def set_backoff(self, failures: int, retry_at: float) -> None:
        """A connection has failed."""
        self.backoff = failures, retry_at

    def clear_backoff(self) -> None:
        """The data center has answered."""
        if self.backoff[0]:
            self.backoff = (0, 0.0)

    def restore_backoff(self, failures: int, retry_at: float) -> None:
        """What `backoff` was when the snapshot was taken."""
        self.backoff = failures, retry_at
        self._is_restored = True

    def pop_restored_backoff(self, now: float, longest: float) -> tuple[int, float | None]:
        """The failures of a snapshot, and when to connect again, for the first session; no failures later on.

        The clock may have been set in between: the wait is `longest` at most, and what is older does not count.
        """
        failures, retry_at = self.backoff
        if not self._is_restored or retry_at + longest < now:
            failures = 0
        self._is_restored = False
        return failures, min(retry_at, now + longest) if failures and retry_at > now else None

    def count_key_not_found(self) -> int:
        """The data center reports that it does not know the key; returns how often in a row."""
        self.key_not_found_count += 1
        return self.key_not_found_count

    def mark_key_found(self) -> None:
        """The data center knows the key."""
        self.key_not_found_count = 0
