"""Replayed packets have no effect."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import codec, functions, types
from sansio_tl.events import MessageIgnored
from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import join
from sansio_tl.mtproto.envelope import encrypt_message
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import unix_time
from sansio_tl.role import Role
from tests.helpers.connected_pair import NOW
from tests.helpers.entropy import SeededEntropy
from tests.mtproto.server.scripted_client import ANSWER, QUERY, ScriptedClient, ScriptedConnection, client_id

HOUR = 3600.0


class Recorded(ScriptedClient):
    """A client each of whose packets is recorded; `bring` delivers one again over a connection of the attacker's."""

    def __init__(self, **limits: Any) -> None:
        super().__init__(**limits)
        self.entropy = SeededEntropy("recorded")

    def packet(self, message: Message, *, salt: int | None = None) -> bytes:
        """A packet of the client's that is not delivered."""
        return encrypt_message(
            message,
            auth_key=self.key,
            salt=self.record.salt(self.now) if salt is None else salt,
            session_id=self.session_id,
            sender=Role.CLIENT,
            entropy=self.entropy,
        ).packet

    def record_one(self, message: Message | None = None) -> bytes:
        """Deliver a packet on the client's own connection; returns it."""
        packet = self.packet(message or self.message(QUERY))
        self.connection.send_packet(packet)
        return packet

    def bring(self, packet: bytes) -> ScriptedConnection:
        """The attacker's connection, after it brought a packet."""
        attacker = self.open_connection()
        attacker.send_packet(packet)
        return attacker


def test_MS27_replay_does_not_move_a_session_to_another_connection() -> None:
    client = Recorded()
    packet = client.record_one()
    (request,) = client.connection.requests()
    attacker = client.bring(packet)
    assert attacker.requests() == []
    assert attacker.server.sessions == []
    assert client.connection.server.sessions == [client.session]
    assert attacker.packets() == []
    client.connection.answer(request)
    client.connection.server.push(client.session, types.UpdatesTooLong(), now=client.now)
    assert attacker.packets() == []
    assert types.UpdatesTooLong() in client.connection.values()


def test_MS27_replay_does_not_attach_a_session_whose_connection_has_ended() -> None:
    client = Recorded()
    packet = client.record_one()
    client.connection.answer(*client.connection.requests())
    client.connection.disconnect()
    attacker = client.bring(packet)
    assert attacker.packets() == []
    assert client.session.connection is None
    connection = client.open_connection()
    client.send(functions.mtproto.Ping(1), connection=connection)
    assert connection.answers() != {}, "its client comes back with something new, and has the answer"
    assert client.bring(packet).packets() == []
    assert connection.server.sessions == [client.session]


def test_MS27_replay_causes_no_resend_and_keeps_no_connection_open() -> None:
    client = Recorded()
    packet = client.record_one()
    client.connection.answer(*client.connection.requests())
    client.connection.messages()
    client.now += 5
    attacker = client.open_connection()
    ends = attacker.server.next_deadline()
    for _ in range(10):
        client.now += 1
        attacker.send_packet(packet)
    assert attacker.packets() == client.connection.packets() == []
    assert attacker.server.next_deadline() == ends


def test_MS27_delayed_copy_of_a_known_message_causes_no_resend() -> None:
    client = Recorded()
    message = client.message(QUERY)
    kept_back = client.packet(message)  # encrypted apart from the one that arrives
    client.record_one(message)
    client.connection.answer(*client.connection.requests())
    client.connection.packets()
    attacker = client.open_connection()
    attacker.send_packet(kept_back, quick_ack=True)
    assert attacker.packets() == client.connection.packets() == []
    assert attacker.quick_acks == []


def test_MS27_replay_gets_no_quick_acknowledgement() -> None:
    client = Recorded()
    message = client.message(QUERY)
    packet = client.record_one(message)
    attacker = client.open_connection()
    for connection in (attacker, client.connection):
        connection.send_packet(packet, quick_ack=True)
        connection.packets()
        assert connection.quick_acks == []
    client.connection.send_packet(client.packet(message), quick_ack=True)  # as its client sends it again
    client.connection.packets()
    assert len(client.connection.quick_acks) == 1


def test_MS45_packet_repeated_on_its_own_connection_causes_no_resend() -> None:
    client = Recorded()
    message = client.message(QUERY)
    packets = [client.record_one(message)]
    client.connection.answer(*client.connection.requests())
    client.connection.packets()
    for _ in range(2):
        packets.append(client.record_one(message))  # encrypted afresh
        assert client.connection.answers() == {message.msg_id: ANSWER}
        for packet in packets:
            client.connection.events()
            client.connection.send_packet(packet)
            assert client.connection.packets() == []
            (dropped,) = client.connection.events()
            assert isinstance(dropped, MessageIgnored)
            assert dropped.check == "MS45"


