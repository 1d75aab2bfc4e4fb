"""What must hold in every store when its clock is set forward."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sansio_tl_transports.stores import LeaseLostError, SessionStore, StoredData


def step_forward_takes_the_lease(store: SessionStore, step: Callable[[], object]) -> None:
    """`step` sets the clock forward by more than 60 s: another client gets the lease, and the first one is fenced."""
    first = store.acquire("alice", "first", 60)
    version = store.save(first, b"1", version=0)
    step()
    second = store.acquire("alice", "second", 60)
    for stale in (
        lambda: store.save(first, b"stale", version=version),
        lambda: store.renew(first, 60),
        lambda: store.delete(first, version=version),
    ):
        with pytest.raises(LeaseLostError):
            stale()
    assert store.load("alice") == StoredData(b"1", version)
    store.save(second, b"2", version=version)
