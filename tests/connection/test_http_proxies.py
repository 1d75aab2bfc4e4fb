"""MTProto over HTTP through a reverse proxy, which may send each request over any connection."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sansio_tl import Connection, functions, types
from sansio_tl.connection.server import KeyStore, PendingHandshakes, ServerConfig, ServerConnection, ServerSession
from sansio_tl.events import AuthKeyCreated, Event, RequestReceived, ResultReceived, UpdatesReceived
from sansio_tl.framing import client_framing
from sansio_tl.limits import Limits
from sansio_tl.mtproto.server.layer_codec import LayerCodecs
from tests.helpers.connected_pair import NEAREST, NOW, client_config, key_record
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key


class PollingClient:
    """A client and the events that it received."""

    def __init__(
        self,
        name: str,
        *,
        with_key: KeyStore | None = None,
        framing: str = "http",
        entropy: Callable[[int], bytes] | None = None,
    ) -> None:
        record = None if with_key is None else key_record(name)
        if with_key is not None and record is not None:
            with_key[record.auth_key.id] = record
        make = client_framing(framing, entropy=SeededEntropy(f"{name} framing"), now=NOW, host="dc.example")
        self.connection = Connection(
            client_config(framing=make),
            auth_key=None if record is None else record.auth_key,
            entropy=entropy or SeededEntropy(name),
            now=NOW,
        )
        self.events: list[Event] = []

    def another(self, name: str) -> PollingClient:
        """The same session on another connection."""
        other = PollingClient(name)
        other.connection = Connection(
            client_config(framing=client_framing("http", entropy=SeededEntropy("s"), now=NOW, host="dc.example")),
            session=self.connection.session,
            entropy=SeededEntropy(name),
            now=NOW,
        )
        return other

    def receive(self, data: bytes) -> None:
        if data:
            self.connection.receive_data(data, now=NOW)
        while (event := self.connection.next_event()) is not None:
            self.events.append(event)


class DataCenter:
    """A data center, and the connections that a proxy opens to it."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.keys = KeyStore()
        self.handshakes = PendingHandshakes(limits)
        self.now = NOW
        self._opened = 0

    def new_connection(self) -> ServerConnection:
        self._opened += 1
        return ServerConnection(
            ServerConfig(private_keys=(rsa_key(),), pq_prime_bits=16),
            self.keys,
            entropy=SeededEntropy(f"server {self._opened}"),
            now=self.now,
            handshakes=self.handshakes,
        )

    def ask(self, conn: ServerConnection, request: bytes) -> bytes:
        """What the connection answers to a request at once."""
        conn.receive_data(request, now=self.now)
        while (event := conn.next_event()) is not None:
            if isinstance(event, RequestReceived):
                conn.send_result(event.request, NEAREST, now=self.now)
        return conn.data_to_send(now=self.now)

    def ask_afresh(self, client: PollingClient) -> bytes:
        """The answer of a new connection to the client's bytes."""
        return self.ask(self.new_connection(), client.connection.data_to_send(now=NOW))

    def session(self, client: PollingClient) -> ServerSession:
        key = client.connection.auth_key
        assert key is not None
        (session,) = self.keys[key.id].sessions.values()
        return session


def converse(
    data_center: DataCenter, client: PollingClient, conn: ServerConnection | None = None
) -> ServerConnection | None:
    """Deliver the client's requests over one connection, or one each, until one stays unanswered."""
    while request := client.connection.data_to_send(now=data_center.now):
        carrier = conn or data_center.new_connection()
        answer = data_center.ask(carrier, request)
        if not answer:
            return carrier
        if conn is None:
            carrier.receive_data(b"", now=data_center.now)
        client.receive(answer)
    return None


def waiting(data_center: DataCenter, name: str) -> tuple[PollingClient, ServerConnection]:
    """A client that has asked something, and the connection over which it waits for news."""
    client = PollingClient(name, with_key=data_center.keys)
    client.connection.invoke(functions.help.GetNearestDc(), now=NOW)
    conn = converse(data_center, client)
    assert conn is not None
    return client, conn


