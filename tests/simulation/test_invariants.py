"""Each invariant fails when the part of the engine that it checks is broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sansio_tl import Client, types
from sansio_tl.client import ClientEvent, flood_waits
from sansio_tl.client.known_floods import KnownFloods
from sansio_tl.connection.server import ServerConnection
from sansio_tl.events import ResultReceived
from sansio_tl.mtproto import envelope
from sansio_tl.mtproto.acks import PendingAcks
from sansio_tl.mtproto.client import message_filter
from sansio_tl.mtproto.client.keepalive import Keepalive
from sansio_tl.mtproto.client.request import PendingRequest
from sansio_tl.mtproto.client.resend_policy import ResendPolicy
from sansio_tl.mtproto.message_ids import Numbering
from sansio_tl.mtproto.replay_window import ReplayWindow, Verdict
from sansio_tl.mtproto.send_queue import SendQueue
from sansio_tl.simulation import Faults, Scenario, SimClientDriver, SimHost, Simulation, Violation, simulate
from sansio_tl.simulation.driver import MakeDriver
from sansio_tl.simulation.invariants import acks as acks_invariant
from sansio_tl.simulation.invariants import (
    actions,
    answers,
    executions,
    memory,
    message_ids,
    order,
    quiescence,
    updates,
)

Break = Callable[[pytest.MonkeyPatch], None]
SEEDS = range(120)
pytestmark = pytest.mark.interpreted


def violated(faults: Faults = Faults.NONE, make_driver: MakeDriver = SimClientDriver) -> Violation:
    """The report of the first simulation in which an invariant does not hold."""
    for seed in SEEDS:
        try:
            simulate(seed, faults, make_driver=make_driver)
        except Violation as violation:
            return violation
    pytest.fail(f"nothing was noticed in {len(SEEDS)} worlds")


class Echoing(SimClientDriver):
    """Reports its input twice."""

    def __init__(self, client: Client, host: SimHost, report: Callable[[ClientEvent], None]) -> None:
        def twice(event: ClientEvent) -> None:
            report(event)
            report(event)

        super().__init__(client, host, twice)


class Forging(SimClientDriver):
    """Changes results."""

    def __init__(self, client: Client, host: SimHost, report: Callable[[ClientEvent], None]) -> None:
        def other(event: ClientEvent) -> None:
            report(ResultReceived(event.handle, "other") if isinstance(event, ResultReceived) else event)

        super().__init__(client, host, other)


class Forgetful(SimClientDriver):
    """Loses results."""

    def __init__(self, client: Client, host: SimHost, report: Callable[[ClientEvent], None]) -> None:
        super().__init__(client, host, lambda event: None if isinstance(event, ResultReceived) else report(event))


class Late(SimClientDriver):
    """Never has any time pass, and asks again at once."""

    def _tick(self, due: float) -> None:
        self._timer = None
        self._set_timer()


class Deaf(SimClientDriver):
    """Ignores incoming messages."""

    def _received(self, conn: int, data: bytes) -> None:
        raise OverflowError("too loud")


@pytest.mark.parametrize(
    ("make_driver", "invariant"),
    [
        (Echoing, answers.NAME),
        (Forging, "nothing forged is delivered"),
        (Forgetful, quiescence.NAME),
        (Late, actions.NAME),
        (Deaf, "nothing is raised"),
    ],
)
def test_faulty_driver_violates_its_invariant(make_driver: Any, invariant: str) -> None:
    assert violated(make_driver=make_driver).invariant == invariant


def test_server_without_a_replay_window_violates_an_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReplayWindow, "accept", lambda self, msg_id: Verdict.FRESH)
    assert violated(Faults.only("replay", "cut")).invariant in {executions.NAME, answers.NAME, updates.NAME}


def test_resending_everything_under_new_ids_violates_the_executions_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    def resend_everything(self: ResendPolicy, keepalive: Keepalive, now: float) -> None:
        for pending in self._requests.pending():
            self._requests.resend_new_id(pending)

    monkeypatch.setattr(ResendPolicy, "on_reconnect", resend_everything)
    assert violated(Faults.only("cut", "slow_answers")).invariant == executions.NAME


def test_client_that_accepts_replays_violates_an_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_filter, "ReplayWindow", Blind)
    assert violated(Faults.only("replay")).invariant in {updates.NAME, answers.NAME}


class Blind(ReplayWindow):
    """Finds everything new."""

    def accept(self, msg_id: int) -> Verdict:
        super().accept(msg_id)
        return Verdict.FRESH


def test_message_ids_of_whole_seconds_violate_the_message_id_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Numbering, "next_id", lambda self, server_time, kind=0: int(server_time) << 32 | kind)
    assert violated().invariant == message_ids.NAME


def test_too_short_padding_violates_the_message_id_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "_MIN_PADDING", 0)
    assert violated().invariant == message_ids.NAME


def test_missing_acknowledgements_violate_the_acks_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PendingAcks, "take", lambda self: self._msg_ids.clear() or [])
    assert violated().invariant == acks_invariant.NAME


def test_session_that_forgets_nothing_violates_the_memory_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SendQueue, "forget", SendQueue.sent)
    monkeypatch.setattr(SendQueue, "forget_all", lambda self, msg_ids: None)
    busy = Scenario(seed=1, faults=Faults.NONE, requests=300, fault_duration=200.0)
    with pytest.raises(Violation) as caught:
        Simulation(busy).run()
    assert caught.value.invariant == memory.NAME


def test_requests_without_their_predecessor_violate_the_order_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PendingRequest, "set_predecessor", lambda self, predecessor: None)
    assert violated(Faults.only("slow_answers", "swap", "restart")).invariant == order.NAME


def test_flood_that_a_client_makes_longer_violates_the_forgery_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds_left = KnownFloods.seconds_left

    def longer(self: KnownFloods, key: str, now: float) -> float:
        left = seconds_left(self, key, now)
        return left + 10.0 if left else 0.0

    monkeypatch.setattr(KnownFloods, "seconds_left", longer)
    assert violated(Faults.only("floods")).invariant == "nothing forged is delivered"


def test_flood_of_all_methods_violates_the_forgery_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood_waits, "flood_key", lambda function, dc_id: "any")
    assert violated(Faults.only("floods", "migrations")).invariant == "nothing forged is delivered"


def test_forged_result_violates_the_forgery_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = ServerConnection.send_result

    def other(self: ServerConnection, request: Any, result: Any, *, now: float) -> None:
        if isinstance(result, types.help.DeepLinkInfo):
            result = types.help.DeepLinkInfo(message="forged")
        answer(self, request, result, now=now)

    monkeypatch.setattr(ServerConnection, "send_result", other)
    assert violated().invariant == "nothing forged is delivered"
