"""Our blocking adapter: `connect`, or with the argument `account` `open_client`. Concurrent callers are threads."""

from __future__ import annotations

import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

from calling import Target, cpu, shares
from loop import Orders
from ours import MAKE, client_config, config

import sansio_tl
from sansio_tl_transports.sync import connect, open_client


def main() -> None:
    target = Target.from_arguments()
    opened: AbstractContextManager[Any] = (
        open_client(client_config(target))
        if "account" in sys.argv
        else connect((target.host, target.port), config(target))
    )
    with opened as caller, ThreadPoolExecutor(100) as threads:

        def call_repeatedly(order: dict[str, Any], number: int) -> None:
            make = MAKE[order["name"]]
            for _ in range(number):
                caller.invoke(make())

        def time(order: dict[str, Any]) -> dict[str, Any]:
            numbers = shares(order["loops"], int(order["op"]))
            gc.collect()
            began = cpu()
            if len(numbers) == 1:
                call_repeatedly(order, numbers[0])
            else:
                for done in [threads.submit(call_repeatedly, order, number) for number in numbers]:
                    done.result()
            return {"seconds": cpu() - began}

        Orders({"version": sansio_tl.__version__}).run({"time": time})


if __name__ == "__main__":
    main()