def test_MS45_repeated_packet_evicted_from_the_memory_causes_no_resend() -> None:
    client = Recorded(replay_window=4)
    packet = client.record_one()
    client.connection.answer(*client.connection.requests())
    for _ in range(5):
        client.send()
    client.connection.packets()
    client.connection.send_packet(packet)
    assert client.connection.packets() == []
    assert client.session.received.seen_packets == 4


@pytest.mark.parametrize("seconds", [301.0, HOUR, 400 * 24 * HOUR])
def test_MS27_old_packet_opens_no_session(seconds: float) -> None:
    client = Recorded()
    packet = client.record_one()
    client.connection.requests()
    client.record.sessions.clear()
    client.now += seconds
    attacker = client.bring(packet)
    assert client.record.sessions == {}
    assert attacker.events()
    assert attacker.requests() == []
    (error,) = attacker.messages()
    assert codec.decode(error.body).error_code == 16  # type: ignore[attr-defined]


def test_MS27_recorded_packets_evict_no_session_and_execute_nothing_twice() -> None:
    client = Recorded(max_sessions_per_key=4)
    recorded = []
    for number in range(8):
        client.session_id = number + 1
        recorded.append(client.record_one())
    assert len(client.connection.requests()) == 8
    assert list(client.record.sessions) == [5, 6, 7, 8]
    for _ in range(3):
        for packet in recorded:
            assert client.bring(packet).requests() == []
    assert list(client.record.sessions) == [5, 6, 7, 8]


def test_MS27_evicted_session_accepts_new_messages_only() -> None:
    client = Recorded(max_sessions_per_key=1)
    packet = client.record_one()
    late = client.packet(client.message(QUERY))
    client.record_one()
    client.connection.requests()
    first, client.session_id = client.session_id, client.session_id + 1
    client.record_one()
    client.connection.requests()
    assert list(client.record.sessions) == [first + 1]
    for each in packet, late:
        assert client.bring(each).requests() == [], "whether it was executed is not known any more"
    client.session_id = first
    client.record_one()
    assert len(client.connection.requests()) == 1
    for each in packet, late:
        assert client.bring(each).requests() == []


def test_MS27_forgotten_past_sessions_bound_the_ids_of_the_whole_key() -> None:
    client = Recorded(max_sessions_per_key=1, max_past_sessions=2)
    recorded = []
    for number in range(20):
        client.session_id = number + 1
        recorded.append(client.record_one())
    client.connection.requests()
    assert len(client.record.past) == 2
    for packet in recorded:
        assert client.bring(packet).requests() == []


def test_MS27_known_children_of_a_new_container_are_answered_again() -> None:
    client = Recorded()
    request = client.message(QUERY)
    client.send_message(request)
    client.connection.answer(*client.connection.requests())
    client.connection.messages()
    container = client.message(join([request]), content_related=False)
    connection = client.open_connection()
    connection.send_packet(packet := client.packet(container))
    assert list(connection.answers()) == [request.msg_id]
    attacker = client.bring(packet)
    assert attacker.packets() == connection.packets() == []
    assert connection.server.sessions == [client.session]


def test_MS27_notification_goes_to_the_connection_of_its_message() -> None:
    """A client over a new connection, with an old salt, has no session there yet."""
    client = Recorded()
    client.record_one()
    client.connection.messages()
    attacker = client.bring(client.packet(client.message(QUERY), salt=1))
    (error,) = attacker.messages()
    assert isinstance(codec.decode(error.body), types.mtproto.BadServerSalt)
    assert client.connection.packets() == []
    assert attacker.server.sessions == []


def test_MS27_notifications_share_no_message_id_with_the_later_session() -> None:
    client = Recorded()
    for _ in range(3):
        client.send_message(client.message(QUERY), salt=1)
    client.record_one()
    received = client.connection.messages()
    assert len({message.msg_id for message in received}) == len(received) >= 4


def test_MS27_notifications_have_the_time_of_a_clock_that_was_set_back() -> None:
    """Their ids are what a client sets its clock by: those of an earlier session must not lead it astray."""
    client = Recorded()
    client.record_one()
    client.connection.answer(*client.connection.requests())
    client.now -= 200
    client.session_id += 1
    client.open_connection().send_packet(client.packet(Message(client_id(0), 1, codec.encode(QUERY))))
    connection = client.open_connection()
    connection.send_packet(client.packet(Message(client_id(-100), 1, codec.encode(QUERY))))
    (error,) = connection.messages()
    assert unix_time(error.msg_id) == pytest.approx(client.now, abs=1)


