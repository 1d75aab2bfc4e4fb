from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl import LAYER, Config, Connection, errors, functions, types
from sansio_tl.codec.schema import Schema
from sansio_tl.connection.server import (
    IncomingRequest,
    KeyRecord,
    KeyStore,
    ServerConfig,
    ServerConnection,
    ServerSession,
)
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.errors import LocalProtocolError, RpcError, TransportError
from sansio_tl.events import ConnectionClosed, Event, RequestFailed, ResultReceived, UpdatesReceived
from sansio_tl.framing import Abridged, Full, Intermediate
from sansio_tl.limits import Limits
from sansio_tl.role import Role
from sansio_tl.testing import (
    CodeSent,
    DataCenter,
    DataCenterConfig,
    DataCenterConnection,
    LoggedIn,
    OtherLayer,
    RequestServed,
)
from sansio_tl.testing.events import ConnectionEnded
from sansio_tl.testing.passwords import Password
from sansio_tl.testing.raw_peer import RawPeer
from sansio_tl.tl.objects import Function
from tests.helpers.data_center_state import state_of
from tests.helpers.direct_client import CODE, NOW, PHONE, SETTINGS, DirectClient, prove, send_code
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key

R = TypeVar("R")

GUARDED = "9996620107"
FREE = "9996620299"


def open_data_center(seed: str = "data_center", keys: KeyStore | None = None, **settings: Any) -> DataCenter:
    config = DataCenterConfig(private_key=rsa_key(), **settings)
    return DataCenter(config, keys=keys, entropy=SeededEntropy(seed), now=NOW)


class Client:
    """A connection joined to a data center, in pieces of any size."""

    def __init__(
        self,
        dc: DataCenter,
        seed: str = "client",
        piece: int = 1 << 20,
        auth_key: AuthKey | None = None,
        **settings: Any,
    ) -> None:
        config = Config(api_id=1, public_keys=(dc.public_key,), **settings)
        self.connection = Connection(config, auth_key=auth_key, entropy=SeededEntropy(seed), now=NOW)
        self.accepted = dc.accept(now=NOW)
        self.piece = piece
        self.wire: list[bytes] = []
        self.received_events: list[Event] = []

    def settle(self) -> None:
        """Exchange bytes until both sides have nothing to send."""
        while self._carry(self.connection, self.accepted) | self._carry(self.accepted, self.connection):
            pass
        while (event := self.connection.next_event()) is not None:
            self.received_events.append(event)

    def _carry(self, source: Connection | DataCenterConnection, sink: Connection | DataCenterConnection) -> bool:
        data = source.data_to_send(now=NOW)
        self.wire.append(data)
        for at in range(0, len(data), self.piece):
            sink.receive_data(data[at : at + self.piece], now=NOW)
        return bool(data)

    def answer(self, query: Function[R]) -> R | RpcError:
        handle = self.connection.invoke(query, now=NOW)
        self.settle()
        (outcome,) = (
            event
            for event in self.received_events
            if isinstance(event, (ResultReceived, RequestFailed)) and event.handle is handle
        )
        if isinstance(outcome, ResultReceived):
            return cast("R", outcome.result)
        assert isinstance(outcome.error, RpcError)
        return outcome.error


def whole_log_in(client: Client) -> None:
    """Code, wrong code, code by another way, wrong password, right password, change of the number, logout."""
    sent = client.answer(send_code(GUARDED))
    assert isinstance(sent, types.auth.SentCode)
    hash_ = sent.phone_code_hash
    wrong = client.answer(functions.auth.SignIn(GUARDED, hash_, "11111"))
    assert isinstance(wrong, errors.PhoneCodeInvalid)
    assert wrong.request == "auth.signIn"
    assert isinstance(client.answer(functions.auth.ResendCode(GUARDED, hash_)), types.auth.SentCode)
    assert isinstance(client.answer(functions.auth.SignIn(GUARDED, hash_, CODE)), errors.SessionPasswordNeeded)
    for password, outcome in (("wrong", errors.PasswordHashInvalid), ("password", types.auth.Authorization)):
        reported = client.answer(functions.account.GetPassword())
        assert isinstance(reported, types.account.Password)
        assert isinstance(client.answer(prove(password, reported)), outcome)
    sent = client.answer(functions.account.SendChangePhoneCode(FREE, SETTINGS))
    assert isinstance(sent, types.auth.SentCode)
    assert isinstance(client.answer(functions.account.ChangePhone(FREE, sent.phone_code_hash, CODE)), types.User)
    flood = client.answer(send_code("9996622030"))
    assert isinstance(flood, errors.FloodWait)
    assert flood.seconds == 30
    assert isinstance(client.answer(functions.auth.LogOut()), types.auth.LoggedOut)
    assert isinstance(client.answer(functions.updates.GetState()), errors.AuthKeyUnregistered)


