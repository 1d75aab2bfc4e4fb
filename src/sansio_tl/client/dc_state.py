"""What a client keeps of a data center, whatever becomes of its connections."""

from __future__ import annotations

from sansio_tl.crypto.auth_key import AuthKey


class DcState:
    """The key, the login and the clock of one data center."""

    __slots__ = (
        "_auth_key",
        "_authorized",
        "_backoff",
        "_dc_id",
        "_is_restored",
        "_key_not_found_count",
        "_salt",
        "_time_offset",
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
        self._dc_id = dc_id
        self._auth_key = auth_key
        self._salt = salt
        self._time_offset = time_offset
        self._authorized = authorized
        self._key_not_found_count = 0
        self._backoff = (0, 0.0)
        self._is_restored = False

    def __repr__(self) -> str:
        return f"<DcState of data center {self._dc_id}: auth_key={self._auth_key!r}, authorized={self._authorized}>"

    @property
    def dc_id(self) -> int:
        """The number of the data center."""
        return self._dc_id

    @property
    def auth_key(self) -> AuthKey | None:
        """The permanent key; None until a handshake has made it."""
        return self._auth_key

    @property
    def salt(self) -> int:
        """The last salt that was valid, signed 64 bit."""
        return self._salt

    @property
    def time_offset(self) -> float | None:
        """Server time minus ours, in seconds; None until the server has sent its time."""
        return self._time_offset

    @property
    def authorized(self) -> bool:
        """Whether the account is logged in with the key."""
        return self._authorized

    def set_key(self, auth_key: AuthKey, salt: int) -> None:
        """A handshake has made the permanent key."""
        self._auth_key, self._salt, self._authorized = auth_key, salt, False

    def forget_key(self) -> None:
        """The permanent key is of no use: the next handshake makes another one."""
        self._auth_key, self._authorized, self._key_not_found_count = None, False, 0

    def set_salt(self, salt: int) -> None:
        """The last valid salt, signed 64 bit."""
        self._salt = salt

    def set_time_offset(self, offset: float) -> None:
        """Server time minus ours, in seconds."""
        self._time_offset = offset

    def set_authorized(self, *, authorized: bool) -> None:
        """Whether the account is logged in with the key."""
        self._authorized = authorized

    @property
    def backoff(self) -> tuple[int, float]:
        """The failures of the connections since the last answer, and when the next one may be opened."""
        return self._backoff

    def set_backoff(self, failures: int, retry_at: float) -> None:
        """A connection has failed."""
        self._backoff = failures, retry_at

    def clear_backoff(self) -> None:
        """The data center has answered."""
        if self._backoff[0]:
            self._backoff = (0, 0.0)

    def restore_backoff(self, failures: int, retry_at: float) -> None:
        """What `backoff` was when the snapshot was taken."""
        self._backoff = failures, retry_at
        self._is_restored = True

    def pop_restored_backoff(self, now: float, longest: float) -> tuple[int, float | None]:
        """The failures of a snapshot, and when to connect again, for the first session; no failures later on.

        The clock may have been set in between: the wait is `longest` at most, and what is older does not count.
        """
        failures, retry_at = self._backoff
        if not self._is_restored or retry_at + longest < now:
            failures = 0
        self._is_restored = False
        return failures, min(retry_at, now + longest) if failures and retry_at > now else None

    @property
    def key_not_found_count(self) -> int:
        """How often in a row the data center has reported that it does not know the key."""
        return self._key_not_found_count

    def count_key_not_found(self) -> int:
        """The data center reports that it does not know the key; returns how often in a row."""
        self._key_not_found_count += 1
        return self._key_not_found_count

    def mark_key_found(self) -> None:
        """The data center knows the key."""
        self._key_not_found_count = 0
