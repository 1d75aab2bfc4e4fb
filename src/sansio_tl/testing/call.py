"""What a handler has at hand while it answers one request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sansio_tl import errors, types
from sansio_tl.entropy import Entropy
from sansio_tl.testing import sandbox
from sansio_tl.testing.accounts import Account, Accounts
from sansio_tl.testing.codes import CodeBook
from sansio_tl.testing.config import DataCentreConfig
from sansio_tl.testing.devices import Device, Devices
from sansio_tl.testing.events import DataCentreEvent


@dataclass(slots=True)
class State:
    """Everything that an embedded data centre remembers."""

    accounts: Accounts
    devices: Devices = field(default_factory=Devices)
    codes: CodeBook = field(default_factory=CodeBook)
    floods: dict[str, float] = field(default_factory=dict, repr=False)
    """Sandbox number -> until when it answers FLOOD_WAIT_X."""
    told: set[tuple[str, str]] = field(default_factory=set, repr=False)
    """(sandbox number, name of the error) of refusals that happen once and have happened."""
    settled: set[str] = field(default_factory=set, repr=False)
    """Sandbox numbers whose account was made."""
    addresses: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Data centre id -> host and port, as help.getConfig tells them."""
    opened_at: float = 0.0
    """When the data centre was opened."""


@dataclass(slots=True)
class Call:
    """One request in the hands of a handler."""

    config: DataCentreConfig
    state: State
    device: Device
    now: float
    entropy: Entropy = field(repr=False)
    report: Callable[[DataCentreEvent], None] = field(repr=False)
    """Tell the person who runs the data centre."""
    push: Callable[[bytes, types.TypeUpdates], None] = field(repr=False)
    """Tell the clients that use an auth key, unasked."""

    def require_account(self) -> Account:
        """Who is logged in. Raises SESSION_PASSWORD_NEEDED half-way in, else AUTH_KEY_UNREGISTERED."""
        if self.device.account is not None:
            return self.device.account
        if self.device.awaits_password_of is not None:
            raise errors.SessionPasswordNeeded
        raise errors.AuthKeyUnregistered

    def tell(self, account: Account, update: types.TypeUpdate) -> None:
        """Push an update to the other devices of an account."""
        for device in self.state.devices.of_account(account):
            if device is not self.device:
                self.push(device.key_id, types.UpdateShort(update=update, date=int(self.now)))

    def account_of(self, number: str) -> Account | None:
        """The account of a phone number (digits only). That of a sandbox number is made now."""
        scripted = sandbox.find(number)
        if scripted is not None and scripted.story.has_account and number not in self.state.settled:
            self.state.settled.add(number)
            if self.state.accounts.with_number(number) is None:
                self.state.accounts.create(
                    number,
                    dc_id=scripted.dc_id,
                    first_name="Test",
                    last_name=number[-4:],
                    password=scripted.story.password,
                    hint=sandbox.PASSWORD_HINT if scripted.story.password else None,
                    entropy=self.entropy,
                )
        return self.state.accounts.with_number(number)
