"""Our trio adapter: `connect`, or with the argument `account` `open_client`."""

from __future__ import annotations

import gc
import sys
from contextlib import AbstractAsyncContextManager
from typing import Any

import trio
from calling import Target, cpu, shares
from loop import Orders
from ours import MAKE, client_config, config

import sansio_tl
from sansio_tl_transports.trio import connect, open_client


async def main() -> None:
    target = Target.from_arguments()
    opened: AbstractAsyncContextManager[Any] = (
        open_client(client_config(target))
        if "account" in sys.argv
        else connect((target.host, target.port), config(target))
    )
    async with opened as caller:
        orders = Orders({"version": f"{sansio_tl.__version__}, trio {trio.__version__}"})
        while (order := await trio.to_thread.run_sync(orders.next)) is not None:
            try:
                orders.reply(await carry_out(order, caller))
            except Exception as error:  # noqa: BLE001
                orders.fail(error)


async def carry_out(order: dict[str, Any], caller: Any) -> dict[str, Any]:
    make = MAKE[order["name"]]

    async def call_repeatedly(number: int) -> None:
        for _ in range(number):
            await caller.invoke(make())

    gc.collect()
    began = cpu()
    async with trio.open_nursery() as nursery:
        for number in shares(order["loops"], int(order["op"])):
            nursery.start_soon(call_repeatedly, number)
    return {"seconds": cpu() - began}


if __name__ == "__main__":
    trio.run(main)
