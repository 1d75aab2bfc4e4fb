"""An account in each adapter, over real sockets: what it promises when connections and data centers come and go."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sansio_tl import ClientConfig, Endpoint, auth, errors, functions, types
from sansio_tl.client import ConnectionLost, HomeDataCenterChanged
from sansio_tl.errors import LocalProtocolError
from sansio_tl.testing import Cluster, CodeSent, DataCenter, DataCenterConfig
from tests.helpers.adapters import Adapter, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.rsa_key import rsa_key
from tests.helpers.scripted_data_center import (
    ANSWERED,
    CLOSES,
    FAILS,
    NEAREST,
    PUSHED,
    PUSHES,
    UNANSWERED,
    ScriptedConnection,
    ScriptedDataCenter,
)
from tests.helpers.tcp_proxy import tcp_proxy
from tests.transports.test_adapters import open_files, our_threads

pytestmark = each_adapter
NUMBER, PASSWORD = "+12025550100", "geheim"


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    files, threads = open_files(), our_threads()
    yield
    assert our_threads() == threads, "threads were left behind"
    assert open_files() == files, "sockets were left behind"


def settings(*addresses: tuple[str, int], **more: Any) -> ClientConfig:
    """A client that knows these addresses of data center 2."""
    endpoints = {2: tuple(Endpoint(*address) for address in addresses)}
    return ClientConfig(
        connection_config=client_config(), endpoints=more.pop("endpoints", endpoints), backoff_initial=0.1, **more
    )


class TwoDataCenters:
    """Two data centers of one cluster; the account is in the one that clients do not expect."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}
        simulation = Cluster()
        self.data_centers = {
            dc_id: DataCenter(
                DataCenterConfig(private_key=rsa_key(), dc_id=dc_id),
                cluster=simulation,
                entropy=os.urandom,
                now=time.time(),
            )
            for dc_id in (2, 4)
        }
        self.account = self.data_centers[4].add_account(NUMBER, first_name="Ada", password=PASSWORD)

    def report(self, event: object) -> None:
        if isinstance(event, CodeSent):
            self.codes[event.phone_number] = event.code

    @contextlib.asynccontextmanager
    async def served(self, adapter: Adapter) -> AsyncIterator[ClientConfig]:
        async with (
            adapter.serve(self.data_centers[2], on_event=self.report) as here,
            adapter.serve(self.data_centers[4], on_event=self.report) as there,
        ):
            yield settings(endpoints={2: (Endpoint(*here.address),), 4: (Endpoint(*there.address),)})

    def code(self, prompt: auth.CodePrompt) -> str:
        return "no code" if prompt.tries == 0 else self.codes[NUMBER[1:]]


# --- logging in -------------------------------------------------------------------------------------------------------


def test_login_follows_the_account_to_its_data_center(adapter: Adapter) -> None:
    events: list[object] = []

    async def scenario() -> None:
        cluster = TwoDataCenters()
        async with (
            cluster.served(adapter) as where,
            adapter.open_client(where, on_event=events.append) as account,
        ):
            user = await account.login(NUMBER, api_hash="x", code=cluster.code, password=lambda prompt: PASSWORD)
            assert (user.id, account.user_id, account.dc_id) == (cluster.account.id, cluster.account.id, 4)
            assert HomeDataCenterChanged(4) in events
            await account.invoke(functions.auth.LogOut())
            assert account.user_id is None

    adapter.run(scenario)


def test_login_is_resumed_in_another_process(adapter: Adapter) -> None:
    saved: list[dict[str, Any]] = []
    program = Path(__file__).parent / "programs" / "resume_client.py"

    async def scenario() -> None:
        cluster = TwoDataCenters()
        async with cluster.served(adapter) as where:
            async with adapter.open_client(where, save=saved.append) as account:
                await account.login(NUMBER, api_hash="x", code=cluster.code, password=PASSWORD)
            given = json.dumps({"snapshot": saved[-1], "key": rsa_key().public_key.to_pem()})
            results: list[subprocess.CompletedProcess[str]] = []

            def other_process() -> None:
                command = [sys.executable, str(program), adapter.module.__name__]
                results.append(subprocess.run(command, input=given, capture_output=True, text=True, check=False))

            thread = threading.Thread(target=other_process)
            thread.start()
            while thread.is_alive():
                await adapter.sleep(0.05)
            assert results[0].stdout.split() == [str(cluster.account.id), "4", "True"], results[0].stderr

    adapter.run(scenario)


