"""The events of a data center in another thread: which are returned, when, and how they are shown."""

from __future__ import annotations

import threading
from unittest.mock import ANY

import pytest

from sansio_tl import errors, functions
from sansio_tl.errors import LocalProtocolError
from sansio_tl.testing import RequestServed
from sansio_tl.testing.events import ConnectionEnded, LoggedOut
from sansio_tl_transports.testing.event_log import EventLog, describe

CONFIG = functions.help.GetConfig()
NEAREST = functions.help.GetNearestDc()


def served(query: object = CONFIG, error: errors.RpcError | None = None, user_id: int | None = None) -> RequestServed:
    return RequestServed(query.NAME, error, query, user_id)  # type: ignore[attr-defined,arg-type]


def filled(*events: object) -> EventLog:
    log = EventLog()
    for event in events:
        log.add(event)  # type: ignore[arg-type]
    return log


def test_events_are_listed_from_the_first_one() -> None:
    events = ConnectionEnded(None), served(), LoggedOut(7)
    assert EventLog().events == ()
    assert filled(*events).events == events


def test_last_matching_event_is_taken_with_all_before_it() -> None:
    log = filled(LoggedOut(1), LoggedOut(2), ConnectionEnded(None))

    def is_logout(event: object) -> bool:
        return isinstance(event, LoggedOut)

    assert log.take(is_logout, "logout", 0.0) == LoggedOut(2)
    with pytest.raises(TimeoutError, match=r"no logout within 0\.01 s"):
        log.take(is_logout, "logout", 0.01)
    log.add(LoggedOut(3))
    assert log.take(is_logout, "logout", 0.0) == LoggedOut(3)
    assert log.take(lambda event: isinstance(event, ConnectionEnded), "end", 0.0) == ConnectionEnded(None)


def test_requests_are_taken_once_each_in_their_order() -> None:
    first, second = functions.users.GetUsers([]), functions.users.GetUsers([])
    log = filled(served(first), served(NEAREST), served(second))
    assert log.take_request("users.getUsers", 0.0) is first
    assert log.take_request(functions.users.GetUsers, 0.0) is second
    with pytest.raises(
        TimeoutError, match=r"^no request users\.getUsers within 0\.01 s; the last requests:\n    users"
    ):
        log.take_request(functions.users.GetUsers, 0.01)
    with pytest.raises(TimeoutError, match=r"^no request help\.getConfig within 0\.01 s"):
        log.take_request("help.getConfig", 0.01)
    assert log.take_request(functions.help.GetNearestDc, 0.0) is NEAREST
    assert list(log.requests("users.getUsers")) == [first, second], "they are still listed"


def test_waiting_ends_when_the_event_happens() -> None:
    log = EventLog()
    timer = threading.Timer(0.05, lambda: log.add(served(NEAREST)))
    timer.start()
    assert log.take_request("help.getNearestDc", 20.0) is NEAREST
    timer.join()


def test_cleared_requests_of_a_method_are_neither_listed_nor_taken() -> None:
    log = filled(served(CONFIG), served(NEAREST), served(CONFIG))
    assert len(log.requests(None)) == 3
    requests = log.requests(functions.help.GetConfig)
    assert list(requests) == [CONFIG, CONFIG]
    assert requests == ANY
    assert (requests == 5, requests != 5) == (False, True)
    requests.clear()
    assert list(log.requests("help.getConfig")) == []
    with pytest.raises(TimeoutError):
        log.take_request("help.getConfig", 0.01)
    assert list(log.requests(None)) == [NEAREST]
    assert log.take_request("help.getNearestDc", 0.0) is NEAREST
    assert len(log.events) == 3, "events are never removed"


def test_request_that_could_not_be_read_is_not_listed() -> None:
    assert list(filled(RequestServed("help.getConfig", None, None, None)).requests(None)) == []


def test_unknown_method_is_refused() -> None:
    log = filled(served())
    for method in ("help.getConfigs", "nothing"):
        with pytest.raises(LocalProtocolError, match="unknown method"):
            log.requests(method)
        with pytest.raises(LocalProtocolError, match="unknown method"):
            log.take_request(method, 0.0)


def test_last_requests_are_described() -> None:
    assert EventLog().describe() == " none"
    assert filled(ConnectionEnded(None)).describe() == " none"
    log = filled(*(served() for _ in range(25)), ConnectionEnded(None))
    assert log.describe() == "\n    help.getConfig GetConfig(): answered" * 20


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (served(), "help.getConfig GetConfig(): answered"),
        (served(user_id=7), "user 7: help.getConfig GetConfig(): answered"),
        (served(error=errors.FloodWait(seconds=3)), "help.getConfig GetConfig(): 420 FLOOD_WAIT_3"),
    ],
)
def test_request_on_one_line(event: RequestServed, text: str) -> None:
    assert describe(event) == text