def let_go(data_center: DataCenter, client: PollingClient, conn: ServerConnection) -> None:
    """There is nothing to say to the client for long enough: it gets an empty answer, and the connection is free."""
    data_center.now += 20
    conn.handle_deadline(now=data_center.now)
    client.receive(conn.data_to_send(now=data_center.now))


def test_TR11_each_http_request_may_use_its_own_connection() -> None:
    data_center, client = DataCenter(), PollingClient("alone")
    handle = client.connection.invoke(functions.help.GetNearestDc(), now=NOW)
    poll = converse(data_center, client)
    assert any(isinstance(event, AuthKeyCreated) for event in client.events)
    assert ResultReceived(handle, NEAREST) in client.events
    assert poll is not None, "the client waits for news"
    assert not len(data_center.handshakes)


def test_MS26_over_http_requests_are_sent_again_only_when_a_connection_of_the_session_has_ended() -> None:
    data_center = DataCenter()
    client, _ = waiting(data_center, "first")
    second = client.another("second")
    handle = client.connection.invoke(functions.help.GetNearestDc(), now=NOW)
    assert second.connection.data_to_send(now=NOW)
    third = client.another("third")
    assert not third.connection.data_to_send(now=NOW), "the request may still be answered on the second one"
    second.connection.receive_data(b"", now=NOW)
    fourth = client.another("fourth")
    converse(data_center, fourth, data_center.new_connection())
    assert ResultReceived(handle, NEAREST) in fourth.events
    handle = client.connection.invoke(functions.help.GetNearestDc(), now=NOW)
    assert third.connection.data_to_send(now=NOW)
    fifth = client.another("fifth")
    assert not fifth.connection.data_to_send(now=NOW), "nothing was lost since"


def test_TR11_updates_go_to_the_connection_with_an_open_poll() -> None:
    data_center = DataCenter()
    client, poll = waiting(data_center, "waits")
    # A second connection of the same session asks for something, is answered, and ends.
    second = client.another("second")
    client.connection.invoke(functions.help.GetNearestDc(), now=NOW)
    other = data_center.new_connection()
    second.receive(data_center.ask(other, second.connection.data_to_send(now=NOW)))
    for ended in (False, True):
        if ended:
            other.receive_data(b"", now=NOW)
        session = data_center.session(client)
        assert session.connection is poll
        assert session in poll.sessions
    poll.push(data_center.session(client), types.UpdatesTooLong(), now=NOW)
    client.receive(poll.data_to_send(now=NOW))
    assert UpdatesReceived(types.UpdatesTooLong()) in client.events


def test_TR11_clients_of_a_shared_connection_get_their_own_answers() -> None:
    data_center = DataCenter()
    first, conn = waiting(data_center, "first")
    let_go(data_center, first, conn)
    conn.push(data_center.session(first), types.UpdatesTooLong(), now=data_center.now)
    second = PollingClient("second")
    handle = second.connection.invoke(functions.help.GetNearestDc(), now=NOW)
    assert converse(data_center, second, conn) is conn
    assert ResultReceived(handle, NEAREST) in second.events
    assert UpdatesReceived(types.UpdatesTooLong()) not in first.events
    assert not [event for event in second.events if type(event).__name__ == "MessageIgnored"]
    # What waited for the first one is there when it asks again.
    first.receive(data_center.ask_afresh(first))
    assert UpdatesReceived(types.UpdatesTooLong()) in first.events


def test_TR11_requests_of_two_clients_on_one_connection_are_answered_in_their_order() -> None:
    data_center = DataCenter()
    first, conn = waiting(data_center, "first")
    second, _ = waiting(data_center, "second")
    handle = second.connection.invoke(functions.help.GetNearestDc(), now=NOW)
    behind = second.another("behind")
    answers = data_center.ask(conn, behind.connection.data_to_send(now=NOW))
    at = answers.index(b"HTTP/1.1 200", 1)
    first.receive(answers[:at])
    behind.receive(answers[at:])
    assert not first.connection.closed
    assert ResultReceived(handle, NEAREST) in behind.events


