"""How long a handshake stalls the event loop of an adapter: `python -m benchmarks.session.loop_stalls`.

A task sleeps for half a millisecond again and again, and notes how late it wakes, while an adapter makes the handshake
of a connection, as client and as server; the peer is another process. The longest delay of a handshake, in
milliseconds: of 25 handshakes the tenth percentile, because other programs delay the task, too.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from multiprocessing.connection import Connection as Pipe
from random import Random
from types import ModuleType
from typing import Any

import trio

from sansio_tl import Config, RsaPrivateKey
from sansio_tl.crypto import modular
from sansio_tl.testing import DataCenter, DataCenterConfig
from sansio_tl_transports import asyncio as on_asyncio
from sansio_tl_transports import sync
from sansio_tl_transports import trio as on_trio

RSA = RsaPrivateKey.generate(Random("rsa").randbytes)
ROUNDS = 25
TICK = 0.0005


def data_center() -> DataCenter:
    """A data center."""
    settings = DataCenterConfig(private_key=RSA, offload_handshake=True)
    return DataCenter(settings, entropy=os.urandom, now=time.time())


def config() -> Config:
    """A client that knows its key."""
    return Config(api_id=1, public_keys=(RSA.public_key,))


def at_once(_: object, job: Callable[[], object], done: Callable[[object], None]) -> None:
    """Compute in the loop."""
    done(job())


def peer(pipe: Pipe) -> None:
    """The other process: serves, and connects to the address that it gets."""
    with sync.serve(data_center()) as server:
        pipe.send(server.address)
        while (address := pipe.recv()) is not None:
            with sync.connect(address, config()):
                pipe.send(None)


class Stalls:
    """The longest delay of the task that wakes again and again."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self, sleep: Callable[[float], Awaitable[object]]) -> None:
        """Run this in a task."""
        while True:
            began = time.perf_counter()
            await sleep(TICK)
            self.longest = max(self.longest, time.perf_counter() - began - TICK)


@contextlib.asynccontextmanager
async def watching_asyncio() -> AsyncIterator[Stalls]:
    """Watch a loop of asyncio."""
    stalls = Stalls()
    task = asyncio.create_task(stalls.watch(asyncio.sleep))
    try:
        yield stalls
    finally:
        task.cancel()


@contextlib.asynccontextmanager
async def watching_trio() -> AsyncIterator[Stalls]:
    """Watch a run of trio."""
    stalls = Stalls()
    async with trio.open_nursery() as tasks:
        tasks.start_soon(stalls.watch, trio.sleep)
        yield stalls
        tasks.cancel_scope.cancel()


async def measure(adapter: ModuleType, pipe: Pipe, address: Any, role: str) -> float:
    """Make handshakes; returns the tenth percentile of their longest delays, in seconds."""
    uses_trio = adapter is on_trio
    in_thread: Any = trio.to_thread.run_sync if uses_trio else asyncio.to_thread
    sleep: Any = trio.sleep if uses_trio else asyncio.sleep
    watching = watching_trio if uses_trio else watching_asyncio
    longest = []
    async with watching() as stalls, adapter.serve(data_center()) as server:
        for _ in range(ROUNDS):
            await sleep(0.05)
            stalls.longest = 0.0
            if role == "server":
                pipe.send(server.address)
                await in_thread(pipe.recv)
            else:
                async with adapter.connect(address, config()):
                    pass
            longest.append(stalls.longest)
    return sorted(longest)[len(longest) // 10]


def run(library: ModuleType, main: Callable[[], Any]) -> float:
    """Run a coroutine function."""
    result: float = trio.run(main) if library is trio else asyncio.run(main())
    return result


def main() -> None:
    """Print a table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--pow", action="store_true", help="without gmpy2")
    if arguments.parse_args().pow:
        modular.long_power = lambda: modular.power_in_steps  # type: ignore[assignment]
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=peer, args=(there,))
    process.start()
    address = here.recv()
    print(f"Python {sys.version.split()[0]}; milliseconds\n")
    print(f"{'adapter':10}{'computations':16}{'client':>8}{'server':>8}")
    for adapter, library in ((on_asyncio, asyncio), (on_trio, trio)):
        in_thread = adapter._backend.Backend.run_job  # noqa: SLF001
        for where, run_job in (("in the loop", at_once), ("in a thread", in_thread)):
            adapter._backend.Backend.run_job = run_job  # noqa: SLF001
            line = [
                run(library, partial(measure, adapter, here, address, role)) * 1000 for role in ("client", "server")
            ]
            print(f"{library.__name__:10}{where:16}{line[0]:8.1f}{line[1]:8.1f}")
    here.send(None)
    process.join()


if __name__ == "__main__":
    main()
