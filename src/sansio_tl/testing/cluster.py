"""State that several data centers share: accounts, addresses, and what passes from one to another - a login by QR code,
an exported authorization, a passkey ceremony.

Pass the same `Cluster` to several data centers. Each of them has its own keys and codes; the rest is here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Protocol

from sansio_tl import types
from sansio_tl.testing.accounts import Account, Accounts
from sansio_tl.testing.expiring_items import ExpiringItems

EXPORT_LIFE = 60.0
"""Lifetime of auth.exportedAuthorization. Telegram does not document it; a minute is enough on loopback."""


class ClusterMember(Protocol):
    """The interface of data centers to each other."""

    def push_to_key(self, key_id: bytes, updates: types.TypeUpdates, *, now: float) -> int:
        """Send updates to the sessions of a device; returns how many there are."""
        ...

    def push_to_account(self, account: Account, updates: types.TypeUpdates, *, now: float) -> int:
        """Send updates to the sessions of all devices of an account at this data center; returns how many there are."""
        ...

    def disconnect(self, key_id: bytes, *, now: float) -> None:
        """Close the connections of a device that another one has logged out."""


@dataclass(slots=True, eq=False)
class LoginToken:
    """A QR code that is being shown."""

    token: bytes = field(repr=False)
    dc_id: int
    """The data center to which the device that shows it is connected."""
    key_id: bytes = field(repr=False)
    """The device that shows it."""
    except_ids: frozenset[int]
    expires_at: float
    accepted_by: Account | None = None
    device_hash: int = 0
    """The hash of the session that it creates, as in the answer to auth.acceptLoginToken."""
    migrated_to: int | None = None
    """The data center in auth.loginTokenMigrateTo; None for a token that is shown."""


@dataclass(frozen=True, slots=True)
class Exported:
    """An exported authorization that has not been imported yet."""

    account: Account
    dc_id: int
    secret: bytes = field(repr=False)
    expires_at: float


@dataclass(frozen=True, slots=True)
class PasskeyChallenge:
    """A passkey ceremony that was requested."""

    dc_id: int
    key_id: bytes = field(repr=False)
    account: Account | None
    """The account that registers a passkey; None for a login."""
    expires_at: float


class Cluster:
    """Shared by the data centers to which it is passed."""

    def __init__(self, accounts: Accounts | None = None) -> None:
        self.accounts = Accounts() if accounts is None else accounts
        self.addresses: dict[int, tuple[str, int]] = {}
        """Data center id -> host and port, as in help.getConfig."""
        self.data_centers: dict[int, ClusterMember] = {}
        """The data centers by id."""
        self.login_tokens: ExpiringItems[LoginToken] = ExpiringItems(lambda token: token.expires_at)
        self.exported: ExpiringItems[Exported] = ExpiringItems(lambda exported: exported.expires_at)
        self.challenges: ExpiringItems[PasskeyChallenge] = ExpiringItems(lambda challenge: challenge.expires_at)
        self.web_tokens: dict[str, tuple[Account, float]] = {}
        """Web auth tokens: account and expiry."""
        self.settled: set[str] = set()
        """Sandbox numbers whose account has been created."""
        self.floods: dict[str, float] = {}
        """Sandbox number -> until when it answers FLOOD_WAIT_X."""
        self.passed = 0.0
        """Seconds by which tests have advanced the time of accounts, codes and floods, but not of messages."""
        self.raised_once: set[tuple[str, str]] = set()
        """(sandbox number, name of the error) of errors that occur once and have occurred."""

    def __repr__(self) -> str:
        return f"<Cluster: data centers {sorted(self.data_centers)}, {len(self.accounts)} accounts>"


def same(one: bytes, other: bytes) -> bool:
    """Whether two secrets are equal, in constant time."""
    return compare_digest(one, other)
