"""What a data center stores for each auth key: the logged-in account, and the progress of a login.

A temporary key that is bound to a permanent one is the same device.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sansio_tl import functions, types
from sansio_tl.crypto.srp import SrpChallenge
from sansio_tl.errors import KnownRpcError
from sansio_tl.testing.accounts import DAY, Account


@dataclass(slots=True, eq=False)
class KeyAuthorization:
    """The authorization of one auth key."""

    key_id: bytes = field(repr=False)
    account: Account | None = None
    """The logged-in account."""
    since: float = 0.0
    """Time of the login."""
    active_at: float = 0.0
    """Time of the last activity."""
    hash: int = 0
    """Names the session in account.getAuthorizations; generated at the login."""
    awaits_password_of: Account | None = None
    """The account whose code was right and whose password is still missing."""
    ended_by: type[KnownRpcError] | None = None
    """Why the device was logged out: the error of the next request."""
    unconfirmed: bool = False
    """Whether the user has not confirmed the session yet."""
    encrypted_requests_disabled: bool = False
    call_requests_disabled: bool = False
    challenge: tuple[int, SrpChallenge] | None = field(default=None, repr=False)
    """srp_id and secret of the attempt that account.getPassword offered last."""
    offered_salts: tuple[bytes, bytes] | None = field(default=None, repr=False)
    """The salts that account.getPassword proposed last for a new password."""
    pnv: PnvIntent | None = field(default=None, repr=False)
    """A pending Firebase PNV login."""
    init: functions.InitConnection[Any] | None = field(default=None, repr=False)
    """What the application sent in initConnection; None before that."""

    def log_in(self, account: Account, now: float, session_hash: int) -> None:
        """Log `account` in with this key."""
        self.log_out()
        self.account, self.since, self.active_at, self.hash = account, now, now, session_hash

    def log_out(self, ended_by: type[KnownRpcError] | None = None) -> None:
        """Log the key out."""
        self.account = self.awaits_password_of = self.challenge = self.pnv = None
        self.ended_by = ended_by
        self.unconfirmed = self.encrypted_requests_disabled = self.call_requests_disabled = False
        self.hash = 0

    def is_idle(self, now: float) -> bool:
        """Whether the session has been idle for as long as the account allows."""
        return self.account is not None and now >= self.active_at + self.account.session_ttl_days * DAY

    def describe(self, *, current: bool, country: str) -> types.Authorization:
        """The session, as in account.getAuthorizations."""
        init = self.init
        return types.Authorization(
            current=current,
            encrypted_requests_disabled=self.encrypted_requests_disabled,
            call_requests_disabled=self.call_requests_disabled,
            unconfirmed=self.unconfirmed,
            hash=0 if current else self.hash,
            device_model="" if init is None else init.device_model,
            platform="",
            system_version="" if init is None else init.system_version,
            api_id=0 if init is None else init.api_id,
            app_name="",
            app_version="" if init is None else init.app_version,
            date_created=int(self.since),
            date_active=int(self.active_at),
            ip="127.0.0.1",
            country=country,
            region="",
        )


@dataclass(slots=True)
class PnvIntent:
    """A pending Firebase PNV login: the nonce, and the number that was proven."""

    nonce: str = field(repr=False)
    except_ids: frozenset[int] = frozenset()
    """The accounts that are logged in on that device already."""
    number: str | None = field(default=None, repr=False)
    """The number for which the terms of service were shown: only the sign-up is missing."""


class KeyAuthorizations:
    """All auth keys of a data center."""

    def __init__(self) -> None:
        self._devices: dict[bytes, KeyAuthorization] = {}

    def __len__(self) -> int:
        return len(self._devices)

    def __iter__(self) -> Iterator[KeyAuthorization]:
        return iter(self._devices.values())

    def of(self, key_id: bytes) -> KeyAuthorization:
        """The device with that auth key id; a new one is logged out."""
        return self._devices.setdefault(key_id, KeyAuthorization(key_id))

    def is_used(self, key_id: bytes) -> bool:
        """Whether that auth key is logged in, or about to be."""
        device = self._devices.get(key_id)
        return device is not None and (device.account is not None or device.awaits_password_of is not None)

    def forget(self, key_id: bytes) -> None:
        """Remove the key."""
        self._devices.pop(key_id, None)

    def of_account(self, account: Account) -> list[KeyAuthorization]:
        """Every device on which `account` is logged in."""
        return [device for device in self._devices.values() if device.account is account]
