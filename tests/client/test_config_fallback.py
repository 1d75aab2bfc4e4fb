"""The fallback to help.configSimple: when a client has it fetched, and what becomes of the addresses in it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from sansio_tl import ClientConfig, Config, Endpoint, data_centers, functions, types
from sansio_tl.client import ConfigFallback, ConfigFetched, Disconnect, FetchConfig, SnapshotChanged
from sansio_tl.client.endpoints import Endpoints
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.crypto.rsa import RsaPrivateKey, RsaPublicKey
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.events import OutcomeUnknown, ResultReceived
from sansio_tl.framing.events import Packet
from sansio_tl.framing.obfuscated import Obfuscated
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.limits import Limits
from sansio_tl.role import Role
from tests.client.test_simple_config import SECRET, address, dns_answer, encoded, rule, simple_config
from tests.helpers.entropy import SeededEntropy
from tests.helpers.in_memory_network import NEAREST, NOW, InMemoryNetwork, sample
from tests.helpers.rsa_key import rsa_key

BLOCKED, OPEN = 2, 4
"""Ports of the network in memory: a data center that is reached nowhere, and another address."""
FALLBACK = ConfigFallback(delay=10.0, public_key=rsa_key().public_key, domain="config.example", timeout=8.0)


def blocked(fallback: ConfigFallback | None = FALLBACK, **settings: Any) -> InMemoryNetwork:
    """A client whose home data center is reached at port 4 only, with a request."""
    settings.setdefault("unreachable_timeout", None)
    network = InMemoryNetwork(config_fallback=fallback, connect_timeout=5.0, **settings)
    network.data_centers[BLOCKED].answers = False
    network.data_centers[OPEN].dc_id = 2
    return network


def published(*, date: int = int(NOW), expires: int = int(NOW) + 600, **where: Any) -> str:
    """The config that Telegram would publish: the data center is reached at port 4 of this address."""
    return encoded(simple_config(rule(address("192.0.2.1", OPEN), **where), date=date, expires=expires))


def fetched(network: InMemoryNetwork, text: str) -> None:
    """The resolver answers to the newest fetch."""
    network.client.config_fetched(network.fetches[-1].connection_id, dns_answer(text), now=network.now)
    network.settle()


def reports(network: InMemoryNetwork) -> list[ConfigFetched]:
    return [event for event in network.take_events() if isinstance(event, ConfigFetched)]


def results(network: InMemoryNetwork) -> list[object]:
    return [event.result for event in network.take_events() if isinstance(event, ResultReceived)]


# -- when it is fetched ----------------------------------------------------------------------------------------------


def test_config_is_fetched_when_a_data_center_has_not_answered_for_a_while() -> None:
    network = blocked()
    network.invoke()
    network.advance(9.9)
    assert network.fetches == []
    network.advance(0.1)
    (fetch,) = network.fetches
    assert fetch.url == "https://dns.google/resolve?name=config.example&type=TXT"
    assert fetch.accept == "application/dns-json"
    fetched(network, published())
    assert Disconnect(fetch.connection_id) in network.disconnects
    assert network.connects[-1] == (NOW + 10, 2), "at once, whatever the back-off"
    assert reports(network) == [ConfigFetched(fetch.url, None)]


def test_request_is_answered_at_an_address_of_the_config() -> None:
    network = blocked()
    network.invoke()
    network.advance(10)
    fetched(network, published())
    assert results(network) == [NEAREST]


def test_attempt_under_way_is_given_up_for_the_new_addresses() -> None:
    network = blocked()
    network.invoke()
    while not network.fetches:
        network.advance(0.5)
    pending = network.sessions[0]
    network.advance(pending.retry_at - network.now if pending.retry_at is not None else 0)
    assert pending.is_connecting
    fetched(network, published())
    assert results(network) == [NEAREST]


def silent(network: InMemoryNetwork) -> None:
    """Accept the connection to the data center that never answers."""
    (connect_id,) = {each.connection_id for each in network.sessions if each.is_connecting}
    network.client.connection_made(connect_id or 0, endpoint=Endpoint("192.0.2.1", BLOCKED), now=network.now)
    network.settle()


def test_connection_on_which_nothing_arrives_is_given_up_for_the_new_addresses() -> None:
    network = blocked()
    network.invoke()
    silent(network)
    network.advance(10)
    assert [each.is_connecting for each in network.sessions] == [False]
    fetched(network, published())
    assert results(network) == [NEAREST]
    assert len(network.connects) == 2


def test_other_connections_stay_when_the_new_addresses_come() -> None:
    network = blocked(stay_connected=False)
    network.data_centers[1].answers = False
    network.invoke(dc_id=1)
    network.invoke()
    while not network.fetches:
        network.advance(0.5)
    network.advance(min((each.retry_at or network.now) for each in network.sessions) - network.now)
    other = next(each for each in network.sessions if each.dc_id == 1)
    attempt = other.connection_id
    assert attempt is not None
    fetched(network, published())
    assert results(network) == [NEAREST]
    assert other.connection_id == attempt, "it has no address in the config"
    answered = next(each for each in network.sessions if each.dc_id == 2).connection_id
    network.client.receive_config(published(date=int(NOW) + 1), now=network.now)
    network.settle()
    assert next(each for each in network.sessions if each.dc_id == 2).connection_id == answered, "it has answered"


def test_MS51_nothing_is_fetched_unless_the_application_wants_it() -> None:
    network = blocked(None)
    network.invoke()
    network.advance(500)
    assert network.fetches == []
    with pytest.raises(LocalProtocolError, match="config_fallback is None"):
        network.client.receive_config("", now=network.now)


def test_MS51_nothing_is_fetched_while_data_centers_answer() -> None:
    network = InMemoryNetwork(config_fallback=FALLBACK)
    network.log_in()
    network.advance(10_000)
    assert network.fetches == []
    network.drop_connections(2)
    network.advance(10_000)
    assert network.fetches == []


def test_MS51_nothing_is_fetched_when_no_request_needs_the_data_center() -> None:
    network = blocked(unreachable_timeout=3.0)
    network.invoke()
    network.advance(500)
    assert any(isinstance(event, OutcomeUnknown) for event in network.events)
    assert network.fetches == []


def test_client_that_waits_for_updates_needs_its_data_center() -> None:
    network = InMemoryNetwork(config_fallback=FALLBACK)
    network.log_in()
    network.data_centers[2].reachable = False
    network.drop_connections(2)
    network.advance(15)
    assert len(network.fetches) == 1


def test_next_data_center_that_does_not_answer_counts_from_its_own_beginning() -> None:
    network = blocked()
    network.invoke()
    network.advance(10)
    fetched(network, published(expires=int(NOW) + 5000))
    network.data_centers[OPEN].reachable = False
    network.drop_connections(2)
    network.invoke()
    network.advance(FALLBACK.retry_max - 1)
    assert len(network.fetches) == 1, "not before retry_max after one that was accepted"
    network.advance(2)
    assert len(network.fetches) == 2


# -- the name that is asked for ----------------------------------------------------------------------------------------


def names_config(domain: str, **settings: Any) -> InMemoryNetwork:
    """A client whose home data center names the domain of help.configSimple in its config."""

    def application(dc_id: int, request: IncomingRequest) -> object:
        named = domain if dc_id == 2 else "of-another-data-center.example"
        config = sample(types.Config, dc_txt_domain_name=named, dc_options=[])
        return config if isinstance(request.query, functions.help.GetConfig) else NEAREST

    settings.setdefault("config_fallback", replace(FALLBACK, domain=None))
    return InMemoryNetwork(application, **settings)


def asked_name(network: InMemoryNetwork) -> str:
    """The name of the fetch when the data centers stop answering."""
    for data_center in network.data_centers.values():
        data_center.reachable = False
        network.drop_connections(data_center.dc_id)
    network.invoke()
    network.advance(15)
    return network.fetches[-1].url.partition("name=")[2]


def test_config_is_fetched_from_the_name_that_the_home_data_center_has_named() -> None:
    network = names_config("config.telegram.example")
    network.invoke()
    network.take_events()
    network.invoke(functions.help.GetConfig())
    assert [event for event in network.take_events() if isinstance(event, SnapshotChanged)] == [SnapshotChanged()]
    network.invoke(functions.help.GetConfig())
    assert not any(isinstance(event, SnapshotChanged) for event in network.take_events()), "it is no news"
    snapshot = json.loads(json.dumps(network.client.snapshot()))
    assert snapshot["config_domain"] == "config.telegram.example"
    assert asked_name(network) == "config.telegram.example&type=TXT"
    again = names_config("", snapshot=snapshot)
    assert asked_name(again) == "config.telegram.example&type=TXT", "the snapshot has it"


def test_config_is_fetched_from_the_name_in_the_settings_if_there_is_one() -> None:
    network = names_config("config.telegram.example", config_fallback=FALLBACK)
    network.invoke(functions.help.GetConfig())
    assert asked_name(network) == "config.example&type=TXT"


@pytest.mark.parametrize(
    "named",
    ["", "a b", "a&name=evil.example", "fe80::1%&name=evil.example", "::1", ".", "a..b", "a." * 127, "ä.example"],
)
def test_MS42_what_is_no_dns_name_is_not_asked_for(named: str) -> None:
    network = names_config(named)
    network.invoke(functions.help.GetConfig())
    assert network.client.snapshot()["config_domain"] is None
    assert asked_name(network) == "apv3.stel.com&type=TXT"


def test_last_config_counts_also_when_it_names_nothing() -> None:
    network = names_config("", snapshot=InMemoryNetwork().client.snapshot() | {"config_domain": "old.example"})
    network.invoke(functions.help.GetConfig())
    assert network.client.snapshot()["config_domain"] is None
    assert asked_name(network) == "apv3.stel.com&type=TXT"


def test_MS42_no_other_data_center_names_the_domain() -> None:
    network = names_config("config.telegram.example")
    network.invoke(functions.help.GetConfig(), dc_id=4)
    assert network.client.snapshot()["config_domain"] is None


# -- fetches that bring nothing ---------------------------------------------------------------------------------------


def test_resolvers_take_turns_with_a_growing_pause() -> None:
    network = blocked()
    network.invoke()
    times: list[float] = []
    for _ in range(4):
        network.advance(0)
        while (deadline := network.next_deadline()) is not None and len(times) == len(network.fetches):
            network.advance(deadline - network.now)
        times.append(network.now)
        network.client.connection_failed(network.fetches[-1].connection_id, "no route", now=network.now)
        network.settle()
    hosts = [fetch.url.split("/")[2] for fetch in network.fetches]
    assert hosts == ["dns.google", "mozilla.cloudflare-dns.com"] * 2
    pauses = [after - before for before, after in pairwise(times)]
    assert [low <= pause <= 2 * low for low, pause in zip((7.5, 15, 30), pauses, strict=True)] == [True] * 3
    failures = reports(network)
    assert [failure.error for failure in failures] == ["no route"] * 4
    assert {Disconnect(fetch.connection_id) for fetch in network.fetches} <= set(network.disconnects)


def test_fetch_without_an_answer_is_given_up() -> None:
    network = blocked()
    network.invoke()
    network.advance(10)
    (fetch,) = network.fetches
    network.advance(7.9)
    assert Disconnect(fetch.connection_id) not in network.disconnects
    network.advance(0.1)
    assert Disconnect(fetch.connection_id) in network.disconnects
    assert reports(network) == [ConfigFetched(fetch.url, "no answer within 8 s")]
    fetched(network, published())
    assert reports(network) == [], "too late"
    assert network.disconnects.count(Disconnect(fetch.connection_id)) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "not JSON"),
        (dns_answer("AAAA"), "4 characters"),
        (dns_answer(published(expires=int(NOW) + 10)), "has expired"),
        (dns_answer(encoded(simple_config(), RsaPrivateKey.generate(SeededEntropy("other")))), "invalid block"),
    ],
)
def test_MS50_invalid_config_is_reported_and_not_used(body: bytes, reason: str) -> None:
    network = blocked()
    network.invoke()
    network.advance(10)
    (fetch,) = network.fetches
    network.client.config_fetched(fetch.connection_id, body, now=network.now)
    network.settle()
    (report,) = reports(network)
    assert isinstance(report.error, RemoteProtocolError)
    assert report.error.check == "MS50"
    assert reason in str(report.error)
    assert Disconnect(fetch.connection_id) in network.disconnects
    network.advance(7)
    assert results(network) == []


@pytest.mark.interpreted
@pytest.mark.parametrize("wrong", [None, 5, "text"])
def test_values_of_other_types_are_refused_and_change_nothing(wrong: Any) -> None:
    network = blocked()
    network.invoke()
    network.advance(10)
    fetch = network.fetches[0]
    shown = repr(wrong) if wrong != "text" else "a value of str"
    for connection_id in (fetch.connection_id, 10_000):
        with pytest.raises(LocalProtocolError, match=f"^config_fetched: body: bytes, not {shown}$"):
            network.client.config_fetched(connection_id, wrong, now=network.now)
    if wrong != "text":
        with pytest.raises(LocalProtocolError, match=f"^receive_config: text: str or bytes, not {shown}$"):
            network.client.receive_config(wrong, now=network.now)
    body: Any = memoryview(dns_answer(published()))
    network.client.config_fetched(fetch.connection_id, body, now=network.now)
    network.settle()
    assert reports(network) == [ConfigFetched(fetch.url, None)]


def test_MS50_older_config_does_not_replace_a_newer_one() -> None:
    network = blocked()
    network.client.receive_config(published(), now=network.now)
    network.client.receive_config(published(date=int(NOW) - 1, dc_id=4), now=network.now)
    network.settle()
    first, second = reports(network)
    assert (first, second.url) == (ConfigFetched(None, None), None)
    assert "MS50: help.configSimple is older" in str(second.error)
    network.invoke()
    assert results(network) == [NEAREST]


def test_MS50_older_config_is_refused_after_a_restart() -> None:
    network = blocked()
    network.client.receive_config(published(), now=network.now)
    network.settle()
    assert [event for event in network.take_events() if isinstance(event, SnapshotChanged)] == [SnapshotChanged()]
    network.client.receive_config(published(), now=network.now)
    network.settle()
    assert not any(isinstance(event, SnapshotChanged) for event in network.take_events()), "it is no news"
    again = blocked(snapshot=json.loads(json.dumps(network.client.snapshot())))
    again.client.receive_config(published(date=int(NOW) - 1), now=again.now)
    again.settle()
    (report,) = reports(again)
    assert "MS50: help.configSimple is older" in str(report.error)


def test_closing_ends_a_fetch() -> None:
    network = blocked()
    network.invoke()
    network.advance(10)
    network.client.close(now=network.now)
    network.settle()
    assert Disconnect(network.fetches[0].connection_id) in network.disconnects
    assert network.client.next_deadline() is None
    with pytest.raises(LocalProtocolError, match="closed"):
        network.client.receive_config("", now=network.now)


# -- the addresses ----------------------------------------------------------------------------------------------------


def test_MS51_addresses_end_with_the_config() -> None:
    network = blocked()
    network.client.receive_config(published(expires=int(NOW) + 60), now=network.now)
    network.advance(60)
    network.invoke()
    assert results(network) == []


def test_MS51_addresses_are_not_saved() -> None:
    network = blocked()
    network.client.receive_config(published(), now=network.now)
    network.invoke()
    assert results(network) == [NEAREST]
    saved = {dc_id: [("192.0.2.1", int(dc_id), False)] for dc_id in ("1", "2", "4")}
    assert network.client.snapshot()["endpoints"] == saved


@pytest.mark.parametrize("where", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1"])
def test_MS51_addresses_have_the_reach_of_the_users_own(where: str) -> None:
    network = blocked(endpoints={2: (Endpoint("149.154.167.51", BLOCKED),)})
    config = simple_config(rule(address(where, OPEN)), date=int(NOW), expires=int(NOW) + 600)
    network.client.receive_config(encoded(config), now=network.now)
    network.invoke()
    assert results(network) == []
    assert network.connects == [(NOW, 2)]


def test_MS51_config_names_no_data_center_that_is_unknown() -> None:
    network = blocked()
    network.client.receive_config(published(dc_id=9), now=network.now)
    network.invoke(dc_id=9)
    assert {dc_id for _, dc_id in network.connects} == {2}
    endpoints = Endpoints(network.config.initial_endpoints(), {})
    assert endpoints.use_fallback({9: (Endpoint("192.0.2.1", OPEN),)}, NOW + 60) == []
    assert (endpoints.candidates(9), endpoints.are_known(9)) == ((), False)


def test_known_addresses_are_tried_again_when_those_of_the_config_fail() -> None:
    network = blocked()
    network.data_centers[OPEN].reachable = False
    network.client.receive_config(published(), now=network.now)
    network.invoke()
    network.data_centers[BLOCKED].answers = True
    network.advance(5)
    assert results(network) == [NEAREST]


def test_address_with_a_secret_has_the_framing_of_an_mtproxy() -> None:
    secret = ProxySecret.parse(SECRET)
    endpoints = {2: (Endpoint("192.0.2.1", BLOCKED), Endpoint("192.0.2.1", OPEN, secret=secret))}
    network = InMemoryNetwork(endpoints=endpoints)
    network.data_centers[BLOCKED].answers = False
    network.invoke()
    (session,) = network.sessions
    session.disconnect()
    session.start_connecting(100, NOW + 5, (), NOW)
    sent = session.connection_made(endpoints[2][1], NOW).data_to_send(now=NOW)
    server = Obfuscated(Role.SERVER, Limits(), secrets=(secret,), require_secret=True)
    server.receive_data(sent)
    assert isinstance(server.next_event(), Packet)
    assert network.client.snapshot()["endpoints"] == {"2": [("192.0.2.1", BLOCKED, False)]}, "secrets are not saved"


# -- settings ----------------------------------------------------------------------------------------------------------


def test_defaults_are_those_of_telegram() -> None:
    fallback = ConfigFallback()
    assert fallback.url(0, test_mode=False) == "https://dns.google/resolve?name=apv3.stel.com&type=TXT"
    assert fallback.url(3, test_mode=True) == (
        "https://mozilla.cloudflare-dns.com/dns-query?name=tapv3.stel.com&type=TXT"
    )
    assert fallback.resolved_public_key is data_centers.simple_config_key()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("delay", -1),
        ("timeout", float("inf")),
        ("retry_initial", "1"),
        ("retry_max", None),
        ("resolvers", ()),
        ("resolvers", ["https://dns.google/resolve"]),
        ("resolvers", ("http://dns.google/resolve",)),
        ("resolvers", ("https://dns.google/resolve?a=b",)),
        ("resolvers", ("https://dns.google/resolve?",)),
        ("resolvers", ("https://dns.google/resolve#x",)),
        ("resolvers", ("https://user@dns.google/resolve",)),
        ("resolvers", ("https:///resolve",)),
        ("resolvers", ("https://dns.google:0/",)),
        ("resolvers", ("https://dns.google:x/",)),
        ("resolvers", ("https://dns.google/a b",)),
        ("resolvers", ("https://dns.google/\r\n",)),
        ("resolvers", (7,)),
        ("domain", "a b"),
        ("domain", "fe80::1%&name=other.example"),
        ("domain", 7),
        ("phone_number", 7),
        ("public_key", "key"),
        ("public_key", RsaPublicKey(77, 3)),
    ],
)
def test_settings_that_cannot_be_used_are_refused(setting: str, value: Any) -> None:
    with pytest.raises(LocalProtocolError, match=f"ConfigFallback.{setting}"):
        replace(FALLBACK, **{setting: value})


def test_client_takes_no_other_fallback() -> None:
    with pytest.raises(LocalProtocolError, match=r"ClientConfig\.config_fallback: .*a ConfigFallback or None"):
        ClientConfig(connection_config=Config(api_id=1), config_fallback=True)  # type: ignore[arg-type]


def test_fetch_is_an_action_of_its_own() -> None:
    assert FetchConfig(1, "https://dns.google/").accept == "application/dns-json"