def test_steps_yields_each_prompt_of_a_flow(adapter: Adapter) -> None:
    async def scenario() -> None:
        cluster = TwoDataCenters()
        seen: list[type[auth.Prompt]] = []
        async with cluster.served(adapter) as where, adapter.open_client(where) as account:
            flow = auth.log_in(NUMBER, api_id=1, api_hash="x")
            async for prompt in account.steps(flow):
                seen.append(type(prompt))
                match prompt:
                    case auth.CodePrompt():
                        flow.enter_code(cluster.codes[NUMBER[1:]])
                    case auth.PasswordPrompt():
                        flow.enter_password(PASSWORD, entropy=os.urandom)
            assert seen == [auth.CodePrompt, auth.PasswordPrompt]
            assert flow.result.user.id == cluster.account.id

    adapter.run(scenario)


def test_interrupted_login_names_the_missing_argument_and_can_be_resumed(adapter: Adapter) -> None:
    async def scenario() -> None:
        cluster = TwoDataCenters()
        async with cluster.served(adapter) as where, adapter.open_client(where) as account:
            with pytest.raises(adapter.module.LoginInterrupted, match="PasswordPrompt") as stuck:
                await account.login(NUMBER, api_hash="x", code=cluster.code)
            flow = stuck.value.flow
            flow.enter_password(PASSWORD, entropy=os.urandom)
            await account.run(flow)
            assert account.user_id == cluster.account.id

    adapter.run(scenario)


def test_fixed_password_is_tried_once(adapter: Adapter) -> None:
    async def scenario() -> None:
        cluster = TwoDataCenters()
        async with cluster.served(adapter) as where, adapter.open_client(where) as account:
            with pytest.raises(errors.PasswordHashInvalid):
                await account.login(NUMBER, api_hash="x", code=cluster.code, password="wrong")

    adapter.run(scenario)


def test_login_after_a_logout_needs_no_code(adapter: Adapter) -> None:
    async def scenario() -> None:
        cluster = TwoDataCenters()
        code = lambda prompt: cluster.codes[NUMBER[1:]]  # noqa: E731
        async with cluster.served(adapter) as where:
            async with adapter.open_client(where) as account:
                await account.login(NUMBER, api_hash="x", code=code, password=PASSWORD)
                await account.invoke(functions.auth.LogOut())
                snapshot = json.loads(json.dumps(account.snapshot()))
            async with adapter.open_client(where, snapshot) as account:
                assert account.user_id is None
                await account.login(NUMBER, api_hash="x", password=PASSWORD)
                assert account.user_id == cluster.account.id

    adapter.run(scenario)


def test_MS41_forgotten_key_is_replaced_by_a_new_one(adapter: Adapter) -> None:
    async def scenario() -> None:
        cluster = TwoDataCenters()
        async with cluster.served(adapter) as where, adapter.open_client(where) as account:
            await account.login(NUMBER, api_hash="x", code=cluster.code, password=PASSWORD)
            before = account.snapshot()["data_centers"]["4"]["auth_key"]
            with pytest.raises(LocalProtocolError, match="no auth key of data center 1"):
                account.forget_key(1)
            account.forget_key()
            assert account.user_id is None
            assert "4" not in account.snapshot()["data_centers"]
            await account.invoke(functions.help.GetNearestDc(), timeout=20)
            assert account.snapshot()["data_centers"]["4"]["auth_key"] != before

    adapter.run(scenario)


