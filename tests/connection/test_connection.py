"""A client's and a server's connection, connected in memory."""

from __future__ import annotations

import gc
from collections.abc import Callable
from struct import pack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_tl import LAYER, Connection, codec, errors, functions, types
from sansio_tl.connection.server import IncomingRequest, ServerConfig
from sansio_tl.crypto.aes import ige_encrypt
from sansio_tl.crypto.kdf import aes_key_iv, message_key
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError, TransportError
from sansio_tl.events import (
    AuthKeyCreated,
    BadMessage,
    ConnectionClosed,
    OutcomeUnknown,
    RequestCancelled,
    RequestFailed,
    RequestReceived,
    ResultReceived,
    SessionCreated,
    UpdatesReceived,
)
from sansio_tl.framing import Abridged, Full, Intermediate, client_framing
from sansio_tl.role import Role
from tests.helpers.connected_pair import NEAREST, NOW, ConnectedPair, key_record
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key


def results(pair: ConnectedPair) -> list[Any]:
    return [event.result for event in pair.events if isinstance(event, ResultReceived)]


@pytest.mark.parametrize("framing", [Abridged, Full, Intermediate])
def test_request_waits_for_the_handshake_and_is_answered(framing: Any) -> None:
    pair = ConnectedPair(framing=framing)
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    created, session, result = pair.run()
    assert isinstance(created, AuthKeyCreated)
    assert created.auth_key == pair.client.auth_key
    assert pair.keys[created.auth_key.id].auth_key == created.auth_key
    assert isinstance(session, SessionCreated)
    assert result == ResultReceived(handle, NEAREST)


def test_server_reads_layer_and_init_parameters_from_the_first_request() -> None:
    pair = ConnectedPair(record=key_record())
    seen: list[IncomingRequest] = []

    def application(request: IncomingRequest) -> object:
        seen.append(request)
        return NEAREST

    pair.application = application
    for _ in range(2):
        pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
        pair.run()
    assert [type(request.query) for request in seen] == [functions.help.GetNearestDc] * 2
    assert seen[0].layer == seen[1].layer == LAYER
    assert seen[0].init is not None
    assert seen[0].init.api_id == 1


def test_request_is_wrapped_again_after_connection_not_inited() -> None:
    pair = ConnectedPair(record=key_record())
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    answers: list[object] = [errors.parse(400, "CONNECTION_NOT_INITED"), NEAREST]
    pair.application = lambda request: answers.pop(0)
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    assert pair.run()[-1] == ResultReceived(handle, NEAREST)
    assert not answers


def test_rpc_error_is_typed_and_names_the_request() -> None:
    pair = ConnectedPair(record=key_record(), application=lambda request: errors.parse(406, "PHONE_NUMBER_INVALID"))
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    failed = pair.run()[-1]
    assert isinstance(failed, RequestFailed)
    assert failed.handle is handle
    assert isinstance(failed.error, errors.PhoneNumberInvalid)
    assert (failed.error.code, failed.error.request) == (406, "help.getNearestDc")


def test_many_requests_share_packets_and_each_gets_its_answer() -> None:
    pair = ConnectedPair(
        record=key_record(), application=lambda request: types.NearestDc("", 0, int(request.msg_id & 0x7FFFFFFF))
    )
    handles = [pair.client.invoke(functions.help.GetNearestDc(), now=pair.now) for _ in range(2500)]
    pair.run()
    answered = [event for event in pair.events if isinstance(event, ResultReceived)]
    assert [event.handle for event in answered] == handles
    assert len({handle.result().nearest_dc for handle in handles}) == len(handles)
    assert len([sender for sender, _ in pair.wire if sender == "client"]) < 20


