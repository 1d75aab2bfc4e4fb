"""A channel: one session with a data center, and the link that carries it at the moment.

    IDLE -- needed --> DIALLING -- connection_made --> UP -- the link ends --> WAITING -- back-off is over --> DIALLING

The session stays while links come and go. With temporary keys a channel also ends: another one with a fresh key takes
over, and this one lives on only until its requests are answered.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sansio_tl.client.actions import Endpoint
from sansio_tl.client.backoff import Backoff
from sansio_tl.client.config import ClientConfig
from sansio_tl.config import Config
from sansio_tl.connection.client import Connection
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.entropy import Entropy
from sansio_tl.mtproto.client.session import ClientSession
from sansio_tl.mtproto.server_clock import is_server_time


@dataclass(slots=True)
class DcState:
    """What the client keeps of a data center."""

    dc_id: int
    auth_key: AuthKey | None = None
    """The permanent key; None until a handshake has made it."""
    salt: int = field(default=0, repr=False)
    """The last salt that was valid, signed 64 bit."""
    time_offset: float | None = None
    """Server time minus ours, in seconds; None when the server has not told."""
    authorized: bool = False
    """Whether the account is logged in with this key."""
    key_not_found_count: int = 0
    """How often in a row the data center has said that it does not know the permanent key."""

    def set_key(self, auth_key: AuthKey, salt: int) -> None:
        """A handshake has made the permanent key."""
        self.auth_key, self.salt, self.authorized = auth_key, salt, False

    def forget_key(self) -> None:
        """The permanent key is of no use: the next handshake makes another one."""
        self.auth_key, self.authorized, self.key_not_found_count = None, False, 0

    def set_salt(self, salt: int) -> None:
        """The last valid salt."""
        self.salt = salt

    def set_time_offset(self, offset: float) -> None:
        """Server time minus ours, in seconds."""
        self.time_offset = offset

    def set_authorized(self, *, authorized: bool) -> None:
        """Whether the account is logged in with the key."""
        self.authorized = authorized

    def count_key_not_found(self) -> int:
        """The data center says once more that it does not know the key; returns how often in a row."""
        self.key_not_found_count += 1
        return self.key_not_found_count

    def mark_key_found(self) -> None:
        """The data center knows the key."""
        self.key_not_found_count = 0


class DcSession:
    """One session of one data center."""

    def __init__(self, config: ClientConfig, data_center: DcState, *, entropy: Entropy, now: float) -> None:
        self.data_center = data_center
        self.connection: Connection | None = None
        """The link's engine while the link is up."""
        self.link: int | None = None
        """The link that is up or being dialled."""
        self.connect_by: float | None = None
        """Until when the link must be up, while it is being dialled."""
        self.on_trial: tuple[Endpoint, ...] = ()
        """The endpoints that the link was dialled to, if they were on trial and it has not proven them."""
        self.connected_to: Endpoint | None = None
        """The endpoint of the connection, if the driver has said which it is."""
        self.retry_at: float | None = None
        """When to dial again after a failure."""
        self.trouble: str | None = None
        """Why the last link ended; None once the data center has answered."""
        self.unreachable_since: float | None = None
        """Since which failure somebody waits here; None once the data center has answered."""
        self.draining = False
        """Whether another channel has taken over, and this one only waits for its answers."""
        self.doubted = False
        """Whether the data center was said not to know the temporary key."""
        self.key_expires_at: int | None = None
        """When the temporary key ends, in server time."""
        self.used_at = now
        """When it last had something to do."""
        self.backoff = Backoff(config.backoff_initial, config.backoff_max, entropy)
        self._good_since: float | None = None
        """Since when the data center has shown on this link that it is there."""
        self._proves_good_in = config.backoff_max
        self._settings: Config = config.for_data_center(data_center.dc_id)
        self._entropy = entropy
        self.session = self._new_session(now)

    @property
    def temporary(self) -> bool:
        """Whether the session's key is, or will be, a temporary one."""
        return self._settings.temporary_key_lifetime is not None

    @property
    def dialling(self) -> bool:
        """Whether somebody was asked to open a link and has not said yet what became of it."""
        return self.link is not None and self.connection is None

    @property
    def busy(self) -> bool:
        """Whether a request waits for an answer here."""
        return self.session.has_callers

    def begin_dial(self, link: int, connect_by: float, on_trial: tuple[Endpoint, ...]) -> None:
        """The driver is asked to open a connection before `connect_by`, to endpoints that may be on trial."""
        self.link = link
        self.retry_at = None
        self.connect_by = connect_by
        self.on_trial = on_trial

    def take_on_trial(self) -> tuple[Endpoint, ...]:
        """The endpoints that the connection has proven, if they were on trial."""
        endpoints, self.on_trial = self.on_trial, ()
        return endpoints

    def note_use(self, now: float) -> None:
        """It has something to do."""
        self.used_at = now

    def set_key_expiry(self, expires_at: int) -> None:
        """The temporary key is bound until server time `expires_at`."""
        self.key_expires_at = expires_at

    def set_doubted(self) -> None:
        """The data center may not know the temporary key."""
        self.doubted = True

    def set_draining(self) -> None:
        """Another channel has taken over."""
        self.draining = True

    def set_unreachable(self, since: float | None) -> None:
        """Requests wait here since a failure, or do not."""
        self.unreachable_since = since

    def begin_link(self, endpoint: Endpoint | None, now: float) -> None:
        """The connection to `endpoint` is open."""
        self.connect_by = None
        self.connected_to = endpoint
        self.connection = Connection(
            self._settings, auth_key=self.data_center.auth_key, session=self.session, entropy=self._entropy, now=now
        )
        self.used_at = now

    def begin_second_link(self, now: float) -> Connection:
        """Another link for the same session is up."""
        return Connection(
            self._settings, auth_key=self.data_center.auth_key, session=self.session, entropy=self._entropy, now=now
        )

    def lose_link(self, why: str, now: float) -> None:
        """The link is over, and the next one is not dialled at once."""
        if self._good_since is not None and now - self._good_since >= self._proves_good_in:
            self.backoff.succeeded()
        self._good_since = None
        self.connection = self.link = self.connect_by = None
        self.trouble = why
        self.retry_at = now + self.backoff.failed()

    def hang_up(self) -> None:
        """The link is not needed any more; the session stays."""
        self.connection = self.link = self.retry_at = self.connect_by = self._good_since = None

    def mark_healthy(self, now: float, *, answered: bool) -> None:
        """The data center has spoken under our key; a temporary one that is not bound yet proves nothing.

        If it has `answered` a request of a caller, the next failure is a first one. What it says unasked counts only
        once the link has lasted for as long as the longest wait: a data center that says something on each link and
        ends it would have us dial without a pause.
        """
        if self.session.is_unbound:
            return
        if answered:
            self.backoff.succeeded()
        elif self._good_since is None:
            self._good_since = now
        self.data_center.mark_key_found()
        self.doubted = False
        self.trouble = self.unreachable_since = None

    def succeed(self, other: DcSession) -> None:
        """Take over from a channel whose temporary key may be lost: connect when that one would have."""
        self.backoff, self.retry_at, self.trouble = other.backoff, other.retry_at, other.trouble

    def restart(self, now: float) -> None:
        """Begin a session with another key; everything unanswered goes into it."""
        old = self.session
        self.session = self._new_session(now)
        self.key_expires_at = None
        self.session.adopt_requests_from(old)

    def renewal_due(self, before: float) -> float | None:
        """When a channel with a fresh temporary key must take over, in the time of `now`; None for never."""
        lifetime = self._settings.temporary_key_lifetime
        if self.key_expires_at is None or lifetime is None or self.draining:
            return None
        return self.key_expires_at - min(before, lifetime / 2) - self.session.clock.offset

    @property
    def dead_at(self) -> float | None:
        """When the temporary key ends, in the time of `now`; None if it does not."""
        return None if self.key_expires_at is None else self.key_expires_at - self.session.clock.offset

    def _new_session(self, now: float) -> ClientSession:
        offset = self.data_center.time_offset
        return ClientSession(
            None if self.temporary else self.data_center.auth_key,
            salt=self.data_center.salt,
            time_offset=offset if offset is not None and is_server_time(now + offset) else None,
            temporary=self.temporary,
            init_connection_prefix=self._settings.init_connection_prefix(),
            limits=self._settings.limits,
            entropy=self._entropy,
            now=now,
        )
