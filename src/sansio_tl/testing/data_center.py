"""An embedded data center: accounts, codes and passwords behind the server's part of the protocol, without I/O.

    data center = DataCenter(entropy=os.urandom, now=now)
    link = data center.accept(now=now)                          # somebody has connected
    link.receive_data(sock.recv(65536), now=now)           # b"" means the client has closed
    sock.sendall(link.data_to_send(now=now))
    link.next_deadline() -> float | None;  link.handle_deadline(now=now)
    while (event := data center.next_event()) is not None: ...  # CodeSent(...), LoggedIn(...) ...

It is driven like a `Connection`, by whatever sockets and clock you have; the same entropy and the same times give the
same bytes. `DataCenter.call` answers a function object directly, with no link at all.

Phone numbers that act out a story (a flood, a ban, a password, a missed call ...) are listed in
`sansio_tl.testing.sandbox`; errors on demand are explained in `sansio_tl.testing.scripted_replies`. Several data
data centers that share a `World` have the same accounts, and send people and devices to each other.
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
from sansio_tl.testing.events import DataCenterEvent, LinkEnded, OtherLayer, RequestServed
from sansio_tl.testing.handlers.registry import HANDLERS
from sansio_tl.testing.scripted_replies import ScriptedReplies
from sansio_tl.tl.objects import Function

_MAX_EVENTS = 10_000
"""Events kept for `next_event`; nobody has to read them, so the oldest make room."""
_WEB_TOKEN_SIZE = 24


class DataCenter:
    """One data center. Its links share keys, sessions and codes; data centers of a world share the accounts."""

    def __init__(
        self,
        config: DataCenterConfig | None = None,
        *,
        world: Cluster | None = None,
        entropy: Entropy,
        now: float,
    ) -> None:
        """Open a data center.

        Args:
            config: how it behaves; None: the defaults.
            world: that of another data center, to share accounts with it; None: its own.
            entropy: where its keys, codes and nonces come from.
            now: server time, seconds since the Unix epoch.

        Raises LocalProtocolError when the world has a data center of that number.
        """
        config = config or DataCenterConfig()
        self.config = config
        self.world = world or Cluster()
        if config.dc_id in self.world.data_centers:
            raise LocalProtocolError(f"there is a data center {config.dc_id} already")
        self.world.data_centers[config.dc_id] = self
        self.world.addresses.setdefault(config.dc_id, ("127.0.0.1", 443))
        self.private_key = config.private_key or _friendly_key(entropy)
        self.on_output: Callable[[DataCenterConnection], object] = lambda _: None
        """Called with a link that has something to say that was not asked on it: wake whoever carries its bytes."""
        self._state = DataCenterState(self.world, CodeBook(config.max_codes), opened_at=now)
        self._script = ScriptedReplies()
        self._entropy = entropy
        self._keys = KeyStore()
        self._handshakes = PendingHandshakes(config.limits)
        self._dialects = LayerCodecs(config.schemas)
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
        self._links: dict[DataCenterConnection, None] = {}

    @property
    def accounts(self) -> Accounts:
        """The people of its world."""
        return self.world.accounts

    @property
    def public_key(self) -> RsaPublicKey:
        """The key that clients must know to trust this data center (`Config.public_keys`)."""
        return self.private_key.public_key

    # -- preparing it -----------------------------------------------------------------------------------------------

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
        """Let somebody have an account here.

        See `Accounts.create`; `login_email` is where log-in codes are mailed to.
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
        """Let a bot live here. Raises LocalProtocolError when the token is another's."""
        return self.accounts.create_bot(token, dc_id=self.config.dc_id, first_name=first_name, entropy=self._entropy)

    def add_web_session(self, account: Account, domain: str, bot: Account, *, now: float) -> WebSession:
        """Let the owner of an account be logged in to a website, through its bot."""
        session = WebSession(int.from_bytes(self._entropy(7), "big"), domain, bot.id, "Firefox", now)
        account.web_sessions[session.hash] = session
        return session

    def make_web_token(self, account: Account, *, now: float, life: float = 60.0) -> str:
        """A web auth token, as a website would give it: good once, for `life` seconds."""
        token = self._entropy(_WEB_TOKEN_SIZE).hex()
        self.world.web_tokens[token] = account, now + life
        return token

    def announce(self, host: str, port: int, *, dc_id: int | None = None) -> None:
        """Say where this data center, or another one, listens: an IP address and a port, told by help.getConfig."""
        self.world.addresses[self.config.dc_id if dc_id is None else dc_id] = (host, port)

    def fail_next(self, method: str | type[Function[Any]], error: RpcError, *, times: int = 1) -> None:
        """Refuse the next `times` requests of a method (``"*"``: of any) with an error, whatever they say.

        Raises LocalProtocolError when there is no such method, and for what is no RpcError.
        """
        self._script.fail(method, error, times)

    def answer_next(self, method: str | type[Function[Any]], result: object, *, times: int = 1) -> None:
        """Answer the next `times` requests of a method with this, whatever they say. Nothing else is done for them.

        Raises LocalProtocolError when there is no such method, and EncodeError for a value that is not of its result
        type.
        """
        self._script.answer(method, result, times)

    def advance_clock(self, seconds: float) -> None:
        """Let time pass in its whole world: codes expire, floods end, sessions age.

        Messages keep the time of `now`, so that clients notice nothing. Dates that a client is told are ahead of its
        clock.
        """
        self.world.passed += seconds

    def ban(self, account: Account) -> None:
        """Ban somebody: USER_DEACTIVATED_BAN wherever they are logged in, PHONE_NUMBER_BANNED at the next log-in."""
        account.banned = True

    # -- serving ----------------------------------------------------------------------------------------------------

    def accept(self, *, now: float) -> DataCenterConnection:
        """Somebody has connected: a link to shuttle bytes through."""
        connection = ServerConnection(
            self._server_config, self._keys, entropy=self._entropy, now=now, handshakes=self._handshakes
        )
        link = DataCenterConnection(self, connection)
        self._links[link] = None
        return link

    def next_event(self) -> DataCenterEvent | None:
        """The next thing that happened here; None when there is nothing new."""
        return self._events.popleft() if self._events else None

    def call(
        self, query: Function[Any], *, key_id: bytes, now: float, wrappers: tuple[Function[Any], ...] = ()
    ) -> object:
        """Answer a function object for the auth key with that id; raises the RpcError that it is refused with.

        `wrappers` is what the query came wrapped in.
        """
        call = RequestContext(
            config=self.config,
            state=self._state,
            device=self._state.devices.of(key_id),
            now=now + self.world.passed,
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
        """Answer a request of a link. The first one of a key has to say who calls: initConnection."""
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
        """A client has introduced itself: say so if its layer is not there."""
        if layer is not None and (served := self._dialects.nearest(layer)) != layer:
            self._events.append(OtherLayer(layer, served))

    def push(self, key_id: bytes, update: types.TypeUpdate, *, now: float) -> None:
        """Tell a device something unasked."""
        updates = types.UpdateShort(update=update, date=int(now))
        for link in self._links:
            if link.push(key_id, updates, now=now):
                self.on_output(link)
        for record in self._keys.values():
            if record.identity == key_id:
                for session in record.sessions.values():
                    if session.expects_poll(now):
                        session.push(updates, self._dialects)

    def hang_up(self, key_id: bytes, *, now: float) -> None:
        """A device was logged out by another one: close its connections."""
        for link in tuple(self._links):
            if link.hang_up(key_id, now=now):
                self.on_output(link)

    def forget(self, link: DataCenterConnection) -> None:
        """A link is over."""
        if link in self._links:
            del self._links[link]
            self._events.append(LinkEnded(link.error))

    def key_made(self, *, now: float) -> None:
        """There is another auth key: if there are too many, the oldest one that nobody uses makes room for it.

        A key is used while somebody is logged in under it or a link holds it (`DataCenterLink.held_keys`). Of those
        that are not, one whose session asked a moment ago over HTTP, or to whose client a code was sent, goes only when
        there is no other: there may be a login under way. When all keys are used the new one is given up, and its
        client is told so by -404.
        """
        if len(self._keys) <= self.config.max_keys:
            return
        held = {key_id for link in self._links for key_id in link.held_keys()}
        coming = self._state.codes.awaited_from(now + self.world.passed)
        while len(self._keys) > self.config.max_keys:
            unused = [each for each in self._keys if not self._is_used(each, held)]
            *_, newest = self._keys
            idle = (each for each in unused if each != newest and not self._will_be_used(each, coming, now))
            key_id = next(idle, unused[0])
            del self._keys[key_id]  # and the temporary keys that end with it
            self.forget_key(key_id)

    def _is_used(self, key_id: bytes, held: set[bytes]) -> bool:
        identity = self._keys[key_id].identity
        return self._state.devices.is_used(identity) or identity in held

    def _will_be_used(self, key_id: bytes, coming: frozenset[bytes], now: float) -> bool:
        asked_at = max((session.asked_at for session in self._sessions_of(key_id)), default=-inf)
        return self._keys[key_id].identity in coming or now - asked_at < 2 * self.config.limits.long_poll_timeout

    def _sessions_of(self, key_id: bytes) -> Iterator[ServerSession]:
        """Those of a key and of the temporary keys that stand for it."""
        for record in (self._keys[key_id], *self._keys.temporary_keys_of(key_id)):
            yield from record.sessions.values()

    def forget_key(self, key_id: bytes) -> None:
        """An auth key was destroyed: it has nobody logged in any more."""
        self._state.devices.forget(key_id)
        for link in self._links:
            if link.is_ending:
                self.on_output(link)


def _check_init(init: functions.InitConnection[Any]) -> None:
    """What initConnection must say."""
    if init.api_id <= 0:
        raise errors.ConnectionApiIdInvalid
    if not init.device_model:
        raise errors.ConnectionDeviceModelEmpty
    if not init.system_version:
        raise errors.ConnectionSystemEmpty
    if not init.app_version:
        raise errors.ConnectionAppVersionEmpty


def _friendly_key(entropy: Entropy) -> RsaPrivateKey:
    """A key whose fingerprint does not begin with a zero digit, over which mtcute stumbles."""
    while True:
        key = RsaPrivateKey.generate(entropy)
        if key.fingerprint >> 60 & 0xF:
            return key
