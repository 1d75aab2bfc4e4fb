"""What a client that continues from a snapshot knows: floods, the back-off; and its first connection."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sansio_tl import Client, ClientConfig, Config, auth, errors, functions, types
from sansio_tl.client import Connect, FloodWaitStarted, SnapshotChanged
from sansio_tl.client.known_floods import MAX_FLOODS, MAX_SECONDS, KnownFlood, KnownFloods, flood_key
from sansio_tl.events import RequestFailed, ResultReceived
from sansio_tl.mtproto.client.request import RequestHandle
from tests.helpers.entropy import SeededEntropy
from tests.helpers.in_memory_network import ME, NEAREST, NOW, InMemoryNetwork

CONFIG_METHOD = functions.help.GetConfig()
NUMBERS = functions.auth.CancelCode("+12025550100", "hash"), functions.auth.CancelCode("+12025550101", "hash")


class Floods:
    """The help.getNearestDc of a data center that makes a flood longer each time that it is asked in it."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self.until = NOW + seconds
        self.asked = 0
        self.network: InMemoryNetwork

    def __call__(self, dc_id: int, request: Any) -> object:
        if not isinstance(request.query, functions.help.GetNearestDc):
            return [ME]
        self.asked += 1
        now = self.network.now
        if now >= self.until:
            return NEAREST
        if self.asked > 1:
            self.seconds *= 2
            self.until = now + self.seconds
        return errors.FloodWait(seconds=round(self.until - now))

    def start(self, snapshot: dict[str, Any] | None = None, **settings: Any) -> InMemoryNetwork:
        """A client, later another one in its place: the process was restarted."""
        earlier = getattr(self, "network", None)
        self.network = InMemoryNetwork(self, snapshot=snapshot, **settings)
        if earlier is not None:
            self.network.data_centers = earlier.data_centers
        return self.network


def restarted(floods: Floods, seconds: float = 0.0, **settings: Any) -> InMemoryNetwork:
    """A process that continues from the snapshot after so long."""
    network = floods.network
    saved = json.loads(json.dumps(network.client.snapshot()))
    now = network.now + seconds
    again = floods.start(saved, **settings)
    again.now = now
    again.client = Client(again.config, snapshot=saved, entropy=SeededEntropy(f"again at {now}"), now=now)
    return again


def outcomes(network: InMemoryNetwork) -> list[Any]:
    return [event for event in network.take_events() if isinstance(event, ResultReceived | RequestFailed)]


def test_request_in_a_known_flood_is_not_sent() -> None:
    floods = Floods(100)
    network = floods.start()
    network.invoke()
    [failed] = outcomes(network)
    assert failed.error.seconds == 100
    network.advance(60.5)
    handle = network.invoke()
    assert network.client.next_deadline() == pytest.approx(floods.until)
    assert FloodWaitStarted(handle, 40) in network.take_events()
    network.advance(39.4)
    assert floods.asked == 1
    network.advance(0.1)
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]
    assert floods.asked == 2


@pytest.mark.parametrize(("after", "seconds"), [(0, 100), (9.5, 91), (39.9, 61)])
def test_request_in_a_longer_flood_fails_as_if_it_were_sent(after: float, seconds: int) -> None:
    floods = Floods(100)
    network = floods.start()
    network.invoke()
    network.advance(after)
    network.take_events()
    handle = network.invoke()
    [failed] = outcomes(network)
    assert isinstance(failed.error, errors.FloodWait)
    assert failed.error.seconds == seconds
    assert floods.asked == 1
    with pytest.raises(errors.FloodWait):
        handle.result()


def test_flood_is_a_change_of_the_snapshot() -> None:
    floods = Floods(100)
    network = floods.start()
    network.invoke()
    assert SnapshotChanged() in network.take_events()[-2:]
    assert network.client.snapshot()["flood_waits"] == {
        "2:help.getNearestDc": {"until": NOW + 100, "seconds": 100},
    }
    network.advance(100)
    network.invoke()
    assert network.client.snapshot()["flood_waits"] == {}


