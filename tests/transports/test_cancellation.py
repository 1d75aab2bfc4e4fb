"""Cancellation and timeouts of a request keep the connection usable."""

from __future__ import annotations

import asyncio as stdlib_asyncio
import signal
import threading

import pytest
import trio as the_library

from sansio_tl_transports import asyncio, sync, trio
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, UNANSWERED, ScriptedDataCenter


def test_asyncio_cancelled_task_leaves_the_connection_usable() -> None:
    async def scenario() -> None:
        data_center = ScriptedDataCenter()
        async with asyncio.serve(data_center) as server, asyncio.connect(server.address, client_config()) as connection:
            task = stdlib_asyncio.create_task(connection.invoke(UNANSWERED))
            while UNANSWERED.NAME not in data_center.received:
                assert await connection.invoke(ANSWERED) == NEAREST
            task.cancel()
            with pytest.raises(stdlib_asyncio.CancelledError):
                await task
            assert await connection.invoke(ANSWERED) == NEAREST
            assert data_center.cancelled == [UNANSWERED.NAME]

    stdlib_asyncio.run(scenario())


def test_asyncio_request_cancelled_before_sending_is_never_sent() -> None:
    async def scenario() -> None:
        data_center = ScriptedDataCenter()
        async with asyncio.serve(data_center) as server, asyncio.connect(server.address, client_config()) as connection:
            task = stdlib_asyncio.create_task(connection.invoke(UNANSWERED))
            stdlib_asyncio.get_running_loop().call_soon(task.cancel)
            with pytest.raises(stdlib_asyncio.CancelledError):
                await task
            assert await connection.invoke(ANSWERED) == NEAREST
            assert data_center.received[-1] == ANSWERED.NAME

    stdlib_asyncio.run(scenario())


def test_asyncio_cancelling_the_owner_closes_the_connection_at_once() -> None:
    async def scenario() -> None:
        data_center = ScriptedDataCenter()

        async def owner() -> None:
            async with asyncio.connect(server.address, client_config()) as connection:
                await connection.invoke(UNANSWERED)

        async with asyncio.serve(data_center) as server:
            task = stdlib_asyncio.create_task(owner())
            while not data_center.received:  # noqa: ASYNC110
                await stdlib_asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(stdlib_asyncio.CancelledError):
                await task
        assert stdlib_asyncio.all_tasks() == {stdlib_asyncio.current_task()}

    stdlib_asyncio.run(scenario())


def test_trio_cancelled_scope_leaves_the_connection_usable() -> None:
    async def scenario() -> None:
        data_center = ScriptedDataCenter()
        async with trio.serve(data_center) as server, trio.connect(server.address, client_config()) as connection:
            scope = the_library.CancelScope()

            async def cancelled_caller() -> None:
                with scope:
                    await connection.invoke(UNANSWERED)

            async with the_library.open_nursery() as nursery:
                nursery.start_soon(cancelled_caller)
                while UNANSWERED.NAME not in data_center.received:
                    assert await connection.invoke(ANSWERED) == NEAREST
                scope.cancel()
            assert scope.cancelled_caught
            assert await connection.invoke(ANSWERED) == NEAREST
            assert data_center.cancelled == [UNANSWERED.NAME]

    the_library.run(scenario)


def test_trio_cancelling_the_owner_closes_the_connection_at_once() -> None:
    async def scenario() -> None:
        data_center = ScriptedDataCenter()
        async with trio.serve(data_center) as server, the_library.open_nursery() as nursery:

            async def owner() -> None:
                async with trio.connect(server.address, client_config()) as connection:
                    await connection.invoke(UNANSWERED)

            nursery.start_soon(owner)
            while not data_center.received:  # noqa: ASYNC110
                await the_library.sleep(0.01)
            nursery.cancel_scope.cancel()

    the_library.run(scenario)


def test_trio_interrupt_of_the_body_is_raised_without_an_exception_group() -> None:
    async def scenario() -> None:
        async with trio.serve(ScriptedDataCenter()) as server, trio.connect(server.address, client_config()):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        the_library.run(scenario)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals of one thread are POSIX")
def test_sync_interrupt_leaves_the_connection_usable() -> None:
    data_center = ScriptedDataCenter()
    with sync.serve(data_center) as server, sync.connect(server.address, client_config()) as connection:
        me = threading.get_ident()

        def interrupt() -> None:
            while UNANSWERED.NAME not in data_center.received:
                connection.invoke(ANSWERED)
            signal.pthread_kill(me, signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            connection.invoke(UNANSWERED)
        thread.join()
        assert connection.invoke(ANSWERED) == NEAREST
        assert data_center.cancelled == [UNANSWERED.NAME]