def test_login_with_no_or_two_methods_is_refused(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with adapter.open_client(settings()) as account:
            for arguments in ({}, {"phone_number": NUMBER, "bot_token": "1:x"}):
                with pytest.raises(LocalProtocolError, match="exactly one of"):
                    await account.login(api_hash="x", **arguments)

    adapter.run(scenario)


def test_login_prefers_phone_number_and_bot_token_to_the_qr_code(adapter: Adapter) -> None:
    def scan(_: object) -> None:
        raise AssertionError("no code to scan was requested")

    async def scenario() -> None:
        cluster = TwoDataCenters()
        bot = cluster.data_centers[2].add_bot("1001:the-token-of-a-bot-in-these-tests-000")
        code = lambda prompt: cluster.codes[NUMBER[1:]]  # noqa: E731
        async with cluster.served(adapter) as where:
            async with adapter.open_client(where) as account:
                user = await account.login(NUMBER, api_hash="x", code=code, password=PASSWORD, show_qr=scan)
                assert user.id == cluster.account.id
            async with adapter.open_client(where) as account:
                token = "1001:the-token-of-a-bot-in-these-tests-000"
                user = await account.login(bot_token=token, api_hash="x", show_qr=scan)
                assert user.id == account.user_id == bot.id

    adapter.run(scenario)


class ShowsQr(ScriptedDataCenter):
    """Codes to scan that live for one second; the third is scanned."""

    def accept(self, *, now: float) -> ScriptedConnection:
        connection = QrLink(self, now)
        self.connections.append(connection)
        return connection


class QrLink(ScriptedConnection):
    exports = 0

    def act(self, event: Any, now: float) -> None:
        if not isinstance(event.request.query, functions.auth.ExportLoginToken):
            super().act(event, now)
            return
        self.exports += 1
        if self.exports == 4:
            granted = types.auth.Authorization(user=types.User(id=7, self=True))
            self._connection.send_result(event.request, types.auth.LoginTokenSuccess(authorization=granted), now=now)
            return
        token = types.auth.LoginToken(expires=int(now) + (60 if self.exports == 3 else 1), token=bytes([self.exports]))
        self._connection.send_result(event.request, token, now=now)
        if self.exports == 3:
            scanned = types.UpdateShort(update=types.UpdateLoginToken(), date=1)
            self._connection.push(event.request.session, scanned, now=now)


def test_qr_code_is_renewed_by_time_and_accepted_by_an_update(adapter: Adapter) -> None:
    shown: list[str] = []

    async def scenario() -> None:
        async with adapter.serve(ShowsQr()) as server, adapter.open_client(settings(server.address)) as account:
            user = await account.login(api_hash="x", show_qr=lambda prompt: shown.append(prompt.link))
            assert user.id == account.user_id == 7
            assert len(shown) == len(set(shown)), "each code is shown once"
            assert len(shown) in {2, 3}, "the third is scanned in the moment in which it comes"

    adapter.run(scenario)


async def until(adapter: Adapter, is_so: Callable[[], bool]) -> None:
    """Wait for something that happens soon, on a slow machine later."""
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline, "it has not come to that"
        await adapter.sleep(0.01)


# --- connections come and go ------------------------------------------------------------------------------------------


def test_request_on_a_lost_connection_is_answered_once(adapter: Adapter) -> None:
    async def scenario() -> None:
        data_center = ScriptedDataCenter()
        async with adapter.serve(data_center) as server:
            with tcp_proxy(server.address) as between:
                async with adapter.open_client(settings(between.address)) as account:
                    assert await account.invoke(ANSWERED) == NEAREST
                    answers: list[object] = []

                    async def ask() -> None:
                        answers.append(await account.invoke(ANSWERED, timeout=20))

                    async def drop_connections() -> None:
                        await until(adapter, lambda: data_center.received.count(ANSWERED.NAME) == 2)
                        await until(adapter, between.reply_dropped.is_set)
                        between.drop_connections()
                        between.dropping_replies = False

                    between.dropping_replies = True  # the request arrives; its answer is lost
                    await adapter.all_of([ask, drop_connections])
                    assert answers == [NEAREST]
                    assert data_center.received.count(ANSWERED.NAME) == 2, "the server ran it once"
                    assert between.connection_count == 2

    adapter.run(scenario)


def test_client_reconnects_when_the_data_center_is_back(adapter: Adapter) -> None:
    events: list[object] = []

    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            with tcp_proxy(server.address) as between:
                between.refusing = True
                async with adapter.open_client(settings(between.address), on_event=events.append) as account:
                    with pytest.raises(TimeoutError, match=r"no answer to help.getNearestDc within 0.5 s"):
                        await account.invoke(ANSWERED, timeout=0.5)
                    await until(adapter, lambda: any(isinstance(event, ConnectionLost) for event in events))
                    between.refusing = False
                    assert await account.invoke(ANSWERED, timeout=20) == NEAREST

    adapter.run(scenario)


def test_client_skips_an_unreachable_address(adapter: Adapter) -> None:
    async def scenario() -> None:
        with tcp_proxy(("127.0.0.1", 1)) as gone:
            unreachable = gone.address
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.open_client(settings(unreachable, server.address)) as account,
        ):
            assert await account.invoke(ANSWERED, timeout=20) == NEAREST

    adapter.run(scenario)


def test_login_at_a_wrong_address_reports_the_error(adapter: Adapter) -> None:
    with tcp_proxy(("127.0.0.1", 1)) as gone:
        unreachable = gone.address

    async def scenario() -> None:
        async with adapter.open_client(settings(unreachable, unreachable_timeout=0.3)) as account:
            with pytest.raises(
                errors.ConnectionLostError, match=f"data center 2 cannot be reached: .*port {unreachable[1]}"
            ):
                await account.login(NUMBER, api_hash="hash", code=lambda prompt: "12345")

    adapter.run(scenario)


def test_login_through_an_unreachable_proxy_names_the_proxy(adapter: Adapter) -> None:
    with tcp_proxy(("127.0.0.1", 1)) as gone:
        proxy = f"socks5://127.0.0.1:{gone.address[1]}"

    async def scenario() -> None:
        async with adapter.open_client(settings(("127.0.0.1", 1), unreachable_timeout=0.3), proxy=proxy) as account:
            with pytest.raises(errors.ConnectionLostError, match=f"cannot be reached: connecting to .*{proxy}"):
                await account.login(NUMBER, api_hash="hash", code=lambda prompt: "12345")

    adapter.run(scenario)


