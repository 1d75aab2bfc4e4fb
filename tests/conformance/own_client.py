"""Our client as a peer under test: it takes and gives bytes, and its program logs in and makes two calls.

Nothing here uses the suite: for `tests.conformance.sharpness` this module is imported with a mutated engine, and the
suite with an unchanged one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import partial
from typing import Any, NamedTuple

from sansio_tl import Client, ClientConfig, Config, Endpoint, Function, auth, functions
from sansio_tl.client import Connect, Disconnect, Send
from sansio_tl.crypto.factorization import Factorization
from sansio_tl.crypto.rsa import RsaPublicKey
from sansio_tl.errors import ConnectionLostError, LocalProtocolError, RemoteProtocolError, RpcError
from sansio_tl.events import FlowFailed, FlowFinished, InputRequired
from sansio_tl.framing import Framing, Full, Intermediate
from sansio_tl.framing.factory import through_proxy
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client import handshake
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.role import Role
from sansio_tl_transports import LoginInterrupted
from sansio_tl_transports._shared.login import Conversation, PromptAnswers
from tests.helpers.entropy import SeededEntropy

HOST, PORT = "192.0.2.1", 443
Program = Generator[Function[Any] | auth.Flow[Any], Any, None]
_ENDS_PROGRAM = (RpcError, RemoteProtocolError, LocalProtocolError, ConnectionLostError, LoginInterrupted)


class Output(NamedTuple):
    """What the client wants of the network."""

    connection_id: int
    data: bytes = b""
    opens: bool = False
    closes: bool = False
    """After the data."""


def program(phone: str, entropy: SeededEntropy) -> Program:
    """What a program for the suite does, with the login of the adapters. It yields what it waits for."""
    answers = PromptAnswers(code=lambda _: "22222", password=lambda _: "password")
    conversation = Conversation(auth.log_in(phone, api_id=1, api_hash="hash"), answers)
    while (yield conversation.flow):
        ask, prompt = conversation.question()
        given = ask(prompt)
        if isinstance(prompt, auth.PasswordPrompt):  # as a conversation does, but each run is to be the same
            conversation.flow.enter_password(given, entropy=entropy)
        else:
            conversation.answer(prompt, given)
    conversation.end()
    yield functions.help.GetNearestDc()
    yield functions.help.GetConfig()


def _proxy_framing(secret: ProxySecret, entropy: SeededEntropy, now: float, role: Role, limits: Limits) -> Framing:
    return through_proxy(secret, limits, name="obfuscated", entropy=entropy, now=now, dc=2)


class OwnClient:
    """Our client, with its program."""

    def __init__(
        self, phone: str, *, public_key: str, seed: str, now: float, full: bool = False, secret: str | None = None
    ) -> None:
        """`public_key` is in PEM. `full`: it uses the full framing; `secret` is that of an MTProxy."""
        entropy = SeededEntropy(f"{seed}, client")
        proxy = None if secret is None else ProxySecret.parse(secret)
        framing = partial(_proxy_framing, proxy, entropy, now) if proxy else Full if full else Intermediate
        config = Config(api_id=1, public_keys=(RsaPublicKey.from_pem(public_key),), framing=framing)
        endpoints = {dc_id: (Endpoint(HOST, PORT),) for dc_id in range(1, 6)}
        self._client = Client(ClientConfig(connection_config=config, endpoints=endpoints), entropy=entropy, now=now)
        self._program = program(phone, entropy)
        self._waits_for: RequestHandle[Any] | auth.Flow[Any] | None = None
        self._outcome: FlowFailed | FlowFinished | InputRequired | None = None
        """What has become of the flow that the program waits for."""
        self.exit_status: int | None = None
        """Of the program."""
        self._proceed(None, now)

    @property
    def may_proceed(self) -> bool:
        """Whether the program has what it waits for."""
        if self.exit_status is not None:
            return False
        waits_for = self._waits_for
        return waits_for.done if isinstance(waits_for, RequestHandle) else self._outcome is not None

    def proceed(self, *, now: float) -> None:
        """The program goes a step further."""
        waits_for, outcome = self._waits_for, self._outcome
        if isinstance(waits_for, RequestHandle):
            try:
                result = waits_for.result()
            except RpcError as error:
                self._exit(error, now)
                return
            self._proceed(result, now)
        elif isinstance(outcome, FlowFailed):
            self._exit(outcome.error, now)
        else:
            self._proceed(isinstance(outcome, InputRequired), now)

    def _proceed(self, value: object, now: float) -> None:
        self._outcome = None
        try:
            waits_for = self._program.send(value)
            if isinstance(waits_for, auth.Flow):
                self._client.run(waits_for, now=now)
                self._waits_for = waits_for
            else:
                self._waits_for = self._client.invoke(waits_for, now=now)
        except StopIteration:
            self._exit(None, now)
        except _ENDS_PROGRAM as error:
            self._exit(error, now)

    def _exit(self, error: Exception | None, now: float) -> None:
        if error is not None and not isinstance(error, _ENDS_PROGRAM):
            raise error
        self._client.close(now=now)
        self.exit_status = 0 if error is None else 1

    def outputs(self, *, now: float) -> Iterator[Output]:
        """What the client wants now. A connection that opens has succeeded."""
        while (action := self._client.next_action()) is not None:
            match action:
                case Connect(connection_id=number, endpoints=endpoints):
                    yield Output(number, opens=True)
                    self._client.connection_made(number, endpoint=endpoints[0], now=now)
                case Send(connection_id=number):
                    yield Output(number, self._client.data_to_send(number, now=now))
                case Disconnect(connection_id=number, data=data):
                    yield Output(number, data, closes=True)
                case _:
                    pass

    def take_events(self) -> bool:
        """Whether the client has reported anything."""
        took = False
        while (event := self._client.next_event()) is not None:
            took = True
            if isinstance(event, (FlowFailed, FlowFinished, InputRequired)):
                self._outcome = event
        return took

    def receive_data(self, connection_id: int, data: bytes, *, now: float) -> None:
        """Bytes have come; ``b""``: the connection was closed."""
        self._client.receive_data(connection_id, data, now=now)

    def next_deadline(self) -> float | None:
        """When `handle_deadline` is due."""
        return self._client.next_deadline()

    def handle_deadline(self, *, now: float) -> None:
        """Let the time pass."""
        self._client.handle_deadline(now=now)


def remember_factors(known: dict[tuple[Any, ...], tuple[Any, ...]]) -> None:
    """From now on what is in `known` is not factorised again: the suite has the same pq in nearly every case."""
    name = "continue_factorization"
    compute = getattr(handshake, name)

    def remembered(state: Factorization) -> Factorization:
        if state not in known:
            known[state] = compute(state)
        return Factorization(*known[state])

    setattr(handshake, name, remembered)