def test_TR11_each_http_response_carries_one_packet() -> None:
    data_center = DataCenter()
    client, conn = waiting(data_center, "much")
    large = types.UpdateShort(update=types.UpdateDcOptions(dc_options=[types.DcOption(2, "1" * 200, 1)] * 300), date=0)
    for _ in range(3):
        conn.push(data_center.session(client), large, now=NOW)
    answer = conn.data_to_send(now=NOW)
    assert answer.count(b"HTTP/1.1 200") == 1
    client.receive(answer)
    assert converse(data_center, client, conn) is conn
    assert client.events.count(UpdatesReceived(large)) == 3


def test_HS15_handshake_over_many_connections_expires() -> None:
    data_center, client = DataCenter(), PollingClient("slow")
    client.receive(data_center.ask_afresh(client))
    assert len(data_center.handshakes) == 1
    data_center.now += Limits().handshake_timeout
    answer = data_center.ask_afresh(client)
    assert answer.startswith(b"HTTP/1.1 404")
    assert not len(data_center.handshakes)


Attack = Callable[[DataCenter, bytes], object]
LENGTH_AT = 16
"""Where the length of an unencrypted message is; its body follows."""


def split_request(request: bytes) -> tuple[bytes, bytes]:
    """The unencrypted message in an HTTP request, and its body."""
    packet = request[request.index(b"\r\n\r\n") + 4 :]
    return packet, packet[LENGTH_AT + 4 :]


def with_body(request: bytes, body: bytes) -> bytes:
    """An HTTP request with an unencrypted message with another body."""
    packet, _ = split_request(request)
    header = request[: -len(packet)].replace(
        f"Content-Length: {len(packet)}".encode(), f"Content-Length: {LENGTH_AT + 4 + len(body)}".encode()
    )
    return header + packet[:LENGTH_AT] + len(body).to_bytes(4, "little") + body


def garbled(request: bytes) -> bytes:
    return request[:-1] + bytes([request[-1] ^ 1])


def with_junk(request: bytes) -> bytes:
    """The nonces of the client, and nothing that means anything behind them."""
    return with_body(request, split_request(request)[1][:36] + b"junk" * 8)


def out_of_turn(request: bytes) -> bytes:
    """The nonces of the client, in the message of another step."""
    _, body = split_request(request)
    functions_of_steps = (functions.mtproto.ReqDHParams, functions.mtproto.SetClientDHParams)
    (other,) = {function.ID.to_bytes(4, "little") for function in functions_of_steps} - {body[:4]}
    return with_body(request, other + body[4:])


def with_padding(request: bytes) -> bytes:
    """A req_pq_multi with padding after it that looks like the second nonce."""
    _, body = split_request(request)
    return with_body(request, functions.mtproto.ReqPqMulti.ID.to_bytes(4, "little") + body[4:36])


def complete(data_center: DataCenter, client: PollingClient, *, before: Attack, after: Attack) -> bool:
    """Complete a handshake while an attacker acts at each step but the first; whether the client has a key."""
    client.receive(data_center.ask_afresh(client))
    for _ in range(2):
        request = client.connection.data_to_send(now=NOW)
        before(data_center, request)
        answer = data_center.ask(data_center.new_connection(), request)
        after(data_center, request)
        client.receive(answer)
    return any(isinstance(event, AuthKeyCreated) for event in client.events)


def ask_other(data_center: DataCenter, request: bytes) -> bytes:
    """What another connection answers to a request."""
    return data_center.ask(data_center.new_connection(), request)


def nothing(_data_center: DataCenter, _request: bytes) -> None:
    """No attack."""


