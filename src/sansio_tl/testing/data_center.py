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
`sansio_tl.testing.scripted_replies` explains errors on demand. Several data centers that share a `Cluster` have the
same accounts, and redirect users and devices to each other.
"""

from __future__ import annotations

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
from sansio_tl.testing.cluster import Cluster
from sansio_tl.testing.codes import CodeBook
from sansio_tl.testing.config import DataCenterConfig
from sansio_tl.testing.connection import DataCenterConnection
from sansio_tl.testing.context import DataCenterState, RequestContext
from sansio_tl.testing.events import ConnectionEnded, DataCenterEvent, OtherLayer, RequestServed
from sansio_tl.testing.handlers.registry import HANDLERS
from sansio_tl.testing.scripted_replies import ScriptedReplies
from sansio_tl.tl.objects import Function

_MAX_EVENTS = 10_000
"""Maximum number of unread events; the oldest are dropped."""
_WEB_TOKEN_SIZE = 24


class DataCenter:
    """One data center. Its connections share keys, sessions and codes; data centers of a cluster share the accounts."""

    def __init__(
        self,
        config: DataCenterConfig | None = None,
        *,
        cluster: Cluster | None = None,
        entropy: Entropy,
        now: float,
    ) -> None:
        """Create a data center.

        Args:
            config: its behavior; None: the defaults.
            cluster: that of another data center, to share accounts with it; None: its own.
            entropy: the source of its keys, codes and nonces.
            now: server time, seconds since the Unix epoch.

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
        self.on_output: Callable[[DataCenterConnection], object] = lambda _: None
        """Called with a connection that has output which its own input did not cause: wake its driver."""
        self._state = DataCenterState(self.cluster, CodeBook(config.max_codes), opened_at=now)
        self._script = ScriptedReplies()
        self._entropy = entropy
        self._keys = KeyStore()
        self._handshakes = PendingHandshakes(config.limits)
        self._layer_codecs = LayerCodecs(config.schemas)
        self._events: deque[DataCenterEvent] = deque(maxlen=_MAX_EVENTS)
        self._server_config = ServerConfig(
            private_keys=(self.private_key,),
            dc_id=config.dc_id,
            accept_legacy_rsa=config.accept_legacy_rsa,
            proxy_secrets=config.proxy_secrets,
            schemas=config.schemas,
            allowed_origins=config.allowed_origins,
            limits=config.limits,
        )
        self._connections: dict[DataCenterConnection, None] = {}

    @property
    def accounts(self) -> Accounts:
        """The accounts of its cluster."""
        return self.cluster.accounts

    @property
    def public_key(self) -> RsaPublicKey:
        """The key that clients must trust to use this data center (`Config.public_keys`)."""
        return self.private_key.public_key

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

    def fail_next(self, method: str | type[Function[Any]], error: RpcError, *, times: int = 1) -> None:
        """Answer the next `times` requests of a method (``"*"``: of any) with an error, whatever they contain.

        Raises LocalProtocolError if the method is unknown or the error is no RpcError.
        """
        self._script.fail(method, error, times)

    def answer_next(self, method: str | type[Function[Any]], result: object, *, times: int = 1) -> None:
        """Answer the next `times` requests of a method with this result, whatever they contain. They have no other
        effect.

        Raises LocalProtocolError if the method is unknown, and EncodeError for a value that is not of its result type.
        """
        self._script.answer(method, result, times)

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
        engine = ServerConnection(
            self._server_config, self._keys, entropy=self._entropy, now=now, handshakes=self._handshakes
        )
        connection = DataCenterConnection(self, engine)
        self._connections[connection] = None
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
            self._events.append(RequestServed(query.NAME, error, query))
            raise
        self._events.append(RequestServed(query.NAME, None, query))
        return result

    def _handle(self, call: RequestContext, query: Function[Any]) -> object:
        ordered = self._script.pop(query)
        if isinstance(ordered, RpcError):
            raise ordered
        if ordered is not None:
            return ordered
        handler = HANDLERS.get(type(query))
        if handler is None:
            call.require_account()
            raise errors.MethodInvalid
        return handler(call, query)

    def serve(self, request: IncomingRequest, *, now: float) -> object:
        """Answer a request of a connection. The first one of a key must carry initConnection."""
        key_id = request.session.record.identity
        device = self._state.devices.of(key_id)
        try:
            if request.init is not None and request.init is not device.init:
                _check_init(request.init)
                device.init = request.init
                self._note_layer(request.layer)
            if device.init is None:
                raise errors.ConnectionNotInited
        except RpcError as error:
            error.request = request.query.NAME
            self._events.append(RequestServed(request.query.NAME, error, request.query))
            raise
        return self.call(request.query, key_id=key_id, now=now, wrappers=request.wrappers)

    def _note_layer(self, layer: int | None) -> None:
        """A client has sent its layer: report it if its schema is not available."""
        if layer is not None and (served := self._layer_codecs.nearest(layer)) != layer:
            self._events.append(OtherLayer(layer, served))

    def push(self, key_id: bytes, update: types.TypeUpdate, *, now: float) -> None:
        """Push updates to a device."""
        updates = types.UpdateShort(update=update, date=int(now))
        for connection in self._connections:
            if connection.push(key_id, updates, now=now):
                self.on_output(connection)
        for record in self._keys.values():
            if record.identity == key_id:
                for session in record.sessions.values():
                    if session.expects_poll(now):
                        session.push(updates, self._layer_codecs)

    def disconnect(self, key_id: bytes, *, now: float) -> None:
        """Close the connections of a device that another one has logged out."""
        for connection in tuple(self._connections):
            if connection.disconnect(key_id, now=now):
                self.on_output(connection)

    def forget(self, connection: DataCenterConnection) -> None:
        """A connection has ended."""
        if connection in self._connections:
            del self._connections[connection]
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
        for record in (self._keys[key_id], *self._keys.temporary_keys_of(key_id)):
            yield from record.sessions.values()

    def forget_key(self, key_id: bytes) -> None:
        """An auth key was destroyed: log it out."""
        self._state.devices.forget(key_id)
        for connection in self._connections:
            if connection.is_ending:
                self.on_output(connection)


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
