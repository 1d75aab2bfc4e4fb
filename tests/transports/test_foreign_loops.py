"""Use of a connection in another event loop or thread: refused before it can do any harm."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio

from sansio_tl import auth
from sansio_tl.errors import LocalProtocolError
from sansio_tl_transports import asyncio as on_asyncio
from sansio_tl_transports import sync
from sansio_tl_transports import trio as on_trio
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, ScriptedDataCenter
from tests.transports.test_client import settings

Use = Callable[[Any], Awaitable[object]]


async def _forget_key(caller: Any) -> None:
    caller.forget_key()


OF_BOTH: dict[str, Use] = {
    "invoke": lambda caller: caller.invoke(ANSWERED),
    "invoke with a timeout": lambda caller: caller.invoke(ANSWERED, timeout=1),
    "updates": lambda caller: anext(caller.updates()),
}
OF_A_CLIENT: dict[str, Use] = {
    "run": lambda caller: caller.run(auth.QrLogin(api_id=1, api_hash="x")),
    "wait": lambda caller: caller.wait(auth.QrLogin(api_id=1, api_hash="x")),
    "login": lambda caller: caller.login("+1", api_hash="x", code=lambda _: "1"),
    "forget_key": _forget_key,
}


def refused(run: Callable[[], object]) -> str:
    with pytest.raises(LocalProtocolError) as raised:
        run()
    return str(raised.value)


@pytest.mark.parametrize("use", [*OF_BOTH, *OF_A_CLIENT])
@pytest.mark.parametrize("debug", [True, False])
def test_asyncio_client_in_another_loop_is_refused_and_stays_usable(use: str, debug: bool) -> None:
    async def main() -> None:
        async with on_asyncio.open_client(settings(server.address)) as client:
            await client.invoke(ANSWERED)

            async def elsewhere() -> object:
                return await (OF_BOTH | OF_A_CLIENT)[use](client)

            text = await asyncio.to_thread(refused, lambda: asyncio.run(elsewhere(), debug=debug))
            assert "another event loop" in text
            for _ in range(3):
                assert await client.invoke(ANSWERED, timeout=20) == NEAREST

    with sync.serve(ScriptedDataCenter()) as server:
        asyncio.run(main(), debug=debug)


@pytest.mark.parametrize("use", OF_BOTH)
def test_asyncio_connection_in_another_loop_is_refused_and_stays_usable(use: str) -> None:
    async def main() -> None:
        async with on_asyncio.connect(server.address, client_config()) as connection:

            async def elsewhere() -> object:
                return await OF_BOTH[use](connection)

            assert "another event loop" in await asyncio.to_thread(refused, lambda: asyncio.run(elsewhere()))
            assert await connection.invoke(ANSWERED, timeout=20) == NEAREST

    with sync.serve(ScriptedDataCenter()) as server:
        asyncio.run(main())


def test_forget_key_in_a_thread_without_a_loop_is_refused() -> None:
    async def main() -> None:
        async with on_asyncio.open_client(settings(server.address)) as client:
            await client.invoke(ANSWERED)
            assert "another event loop" in await asyncio.to_thread(refused, client.forget_key)
            assert await client.invoke(ANSWERED, timeout=20) == NEAREST

    with sync.serve(ScriptedDataCenter()) as server:
        asyncio.run(main())


@pytest.mark.parametrize("use", [*OF_BOTH, *OF_A_CLIENT])
def test_trio_client_in_another_run_is_refused_and_stays_usable(use: str) -> None:
    async def main() -> None:
        async with on_trio.open_client(settings(server.address)) as client:
            await client.invoke(ANSWERED)

            async def elsewhere() -> object:
                return await (OF_BOTH | OF_A_CLIENT)[use](client)

            text = await trio.to_thread.run_sync(refused, lambda: trio.run(elsewhere))
            assert "another event loop" in text
            for _ in range(3):
                assert await client.invoke(ANSWERED, timeout=20) == NEAREST

    with sync.serve(ScriptedDataCenter()) as server:
        trio.run(main)


def test_trio_client_in_a_thread_without_a_run_is_refused() -> None:
    async def main() -> None:
        async with on_trio.open_client(settings(server.address)) as client:
            await client.invoke(ANSWERED)
            assert "another event loop" in await trio.to_thread.run_sync(refused, client.forget_key)
            assert await client.invoke(ANSWERED, timeout=20) == NEAREST

    with sync.serve(ScriptedDataCenter()) as server:
        trio.run(main)
