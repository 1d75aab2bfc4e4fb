"""Sessions that move between the connections of a server, and those that a connection has to leave."""

from __future__ import annotations

from sansio_tl import codec, functions, types
from sansio_tl.events import MessageIgnored, SessionOpened
from sansio_tl.framing.http_client import HttpClient
from sansio_tl.mtproto.bad_msg_codes import BadMsgCode
from sansio_tl.mtproto.plain_message import seal_plain
from tests.mtproto.server.scripted_client import QUERY, ScriptedClient, ScriptedConnection


def ping(client: ScriptedClient, session_id: int, connection: ScriptedConnection | None = None) -> None:
    """The client uses this session on this connection."""
    client.session_id = session_id
    client.send(functions.mtproto.Ping(session_id), connection=connection)
    (connection or client.connection).messages()


def test_MS49_session_that_moved_away_stays_where_it_is_when_its_old_connection_is_full() -> None:
    client = ScriptedClient(max_sessions_per_connection=1)
    first, second = client.connection, client.open_connection()
    ping(client, 1, first)
    moved = client.session
    ping(client, 2, second)
    back = client.session
    ping(client, 1, second)
    ping(client, 2, first)
    assert (moved.connection, back.connection) == (second.server, first.server)
    first.server.push(moved, types.UpdatesTooLong(), now=client.now)
    client.session_id = 1
    assert types.UpdatesTooLong() in second.values()


def test_MS49_sessions_that_moved_away_do_not_count_against_those_of_a_connection() -> None:
    client = ScriptedClient(max_sessions_per_connection=2)
    first, second = client.connection, client.open_connection()
    ping(client, 1, first)
    ping(client, 2, first)
    ping(client, 2, second)
    ping(client, 3, first)
    assert [session.id for session in first.server.sessions] == [1, 3]
    assert [session.id for session in second.server.sessions] == [2]


def test_MS27_new_message_for_a_destroyed_session_is_ignored_without_an_answer() -> None:
    client = ScriptedClient()
    ping(client, 1)
    ping(client, 2)
    client.send(functions.mtproto.DestroySession(1))
    client.connection.messages()
    client.connection.events()
    client.session_id = 1
    sent = client.send(QUERY)
    assert client.connection.events() == [MessageIgnored(sent, "MS27", "its session was destroyed")]
    assert client.connection.messages() == []
    assert list(client.record.sessions) == [2]


def test_MS28_refused_packet_that_is_repeated_is_ignored_once_and_gets_no_second_answer() -> None:
    client = ScriptedClient()
    ping(client, 1)
    client.connection.events()
    early = client.message(QUERY, at=client.next_id() + (60 << 32))
    packets: list[bytes] = []
    send_packet = client.connection.send_packet
    client.connection.send_packet = lambda packet, **options: packets.append(packet)  # type: ignore[method-assign]
    client.send_message(early)
    (packet,) = packets
    send_packet(packet)
    assert client.connection.events() == [MessageIgnored(early.msg_id, "MS18", "MSG_ID_TOO_HIGH")]
    (bad_msg,) = client.connection.values()
    assert (bad_msg.bad_msg_id, bad_msg.error_code) == (early.msg_id, 17)
    client.now += 50
    send_packet(packet)
    assert client.connection.events() == [MessageIgnored(early.msg_id, "MS28", "the same packet was refused before")]
    assert client.connection.values() == []


def test_MS18_refused_message_of_a_container_is_reported() -> None:
    client = ScriptedClient()
    ping(client, 1)
    client.connection.events()
    refused = client.message(QUERY, at=client.next_id() + 1)
    client.send_container(refused, client.message(functions.mtproto.Ping(7)))
    assert client.connection.events() == [MessageIgnored(refused.msg_id, "MS18", BadMsgCode(18).name)]


def test_sessions_of_an_ended_connection_are_left_and_open_no_second_time() -> None:
    client = ScriptedClient()
    ping(client, 1)
    ping(client, 2)
    opened = [event.session.id for event in client.connection.events() if isinstance(event, SessionOpened)]
    assert opened == [1, 2]
    client.connection.disconnect()
    assert client.connection.server.sessions == []
    again = client.open_connection()
    ping(client, 1, again)
    assert not any(isinstance(event, SessionOpened) for event in again.events())
    assert [session.id for session in again.server.sessions] == [1]


def test_MS47_over_http_the_next_portion_is_due_after_an_interval() -> None:
    client = ScriptedClient(max_resent_bytes=5_000)
    client.start_session()
    for _ in range(4):
        client.send(QUERY)
        large = types.NearestDc(country="x" * 4_000, this_dc=2, nearest_dc=2)
        client.connection.answer(*client.connection.requests(), result=large)
        client.connection.messages()
    client.connection.disconnect()
    client.now += 3
    other = ScriptedConnection(client, lambda role, limits: HttpClient(limits))
    client.send(functions.mtproto.Ping(1), content_related=False, connection=other)
    assert 4_000 < len(other.server.data_to_send(now=client.now)) < 10_000, "the first portion"
    assert client.session.has_resends
    assert other.server.next_deadline() == client.now + 1.0


