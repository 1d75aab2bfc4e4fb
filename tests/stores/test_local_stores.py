"""The stores that need no server keep the contract."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from sansio_tl_transports.stores import MAX_DATA, EncryptedStore, FileStore, FolderStore, SessionStore, SQLiteStore
from sansio_tl_transports.stores.contract import StoreContract
from tests.stores.clocks import FakeClock


class LocalStoreContract(StoreContract):
    @pytest.fixture(autouse=True)
    def clock(self) -> FakeClock:
        self._clock = FakeClock()
        return self._clock

    def pass_time(self, seconds: float) -> None:
        self._clock.now += seconds


class TestFileStore(LocalStoreContract):
    @pytest.fixture
    def factory(self, tmp_path: Path, clock: FakeClock) -> Callable[[], SessionStore]:
        return partial(FileStore, tmp_path / "sessions.json", clock=clock)


class TestFolderStore(LocalStoreContract):
    @pytest.fixture
    def factory(self, tmp_path: Path, clock: FakeClock) -> Callable[[], SessionStore]:
        return partial(FolderStore, tmp_path / "sessions", clock=clock)


class TestSQLiteStore(LocalStoreContract):
    @pytest.fixture
    def factory(self, tmp_path: Path, clock: FakeClock) -> Callable[[], SessionStore]:
        return partial(SQLiteStore, tmp_path / "sessions.db", clock=clock)


class TestSQLiteStoreWithRealClock(StoreContract):
    @pytest.fixture
    def factory(self, tmp_path: Path) -> Callable[[], SessionStore]:
        return partial(SQLiteStore, tmp_path / "sessions.db")


def encrypted(path: Path, clock: FakeClock) -> EncryptedStore:
    return EncryptedStore(FolderStore(path, clock=clock), [b"k" * 32])


class TestEncryptedStore(LocalStoreContract):
    max_data = MAX_DATA - 41

    @pytest.fixture
    def factory(self, tmp_path: Path, clock: FakeClock) -> Callable[[], SessionStore]:
        return partial(encrypted, tmp_path / "sessions", clock)