def outline(event: Event) -> tuple[object, ...]:
    """An event without the handle, which has no equal."""
    match event:
        case ResultReceived():
            return event.handle.function, event.result
        case RequestFailed():
            return event.handle.function, str(event.error)
        case _:
            return (event,)


@pytest.mark.parametrize("framing", [Abridged, Intermediate, Full])
def test_complete_login_succeeds_over_each_framing(framing: Callable[..., Any]) -> None:
    dc = open_data_center()
    whole_log_in(Client(dc, framing=framing))
    happened = []
    while (event := dc.next_event()) is not None:
        happened.append(event)
    assert sum(isinstance(event, CodeSent) for event in happened) == 3
    assert sum(isinstance(event, LoggedIn) for event in happened) == 1


def test_TR9_login_byte_by_byte_gives_the_same_bytes_and_events() -> None:
    whole, pieces = Client(open_data_center()), Client(open_data_center(), piece=1)
    whole_log_in(whole)
    whole_log_in(pieces)
    assert b"".join(pieces.wire) == b"".join(whole.wire)
    assert [outline(event) for event in pieces.received_events] == [outline(event) for event in whole.received_events]


def test_same_entropy_and_times_give_the_same_bytes() -> None:
    first, second, other = Client(open_data_center()), Client(open_data_center()), Client(open_data_center("other"))
    for client in (first, second, other):
        whole_log_in(client)
    assert first.wire == second.wire
    assert first.wire != other.wire


def test_key_survives_its_connection() -> None:
    dc = open_data_center()
    first = Client(dc)
    sent = first.answer(send_code(PHONE))
    assert isinstance(sent, types.auth.SentCode)
    first.answer(functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE))
    first.accepted.receive_data(b"", now=NOW)
    assert first.accepted.closed
    assert first.accepted.error is None

    second = Client(dc)
    config = Config(api_id=1, public_keys=(dc.public_key,))
    second.connection = Connection(config, auth_key=first.connection.auth_key, entropy=SeededEntropy("second"), now=NOW)
    assert isinstance(second.answer(functions.updates.GetState()), types.updates.State)


def test_other_devices_are_notified_of_a_code_and_a_new_number() -> None:
    dc = open_data_center()
    phone, tablet = Client(dc, "phone"), Client(dc, "tablet")
    dc.add_account("491700000001", first_name="Ada")

    def log_in(client: Client) -> None:
        sent = client.answer(send_code("491700000001"))
        assert isinstance(sent, types.auth.SentCode)
        codes = []
        while (event := dc.next_event()) is not None:
            codes += [event.code] if isinstance(event, CodeSent) else []
        client.answer(functions.auth.SignIn("491700000001", sent.phone_code_hash, codes[-1]))

    def updates(client: Client) -> list[types.TypeUpdate]:
        client.settle()
        pushed = [event.updates for event in client.received_events if isinstance(event, UpdatesReceived)]
        return [push.update for push in pushed if isinstance(push, types.UpdateShort)]

    log_in(phone)
    log_in(tablet)
    code, session = updates(phone)
    assert isinstance(code, types.UpdateServiceNotification)
    digits = code.message.removeprefix("Login code: ").removesuffix(". Do not give this code to anyone.")
    assert (len(digits), digits.isdigit()) == (5, True)
    assert code == types.UpdateServiceNotification(
        inbox_date=int(NOW),
        type="LOGIN_CODE",
        message=f"Login code: {digits}. Do not give this code to anyone.",
        media=types.MessageMediaEmpty(),
        entities=[],
    )
    assert isinstance(session, types.UpdateNewAuthorization)
    assert 0 < session.hash < 1 << 62
    assert session == types.UpdateNewAuthorization(
        unconfirmed=True,
        hash=session.hash,
        date=int(NOW),
        device=Config(api_id=1).device_model,
        location="NL",
    )
    sent = tablet.answer(functions.account.SendChangePhoneCode(FREE, SETTINGS))
    assert isinstance(sent, types.auth.SentCode)
    tablet.answer(functions.account.ChangePhone(FREE, sent.phone_code_hash, CODE))
    assert [type(update) for update in updates(phone)[2:]] == [types.UpdateUserPhone]
    assert updates(tablet) == [], "who did it knows"