def test_restarted_client_does_not_ask_in_a_flood() -> None:
    floods = Floods(100)
    floods.start().invoke()
    network = restarted(floods, 20)
    network.invoke()
    [failed] = outcomes(network)
    assert failed.error.seconds == 80
    network = restarted(floods, 30)
    handle = network.invoke()
    network.advance(49)
    assert floods.asked == 1
    network.advance(1)
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]


@pytest.mark.parametrize("survives", [True, False])
def test_restarts_do_not_make_a_flood_longer(survives: bool) -> None:
    """A supervisor restarts the process every 10 s, and each asks at once: with the floods, the first one after it is
    answered; without, the server makes it longer and longer.
    """
    floods = Floods(60)
    network = floods.start(flood_wait_by_method=survives, flood_sleep_threshold=0.0)
    network.invoke()
    for _ in range(30):
        network = restarted(floods, 10, flood_wait_by_method=survives, flood_sleep_threshold=0.0)
        handle = network.invoke()
        if outcomes(network) == [ResultReceived(handle, NEAREST)]:
            break
    answered_after = network.now - NOW
    if survives:
        assert (answered_after, floods.asked) == (60, 2)
    else:
        assert floods.asked == 31
        assert floods.until > NOW + 1_000_000


@pytest.mark.parametrize("set_back", [3600.0, 86400.0 * 365, -1000.0])
def test_changed_clock_does_not_prolong_a_flood(set_back: float) -> None:
    floods = Floods(100)
    floods.start().invoke()
    network = restarted(floods, -set_back)
    network.invoke()
    [outcome] = outcomes(network)
    if set_back < 0:
        assert floods.asked == 2
        return
    assert outcome.error.seconds == 100
    network.advance(100)
    floods.until = 0
    handle = network.invoke()
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]


def test_other_methods_and_accounts_are_not_held_back() -> None:
    floods = Floods(100)
    network = floods.start()
    network.invoke()
    network.invoke(functions.users.GetUsers([types.InputUserSelf()]))
    assert len(network.data_centers[2].requests) == 2
    network.log_in()
    assert network.client.snapshot()["flood_waits"]
    network.application = lambda dc_id, request: types.auth.LoggedOut()
    network.invoke(functions.auth.LogOut())
    assert network.client.snapshot()["flood_waits"] == {}


def test_flood_of_a_phone_number_is_for_that_number_and_survives_a_logout() -> None:
    network = InMemoryNetwork(lambda dc_id, request: errors.FloodWait(seconds=100))
    for function in (NUMBERS[0], NUMBERS[0], NUMBERS[1]):
        network.invoke(function)
    assert len(network.data_centers[2].requests) == 2
    network.log_in()
    network.application = lambda dc_id, request: types.auth.LoggedOut()
    network.invoke(functions.auth.LogOut())
    assert set(network.client.snapshot()["flood_waits"]) == {
        "2:auth.cancelCode +12025550100",
        "2:auth.cancelCode +12025550101",
    }


def test_flood_of_a_login_that_is_lost_is_forgotten() -> None:
    floods = Floods(100)
    network = floods.start()
    network.log_in()
    network.application = floods
    network.invoke()
    network.application = lambda dc_id, request: errors.AuthKeyUnregistered()
    network.invoke(functions.users.GetUsers([types.InputUserSelf()]))
    assert network.client.user_id is None
    assert network.client.snapshot()["flood_waits"] == {}


def test_setting_lets_every_request_ask() -> None:
    floods = Floods(100)
    network = floods.start(flood_wait_by_method=False)
    for _ in range(3):
        network.invoke()
    assert floods.asked == 3
    assert network.client.snapshot()["flood_waits"] == {}


