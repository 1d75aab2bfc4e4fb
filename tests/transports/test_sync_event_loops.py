from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable

import pytest
import trio

from sansio_tl_transports.sync import connect, open_client
from sansio_tl_transports.testing.server_thread import RunningDataCenter


async def connect_once(data_center: RunningDataCenter) -> None:
    with connect(data_center.address, data_center.config()):
        pass


async def open_once(data_center: RunningDataCenter) -> None:
    with open_client(data_center.client_config()):
        pass


@pytest.mark.parametrize("use", [connect_once, open_once])
@pytest.mark.parametrize(("loop", "run"), [("asyncio", asyncio.run), ("trio", lambda job: trio.run(lambda: job))])
def test_blocking_sockets_in_an_event_loop_are_warned_about(
    use: Callable[..., object], loop: str, run: Callable[..., object], data_center: RunningDataCenter
) -> None:
    with pytest.warns(RuntimeWarning, match=f"use sansio_tl_transports.{loop}, or another thread") as caught:
        run(use(data_center))
    assert [each.filename for each in caught] == [__file__], "the line of the program is shown"


def test_blocking_sockets_in_a_thread_of_an_event_loop_are_fine(data_center: RunningDataCenter) -> None:
    def use() -> None:
        with open_client(data_center.client_config()):
            pass

    async def scenario() -> None:
        await asyncio.to_thread(use)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(scenario())