def test_codes_hashes_and_salts_are_made_of_as_much_entropy_as_they_say() -> None:
    dc = DataCenter(DataCenterConfig(private_key=rsa_key()), entropy=lambda count: b"\xfd" * count, now=NOW)
    account = dc.add_account("491700000001")
    site = dc.add_web_session(account, "web.example", dc.add_bot("7:token"), now=NOW)
    assert site.hash == int.from_bytes(b"\xfd" * 7, "big")
    token = dc.make_web_token(account, now=NOW)
    assert token == "fd" * 24
    client = DirectClient()
    client.data_center = dc
    client.send_code("491700000001")
    assert client.last_code().code == str(int.from_bytes(b"\xfd" * 8, "big") % 10**5).zfill(5)
    password = Password.of("secret", entropy=SeededEntropy())
    assert (len(password.salt1), len(password.salt2), len(password.verifier)) == (40, 16, 256)


def test_unknown_account_is_named_in_the_error_unless_it_is_a_number() -> None:
    dc = open_data_center()
    with pytest.raises(LocalProtocolError, match="found a text that is not the number of one, expected") as caught:
        dc.new_session("491700000001", now=NOW)
    assert "491700000001" not in str(caught.value)
    with pytest.raises(LocalProtocolError, match="found 5, expected what add_account"):
        dc.push(5, types.UpdateConfig(), now=NOW)  # type: ignore[arg-type]


def test_callback_for_output_can_be_read_back() -> None:
    dc = open_data_center()
    woken: list[DataCenterConnection] = []
    dc.on_output = woken.append
    assert dc.on_output == woken.append


def test_served_requests_compare_by_method_and_error() -> None:
    query = functions.help.GetNearestDc()
    assert RequestServed("help.getNearestDc", None, query, 7) == RequestServed("help.getNearestDc", None)
    assert RequestServed("help.getNearestDc", None) != RequestServed("help.getConfig", None)
    assert "GetNearestDc" not in repr(RequestServed("help.getNearestDc", None, query, 7))


def test_answer_to_a_handshake_is_not_sent_after_a_cut() -> None:
    dc = open_data_center()
    client = Client(dc)
    client.accepted.receive_data(client.connection.data_to_send(now=NOW), now=NOW)
    assert dc.cut_connections(now=NOW) == 1
    assert client.accepted.closed
    assert client.accepted.data_to_send(now=NOW) == b""


def test_keys_of_new_sessions_count_against_the_limit_of_keys() -> None:
    keys = KeyStore()
    dc = open_data_center(keys=keys, max_keys=3)
    account = dc.add_account("491700000001")
    others = [record_of(number) for number in range(3)]
    for record in others:
        keys[record.auth_key.id] = record
    dc.new_session(account, now=NOW)
    assert len(keys) == 3
    assert others[0].auth_key.id not in keys


def test_update_waits_for_the_next_poll_of_its_own_device_only() -> None:
    """Over HTTP a client has no connection between two polls."""
    keys = KeyStore()
    dc = open_data_center(keys=keys)
    owner, other = record_of(0), record_of(1)
    for record in (owner, other):
        keys[record.auth_key.id] = record
        add_polled_session(record, keys)
    assert dc.push_to_key(owner.auth_key.id, types.UpdatesTooLong(), now=NOW + 1) == 1
    assert [bool(list(record.sessions[1].outbox.iter_packets(NOW, NOW))) for record in (owner, other)] == [True, False]
    assert dc.push_to_key(owner.auth_key.id, types.UpdatesTooLong(), now=NOW + 60) == 0, "it has polled too long ago"


