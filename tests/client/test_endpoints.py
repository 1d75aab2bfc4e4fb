"""Where data centers listen: what the user may configure, what a data center may supply, and when it is accepted."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import Endpoint, functions, types
from sansio_tl.client import Connect, ConnectionLost, SnapshotChanged
from sansio_tl.client.address_scope import Reach, reach_of
from sansio_tl.client.endpoints import Endpoints
from sansio_tl.client.result_observer import MAX_ENDPOINTS, endpoints_in
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.errors import LocalProtocolError
from tests.helpers.in_memory_network import NEAREST, NOW, InMemoryNetwork, sample

HOME, AWAY = Endpoint("192.0.2.1", 2), Endpoint("192.0.2.1", 4)
NEW = Endpoint("192.0.2.77", 2)


def options(*reported: tuple[int, str, int], **more: Any) -> types.Config:
    """help.getConfig, with these addresses."""
    found: types.Config = sample(
        types.Config, dc_options=[types.DcOption(id=dc, ip_address=ip, port=port, **more) for dc, ip, port in reported]
    )
    return found


# -- what an endpoint is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "149.154.167.51",
        "2001:67c:4e8:f002::a",
        "fe80::1%eth0",
        "localhost",
        "a-b.example",
        "dc_2.internal",
        "example.org.",
        "x",
        "a" * 63 + ".x",
        ".".join(["a" * 63] * 3 + ["a" * 61]),
        "xn--bcher-kva.example",
    ],
)
def test_endpoint_accepts_addresses_and_host_names(host: str) -> None:
    endpoint = Endpoint(host, 443)
    assert (endpoint.host, endpoint.port, endpoint.media_only) == (host, 443, False)
    assert Endpoint(host, 1).port == 1
    assert Endpoint(host, 65535, media_only=True).media_only


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "a..b",
        "-a.example",
        "a-.example",
        "a" * 64 + ".x",
        ".".join(["a" * 60] * 5),
        ".".join(["a" * 63] * 3 + ["a" * 62]),
        "a\0b",
        "a b",
        "a\n",
        "1.2.3.4:80",
        "http://example.org",
        "bücher.example",
        "\U0001f600.x",
        "\udc80",
        None,
        7,
        b"localhost",
    ],
)
def test_MS42_host_that_cannot_be_connected_to_is_refused(host: Any) -> None:
    with pytest.raises(LocalProtocolError, match=r"Endpoint\.host"):
        Endpoint(host, 443)


@pytest.mark.parametrize("port", [0, -5, 65536, 70000, "443", 443.0, True, None])
def test_MS42_invalid_port_is_refused(port: Any) -> None:
    with pytest.raises(LocalProtocolError, match=r"Endpoint\.port: .* a number from 1 to 65535"):
        Endpoint("localhost", port)


@pytest.mark.parametrize(
    ("host", "reach"),
    [
        ("149.154.167.51", Reach.GLOBAL),
        ("2001:67c:4e8:f002::a", Reach.GLOBAL),
        ("example.org", Reach.GLOBAL),
        ("notlocalhost", Reach.GLOBAL),
        ("127.0.0.1", Reach.LOOPBACK),
        ("127.1.2.3", Reach.LOOPBACK),
        ("::1", Reach.LOOPBACK),
        ("::ffff:127.0.0.1", Reach.LOOPBACK),
        ("localhost", Reach.LOOPBACK),
        ("LocalHost.", Reach.LOOPBACK),
        ("dc.localhost", Reach.LOOPBACK),
        ("10.0.0.1", Reach.PRIVATE),
        ("192.168.1.1", Reach.PRIVATE),
        ("192.0.2.1", Reach.PRIVATE),
        ("100.64.0.1", Reach.PRIVATE),
        ("fd00::1", Reach.PRIVATE),
        ("::ffff:10.0.0.1", Reach.PRIVATE),
        ("169.254.169.254", Reach.NONE),
        ("::ffff:169.254.169.254", Reach.NONE),
        ("fe80::1", Reach.NONE),
        ("2001:67c:4e8:f002::a%eth0", Reach.NONE),
        ("0.0.0.0", Reach.NONE),
        ("::", Reach.NONE),
        ("224.0.0.1", Reach.NONE),
        ("ff02::1", Reach.NONE),
        ("255.255.255.255", Reach.NONE),
        ("240.0.0.1", Reach.NONE),
        ("64:ff9b::a9fe:a9fe", Reach.NONE),
        ("fec0::1", Reach.PRIVATE),
        ("2002:7f00:1::", Reach.NONE),
        ("2002:a00:1::1", Reach.NONE),
        ("2002:959a:a733::1", Reach.NONE),
        ("2001:0:7f00:1::1", Reach.NONE),
        ("3fff::1", Reach.NONE),
        ("5f00::1", Reach.NONE),
        ("192.0.0.8", Reach.NONE),
        ("192.88.99.1", Reach.NONE),
        ("::ffff:192.88.99.1", Reach.NONE),
        ("2001:b28:f23d:f001::a", Reach.GLOBAL),
    ],
)
def test_MS42_addresses_are_classified_by_reach(host: str, reach: Reach) -> None:
    assert reach_of(host) is reach


# -- what help.getConfig reports ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reported",
    [
        (2, "192.0.2.8", 70000),
        (2, "192.0.2.8", -5),
        (2, "192.0.2.8", 0),
        (2, "a" * 70 + ".x", 443),
        (2, "a\0b", 443),
        (2, "a..b", 443),
        (2, "\U0001f600.x", 443),
        (2, "example.org", 443),
        (0, "192.0.2.8", 443),
        (-2, "192.0.2.8", 443),
        (1001, "192.0.2.8", 443),
    ],
)
def test_MS42_invalid_endpoints_are_skipped(reported: tuple[int, str, int]) -> None:
    assert endpoints_in(options(reported, (2, "192.0.2.9", 65535)), ipv6=True) == {2: (Endpoint("192.0.2.9", 65535),)}
    assert endpoints_in(options(reported), ipv6=True) == {}


def test_MS42_addresses_for_other_purposes_are_skipped() -> None:
    for more in ({"cdn": True}, {"tcpo_only": True}, {"secret": b"s" * 16}):
        assert endpoints_in(options((2, "192.0.2.8", 443), **more), ipv6=True) == {}


def test_MS42_ipv6_is_recognised_by_the_address_itself() -> None:
    reported = options((2, "2001:db8::1", 443), (1000, "192.0.2.8", 443))
    assert endpoints_in(reported, ipv6=False) == {1000: (Endpoint("192.0.2.8", 443),)}
    assert endpoints_in(reported, ipv6=True).keys() == {2, 1000}


def test_MS42_endpoints_per_data_center_are_bounded() -> None:
    reported = options(*((2, f"192.0.2.{number}", 443) for number in range(1, 100)))
    assert endpoints_in(reported, ipv6=True) == {
        2: tuple(Endpoint(f"192.0.2.{number}", 443) for number in range(1, MAX_ENDPOINTS + 1))
    }


@pytest.mark.parametrize(
    ("configured", "believed"),
    [
        ("149.154.167.51", ["149.154.167.50"]),
        ("example.org", ["149.154.167.50"]),
        ("192.168.1.1", ["149.154.167.50", "10.0.0.1"]),
        ("127.0.0.1", ["149.154.167.50", "127.0.0.2"]),
        ("localhost", ["149.154.167.50", "127.0.0.2"]),
    ],
)
def test_MS42_address_of_wider_reach_than_the_configured_one_is_skipped(configured: str, believed: list[str]) -> None:
    for reported in ("149.154.167.50", "10.0.0.1", "127.0.0.2", "169.254.169.254", "0.0.0.0", "224.0.0.1"):
        endpoints = Endpoints({2: (Endpoint(configured, 443),)}, {})
        endpoints.learn({2: (Endpoint(reported, 443),)})
        assert endpoints.on_trial(2) == ((Endpoint(reported, 443),) if reported in believed else ()), reported


def test_MS42_trial_of_an_endpoint_ends_with_confirm_or_reject() -> None:
    endpoints = Endpoints({2: (HOME,)}, {})
    endpoints.learn({2: (HOME,), 4: (AWAY,)})
    assert (endpoints.on_trial(2), endpoints.on_trial(4)) == ((), (AWAY,)), "what is known is on no trial"
    assert endpoints.are_known(2)
    assert endpoints.are_known(4)
    assert not endpoints.are_known(1)
    assert endpoints.candidates(4) == (AWAY,)
    endpoints.learn({2: (NEW,)})
    assert endpoints.candidates(2) == (NEW,)
    assert endpoints.confirmed == {2: (HOME,)}
    endpoints.reject(2, (AWAY,))
    assert not endpoints.prove(2, (AWAY,), AWAY)
    assert endpoints.candidates(2) == (NEW,)
    endpoints.reject(2, (NEW,))
    assert endpoints.candidates(2) == (HOME,)
    assert not endpoints.prove(2, (NEW,), None)
    endpoints.learn({2: (NEW,)})
    assert endpoints.prove(2, (NEW,), None)
    assert endpoints.confirmed == {2: (NEW,)}
    assert endpoints.on_trial(2) == ()
    assert endpoints.candidates(2) == (NEW, HOME), "what was configured is never given up"
    endpoints.reject(4, (AWAY,))
    assert not endpoints.are_known(4)


def test_MS42_of_several_reported_addresses_only_the_one_that_answered_is_saved() -> None:
    other = Endpoint("192.0.2.78", 2)
    for connected, expected in ((NEW, (NEW,)), (other, (other,)), (None, (HOME,)), (AWAY, (HOME,))):
        endpoints = Endpoints({2: (HOME,)}, {})
        endpoints.learn({2: (NEW, other)})
        assert endpoints.prove(2, (NEW, other), connected)
        assert endpoints.candidates(2) == (NEW, other, HOME), "all of them are in use until the client ends"
        assert endpoints.confirmed == {2: expected}
    endpoints = Endpoints({4: (AWAY,)}, {2: (HOME,)})
    endpoints.learn({2: (NEW, other)})
    endpoints.prove(2, (NEW, other), None)
    assert endpoints.confirmed == {4: (AWAY,)}, "the earlier address is no longer in use"


def test_saved_endpoints_come_before_configured_ones() -> None:
    endpoints = Endpoints({2: (HOME,), 4: (AWAY,)}, {2: (NEW,), 1: (NEW,)})
    assert endpoints.candidates(2) == (NEW, HOME)
    assert endpoints.candidates(4) == (AWAY,)
    assert endpoints.confirmed == {1: (NEW,), 2: (NEW,), 4: (AWAY,)}


def test_endpoint_that_answered_last_is_used_first() -> None:
    first, second, third = (Endpoint(f"192.0.2.{number}", 2) for number in (1, 2, 3))
    endpoints = Endpoints({2: (first, second, third)}, {})
    endpoints.use_first(2, second)
    assert endpoints.candidates(2) == (second, third, first)
    endpoints.use_next(2)
    endpoints.use_next(2)
    assert endpoints.candidates(2) == (first, second, third)
    endpoints.use_first(2, third)
    assert endpoints.candidates(2) == (third, first, second)
    for unknown in (AWAY, None):
        endpoints.use_first(2, unknown)
        assert endpoints.candidates(2) == (third, first, second)


def test_ipv6_comes_first_where_it_is_preferred() -> None:
    old, new = Endpoint("192.0.2.1", 2), Endpoint("2001:db8::1", 2)
    reported = (NEW, Endpoint("2001:db8::77", 2))
    for prefer_ipv6, of_configured, of_reported in (
        (False, (old, new), reported),
        (True, (new, old), (reported[1], reported[0])),
    ):
        endpoints = Endpoints({2: (old, new)}, {}, prefer_ipv6=prefer_ipv6)
        assert endpoints.candidates(2) == of_configured
        endpoints.use_next(2)
        assert endpoints.candidates(2) == of_configured[::-1]
        endpoints.use_first(2, of_configured[0])
        endpoints.learn({2: reported})
        assert endpoints.candidates(2) == of_reported


# -- which addresses are accepted and saved ----------------------------------------------------------------------------


def connects(network: InMemoryNetwork) -> list[tuple[int, tuple[Endpoint, ...]]]:
    """What the client wants connected at present, which then fails."""
    found = []
    while (action := network.client.next_action()) is not None:
        if isinstance(action, Connect):
            found.append((action.dc_id, action.endpoints))
            network.client.connection_failed(action.connection_id, "no answer", now=network.now)
    return found


def configured(*reported: tuple[int, str, int]) -> InMemoryNetwork:
    """The home data center reports its config, then forgets the connection."""
    network = InMemoryNetwork(lambda dc_id, request: options(*reported), backoff_initial=1.0, backoff_max=1.0)
    network.log_in()
    network.invoke(functions.help.GetConfig())
    assert [event for event in network.take_events() if isinstance(event, SnapshotChanged)] == [], (
        "nothing is saved yet"
    )
    for conn in list(network.connections):
        network.client.connection_failed(conn, "cut", now=network.now)
    network.connections.clear()
    return network


def later(network: InMemoryNetwork, seconds: float = 1.0) -> None:
    network.now += seconds
    network.client.handle_deadline(now=network.now)


def saved(network: InMemoryNetwork) -> dict[str, Any]:
    found: dict[str, Any] = network.client.snapshot()["endpoints"]
    return found


@pytest.mark.parametrize("zone", ["eth0", "é"])
def test_MS42_address_with_a_zone_is_skipped(zone: str) -> None:
    network = configured((2, f"2001:4860:4860::8888%{zone}", 443))
    later(network)
    assert connects(network) == [(2, (HOME,))]


def test_MS42_new_endpoint_is_tried_alone_and_dropped_without_an_answer() -> None:
    network = configured((2, "192.0.2.77", 2), (2, "169.254.169.254", 80), (2, "8.8.8.8", 70000))
    later(network)
    assert connects(network) == [(2, (NEW,))]
    later(network)
    assert connects(network) == [(2, (HOME,))]
    assert [tuple(each) for each in saved(network)["2"]] == [("192.0.2.1", 2, False)]


def test_MS42_new_endpoint_is_saved_after_an_answer() -> None:
    network = configured((2, "192.0.2.77", 2))
    before = saved(network)
    network.take_events()
    later(network)
    network.settle()  # it is there
    assert len(network.connections) == 1
    assert saved(network) == before, "an open connection proves nothing"
    network.application = lambda dc_id, request: NEAREST
    network.invoke()
    assert SnapshotChanged() in network.take_events()
    assert [tuple(each) for each in saved(network)["2"]] == [("192.0.2.77", 2, False)]
    network.drop_connections(2)
    later(network)
    assert connects(network) == [(2, (NEW, HOME))]
    network.take_events()
    network.advance(1)
    network.invoke()
    assert SnapshotChanged() not in network.take_events(), "it is news once"


def test_MS42_driver_names_the_address_that_is_saved() -> None:
    for named in (True, False):
        network = configured((2, "192.0.2.77", 2), (2, "192.0.2.78", 2))
        later(network)
        (action,) = [action for action in iter(network.client.next_action, None) if isinstance(action, Connect)]
        assert len(action.endpoints) == 2
        data_center = network.data_centers[2]
        network.connections[action.connection_id] = (data_center, network.accept(data_center))
        network.client.connection_made(
            action.connection_id, endpoint=action.endpoints[1] if named else None, now=network.now
        )
        network.application = lambda dc_id, request: NEAREST
        network.invoke()
        assert [each[0] for each in saved(network)["2"]] == ["192.0.2.78" if named else "192.0.2.1"]


def test_MS42_new_endpoint_is_saved_after_a_handshake() -> None:
    network = InMemoryNetwork(lambda dc_id, request: options((4, "192.0.2.78", 4)))
    network.invoke(functions.help.GetConfig())
    assert [tuple(each) for each in saved(network)["4"]] == [("192.0.2.1", 4, False)]
    network.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=NOW)
    action = network.client.next_action()
    assert isinstance(action, Connect)
    assert action.endpoints == (Endpoint("192.0.2.78", 4),)


def test_MS42_only_the_home_data_center_supplies_addresses() -> None:
    network = InMemoryNetwork(
        lambda dc_id, request: options((2, "192.0.2.77", 2), (4, "192.0.2.77", 4), (1, "192.0.2.77", 1))
    )
    network.log_in()
    network.authorize(4)
    before = saved(network)
    network.invoke(functions.help.GetConfig(), dc_id=4)
    assert saved(network) == before
    assert [network.manager.endpoints.on_trial(dc_id) for dc_id in (1, 2, 4)] == [(), (), ()]
    network.invoke(functions.help.GetConfig(), dc_id=2)
    assert [network.manager.endpoints.on_trial(dc_id) for dc_id in (1, 2, 4)] != [(), (), ()]


def test_MS42_data_center_known_from_help_getConfig_alone_is_connected_to() -> None:
    network = InMemoryNetwork(lambda dc_id, request: options((3, "192.0.2.78", 4)))
    network.invoke(functions.help.GetConfig())
    network.application = lambda dc_id, request: NEAREST
    handle = network.client.invoke(functions.help.GetNearestDc(), dc_id=3, now=NOW)
    action = network.client.next_action()
    assert action == Connect(2, 3, (Endpoint("192.0.2.78", 4),))
    network.client.connection_failed(2, "no route", now=NOW)
    lost = [event for event in iter(network.client.next_event, None) if isinstance(event, ConnectionLost)]
    assert lost[0].dc_id == 3
    assert not [event for event in network.take_events() if getattr(event, "handle", None) is handle]


def test_use_ipv6_off_leaves_out_only_ipv6_endpoints() -> None:
    both = (Endpoint("192.0.2.1", 2), Endpoint("2001:db8::1", 2), Endpoint("192.0.2.3", 2))
    for use_ipv6, expected in ((True, both), (False, (both[0], both[2]))):
        network = InMemoryNetwork(endpoints={2: both}, use_ipv6=use_ipv6)
        network.client.invoke(functions.help.GetNearestDc(), now=NOW)
        assert network.client.next_action() == Connect(1, 2, expected)


def test_prefer_ipv6_puts_ipv6_endpoints_first() -> None:
    both = (Endpoint("192.0.2.1", 2), Endpoint("2001:db8::1", 2), Endpoint("192.0.2.3", 2))
    network = InMemoryNetwork(endpoints={2: both}, prefer_ipv6=True)
    network.client.invoke(functions.help.GetNearestDc(), now=NOW)
    assert network.client.next_action() == Connect(1, 2, (both[1], both[0], both[2]))


def test_client_reconnects_first_where_the_data_center_has_answered() -> None:
    each = tuple(Endpoint(f"192.0.2.{number}", 2) for number in (1, 2, 3))
    network = InMemoryNetwork(endpoints={2: each})
    network.refused_hosts = {each[0].host}
    network.invoke()
    network.settle()
    network.refused_hosts.clear()
    for _ in range(2):
        network.drop_connections(2)
        network.invoke()
        network.advance(60)
    assert network.connected_to == [each[1], each[1], each[1]]


def test_MS42_with_use_ipv6_off_no_ipv6_address_is_learnt() -> None:
    def application(dc_id: int, request: IncomingRequest) -> object:
        return options((2, "2001:db8::1", 443))

    for use_ipv6 in (True, False):
        network = InMemoryNetwork(application, use_ipv6=use_ipv6)
        network.invoke(functions.help.GetConfig())
        assert bool(network.manager.endpoints.on_trial(2)) is use_ipv6


# -- the next address --------------------------------------------------------------------------------------------------


def first_hosts(network: InMemoryNetwork, attempts: int) -> list[str]:
    """The first address of each attempt to connect, all of which fail."""
    hosts: list[str] = []
    while True:
        while (action := network.client.next_action()) is not None:
            if isinstance(action, Connect):
                hosts.append(action.endpoints[0].host)
                network.client.connection_failed(action.connection_id, "no route", now=network.now)
        if len(hosts) == attempts:
            return hosts
        network.now += 1
        network.client.handle_deadline(now=network.now)


def test_each_attempt_begins_with_the_next_address() -> None:
    endpoints = tuple(Endpoint(f"192.0.2.{number}", 443) for number in (1, 2))
    network = InMemoryNetwork(lambda dc_id, request: NEAREST, endpoints={2: endpoints})
    network.client.invoke(functions.help.GetNearestDc(), now=network.now)
    assert first_hosts(network, 3) == ["192.0.2.1", "192.0.2.2", "192.0.2.1"]


def test_address_that_accepts_and_never_answers_is_followed_by_the_next() -> None:
    endpoints = tuple(Endpoint(f"192.0.2.{number}", 443) for number in (1, 2))
    network = InMemoryNetwork(lambda dc_id, request: NEAREST, endpoints={2: endpoints})
    network.client.invoke(functions.help.GetNearestDc(), now=network.now)
    (connect,) = [action for action in iter(network.client.next_action, None) if isinstance(action, Connect)]
    network.client.connection_made(connect.connection_id, endpoint=endpoints[0], now=network.now)
    network.client.receive_data(connect.connection_id, b"", now=network.now)
    later(network)
    assert first_hosts(network, 1) == ["192.0.2.2"]
