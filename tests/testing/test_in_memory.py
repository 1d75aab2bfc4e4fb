"""A client and data centers in one process, whose time passes only when a test lets it."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import auth, errors, functions, types
from sansio_tl.client.events import ConnectionLost, FloodWaitStarted
from sansio_tl.errors import ConnectionLostError
from sansio_tl.testing import Cluster, CodeSent, DataCenter, DataCenterConfig, InMemoryClient
from sansio_tl.testing.events import ConnectionEnded, RequestServed
from tests.helpers.entropy import SeededEntropy
from tests.helpers.instruction_count import instructions
from tests.helpers.rsa_key import rsa_key

NOW = 1_790_000_000.0
NUMBER = "+12025550100"
MOVED = types.UpdateUserName(user_id=1, first_name="Ada", last_name="L", usernames=[])


def open_data_center(dc_id: int = 2, cluster: Cluster | None = None, **settings: Any) -> DataCenter:
    config = DataCenterConfig(private_key=rsa_key(), dc_id=dc_id, **settings)
    data_center = DataCenter(config, cluster=cluster, entropy=SeededEntropy("server"), now=NOW)
    if data_center.accounts.with_number(NUMBER) is None:
        data_center.add_account(NUMBER, password="secret")
    return data_center


def open_client(data_center: DataCenter, seed: str = "client", **settings: Any) -> InMemoryClient:
    snapshot = data_center.new_session(NUMBER, now=NOW)
    return InMemoryClient(data_center, snapshot=snapshot, entropy=SeededEntropy(seed), now=NOW, **settings)


def test_session_of_the_data_center_needs_no_login_and_no_handshake() -> None:
    client = open_client(open_data_center())
    [me] = client.invoke(functions.users.GetUsers([types.InputUserSelf()]))
    assert isinstance(me, types.User)
    assert (me.phone, client.client.user_id, client.now) == (NUMBER.removeprefix("+"), me.id, NOW)


def test_login_with_code_and_password_follows_a_migration() -> None:
    home = open_data_center(4)
    other = open_data_center(2, home.cluster)
    client = InMemoryClient(other, home, entropy=SeededEntropy("client"), now=NOW)
    flow = auth.log_in(NUMBER, api_id=1, api_hash="hash")
    client.run(flow)
    [code] = [event.code for event in iter(home.next_event, None) if isinstance(event, CodeSent)]
    flow.enter_code(code)
    client.run(flow)
    flow.enter_password("secret", entropy=SeededEntropy("password"))
    client.run(flow)
    assert flow.finished
    assert client.client.home_dc == 4


def test_time_of_both_sides_advances_without_waiting() -> None:
    data_center = open_data_center()
    client = InMemoryClient(data_center, entropy=SeededEntropy("client"), now=NOW)
    flow = auth.log_in(NUMBER, api_id=1, api_hash="hash")
    client.run(flow)
    [code] = [event.code for event in iter(data_center.next_event, None) if isinstance(event, CodeSent)]
    client.advance(300.0)
    flow.enter_code(code)
    client.run(flow)
    assert isinstance(flow.error, errors.PhoneCodeExpired)
    client.advance(30 * 86_400.0)
    config = client.invoke(functions.help.GetConfig())
    assert isinstance(config, types.Config)
    assert config.date == int(client.now) == int(NOW + 300.0 + 30 * 86_400.0)


def test_flood_wait_passes_in_virtual_time() -> None:
    data_center = open_data_center()
    client = open_client(data_center)
    data_center.answer("updates.getState", "FLOOD_WAIT_30", times=1)
    client.invoke(functions.updates.GetState())
    assert 30.0 <= client.now - NOW < 32.0
    assert any(isinstance(event, FloodWaitStarted) for event in client.events)


def test_connection_that_cannot_be_opened_fails_at_once_and_is_tried_again() -> None:
    data_center = open_data_center()
    client = open_client(data_center)
    client.online = False
    data_center.cut_connections(now=client.now)
    client.events.clear()
    client.advance(5.0)
    attempts = [event for event in client.events if isinstance(event, ConnectionLost)]
    assert "no such data center in memory" in str(attempts[-1])
    assert len(attempts) > 1, "a connection that only times out takes 30 s"
    client.online = True
    client.invoke(functions.updates.GetState())
    assert client.now - NOW < 20.0


def test_qr_flow_receives_updates_and_time() -> None:
    data_center = open_data_center()
    client = InMemoryClient(data_center, entropy=SeededEntropy("client"), now=NOW)
    phone = open_client(data_center, "phone")
    flow = auth.QrLogin(api_id=1, api_hash="hash")
    client.run(flow)
    assert isinstance(flow.prompt, auth.ScanPrompt)
    expired = flow.prompt.link
    client.advance(31.0)
    client.run(flow)
    assert isinstance(flow.prompt, auth.ScanPrompt)
    assert flow.prompt.link != expired
    phone.advance(31.0)
    phone.run(accept := auth.QrAccept(flow.prompt.link))
    assert accept.finished
    client.settle()
    client.run(flow)
    assert isinstance(flow.prompt, auth.PasswordPrompt) or flow.finished


def test_cut_connections_are_opened_again_and_updates_arrive() -> None:
    data_center = open_data_center()
    client = open_client(data_center)
    client.invoke(functions.updates.GetState())
    assert data_center.push(NUMBER, MOVED, now=client.now) == 1
    client.settle()
    assert [type(update) for update in client.updates] == [types.UpdateShort]
    assert data_center.cut_connections(NUMBER, now=client.now) == 1
    client.settle()
    assert data_center.push(NUMBER, MOVED, now=client.now) == 0
    assert isinstance(client.events[-1], ConnectionLost)
    client.advance(3.0)
    assert data_center.push(NUMBER, MOVED, now=client.now) == 1, "it is back, without a request"
    client.settle()
    assert len(client.updates) == 2


def test_stall_and_an_unreachable_network_are_seen_by_the_client() -> None:
    data_center = open_data_center()
    client = open_client(data_center, unreachable_timeout=20.0)
    with data_center.stall(), pytest.raises(TimeoutError, match=r"no answer to updates.getState within 5 s"):
        client.invoke(functions.updates.GetState(), timeout=5.0)
    assert client.now == NOW + 5.0
    client.invoke(functions.updates.GetState())
    client.online = False
    data_center.cut_connections(now=client.now)
    client.settle()
    with pytest.raises(ConnectionLostError, match="outcome unknown"):
        client.invoke(functions.updates.GetState())


def test_second_client_with_the_same_snapshot_ends_the_login() -> None:
    data_center = open_data_center(detect_parallel_use=True)
    first = open_client(data_center)
    first.invoke(functions.updates.GetState())
    second = InMemoryClient(data_center, snapshot=first.snapshot(), entropy=SeededEntropy("second"), now=first.now)
    with pytest.raises(errors.AuthKeyDuplicated):
        second.invoke(functions.updates.GetState())
    with pytest.raises(errors.AuthKeyDuplicated):
        first.invoke(functions.updates.GetState())
    assert first.client.user_id is second.client.user_id is None


@pytest.mark.parametrize("lifetime", [None, 7200.0])
def test_one_client_is_never_taken_for_two(lifetime: float | None) -> None:
    """Not when it reconnects, nor when it replaces its temporary keys."""
    data_center = open_data_center(detect_parallel_use=True)
    config = _with_temporary_keys(data_center, lifetime)
    client = open_client(data_center, **config)
    for hours in range(8):
        for _ in range(3):
            client.invoke(functions.updates.GetState())
            client.advance(600.0)
        if hours % 3 == 1:
            data_center.cut_connections(now=client.now)
            client.settle()
    assert client.client.user_id is not None


def test_copies_with_temporary_keys_of_their_own_are_detected() -> None:
    data_center = open_data_center(detect_parallel_use=True)
    config = _with_temporary_keys(data_center, 86_400.0)
    first = open_client(data_center, **config)
    first.invoke(functions.updates.GetState())
    second = InMemoryClient(
        data_center, snapshot=first.snapshot(), entropy=SeededEntropy("second"), now=first.now, **config
    )
    second.invoke(functions.updates.GetState())
    with pytest.raises(errors.AuthKeyDuplicated):
        first.invoke(functions.updates.GetState())


@pytest.mark.interpreted
def test_check_for_parallel_use_looks_at_the_login_only() -> None:
    """A request costs the same with one client connected and with many."""
    data_center = open_data_center(detect_parallel_use=True)
    client = open_client(data_center)

    def cost() -> int:
        client.invoke(functions.updates.GetState())
        return instructions(lambda: client.invoke(functions.updates.GetState()))

    alone = cost()
    others = [open_client(data_center, f"other {number}") for number in range(50)]
    for other in others:
        other.invoke(functions.updates.GetState())
    assert cost() < alone * 1.1


def _with_temporary_keys(data_center: DataCenter, lifetime: float | None) -> dict[str, Any]:
    from sansio_tl import Config

    seconds = None if lifetime is None else int(lifetime)
    config = Config(api_id=1, public_keys=(data_center.public_key,), temporary_key_lifetime=seconds)
    return {"connection_config": config}


def test_deadlines_of_the_data_center_are_kept() -> None:
    """A key that one connection destroys ends the others that use it, which is due at once."""
    data_center = open_data_center()
    first = open_client(data_center)
    first.invoke(functions.updates.GetState())
    second = InMemoryClient(data_center, snapshot=first.snapshot(), entropy=SeededEntropy("second"), now=NOW)
    second.invoke(functions.mtproto.DestroyAuthKey())
    first.advance(0.0)
    assert isinstance(first.events[-1], ConnectionLost) or first.client.user_id is None


def test_client_that_is_closed_leaves_the_data_center() -> None:
    data_center = open_data_center()
    client = open_client(data_center)
    client.invoke(functions.updates.GetState())
    list(iter(data_center.next_event, None))
    client.client.close(now=client.now)
    client.settle()
    assert [type(event) for event in iter(data_center.next_event, None)] == [ConnectionEnded]
    assert data_center.push(NUMBER, MOVED, now=client.now) == 0


def test_deadline_at_the_end_of_the_time_that_passes_is_kept() -> None:
    data_center = open_data_center()
    client = open_client(data_center)
    data_center.answer("updates.getState", "FLOOD_WAIT_30", times=1)
    client.client.invoke(functions.updates.GetState(), now=client.now)
    client.settle()
    due = client.client.next_deadline()
    assert due is not None
    before = client.now
    client.advance(due - before)
    assert client.now == due
    client.advance(600.0)
    assert client.now == due + 600.0


def test_request_that_no_data_center_of_memory_can_answer_times_out() -> None:
    client = open_client(open_data_center())
    with pytest.raises((TimeoutError, ConnectionLostError, errors.RpcError)):
        client.invoke(functions.updates.GetState(), dc_id=4, timeout=7.0)
    assert client.now <= NOW + 7.0


def test_all_that_the_client_asks_for_is_done_before_time_passes() -> None:
    home = open_data_center()
    others = [open_data_center(dc_id, home.cluster) for dc_id in (4, 5)]
    snapshot = home.new_session(NUMBER, now=NOW)
    client = InMemoryClient(home, *others, snapshot=snapshot, entropy=SeededEntropy("client"), now=NOW)
    client.settle()
    client.online = False
    for dc_id in (4, 5):
        client.client.invoke(functions.help.GetConfig(), dc_id=dc_id, now=NOW)
    client.settle()
    assert client.client.next_action() is None


def test_time_passes_after_what_the_client_has_to_send() -> None:
    client = open_client(open_data_center())
    handle = client.client.invoke(functions.help.GetConfig(), now=client.now)
    client.advance(100.0)
    config = handle.result()
    assert isinstance(config, types.Config)
    assert (config.date, client.now) == (int(NOW), NOW + 100.0)


def test_request_that_has_timed_out_is_not_executed_later() -> None:
    data_center = open_data_center()
    client = open_client(data_center)
    client.invoke(functions.updates.GetState())
    client.online = False
    data_center.cut_connections(now=client.now)
    client.settle()
    with pytest.raises(TimeoutError):
        client.invoke(functions.help.GetConfig(), timeout=1.0)
    client.online = True
    client.advance(60.0)
    client.invoke(functions.help.GetNearestDc())
    served = [event.method for event in iter(data_center.next_event, None) if isinstance(event, RequestServed)]
    assert (served.count("help.getConfig"), served.count("help.getNearestDc")) == (0, 1)
