from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.crypto.rsa import RsaPrivateKey, RsaPublicKey
from sansio_tl.errors import LocalProtocolError
from sansio_tl.testing import CodeSent, LoggedIn, RequestServed
from sansio_tl.tl.objects import Function
from sansio_tl_transports.sync import connect
from sansio_tl_transports.testing.server_thread import RunningDataCenter, ServerThread
from tests.helpers.entropy import SeededEntropy

NUMBER = "+12025550100"


@pytest.fixture(scope="module")
def key() -> RsaPrivateKey:
    return RsaPrivateKey.generate(SeededEntropy("embedded"))


@pytest.fixture
def server_thread() -> Iterator[ServerThread]:
    with ServerThread() as server_thread:
        yield server_thread


def ask_for_code(number: str = NUMBER) -> functions.auth.SendCode:
    return functions.auth.SendCode(number, 1, "hash", types.CodeSettings())


def test_client_logs_in_at_a_running_data_center(server_thread: ServerThread, key: RsaPrivateKey) -> None:
    data_center = server_thread.open(private_key=key)
    account = data_center.add_account(NUMBER, first_name="Ada")
    assert RsaPublicKey.from_pem(data_center.public_key_pem) == data_center.public_key
    with connect(data_center.address, data_center.config()) as connection:
        sent = connection.invoke(ask_for_code())
        assert isinstance(sent, types.auth.SentCode)
        code = data_center.code_for(NUMBER)
        connection.invoke(functions.auth.SignIn(NUMBER, sent.phone_code_hash, code))
    assert data_center.wait_for(LoggedIn) == LoggedIn(account.id)
    served = [event.method for event in data_center.events if isinstance(event, RequestServed)]
    assert served == ["auth.sendCode", "auth.signIn"]


def test_each_code_is_returned_once_latest_first(server_thread: ServerThread, key: RsaPrivateKey) -> None:
    data_center = server_thread.open(private_key=key)
    with connect(data_center.address, data_center.config()) as connection:
        for _ in range(2):
            connection.invoke(ask_for_code())
        sent = [event.code for event in data_center.events if isinstance(event, CodeSent)]
        assert data_center.code_for("1 202 555-0100") == sent[-1]
        with pytest.raises(TimeoutError, match="no code"):
            data_center.code_for(NUMBER, timeout=0.01)
        waiting = threading.Timer(0.05, connection.invoke, (ask_for_code(),))
        waiting.start()
        data_center.code_for(NUMBER)
        waiting.join()


def test_email_clock_errors_and_bans_are_controlled_by_the_test(
    server_thread: ServerThread, key: RsaPrivateKey
) -> None:
    data_center = server_thread.open(private_key=key)
    account = data_center.add_account(NUMBER, login_email="ada@example.org")
    data_center.add_bot("7:token")
    with connect(data_center.address, data_center.config()) as connection:
        data_center.answer("auth.sendCode", errors.FloodWait(seconds=7), times=1)
        with pytest.raises(errors.FloodWait):
            connection.invoke(ask_for_code())
        sent = connection.invoke(ask_for_code())
        assert isinstance(sent, types.auth.SentCode)
        code = types.EmailVerificationCode(data_center.mail_for("ada@example.org"))
        data_center.advance_clock(300)
        sign_in = functions.auth.SignIn(NUMBER, sent.phone_code_hash, email_verification=code)
        with pytest.raises(errors.PhoneCodeExpired):
            connection.invoke(sign_in)
        data_center.ban(account)
        with pytest.raises(errors.PhoneNumberBanned):
            connection.invoke(ask_for_code())


def test_data_centers_of_one_cluster_know_each_other(server_thread: ServerThread, key: RsaPrivateKey) -> None:
    here, there = server_thread.open(private_key=key), server_thread.open(private_key=key, dc_id=4)
    there.add_account(NUMBER)
    with (
        connect(here.address, here.config()) as connection,
        connect(there.address, there.config()) as phone,
    ):
        with pytest.raises(errors.PhoneMigrate):
            connection.invoke(ask_for_code())
        config = connection.invoke(functions.help.GetConfig())
        assert isinstance(config, types.Config)
        assert {option.id: option.port for option in config.dc_options} == {2: here.port, 4: there.port}
        sent = phone.invoke(ask_for_code())
        assert isinstance(sent, types.auth.SentCode)
        phone.invoke(functions.auth.SignIn(NUMBER, sent.phone_code_hash, there.code_for(NUMBER)))
        shown = connection.invoke(functions.auth.ExportLoginToken(1, "hash", []))
        assert isinstance(shown, types.auth.LoginToken)
        phone.invoke(functions.auth.AcceptLoginToken(shown.token))
        update = next(connection.updates())
        assert isinstance(update, types.UpdateShort)
        assert update.update == types.UpdateLoginToken()


