"""The errors of session stores. Their texts say what to do, and contain nothing of the stored data."""

from __future__ import annotations

from sansio_tl_transports._shared.escape_text import shortened, visible


def described(owner: str) -> str:
    """An owner for error messages: another program may have stored any text."""
    return visible(shortened(owner, 256))


class StoreError(Exception):
    """A store did not do what it was asked to do; the stored session is as it was."""


class StoreUnavailableError(StoreError):
    """The store cannot be reached, is too slow, locked or full. It may pass: the operation can be tried again.

    Whether the operation took effect may be unknown. Saving again is safe: `save` compares the version.
    """


class StoreConflictError(StoreError):
    """The stored session has another version than expected: it was saved or deleted in the meantime."""


class StoredDataError(StoreError):
    """What is stored cannot be read: it is damaged, of a newer version, or encrypted with another key. It is kept."""


class LeaseHeldError(StoreError):
    """Another client has the lease of the session."""

    def __init__(self, name: str, owner: str, expires_in: float) -> None:
        super().__init__(
            f"session {name!r} is in use by {described(owner)}; its lease expires in {expires_in:.0f} s unless it is "
            "renewed: stop that process, or wait"
        )
        self.name = name
        self.owner = owner
        """Host, process and a random text: see `new_owner`."""
        self.expires_in = expires_in
        """Seconds until the lease expires, unless it is renewed."""


class LeaseLostError(StoreError):
    """The lease has expired, or another client has it: this one must stop. What it would save is refused."""
