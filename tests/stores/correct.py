"""A store in memory that keeps the contract, as the base of stores with one fault each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sansio_tl_transports.stores import LeaseHeldError, StoredData
from sansio_tl_transports.stores.base import (
    Lease,
    check_data,
    check_lease,
    check_name,
    check_owner,
    check_seconds,
    check_version,
)
from sansio_tl_transports.stores.errors import LeaseLostError, StoreConflictError
from tests.stores.clocks import FakeClock


@dataclass
class Record:
    """What is known of a name."""

    token: int = 0
    owner: str | None = None
    expires: float = 0.0
    version: int = 0
    data: bytes | None = None


@dataclass
class CorrectStore:
    """Several of them share `records`."""

    records: dict[str, Record] = field(default_factory=dict)
    clock: Callable[[], float] = field(default_factory=FakeClock)
    closed: int = 0

    def record(self, name: str) -> Record:
        """The record of a name, which may be new."""
        return self.records.setdefault(name, Record())

    def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        """Get the lease of a name."""
        check_owner(owner)
        check_seconds(seconds)
        record = self.record(check_name(name))
        if record.owner not in {None, owner} and record.expires > self.clock():
            raise LeaseHeldError(name, str(record.owner), record.expires - self.clock())
        record.token, record.owner, record.expires = record.token + 1, owner, self.clock() + seconds
        return Lease(name, record.token, owner)

    def is_current(self, lease: Lease) -> bool:
        """Whether the lease is the latest one of its name."""
        record = self.records.get(lease.name, Record(token=-1))
        return (record.token, record.owner) == (lease.token, lease.owner)

    def fenced(self, lease: Lease) -> Record:
        """The record of a lease that is the latest one."""
        if not self.is_current(check_lease(lease)):
            raise LeaseLostError("the lease is lost")
        return self.records[lease.name]

    def renew(self, lease: Lease, seconds: float) -> None:
        """Extend the lease."""
        check_seconds(seconds)
        self.fenced(lease).expires = self.clock() + seconds

    def release(self, lease: Lease) -> None:
        """Let others acquire it."""
        if self.is_current(lease):
            self.records[lease.name].owner = None

    def load(self, name: str) -> StoredData | None:
        """What is stored."""
        record = self.records.get(check_name(name), Record())
        return None if record.data is None else StoredData(record.data, record.version)

    def replaced(self, lease: Lease, version: int) -> Record:
        """The record of a lease, if the expected version is stored."""
        record = self.fenced(lease)
        if check_version(version) != (0 if record.data is None else record.version):
            raise StoreConflictError("another version is stored")
        return record

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        """Replace the stored version."""
        record = self.replaced(lease, version)
        record.data = check_data(lease.name, data)
        record.version += 1
        return record.version

    def delete(self, lease: Lease, *, version: int) -> None:
        """Delete the stored version."""
        self.replaced(lease, version).data = None

    def names(self) -> list[str]:
        """The names under which something is stored."""
        return sorted(name for name, record in self.records.items() if record.data is not None)

    def close(self) -> None:
        """Count the calls."""
        self.closed += 1

    def copy(self) -> dict[str, Record]:
        """What is stored now."""
        return {name: replace(record) for name, record in self.records.items()}
