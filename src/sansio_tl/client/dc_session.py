"""One session with a data center, and the connection that it uses at the moment.

    IDLE -- needed --> CONNECTING -- connection_made --> CONNECTED -- connection lost --> BACKOFF -- time --> CONNECTING

The session outlives its connections. With temporary keys it also ends: another session with a fresh key takes new
requests, and this one drains, that is, it waits for the answers to its own.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Final

from sansio_tl.client.actions import Endpoint
from sansio_tl.client.backoff import Backoff
from sansio_tl.client.client_trace import ClientTrace, endpoint_text
from sansio_tl.client.config import ClientConfig
from sansio_tl.client.dc_state import DcState
from sansio_tl.config import Config
from sansio_tl.connection.client import Connection
from sansio_tl.entropy import Entropy
from sansio_tl.framing import client_framing
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.mtproto.client.session import ClientSession
from sansio_tl.mtproto.server_clock import is_server_time


class DcSession:
    """One session of one data center."""

    def __init__(
        self,
        config: ClientConfig,
        dc_state: DcState,
        *,
        entropy: Entropy,
        now: float,
        trace: ClientTrace | None = None,
    ) -> None:
        self._config = config
        self._connection_config = config.for_data_center(dc_state.dc_id)
        self._entropy = entropy
        self.dc_state: Final = dc_state
        """What the client keeps of the data center."""
        self.dc_id: Final = dc_state.dc_id
        """The number of the data center."""
        self.connection: Connection | None = None
        """The engine of the connection while it is open."""
        self.connection_id: int | None = None
        """The connection that is open or being opened."""
        self._connect_by: float | None = None
        """The deadline of the attempt to connect."""
        self._on_trial: tuple[Endpoint, ...] = ()
        self.connected_to: Endpoint | None = None
        """The address of the connection, if the driver has reported which it is."""
        failures, self._retry_at = dc_state.pop_restored_backoff(now, config.backoff_max)
        self._resumes_at: float | None = None
        """When the first connection is opened unless a request needs it earlier."""
        self._backoff = Backoff(config.backoff_initial, config.backoff_max, entropy, failures)
        self._healthy_since: float | None = None
        """When the data center first sent a message with our key over this connection, other than an answer."""
        self.is_healthy = False
        """Whether the data center has sent a message with our key over this connection."""
        self.failure: str | None = None
        """Why the last connection ended; None once the data center has answered."""
        self._unreachable_since: float | None = None
        self.unanswered_since: float | None = None
        """When it began to connect to a data center that has not answered since; None if that has, or is not needed."""
        self.is_draining = False
        """Whether another session takes the new requests, and this one only waits for its answers."""
        self.is_key_doubted = False
        """Whether -404 was received for the temporary key, and nothing encrypted with it since."""
        self._key_expires_at: int | None = None
        """The end of the temporary key, in server time."""
        self._used_at = now
        limits = self._connection_config.limits
        self._trace = None if trace is None else trace.session(dc_state.dc_id, limits, now)
        self.session = self._new_session(now)
        """The session of MTProto; `restart` replaces it."""

    # -- state ------------------------------------------------------------------------------------------------------

    @property
    def is_connecting(self) -> bool:
        """Whether a `Connect` has no result yet."""
        return self.connection_id is not None and self.connection is None

    @property
    def retry_at(self) -> float | None:
        """When to connect, again after a failure or for the first time; None to connect at once."""
        return self._retry_at if self._retry_at is not None or self.is_busy else self._resumes_at

    @property
    def endpoints_on_trial(self) -> tuple[Endpoint, ...]:
        """The addresses of this connection, if they are on trial and not proven by it yet."""
        return self._on_trial

    @property
    def is_busy(self) -> bool:
        """Whether a request waits for its answer here."""
        return self.session.has_callers

    @property
    def has_temporary_key(self) -> bool:
        """Whether the key of the session is, or will be, a temporary one."""
        return self._connection_config.temporary_key_lifetime is not None

    # -- connections ------------------------------------------------------------------------------------------------

    def start_connecting(
        self, connection_id: int, connect_by: float, on_trial: tuple[Endpoint, ...], now: float
    ) -> None:
        """The driver opens a connection before `connect_by`, to addresses that may be on trial."""
        self.connection_id = connection_id
        self._retry_at = self._resumes_at = None
        self._connect_by = connect_by
        self._on_trial = on_trial
        if self.unanswered_since is None:
            self.unanswered_since = now

    def connection_made(self, endpoint: Endpoint | None, now: float) -> Connection:
        """The connection to `endpoint` is open; returns its engine."""
        self._connect_by = None
        self.connected_to = endpoint
        connection = self.connection = self.make_connection(self.connection_id or 0, now)
        self._used_at = now
        return connection

    def make_connection(self, connection_id: int, now: float) -> Connection:
        """The engine of a connection for this session."""
        if self._trace is not None:
            self._trace.set_endpoint(None if self.connected_to is None else endpoint_text(self.connected_to))
        return Connection(
            self._framed(now),
            auth_key=self.dc_state.auth_key,
            session=self.session,
            entropy=self._entropy,
            now=now,
            connection_id=connection_id,
        )

    def _framed(self, now: float) -> Config:
        """The settings of a connection, with the framing that the secret of its address requires."""
        config, endpoint = self._connection_config, self.connected_to
        if endpoint is None or endpoint.secret is None:
            return config
        make = client_framing(
            "obfuscated", entropy=self._entropy, now=now, dc=config.wire_dc_id, secret=endpoint.secret
        )
        return replace(config, framing=make)

    def connection_lost(self, reason: str, now: float) -> None:
        """The connection ended or was not opened; the next one waits for the back-off."""
        if self._healthy_since is not None and now - self._healthy_since >= self._config.backoff_max:
            self._backoff.on_success()
        self.disconnect()
        self.failure = reason
        self._retry_at = now + self._backoff.on_failure()
        self.dc_state.set_backoff(self._backoff.failures, self._retry_at)

    def disconnect(self) -> None:
        """The connection is not needed any more; the session stays."""
        self.connection = self.connection_id = self._retry_at = self._connect_by = self._healthy_since = None
        self.is_healthy = False

    def pop_endpoints_on_trial(self) -> tuple[Endpoint, ...]:
        """The addresses that the connection has proven, if they were on trial; once."""
        endpoints, self._on_trial = self._on_trial, ()
        return endpoints

    def mark_healthy(self, now: float, *, answered: bool) -> None:
        """The data center has sent a message with our key; a temporary key that is not bound yet proves nothing.

        If that was the answer to a request of a caller (`answered`), the back-off starts anew. Anything else counts
        only once the connection has lasted for `backoff_max`: a data center that sends something over each connection
        and then closes it would make the client reconnect without a pause.
        """
        if self.session.is_unbound:
            return
        if answered:
            self._backoff.on_success()
            self.dc_state.clear_backoff()
        elif self._healthy_since is None:
            self._healthy_since = now
        self.dc_state.mark_key_found()
        self.is_key_doubted = False
        self.failure = self._unreachable_since = None
        self.is_healthy = True

    def mark_unreachable(self, now: float) -> None:
        """A connection has failed while requests wait: the time until they are given up starts, unless it has."""
        if self._unreachable_since is None:
            self._unreachable_since = now

    def clear_unreachable(self) -> None:
        """No request waits any more for the data center to become reachable."""
        self._unreachable_since = None

    def clear_unanswered(self) -> None:
        """The data center has answered, or is not needed."""
        self.unanswered_since = None

    def resume_at(self, moment: float) -> None:
        """Open the first connection at this time, or when there is a request."""
        self._resumes_at = moment

    def inherit_backoff(self, other: DcSession) -> None:
        """Connect when `other` would have, whose temporary key may be lost."""
        self._backoff, self._retry_at, self.failure = other._backoff, other._retry_at, other.failure

    # -- requests and keys ------------------------------------------------------------------------------------------

    def enqueue(
        self,
        handle: RequestHandle[object],
        body: bytes,
        *,
        after: RequestHandle[object] | None,
        quick_ack: bool,
        now: float,
    ) -> None:
        """Queue a request in the session."""
        self._used_at = now
        self.session.enqueue(handle, body, after=after, quick_ack=quick_ack)

    def note_use(self, now: float) -> None:
        """A result has arrived: an idle connection is kept for a while."""
        self._used_at = now

    def is_in_use(self, now: float) -> bool:
        """Whether the connection is open and was used within `idle_timeout`."""
        return self.connection is not None and now < self._used_at + self._config.idle_timeout

    def is_settled(self, now: float) -> bool:
        """Whether the session has the connection that it needs, so that nothing has to be changed: the usual case."""
        return (
            self.connection is not None
            and now < self._used_at + self._config.idle_timeout
            and not self.is_draining
            and self._unreachable_since is None
        )

    def set_key_expiry(self, expires_at: int) -> None:
        """The temporary key is bound until server time `expires_at`."""
        self._key_expires_at = expires_at

    def doubt_key(self) -> None:
        """-404: the data center may have lost the temporary key."""
        self.is_key_doubted = True

    def start_draining(self) -> None:
        """Another session takes the new requests."""
        self.is_draining = True

    def restart(self, now: float) -> None:
        """Begin a session with another key; everything unanswered goes into it."""
        old = self.session
        self.session = self._new_session(now)
        self._key_expires_at = None
        self.session.adopt_requests_from(old)

    def save_clock(self) -> None:
        """Keep the salt and the clock of the session with the data center's state."""
        self.dc_state.set_salt(self.session.salts.current)
        self.dc_state.set_time_offset(self.session.clock.offset)

    # -- time -------------------------------------------------------------------------------------------------------

    def is_connect_overdue(self, now: float) -> bool:
        """Whether an attempt to connect has taken longer than `connect_timeout`."""
        return self.is_connecting and self._connect_by is not None and self._connect_by <= now

    @property
    def unreachable_at(self) -> float | None:
        """When the requests that wait here are given up because the data center cannot be reached; None for never."""
        timeout = self._config.unreachable_timeout
        if timeout is None or self._unreachable_since is None or self.connection is not None:
            return None
        return self._unreachable_since + timeout

    @property
    def key_renewal_at(self) -> float | None:
        """When a session with a fresh temporary key must take over, in the time of `now`; None for never."""
        lifetime = self._connection_config.temporary_key_lifetime
        if self._key_expires_at is None or lifetime is None or self.is_draining:
            return None
        return self._key_expires_at - min(self._config.rekey_margin, lifetime / 2) - self.session.clock.offset

    @property
    def key_ends_at(self) -> float | None:
        """When the temporary key ends, in the time of `now`; None if it does not."""
        return None if self._key_expires_at is None else self._key_expires_at - self.session.clock.offset

    def deadline(self, *, stays_connected: bool) -> float:
        """When something is due here; infinity for never. `stays_connected`: also without requests."""
        due = inf
        needed = stays_connected or self.is_busy
        if self.connection is not None:
            due = _earlier(due, self.connection.next_deadline())
            if not needed:
                due = min(due, self._used_at + self._config.idle_timeout)
        else:
            if self.connection_id is None and needed:
                due = _earlier(due, self.retry_at)
            due = _earlier(due, self._connect_by)
            due = _earlier(due, self.unreachable_at)
        if self._key_expires_at is not None:
            due = _earlier(due, self.key_ends_at if self.is_draining else self.key_renewal_at)
        return due

    def _new_session(self, now: float) -> ClientSession:
        offset = self.dc_state.time_offset
        return ClientSession(
            None if self.has_temporary_key else self.dc_state.auth_key,
            salt=self.dc_state.salt,
            time_offset=offset if offset is not None and is_server_time(now + offset) else None,
            temporary=self.has_temporary_key,
            init_connection_prefix=self._connection_config.init_connection_prefix(),
            limits=self._connection_config.limits,
            entropy=self._entropy,
            now=now,
            trace=self._trace,
        )


def _earlier(due: float, at: float | None) -> float:
    return due if at is None or at > due else at
