"""The connections of a client: which ones are needed, when to connect and disconnect, and the end of keys.

What happens in the sessions is yielded, in order: the client handles each event before it asks for the next, so an
event finds the state as it was when it happened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from math import inf

from sansio_tl.client.account_state import AccountState
from sansio_tl.client.actions import Action, Connect, Disconnect, Endpoint, FetchConfig, Send
from sansio_tl.client.client_trace import ClientTrace
from sansio_tl.client.config import ClientConfig
from sansio_tl.client.dc_events import DcEvent, KeyLost, NoEndpoint
from sansio_tl.client.dc_session import DcSession
from sansio_tl.client.dc_state import DcState
from sansio_tl.client.endpoints import Endpoints
from sansio_tl.client.events import AuthKeyNotFound, ConnectionLost
from sansio_tl.computation import Compute
from sansio_tl.connection.client import Connection
from sansio_tl.entropy import Entropy
from sansio_tl.errors import RemoteProtocolError, RpcError, TransportError
from sansio_tl.errors.protocol import ProtocolError
from sansio_tl.events import ConnectionClosed

KEY_NOT_FOUND = -404
_NO_KNOWN_RSA_KEY = "HS4"
"""Trying again does not help: the keys come from the configuration."""
_KEY_CANNOT_BIND = "ENCRYPTED_MESSAGE_INVALID"


class ConnectionManager:
    """All sessions of a client with data centers, and the connections that they use."""

    def __init__(
        self,
        config: ClientConfig,
        account: AccountState,
        *,
        dc_states: Mapping[int, DcState],
        endpoints: Endpoints,
        entropy: Entropy,
        trace: ClientTrace | None = None,
    ) -> None:
        self._trace = trace
        self._config = config
        self._account = account
        self._dc_states = dict(dc_states)
        self._endpoints = endpoints
        self._entropy = entropy
        self._actions: deque[Action] = deque()
        self._sessions: list[DcSession] = []
        self._by_connection: dict[int, DcSession] = {}
        self._seconds: dict[int, tuple[DcSession, Connection]] = {}
        """Second connections of sessions, for framings over which a server sends only in response."""
        self._next_connection_id = 1
        self._connection_ids: set[int] = set()
        """The connections without a `Disconnect` so far."""
        self._open: dict[int, tuple[Connection, Send]] = {}
        """Those that are open, second ones too."""
        self._computing: dict[Compute, int] = {}
        """Computations of handshakes that the driver makes -> their connections."""
        self._send_requested: set[int] = set()
        """The connections for which a `Send` was returned, and no bytes were taken since."""

    @property
    def sessions(self) -> Sequence[DcSession]:
        """The sessions with data centers, oldest first."""
        return self._sessions

    @property
    def dc_states(self) -> Mapping[int, DcState]:
        """What is known of each data center, by its number."""
        return self._dc_states

    @property
    def endpoints(self) -> Endpoints:
        """The addresses of the data centers."""
        return self._endpoints

    def open_session(self, dc_id: int, now: float) -> DcSession:
        """The session of a data center that takes new requests; begins one if there is none."""
        for dc_session in self._sessions:
            if dc_session.dc_id == dc_id and not dc_session.is_draining:
                return dc_session
        dc_session = DcSession(
            self._config, self.ensure_dc_state(dc_id), entropy=self._entropy, now=now, trace=self._trace
        )
        self._sessions.append(dc_session)
        return dc_session

    def ensure_dc_state(self, dc_id: int) -> DcState:
        """What is known of a data center; begins to keep it if there is nothing yet."""
        return self._dc_states.setdefault(dc_id, DcState(dc_id))

    def is_authorized(self, dc_id: int) -> bool:
        """Whether the account is logged in with the key of that data center."""
        dc_state = self._dc_states.get(dc_id)
        return dc_state is not None and dc_state.authorized

    # -- input of the driver ----------------------------------------------------------------------------------------

    def next_action(self, now: float) -> Action | None:
        """The next action for the driver; `now` is the time of the last call."""
        if self._actions:
            return self._actions.popleft()
        if self._config.connection_config.offload:
            for connection_id, (connection, _) in self._open.items():
                if (action := connection.next_action()) is not None:
                    self._computing[action] = connection_id
                    return action
        for connection_id, (connection, send) in self._open.items():
            if connection_id not in self._send_requested and connection.has_output(now):
                self._send_requested.add(connection_id)
                return send
        return None

    def connection_made(self, connection_id: int, endpoint: Endpoint | None, now: float) -> Iterator[DcEvent]:
        """A connection is open. If it is not needed any more, nothing happens."""
        dc_session = self._by_connection.get(connection_id)
        if dc_session is not None and dc_session.is_connecting:
            self._open[connection_id] = (dc_session.connection_made(endpoint, now), Send(connection_id))
            yield from self._pump(dc_session, now)

    def connection_failed(self, connection_id: int, reason: str, now: float) -> Iterator[DcEvent]:
        """A connection could not be opened, or broke."""
        if (second := self._seconds.pop(connection_id, None)) is not None:
            second[1].close(now=now)
            self._end_connection(connection_id)
            return
        dc_session = self._by_connection.get(connection_id)
        if dc_session is None:
            return
        self._end_connection(connection_id)
        if dc_session.connection is not None:
            dc_session.connection.close(now=now)
            yield from self._take_events(dc_session)
        yield from self._on_lost(dc_session, reason, now)

    def receive_data(self, connection_id: int, data: bytes, now: float) -> Iterator[DcEvent]:
        """Take bytes from a connection."""
        if (second := self._seconds.get(connection_id)) is not None:
            yield from self._receive_on_second(connection_id, *second, data, now)
            return
        dc_session = self._by_connection.get(connection_id)
        if dc_session is not None and dc_session.connection is not None:
            dc_session.connection.receive_data(data, now=now)
            yield from self._pump(dc_session, now)

    def receive_computed(self, action: Compute, value: object, now: float) -> Iterator[DcEvent]:
        """A computation of a handshake has returned."""
        connection_id = self._computing.get(action)
        dc_session = None if connection_id is None else self._by_connection.get(connection_id)
        if dc_session is not None and dc_session.connection is not None:
            dc_session.connection.receive_computed(action, value, now=now)  # still waits if it refuses the value
            del self._computing[action]
            yield from self._pump(dc_session, now)
        else:
            self._computing.pop(action, None)

    def data_to_send(self, connection_id: int, now: float) -> bytes:
        """The bytes to write to a connection now."""
        self._send_requested.discard(connection_id)
        found = self._open.get(connection_id)
        return b"" if found is None else found[0].data_to_send(now=now)

    # -- second connections -----------------------------------------------------------------------------------------

    def wants_second(self, connection_id: int) -> bool:
        """Whether the server sends over this connection only in response, and the session has no other one."""
        dc_session = self._by_connection.get(connection_id)
        if dc_session is None or dc_session.connection is None or dc_session.session.auth_key is None:
            return False
        served = [first for first, _ in self._seconds.values()]
        return dc_session.connection.is_polling and dc_session not in served

    def second_connection_made(self, connection_id: int, now: float) -> int | None:
        """A second connection for the session of `connection_id` is open; its id, or None if it is not needed."""
        if not self.wants_second(connection_id):
            return None
        dc_session = self._by_connection[connection_id]
        second_id = self._new_connection_id()
        connection = dc_session.make_connection(second_id, now)
        self._seconds[second_id] = (dc_session, connection)
        self._open[second_id] = (connection, Send(second_id))
        return second_id

    def _receive_on_second(
        self, connection_id: int, dc_session: DcSession, connection: Connection, data: bytes, now: float
    ) -> Iterator[DcEvent]:
        connection.receive_data(data, now=now)
        yield from self._pump(dc_session, now)  # the events belong to the session
        if connection.closed and self._seconds.pop(connection_id, None) is not None:
            self._close_connection(connection_id, connection, now)

    def _close_seconds(self, dc_session: DcSession, now: float) -> None:
        """The connection of a session has ended, and its second connection with it."""
        for connection_id, (served, connection) in list(self._seconds.items()):
            if served is dc_session:
                del self._seconds[connection_id]
                self._close_connection(connection_id, connection, now)

    # -- connecting and disconnecting -------------------------------------------------------------------------------

    def reconcile(self, now: float) -> Iterator[DcEvent]:
        """Connect and disconnect, so that every session has the connection that it needs, and no other."""
        for dc_session in list(self._sessions):
            if dc_session.is_settled(now):
                continue
            if not dc_session.is_busy:
                dc_session.clear_unreachable()
                if not self._stays_connected(dc_session):
                    dc_session.clear_unanswered()
            if dc_session.is_draining and not dc_session.is_busy:
                self.disconnect(dc_session, now)
                self._sessions.remove(dc_session)
            elif dc_session.connection_id is None:
                retry_at = dc_session.retry_at
                if self._needs_connection(dc_session, now) and (retry_at is None or retry_at <= now):
                    yield from self._connect(dc_session, now)
            elif not dc_session.is_connecting and not self._needs_connection(dc_session, now):
                self.disconnect(dc_session, now)

    def disconnect(self, dc_session: DcSession, now: float) -> None:
        """Close the connection of a session, if it has one; the session stays."""
        connection_id, connection = dc_session.connection_id, dc_session.connection
        self._close_seconds(dc_session, now)
        dc_session.disconnect()
        if connection_id is not None:
            if connection is None and self._trace is not None:
                self._trace.connection_failed(connection_id, dc_session.dc_id, "not needed any more", now)
            self._close_connection(connection_id, connection, now)

    def _close_connection(self, connection_id: int, connection: Connection | None, now: float) -> None:
        """Have the driver close a connection; it is open if there is an engine for it."""
        data = b""
        if connection is not None:
            connection.close(now=now)
            data = connection.data_to_send(now=now)
        self._end_connection(connection_id, data)

    def _end_connection(self, connection_id: int, data: bytes = b"") -> None:
        """A connection has ended, or the attempt to open it: no call for it has an effect any more.

        An event of the ending connection may have had it closed already.
        """
        if connection_id not in self._connection_ids:
            return
        self._connection_ids.remove(connection_id)
        self._by_connection.pop(connection_id, None)
        self._open.pop(connection_id, None)
        self._send_requested.discard(connection_id)
        for action in [action for action, computing in self._computing.items() if computing == connection_id]:
            del self._computing[action]
        self._actions.append(Disconnect(connection_id, data))

    def _stays_connected(self, dc_session: DcSession) -> bool:
        """Whether the connection is kept without requests too, so that updates arrive."""
        account = self._account
        return self._config.stay_connected and account.user_id is not None and dc_session.dc_id == account.home_dc

    def _needs_connection(self, dc_session: DcSession, now: float) -> bool:
        if dc_session.is_busy or (not dc_session.is_draining and self._stays_connected(dc_session)):
            return True
        return dc_session.is_in_use(now)

    def _connect(self, dc_session: DcSession, now: float) -> Iterator[DcEvent]:
        dc_id = dc_session.dc_id
        self._endpoints.expire_fallback(now)
        known = self._endpoints.candidates(dc_id)
        endpoints = tuple(endpoint for endpoint in known if self._config.use_ipv6 or ":" not in endpoint.host)
        if not endpoints:
            yield dc_session, NoEndpoint()
            return
        connection_id = self._new_connection_id()
        connect_by = now + self._config.connect_timeout
        dc_session.start_connecting(connection_id, connect_by, self._endpoints.on_trial(dc_id), now)
        self._by_connection[connection_id] = dc_session
        connect = Connect(connection_id, dc_id, endpoints)
        if self._trace is not None:
            self._trace.connect_requested(connect, now)
        self._actions.append(connect)

    def _new_connection_id(self) -> int:
        connection_id, self._next_connection_id = self._next_connection_id, self._next_connection_id + 1
        self._connection_ids.add(connection_id)
        return connection_id

    # -- help.configSimple ------------------------------------------------------------------------------------------

    @property
    def unanswered_since(self) -> float:
        """Since when a data center that is needed has not answered, the longest; infinity if all have."""
        waiting = (each.unanswered_since for each in self._sessions if each.unanswered_since is not None)
        return min(waiting, default=inf)

    def request_fetch(self, url: str) -> int:
        """Have the driver fetch a document; returns the id of the fetch."""
        connection_id = self._new_connection_id()
        self._actions.append(FetchConfig(connection_id, url))
        return connection_id

    def end_fetch(self, connection_id: int) -> None:
        """The fetch is over."""
        self._end_connection(connection_id)

    def use_fallback(self, found: Mapping[int, tuple[Endpoint, ...]], expires: float, now: float) -> None:
        """Use the addresses of help.configSimple, at once where a data center has not answered.

        A connection on which nothing was received is given up for that.
        """
        dc_ids = self._endpoints.use_fallback(found, expires)
        for dc_session in self._sessions:
            if dc_session.unanswered_since is not None and dc_session.dc_id in dc_ids:
                self.disconnect(dc_session, now)

    # -- events of connections, and their end -----------------------------------------------------------------------

    def _pump(self, dc_session: DcSession, now: float) -> Iterator[DcEvent]:
        """The events of a connection, its end included."""
        if dc_session.unanswered_since is not None and dc_session.session.has_received:
            dc_session.clear_unanswered()
        closed = yield from self._take_events(dc_session)
        if closed is None:
            return
        if dc_session.connection_id is not None:
            self._close_connection(dc_session.connection_id, dc_session.connection, now)
        yield from self._on_lost(dc_session, closed.error, now)

    def _take_events(self, dc_session: DcSession) -> Generator[DcEvent, None, ConnectionClosed | None]:
        """The events of a connection; returns the last one if the connection is closed."""
        connection = dc_session.connection  # an event may have the session disconnect
        while connection is not None and (event := connection.take_event()) is not None:
            if isinstance(event, ConnectionClosed):
                return event
            yield dc_session, event
        return None

    def _take_session_events(self, dc_session: DcSession) -> Iterator[DcEvent]:
        """The events of a session, whether it has a connection or not."""
        for event in dc_session.session.take_events():
            yield dc_session, event

    def prove_endpoints(self, dc_session: DcSession) -> bool:
        """The data center has answered over the connection of a session; returns whether that proves new addresses."""
        endpoints = dc_session.pop_endpoints_on_trial()
        proven = bool(endpoints) and self._endpoints.prove(dc_session.dc_id, endpoints, dc_session.connected_to)
        if dc_session.unanswered_since is not None:
            dc_session.clear_unanswered()
            self._endpoints.use_first(dc_session.dc_id, dc_session.connected_to)
        return proven

    def _on_lost(
        self, dc_session: DcSession, error: ProtocolError | TransportError | str | None, now: float
    ) -> Iterator[DcEvent]:
        """A connection has ended, or was not opened."""
        self._close_seconds(dc_session, now)
        if dc_session.endpoints_on_trial:
            self._endpoints.reject(dc_session.dc_id, dc_session.endpoints_on_trial)
        elif not dc_session.is_healthy:
            self._endpoints.use_next(dc_session.dc_id)
        if self._trace is not None and dc_session.is_connecting and dc_session.connection_id is not None:
            self._trace.connection_failed(dc_session.connection_id, dc_session.dc_id, str(error), now)
        dc_session.connection_lost("the connection was closed" if error is None else str(error), now)
        if dc_session.is_busy:
            dc_session.mark_unreachable(now)
        retry_at = dc_session.retry_at if self._needs_connection(dc_session, now) else None
        yield dc_session, ConnectionLost(dc_session.dc_id, error, retry_at)
        if isinstance(error, RemoteProtocolError) and error.check == _NO_KNOWN_RSA_KEY:
            reason = f"data center {dc_session.dc_id} cannot be used: {error}"
            yield from self._abandon_requests(dc_session, reason)
        if (binding_error := dc_session.session.binding_error) is not None:
            yield from self._on_binding_failed(dc_session, binding_error, now)
        elif isinstance(error, TransportError) and error.code == KEY_NOT_FOUND:
            yield from self._on_key_not_found(dc_session, now)

    def _abandon_requests(self, dc_session: DcSession, reason: str) -> Iterator[DcEvent]:
        dc_session.session.abandon_all(reason)
        yield from self._take_session_events(dc_session)

    # -- keys -------------------------------------------------------------------------------------------------------

    def restart(self, dc_session: DcSession, reason: str, now: float) -> Iterator[DcEvent]:
        """Begin a session with another key in place of the present one.

        A request that was sent may have been executed and is not sent under another key: its outcome is unknown.
        """
        dc_session.session.abandon_sent(reason)
        yield from self._take_session_events(dc_session)
        dc_session.restart(now)

    def forget_key(self, dc_id: int, now: float) -> Iterator[DcEvent]:
        """Forget the permanent key of a data center: the next connection makes another one."""
        dc_state = self.ensure_dc_state(dc_id)
        dc_state.forget_key()
        for dc_session in [dc_session for dc_session in self._sessions if dc_session.dc_state is dc_state]:
            yield from self.restart(dc_session, "the auth key was given up before the answer came", now)
            self.disconnect(dc_session, now)

    def _on_key_not_found(self, dc_session: DcSession, now: float) -> Iterator[DcEvent]:
        """-404: the data center does not know the key. It is not authenticated and can be forged (MS41).

        A temporary key is replaced. A request that was sent under it may have been executed: the session waits for the
        answers over one more connection. A permanent key is kept.
        """
        session, dc_state = dc_session.session, dc_session.dc_state
        reason = "the temporary key was lost before the answer came"
        if session.auth_key is None:
            return  # -404 to a message of the handshake
        if not dc_session.has_temporary_key:
            if dc_state.count_key_not_found() % self._config.key_not_found_limit == 0:
                yield dc_session, AuthKeyNotFound(dc_session.dc_id)
        elif session.is_unbound:
            yield from self.restart(dc_session, reason, now)
        elif dc_session.is_key_doubted:
            yield from self._abandon_requests(dc_session, reason)
        else:
            dc_session.doubt_key()
            if not dc_session.is_draining:
                self._replace(dc_session, now).inherit_backoff(dc_session)

    def _on_binding_failed(
        self, dc_session: DcSession, error: RpcError | RemoteProtocolError, now: float
    ) -> Iterator[DcEvent]:
        """The new temporary key is of no use.

        The error is authenticated by that key: if it reports `key_not_found_limit` times in a row that the permanent
        key is unknown, that one is lost.
        """
        if isinstance(error, RpcError) and error.name == _KEY_CANNOT_BIND:
            count = dc_session.dc_state.count_key_not_found()
            if count >= self._config.key_not_found_limit:
                yield from self.forget_key(dc_session.dc_id, now)
                yield dc_session, KeyLost(error)
                return
        yield from self.restart(dc_session, "the temporary key was not bound before the answer came", now)

    def _replace(self, dc_session: DcSession, now: float) -> DcSession:
        """Let a session with a fresh temporary key take the new requests; this one drains."""
        dc_session.start_draining()
        return self.open_session(dc_session.dc_id, now)

    # -- time -------------------------------------------------------------------------------------------------------

    @property
    def deadline(self) -> float:
        """When `handle_deadline` is due; infinity for never."""
        due = inf
        for dc_session in self._sessions:
            due = min(due, dc_session.deadline(stays_connected=self._stays_connected(dc_session)))
        return due

    def handle_deadline(self, now: float) -> Iterator[DcEvent]:
        """Do what is due."""
        for dc_session in list(self._sessions):
            if dc_session.connection is not None:
                dc_session.connection.handle_deadline(now=now)
                yield from self._pump(dc_session, now)
            elif dc_session.connection_id is not None and dc_session.is_connect_overdue(now):
                self._close_connection(dc_session.connection_id, None, now)
                reason = f"no connection within {self._config.connect_timeout:g} s"
                yield from self._on_lost(dc_session, reason, now)
            yield from self._check_key_expiry(dc_session, now)
            yield from self._check_unreachable(dc_session, now)

    def _check_unreachable(self, dc_session: DcSession, now: float) -> Iterator[DcEvent]:
        """Give up the requests of a session when its data center was unreachable for too long."""
        unreachable_at = dc_session.unreachable_at
        if unreachable_at is not None and unreachable_at <= now:
            dc_session.clear_unreachable()
            reason = f"data center {dc_session.dc_id} cannot be reached: {dc_session.failure}"
            if dc_session.dc_state.key_not_found_count >= self._config.key_not_found_limit:
                reason += "; if this key is lost for good, call client.forget_key() and log in again"
            yield from self._abandon_requests(dc_session, reason)

    def _check_key_expiry(self, dc_session: DcSession, now: float) -> Iterator[DcEvent]:
        """Replace a session before its temporary key ends; give up what it has not answered by then."""
        renewal_at = dc_session.key_renewal_at
        if renewal_at is not None and renewal_at <= now:
            self._replace(dc_session, now)
        ends_at = dc_session.key_ends_at
        if dc_session.is_draining and ends_at is not None and ends_at <= now:
            yield from self._abandon_requests(dc_session, "its temporary key ended before the answer came")