def test_HS22_repeated_message_gets_the_same_answer_on_any_connection() -> None:
    data_center, client = DataCenter(), PollingClient("observed")
    answers: list[bytes] = []
    events: list[Event] = []

    def repeat(data_center: DataCenter, request: bytes) -> None:
        for _ in range(2):
            conn = data_center.new_connection()
            conn.receive_data(request, now=NOW)
            answers.append(split_request(conn.data_to_send(now=NOW))[1])
            while (event := conn.next_event()) is not None:
                events.append(event)

    assert complete(data_center, client, before=repeat, after=repeat)
    assert [len(set(answers[:4])), len(set(answers[4:]))] == [1, 1]
    assert [type(event) for event in events] == [AuthKeyCreated]
    assert len(data_center.keys) == 1
    assert not len(data_center.handshakes)


@pytest.mark.parametrize("forge", [garbled, with_junk, out_of_turn, with_padding])
def test_HS22_invalid_message_with_the_nonces_of_a_client_does_not_end_its_handshake(
    forge: Callable[[bytes], bytes],
) -> None:
    data_center, client = DataCenter(), PollingClient("observed")
    statuses: set[bytes] = set()
    requests: list[bytes] = []

    def attack(data_center: DataCenter, request: bytes) -> None:
        requests.append(request)
        for _ in range(3):
            statuses.add(ask_other(data_center, forge(request)).split()[1])

    assert complete(data_center, client, before=attack, after=attack)
    assert statuses == {b"200" if forge is with_padding else b"404"}
    repeated = ask_other(data_center, requests[-1])
    assert repeated.startswith(b"HTTP/1.1 200"), "the last answer is still remembered"


def test_HS22_message_of_an_attacker_that_arrives_later_does_not_end_a_handshake() -> None:
    seeds = [SeededEntropy("observed")]

    def entropy(size: int) -> bytes:
        return seeds[-1](size)

    data_center, client = DataCenter(), PollingClient("observed")
    attacker = PollingClient("attacker", entropy=entropy)
    attacker.connection.data_to_send(now=NOW)  # the same nonce
    seeds.append(SeededEntropy("attacker"))
    answer = data_center.ask_afresh(client)
    for each in (client, attacker):
        each.receive(answer)
    request, forged = (each.connection.data_to_send(now=NOW) for each in (client, attacker))
    assert split_request(request)[1][:36] == split_request(forged)[1][:36]
    assert request != forged
    client.receive(ask_other(data_center, request))
    assert ask_other(data_center, forged).startswith(b"HTTP/1.1 404")
    client.receive(data_center.ask_afresh(client))
    assert any(isinstance(event, AuthKeyCreated) for event in client.events)


def test_HS22_server_uses_its_rsa_key_a_bounded_number_of_times_for_a_handshake() -> None:
    data_center, client = DataCenter(), PollingClient("observed")
    client.receive(data_center.ask_afresh(client))
    request = client.connection.data_to_send(now=NOW)
    for number in range(8):
        assert len(data_center.handshakes) == 1, number
        assert ask_other(data_center, garbled(request)).startswith(b"HTTP/1.1 404")
    assert not len(data_center.handshakes)
    assert ask_other(data_center, request).startswith(b"HTTP/1.1 404")


def test_HS22_number_of_answers_that_are_remembered_is_bounded() -> None:
    data_center = DataCenter(Limits(max_handshakes=1))
    requests: list[bytes] = []

    def record(_data_center: DataCenter, request: bytes) -> None:
        requests.append(request)

    for name in ("first", "second"):
        assert complete(data_center, PollingClient(name), before=record, after=nothing)
    del requests[::2]
    statuses = [ask_other(data_center, request).split()[1] for request in requests]
    assert statuses == [b"404", b"200"]
    data_center.now += Limits().handshake_timeout
    assert ask_other(data_center, requests[-1]).startswith(b"HTTP/1.1 404")


def test_HS21_number_of_handshakes_is_bounded() -> None:
    data_center = DataCenter(Limits(max_handshakes=3))
    clients = [PollingClient(str(number)) for number in range(4)]
    for client in clients:
        client.receive(data_center.ask_afresh(client))
    assert len(data_center.handshakes) == 3
    statuses = [data_center.ask_afresh(client).split()[1] for client in clients]
    assert statuses == [b"404", b"200", b"200", b"200"]