def test_answers_out_of_order_are_matched_to_their_requests() -> None:
    pair = ConnectedPair(record=key_record(), application=lambda request: None)
    handles = [pair.client.invoke(functions.help.GetNearestDc(), now=pair.now) for _ in range(3)]
    pair.run()
    requests = [event.request for event in pair.server_events if isinstance(event, RequestReceived)]
    for at in (1, 2, 0):
        pair.server.send_result(requests[at], types.NearestDc("", at, 0), now=pair.now)
    pair.run()
    answered = [event.handle for event in pair.events if isinstance(event, ResultReceived)]
    assert answered == [handles[1], handles[2], handles[0]]
    assert [handle.result().this_dc for handle in handles] == [0, 1, 2]


def test_wrong_value_raises_before_anything_is_sent_and_names_the_field() -> None:
    pair = ConnectedPair(record=key_record())
    with pytest.raises(LocalProtocolError, match=r"auth\.sendCode.*api_id"):
        pair.client.invoke(functions.auth.SendCode("+1", 2**40, "hash", types.CodeSettings()), now=pair.now)
    first = pair.client.data_to_send(now=pair.now)
    assert first in (b"", b"\xee\xee\xee\xee")
    pair.to_server(first)
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    assert results(pair) == [NEAREST]


def test_pushed_updates_are_received() -> None:
    pair = ConnectedPair(record=key_record())
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    session = next(iter(next(iter(pair.keys.values())).sessions.values()))
    pair.server.push(session, types.UpdatesTooLong(), now=pair.now)
    assert pair.run() == [UpdatesReceived(types.UpdatesTooLong())]


def test_cancelled_request_emits_no_event_and_the_server_is_notified() -> None:
    pair = ConnectedPair(record=key_record(), application=lambda request: None)
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    pair.client.cancel(handle, now=pair.now)
    pair.run()
    with pytest.raises(LocalProtocolError, match=r"help\.getNearestDc was cancelled"):
        handle.result()
    dropped = [event for event in pair.server_events if isinstance(event, RequestCancelled)]
    assert len(dropped) == 1
    pair.server.send_result(dropped[0].request, NEAREST, now=pair.now)
    assert pair.run() == []
    pair.application = lambda request: NEAREST
    again = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    assert pair.run() == [ResultReceived(again, NEAREST)]


def test_request_cancelled_before_sending_is_never_sent() -> None:
    pair = ConnectedPair(record=key_record())
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.client.cancel(handle, now=pair.now)
    pair.run()
    assert not [event for event in pair.server_events if isinstance(event, RequestReceived)]


@pytest.mark.parametrize("sent", [True, False])
def test_unanswered_requests_have_an_unknown_outcome_when_the_connection_ends(*, sent: bool) -> None:
    pair = ConnectedPair(record=key_record(), application=lambda request: None)
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    if sent:
        pair.run()
    pair.client.receive_data(b"", now=pair.now)
    unknown, closed = pair.client.next_event(), pair.client.next_event()
    if sent:
        pair.events.extend(event for event in (unknown,) if event)
    assert isinstance(unknown, OutcomeUnknown)
    assert unknown.handle is handle
    assert ("never sent" in unknown.reason) is not sent
    assert closed == ConnectionClosed(None)
    assert pair.client.next_event() is None
    with pytest.raises(LocalProtocolError):
        pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)


def test_unknown_key_is_answered_with_transport_error_404() -> None:
    pair = ConnectedPair(record=key_record())
    pair.keys.clear()
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    events = pair.run()
    assert isinstance(events[-1], ConnectionClosed)
    assert isinstance(events[-1].error, TransportError)
    assert events[-1].error.code == -404


def test_client_of_another_data_center_gets_transport_error_444() -> None:
    pair = ConnectedPair(dc_id=4)
    events = pair.run()
    assert isinstance(events[-1], ConnectionClosed)
    assert isinstance(events[-1].error, TransportError)
    assert events[-1].error.code == -444


@given(data=st.binary(min_size=1, max_size=300), encrypted=st.booleans())
@settings(max_examples=200)
def test_random_bytes_end_in_connection_closed(data: bytes, *, encrypted: bool) -> None:
    pair = ConnectedPair(record=key_record() if encrypted else None)
    for end in (pair.client, pair.server):
        end.receive_data(data, now=pair.now)
        end.receive_data(b"", now=pair.now)
        events = []
        while (event := end.next_event()) is not None:
            events.append(event)
        assert isinstance(events[-1], ConnectionClosed)
        assert isinstance(events[-1].error, (RemoteProtocolError, TransportError, type(None)))
        assert end.closed


