"""Closing answers each request once, and nothing happens afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.client import Disconnect
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.errors import LocalProtocolError
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from tests.client.world import AUTHORIZATION, NEAREST, World


def outcomes(world: World) -> list[Any]:
    return [event for event in world.take() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)]


def nobody_exports(dc_id: int, request: IncomingRequest) -> object:
    return None if isinstance(request.query, functions.auth.ExportAuthorization) else NEAREST


def nobody_imports(dc_id: int, request: IncomingRequest) -> object:
    match request.query:
        case functions.auth.ExportAuthorization():
            return types.auth.ExportedAuthorization(7, b"bytes")
        case functions.auth.ImportAuthorization():
            return None
    return NEAREST


@pytest.mark.parametrize("application", [nobody_exports, nobody_imports])
def test_closing_while_an_authorization_is_brought_elsewhere_answers_every_request_once(application: Any) -> None:
    world = World(application)
    world.log_in()
    handles: list[Any] = [world.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=world.now) for _ in range(3)]
    world.settle()
    assert outcomes(world) == []
    handles += [world.client.invoke(functions.help.GetConfig(), now=world.now) for _ in range(5)]
    world.client.close(now=world.now)
    world.settle()
    assert outcomes(world) == [OutcomeUnknown(handle, "the client was closed") for handle in handles]
    assert world.connections == {}


def test_closing_answers_what_sleeps_and_what_waits_behind_it() -> None:
    world = World(lambda dc_id, request: errors.FloodWait(seconds=30))
    first = world.ask()
    second = world.ask(after=first)
    world.take()
    world.client.close(now=world.now)
    world.settle()
    assert outcomes(world) == [OutcomeUnknown(handle, "the client was closed") for handle in (first, second)]
    world.client.handle_deadline(now=world.now + 31)
    assert not any(channel.busy for channel in world.client._links.channels)
    assert (world.client.next_event(), world.client.next_action(), world.client.next_deadline()) == (None, None, None)


def test_closing_twice_does_nothing_more_and_nothing_can_be_asked() -> None:
    world = World(lambda dc_id, request: None)
    world.ask()
    (link,) = world.connections
    world.client.close(now=world.now)
    assert world.client.closed
    assert [world.client.next_action(), world.client.next_action()] == [Disconnect(link), None]
    world.settle()
    world.take()
    world.client.close(now=world.now)
    assert (world.client.next_event(), world.client.next_action()) == (None, None)
    with pytest.raises(LocalProtocolError, match="closed"):
        world.client.invoke(functions.help.GetConfig(), now=world.now)


def test_what_the_driver_says_after_closing_is_of_no_consequence() -> None:
    world = World(lambda dc_id, request: None)
    handle = world.client.invoke(functions.help.GetConfig(), now=world.now)
    dial = world.client.next_action()
    assert dial is not None
    world.client.close(now=world.now)
    assert world.client.next_action() == Disconnect(dial.link)
    world.client.connection_made(dial.link, now=world.now)
    world.client.receive_data(dial.link, b"late", now=world.now)
    world.client.connection_failed(dial.link, "late", now=world.now)
    world.client.cancel(handle, now=world.now)
    assert world.client.data_to_send(dial.link, now=world.now) == b""
    assert [world.client.next_event(), world.client.next_event()] == [
        OutcomeUnknown(handle, "the client was closed"),
        None,
    ]
    assert world.client.next_action() is None


def test_the_authorization_is_not_asked_for_again_after_closing() -> None:
    world = World(nobody_exports)
    world.log_in()
    world.ask(dc_id=4)
    before = len(world.data_centers[2].requests)
    world.client.close(now=world.now)
    world.advance(100)
    assert len(world.data_centers[2].requests) == before
    assert world.client.user_id == AUTHORIZATION.user.id
