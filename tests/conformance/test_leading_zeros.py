"""Numbers of a handshake that begin with a zero byte by chance: whether a peer drops it is for the cases about that."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

import pytest

from sansio_tl.conformance.case import Case, CaseVerdict, Finding, Judgement
from sansio_tl.conformance.client_cases import CLIENT_CASES
from sansio_tl.conformance.faulty_client import FaultyClient, Script, ServerTarget
from sansio_tl.conformance.faulty_handshake import FaultyHandshake, draw_nonce
from sansio_tl.conformance.faulty_server import ServedConnection, ServerBehavior
from sansio_tl.conformance.server_cases import SERVER_CASES
from sansio_tl_transports.conformance.client_runner import ClientOptions, ClientSuite
from sansio_tl_transports.conformance.server_runner import ServerOptions, ServerSuite
from tests.conformance.in_memory_client import MemoryRun
from tests.helpers.rsa_key import rsa_key

CONNECTS = (
    "import os, socket; socket.create_connection((os.environ['HOST'], int(os.environ['PORT']))); raise SystemExit(1)"
)


def test_drawn_nonce_does_not_begin_with_zero() -> None:
    assert draw_nonce(bytes, 16) == b"\1" + bytes(15)
    assert draw_nonce(lambda size: b"\7" * size, 16) == b"\7" * 16


def test_client_that_fails_its_first_handshake_is_found() -> None:
    case = next(case for case in CLIENT_CASES if case.name == "server-nonce-begins-with-zero")
    behavior = case.make()
    assert isinstance(behavior, ServerBehavior)
    made = MemoryRun(behavior, case.name)
    assert made.judge().finding is Finding.CORRECT
    assert made.run.handshakes[0].server_nonce[0] == 0
    made.run.handshakes[0].negotiated = None
    assert behavior.on_end(made.run).finding is Finding.VIOLATED


class Failing(ServerBehavior):
    """A client of which a handshake has this new_nonce does not log in."""

    def __init__(self, new_nonce: bytes, runs: list[Failing]) -> None:
        self._new_nonce = new_nonce
        self._runs = runs

    def on_connect(self, link: ServedConnection) -> None:
        handshake = FaultyHandshake({}, rsa_key(), link.run.entropy, link.run.now)
        handshake.new_nonce = self._new_nonce
        link.run.handshakes.append(handshake)
        self._runs.append(self)


@pytest.mark.parametrize(("new_nonce", "runs"), [(b"\0" + b"a" * 31, 3), (b"a" * 32, 1)])
def test_client_is_run_again_if_its_nonce_begins_with_zero(new_nonce: bytes, runs: int) -> None:
    connected: list[Failing] = []
    case = replace(CLIENT_CASES[0], make=lambda: Failing(new_nonce, connected), control=None)
    suite = ClientSuite(ClientOptions(command=(sys.executable, "-c", CONNECTS), private_key=rsa_key()))
    try:
        outcome = asyncio.run(suite.run(case, asyncio.Semaphore(1)))
    finally:
        suite.close()
    assert outcome.verdict is CaseVerdict.FAIL
    assert len(connected) == runs


@pytest.mark.parametrize(("server_nonce", "runs"), [(b"\0" + b"a" * 15, 3), (b"a" * 16, 1)])
def test_server_is_asked_again_if_its_nonce_begins_with_zero(server_nonce: bytes, runs: int) -> None:
    asked: list[FaultyClient] = []

    def script(peer: FaultyClient) -> Script:
        peer.server_nonce = server_nonce
        asked.append(peer)
        return Judgement(Finding.VIOLATED, "it failed")
        yield

    case: Case = replace(SERVER_CASES[0], make=lambda: script, control=None)
    options = ServerOptions(host="127.0.0.1", port=9, target=ServerTarget(public_key=rsa_key().public_key))
    outcome = asyncio.run(ServerSuite(options).run(case, asyncio.Semaphore(1)))
    assert outcome.verdict is CaseVerdict.FAIL
    assert len(asked) == runs
