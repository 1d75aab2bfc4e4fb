"""What the monitor makes of FLOOD_WAIT: a client may answer it itself in a flood that it has received, and no other."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.client import FloodWaitStarted
from sansio_tl.events import RequestFailed
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.simulation import Violation
from sansio_tl.simulation.invariants.answers import Answers
from sansio_tl.simulation.requests import SimRequest, question
from sansio_tl.tl.objects import Function

NOW = 1_800_000_000.0
EXPORT = "auth.exportAuthorization"


class Run:
    """Clients that receive floods, and what they report later."""

    def __init__(self) -> None:
        self.answers = Answers(Counter())
        self.number = 0

    def request(self, client: str = "client 0", function: Function[Any] | None = None, *sent: str) -> SimRequest:
        self.number += 1
        made = SimRequest(self.number, client, question(self.number, 0) if function is None else function, None)
        made.client_event.update(sent)
        return made

    def fails(self, sim_request: SimRequest, text: str, at: float, *, bare: bool = False, **more: Any) -> None:
        """The client reports that the request has failed."""
        error = errors.parse(**{"code": 420, "text": text, "request": sim_request.function.NAME, **more})
        event = RequestFailed(RequestHandle(sim_request.function), error)
        self.answers.client_event(
            sim_request.client_name, event, sim_request, still_waiting=0, now=NOW + at, knows_floods=not bare
        )

    def waits(self, sim_request: SimRequest, seconds: int, at: float) -> None:
        """The client reports that the request waits."""
        event = FloodWaitStarted(RequestHandle(sim_request.function), seconds)
        self.answers.flood_wait(sim_request.client_name, event, sim_request, NOW + at)


@pytest.fixture(name="run")
def _run() -> Run:
    """A client that has received FLOOD_WAIT_100 at the start."""
    run = Run()
    run.fails(run.request("client 0", None, "FLOOD_WAIT_100"), "FLOOD_WAIT_100", 0.0)
    return run


ALLOWED = [(100, 0.0), (100, 0.5), (90, 10.0), (2, 98.5), (50, 10.0)]
FORGED = [(101, 0.0), (91, 10.0), (100, 1.0), (0, 10.0), (2, 99.5), (2, 100.0), (2, 500.0)]


@pytest.mark.parametrize(("seconds", "at"), ALLOWED)
def test_client_may_answer_and_wait_itself_in_a_flood(run: Run, seconds: int, at: float) -> None:
    run.fails(run.request(), f"FLOOD_WAIT_{seconds}", at)
    run.waits(run.request(), seconds, at)


@pytest.mark.parametrize(("seconds", "at"), FORGED)
def test_longer_flood_is_forged(run: Run, seconds: int, at: float) -> None:
    with pytest.raises(Violation, match=f"fails with FLOOD_WAIT_{seconds}, which no data center has sent"):
        run.fails(run.request(), f"FLOOD_WAIT_{seconds}", at)
    with pytest.raises(Violation, match=f"waits {seconds} s for help.getDeepLinkInfo, which no"):
        run.waits(run.request(), seconds, at)


def test_flood_of_another_account_or_method_is_forged(run: Run) -> None:
    for other in (run.request("client 1"), run.request("client 0", functions.help.GetConfig())):
        with pytest.raises(Violation, match="which no data center has sent"):
            run.fails(other, "FLOOD_WAIT_50", 1.0)
        with pytest.raises(Violation, match="which no data center has sent"):
            run.waits(other, 50, 1.0)


def test_wrapped_method_is_the_same_method(run: Run) -> None:
    wrapped = functions.InvokeWithoutUpdates(query=question(9, 0))
    run.fails(run.request("client 0", wrapped), "FLOOD_WAIT_50", 1.0)
    run.fails(run.request("client 0", wrapped, "FLOOD_WAIT_200"), "FLOOD_WAIT_200", 1.0)
    run.waits(run.request(), 150, 50.0)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("FLOOD_WAIT_50", {"code": 500}),
        ("FLOOD_WAIT_050", {}),
        ("FLOOD_PREMIUM_WAIT_50", {}),
        ("SLOWMODE_WAIT_50", {}),
        ("PEER_FLOOD", {}),
    ],
)
def test_client_makes_no_other_error_itself(run: Run, text: str, more: dict[str, Any]) -> None:
    with pytest.raises(Violation, match="which no data center has sent"):
        run.fails(run.request(), text, 1.0, **more)


def test_bare_connection_makes_no_error_itself(run: Run) -> None:
    run.fails(run.request("client 0", None, "FLOOD_WAIT_100"), "FLOOD_WAIT_100", 1.0, bare=True)
    with pytest.raises(Violation, match="which no data center has sent"):
        run.fails(run.request(), "FLOOD_WAIT_50", 2.0, bare=True)


def test_flood_that_is_waited_for_counts_from_its_receipt() -> None:
    run = Run()
    run.waits(run.request("client 0", None, "FLOOD_WAIT_30"), 30, 5.0)
    run.waits(run.request(), 20, 15.0)
    run.waits(run.request("client 0", None, "FLOOD_WAIT_0"), 0, 100.0)
    with pytest.raises(Violation, match="waits 2 s"):
        run.waits(run.request(), 2, 100.0)


def test_premium_flood_is_waited_for_by_its_own_request_only() -> None:
    run = Run()
    run.waits(run.request("client 0", None, "FLOOD_PREMIUM_WAIT_30"), 30, 0.0)
    with pytest.raises(Violation, match="waits 20 s"):
        run.waits(run.request(), 20, 1.0)


def test_flood_of_the_clients_own_request_is_no_longer_than_it_was_sent() -> None:
    run = Run()
    run.answers.errors_of_imports.add("FLOOD_WAIT_80")
    export = run.request("client 0", functions.auth.ExportAuthorization(dc_id=2))
    run.fails(run.request(), "FLOOD_WAIT_79", 1.0, request=EXPORT)
    run.answers.flood_wait("client 0", FloodWaitStarted(RequestHandle(export.function), 79), None, NOW)
    with pytest.raises(Violation, match="fails with FLOOD_WAIT_81"):
        run.fails(run.request(), "FLOOD_WAIT_81", 1.0, request=EXPORT)
    with pytest.raises(Violation, match="waits 81 s for auth.exportAuthorization"):
        run.answers.flood_wait("client 0", FloodWaitStarted(RequestHandle(export.function), 81), None, NOW)
    with pytest.raises(Violation, match="fails with FLOOD_WAIT_79"):
        run.fails(run.request(), "FLOOD_WAIT_79", 1.0)


def test_wait_of_a_cancelled_request_is_not_checked() -> None:
    handle = RequestHandle(functions.users.GetUsers([types.InputUserSelf()]))
    Run().answers.flood_wait("client 0", FloodWaitStarted(handle, 5), None, NOW)
