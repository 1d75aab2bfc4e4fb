"""A login in the form that all libraries share: the auth key and its data center."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sansio_tl import data_centers
from sansio_tl.client import snapshot as snapshots
from sansio_tl.client.actions import Endpoint
from sansio_tl.client.dc_state import DcState
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.limits import MAX_DC_ID, is_dc_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAccount:
    """The data that can be transferred between libraries. It gives access to the account; the repr shows no key."""

    auth_key: AuthKey
    dc_id: int
    host: str = ""
    """An IPv4 or IPv6 address; empty if a format stores none, which means Telegram's own address."""
    port: int = data_centers.PORT
    test_mode: bool = False
    """Whether it is an account of the test environment. Telethon and GramJS do not store it; False then."""
    user_id: int | None = None
    """The id of the user; None if a format does not store it."""
    is_bot: bool | None = None
    """Whether the user is a bot; None if a format does not store it."""
    api_id: int | None = field(default=None, repr=False)
    """The application that logged in; None if a format does not store it."""

    def __post_init__(self) -> None:
        """Raise LocalProtocolError for values that no client can use."""
        if not isinstance(self.auth_key, AuthKey):
            raise LocalProtocolError(f"invalid auth_key: found {type(self.auth_key).__name__}, expected AuthKey")
        if type(self.dc_id) is not int or not is_dc_id(self.dc_id):
            raise LocalProtocolError(f"invalid dc_id: expected 1 to {MAX_DC_ID}")
        if self.user_id is not None and (type(self.user_id) is not int or not 0 <= self.user_id < 1 << 63):
            raise LocalProtocolError("invalid user_id: expected a positive number of 63 bits")
        if self.api_id is not None and type(self.api_id) is not int:
            raise LocalProtocolError(f"invalid api_id: found {type(self.api_id).__name__}, expected int")
        Endpoint(self.host if self.host != "" else "localhost", self.port)

    def address(self) -> tuple[str, int]:
        """`host` and `port`, or the address of Telegram's data center with that number.

        Raises LocalProtocolError if there is no such data center.
        """
        if self.host:
            return self.host, self.port
        known = data_centers.addresses(test_mode=self.test_mode).get(self.dc_id)
        if known is None:
            raise LocalProtocolError(f"no address of data center {self.dc_id} is known")
        return known.ipv4, known.port

    def to_snapshot(self) -> dict[str, Any]:
        """A snapshot for `Client`."""
        endpoint = Endpoint(*self.address())
        return snapshots.take(
            test_mode=self.test_mode,
            home_dc=self.dc_id,
            user_id=self.user_id,
            is_bot=self.is_bot,
            data_centers=[DcState(self.dc_id, auth_key=self.auth_key, authorized=True)],
            endpoints={self.dc_id: (endpoint,)},
        )

    @classmethod
    def from_snapshot(cls, snapshot: dict[str, Any], *, api_id: int | None = None) -> SavedAccount:
        """The account in a snapshot of `Client`, which does not store the application: pass `api_id`.

        Raises LocalProtocolError if it has no key.
        """
        test_mode = isinstance(snapshot, dict) and snapshot.get("test_mode") is True
        read = snapshots.read(snapshot, test_mode=test_mode)
        data_center = snapshots.data_centers_of(read).get(read.home_dc)
        if data_center is None or data_center.auth_key is None:
            raise LocalProtocolError("invalid snapshot: no key of the home data center")
        known = snapshots.endpoints_of(read).get(read.home_dc, ())
        host, port = (known[0].host, known[0].port) if known else ("", data_centers.PORT)
        return cls(
            auth_key=data_center.auth_key,
            dc_id=read.home_dc,
            host=host,
            port=port,
            test_mode=read.test_mode,
            user_id=read.user_id,
            is_bot=read.is_bot,
            api_id=api_id,
        )