def test_HS15_each_step_of_the_handshake_has_a_deadline() -> None:
    pair = ConnectedPair()
    first = pair.client.next_deadline()
    assert first == pair.now + 20
    pair.now += 15
    pair.step()
    second = pair.client.next_deadline()
    assert second == pair.now + 20
    pair.client.handle_deadline(now=pair.now + 19)
    assert not pair.client.closed
    pair.client.handle_deadline(now=pair.now + 20)
    while (event := pair.client.next_event()) is not None:
        pair.events.append(event)
    assert isinstance(pair.events[-1], ConnectionClosed)
    assert isinstance(pair.events[-1].error, RemoteProtocolError)
    assert pair.events[-1].error.check == "HS15"


def test_MS48_idle_client_with_a_key_gets_updates_and_is_not_closed() -> None:
    pair = ConnectedPair(record=key_record())
    deadline = NOW + 25.0  # longer than the server waits for a first message
    while pair.now < deadline:
        pair.run()
        due = [each for each in (pair.client.next_deadline(), pair.server.next_deadline()) if each is not None]
        pair.now = min([*due, deadline])
        pair.client.handle_deadline(now=pair.now)
        pair.server.handle_deadline(now=pair.now)
    assert not pair.server.closed
    (session,) = pair.server.sessions
    pair.server.push(session, types.UpdatesTooLong(), now=pair.now)
    pair.run()
    assert UpdatesReceived(types.UpdatesTooLong()) in pair.events


def test_HS15_server_closes_at_its_handshake_deadline() -> None:
    pair = ConnectedPair()
    deadline = pair.server.next_deadline()
    assert deadline is not None
    pair.server.handle_deadline(now=deadline)
    closed = pair.server.next_event()
    assert isinstance(closed, ConnectionClosed)
    assert isinstance(closed.error, RemoteProtocolError)
    assert closed.error.check == "HS15"


def test_HS17_plain_messages_are_refused_after_the_handshake() -> None:
    from sansio_tl.mtproto.plain_message import seal_plain

    pair = ConnectedPair(record=key_record())
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    plain = seal_plain((int(pair.now) << 32) + 1, codec.encode(types.UpdatesTooLong()))
    pair.to_client(len(plain).to_bytes(4, "little") + plain)
    assert isinstance(pair.events[-1], ConnectionClosed)
    assert isinstance(pair.events[-1].error, RemoteProtocolError)
    request = seal_plain(int(pair.now) << 32, codec.encode(functions.mtproto.ReqPqMulti(bytes(16))))
    pair.to_server(len(request).to_bytes(4, "little") + request)
    assert isinstance(pair.server_events[-1], ConnectionClosed)
    assert isinstance(pair.server_events[-1].error, RemoteProtocolError)


def test_pong_to_a_ping_of_the_websocket_is_output() -> None:
    framing = client_framing("websocket", entropy=SeededEntropy("framing"), now=NOW, host="dc.example")
    pair = ConnectedPair(record=key_record(), framing=framing)
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    assert pair.client.data_to_send(now=pair.now) == b""
    assert not pair.client.has_output(pair.now)
    pair.client.receive_data(b"\x89\x01x", now=pair.now)
    assert pair.client.has_output(pair.now)
    pong = pair.client.data_to_send(now=pair.now)
    assert (pong[:2], len(pong)) == (b"\x8a\x81", 7)
    assert not pair.client.has_output(pair.now)


def test_settings_of_a_wrong_type_are_refused() -> None:
    with pytest.raises(LocalProtocolError, match="Connection: config"):
        Connection("config", entropy=SeededEntropy(), now=NOW)  # type: ignore[arg-type]
    with pytest.raises(LocalProtocolError, match=r"ServerConfig\.proxy_secrets"):
        ServerConfig(private_keys=(rsa_key(),), proxy_secrets=("dd" + "00" * 16,))  # type: ignore[arg-type]


