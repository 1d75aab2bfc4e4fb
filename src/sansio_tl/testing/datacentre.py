"""An embedded data centre: accounts, codes and passwords behind the server's part of the protocol, without I/O.

    centre = DataCentre(entropy=os.urandom, now=now)
    link = centre.accept(now=now)                          # somebody has connected
    link.receive_data(sock.recv(65536), now=now)           # b"" means the client has closed
    sock.sendall(link.data_to_send(now=now))
    link.next_deadline() -> float | None;  link.handle_deadline(now=now)
    while (event := centre.next_event()) is not None: ...  # CodeSent(...), LoggedIn(...) ...

It is driven like a `Connection`, by whatever sockets and clock you have; the same entropy and the same times give the
same bytes. `DataCentre.call` answers a function object directly, with no link at all.

Phone numbers that act out a story (a flood, a ban, a password, a missed call ...) are listed in
`sansio_tl.testing.sandbox`.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Any

from sansio_tl import errors, types
from sansio_tl.crypto.rsa import RsaPrivateKey, RsaPublicKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors import RpcError
from sansio_tl.errors.protocol import ProtocolError
from sansio_tl.errors.transport import TransportError
from sansio_tl.events import AuthKeyDestroyed, ConnectionClosed, RequestReceived
from sansio_tl.server import IncomingRequest, KeyRecord, ServerConfig, ServerConnection
from sansio_tl.testing.accounts import Account, Accounts
from sansio_tl.testing.call import Call, State
from sansio_tl.testing.config import DataCentreConfig
from sansio_tl.testing.events import DataCentreEvent, RequestServed
from sansio_tl.testing.handlers.table import HANDLERS
from sansio_tl.tl.objects import Function

_MAX_EVENTS = 10_000
"""Events kept for `next_event`; nobody has to read them, so the oldest make room."""


class DataCentre:
    """One data centre. Its links share keys, sessions, accounts and codes."""

    def __init__(
        self,
        config: DataCentreConfig | None = None,
        *,
        accounts: Accounts | None = None,
        entropy: Entropy,
        now: float,
    ) -> None:
        """Open a data centre.

        Args:
            config: how it behaves; None: the defaults.
            accounts: those of another data centre, to share one world with it; None: its own.
            entropy: where its keys, codes and nonces come from.
            now: server time, seconds since the Unix epoch.
        """
        config = config or DataCentreConfig()
        self.config = config
        self.accounts = Accounts() if accounts is None else accounts
        self.private_key = config.private_key or _friendly_key(entropy)
        self._state = State(self.accounts, addresses={config.dc_id: ("127.0.0.1", 443)}, opened_at=now)
        self._entropy = entropy
        self._keys: dict[bytes, KeyRecord] = {}
        self._events: deque[DataCentreEvent] = deque(maxlen=_MAX_EVENTS)
        self._server_config = ServerConfig(
            private_keys=(self.private_key,),
            dc_id=config.dc_id,
            accept_legacy_rsa=config.accept_legacy_rsa,
            schemas=config.schemas,
            limits=config.limits,
        )
        self._links: dict[DataCentreLink, None] = {}

    @property
    def public_key(self) -> RsaPublicKey:
        """The key that clients must know to trust this data centre (`Config.public_keys`)."""
        return self.private_key.public_key

    def add_account(
        self,
        phone_number: str,
        *,
        first_name: str = "Test",
        last_name: str = "",
        password: str | None = None,
        hint: str | None = None,
    ) -> Account:
        """Let somebody have an account here. See `Accounts.create`."""
        return self.accounts.create(
            phone_number,
            dc_id=self.config.dc_id,
            first_name=first_name,
            last_name=last_name,
            password=password,
            hint=hint,
            entropy=self._entropy,
        )

    def announce(self, host: str, port: int, *, dc_id: int | None = None) -> None:
        """Say where this data centre, or another one, listens: an IP address and a port, told by help.getConfig."""
        self._state.addresses[self.config.dc_id if dc_id is None else dc_id] = (host, port)

    def accept(self, *, now: float) -> DataCentreLink:
        """Somebody has connected: a link to shuttle bytes through."""
        link = DataCentreLink(self, ServerConnection(self._server_config, self._keys, entropy=self._entropy, now=now))
        self._links[link] = None
        return link

    def next_event(self) -> DataCentreEvent | None:
        """The next thing that happened here; None when there is nothing new."""
        return self._events.popleft() if self._events else None

    def call(self, query: Function[Any], *, key_id: bytes, now: float) -> object:
        """Answer a function object for the auth key with that id; raises the RpcError that it is refused with."""
        handler = HANDLERS.get(type(query))
        call = Call(
            config=self.config,
            state=self._state,
            device=self._state.devices.of(key_id),
            now=now,
            entropy=self._entropy,
            report=self._events.append,
            push=partial(self._push, now),
        )
        try:
            if handler is None:
                call.require_account()
                raise errors.MethodInvalid
            result = handler(call, query)
        except RpcError as error:
            error.request = query.NAME
            self._events.append(RequestServed(query.NAME, error))
            raise
        self._events.append(RequestServed(query.NAME, None))
        return result

    def serve(self, request: IncomingRequest, *, now: float) -> object:
        """Answer a request of a link. The first one of a key has to say who calls: initConnection."""
        key_id = request.session.record.identity
        device = self._state.devices.of(key_id)
        device.initialised |= request.init is not None
        if not device.initialised:
            raise errors.ConnectionNotInited(request=request.query.NAME)
        return self.call(request.query, key_id=key_id, now=now)

    def forget(self, link: DataCentreLink) -> None:
        """A link is over."""
        self._links.pop(link, None)

    def forget_key(self, key_id: bytes) -> None:
        """An auth key was destroyed: it has nobody logged in any more."""
        self._state.devices.forget(key_id)

    def _push(self, now: float, key_id: bytes, updates: types.TypeUpdates) -> None:
        for link in self._links:
            link.push(key_id, updates, now=now)


class DataCentreLink:
    """One client's link to a data centre; drive it like a `Connection`."""

    def __init__(self, centre: DataCentre, connection: ServerConnection) -> None:
        self.error: ProtocolError | TransportError | None = None
        """Why the link ended, when it did not just end."""
        self._centre = centre
        self._connection = connection

    @property
    def closed(self) -> bool:
        """Whether the link is over. What `data_to_send` still has says good-bye."""
        return self._connection.closed

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Take bytes from the client; ``b""`` means that it has closed its end. Never raises for what it sent."""
        self._connection.receive_data(data, now=now)
        self._answer(now)

    def data_to_send(self, *, now: float) -> bytes:
        """Everything that must go to the client now. What it returned counts as sent."""
        return self._connection.data_to_send(now=now)

    def next_deadline(self) -> float | None:
        """When `handle_deadline` must be called, in the time of `now`; None for never."""
        return self._connection.next_deadline()

    def handle_deadline(self, *, now: float) -> None:
        """Tell the link the time when `next_deadline` has come."""
        self._connection.handle_deadline(now=now)
        self._answer(now)

    def close(self, *, now: float) -> None:
        """End the link from our side."""
        self._connection.close(now=now)
        self._answer(now)

    def push(self, key_id: bytes, updates: types.TypeUpdates, *, now: float) -> None:
        """Send updates to the sessions that this link carries of a device: of its auth key, or of one bound to it."""
        for session in self._connection.sessions:
            if session.record.identity == key_id and not self.closed:
                self._connection.push(session, updates, now=now)

    def _answer(self, now: float) -> None:
        while (event := self._connection.next_event()) is not None:
            match event:
                case RequestReceived():
                    self._serve(event.request, now)
                case AuthKeyDestroyed():
                    self._centre.forget_key(event.auth_key_id)
                case ConnectionClosed():
                    self.error = event.error
                    self._centre.forget(self)
                case _:
                    pass

    def _serve(self, request: IncomingRequest, now: float) -> None:
        try:
            result = self._centre.serve(request, now=now)
        except RpcError as error:
            self._connection.fail(request, error, now=now)
        else:
            self._connection.answer(request, result, now=now)


def _friendly_key(entropy: Entropy) -> RsaPrivateKey:
    """A key whose fingerprint does not begin with a zero digit, over which mtcute stumbles."""
    while True:
        key = RsaPrivateKey.generate(entropy)
        if key.fingerprint >> 60 & 0xF:
            return key