def test_port_in_use_and_repeated_dc_id_are_refused(server_thread: ServerThread, key: RsaPrivateKey) -> None:
    data_center = server_thread.open(private_key=key)
    with pytest.raises(OSError, match="in use"):
        server_thread.open(private_key=key, dc_id=4, port=data_center.port)
    with pytest.raises(LocalProtocolError, match="already"):
        server_thread.open(private_key=key)
    assert data_center.call(lambda dc: dc.config.dc_id) == 2


def test_exceptions_are_raised_for_the_caller(server_thread: ServerThread, key: RsaPrivateKey) -> None:
    data_center: RunningDataCenter = server_thread.open(private_key=key)
    with pytest.raises(LocalProtocolError):
        data_center.add_account("no number")


def test_answer_refuses_a_result_of_a_wrong_type(server_thread: ServerThread, key: RsaPrivateKey) -> None:
    data_center = server_thread.open(private_key=key)
    sent = types.auth.SentCode(type=types.auth.SentCodeTypeApp(length=5), phone_code_hash="hash")
    with pytest.raises(LocalProtocolError, match=r"Config"):
        data_center.answer("help.getConfig", sent, times=1)
    with pytest.raises(LocalProtocolError, match="unknown method 'auth.sendCoed'"):
        data_center.answer("auth.sendCoed", sent, times=1)
    with pytest.raises(LocalProtocolError, match="RpcError"):
        data_center.answer("auth.sendCode", ValueError("no RpcError"), times=1)
    data_center.answer("auth.sendCode", sent, times=1)
    with connect(data_center.address, data_center.config()) as connection:
        assert connection.invoke(ask_for_code(), timeout=5) == sent
        assert isinstance(connection.invoke(functions.help.GetConfig(), timeout=5), types.Config), "it serves on"


def test_errors_while_opening_are_raised_for_the_caller(server_thread: ServerThread, key: RsaPrivateKey) -> None:
    with pytest.raises(OverflowError):
        server_thread.open(private_key=key, port=70_000)
    server_thread.open(private_key=key, dc_id=4)


def test_calls_to_a_stopped_thread_raise_at_once() -> None:
    server_thread = ServerThread()
    with pytest.raises(LocalProtocolError, match="with ServerThread"):
        server_thread.do(int)
    server_thread.close()


@pytest.mark.timeout(20)
def test_thread_ended_by_a_bug_raises_for_its_callers(key: RsaPrivateKey) -> None:
    def end() -> None:
        raise SystemExit(7)

    server_thread = ServerThread()
    with pytest.raises(SystemExit), server_thread:  # noqa: PT012
        data_center = server_thread.open(private_key=key)
        server_thread._loop.call_soon_threadsafe(end)
        server_thread._thread.join(10)
        with pytest.raises(LocalProtocolError) as raised:
            data_center.advance_clock(1)
    assert isinstance(raised.value.__cause__, SystemExit)


def test_closing_ends_the_thread(key: RsaPrivateKey) -> None:
    before = threading.active_count()
    with ServerThread() as server_thread:
        data_center = server_thread.open(private_key=key)
        with connect(data_center.address, data_center.config()) as connection:
            connection.invoke(functions.help.GetNearestDc())
            server_thread.close()
            with pytest.raises(errors.ConnectionLostError):
                connection.invoke(functions.help.GetNearestDc())
    assert threading.active_count() == before
    assert "private" not in repr(data_center)


def test_block_that_ends_normally_raises_what_has_ended_the_thread(key: RsaPrivateKey) -> None:
    def fail() -> None:
        raise KeyError("a bug")

    def use(error: Exception | None) -> None:
        with ServerThread() as thread:
            data_center = thread.open(private_key=key)
            data_center.answer("help.getConfig", lambda _: fail())
            with connect(data_center.address, data_center.config()) as connection, contextlib.suppress(errors.RpcError):
                connection.invoke(functions.help.GetConfig())
            if error is not None:
                raise error

    with pytest.raises(KeyError, match="a bug"):
        use(None)
    with pytest.raises(ValueError, match="of the block"):
        use(ValueError("of the block"))


def test_answers_that_were_set_are_removed(server_thread: ServerThread, key: RsaPrivateKey) -> None:
    data_center = server_thread.open(private_key=key)
    refusal = errors.parse(400, "REFUSED")
    with connect(data_center.address, data_center.config()) as connection:

        def is_refused(function: Function[Any]) -> bool:
            try:
                connection.invoke(function)
            except errors.RpcError as error:
                return error.name == "REFUSED"
            return False

        requests = functions.help.GetConfig(), functions.help.GetNearestDc()
        for request in requests:
            data_center.answer(type(request), refusal)
        assert [is_refused(each) for each in requests] == [True, True]
        data_center.clear_answers("help.getConfig")
        assert [is_refused(each) for each in requests] == [False, True]
        data_center.clear_answers()
        assert [is_refused(each) for each in requests] == [False, False]
