"""Runs cases for servers against the embedded data center, in memory and in simulated time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sansio_tl.conformance.case import Case, CaseVerdict, Finding, Judgement
from sansio_tl.conformance.faulty_client import (
    EnterCode,
    FaultyClient,
    HandshakeRefusedError,
    OpenConnection,
    Received,
    ServerTarget,
    Write,
)
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.testing.sandbox import PASSWORD
from tests.conformance.own_server import OwnServer
from tests.helpers.connected_pair import NOW
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key

PROXY_SECRET = "ee" + "0123456789abcdef" * 2 + b"example.org".hex()


@cache
def rsa_key_pem() -> str:
    """The server's RSA key in PEM; reading it takes as long as a case."""
    return rsa_key().to_pem()


def run_server_case(case: Case) -> tuple[CaseVerdict, Judgement]:
    """The verdict on the embedded data center."""
    judgement = _judge(case.make, case.name)
    return case.verdict(judgement.finding), judgement


def run_server_control(case: Case) -> Judgement:
    """The control of a case, with the embedded data center."""
    assert case.control is not None
    return _judge(case.control, "control")


def _judge(make_script: Callable[[], object], name: str) -> Judgement:
    entropy = SeededEntropy(name)
    server = OwnServer(private_key=rsa_key_pem(), secret=PROXY_SECRET, seed=name, now=NOW)
    target = ServerTarget(
        public_key=rsa_key().public_key,
        phone="9996620100",
        password=PASSWORD,
        proxy_secret=ProxySecret.parse(PROXY_SECRET),
    )
    peer = FaultyClient(target, entropy=entropy, now=NOW)
    make = make_script()
    assert callable(make)
    script = make(peer)
    now = NOW
    ended = False
    judgement: Judgement
    try:
        step = next(script)
        while True:
            data: bytes | None = None
            match step:
                case OpenConnection():
                    server.accept(now=now)
                    ended, data = False, b""
                case EnterCode():
                    data = b"22222"
                case Write():
                    for piece in step.pieces:
                        server.connection.receive_data(piece, now=now)
                case _:
                    connection = server.connection
                    data = connection.data_to_send(now=now) or None
                    if data is None and connection.closed and not ended:
                        data, ended = b"", True
                    elif data is None:
                        due = connection.next_deadline()
                        until = now + step.seconds
                        now = until if due is None else max(now, min(due, until))
                        connection.handle_deadline(now=now)
            now += 0.0001
            step = script.send(Received(data, now))
    except StopIteration as end:
        judgement = end.value
    except HandshakeRefusedError as refused:
        judgement = Judgement(Finding.NOT_REACHED, str(refused))
    return judgement