def test_MS27_message_that_is_refused_does_not_begin_the_session() -> None:
    """A client whose clock is ahead is notified, and continues with lower ids."""
    client = Recorded()
    client.send_message(Message(client_id(120), 1, codec.encode(QUERY)))
    assert client.connection.values()[0].error_code == 17
    assert not client.record.sessions
    client.send()
    assert len(client.connection.requests()) == 1


@pytest.mark.parametrize("ahead", [31.0, 120.0, 250.0, 1700.0])
def test_MS28_packet_received_too_early_is_not_executed_later(ahead: float) -> None:
    """Its client has sent the request again, in a new session and under an id of the right time."""
    client = Recorded()
    packet = client.packet(Message(client_id(ahead), 1, codec.encode(QUERY)))
    client.connection.send_packet(packet)
    assert client.connection.values()[0].error_code == 17
    client.session_id += 1
    client.send()
    assert len(client.connection.requests()) == 1
    for seconds in range(0, int(ahead) + 320, 10):
        client.now = NOW + seconds
        assert client.bring(packet).requests() == []


def test_MS28_packet_with_a_future_salt_is_not_executed_later() -> None:
    client = Recorded()
    client.now = client.record.created_at + client.record.salt_period - 5
    client.start_session()
    _, next_salt = client.record.future_salts(2, client.now)
    packet = client.packet(client.message(QUERY), salt=next_salt.salt)
    client.connection.send_packet(packet)
    client.send()
    assert len(client.connection.requests()) == 1
    client.now += 10
    assert client.record.accepts(next_salt.salt, client.now)
    assert client.bring(packet).requests() == []


def test_MS28_remembered_refused_packets_are_bounded_and_more_are_not_answered() -> None:
    """An error would make the client send the request again, and nothing would tell the two apart."""
    client = Recorded(max_refused_packets=4)
    for number in range(10):
        client.connection.send_packet(client.packet(Message(client_id(100 + number), 1, codec.encode(QUERY))))
    assert len(client.connection.messages()) == 4
    assert len(client.record.refused) == 4
    client.connection.send_packet(client.packet(client.message(QUERY), salt=1))
    assert len(client.connection.messages()) == 1, "what can never be accepted needs no memory"
    client.now += 100 + Limits().max_message_age + 10
    client.connection.send_packet(client.packet(Message(client_id(client.now - NOW + 100), 1, codec.encode(QUERY))))
    assert len(client.connection.messages()) == 1
    assert len(client.record.refused) == 1


def test_MS28_same_message_in_another_packet_is_checked_again() -> None:
    client = Recorded()
    message = Message(client_id(35), 1, codec.encode(QUERY))
    client.connection.send_packet(client.packet(message))
    client.now += 10
    client.connection.send_packet(client.packet(message))
    assert len(client.connection.requests()) == 1


def test_MS20_new_session_is_announced_in_a_packet_of_its_own_before_anything_else() -> None:
    client = ScriptedClient()
    client.send()
    client.connection.answer(*client.connection.requests())
    announcement, *rest = client.connection.outer_messages()
    assert isinstance(codec.decode(announcement.body), types.mtproto.NewSessionCreated)
    assert rest


def test_MS10_repeated_message_is_acknowledged_once_and_immediately() -> None:
    client = ScriptedClient(ack_batch_size=16)
    client.start_session()
    message = client.message(functions.mtproto.Ping(1), content_related=True)
    client.send_message(message)
    client.connection.messages()
    for _ in range(3):
        client.send_message(message)
    (acks,) = client.connection.values()
    assert acks.msg_ids == [message.msg_id]


def test_MS31_replays_do_not_keep_an_idle_connection_open() -> None:
    client = Recorded()
    packet = client.record_one()
    deadline = NOW + client.limits.idle_timeout
    for client.now in (NOW + 200, deadline - 1):
        client.connection.send_packet(packet)
        client.connection.server.handle_deadline(now=client.now)
        assert not client.connection.server.closed
    client.now = deadline
    client.connection.server.handle_deadline(now=client.now)
    assert client.connection.server.closed


def test_MS31_replay_does_not_extend_a_poll() -> None:
    client = Recorded()
    server = client.connection.server

    def post(packet: bytes) -> None:
        head = b"POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(packet)
        server.receive_data(head + packet, now=client.now)

    packet = client.packet(client.message(QUERY))
    post(packet)
    client.connection.answer(*client.connection.requests())
    assert server.data_to_send(now=client.now)
    post(client.packet(client.message(functions.mtproto.HttpWait(0, 0, 5_000), seqno=2)))
    for _ in range(3):  # acknowledgements leave, and the client asks again
        assert server.next_deadline() is not None
        server.data_to_send(now=client.now)
    due = server.next_deadline()
    assert due is not None
    assert client.now < due <= client.now + 5
    client.now += 4
    post(packet)
    assert server.next_deadline() == due