def test_only_keys_without_a_login_are_evicted() -> None:
    keys = KeyStore()
    dc = open_data_center(keys=keys, max_keys=3)
    phone = Client(dc, "phone")
    sent = phone.answer(send_code(PHONE))
    assert isinstance(sent, types.auth.SentCode)
    phone.answer(functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE))
    passers_by = [Client(dc, f"passer-by {number}") for number in range(6)]
    for client in passers_by:
        client.answer(functions.help.GetNearestDc())
        if client is not passers_by[-1]:
            client.accepted.close(now=NOW)
    assert len(keys) == 3
    assert len(state_of(dc).devices) == 3
    assert isinstance(phone.answer(functions.help.GetNearestDc()), types.NearestDc)
    assert isinstance(passers_by[-1].answer(functions.help.GetNearestDc()), types.NearestDc)
    first = passers_by[0].connection.auth_key
    assert first is not None
    assert first.id not in keys


def test_key_with_a_connection_is_not_evicted() -> None:
    dc = open_data_center(max_keys=3)
    phone = Client(dc, "phone")
    sent = phone.answer(send_code(PHONE))
    assert isinstance(sent, types.auth.SentCode)
    passers_by = [Client(dc, f"passer-by {number}") for number in range(4)]
    for client in passers_by:
        client.connection.invoke(functions.help.GetNearestDc(), now=NOW)
        client.settle()
    closed = [client.connection.closed for client in passers_by]
    assert closed == [False, False, True, True], "their keys are given up: all others have connections"
    assert isinstance(phone.answer(functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE)), types.auth.Authorization)


def test_connection_that_uses_all_keys_does_not_protect_them_all() -> None:
    keys = KeyStore()
    dc = open_data_center(keys=keys, max_keys=10)
    holder = Client(dc, "holder")
    holder.answer(functions.help.GetNearestDc())
    for number in range(9):
        record = record_of(number)
        keys[record.auth_key.id] = record
        peer = RawPeer(
            Role.CLIENT, record.auth_key, entropy=SeededEntropy(f"peer {number}"), now=NOW, session_id=1, salt=7
        )
        packet = peer.packet(peer.message(functions.mtproto.Ping(1)))
        holder.accepted.receive_data(len(packet).to_bytes(4, "little") + packet, now=NOW)
    assert len(keys) == 10
    assert len(holder.accepted.sessions) == 10
    honest = Client(dc, "honest")
    assert isinstance(honest.answer(functions.help.GetNearestDc()), types.NearestDc)
    assert len(keys) == 10
    assert [record_of(number).auth_key.id in keys for number in (0, 1, 8)] == [True, True, True]
    other = Client(dc, "other")
    assert isinstance(other.answer(functions.help.GetNearestDc()), types.NearestDc)
    assert [record_of(number).auth_key.id in keys for number in (0, 1, 8)] == [False, True, True]


def test_key_stays_between_two_requests_of_a_login_over_http() -> None:
    """Nothing holds the connection open in between."""
    keys = KeyStore()
    dc = open_data_center(keys=keys, max_keys=3)
    record = record_of(0)
    key_id = record.auth_key.id

    def fill(now: float) -> None:
        for number in range(1, 6):
            other = record_of(number)
            keys[other.auth_key.id] = other
            dc.key_made(now=now)

    keys[key_id] = record
    add_polled_session(record, keys)
    fill(NOW + 20)
    assert key_id in keys, "it asked a moment ago"
    dc.call(send_code(PHONE), key_id=key_id, now=NOW + 20)
    fill(NOW + 200)
    assert key_id in keys, "its client has a code to enter"
    fill(NOW + 400)
    assert key_id not in keys, "the code has expired"


def test_oldest_unfinished_logins_are_evicted_when_all_keys_are_in_a_login() -> None:
    keys = KeyStore()
    dc = open_data_center(keys=keys, max_keys=3)
    records = [record_of(number) for number in range(8)]
    for record in records:
        keys[record.auth_key.id] = record
        dc.key_made(now=NOW)
        dc.call(send_code(PHONE), key_id=record.auth_key.id, now=NOW)
    assert list(keys.values()) == records[-3:]


def record_of(number: int) -> KeyRecord:
    return KeyRecord(AuthKey(bytes([number + 1]) * 256), 7, created_at=NOW)