def test_request_that_waits_looks_again_before_it_is_sent() -> None:
    """Two wait for the same flood; the answer to the first one is a longer flood."""
    network = InMemoryNetwork(lambda dc_id, request: errors.FloodWait(seconds=5))
    first = network.invoke()
    network.advance(1)
    second = network.invoke()
    network.application = lambda dc_id, request: errors.FloodWait(seconds=50)
    network.advance(4)
    network.application = lambda dc_id, request: NEAREST
    asked = len(network.data_centers[2].requests)
    network.advance(49)
    assert len(network.data_centers[2].requests) == asked <= 3
    network.advance(2)
    assert {event.handle for event in outcomes(network)} == {first, second}


def test_AU4_waits_for_known_floods_count_for_the_total_time() -> None:
    network = InMemoryNetwork(lambda dc_id, request: errors.FloodWait(seconds=50), flood_total_limit=60.0)
    network.client.invoke(CONFIG_METHOD, now=network.now)
    network.settle()
    network.take_events()
    network.advance(10)
    late = network.invoke(CONFIG_METHOD)
    network.advance(60)
    failed = [event for event in outcomes(network) if event.handle is late]
    assert [event.error.seconds for event in failed] == [50]


# --- the list of floods -----------------------------------------------------------------------------------------------


def test_later_deadline_counts() -> None:
    floods = KnownFloods({}, 0.0)
    floods.add("a", 10, 0.0)
    floods.add("a", 5, 1.0)
    assert floods.seconds_left("a", 1.0) == 9.0
    floods.add("a", 10, 1.0)
    assert floods.seconds_left("a", 1.0) == 10.0
    assert floods.seconds_left("a", 12.0) == floods.seconds_left("b", 0.0) == 0.0


def test_list_is_bounded_and_its_times_too() -> None:
    floods = KnownFloods({}, 0.0)
    floods.add("first to end", 1, 0.0)
    for number in range(MAX_FLOODS):
        floods.add(f"method {number}", 10**17 if number else 0, 0.0)
    known = floods.current(0.0)
    assert len(known) == MAX_FLOODS
    assert known["method 1"] == KnownFlood(float(MAX_SECONDS), MAX_SECONDS)
    floods.add("last", 100, 5.0)
    assert len(floods.current(5.0)) == MAX_FLOODS
    assert floods.seconds_left("method 0", 0.0) == 0.0


def test_restored_floods_that_are_over_are_dropped() -> None:
    floods = KnownFloods(
        {"over": KnownFlood(10.0, 5), "later": KnownFlood(99.0, 7), "long": KnownFlood(1e9, 10**9)}, 10.0
    )
    assert floods.current(0.0) == {"later": KnownFlood(17.0, 7), "long": KnownFlood(10.0 + MAX_SECONDS, MAX_SECONDS)}


def test_flood_key_is_the_data_center_the_method_and_the_number() -> None:
    assert flood_key(functions.help.GetConfig(), 2) == "2:help.getConfig"
    assert flood_key(NUMBERS[1], 4) == "4:auth.cancelCode +12025550101"


def test_flood_key_is_that_of_the_wrapped_method() -> None:
    query = functions.help.GetConfig()
    assert flood_key(functions.InvokeWithoutUpdates(query=query), 2) == "2:help.getConfig"
    taken_out = functions.InvokeWithTakeout(takeout_id=1, query=functions.InvokeWithoutUpdates(query=NUMBERS[1]))
    assert flood_key(taken_out, 2) == "2:auth.cancelCode +12025550101"
    assert flood_key(functions.contacts.Search(q="query", limit=1), 2) == "2:contacts.search"


def test_flood_of_a_business_connection_is_that_of_its_account() -> None:
    wrapped = functions.InvokeWithBusinessConnection(connection_id="c1", query=functions.help.GetConfig())
    assert flood_key(wrapped, 2) == flood_key(functions.InvokeWithoutUpdates(query=wrapped), 2) == "2:help.getConfig@c1"
    floods = KnownFloods({flood_key(wrapped, 2): KnownFlood(9.0, 9)}, 0.0)
    floods.forget_account()
    assert floods.current(0.0) == {}


