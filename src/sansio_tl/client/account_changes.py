"""Changes of the account that are reported to the caller: its home data center, and the end of its login."""

from __future__ import annotations

from collections.abc import Callable

from sansio_tl.client.account_state import AccountState
from sansio_tl.client.connection_manager import ConnectionManager
from sansio_tl.client.events import AuthorizationLost, ClientEvent, HomeDataCenterChanged, SnapshotChanged
from sansio_tl.client.known_floods import KnownFloods
from sansio_tl.errors import RpcError, TransportError


class AccountChanges:
    """Changes the account of one client, and reports it."""

    def __init__(
        self,
        account: AccountState,
        connections: ConnectionManager,
        known_floods: KnownFloods,
        report: Callable[[ClientEvent], None],
    ) -> None:
        """`report` takes the events for the caller."""
        self._account = account
        self._connections = connections
        self._known_floods = known_floods
        self._report = report

    def move_home(self, dc_id: int) -> None:
        """Make another data center the account's home."""
        if self._account.move_to(dc_id):
            self._report(HomeDataCenterChanged(dc_id))

    def log_out(self) -> None:
        """The account is logged out, on all data centers."""
        self._account.log_out()
        self._known_floods.forget_account()
        for dc_state in self._connections.dc_states.values():
            dc_state.set_authorized(authorized=False)
        self._report(SnapshotChanged())

    def on_key_lost(self, dc_id: int, error: RpcError | TransportError) -> None:
        """The permanent key of a data center is forgotten: at home, that ends the login."""
        self.on_key_forgotten()
        self.lose_authorization(dc_id, error)

    def on_key_forgotten(self) -> None:
        """The permanent key of a data center is forgotten; what that means for the login is decided by the caller."""
        self._report(SnapshotChanged())

    def lose_authorization(self, dc_id: int, error: RpcError | TransportError) -> None:
        """A data center does not accept the login any more: at home, that ends it."""
        if dc_id == self._account.home_dc and self._account.user_id is not None:
            self.log_out()
            self._report(AuthorizationLost(error))