def over_http(client: ScriptedClient) -> ScriptedConnection:
    return ScriptedConnection(client, lambda role, limits: HttpClient(limits))


def test_request_over_http_is_held_open_for_the_long_poll_timeout() -> None:
    client = ScriptedClient()
    held = over_http(client)
    client.send(functions.mtproto.Ping(1), content_related=False, connection=held)
    client.acknowledge(*held.messages())
    held.server.data_to_send(now=client.now)
    client.now += 5
    client.send(types.mtproto.MsgsAck([client.next_id()]), connection=held)
    due = client.now + client.limits.long_poll_timeout
    assert held.server.data_to_send(now=client.now) == b""
    assert held.server.next_deadline() == due
    for now, is_answered in ((due - 0.5, False), (due, True)):
        held.server.handle_deadline(now=now)
        assert bool(held.server.data_to_send(now=now)) is is_answered


def test_session_over_http_does_not_return_to_a_connection_that_has_ended() -> None:
    client = ScriptedClient()
    first, second = over_http(client), over_http(client)
    for connection in (first, second):
        client.send(functions.mtproto.Ping(1), content_related=False, connection=connection)
        connection.messages()
    for connection in (first, second):  # both wait now
        client.send(types.mtproto.MsgsAck([client.next_id()]), connection=connection)
        assert connection.server.data_to_send(now=client.now) == b""
    assert client.session.connection is second.server
    first.disconnect()
    second.server.push(client.session, types.UpdatesTooLong(), now=client.now)
    assert types.UpdatesTooLong() in second.values()
    assert client.session.connection is second.server


def waiting_over_http(client: ScriptedClient) -> ScriptedConnection:
    """A connection on which the client waits for news."""
    connection = over_http(client)
    client.send(functions.mtproto.Ping(1), content_related=False, connection=connection)
    connection.messages()
    client.send(types.mtproto.MsgsAck([client.next_id()]), connection=connection)
    assert connection.server.data_to_send(now=client.now) == b""
    connection.events()
    return connection


def test_disconnecting_sends_what_is_queued_and_leaves_a_connection_over_http_open() -> None:
    client = ScriptedClient()
    client.start_session()
    connection = client.connection
    connection.server.push(client.session, types.UpdatesTooLong(), now=client.now)
    connection.server.disconnect(now=client.now)
    assert connection.server.closed
    assert types.UpdatesTooLong() in connection.values()
    assert client.session.connection is None
    shared = waiting_over_http(client)
    shared.server.disconnect(now=client.now)
    assert not shared.server.closed
    assert client.session.connection is shared.server


def test_MS25_client_over_http_sets_no_deadline_of_its_connection() -> None:
    client = ScriptedClient()
    connection = waiting_over_http(client)
    connection.server.push(client.session, types.UpdatesTooLong(), now=client.now)
    connection.messages()
    client.send(functions.mtproto.PingDelayDisconnect(ping_id=5, disconnect_delay=5), connection=connection)
    connection.messages()
    connection.server.handle_deadline(now=client.now + 6)
    assert not connection.server.closed
    assert connection.server.next_deadline() == client.now + client.limits.idle_timeout


def test_MS29_poll_of_a_destroyed_key_is_answered_and_the_connection_over_http_stays() -> None:
    client = ScriptedClient()
    shared = waiting_over_http(client)
    other = client.open_connection()
    client.session_id += 1
    client.send(functions.mtproto.DestroyAuthKey(), connection=other)
    other.messages()
    assert shared.server.data_to_send(now=client.now)
    assert (shared.server.closed, shared.server.is_ending) == (False, False)
    assert other.server.is_ending


def test_handshake_over_http_is_answered_after_the_poll_before_it() -> None:
    client = ScriptedClient()
    shared = waiting_over_http(client)
    framing = HttpClient(client.limits)
    framing.send_packet(seal_plain(client.next_id(), codec.encode(functions.mtproto.ReqPqMulti(bytes(16)))))
    shared.server.receive_data(framing.data_to_send(), now=client.now)
    _, first, second = shared.server.data_to_send(now=client.now).split(b"HTTP/1.1 200")
    assert b"content-length: 0\r\n" in first.lower()
    assert types.mtproto.ResPQ.ID.to_bytes(4, "little") in second
    assert not shared.server.closed
    assert shared.server.data_to_send(now=client.now) == b""
