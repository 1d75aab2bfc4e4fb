"""Our asyncio adapter: `connect`, or with the argument `account` `open_client`."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from calling import Target, take_orders
from loop import Orders
from ours import MAKE, client_config, config

import sansio_tl
from sansio_tl_transports.asyncio import connect, open_client


async def main() -> None:
    target = Target.from_arguments()
    opened: AbstractAsyncContextManager[Any] = (
        open_client(client_config(target))
        if "account" in sys.argv
        else connect((target.host, target.port), config(target))
    )

    async def call(make: Any) -> object:
        return await caller.invoke(make())

    async with opened as caller:
        calls = {name: partial(call, make) for name, make in MAKE.items()}
        await take_orders(Orders({"version": sansio_tl.__version__}), calls)


if __name__ == "__main__":
    asyncio.run(main())
