"""The texts of errors that all stores raise in the same cases."""

from __future__ import annotations

from sansio_tl_transports.stores.base import Lease
from sansio_tl_transports.stores.errors import LeaseHeldError, LeaseLostError, StoreConflictError, described


def held(name: str, owner: str, expires_in: float) -> LeaseHeldError:
    """Another owner has the lease."""
    return LeaseHeldError(name, owner, max(0.0, expires_in))


def lost(lease: Lease, owner: str | None) -> LeaseLostError:
    """The lease is released, or there is a later one."""
    taken = f"{described(owner)} has it" if owner else "it was released, or a later client has had it"
    return LeaseLostError(
        f"the lease of session {lease.name!r} is lost: {taken}. Nothing was saved. Run one client for each session; if "
        "this one was suspended for longer than its lease, start it again"
    )


def conflict(name: str, expected: int, found: int) -> StoreConflictError:
    """Another version is stored."""
    return StoreConflictError(
        f"cannot replace version {expected} of session {name!r}: "
        + (f"version {found} is stored" if found else "nothing is stored")
        + ". Nothing was saved. The store was restored from a backup, lost a write, or was changed by another program: "
        "open the session again"
    )