def add_polled_session(record: KeyRecord, keys: KeyStore) -> None:
    """A session of that key, of a client over HTTP that has polled at NOW and is between two polls."""
    session = record.sessions[1] = ServerSession(1, record, Limits())
    connection = ServerConnection(ServerConfig(private_keys=(rsa_key(),)), keys, entropy=SeededEntropy("http"), now=NOW)
    session.poll_started(connection, NOW)
    session.poll_finished(connection)


def test_permanent_key_stays_while_its_temporary_key_has_a_connection() -> None:
    dc = open_data_center(max_keys=4)
    phone = Client(dc, "phone", temporary_key_lifetime=3600)
    sent = phone.answer(send_code(PHONE))
    assert isinstance(sent, types.auth.SentCode)
    for number in range(6):
        passer_by = Client(dc, f"passer-by {number}")
        passer_by.answer(functions.help.GetNearestDc())
        passer_by.accepted.close(now=NOW)
    assert not phone.connection.closed
    assert isinstance(phone.answer(functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE)), types.auth.Authorization)


def test_MS46_temporary_keys_do_not_keep_newcomers_out() -> None:
    """A client that is logged in binds as many temporary keys as there is room for, and leaves."""
    keys = KeyStore()
    dc = open_data_center(keys=keys, max_keys=10, limits=Limits(max_temporary_keys=100))
    phone = Client(dc, "phone")
    sent = phone.answer(send_code(PHONE))
    assert isinstance(sent, types.auth.SentCode)
    phone.answer(functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE))
    key = phone.connection.auth_key
    assert key is not None
    bound = [Client(dc, f"temporary {number}", temporary_key_lifetime=1 << 24, auth_key=key) for number in range(20)]
    for client in bound:
        assert isinstance(client.answer(functions.users.GetUsers([types.InputUserSelf()])), list)
        if client is not bound[0]:
            client.accepted.close(now=NOW)
    assert len(keys) == 10
    newcomers = [Client(dc, f"newcomer {number}") for number in range(5)]
    for client in newcomers:
        assert isinstance(client.answer(functions.help.GetNearestDc()), types.NearestDc)
    assert isinstance(phone.answer(functions.help.GetNearestDc()), types.NearestDc), "its login stays"
    assert isinstance(bound[0].answer(functions.help.GetNearestDc()), types.NearestDc), "it has a connection"


def test_session_ended_by_another_device_is_notified_and_disconnected() -> None:
    dc = open_data_center()
    woken: list[DataCenterConnection] = []
    dc.on_output = woken.append
    dc.add_account("491700000001")
    one, other = Client(dc, "one"), Client(dc, "other")
    for client in one, other:
        sent = client.answer(send_code("491700000001"))
        assert isinstance(sent, types.auth.SentCode)
        codes = []
        while (event := dc.next_event()) is not None:
            codes += [event.code] if isinstance(event, CodeSent) else []
        client.answer(functions.auth.SignIn("491700000001", sent.phone_code_hash, codes[-1]))
    dc.advance_clock(2 * 86400)
    other.settle()
    other.received_events.clear()
    assert one.answer(functions.auth.ResetAuthorizations()) is True
    assert other.accepted in woken
    assert other.accepted.closed
    assert not one.accepted.closed
    other.settle()
    assert UpdatesReceived(types.UpdatesTooLong()) in other.received_events


def test_update_for_a_closed_connection_is_not_pushed() -> None:
    dc = open_data_center()
    phone = Client(dc, "phone")
    sent = phone.answer(send_code(PHONE))
    assert isinstance(sent, types.auth.SentCode)
    phone.answer(functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE))
    phone.accepted.close(now=NOW)
    assert dc.cut_connections(now=NOW) == 0, "none is left"
    tablet = Client(dc, "tablet")
    assert isinstance(tablet.answer(send_code("9996623001")), types.auth.SentCode)


@given(st.binary(min_size=1, max_size=200))
def test_random_bytes_end_the_connection_without_an_exception(data: bytes) -> None:
    accepted = open_data_center().accept(now=NOW)
    accepted.receive_data(data, now=NOW)
    accepted.receive_data(b"", now=NOW)
    accepted.data_to_send(now=NOW)
    assert accepted.closed
    assert accepted.next_deadline() is None