def conversation(chunk: int | None) -> ConnectedPair:
    pair = ConnectedPair(chunk=chunk)
    for _ in range(3):
        pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
        pair.run()
        pair.now += 1.5
    pair.client.close(now=pair.now)
    return pair


def reported(pair: ConnectedPair) -> list[str]:
    """Events without the identity of handles."""
    return [repr(event).partition(" at 0x")[0] for event in pair.events + pair.server_events]


@pytest.mark.parametrize("chunk", [1, 2, 7, 1000])
def test_TR9_conversation_gives_the_same_events_in_any_fragmentation(chunk: int) -> None:
    assert reported(conversation(chunk)) == reported(conversation(None))


def test_same_entropy_and_times_give_the_same_bytes() -> None:
    assert conversation(None).wire == conversation(None).wire


def test_EN8_observer_cannot_tell_envelope_errors_apart() -> None:
    """EN3 to EN6: the connection is closed and not a byte is sent, by the server as by the client."""
    seen = set()
    for broken in broken_envelopes():
        for role in Role:
            pair = ConnectedPair(record=key_record())
            pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
            pair.run()
            end = pair.server if role is Role.SERVER else pair.client
            sender = Role.CLIENT if role is Role.SERVER else Role.SERVER
            packet = broken(sender)
            end.receive_data(len(packet).to_bytes(4, "little") + packet, now=pair.now)
            assert end.closed
            assert end.data_to_send(now=pair.now) == b""
            closed = end.next_event()
            assert isinstance(closed, ConnectionClosed)
            assert isinstance(closed.error, RemoteProtocolError)
            seen.add(closed.error.check)
    assert seen == {"EN3", "EN4", "EN5", "EN6"}


def broken_envelopes() -> list[Callable[[Role], bytes]]:
    key = key_record().auth_key

    def made(length: int, padding: int, *, tampered: bool = False) -> Callable[[Role], bytes]:
        def make(sender: Role) -> bytes:
            plain = pack("<qqqii", 7, 2, 4 << 32, 1, length) + bytes(16 + padding)
            msg_key = message_key(key.key, plain, sender)
            packet = key.id + msg_key + ige_encrypt(plain, *aes_key_iv(key.key, msg_key, sender))
            return packet[:-1] + bytes([packet[-1] ^ 1]) if tampered else packet

        return make

    return [made(16, 16, tampered=True), made(17, 16), made(-4, 16), made(4096, 16), made(16, 0), made(16, 1040)]


def test_answered_requests_are_freed_without_the_garbage_collector() -> None:
    pair = ConnectedPair()
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for _ in range(10):
            pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
            pair.run()
        pair.events.clear()
        pair.server_events.clear()
        gc.collect()
        assert [each for each in gc.garbage if type(each).__module__.startswith("sansio_tl")] == []
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def test_MS36_request_too_late_for_its_session_is_executed_once_under_a_new_id() -> None:
    """The first packet is late, and the announcement of the session is lost: the server refuses the request."""
    executed: list[int] = []

    def application(request: IncomingRequest) -> object:
        executed.append(request.msg_id)
        return NEAREST

    pair = ConnectedPair(record=key_record(salt=0), application=application)
    late = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    first = pair.client.data_to_send(now=pair.now)
    pair.now += 0.1
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.to_server(first[:4] + pair.client.data_to_send(now=pair.now))  # the framing's tag comes first
    assert pair.server.data_to_send(now=pair.now)  # it does not arrive
    pair.to_server(first[4:])
    events = pair.run()
    assert [event.code for event in events if isinstance(event, BadMessage)] == [20]
    assert ResultReceived(late, NEAREST) in events
    assert not any(isinstance(event, OutcomeUnknown) for event in events)
    assert len(executed) == 2
    assert executed[0] < executed[1]