def test_flood_of_one_data_center_holds_back_no_request_to_another_one() -> None:
    network = InMemoryNetwork(lambda dc_id, request: errors.FloodWait(seconds=100) if dc_id == 4 else NEAREST)
    first, same, home = (network.invoke(dc_id=dc_id) for dc_id in (4, 4, None))
    found = {event.handle: type(event) for event in outcomes(network)}
    assert found == {first: RequestFailed, same: RequestFailed, home: ResultReceived}
    assert len(network.data_centers[4].requests) == 1


def test_data_center_is_asked_again_after_a_day() -> None:
    floods = Floods(10**9)
    network = floods.start()
    network.invoke()
    [failed] = outcomes(network)
    assert failed.error.seconds == 10**9
    network.advance(MAX_SECONDS - 100)
    network.invoke()
    [failed] = outcomes(network)
    assert (failed.error.seconds, floods.asked) == (100, 1)
    network.advance(100)
    network.invoke()
    assert floods.asked == 2


def test_flood_of_a_wrapped_method_holds_back_that_method_only() -> None:
    network = InMemoryNetwork(lambda dc_id, request: errors.FloodWait(seconds=100))
    network.invoke(functions.InvokeWithoutUpdates(query=CONFIG_METHOD))
    network.take_events()
    network.application = lambda dc_id, request: NEAREST
    refused, sent = (
        network.invoke(CONFIG_METHOD),
        network.invoke(functions.InvokeWithoutUpdates(query=functions.help.GetNearestDc())),
    )
    assert {event.handle: type(event) for event in outcomes(network)} == {refused: RequestFailed, sent: ResultReceived}


# --- back-off and first connection ------------------------------------------------------------------------------------


def logged_in() -> dict[str, Any]:
    network = InMemoryNetwork(lambda dc_id, request: ME)
    network.log_in()
    saved: dict[str, Any] = json.loads(json.dumps(network.client.snapshot()))
    return saved


def client_of(snapshot: dict[str, Any], now: float = NOW, seed: str = "x", **settings: Any) -> Client:
    config = ClientConfig(connection_config=Config(api_id=1), **settings)
    return Client(config, snapshot=snapshot, entropy=SeededEntropy(seed), now=now)


def connects_at(client: Client) -> float:
    """When it opens a connection by itself."""
    if isinstance(client.next_action(), Connect):
        return NOW
    deadline = client.next_deadline()
    assert deadline is not None
    client.handle_deadline(now=deadline - 0.001)
    assert client.next_action() is None
    client.handle_deadline(now=deadline)
    assert isinstance(client.next_action(), Connect)
    return deadline


def failed(times: int, network: InMemoryNetwork) -> None:
    while len(network.connects) < times:
        network.advance(1)


def test_backoff_survives_a_restart() -> None:
    network = InMemoryNetwork(snapshot=logged_in())
    network.data_centers[2].reachable = False
    network.settle()
    failed(6, network)
    snapshot = network.client.snapshot()
    backoff = snapshot["data_centers"]["2"]["backoff"]
    assert backoff["failures"] == 6
    assert backoff["retry_at"] > network.now + 10
    network.client.close(now=network.now)
    assert network.client.snapshot()["data_centers"]["2"]["backoff"] == backoff  # as an adapter saves it on exit
    again = Client(network.config, snapshot=snapshot, entropy=SeededEntropy("again"), now=network.now)
    assert again.next_action() is None
    assert again.next_deadline() == backoff["retry_at"]
    again.invoke(functions.help.GetNearestDc(), now=network.now)
    assert again.next_action() is None  # a request waits for it, too
    again.handle_deadline(now=backoff["retry_at"])
    action = again.next_action()
    assert isinstance(action, Connect)
    again.connection_failed(action.connection_id, "down", now=backoff["retry_at"])
    assert again.snapshot()["data_centers"]["2"]["backoff"]["failures"] == 7