def test_silent_client_is_disconnected_at_the_deadline() -> None:
    accepted = open_data_center().accept(now=NOW)
    deadline = accepted.next_deadline()
    assert deadline is not None
    accepted.handle_deadline(now=deadline - 1)
    assert not accepted.closed
    accepted.handle_deadline(now=deadline)
    assert accepted.closed
    assert accepted.error is not None


def test_HS4_client_with_another_key_closes_the_connection() -> None:
    """HS4: the client knows another key, so nothing is sent that an unknown client could read."""
    dc = open_data_center()
    client = Client(dc)
    unknown = RsaPrivateKey.generate(SeededEntropy("stranger")).public_key
    client.connection = Connection(Config(api_id=1, public_keys=(unknown,)), entropy=SeededEntropy("client"), now=NOW)
    client.settle()
    (closed,) = (event for event in client.received_events if isinstance(event, ConnectionClosed))
    assert "HS4" in str(closed.error)


def test_connection_to_the_wrong_data_center_is_closed() -> None:
    client = Client(open_data_center(), dc_id=4)
    client.settle()
    (closed,) = (event for event in client.received_events if isinstance(event, ConnectionClosed))
    assert isinstance(closed.error, TransportError)
    assert closed.error.code == -444


INIT = functions.InitConnection(
    api_id=1,
    device_model="test",
    system_version="1",
    app_version="1",
    system_lang_code="en",
    lang_pack="",
    lang_code="en",
    query=functions.help.GetNearestDc(),
)


def incoming(key: AuthKey, query: Function[Any], init: functions.InitConnection[Any] | None) -> IncomingRequest:
    session = ServerSession(1, KeyRecord(key, 0), Limits())
    return IncomingRequest(session, 4, query, layer=None, init=init)


def test_first_request_of_a_key_without_initConnection_is_refused() -> None:
    dc, key, query = open_data_center(), AuthKey(bytes(256)), functions.help.GetNearestDc()
    with pytest.raises(errors.ConnectionNotInited):
        dc.serve(incoming(key, query, None), now=NOW)
    assert isinstance(dc.serve(incoming(key, query, INIT), now=NOW), types.NearestDc)
    assert isinstance(dc.serve(incoming(key, query, None), now=NOW), types.NearestDc)
    with pytest.raises(errors.ConnectionNotInited):
        dc.serve(incoming(AuthKey(b"\1" * 256), query, None), now=NOW)


@pytest.mark.parametrize(
    ("missing", "rpc_error"),
    [
        ({"api_id": 0}, errors.ConnectionApiIdInvalid),
        ({"api_id": -1}, errors.ConnectionApiIdInvalid),
        ({"device_model": ""}, errors.ConnectionDeviceModelEmpty),
        ({"system_version": ""}, errors.ConnectionSystemEmpty),
        ({"app_version": ""}, errors.ConnectionAppVersionEmpty),
    ],
)
def test_initConnection_without_required_parameters_is_refused(
    missing: dict[str, Any], rpc_error: type[errors.RpcError]
) -> None:
    dc, key, query = open_data_center(), AuthKey(bytes(256)), functions.help.GetNearestDc()
    incomplete = msgspec.structs.replace(INIT, **missing)
    with pytest.raises(rpc_error) as caught:
        dc.serve(incoming(key, query, incomplete), now=NOW)
    assert caught.value.request == "help.getNearestDc"
    (served,) = iter(dc.next_event, None)
    assert isinstance(served, RequestServed)
    assert served.method == "help.getNearestDc"
    assert isinstance(served.error, rpc_error)
    with pytest.raises(errors.ConnectionNotInited):
        dc.serve(incoming(key, query, None), now=NOW)


@pytest.mark.parametrize(("layer", "reported"), [(None, []), (LAYER, []), (100, []), (101, [OtherLayer(101, 100)])])
def test_client_with_an_unsupported_layer_is_reported(layer: int | None, reported: list[OtherLayer]) -> None:
    old = Schema.parse("nothing#00000001 = Nothing;")
    dc = open_data_center(schemas={100: old})
    request = replace(incoming(AuthKey(bytes(256)), functions.help.GetNearestDc(), INIT), layer=layer)
    for _ in range(2):
        dc.serve(request, now=NOW)
    events = iter(dc.next_event, None)
    assert [event for event in events if isinstance(event, OtherLayer)] == reported, "once for each introduction"


