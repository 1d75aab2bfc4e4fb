"""What a test does to a program through the data center of the fixture."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trio

from sansio_tl import Endpoint, errors, functions, types
from sansio_tl.client.events import AuthorizationLost, ConnectionLost
from sansio_tl.errors import LocalProtocolError
from sansio_tl_transports.sync import connect, open_client
from sansio_tl_transports.testing.server_thread import RunningDataCenter, ServerThread
from tests.helpers.rsa_key import rsa_key

NUMBER = "+12025550100"
SENT = types.Updates(updates=[], users=[], chats=[], date=0, seq=0)
MOVED = types.UpdateUserName(user_id=1, first_name="Ada", last_name="L", usernames=[])


@pytest.fixture
def server_thread() -> Iterator[ServerThread]:
    with ServerThread() as server_thread:
        yield server_thread


@pytest.fixture
def data_center(server_thread: ServerThread) -> RunningDataCenter:
    data_center = server_thread.open(private_key=rsa_key())
    data_center.add_account(NUMBER)
    return data_center


def send(message: str, random_id: int = 1) -> functions.messages.SendMessage:
    return functions.messages.SendMessage(types.InputPeerSelf(), message, random_id)


def test_session_is_logged_in_without_a_login(data_center: RunningDataCenter) -> None:
    session = data_center.new_session(NUMBER)
    assert session.snapshot["data_centers"]["2"]["auth_key"] not in repr(session)
    with open_client(*session) as client:
        [me] = client.invoke(functions.users.GetUsers([types.InputUserSelf()]), timeout=10)
        assert isinstance(me, types.User)
        assert (me.id, client.user_id, client.dc_id) == (session.snapshot["user_id"], me.id, 2)
    bot = data_center.add_bot("7:token")
    with open_client(*data_center.new_session(bot)) as client:
        assert client.invoke(functions.updates.GetState(), timeout=10).pts == 1
        assert client.snapshot()["is_bot"]


def test_requests_are_recorded_without_their_secrets_and_cleared(data_center: RunningDataCenter) -> None:
    data_center.answer("messages.sendMessage", SENT)
    with open_client(*data_center.new_session(NUMBER)) as client:
        client.invoke(send("one"), timeout=10)
        client.invoke(functions.auth.SendCode("+1 202 555 0199", 1, "hash", types.CodeSettings()), timeout=10)
        sent = data_center.requests(functions.messages.SendMessage)
        assert [request.message for request in sent] == ["one"]
        assert sent == data_center.requests("messages.sendMessage") == [send("one")]
        assert [request.NAME for request in data_center.requests()] == ["messages.sendMessage", "auth.sendCode"]
        assert "message='one'" in repr(sent)
        assert "0199" not in repr(data_center.requests()) + data_center.describe_requests()
        sent.clear()
        assert list(sent) == list(data_center.requests("messages.sendMessage")) == []
        assert len(data_center.requests()) == 1
        client.invoke(send("two"), timeout=10)
        assert data_center.wait_for_request(functions.messages.SendMessage).message == "two"
        with pytest.raises(TimeoutError, match=r"(?s)no request messages.sendMessage.*user \d+: auth.sendCode"):
            data_center.wait_for_request("messages.sendMessage", timeout=0.01)
    with pytest.raises(LocalProtocolError, match="did you mean 'messages.sendMessage'"):
        data_center.requests("messages.sendMesage")


def test_pushed_update_arrives_at_the_clients_of_that_account_only(data_center: RunningDataCenter) -> None:
    other = data_center.add_account("+12025550101")
    with (
        open_client(*data_center.new_session(NUMBER)) as first,
        open_client(*data_center.new_session(NUMBER)) as second,
        open_client(*data_center.new_session(other)) as third,
    ):
        for client in (first, second, third):
            client.invoke(functions.updates.GetState(), timeout=10)
        data_center.push(NUMBER, MOVED)
        for client in (first, second):
            update = next(client.updates())
            assert isinstance(update, types.UpdateShort)
            assert update.update == MOVED
        data_center.push(other, SENT)
        assert next(third.updates()) == SENT


def test_push_waits_for_a_client_and_refuses_what_is_no_update(data_center: RunningDataCenter) -> None:
    with pytest.raises(TimeoutError, match="no client that is logged in to this account is connected"):
        data_center.push(NUMBER, MOVED, timeout=0.05)
    received: list[object] = []

    def run() -> None:
        with open_client(*data_center.new_session(NUMBER)) as client:
            client.invoke(functions.updates.GetState(), timeout=10)
            received.append(next(client.updates()))

    thread = threading.Timer(0.1, run)
    thread.start()
    data_center.push(NUMBER, SENT)
    thread.join()
    assert received == [SENT]
    not_a_number: Any = "x"
    wrong: Any
    for wrong in (types.UserEmpty(id=1), types.UpdateUserName(not_a_number, "", "", [])):
        with pytest.raises(LocalProtocolError, match="invalid update"):
            data_center.push(NUMBER, wrong)
    for unknown in ("+12025550177", 7):
        with pytest.raises(LocalProtocolError, match="invalid account"):
            data_center.push(unknown, MOVED)  # type: ignore[arg-type]


def test_cut_connections_are_opened_again(data_center: RunningDataCenter) -> None:
    lost: list[ConnectionLost] = []
    session = data_center.new_session(NUMBER, backoff_initial=0.01)
    note = lambda event: lost.append(event) if isinstance(event, ConnectionLost) else None  # noqa: E731
    other = data_center.add_account("+12025550101")
    with open_client(*session, on_event=note) as client:
        client.invoke(functions.updates.GetState(), timeout=10)
        assert data_center.cut_connections(other) == 0
        assert data_center.cut_connections(NUMBER) == 1
        client.invoke(functions.updates.GetState(), timeout=10)
        assert len(lost) == 1
        assert data_center.cut_connections() == 1
        client.invoke(functions.updates.GetState(), timeout=10)


def test_stalled_data_center_executes_but_answers_at_the_end(data_center: RunningDataCenter) -> None:
    with open_client(*data_center.new_session(NUMBER)) as client:
        client.invoke(functions.updates.GetState(), timeout=10)
        data_center.requests().clear()
        with data_center.stall():
            with pytest.raises(TimeoutError):
                client.invoke(functions.updates.GetState(), timeout=0.2)
            data_center.wait_for_request("updates.getState")
            with pytest.raises(TimeoutError):
                connect(data_center.address, data_center.config(), timeout=0.2).__enter__()
        client.invoke(functions.updates.GetState(), timeout=10)


def test_answer_may_push_and_may_not_wait(data_center: RunningDataCenter) -> None:
    def answer(request: functions.messages.SendMessage) -> types.Updates:
        data_center.push(NUMBER, MOVED)
        with pytest.raises(LocalProtocolError, match="cannot wait"):
            data_center.code_for(NUMBER)
        with pytest.raises(LocalProtocolError, match="cannot wait"):
            data_center.wait_for_request("auth.signIn")
        return SENT

    data_center.answer("messages.sendMessage", answer)
    with open_client(*data_center.new_session(NUMBER)) as client:
        assert client.invoke(send("x"), timeout=10) == SENT
        assert isinstance(next(client.updates()), types.UpdateShort)


def test_exception_of_an_answer_is_raised_when_the_thread_is_closed() -> None:
    server_thread = ServerThread()
    server_thread.__enter__()
    data_center = server_thread.open(private_key=rsa_key())
    data_center.add_account(NUMBER)

    def answer(request: functions.messages.SendMessage) -> object:
        assert request.message == "hello", "the test expects another message"
        return SENT

    data_center.answer("messages.sendMessage", answer)
    with (
        open_client(*data_center.new_session(NUMBER)) as client,
        pytest.raises(errors.RpcError, match="ANSWER_FAILED: AssertionError: the test expects another message"),
    ):
        client.invoke(send("x"), timeout=10)
    with pytest.raises(AssertionError, match="the test expects") as caught:
        server_thread.close()
    assert caught.value.__notes__ == ["raised by the answer that was set for messages.sendMessage"]
    server_thread.close()


def test_error_of_an_unscripted_method_has_the_line_to_paste(data_center: RunningDataCenter) -> None:
    with open_client(*data_center.new_session(NUMBER)) as client:
        with pytest.raises(errors.BadRequest) as caught:
            client.invoke(send("x"), timeout=10)
        line = caught.value.text.partition("set an answer: ")[2]
        exec(line, {"data_center": data_center, "types": types})
        assert client.invoke(send("x"), timeout=10) == SENT


def test_client_config_has_all_data_centers_and_their_keys(server_thread: ServerThread) -> None:
    here, there = server_thread.open(private_key=rsa_key()), server_thread.open(dc_id=4)
    config = here.client_config(flood_sleep_threshold=1.0)
    assert config.endpoints == {2: (Endpoint(*here.address),), 4: (Endpoint(*there.address),)}
    assert set(config.connection_config.public_keys or ()) == {here.public_key, there.public_key}
    assert config.flood_sleep_threshold == 1.0
    there.add_account(NUMBER)
    with pytest.raises(LocalProtocolError, match="its home is data center 4, and this is 2"):
        here.new_session(NUMBER)
    session = there.new_session(NUMBER)
    with open_client(*session) as client:
        client.invoke(functions.help.GetNearestDc(), dc_id=2, timeout=10)
        assert here.requests("auth.importAuthorization") or here.requests("help.getNearestDc")
    here.answer("users.getUsers", "USER_MIGRATE_4")
    with open_client(here.client_config()) as client:
        assert client.invoke(functions.help.GetNearestDc(), timeout=10).this_dc == 2
        with pytest.raises(errors.AuthKeyUnregistered):
            client.invoke(functions.users.GetUsers([types.InputUserSelf()]), timeout=10)
        assert client.dc_id == 4


def test_login_in_parallel_use_ends_if_the_rule_is_on(server_thread: ServerThread) -> None:
    data_center = server_thread.open(private_key=rsa_key(), detect_parallel_use=True)
    data_center.add_account(NUMBER)
    session = data_center.new_session(NUMBER, backoff_initial=0.01)
    lost: list[object] = []
    with open_client(*session, on_event=lost.append) as first:
        first.invoke(functions.updates.GetState(), timeout=10)
        data_center.cut_connections()
        first.invoke(functions.updates.GetState(), timeout=10)
        with open_client(*session) as copy, pytest.raises(errors.AuthKeyDuplicated):
            copy.invoke(functions.updates.GetState(), timeout=10)
        with pytest.raises(errors.AuthKeyDuplicated):
            first.invoke(functions.updates.GetState(), timeout=10)
    assert any(isinstance(event, AuthorizationLost) for event in lost)
    with open_client(*data_center.new_session(NUMBER)) as one, open_client(*data_center.new_session(NUMBER)) as two:
        for client in (one, two, one, two):  # two logins
            client.invoke(functions.updates.GetState(), timeout=10)


def test_file_of_another_data_center_is_fetched_there(server_thread: ServerThread) -> None:
    here, there = server_thread.open(private_key=rsa_key()), server_thread.open(private_key=rsa_key(), dc_id=4)
    here.add_account(NUMBER)
    file = types.upload.File(types.storage.FilePng(), 0, b"content")
    here.answer("upload.getFile", "FILE_MIGRATE_4")
    there.answer("upload.getFile", file)
    with open_client(*here.new_session(NUMBER)) as client:
        location = types.InputPhotoFileLocation(1, 2, b"", "y")
        assert client.invoke(functions.upload.GetFile(location, 0, 1024), timeout=10) == file
    assert [request.NAME for request in there.requests()] == ["auth.importAuthorization", "upload.getFile"]


@pytest.mark.parametrize(
    "wait",
    [
        lambda data_center: data_center.push(NUMBER, MOVED, timeout=0.01),
        lambda data_center: data_center.code_for(NUMBER, timeout=0.01),
        lambda data_center: data_center.wait_for_request("auth.sendCode", timeout=0.01),
    ],
)
def test_event_loop_that_stands_still_is_named(
    data_center: RunningDataCenter, wait: Callable[[RunningDataCenter], object]
) -> None:
    async def main() -> None:
        wait(data_center)

    with pytest.raises(TimeoutError, match=r"The asyncio loop of this thread .* await asyncio\.to_thread\("):
        asyncio.run(main())
    with pytest.raises(TimeoutError, match=r"The trio loop of this thread .* await trio\.to_thread\.run_sync\("):
        trio.run(main)
    with pytest.raises(TimeoutError) as raised:
        wait(data_center)
    assert "loop" not in str(raised.value)
