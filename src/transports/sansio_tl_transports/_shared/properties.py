"""The properties of the `Client` and `Connection` of each adapter."""

from __future__ import annotations

from typing import Generic

from sansio_tl import AuthKey
from sansio_tl_transports._shared.client_runner import ClientRunner
from sansio_tl_transports._shared.connection_runner import ClientConnectionRunner
from sansio_tl_transports._shared.waiter import E


class ClientProperties(Generic[E]):
    """The client of one account."""

    def __init__(self, driver: ClientRunner[E]) -> None:
        self._driver = driver

    def __repr__(self) -> str:
        user = "not logged in" if self.user_id is None else f"user {self.user_id}"
        return f"<{type(self).__module__.split('._')[0]}.Client: {user}, home data center {self.dc_id}>"

    @property
    def user_id(self) -> int | None:
        """The id of the logged-in user; None while no user is logged in."""
        return self._driver.user_id

    @property
    def dc_id(self) -> int:
        """The home data center of the account, as far as known."""
        return self._driver.dc_id


class ConnectionProperties(Generic[E]):
    """A client connection to one data center."""

    def __init__(self, driver: ClientConnectionRunner[E]) -> None:
        self._driver = driver

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.Connection: {self.auth_key!r}>"

    @property
    def auth_key(self) -> AuthKey:
        """The auth key, which identifies this device: save it, and keep it secret."""
        return self._driver.auth_key