def test_generated_key_depends_on_the_entropy() -> None:
    one, two = (DataCenter(entropy=SeededEntropy("same"), now=NOW) for _ in range(2))
    assert one.public_key == two.public_key
    assert one.public_key != DataCenter(entropy=SeededEntropy("other"), now=NOW).public_key


def test_fingerprints_never_begin_with_a_zero_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    """mtcute formats them without leading zeros."""
    fingerprints = [0x0BC3_5F35_09F7_B7A5, 1, -1, 2]

    def generate(entropy: object) -> RsaPrivateKey:
        """The same key again, with the next fingerprint."""
        fingerprint = fingerprints.pop(0)
        monkeypatch.setattr(RsaPrivateKey, "fingerprint", property(lambda key: fingerprint))
        return rsa_key()

    monkeypatch.setattr(RsaPrivateKey, "generate", generate)
    assert DataCenter(entropy=bytes, now=NOW).private_key.fingerprint == -1
    assert fingerprints == [2]


def test_unread_events_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    direct = DirectClient()
    for _ in range(10_010):
        direct.call(functions.help.GetNearestDc())
    events = direct.events()
    assert len(events) == 10_000
    assert all(isinstance(event, RequestServed) for event in events)


def test_new_data_center_accounts_and_tokens_have_their_defaults() -> None:
    dc = open_data_center()
    assert dc.cluster.addresses == {2: ("127.0.0.1", 443)}
    account = dc.add_account("491700000001")
    assert (account.is_bot, account.banned, account.deleted, account.seen_at) == (False, False, False, 0.0)
    token = dc.make_web_token(account, now=NOW, life=5.0)
    assert len(bytes.fromhex(token)) == 24
    assert dc.cluster.web_tokens == {token: (account, NOW + 5.0)}
    session = dc.add_web_session(account, "web.example", dc.add_bot("1:x"), now=NOW)
    assert account.web_sessions == {session.hash: session}


def ends(dc: DataCenter) -> list[object]:
    reported: list[object] = []
    while (event := dc.next_event()) is not None:
        reported += [event.error] if isinstance(event, ConnectionEnded) else []
    return reported


def test_end_of_each_connection_is_reported_once() -> None:
    dc = open_data_center()
    connections = [Client(dc, seed=str(number)).accepted for number in range(3)]
    connections[0].receive_data(b"", now=NOW)
    connections[0].receive_data(b"", now=NOW)
    assert ends(dc) == [None]
    connections[1].close(now=NOW)
    connections[1].close(now=NOW)
    assert ends(dc) == [None]
    connections[2].receive_data(b"\xee" * 4 + b"\xff" * 8, now=NOW)
    (error,) = ends(dc)
    assert error is connections[2].error
    assert error is not None


def test_only_connections_of_a_destroyed_key_are_woken() -> None:
    dc = open_data_center()
    one, other = Client(dc, seed="one"), Client(dc, seed="other")
    one.settle()
    other.settle()
    woken: list[DataCenterConnection] = []
    dc.on_output = woken.append
    assert one.connection.auth_key is not None
    handle = one.connection.invoke(functions.mtproto.DestroyAuthKey(), now=NOW)
    one.settle()
    assert handle is not None
    assert woken == [one.accepted]
    assert not other.accepted.is_ending


