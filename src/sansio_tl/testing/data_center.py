"""An embedded data center: accounts, codes and passwords on top of the server side of the protocol, without I/O.

    data_center = DataCenter(entropy=os.urandom, now=now)
    connection = data_center.accept(now=now)                # a client has connected
    connection.receive_data(sock.recv(65536), now=now)      # b"" means the client has closed
    sock.sendall(connection.data_to_send(now=now))
    connection.next_deadline() -> float | None;  connection.handle_deadline(now=now)
    while (event := data_center.next_event()) is not None: ...  # CodeSent(...), LoggedIn(...) ...

It is driven like a `Connection`, with any sockets and clock; the same entropy and times give the same bytes.
`DataCenter.call` answers a function object directly, without a connection.

`sansio_tl.testing.sandbox` lists phone numbers with scripted behavior (a flood, a ban, a password, a missed call ...);
`sansio_tl.testing.scripted_replies` explains how to set answers. Several data centers that share a `Cluster` have the
same accounts, and redirect users and devices to each other.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from math import inf
from typing import Any

from sansio_tl import errors, functions, types
from sansio_tl.connection.server import (
    IncomingRequest,
    KeyStore,
    PendingHandshakes,
    ServerConfig,
    ServerConnection,
    ServerSession,
)
from sansio_tl.crypto.rsa import RsaPrivateKey, RsaPublicKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.mtproto.server.layer_codec import LayerCodecs
from sansio_tl.testing.accounts import Account, Accounts, WebSession
from sansio_tl.testing.authorizations import KeyAuthorization
from sansio_tl.testing.cluster import Cluster
from sansio_tl.testing.codes import CodeBook
from sansio_tl.testing.config import DataCenterConfig
from sansio_tl.testing.connection import DataCenterConnection
from sansio_tl.testing.connections import OpenConnections
from sansio_tl.testing.context import HASH_BITS, DataCenterState, RequestContext
from sansio_tl.testing.events import (
    AnswerFailed,
    ConnectionEnded,
    DataCenterEvent,
    LoggedOut,
    OtherLayer,
    RequestServed,
)
from sansio_tl.testing.handlers.registry import HANDLERS
from sansio_tl.testing.minimal_values import answer_line
from sansio_tl.testing.parallel_use import ParallelUse
from sansio_tl.testing.scripted_replies import ScriptedReplies
from sansio_tl.testing.sessions import make_key, snapshot_of
from sansio_tl.testing.updates import as_updates
from sansio_tl.tl.objects import Function
from sansio_tl.trace import Tracer

_MAX_EVENTS = 10_000
"""Maximum number of unread events; the oldest are dropped."""
_WEB_TOKEN_SIZE = 24
_MAX_REASON = 1_000


class DataCenter:
    """One data center. Its connections share keys, sessions and codes; data centers of a cluster share the accounts."""

    def __init__(
        self,
        config: DataCenterConfig | None = None,
        *,
        cluster: Cluster | None = None,
        keys: KeyStore | None = None,
        entropy: Entropy,
        now: float,
        tracer: Tracer | None = None,
    ) -> None:
        """Create a data center.

        Args:
            config: its behavior; None: the defaults.
            cluster: that of another data center, to share accounts with it; None: its own.
            keys: its auth keys, which the caller may read and add to; None: a store of its own.
            entropy: the source of its keys, codes and nonces.
            now: server time, seconds since the Unix epoch.
            tracer: records what happens on its connections (`sansio_tl.trace`), which are numbered from 1.

        Raises LocalProtocolError if the cluster has a data center with that number.
        """
        config = config or DataCenterConfig()
        self.config = config
        self.cluster = cluster or Cluster()
        if config.dc_id in self.cluster.data_centers:
            raise LocalProtocolError(f"invalid dc_id: data center {config.dc_id} exists already")
        self.cluster.data_centers[config.dc_id] = self
        self.cluster.addresses.setdefault(config.dc_id, ("127.0.0.1", 443))
        self.private_key = config.private_key or _mtcute_compatible_key(entropy)
        self._state = DataCenterState(self.cluster, CodeBook(config.max_codes), opened_at=now)
        self._script = ScriptedReplies()
        self._entropy = entropy
        self._tracer = tracer
        self._accepted = 0
        """Number of connections accepted so far."""
        self._keys = KeyStore() if keys is None else keys
        self._handshakes = PendingHandshakes(config.limits)
        self._layer_codecs = LayerCodecs(config.schemas)
        self._events: deque[DataCenterEvent] = deque(maxlen=_MAX_EVENTS)
        self._server_config = ServerConfig(
            private_keys=(self.private_key,),
            dc_id=config.dc_id,
            accept_legacy_rsa=config.accept_legacy_rsa,
            proxy_secrets=config.proxy_secrets,
            require_proxy_secret=config.require_proxy_secret,
            schemas=config.schemas,
            allowed_origins=config.allowed_origins,
            offload_handshake=config.offload_handshake,
            limits=config.limits,
        )
        self._connections = OpenConnections()
        self._parallel_use = ParallelUse()

    @property
    def accounts(self) -> Accounts:
        """The accounts of its cluster."""
        return self.cluster.accounts

    @property
    def public_key(self) -> RsaPublicKey:
        """The key that clients must trust to use this data center (`Config.public_keys`)."""
        return self.private_key.public_key

    @property
    def on_output(self) -> Callable[[DataCenterConnection], object]:
        """Called with a connection that has output which its own input did not cause: wake its driver."""
        return self._connections.on_output

    @on_output.setter
    def on_output(self, callback: Callable[[DataCenterConnection], object]) -> None:
        self._connections.on_output = callback

    # -- set-up -----------------------------------------------------------------------------------------------------

    def add_account(
        self,
        phone_number: str,
        *,
        first_name: str = "Test",
        last_name: str = "",
        password: str | None = None,
        hint: str | None = None,
        email: str | None = None,
        login_email: str | None = None,
    ) -> Account:
        """Add an account.

        See `Accounts.create`; login codes are mailed to `login_email`.
        """
        account = self.accounts.create(
            phone_number,
            dc_id=self.config.dc_id,
            first_name=first_name,
            last_name=last_name,
            password=password,
            hint=hint,
            email=email,
            entropy=self._entropy,
        )
        account.login_email = login_email
        return account

    def add_bot(self, token: str, *, first_name: str = "Bot") -> Account:
        """Add a bot. Raises LocalProtocolError if another bot has the token."""
        return self.accounts.create_bot(token, dc_id=self.config.dc_id, first_name=first_name, entropy=self._entropy)

    def add_web_session(self, account: Account, domain: str, bot: Account, *, now: float) -> WebSession:
        """Log the user of an account in on a website, through its bot."""
        session = WebSession(int.from_bytes(self._entropy(7), "big"), domain, bot.id, "Firefox", now)
        account.web_sessions[session.hash] = session
        return session

    def make_web_token(self, account: Account, *, now: float, life: float = 60.0) -> str:
        """A web auth token, as from a website: valid once, for `life` seconds."""
        token = self._entropy(_WEB_TOKEN_SIZE).hex()
        self.cluster.web_tokens[token] = account, now + life
        return token

    def announce(self, host: str, port: int, *, dc_id: int | None = None) -> None:
        """Set the address of this data center, or of another one, in help.getConfig: an IP address and a port."""
        self.cluster.addresses[self.config.dc_id if dc_id is None else dc_id] = (host, port)

    def new_session(self, account: Account | str, *, now: float, test_mode: bool = False) -> dict[str, Any]:
        """Log an account, or that with this number, in with a new auth key: the snapshot of a client that has done so.

        `Client` and `open_client` continue from it, without a login; `test_mode` is that of their config. Raises
        LocalProtocolError if there is no such account, or its home is another data center.
        """
        found = self._find(account)
        if found.dc_id != self.config.dc_id:
            raise LocalProtocolError(
                f"invalid account: its home is data center {found.dc_id}, and this is {self.config.dc_id}"
            )
        record = make_key(self._entropy, now=now, salt_period=self._server_config.salt_period)
        key_id = record.auth_key.id
        self._keys[key_id] = record
        session_hash = int.from_bytes(self._entropy(8), "big") % (1 << HASH_BITS) or 1
        self._state.devices.of(key_id).log_in(found, now + self.cluster.passed, session_hash)
        self.key_made(now=now)
        return snapshot_of(found, record, test_mode=test_mode)

    def _find(self, account: Account | str) -> Account:
        """The account, or that with this number. Raises LocalProtocolError if there is none."""
        found = self.accounts.with_number(account) if isinstance(account, str) else account
        if not isinstance(found, Account):
            shown = "a text that is not the number of one" if isinstance(account, str) else f"{account!r:.100}"
            raise LocalProtocolError(
                f"invalid account: found {shown}, expected what add_account or add_bot returned, or a phone number"
            )
        return found

    # -- answers that tests set -------------------------------------------------------------------------------------

    def answer(self, method: str | type[Function[Any]], value: object, *, times: int | None = None) -> None:
        """Set what a method (``"*"``: every method) answers: to its next `times` requests, or (None) to all.

        The answers with `times` are used first, in the order in which they were set; of those without, the last one
        counts. Requests with such an answer have no other effect, and need no login.

        Args:
            method: the name, such as ``"messages.sendMessage"``, or the class of the function.
            value: a result of the method; an RpcError, or its text, such as ``"FLOOD_WAIT_3"``, with its code if it is
                not documented; or a function that is called with the request and returns one of these.
            times: the number of requests that it answers.

        Raises LocalProtocolError for an unknown method, and for a value that cannot be its answer. If a function raises
        anything but an RpcError, or returns what is no answer, the request fails with ``500 ANSWER_FAILED`` and there
        is an `AnswerFailed` event.
        """
        self._script.answer(method, value, times)

    def clear_answers(self, method: str | type[Function[Any]] | None = None) -> None:
        """Remove the answers that were set for a method, or for all: it answers as before."""
        self._script.clear(method)

    def advance_clock(self, seconds: float) -> None:
        """Advance the time of the whole cluster: codes expire, floods end, sessions age.

        Messages keep the time of `now`, so clients notice nothing. Dates that a client receives are ahead of its clock.
        """
        self.cluster.passed += seconds

    def ban(self, account: Account) -> None:
        """Ban an account: USER_DEACTIVATED_BAN on logged-in devices, PHONE_NUMBER_BANNED at the next login."""
        account.banned = True

    # -- serving ----------------------------------------------------------------------------------------------------

    def accept(self, *, now: float) -> DataCenterConnection:
        """Create the connection of a client that has connected."""
        self._accepted += 1
        engine = ServerConnection(
            self._server_config,
            self._keys,
            entropy=self._entropy,
            now=now,
            handshakes=self._handshakes,
            tracer=self._tracer,
            connection_id=self._accepted,
        )
        connection = DataCenterConnection(self, engine)
        self._connections.add(connection)
        return connection

    def next_event(self) -> DataCenterEvent | None:
        """The next event; None if there is none."""
        return self._events.popleft() if self._events else None

    def call(
        self, query: Function[Any], *, key_id: bytes, now: float, wrappers: tuple[Function[Any], ...] = ()
    ) -> object:
        """Answer a function object for the auth key with that id; raises an RpcError if it fails.

        `wrappers` are the wrappers of the query.
        """
        call = RequestContext(
            config=self.config,
            state=self._state,
            device=self._state.devices.of(key_id),
            now=now + self.cluster.passed,
            entropy=self._entropy,
            report=self._events.append,
            wrappers=wrappers,
        )
        try:
            result = self._handle(call, query)
        except RpcError as error:
            error.request = query.NAME
            self._report(query, error, call.device)
            raise
        self._report(query, None, call.device)
        return result

    def _report(self, query: Function[Any], error: RpcError | None, device: KeyAuthorization) -> None:
        user_id = None if device.account is None else device.account.id
        self._events.append(RequestServed(query.NAME, error, query, user_id))

    def _handle(self, call: RequestContext, query: Function[Any]) -> object:
        try:
            answer = self._script.pop(query)
        except Exception as error:  # of the test's own function, or what it has returned
            self._events.append(AnswerFailed(query.NAME, error))
            reason = f": {type(error).__name__}: {error}"[:_MAX_REASON] if self.config.explain_errors else ""
            raise errors.parse(500, f"ANSWER_FAILED{reason}") from error
        if isinstance(answer, RpcError):
            raise answer
        if answer is not None:
            return answer
        handler = HANDLERS.get(type(query))
        if handler is not None:
            return handler(call, query)
        call.require_account()
        if self.config.explain_errors:
            reason = "only logins are implemented here; a test can set an answer"
            if self._script.is_used_up(query.NAME):
                reason = "all its answers with times= are used, and it was sent again; a test can set another one"
            raise errors.parse(400, f"METHOD_INVALID: {reason}: {answer_line(type(query))}")
        raise errors.MethodInvalid

    def serve(self, request: IncomingRequest, *, now: float) -> object:
        """Answer a request of a connection. The first one of a key must carry initConnection."""
        key_id = request.session.record.identity
        device = self._state.devices.of(key_id)
        try:
            if self.config.detect_parallel_use:
                self._check_parallel_use(request.session, device)
            if request.init is not None and request.init is not device.init:
                _check_init(request.init)
                device.init = request.init
                self._note_layer(request.layer)
            if device.init is None:
                raise errors.ConnectionNotInited
        except RpcError as error:
            error.request = request.query.NAME
            self._report(request.query, error, device)
            raise
        return self.call(request.query, key_id=key_id, now=now, wrappers=request.wrappers)

    def _note_layer(self, layer: int | None) -> None:
        """A client has sent its layer: report it if its schema is not available."""
        if layer is not None and (served := self._layer_codecs.nearest(layer)) != layer:
            self._events.append(OtherLayer(layer, served))

    def _check_parallel_use(self, session: ServerSession, device: KeyAuthorization) -> None:
        """End the login of a device that is used from two connections at once."""
        if device.account is not None:
            connected = (each for each in self._sessions_of(device.key_id) if each.connection is not None)
            if not self._parallel_use.detect(session, connected):
                return
            self._events.append(LoggedOut(device.account.id))
            device.log_out(errors.AuthKeyDuplicated)
        if device.ended_by is errors.AuthKeyDuplicated:
            raise errors.AuthKeyDuplicated

    # -- what tests do to clients -----------------------------------------------------------------------------------

    def push(self, account: Account | str, update: types.TypeUpdate | types.TypeUpdates, *, now: float) -> int:
        """Send an update to all clients that are logged in to an account and connected, to any data center.

        An update is sent in an `updateShort`, an object of type Updates as it is. Returns the number of sessions that
        it was sent to. Raises LocalProtocolError for a value of another type, or an unknown account.
        """
        found = self._find(account)
        updates = as_updates(update, now)
        return sum(each.push_to_account(found, updates, now=now) for each in self.cluster.data_centers.values())

    def push_to_account(self, account: Account, updates: types.TypeUpdates, *, now: float) -> int:
        """Send updates to the sessions of all devices of an account at this data center; returns how many there are."""
        devices = self._state.devices.of_account(account)
        return sum(self.push_to_key(device.key_id, updates, now=now) for device in devices)

    def push_to_key(self, key_id: bytes, updates: types.TypeUpdates, *, now: float) -> int:
        """Send updates to the sessions of a device; returns how many there are."""
        reached = self._connections.push(key_id, updates, now=now)
        for record in self._keys.values():
            if record.identity == key_id:
                for session in record.sessions.values():
                    if session.expects_poll(now):
                        session.push(updates, self._layer_codecs)
                        reached += 1
        return reached

    def cut_connections(self, account: Account | str | None = None, *, now: float) -> int:
        """Close all connections, or those of an account, without sending what is queued; returns how many.

        Clients may connect again, and get then what they missed.
        """
        if account is None:
            return self._connections.cut(None, now=now)
        devices = self._state.devices.of_account(self._find(account))
        return self._connections.cut([device.key_id for device in devices], now=now)

    @property
    def stalled(self) -> bool:
        """Whether nothing is sent (`stall`)."""
        return self._connections.stalled

    @contextlib.contextmanager
    def stall(self) -> Iterator[None]:
        """While the context is open, receive and execute requests, but send nothing, not even answers to handshakes.

        What was held back is sent at the end, to connections that are still open.
        """
        self._connections.stall()
        try:
            yield
        finally:
            self._connections.resume()

    def disconnect(self, key_id: bytes, *, now: float) -> None:
        """Close the connections of a device that another one has logged out."""
        self._connections.disconnect(key_id, now=now)

    def forget(self, connection: DataCenterConnection) -> None:
        """A connection has ended."""
        if connection in self._connections:
            self._connections.remove(connection)
            self._events.append(ConnectionEnded(connection.error))

    def key_made(self, *, now: float) -> None:
        """A key was created: if there are too many, remove others (`_key_to_evict`)."""
        while len(self._keys) > self.config.max_keys:
            key_id = self._key_to_evict(now)
            del self._keys[key_id]  # and the temporary keys that end with it
            self.forget_key(key_id)

    def _key_to_evict(self, now: float) -> bytes:
        """The oldest unused key that no login in progress needs; else the oldest bound temporary key without a
        connection, which its client replaces by a handshake; else the oldest unused key.

        A key is used while it is logged in or a connection holds it (`DataCenterConnection.held_keys`). A login may be
        in progress under a key that was used over HTTP a moment ago, or for which a code is pending. If all keys are
        used the new one is dropped, and its client receives -404.
        """
        held = {key_id for connection in self._connections for key_id in connection.held_keys()}
        coming = self._state.codes.awaited_from(now + self.cluster.passed)
        unused = [each for each in self._keys if not self._is_used(each, held)]
        *_, newest = self._keys
        idle = (each for each in unused if each != newest and not self._will_be_used(each, coming, now))
        replaceable = (
            key_id
            for key_id, record in self._keys.items()
            if record.bound_to is not None and not record.is_connected(now)
        )
        return next(idle, None) or next(replaceable, unused[0])

    def _is_used(self, key_id: bytes, held: set[bytes]) -> bool:
        identity = self._keys[key_id].identity
        return self._state.devices.is_used(identity) or identity in held

    def _will_be_used(self, key_id: bytes, coming: frozenset[bytes], now: float) -> bool:
        polled_at = max((session.polled_at for session in self._sessions_of(key_id)), default=-inf)
        return self._keys[key_id].identity in coming or now - polled_at < 2 * self.config.limits.long_poll_timeout

    def _sessions_of(self, key_id: bytes) -> Iterator[ServerSession]:
        """The sessions of a key and of the temporary keys bound to it."""
        record = self._keys.get(key_id)
        for each in () if record is None else (record, *self._keys.temporary_keys_of(key_id)):
            yield from each.sessions.values()

    def forget_key(self, key_id: bytes) -> None:
        """An auth key was destroyed: log it out."""
        self._state.devices.forget(key_id)
        self._parallel_use.forget(key_id)
        self._connections.wake_ending()


def _check_init(init: functions.InitConnection[Any]) -> None:
    """The requirements of initConnection."""
    if init.api_id <= 0:
        raise errors.ConnectionApiIdInvalid
    if not init.device_model:
        raise errors.ConnectionDeviceModelEmpty
    if not init.system_version:
        raise errors.ConnectionSystemEmpty
    if not init.app_version:
        raise errors.ConnectionAppVersionEmpty


def _mtcute_compatible_key(entropy: Entropy) -> RsaPrivateKey:
    """A key whose fingerprint does not begin with a zero digit, which mtcute cannot handle."""
    while True:
        key = RsaPrivateKey.generate(entropy)
        if key.fingerprint >> 60 & 0xF:
            return key