@pytest.mark.parametrize("connections", [1, 2])
def test_HS21_flood_over_few_connections_ends_only_its_own_handshakes(connections: int) -> None:
    data_center, client = DataCenter(Limits(max_handshakes=8)), PollingClient("honest")
    attackers = [data_center.new_connection() for _ in range(connections)]
    for _ in range(3):
        for number in range(20):
            data_center.ask(
                attackers[number % connections], PollingClient(f"flood {number}").connection.data_to_send(now=NOW)
            )
        client.receive(data_center.ask_afresh(client))
    assert len(data_center.handshakes) <= 8
    assert any(isinstance(event, AuthKeyCreated) for event in client.events)


def test_HS21_flood_over_many_connections_ends_no_advanced_handshake() -> None:
    data_center, client = DataCenter(Limits(max_handshakes=8)), PollingClient("honest")
    for _ in range(2):
        client.receive(data_center.ask_afresh(client))
    for number in range(20):
        data_center.ask_afresh(PollingClient(f"flood {number}"))
    client.receive(data_center.ask_afresh(client))
    assert any(isinstance(event, AuthKeyCreated) for event in client.events)


def test_HS21_oldest_handshakes_are_evicted_first() -> None:
    data_center, client, late = DataCenter(Limits(max_handshakes=2)), PollingClient("honest"), PollingClient("late")
    data_center.ask_afresh(late)
    data_center.now += Limits().handshake_timeout
    conn = data_center.new_connection()
    client.receive(data_center.ask(conn, client.connection.data_to_send(now=NOW)))
    data_center.ask(conn, PollingClient("another").connection.data_to_send(now=NOW))
    assert data_center.ask_afresh(client).startswith(b"HTTP/1.1 200")


def test_MS25_shared_connection_is_not_closed_for_one_silent_client() -> None:
    data_center = DataCenter()
    client = PollingClient("leaves", with_key=data_center.keys)
    client.connection.invoke(functions.mtproto.PingDelayDisconnect(1, 5), now=NOW)
    conn = converse(data_center, client)
    assert conn is not None
    conn.handle_deadline(now=NOW + 10)
    assert not conn.closed


@pytest.mark.parametrize("busy", [False, True])
def test_TR11_used_connection_can_upgrade_to_a_websocket(*, busy: bool) -> None:
    data_center = DataCenter()
    conn = data_center.new_connection()
    first = PollingClient("http", with_key=data_center.keys)
    first.connection.invoke(functions.help.GetNearestDc(), now=NOW)
    converse(data_center, first, conn)
    if not busy:
        let_go(data_center, first, conn)
    conn.push(data_center.session(first), types.UpdatesTooLong(), now=data_center.now)
    second = PollingClient("websocket", framing="websocket")
    handle = second.connection.invoke(functions.help.GetNearestDc(), now=NOW)
    if busy:
        assert b"HTTP/1.1 405" in data_center.ask(conn, second.connection.data_to_send(now=NOW))
        return
    assert converse(data_center, second, conn) is conn or ResultReceived(handle, NEAREST) in second.events
    assert ResultReceived(handle, NEAREST) in second.events
    assert conn.sessions == [data_center.session(second)]
    first.receive(data_center.ask_afresh(first))
    assert UpdatesReceived(types.UpdatesTooLong()) in first.events


def test_TR11_session_survives_between_two_requests() -> None:
    data_center = DataCenter()
    client, conn = waiting(data_center, "between")
    session = data_center.session(client)
    assert not session.expects_poll(NOW), "it has a connection"
    conn.receive_data(b"", now=NOW)
    assert session.expects_poll(NOW)
    session.push(types.UpdatesTooLong(), LayerCodecs({}))
    assert not session.expects_poll(NOW + Limits().long_poll_timeout)
    again = client.another("again")
    again.connection.invoke(functions.help.GetNearestDc(), now=NOW)
    converse(data_center, again, data_center.new_connection())
    assert UpdatesReceived(types.UpdatesTooLong()) in again.events
