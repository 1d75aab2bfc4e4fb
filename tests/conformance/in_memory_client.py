"""Runs cases for clients with our own client, in memory and in simulated time."""

from __future__ import annotations

from sansio_tl.conformance.case import Case, CaseVerdict, Judgement
from sansio_tl.conformance.faulty_server import ClientRun, ServedConnection, ServerBehavior, SuiteDataCenter
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.testing import DataCenterConfig
from tests.conformance.in_memory import PROXY_SECRET
from tests.conformance.own_client import HOST, PORT, OwnClient
from tests.helpers.connected_pair import NOW
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key

_TICK = 0.05
_THOUGHT = 0.0137
"""Seconds between an answer and the next request."""
_LIMIT = 60.0
"""Seconds of simulated time for one run."""


class MemoryRun:
    """One run of our client."""

    def __init__(self, behavior: ServerBehavior, name: str, *, full: bool = False, secret: str | None = None) -> None:
        self.now = NOW
        entropy = SeededEntropy(name)
        data_center = SuiteDataCenter(DataCenterConfig(private_key=rsa_key()), entropy=entropy, now=self.now)
        for dc_id in range(1, 6):
            data_center.announce(HOST, PORT, dc_id=dc_id)
        proxy_secret = None if secret is None else ProxySecret.parse(secret)
        self.run = ClientRun(behavior, data_center, entropy=entropy, now=self.now, proxy_secret=proxy_secret)
        self.client = OwnClient(
            f"999662{behavior.phone_suffix}",
            public_key=rsa_key().public_key.to_pem(),
            seed=name,
            now=self.now,
            full=full,
            secret=secret,
        )
        self.links: dict[int, ServedConnection] = {}

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
        for output in self.client.outputs(now=self.now):
            moved = True
            number = output.connection_id
            if output.opens:
                self.links[number] = self.run.accept(now=self.now)
            link = self.links.get(number)
            if link is not None and output.data:
                link.receive_data(output.data, now=self.now)
            if link is not None and output.closes:
                del self.links[number]
                link.receive_data(b"", now=self.now)
        moved |= self.client.take_events()
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
        if not self.client.may_proceed:
            return False
        self.now += _THOUGHT
        self.client.proceed(now=self.now)
        if self.client.exit_status is not None:
            self.run.exited(self.client.exit_status, now=self.now)
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


def secret_for(case: Case) -> str | None:
    """The secret with which our client connects, for a case that needs one."""
    return PROXY_SECRET if "fake-tls" in case.tags else None
