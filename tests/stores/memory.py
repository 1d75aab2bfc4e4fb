"""A store in memory whose operations a test can make fail, hang or lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sansio_tl_transports.stores import Lease, LeaseHeldError, StoredData
from sansio_tl_transports.stores.errors import LeaseLostError, StoreConflictError
from tests.stores.clocks import FakeClock


@dataclass
class MemoryStore:
    clock: Callable[[], float] = field(default_factory=FakeClock)
    stored: dict[str, StoredData] = field(default_factory=dict)
    leases: dict[str, tuple[int, str | None, float]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    before: dict[str, Callable[[], object]] = field(default_factory=dict)
    """Method -> what happens before it: it may raise."""
    after: dict[str, Callable[[], object]] = field(default_factory=dict)

    def _begin(self, method: str) -> None:
        self.calls.append(method)
        self.before.get(method, lambda: None)()

    def _end(self, method: str) -> None:
        self.after.get(method, lambda: None)()

    def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        self._begin("acquire")
        token, holder, expires = self.leases.get(name, (0, None, 0.0))
        if holder not in {None, owner} and expires > self.clock():
            raise LeaseHeldError(name, str(holder), expires - self.clock())
        self.leases[name] = token + 1, owner, self.clock() + seconds
        self._end("acquire")
        return Lease(name, token + 1, owner)

    def _check(self, lease: Lease) -> None:
        if self.leases[lease.name][:2] != (lease.token, lease.owner):
            raise LeaseLostError(f"the lease is lost: {self.leases[lease.name][1]} has it")

    def renew(self, lease: Lease, seconds: float) -> None:
        self._begin("renew")
        self._check(lease)
        self.leases[lease.name] = lease.token, lease.owner, self.clock() + seconds
        self._end("renew")

    def release(self, lease: Lease) -> None:
        self._begin("release")
        if self.leases[lease.name][:2] == (lease.token, lease.owner):
            self.leases[lease.name] = lease.token, None, 0.0

    def load(self, name: str) -> StoredData | None:
        self._begin("load")
        return self.stored.get(name)

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        self._begin("save")
        self._check(lease)
        found = self.stored[lease.name].version if lease.name in self.stored else 0
        if found != version:
            raise StoreConflictError(f"version {found} is stored, not {version}")
        self.stored[lease.name] = StoredData(data, found + 1)
        self._end("save")
        return found + 1

    def delete(self, lease: Lease, *, version: int) -> None:
        raise NotImplementedError

    def names(self) -> list[str]:
        self._begin("names")
        return sorted(self.stored)

    def close(self) -> None:
        pass


class AsyncMemoryStore:
    """The same with awaitable calls."""

    def __init__(self, inside: MemoryStore) -> None:
        self._inside = inside

    async def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        return self._inside.acquire(name, owner, seconds)

    async def renew(self, lease: Lease, seconds: float) -> None:
        self._inside.renew(lease, seconds)

    async def release(self, lease: Lease) -> None:
        self._inside.release(lease)

    async def load(self, name: str) -> StoredData | None:
        return self._inside.load(name)

    async def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        return self._inside.save(lease, data, version=version)

    async def delete(self, lease: Lease, *, version: int) -> None:
        self._inside.delete(lease, version=version)

    async def names(self) -> list[str]:
        return self._inside.names()

    async def close(self) -> None:
        pass


def raising(error: BaseException, times: int = 10**9) -> Callable[[], Any]:
    """Raises the error so many times."""
    left = [times]

    def call() -> None:
        if left[0]:
            left[0] -= 1
            raise error

    return call