def test_client_reconnects_after_the_server_closes(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.open_client(settings(server.address)) as account,
        ):
            with pytest.raises(TimeoutError):
                await account.invoke(CLOSES, timeout=0.3)
            assert await account.invoke(ANSWERED, timeout=20) == NEAREST

    adapter.run(scenario)


def test_timed_out_request_leaves_the_client_usable(adapter: Adapter) -> None:
    async def scenario() -> None:
        data_center = ScriptedDataCenter()
        async with adapter.serve(data_center) as server, adapter.open_client(settings(server.address)) as account:
            assert await account.invoke(ANSWERED, timeout=60) == NEAREST  # now there is a key
            with pytest.raises(TimeoutError, match="help.getConfig"):
                await account.invoke(UNANSWERED, timeout=0.3)
            with pytest.raises(errors.MethodInvalid):
                await account.invoke(FAILS)
            assert await account.invoke(ANSWERED, timeout=20) == NEAREST
        arrived = [
            name for name in data_center.received if name == UNANSWERED.NAME
        ]  # a slow machine may not have sent it
        assert data_center.cancelled == arrived

    adapter.run(scenario)


def test_fifty_concurrent_requests_are_answered(adapter: Adapter) -> None:
    async def scenario() -> None:
        answers: list[object] = []
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.open_client(settings(server.address)) as account,
        ):

            async def ask() -> None:
                answers.append(await account.invoke(ANSWERED, timeout=60))

            await adapter.all_of([ask] * 50)
        assert answers == [NEAREST] * 50

    adapter.run(scenario)


def test_updates_arrive_and_end_with_the_client(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.open_client(settings(server.address)) as account,
        ):
            await account.invoke(PUSHES)
            updates = account.updates()
            assert [await anext(updates) for _ in range(5)] == [PUSHED] * 5
        with pytest.raises(StopAsyncIteration):
            await anext(updates)

    adapter.run(scenario)


# --- misuse, and what callbacks raise ---------------------------------------------------------------------------------


def test_exception_of_save_ends_the_client(adapter: Adapter) -> None:
    class DiskFullError(Exception):
        pass

    def save(snapshot: dict[str, Any]) -> None:
        raise DiskFullError

    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            with pytest.raises(DiskFullError):
                async with adapter.open_client(settings(server.address), save=save) as account:
                    await account.invoke(ANSWERED, timeout=20)

    adapter.run(scenario)


def test_invalid_settings_are_refused_by_open_client(adapter: Adapter) -> None:
    async def scenario() -> None:
        for wrong in (
            {"framing": "telepathy"},
            {"proxy": "gopher://127.0.0.1:1"},
            {"proxy": f"tg://proxy?server=h&port=1&secret={'0' * 32}", "tls": True},
            {"proxy": f"tg://proxy?server=h&port=1&secret={'0' * 32}", "framing": "http"},
            {"snapshot": {"version": 0}},
        ):
            with pytest.raises(LocalProtocolError):
                async with adapter.open_client(settings(), **wrong):
                    pass
        with pytest.raises(LocalProtocolError, match=r"Config\.lang_code"):
            async with adapter.open_client(ClientConfig(connection_config=client_config(lang_code=7))):
                pass

    adapter.run(scenario)


def test_coroutine_callbacks_are_refused_where_they_are_not_awaited(adapter: Adapter) -> None:
    async def keep(what: object) -> None:
        pass

    class TimedClient:
        async def __call__(self, what: object) -> None:
            pass

    def hidden(what: object) -> object:
        return keep(what)

    async def scenario() -> None:
        for callback in (keep, partial(keep), TimedClient()):
            with pytest.raises(TypeError, match=r"on_event must be a plain function.* start a task"):
                async with adapter.open_client(settings(), on_event=callback):
                    pass
            for name in ("on_event", "on_error"):
                with pytest.raises(TypeError, match=f"{name} must be a plain function"):
                    async with adapter.serve(ScriptedDataCenter(), **{name: callback}):
                        pass
        async with adapter.serve(ScriptedDataCenter()) as server:
            with pytest.raises(TypeError, match="on_event must be a plain function"):
                async with adapter.open_client(settings(server.address), on_event=hidden) as account:
                    await account.invoke(ANSWERED, timeout=20)

    adapter.run(scenario)


def test_closed_client_refuses_requests(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.open_client(settings(server.address)) as account,
        ):
            pass
        with pytest.raises(LocalProtocolError, match="closed"):
            await account.invoke(ANSWERED)

    adapter.run(scenario)


def test_closing_while_connecting_does_not_wait(adapter: Adapter) -> None:
    async def scenario() -> None:
        began = time.monotonic()
        async with adapter.open_client(settings(("192.0.2.1", 9))) as account:
            with pytest.raises(TimeoutError):
                await account.invoke(ANSWERED, timeout=0.2)
        assert time.monotonic() - began < 5

    adapter.run(scenario)
