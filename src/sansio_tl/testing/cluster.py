"""What several data centers have in common: the people, where each data center is, and what is on its way from one to
another - a log-in by QR code, an authorization that was exported, a passkey ceremony.

Hand the same `World` to several data centers. Each of them knows its own keys and codes; the rest is here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Protocol, TypeVar

from sansio_tl import types
from sansio_tl.testing.accounts import Account, Accounts

V = TypeVar("V")

EXPORT_LIFE = 60.0
"""How long auth.exportedAuthorization is good. Not documented by Telegram; a minute is plenty on loopback."""


class ClusterMember(Protocol):
    """What data centers need of each other."""

    def push(self, key_id: bytes, update: types.TypeUpdate, *, now: float) -> None:
        """Tell a device something unasked."""

    def hang_up(self, key_id: bytes, *, now: float) -> None:
        """A device was logged out by another one: close its connections."""


@dataclass(slots=True, eq=False)
class LoginToken:
    """A QR code that is being shown."""

    token: bytes = field(repr=False)
    dc_id: int
    """Where the device that shows it is connected."""
    key_id: bytes = field(repr=False)
    """The device that shows it."""
    except_ids: frozenset[int]
    expires_at: float
    accepted_by: Account | None = None
    device_hash: int = 0
    """The hash of the session that it makes, as auth.acceptLoginToken tells it."""
    moved_to: int | None = None
    """The data center that auth.loginTokenMigrateTo named with it; None for a token that is shown."""


@dataclass(frozen=True, slots=True)
class Exported:
    """An authorization on its way to another data center."""

    account: Account
    dc_id: int
    secret: bytes = field(repr=False)
    expires_at: float


@dataclass(frozen=True, slots=True)
class PasskeyChallenge:
    """A passkey ceremony that was asked for."""

    dc_id: int
    key_id: bytes = field(repr=False)
    account: Account | None
    """Who registers; None for a log-in."""
    expires_at: float


class Cluster:
    """Shared by the data centers that it is handed to."""

    def __init__(self, accounts: Accounts | None = None) -> None:
        self.accounts = Accounts() if accounts is None else accounts
        self.addresses: dict[int, tuple[str, int]] = {}
        """Data Center id -> host and port, as help.getConfig tells them."""
        self.data_centers: dict[int, ClusterMember] = {}
        """The data centers by id."""
        self.login_tokens: Ephemera[LoginToken] = Ephemera(lambda token: token.expires_at)
        self.exported: Ephemera[Exported] = Ephemera(lambda exported: exported.expires_at)
        self.challenges: Ephemera[PasskeyChallenge] = Ephemera(lambda challenge: challenge.expires_at)
        self.web_tokens: dict[str, tuple[Account, float]] = {}
        """Web auth tokens: whose, and until when."""
        self.settled: set[str] = set()
        """Sandbox numbers whose account was made."""
        self.floods: dict[str, float] = {}
        """Sandbox number -> until when it answers FLOOD_WAIT_X."""
        self.passed = 0.0
        """Seconds that tests have let pass for accounts, codes and floods, and not for messages on the wire."""
        self.told: set[tuple[str, str]] = set()
        """(sandbox number, name of the error) of refusals that happen once and have happened."""

    def __repr__(self) -> str:
        return f"<World: data centers {sorted(self.data_centers)}, {len(self.accounts)} accounts>"


class Ephemera(dict[bytes, V]):
    """Things by a secret, each good until its time; those that are over make room for new ones."""

    def __init__(self, expires_at: Callable[[V], float]) -> None:
        super().__init__()
        self._expires_at = expires_at

    def __repr__(self) -> str:
        return f"Ephemera(<{len(self)}>)"

    def put(self, secret: bytes, value: V, now: float) -> None:
        """Remember something."""
        for known in [secret for secret, kept in self.items() if now >= self._expires_at(kept)]:
            del self[known]
        self[secret] = value

    def find(self, secret: bytes, now: float) -> V | None:
        """What is remembered under this secret and still good."""
        value = self.get(secret)
        return None if value is None or now >= self._expires_at(value) else value

    def take(self, secret: bytes, now: float) -> V | None:
        """The same, and forget it: it is good once."""
        value = self.find(secret, now)
        self.pop(secret, None)
        return value


def same(one: bytes, other: bytes) -> bool:
    """Whether two secrets are the same, without telling where they differ."""
    return compare_digest(one, other)
