"""How a run of a flow at a single connection ends."""

from __future__ import annotations

import asyncio as stdlib_asyncio
import signal
import threading
from typing import Any

import pytest
import trio as trio_library

from sansio_tl import auth, functions, types
from sansio_tl.errors import ConnectionLostError, LocalProtocolError, RemoteProtocolError
from sansio_tl_transports import asyncio, sync, trio
from tests.helpers.adapter_parts import runner_of
from tests.helpers.adapters import Adapter, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, CLOSES, NEAREST, ScriptedConnection, ScriptedDataCenter

LOGIN = functions.auth.ImportBotAuthorization


class Answering(ScriptedDataCenter):
    """Answers the login of a bot as the test says."""

    def __init__(self, answer: str) -> None:
        super().__init__()
        self.answer = answer

    def accept(self, *, now: float) -> ScriptedConnection:
        connection = _Answering(self, now)
        connection.answer = self.answer
        self.connections.append(connection)
        return connection


class _Answering(ScriptedConnection):
    answer = ""

    def act(self, event: Any, now: float) -> None:
        if not isinstance(event.request.query, LOGIN):
            super().act(event, now)
            return
        self._data_center.received.append(LOGIN.NAME)
        if self.answer == "close":
            self.close(now=now)
        elif self.answer == "unexpected":
            self._connection.send_result(event.request, types.auth.AuthorizationSignUpRequired(), now=now)


def bot() -> auth.BotLogin:
    return auth.BotLogin("7:token", api_id=1, api_hash="hash")


@each_adapter
def test_unexpected_answer_is_raised_and_the_flow_can_run_again(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(Answering("unexpected")) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):
            flow = bot()
            for _ in range(2):
                with pytest.raises(RemoteProtocolError):
                    await connection.run(flow)
                assert isinstance(flow.prompt, auth.BotTokenPrompt)
                flow.enter_token("7:token")

    adapter.run(scenario)


@each_adapter
def test_end_of_the_connection_is_raised_and_the_flow_has_its_request_still(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with (
            adapter.serve(Answering("close")) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):
            flow = bot()
            for _ in range(2):
                with pytest.raises(ConnectionLostError):
                    await connection.run(flow)
                assert isinstance(flow.next_action(), auth.Invoke)

    adapter.run(scenario)


def test_sync_run_with_a_timeout_can_be_repeated() -> None:
    data_center = Answering("never")
    with sync.serve(data_center) as server, sync.connect(server.address, client_config()) as connection:
        flow = bot()
        for _ in range(2):
            with pytest.raises(TimeoutError, match=r"no answer to auth.importBotAuthorization within 0.1 s"):
                connection.run(flow, timeout=0.1)
        data_center.connections[0].answer = "unexpected"  # type: ignore[attr-defined]
        with pytest.raises(RemoteProtocolError):
            connection.run(flow, timeout=20)


@each_adapter
def test_flow_that_runs_is_not_run_a_second_time(adapter: Adapter) -> None:
    async def scenario() -> None:
        data_center = Answering("never")
        flow, raised = bot(), []
        async with (
            adapter.serve(data_center) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):

            async def run() -> None:
                try:
                    await connection.run(flow)
                except LocalProtocolError as error:
                    raised.append(str(error))
                    await connection.invoke(CLOSES)
                except ConnectionLostError as error:
                    raised.append(str(error))

            with pytest.raises(ConnectionLostError):
                await one_of(adapter, [run, run])
        assert raised[0] == "the flow runs already"
        assert len(raised) == 2

    adapter.run(scenario)


async def one_of(adapter: Adapter, jobs: list[Any]) -> None:
    """Run all; raises the one exception among them."""
    try:
        await adapter.all_of(jobs)
    except ExceptionGroup as several:
        raise several.exceptions[0] from None


def test_asyncio_cancelled_run_stops_the_flow() -> None:
    async def scenario() -> None:
        data_center, flow = Answering("never"), bot()
        async with asyncio.serve(data_center) as server, asyncio.connect(server.address, client_config()) as connection:
            for _ in range(2):
                with pytest.raises(TimeoutError):
                    async with stdlib_asyncio.timeout(0.1):
                        await connection.run(flow)
            assert await connection.invoke(ANSWERED) == NEAREST
            assert runner_of(connection).callers.waiting == 0
            assert runner_of(connection).callers.running == 0
            assert data_center.cancelled == [LOGIN.NAME] * 2
            with pytest.raises(TimeoutError):
                async with stdlib_asyncio.timeout(0):
                    await connection.run(flow)

    stdlib_asyncio.run(scenario())


def test_trio_cancelled_run_stops_the_flow() -> None:
    async def scenario() -> None:
        data_center, flow = Answering("never"), bot()
        async with trio.serve(data_center) as server, trio.connect(server.address, client_config()) as connection:
            for _ in range(2):
                with trio_library.move_on_after(0.1):
                    await connection.run(flow)
            assert await connection.invoke(ANSWERED) == NEAREST
            assert runner_of(connection).callers.waiting == 0
            assert runner_of(connection).callers.running == 0
            assert data_center.cancelled == [LOGIN.NAME] * 2

    trio_library.run(scenario)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals of one thread are POSIX")
def test_sync_interrupted_run_stops_the_flow() -> None:
    data_center, flow = Answering("never"), bot()
    with sync.serve(data_center) as server, sync.connect(server.address, client_config()) as connection:
        me = threading.get_ident()

        def interrupt() -> None:
            while LOGIN.NAME not in data_center.received:
                connection.invoke(ANSWERED)
            signal.pthread_kill(me, signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            connection.run(flow)
        thread.join()
        assert connection.invoke(ANSWERED) == NEAREST
        assert data_center.cancelled == [LOGIN.NAME]
        assert runner_of(connection).callers.running == 0
