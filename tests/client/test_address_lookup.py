"""A request for a data center whose address is unknown waits for help.getConfig of the home data center."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import Endpoint, errors, functions, types
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from tests.helpers.in_memory_network import NEAREST, InMemoryNetwork, sample

REASON = "never sent: data center 4 has no known address, and help.getConfig {}; add it to ClientConfig.endpoints"
UNNAMED = REASON.format("does not name it")


def config(*data_centers: int) -> types.Config:
    """help.getConfig with the addresses of these."""
    options = [types.DcOption(id=dc_id, ip_address="192.0.2.1", port=dc_id) for dc_id in data_centers]
    found: types.Config = sample(types.Config, dc_options=options)
    return found


def network(answer: object, **settings: Any) -> InMemoryNetwork:
    """A client that knows the address of data center 2 only, whose help.getConfig is answered so."""

    def application(dc_id: int, request: IncomingRequest) -> object:
        return answer if isinstance(request.query, functions.help.GetConfig) else NEAREST

    return InMemoryNetwork(application, endpoints={2: (Endpoint("192.0.2.1", 2),)}, **settings)


def outcomes(network: InMemoryNetwork) -> list[Any]:
    found = network.take_events()
    return [event for event in found if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)]


def names(network: InMemoryNetwork, dc_id: int) -> list[str]:
    return [request.query.NAME for request in network.data_centers[dc_id].requests]


def test_requests_are_sent_once_the_address_is_known() -> None:
    net = network(config(2, 4))
    handles = [net.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=net.now) for _ in range(3)]
    net.settle()
    assert outcomes(net) == [ResultReceived(handle, NEAREST) for handle in handles]
    assert names(net, 2) == ["help.getConfig"], "it is requested once"
    assert names(net, 4) == ["help.getNearestDc"] * 3
    assert [dc_id for _, dc_id in net.connects] == [2, 4]
    net.invoke(dc_id=4)
    assert names(net, 2) == ["help.getConfig"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (config(2), UNNAMED),
        (errors.parse(500, "INTERNAL"), REASON.format("failed: INTERNAL")),
        (errors.parse(303, "PHONE_MIGRATE_4"), REASON.format("failed: PHONE_MIGRATE_4")),
    ],
)
def test_requests_fail_when_the_address_stays_unknown(answer: object, reason: str) -> None:
    net = network(answer)
    handles = [net.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=net.now) for _ in range(2)]
    net.settle()
    assert outcomes(net) == [OutcomeUnknown(handle, reason) for handle in handles]
    assert {dc_id for _, dc_id in net.connects} == {2}
    asked = len(names(net, 2))
    again = net.invoke(dc_id=4)
    assert outcomes(net) == [OutcomeUnknown(again, reason)]
    assert len(names(net, 2)) == 2 * asked, "a later request looks again"


def test_waiting_requests_fail_with_the_home_data_center() -> None:
    net = network(config(2, 4), unreachable_timeout=10.0)
    net.data_centers[2].reachable = False
    handle = net.invoke(dc_id=4)
    assert outcomes(net) == []
    net.advance(60)
    reason = REASON.format("was not answered: data center 2 cannot be reached: no route")
    assert outcomes(net) == [OutcomeUnknown(handle, reason)]


def test_dependent_of_a_request_given_up_has_the_whole_timeout() -> None:
    net = network(config(2, 4), unreachable_timeout=10.0, backoff_initial=1.0, backoff_max=1.0)
    net.data_centers[2].reachable = False
    first = net.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=net.now)
    second = net.client.invoke(functions.help.GetNearestDc(), after=first, now=net.now)
    net.advance(15)
    assert [outcome.handle for outcome in outcomes(net)] == [first]
    net.data_centers[2].reachable = True
    net.advance(2)
    assert outcomes(net) == [ResultReceived(second, NEAREST)]


def test_cancelled_request_is_not_sent_after_the_lookup() -> None:
    net = network(config(2, 4))
    kept, cancelled = (net.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=net.now) for _ in range(2))
    net.client.cancel(cancelled, now=net.now)
    net.settle()
    assert outcomes(net) == [ResultReceived(kept, NEAREST)]
    assert names(net, 4) == ["help.getNearestDc"]


def test_close_ends_waiting_requests_and_reports_no_lookup() -> None:
    net = network(config(2, 4))
    handle = net.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=net.now)
    net.client.close(now=net.now)
    net.settle()
    assert outcomes(net) == [OutcomeUnknown(handle, "the client was closed")]


def test_request_follows_its_predecessor_that_waits_for_an_address() -> None:
    net = network(config(2, 4))
    first = net.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=net.now)
    second = net.client.invoke(functions.help.GetNearestDc(), dc_id=4, after=first, now=net.now)
    net.settle()
    assert outcomes(net) == [ResultReceived(first, NEAREST), ResultReceived(second, NEAREST)]
