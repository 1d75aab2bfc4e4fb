"""The context of a request that a handler answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from sansio_tl import errors, types
from sansio_tl.entropy import Entropy
from sansio_tl.testing import sandbox
from sansio_tl.testing.accounts import Account, Accounts
from sansio_tl.testing.authorizations import KeyAuthorization, KeyAuthorizations
from sansio_tl.testing.cluster import Cluster
from sansio_tl.testing.codes import CodeBook
from sansio_tl.testing.config import DataCenterConfig
from sansio_tl.testing.events import DataCenterEvent, MailSent
from sansio_tl.testing.mailbox import CODE_LENGTH, Mailbox, MailedCode, MailPurpose
from sansio_tl.tl.objects import Function

HASH_BITS = 62
"""Session hashes are positive and below the limit of signed 64-bit numbers."""


@dataclass(slots=True)
class DataCenterState:
    """The state of one embedded data center."""

    cluster: Cluster
    codes: CodeBook
    devices: KeyAuthorizations = field(default_factory=KeyAuthorizations)
    post: Mailbox = field(default_factory=Mailbox)
    opened_at: float = 0.0
    """When the data center was created."""


@dataclass(slots=True)
class RequestContext:
    """The request, its device and the state that a handler may use."""

    config: DataCenterConfig
    state: DataCenterState
    device: KeyAuthorization
    now: float
    entropy: Entropy = field(repr=False)
    report: Callable[[DataCenterEvent], None] = field(repr=False)
    """Emits an event of the data center."""
    wrappers: tuple[Function[Any], ...] = field(default=(), repr=False)
    """The wrappers of the query."""

    @property
    def cluster(self) -> Cluster:
        """The state that the data centers share."""
        return self.state.cluster

    @property
    def accounts(self) -> Accounts:
        """The accounts."""
        return self.state.cluster.accounts

    def require_account(self) -> Account:
        """The logged-in account. Raises SESSION_PASSWORD_NEEDED during a login, else AUTH_KEY_UNREGISTERED or what
        ended it.
        """
        device = self.device
        if device.account is not None:
            return self._require_good(device.account)
        if device.awaits_password_of is not None:
            raise errors.SessionPasswordNeeded
        raise device.ended_by or errors.AuthKeyUnregistered

    def require_user(self) -> Account:
        """The logged-in account, if it is not a bot: BOT_METHOD_INVALID."""
        account = self.require_account()
        if account.is_bot:
            raise errors.BotMethodInvalid
        return account

    def _require_good(self, account: Account) -> Account:
        if account.is_over(self.now):
            self.accounts.delete(account)
        if account.deleted:
            raise errors.UserDeactivated
        if account.banned:
            raise errors.UserDeactivatedBan
        if self.device.is_idle(self.now):
            self.device.log_out(errors.SessionExpired)
            raise errors.SessionExpired
        self.device.active_at = account.seen_at = self.now
        return account

    def require_old_session(self, error_type: type[errors.KnownRpcError]) -> None:
        """Raise the error while the session is younger than `DataCenterConfig.fresh_session`."""
        if self.now - self.device.since < self.config.fresh_session:
            raise error_type

    def push_to_others(self, account: Account, update: types.TypeUpdate) -> None:
        """Push an update to the other devices of an account."""
        for device in self.state.devices.of_account(account):
            if device is not self.device:
                self.push(self.config.dc_id, device.key_id, update)

    def push(self, dc_id: int, key_id: bytes, update: types.TypeUpdate) -> None:
        """Push an update to a device, which may be connected to another data center."""
        data_center = self.cluster.data_centers.get(dc_id)
        if data_center is not None:
            now = self.now - self.cluster.passed
            data_center.push_to_key(key_id, types.UpdateShort(update=update, date=int(now)), now=now)

    def disconnect(self, device: KeyAuthorization) -> None:
        """Close the connections of a device of this data center."""
        data_center = self.cluster.data_centers.get(self.config.dc_id)
        if data_center is not None:
            data_center.disconnect(device.key_id, now=self.now - self.cluster.passed)

    def account_of(self, number: str) -> Account | None:
        """The account of a phone number (digits only). That of a sandbox number is created on first use."""
        scripted = sandbox.find(number)
        if scripted is not None and scripted.behavior.has_account and number not in self.cluster.settled:
            self.cluster.settled.add(number)
            if self.accounts.with_number(number) is None:
                self._settle(number, scripted)
        account = self.accounts.with_number(number)
        if account is not None and account.is_over(self.now):
            self.accounts.delete(account)
            return None
        if account is not None:
            account.give_up_address(self.now)
        return account

    def _settle(self, number: str, scripted: sandbox.SandboxNumber) -> None:
        behavior = scripted.behavior
        account = self.accounts.create(
            number,
            dc_id=scripted.dc_id,
            first_name="Test",
            last_name=number[-4:],
            password=behavior.password,
            hint=sandbox.PASSWORD_HINT if behavior.password else None,
            email=behavior.recovery_email,
            entropy=self.entropy,
        )
        account.login_email = behavior.login_email

    def mail(self, subject: object, purpose: MailPurpose, address: str, number: str = "") -> int:
        """Mail a code to an address and return its length in digits.

        `number` is that of the user, if known.
        """
        code = self.draw_digits(number, CODE_LENGTH)
        mailed = MailedCode(address, code, self.now + self.config.code_lifetime, self.config.code_tries)
        self.state.post.send(subject, purpose, mailed, self.now)
        self.report(MailSent(address, code, purpose))
        return len(code)

    def draw_digits(self, number: str, length: int) -> str:
        """The digits of a new code for this phone number."""
        scripted = sandbox.find(number)
        if scripted is not None:
            return scripted.digits(length)
        if self.config.code is not None:
            return self.config.code
        return str(int.from_bytes(self.entropy(8), "big") % 10**length).zfill(length)

    def draw_hash(self) -> int:
        """A number for an id, never 0."""
        return int.from_bytes(self.entropy(8), "big") % (1 << HASH_BITS) or 1

    def seconds_until(self, moment: float) -> int:
        """The waiting time of an error: whole seconds, at least one."""
        return max(1, ceil(moment - self.now))
