"""Runs cases for clients with our own client, in memory and in simulated time."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

from sansio_tl import Client, ClientConfig, Config, Endpoint, functions, types
from sansio_tl.client import Connect, Disconnect, Send
from sansio_tl.conformance.case import Case, CaseVerdict, Judgement
from sansio_tl.conformance.faulty_server import ClientRun, ServedConnection, ServerBehavior, SuiteDataCenter
from sansio_tl.crypto import srp
from sansio_tl.errors import ConnectionLostError, LocalProtocolError, RemoteProtocolError, RpcError
from sansio_tl.framing import Framing, Full, Intermediate
from sansio_tl.framing.factory import through_proxy
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.limits import Limits
from sansio_tl.role import Role
from sansio_tl.testing import DataCenterConfig
from tests.conformance.in_memory import PROXY_SECRET
from tests.helpers.connected_pair import NOW
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key

_TICK = 0.05
_THOUGHT = 0.0137
"""Seconds between an answer and the next request."""
_LIMIT = 60.0
"""Seconds of simulated time for one run."""
Program = Generator[Any, Any, None]


def program(phone: str, entropy: SeededEntropy) -> Program:
    """What a program for the suite does: it logs in, and makes two calls."""
    sent = yield functions.auth.SendCode(phone, 1, "hash", types.CodeSettings())
    try:
        yield functions.auth.SignIn(phone, sent.phone_code_hash, "22222")
    except RpcError as error:
        if error.text != "SESSION_PASSWORD_NEEDED":
            raise
        asked = yield functions.account.GetPassword()
        algo = asked.current_algo
        if isinstance(algo, types.PasswordKdfAlgoUnknown):
            raise LocalProtocolError("unknown algorithm") from None
        proof = srp.proof(
            "password",
            salt1=algo.salt1,
            salt2=algo.salt2,
            g=algo.g,
            p=algo.p,
            srp_B=asked.srp_B,
            entropy=entropy,
        )
        yield functions.auth.CheckPassword(types.InputCheckPasswordSRP(asked.srp_id, proof.A, proof.M1))
    yield functions.help.GetNearestDc()
    yield functions.help.GetConfig()


def _proxy_framing(secret: ProxySecret, entropy: SeededEntropy, now: float, role: Role, limits: Limits) -> Framing:
    return through_proxy(secret, limits, name="obfuscated", entropy=entropy, now=now, dc=2)


class MemoryRun:
    """One run of our client."""

    def __init__(
        self, behavior: ServerBehavior, name: str, *, full: bool = False, secret: ProxySecret | None = None
    ) -> None:
        self.now = NOW
        entropy = SeededEntropy(name)
        data_center = SuiteDataCenter(DataCenterConfig(private_key=rsa_key()), entropy=entropy, now=self.now)
        self.run = ClientRun(behavior, data_center, entropy=entropy, now=self.now, proxy_secret=secret)
        framing = partial(_proxy_framing, secret, entropy, self.now) if secret else Full if full else Intermediate
        config = Config(api_id=1, public_keys=(rsa_key().public_key,), framing=framing)
        endpoints = {dc_id: (Endpoint("192.0.2.1", 443),) for dc_id in range(1, 6)}
        for dc_id in range(1, 6):
            data_center.announce("192.0.2.1", 443, dc_id=dc_id)
        self.client = Client(ClientConfig(connection_config=config, endpoints=endpoints), entropy=entropy, now=self.now)
        self.links: dict[int, ServedConnection] = {}
        self.program = program(f"999662{behavior.phone_suffix}", entropy)
        self.handle = self.client.invoke(next(self.program), now=self.now)

    def judge(self) -> Judgement:
        """Run until there is a judgement."""
        while self.now - NOW < _LIMIT:
            while self.moves():
                pass
            found = self.run.judge(now=self.now)
            if found is not None:
                return found
            due = self.client.next_deadline()
            self.now = min(self.now + _TICK, max(self.now + 0.0001, due)) if due is not None else self.now + _TICK
            self.client.handle_deadline(now=self.now)
            for link in list(self.links.values()):
                link.handle_deadline(now=self.now)
        return self.run.conclude(now=self.now)

    def moves(self) -> bool:
        """Let everything happen that needs no time; whether there was something."""
        moved = self.program_moves()
        while (action := self.client.next_action()) is not None:
            moved = True
            match action:
                case Connect(connection_id=number, endpoints=endpoints):
                    self.links[number] = self.run.accept(now=self.now)
                    self.client.connection_made(number, endpoint=endpoints[0], now=self.now)
                case Send(connection_id=number) if number in self.links:
                    data = self.client.data_to_send(number, now=self.now)
                    if data:
                        self.links[number].receive_data(data, now=self.now)
                case Disconnect(connection_id=number, data=data) if number in self.links:
                    link = self.links.pop(number)
                    if data:
                        link.receive_data(data, now=self.now)
                    link.receive_data(b"", now=self.now)
                case _:
                    pass
        while self.client.next_event() is not None:
            moved = True
        for number, link in list(self.links.items()):
            for piece in link.pieces_to_send(now=self.now):
                moved = True
                self.client.receive_data(number, piece, now=self.now)
            if link.closed and self.links.pop(number, None) is not None:
                moved = True
                self.client.receive_data(number, b"", now=self.now)
        return moved

    def program_moves(self) -> bool:
        """Whether the program has gone a step further."""
        if self.run.exit_status is not None or not self.handle.done:
            return False
        self.now += _THOUGHT
        try:
            try:
                function = self.program.send(self.handle.result())
            except RpcError as error:
                function = self.program.throw(error)
            self.handle = self.client.invoke(function, now=self.now)
        except StopIteration:
            self.client.close(now=self.now)
            self.run.exited(0, now=self.now)
        except (RpcError, RemoteProtocolError, LocalProtocolError, ConnectionLostError):
            self.client.close(now=self.now)
            self.run.exited(1, now=self.now)
        return True


def run_client_case(case: Case, *, full: bool = False) -> tuple[CaseVerdict, Judgement]:
    """The verdict on our client. `full`: it uses the full framing, in place of the intermediate one."""
    behavior = case.make()
    assert isinstance(behavior, ServerBehavior)
    judgement = MemoryRun(behavior, case.name, full=full, secret=secret_for(case)).judge()
    return case.verdict(judgement.finding), judgement


def run_control(case: Case) -> Judgement:
    """The control of a case, with our client."""
    assert case.control is not None
    behavior = case.control()
    assert isinstance(behavior, ServerBehavior)
    return MemoryRun(behavior, "control", secret=secret_for(case)).judge()


def secret_for(case: Case) -> ProxySecret | None:
    """The secret with which our client connects, for a case that needs one."""
    return PROXY_SECRET if "fake-tls" in case.tags else None