def test_pushes_stalls_and_cuts_wake_the_connections_that_they_concern() -> None:
    keys = KeyStore()
    dc = open_data_center(keys=keys)
    account = dc.add_account("491700000001")
    snapshot = dc.new_session(account, now=NOW)
    (key,) = (record.auth_key for record in keys.values())
    owner, other = Client(dc, "owner", auth_key=key), Client(dc, "other")
    for client in (owner, other):
        client.answer(functions.help.GetNearestDc())
    woken: list[DataCenterConnection] = []
    dc.on_output = woken.append
    assert snapshot["user_id"] == account.id
    assert dc.push("491700000001", types.UpdateConfig(), now=NOW) == 1
    assert woken == [owner.accepted]
    with dc.stall():
        with dc.stall():
            assert dc.stalled
        assert dc.stalled, "once more than it was resumed"
        assert owner.accepted.data_to_send(now=NOW) == b""
        assert woken == [owner.accepted]
    assert not dc.stalled
    assert woken == [owner.accepted, owner.accepted, other.accepted]
    woken.clear()
    owner.settle()
    assert UpdatesReceived(types.UpdateShort(update=types.UpdateConfig(), date=int(NOW))) in owner.received_events
    assert dc.cut_connections(account, now=NOW) == 1
    assert (woken, owner.accepted.closed, other.accepted.closed) == ([owner.accepted], True, False)
    assert dc.push(account, types.UpdateConfig(), now=NOW) == 0
    assert dc.cut_connections(now=NOW) == 1
    assert woken == [owner.accepted, other.accepted]


def test_new_session_begins_at_the_time_of_the_cluster_and_has_a_hash() -> None:
    keys = KeyStore()
    dc = open_data_center(keys=keys)
    account = dc.add_account("491700000001")
    dc.advance_clock(100 * 86_400.0)
    for _ in range(2):
        dc.new_session(account, now=NOW)
    first, second = keys
    this, other = dc.call(functions.account.GetAuthorizations(), key_id=first, now=NOW).authorizations  # type: ignore[attr-defined]
    assert (this.current, this.hash, this.date_created) == (True, 0, int(NOW) + 100 * 86_400)
    assert (other.current, other.date_active) == (False, int(NOW) + 100 * 86_400)
    assert 0 < other.hash < 1 << 62
    assert dc.call(functions.account.ResetAuthorization(other.hash), key_id=first, now=NOW) is True
    with pytest.raises(errors.SessionRevoked):
        dc.call(functions.account.GetAuthorizations(), key_id=second, now=NOW)


def test_account_of_another_data_center_gets_no_session_here() -> None:
    here = open_data_center()
    there = DataCenter(
        DataCenterConfig(private_key=rsa_key(), dc_id=4), cluster=here.cluster, entropy=SeededEntropy("4"), now=NOW
    )
    there.add_account("491700000001")
    with pytest.raises(LocalProtocolError, match="its home is data center 4, and this is 2"):
        here.new_session("491700000001", now=NOW)
    assert there.new_session("491700000001", now=NOW)["home_dc"] == 4
    with pytest.raises(LocalProtocolError, match="invalid dc_id: data center 4 exists already"):
        DataCenter(
            DataCenterConfig(private_key=rsa_key(), dc_id=4), cluster=here.cluster, entropy=SeededEntropy(), now=NOW
        )


def test_open_connection_has_no_error() -> None:
    connection = open_data_center().accept(now=NOW)
    assert (connection.error, connection.closed) == (None, False)
    connection.receive_data(b"", now=NOW)
    assert (connection.error, connection.closed) == (None, True)


def test_computations_of_a_handshake_can_be_left_to_the_driver() -> None:
    dc = open_data_center(offload_handshake=True)
    client = Client(dc)
    computed = 0
    client.settle()
    while (action := client.accepted.next_action()) is not None:
        client.accepted.receive_computed(action, action.job(), now=NOW)
        computed += 1
        client.settle()
    assert computed == 3
    assert isinstance(client.answer(functions.help.GetNearestDc()), types.NearestDc)


def test_computed_key_counts_against_the_limit_of_keys_at_once() -> None:
    keys = KeyStore()
    dc = open_data_center(keys=keys, offload_handshake=True, max_keys=1)
    for number in range(2):
        client = Client(dc, f"client {number}")
        for _ in range(3):
            client.settle()
            action = client.accepted.next_action()
            assert action is not None
            client.accepted.receive_computed(action, action.job(), now=NOW)
        assert len(keys) == 1
        client.accepted.close(now=NOW)


def test_codes_and_devices_are_listed_from_the_oldest() -> None:
    client = DirectClient()
    for key_id, number in ((b"second..", FREE), (b"first...", PHONE)):
        client.send_code(number, key_id=key_id)
    state = state_of(client.data_center)
    assert [code.phone_number for code in state.codes] == [FREE, PHONE]
    assert [device.key_id for device in state.devices] == [b"second..", b"first..."]