def with_backoff(failures: int, retry_at: float) -> dict[str, Any]:
    snapshot = logged_in()
    snapshot["data_centers"]["2"]["backoff"] = {"failures": failures, "retry_at": retry_at}
    return snapshot


def test_changed_clock_does_not_prolong_the_backoff() -> None:
    assert connects_at(client_of(with_backoff(3, NOW + 1e8))) == NOW + 60
    assert connects_at(client_of(with_backoff(3, NOW + 7))) == NOW + 7


def test_backoff_of_long_ago_is_forgotten() -> None:
    client = client_of(with_backoff(32, NOW - 61))
    action = client.next_action()
    assert isinstance(action, Connect)
    client.connection_failed(action.connection_id, "down", now=NOW)
    assert client.snapshot()["data_centers"]["2"]["backoff"]["failures"] == 1


def test_answer_ends_the_backoff() -> None:
    network = InMemoryNetwork()
    network.log_in()
    network.data_centers[2].reachable = False
    network.drop_connections(2)
    failed(3, network)
    assert network.client.snapshot()["data_centers"]["2"]["backoff"]["failures"] == 3
    network.data_centers[2].reachable = True
    network.advance(60)
    network.invoke()
    assert network.client.snapshot()["data_centers"]["2"]["backoff"] is None


def test_clients_that_are_restored_together_do_not_connect_at_once() -> None:
    snapshot = logged_in()
    moments = sorted(connects_at(client_of(snapshot, seed=f"{n}", resume_spread=100.0)) - NOW for n in range(200))
    assert moments[0] > 0
    assert moments[-1] <= 100
    for second in range(0, 100, 10):  # 20 on average
        assert 5 < sum(second <= moment < second + 10 for moment in moments) < 40


def test_request_does_not_wait_for_the_first_connection() -> None:
    client = client_of(logged_in(), resume_spread=100.0)
    assert client.next_action() is None
    client.invoke(functions.help.GetNearestDc(), now=NOW)
    assert isinstance(client.next_action(), Connect)


def test_without_a_snapshot_or_a_login_there_is_no_spread() -> None:
    entropy = SeededEntropy("x")
    config = ClientConfig(connection_config=Config(api_id=1), resume_spread=100.0)
    assert Client(config, entropy=entropy, now=NOW).next_deadline() is None
    client = client_of(logged_in())
    assert isinstance(client.next_action(), Connect)


CALLS: dict[str, Callable[[Any, int, float], object]] = {
    "invoke": lambda client, connection, now: client.invoke(functions.help.GetConfig(), now=now),
    "run": lambda client, connection, now: client.run(auth.QrLogin(api_id=1, api_hash="hash"), now=now),
    "stop": lambda client, connection, now: client.stop(auth.QrLogin(api_id=1, api_hash="hash"), now=now),
    "cancel": lambda client, connection, now: client.cancel(RequestHandle(functions.help.GetConfig()), now=now),
    "close": lambda client, connection, now: client.close(now=now),
    "connection_made": lambda client, connection, now: client.connection_made(99, now=now),
    "connection_failed": lambda client, connection, now: client.connection_failed(connection, "broken", now=now),
    "second_connection_made": lambda client, connection, now: client.second_connection_made(connection, now=now),
    "receive_data": lambda client, connection, now: client.receive_data(connection, b"", now=now),
    "data_to_send": lambda client, connection, now: client.data_to_send(connection, now=now),
    "handle_deadline": lambda client, connection, now: client.handle_deadline(now=now),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("later", "is_saved"), [(89, True), (91, False)])
def test_flood_that_is_over_at_the_time_of_any_call_is_not_saved(call: str, later: int, *, is_saved: bool) -> None:
    network = InMemoryNetwork()
    network.log_in()
    network.application = lambda dc_id, request: errors.FloodWait(seconds=90)
    network.invoke()
    (connection,) = network.connections
    CALLS[call](network.client, connection, network.now + later)
    assert bool(network.client.snapshot()["flood_waits"]) == is_saved
