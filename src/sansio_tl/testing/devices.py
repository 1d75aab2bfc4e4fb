"""What a data centre knows of each auth key: who is logged in with it, and how far somebody is on the way in.

A temporary key that is bound to a permanent one is the same device.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sansio_tl.crypto.srp import Challenge
from sansio_tl.testing.accounts import Account


@dataclass(slots=True, eq=False)
class Device:
    """One auth key."""

    key_id: bytes
    account: Account | None = None
    """Who is logged in."""
    since: float = 0.0
    """When they logged in."""
    awaits_password_of: Account | None = None
    """Whose code was right but whose password is still missing."""
    challenge: tuple[int, Challenge] | None = field(default=None, repr=False)
    """srp_id and secret of the one try that account.getPassword offered last."""
    initialised: bool = False
    """Whether initConnection was called."""

    def log_in(self, account: Account, now: float) -> None:
        """The key belongs to `account` from now on."""
        self.account, self.since = account, now
        self.awaits_password_of = self.challenge = None

    def log_out(self) -> None:
        """The key belongs to nobody."""
        self.account = self.awaits_password_of = self.challenge = None


class Devices:
    """All auth keys of a data centre."""

    def __init__(self) -> None:
        self._devices: dict[bytes, Device] = {}

    def of(self, key_id: bytes) -> Device:
        """The device of that auth key id; a new one belongs to nobody."""
        return self._devices.setdefault(key_id, Device(key_id))

    def forget(self, key_id: bytes) -> None:
        """The key is no more."""
        self._devices.pop(key_id, None)

    def of_account(self, account: Account) -> list[Device]:
        """Every device that `account` is logged in on."""
        return [device for device in self._devices.values() if device.account is account]
