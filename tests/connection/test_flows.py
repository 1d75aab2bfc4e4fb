"""Flows that a single connection runs."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from sansio_tl import Connection, Limits, auth, errors, functions, types
from sansio_tl.client import Compute
from sansio_tl.crypto import dh
from sansio_tl.errors import ConnectionLostError, LocalProtocolError
from sansio_tl.events import (
    ConnectionClosed,
    FlowFailed,
    FlowFinished,
    FlowMoved,
    InputRequired,
    RequestReceived,
    ResultReceived,
    UpdatesReceived,
)
from tests.helpers.connected_pair import NOW, ConnectedPair, client_config, key_record
from tests.helpers.entropy import SeededEntropy

ME = types.auth.Authorization(user=types.User(id=7, self=True))
SENT = types.auth.SentCode(type=types.auth.SentCodeTypeApp(5), phone_code_hash="hash")


def phone() -> auth.PhoneCodeFlow[Any]:
    return auth.log_in("+1 555 0100", api_id=1, api_hash="hash")


def answering(*answers: object, offload: bool = False) -> ConnectedPair:
    """A data center that gives these answers, then none."""
    left = list(answers)
    return ConnectedPair(
        record=key_record(), application=lambda request: left.pop(0) if left else None, offload=offload
    )


def test_login_over_one_connection() -> None:
    pair = answering(SENT, errors.parse(400, "PHONE_CODE_INVALID"), ME)
    flow = phone()
    pair.client.run(flow, now=pair.now)
    assert pair.run()[-1:] == [InputRequired(flow, auth.CodePrompt(auth.CodeDelivery.APP, 5))]
    flow.enter_code("11111")
    pair.client.run(flow, now=pair.now)
    assert [type(event) for event in pair.run()] == [InputRequired]
    assert isinstance(flow.error, errors.PhoneCodeInvalid)
    flow.enter_code("12345")
    pair.client.run(flow, now=pair.now)
    assert pair.run() == [FlowFinished(flow)]
    assert flow.result == ME


def test_next_request_of_a_flow_is_sent_without_a_look_at_the_events() -> None:
    pair = answering(SENT, errors.parse(401, "SESSION_PASSWORD_NEEDED"))
    flow = phone()
    pair.client.run(flow, now=pair.now)
    pair.run()
    flow.enter_code("12345")
    pair.client.run(flow, now=pair.now)
    pair.to_server(pair.client.data_to_send(now=pair.now))
    pair.client.receive_data(pair.server.data_to_send(now=pair.now), now=pair.now)
    pair.to_server(pair.client.data_to_send(now=pair.now))
    asked = [event.request.query for event in pair.server_events if isinstance(event, RequestReceived)]
    assert [type(query) for query in asked] == [
        functions.auth.SendCode,
        functions.auth.SignIn,
        functions.account.GetPassword,
    ]


def test_request_of_a_flow_is_output_as_soon_as_it_runs() -> None:
    pair = answering(SENT)
    pair.run()
    assert not pair.client.has_output(pair.now)
    pair.client.run(phone(), now=pair.now)
    assert pair.client.has_output(pair.now)


def test_flow_runs_after_the_handshake_too() -> None:
    pair = ConnectedPair(application=lambda request: ME)
    flow = auth.BotLogin("7:token", api_id=1, api_hash="hash")
    pair.client.run(flow, now=pair.now)
    assert pair.run()[-1] == FlowFinished(flow)


def test_flow_that_needs_another_data_center_moves() -> None:
    pair = answering(errors.parse(303, "PHONE_MIGRATE_4"))
    flow = phone()
    pair.client.run(flow, now=pair.now)
    assert FlowMoved(flow, 4) in pair.run()
    other = Connection(client_config(dc_id=4), entropy=SeededEntropy("4"), now=pair.now)
    other.run(flow, now=pair.now)
    assert other.next_event() is None
    (pending,) = other.session.pending()
    assert isinstance(pending.handle.function, functions.auth.SendCode)


class Computing(auth.BotLogin):
    computed: object = None

    def next_action(self) -> Any:
        return Compute(lambda: 42) if self.computed is None else super().next_action()

    def receive_computed(self, value: object) -> None:
        self.computed = value


def test_connection_makes_the_computation_of_a_flow() -> None:
    pair, flow = answering(ME), Computing("7:token", api_id=1, api_hash="hash")
    pair.client.run(flow, now=pair.now)
    assert pair.client.next_action() is None
    assert flow.computed == 42
    assert pair.run()[-1] == FlowFinished(flow)


def test_computation_of_a_flow_is_left_to_the_driver() -> None:
    pair = answering(ME, offload=True)
    flow = Computing("7:token", api_id=1, api_hash="hash")
    assert pair.client.next_action() is None
    pair.client.receive_computed(Compute(lambda: 1), 1, now=pair.now)
    pair.client.run(flow, now=pair.now)
    action = pair.client.next_action()
    assert isinstance(action, Compute)
    assert pair.client.next_action() is None
    pair.client.receive_computed(action, action.job(), now=pair.now)
    pair.client.receive_computed(action, 43, now=pair.now)
    assert flow.computed == 42
    assert pair.run()[-1] == FlowFinished(flow)


def test_end_of_the_connection_fails_its_flows_before_it_is_reported() -> None:
    pair = answering(SENT)
    waiting, busy = phone(), phone()
    pair.client.run(waiting, now=pair.now)
    pair.run()
    pair.client.run(busy, now=pair.now)
    pair.run()
    pair.client.receive_data(b"", now=pair.now)
    failed, also, closed = iter(pair.client.next_event, None)
    assert isinstance(failed, FlowFailed)
    assert isinstance(also, FlowFailed)
    assert closed == ConnectionClosed(None)
    assert (failed.flow, str(failed.error)) == (busy, "the connection ended before the answer arrived")
    assert (also.flow, str(also.error)) == (waiting, "the connection has ended")
    assert isinstance(also.error, ConnectionLostError)
    with pytest.raises(LocalProtocolError, match="closed"):
        pair.client.run(phone(), now=pair.now)


def test_stopped_flow_is_not_reported() -> None:
    pair = answering()
    flow = phone()
    pair.client.stop(flow, now=pair.now)
    pair.client.run(flow, now=pair.now)
    pair.run()
    pair.client.stop(flow, now=pair.now)
    pair.client.close(now=pair.now)
    assert list(iter(pair.client.next_event, None)) == [ConnectionClosed(None)]


def test_other_requests_and_updates_go_to_the_caller_while_a_flow_runs() -> None:
    pair = answering(types.auth.LoginToken(int(ConnectedPair().now) + 30, b"token"), SENT)
    flow = auth.QrLogin(api_id=1, api_hash="hash")
    pair.client.run(flow, now=pair.now)
    assert [type(event) for event in pair.run()][-1:] == [InputRequired]
    done: list[object] = []
    handle = pair.client.invoke(phone().next_action().function, on_done=done.append, now=pair.now)  # type: ignore[union-attr]
    assert pair.run() == [ResultReceived(handle, SENT)]
    assert done == [handle]
    pair.server.push(pair.server.sessions[0], types.UpdatesTooLong(), now=pair.now)
    assert pair.run() == [UpdatesReceived(types.UpdatesTooLong())]
    due = pair.client.next_deadline()
    assert due is not None
    assert due <= pair.now + 30


def test_request_of_a_flow_is_cancelled_by_stop_alone() -> None:
    pair = answering()
    flow = phone()
    pair.client.run(flow, now=pair.now)
    pair.run()
    (pending,) = [each for each in pair.client.session.pending() if not each.internal]
    pair.client.cancel(pending.handle, now=pair.now)
    assert pair.client.session.is_pending(pending.handle)


def test_too_many_requests_fail_the_flow() -> None:
    pair = ConnectedPair(record=key_record(), limits=Limits(max_pending_requests=1), application=lambda request: None)
    first, second = phone(), phone()
    pair.client.run(first, now=pair.now)
    pair.client.run(second, now=pair.now)
    (failed,) = [event for event in pair.run() if isinstance(event, FlowFailed)]
    assert failed.flow is second
    assert isinstance(failed.error, LocalProtocolError)


def password_flow() -> tuple[ConnectedPair, auth.PasswordSettings]:
    """A connection whose flow waits for a new password."""
    algorithm = types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(
        salt1=bytes(8), salt2=bytes(16), g=3, p=dh.KNOWN_PRIME.to_bytes(256, "big")
    )
    settings = types.account.Password(
        new_algo=algorithm, new_secure_algo=types.SecurePasswordKdfAlgoUnknown(), secure_random=b""
    )
    pair = answering(settings, settings, True, offload=True)
    flow = auth.PasswordSettings()
    pair.client.run(flow, now=pair.now)
    pair.run()
    return pair, flow


def computing_flow() -> tuple[ConnectedPair, auth.PasswordSettings, Compute]:
    """A connection whose flow waits for the computation of a new password."""
    pair, flow = password_flow()
    flow.set_password("new", entropy=SeededEntropy("salt"))
    pair.client.run(flow, now=pair.now)
    pair.run()
    action = pair.client.next_action()
    assert isinstance(action, Compute)
    return pair, flow, action


def test_value_that_a_flow_cannot_have_computed_is_refused_and_the_right_one_still_counts() -> None:
    pair, flow, action = computing_flow()
    for value in (None, 42, "text", types.InputCheckPasswordEmpty(), ValueError()):
        with pytest.raises(LocalProtocolError, match="pass its return value"):
            pair.client.receive_computed(action, value, now=pair.now)
    pair.client.receive_computed(action, action.job(), now=pair.now)
    assert pair.run()[-1] == FlowFinished(flow)
    assert flow.result is True


def test_flow_is_run_by_one_connection_at_a_time() -> None:
    pair = answering()
    flow = phone()
    pair.client.run(flow, now=pair.now)
    other = Connection(client_config(), auth_key=key_record().auth_key, entropy=SeededEntropy("b"), now=pair.now)
    with pytest.raises(LocalProtocolError, match="another connection or client"):
        other.run(flow, now=pair.now)
    assert not list(other.session.pending())
    pair.client.run(flow, now=pair.now)
    pair.client.stop(flow, now=pair.now)
    other.run(flow, now=pair.now)
    assert list(other.session.pending())
    with pytest.raises(LocalProtocolError, match="another connection or client"):
        pair.client.run(flow, now=pair.now)
    other.close(now=pair.now)
    assert isinstance(other.next_event(), FlowFailed)
    pair.client.run(flow, now=pair.now)


def test_flow_of_a_connection_that_is_gone_may_be_run_by_another() -> None:
    flow = phone()
    pair = answering()
    pair.client.run(flow, now=pair.now)
    del pair
    gc.collect()
    other = Connection(client_config(), auth_key=key_record().auth_key, entropy=SeededEntropy("b"), now=NOW)
    other.run(flow, now=NOW)
    assert list(other.session.pending())
