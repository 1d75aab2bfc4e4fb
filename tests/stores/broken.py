"""Stores with one fault each, which the contract must find. Collected only by tests/stores/test_contract.py."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sansio_tl_transports.stores import FileStore, FolderStore, Lease, LeaseHeldError, SessionStore, StoredData
from sansio_tl_transports.stores.base import check_data
from sansio_tl_transports.stores.contract import StoreContract
from tests.stores.test_local_stores import LocalStoreContract


class LastWriterWins(FolderStore):
    """Ignores the expected version."""

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        check_data(lease.name, data)
        with self._file(lease.name).locked() as file:
            record = file.fenced(lease)
            record.version += 1
            record.data = b64encode(data).decode()
            file.write()
            return record.version


class Unfenced(FolderStore):
    """Saves with any lease."""

    def _current(self, lease: Lease) -> Lease:
        with self._file(lease.name).locked() as file:
            record = file.record(lease.name)
            return Lease(lease.name, record.token, record.owner or lease.owner)

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        return super().save(self._current(lease), data, version=version)


class ComparesTokensOnly(FolderStore):
    """Takes a lease of another owner for the latest one."""

    def _current(self, lease: Lease) -> Lease:
        with self._file(lease.name).locked() as file:
            record = file.record(lease.name)
            return Lease(lease.name, lease.token, record.owner or lease.owner)

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        return super().save(self._current(lease), data, version=version)


class RenewsReleasedLeases(FolderStore):
    """Takes the owner of a lease from the caller."""

    def renew(self, lease: Lease, seconds: float) -> None:
        with self._file(lease.name).locked() as file:
            record = file.record(lease.name)
            if record.token == lease.token:
                record.owner = lease.owner
                file.write()
        super().renew(lease, seconds)


class AcceptsAnyTime(FileStore):
    """Stores a time as it is given."""

    def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        lease = super().acquire(name, owner, 60)
        with self._file(name).locked() as file:
            file.record(name).expires = seconds
            file.write()
        return lease


class ChecksThenWrites(FileStore):
    """Not atomic: reads the lease, and writes it later."""

    def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        file = self._file(name)
        file.read()
        record, now = file.record(name), self._clock()
        if record.owner is not None and record.owner != owner and record.expires > now:
            raise LeaseHeldError(name, record.owner, record.expires - now)
        time.sleep(0.005)
        record.token += 1
        record.owner, record.expires = owner, now + seconds
        with self._file(name).locked() as latest:
            latest.contents = file.contents
            latest.write()
        return Lease(name, record.token, owner)


class Forgetful(FolderStore):
    """Forgets versions and tokens with `delete`."""

    def delete(self, lease: Lease, *, version: int) -> None:
        super().delete(lease, version=version)
        with self._file(lease.name).locked() as file:
            file.contents.sessions.clear()
            file.write()


class KeptInMemory(FolderStore):
    """Confirms before it has written."""

    _waiting: dict[str, tuple[Lease, bytes, int]] | None = None

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        self._write()
        self._waiting = {lease.name: (lease, data, version)}
        stored = super().load(lease.name)
        return (stored.version if stored else version) + 1

    def load(self, name: str) -> StoredData | None:
        self._write()
        return super().load(name)

    def _write(self) -> None:
        waiting, self._waiting = self._waiting or {}, None
        for lease, data, version in waiting.values():
            super().save(lease, data, version=version)


class BrokenContract(LocalStoreContract):
    kind: Any

    @pytest.fixture
    def factory(self, tmp_path: Path, clock: Any) -> Callable[[], SessionStore]:
        return partial(self.kind, tmp_path / "sessions", clock=clock)


class TestLastWriterWins(BrokenContract):
    kind = LastWriterWins


class TestUnfenced(BrokenContract):
    kind = Unfenced


class TestComparesTokensOnly(BrokenContract):
    kind = ComparesTokensOnly


class TestRenewsReleasedLeases(BrokenContract):
    kind = RenewsReleasedLeases


class TestAcceptsAnyTime(BrokenContract):
    kind = AcceptsAnyTime


class TestChecksThenWrites(BrokenContract):
    kind = ChecksThenWrites


class TestForgetful(BrokenContract):
    kind = Forgetful


class TestKeptInMemory(BrokenContract):
    kind = KeptInMemory


__all__ = ["StoreContract"]
