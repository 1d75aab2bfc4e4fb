"""What the processes of `sansio_tl_transports.stores.contract` run."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from sansio_tl_transports.stores.base import Lease, SessionStore
from sansio_tl_transports.stores.errors import LeaseHeldError, StoreConflictError

Factory = Callable[[], SessionStore]


def increment(store: SessionStore, lease: Lease, times: int) -> None:
    """Add 1 to the stored number so many times, whatever others do."""
    while times:
        stored = store.load(lease.name)
        number, version = (int(stored.data), stored.version) if stored is not None else (0, 0)
        try:
            store.save(lease, str(number + 1).encode(), version=version)
        except StoreConflictError:
            continue
        times -= 1


def run_increments(factory: Factory, begin: Connection, lease: Lease, times: int) -> None:
    """`increment`, beginning with the other process."""
    store = factory()
    begin.send("ready")
    begin.recv()
    increment(store, lease, times)
    store.close()
    begin.send("done")


def run_acquires(factory: Factory, begin: Connection, owner: str, names: Sequence[str]) -> None:
    """Try to get each of these leases, at a time that the other process shares; sends the names of those received."""
    store = factory()
    begin.send("ready")
    start = begin.recv()
    got = []
    for number, name in enumerate(names):
        while time.time() < start + 0.02 * number:
            pass
        try:
            store.acquire(name, owner, 600)
        except LeaseHeldError:
            continue
        got.append(name)
    store.close()
    begin.send(got)


STEPS: tuple[tuple[str, Callable[[SessionStore, dict[str, Any]], None]], ...] = (
    ("acquire", lambda store, state: state.update(lease=store.acquire("crash", "first", state["seconds"]))),
    ("save", lambda store, state: state.update(version=store.save(state["lease"], b"one", version=0))),
    ("renew", lambda store, state: store.renew(state["lease"], state["seconds"])),
    (
        "replace",
        lambda store, state: state.update(version=store.save(state["lease"], b"two", version=state["version"])),
    ),
    ("delete", lambda store, state: store.delete(state["lease"], version=state["version"])),
    ("save again", lambda store, state: state.update(version=store.save(state["lease"], b"three", version=0))),
    ("release", lambda store, state: store.release(state["lease"])),
)
"""The life of a session. The process is killed after each of them."""
STORED_AFTER = (None, None, b"one", b"one", b"two", None, b"three", b"three")
"""What is stored after so many steps."""


def run_and_crash(factory: Factory, steps: int, seconds: float) -> None:
    """Do so many steps, and end as after a power failure."""
    store, state = factory(), {"seconds": seconds}
    for _, step in STEPS[:steps]:
        step(store, state)
    kill_self()


def run_until_killed(factory: Factory, begin: Connection, lease: Lease) -> None:
    """Save growing numbers for ever; sends each that was confirmed."""
    store = factory()
    version = number = 0
    while True:
        number += 1
        version = store.save(lease, signed(number), version=version)
        begin.send((number, version))


def signed(number: int) -> bytes:
    """Data of some thousand bytes which show if a part is missing."""
    body = f"{number} ".encode() * 1000
    return hashlib.sha256(body).digest() + body


def number_in(data: bytes) -> int | None:
    """The number in `signed` data; None if it is damaged."""
    return int(data[32:].split(b" ")[0]) if hashlib.sha256(data[32:]).digest() == data[:32] else None


def kill_self() -> None:
    """End this process without any cleanup."""
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(1)
