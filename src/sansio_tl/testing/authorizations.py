"""What a data center knows of each auth key: who is logged in with it, and how far somebody is on the way in.

A temporary key that is bound to a permanent one is the same device.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sansio_tl import functions, types
from sansio_tl.crypto.srp import SrpChallenge
from sansio_tl.errors import KnownRpcError
from sansio_tl.testing.accounts import DAY, Account


@dataclass(slots=True, eq=False)
class KeyAuthorization:
    """One auth key."""

    key_id: bytes = field(repr=False)
    account: Account | None = None
    """Who is logged in."""
    since: float = 0.0
    """When they logged in."""
    active_at: float = 0.0
    """When they did something last."""
    hash: int = 0
    """Names the session in account.getAuthorizations; drawn at the log-in."""
    awaits_password_of: Account | None = None
    """Whose code was right but whose password is still missing."""
    ended_by: type[KnownRpcError] | None = None
    """Why nobody is logged in any more: the answer to the next request."""
    unconfirmed: bool = False
    """Whether the session is new to the account's owner."""
    encrypted_requests_disabled: bool = False
    call_requests_disabled: bool = False
    challenge: tuple[int, SrpChallenge] | None = field(default=None, repr=False)
    """srp_id and secret of the one try that account.getPassword offered last."""
    offered_salts: tuple[bytes, bytes] | None = field(default=None, repr=False)
    """The salts that account.getPassword proposed last for a new password."""
    tmp_password: tuple[bytes, float] | None = field(default=None, repr=False)
    """account.tmpPassword: the password and until when it is good."""
    pnv: PnvIntent | None = field(default=None, repr=False)
    """A Firebase PNV log-in that has begun."""
    init: functions.InitConnection[Any] | None = field(default=None, repr=False)
    """What the application told of itself with initConnection; None before that."""

    def log_in(self, account: Account, now: float, session_hash: int) -> None:
        """The key belongs to `account` from now on."""
        self.log_out()
        self.account, self.since, self.active_at, self.hash = account, now, now, session_hash

    def log_out(self, ended_by: type[KnownRpcError] | None = None) -> None:
        """The key belongs to nobody."""
        self.account = self.awaits_password_of = self.challenge = self.tmp_password = self.pnv = None
        self.ended_by = ended_by
        self.unconfirmed = self.encrypted_requests_disabled = self.call_requests_disabled = False
        self.hash = 0

    def is_idle(self, now: float) -> bool:
        """Whether nobody has used the session for as long as the account's owner allows."""
        return self.account is not None and now >= self.active_at + self.account.session_ttl_days * DAY

    def describe(self, *, current: bool, country: str) -> types.Authorization:
        """The session, as account.getAuthorizations tells it."""
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
    """A Firebase PNV log-in: the nonce that was given, and the number that was proven."""

    nonce: str = field(repr=False)
    number: str | None = field(default=None, repr=False)
    """Whose terms of service were shown: only the sign-up is left."""


class KeyAuthorizations:
    """All auth keys of a data center."""

    def __init__(self) -> None:
        self._devices: dict[bytes, KeyAuthorization] = {}

    def of(self, key_id: bytes) -> KeyAuthorization:
        """The device of that auth key id; a new one belongs to nobody."""
        return self._devices.setdefault(key_id, KeyAuthorization(key_id))

    def is_used(self, key_id: bytes) -> bool:
        """Whether somebody is logged in, or about to be, with that auth key."""
        device = self._devices.get(key_id)
        return device is not None and (device.account is not None or device.awaits_password_of is not None)

    def forget(self, key_id: bytes) -> None:
        """The key is no more."""
        self._devices.pop(key_id, None)

    def of_account(self, account: Account) -> list[KeyAuthorization]:
        """Every device that `account` is logged in on."""
        return [device for device in self._devices.values() if device.account is account]
