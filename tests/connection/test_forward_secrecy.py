"""HS18, HS19: temporary keys, through both connections."""

from __future__ import annotations

from sansio_tl import errors, functions
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.events import AuthKeyCreated, ConnectionClosed, RequestReceived, ResultReceived, TemporaryKeyBound
from tests.helpers.connected_pair import NEAREST, ConnectedPair, key_record

LIFETIME = 86400


def test_HS18_both_keys_are_created_and_bound_before_any_request_is_sent() -> None:
    pair = ConnectedPair(temporary_key_lifetime=LIFETIME)
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    events = pair.run()
    permanent, temporary = (event for event in events if isinstance(event, AuthKeyCreated))
    assert (permanent.expires_in, temporary.expires_in) == (None, LIFETIME)
    assert pair.client.auth_key == permanent.auth_key
    assert pair.keys[temporary.auth_key.id].identity == permanent.auth_key.id
    assert events.index(ResultReceived(handle, NEAREST)) > [type(event) for event in events].index(TemporaryKeyBound)
    (received,) = (event.request for event in pair.server_events if isinstance(event, RequestReceived))
    assert received.session.auth_key == temporary.auth_key


def test_HS18_client_with_a_permanent_key_creates_only_a_temporary_one() -> None:
    pair = ConnectedPair(record=key_record(), temporary_key_lifetime=LIFETIME)
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    events = pair.run()
    (temporary,) = (event for event in events if isinstance(event, AuthKeyCreated))
    assert temporary.expires_in == LIFETIME
    assert pair.client.auth_key == key_record().auth_key
    assert ResultReceived(handle, NEAREST) in events
    (received,) = (event.request for event in pair.server_events if isinstance(event, RequestReceived))
    assert received.session.auth_key == temporary.auth_key
    assert received.session.record.identity == key_record().auth_key.id


def test_HS19_first_request_after_the_binding_carries_initConnection() -> None:
    pair = ConnectedPair(temporary_key_lifetime=LIFETIME)
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    seen: list[IncomingRequest] = [event.request for event in pair.server_events if isinstance(event, RequestReceived)]
    assert seen[0].init is not None
    (record,) = (record for record in pair.keys.values() if record.bound_to)
    record.bound_to = None  # the server has lost the binding: it is repeated
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    again = [event.request for event in pair.server_events if isinstance(event, RequestReceived)][-1]
    assert again.init == seen[0].init
    assert again.init is not seen[0].init, "it came once more"


def test_HS18_binding_lost_by_the_server_is_repeated_and_the_request_resent() -> None:
    pair = ConnectedPair(temporary_key_lifetime=LIFETIME)
    pair.run()
    (record,) = (record for record in pair.keys.values() if record.bound_to)
    record.bound_to = None
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    events = pair.run()
    assert ResultReceived(handle, NEAREST) in events
    assert record.bound_to is not None


def test_HS18_refused_binding_ends_the_connection() -> None:
    pair = ConnectedPair(temporary_key_lifetime=LIFETIME)
    while len(pair.keys) < 2:
        pair.step()
    permanent = next(key_id for key_id, record in pair.keys.items() if record.expires_at is None)
    del pair.keys[permanent]
    closed = pair.run()[-1]
    assert isinstance(closed, ConnectionClosed)
    assert isinstance(closed.error, RemoteProtocolError)
    assert closed.error.check == "HS18"
    assert "ENCRYPTED_MESSAGE_INVALID" in str(closed.error)


def test_HS18_rpc_error_of_a_request_does_not_end_the_connection() -> None:
    pair = ConnectedPair(temporary_key_lifetime=LIFETIME, application=lambda request: errors.parse(400, "WHATEVER"))
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    assert not pair.client.closed


def test_HS18_expired_keys_are_removed_when_new_ones_are_created() -> None:
    first = ConnectedPair(temporary_key_lifetime=LIFETIME)
    first.run()
    assert len(first.keys) == 2
    early = ConnectedPair(seed="early", keys=first.keys, now=first.now + LIFETIME - 10, temporary_key_lifetime=LIFETIME)
    early.run()
    assert len(first.keys) == 4
    late = ConnectedPair(seed="late", keys=first.keys, now=first.now + LIFETIME + 10)
    late.run()
    assert len(first.keys) == 4, "the first temporary key was removed for the last permanent one"
    assert sum(record.expires_at is None for record in first.keys.values()) == 3
