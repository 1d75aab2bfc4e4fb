"""A log-in as every library keeps it: the auth key, and where it is good."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sansio_tl import data_centers
from sansio_tl.client import snapshot as snapshots
from sansio_tl.client.actions import Endpoint
from sansio_tl.client.dc_session import DcState
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.limits import MAX_DC_ID, is_dc_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAccount:
    """What can be carried from one library to another. Who has it is logged in; the repr shows no key."""

    auth_key: AuthKey
    dc_id: int
    host: str = ""
    """An IPv4 or IPv6 address; empty where a format keeps none, and Telegram's own is meant."""
    port: int = data_centers.PORT
    test_mode: bool = False
    """Whether it is an account of the test environment. Telethon and GramJS do not say; False then."""
    user_id: int | None = None
    """Who is logged in; None where a format does not say."""
    is_bot: bool | None = None
    """Whether that is a bot; None where a format does not say."""
    api_id: int | None = field(default=None, repr=False)
    """The application that logged in; None where a format does not say."""

    def __post_init__(self) -> None:
        """Raise LocalProtocolError for what no client could use."""
        if not isinstance(self.auth_key, AuthKey):
            raise LocalProtocolError(f"auth_key is an AuthKey, not {type(self.auth_key).__name__}")
        if type(self.dc_id) is not int or not is_dc_id(self.dc_id):
            raise LocalProtocolError(f"the number of a data center is 1 to {MAX_DC_ID}")
        if self.user_id is not None and (type(self.user_id) is not int or not 0 <= self.user_id < 1 << 63):
            raise LocalProtocolError("a user id is a positive number of 63 bits")
        if self.api_id is not None and type(self.api_id) is not int:
            raise LocalProtocolError(f"api_id is an int, not {type(self.api_id).__name__}")
        Endpoint(self.host if self.host != "" else "localhost", self.port)

    def address(self) -> tuple[str, int]:
        """`host` and `port`, or where Telegram's data center of that number listens.

        Raises LocalProtocolError when there is no such data center.
        """
        if self.host:
            return self.host, self.port
        known = data_centers.addresses(test_mode=self.test_mode).get(self.dc_id)
        if known is None:
            raise LocalProtocolError(f"no address of data center {self.dc_id} is known")
        return known.ipv4, known.port

    def to_snapshot(self) -> dict[str, Any]:
        """A snapshot that `Client` takes up."""
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
        """The account in a snapshot of `Client`, which does not say which application made it: `api_id` does.

        Raises LocalProtocolError when there is no key in it.
        """
        test_mode = isinstance(snapshot, dict) and snapshot.get("test_mode") is True
        read = snapshots.read(snapshot, test_mode=test_mode)
        data_center = snapshots.data_centers_of(read).get(read.home_dc)
        if data_center is None or data_center.auth_key is None:
            raise LocalProtocolError("the snapshot holds no key of its main data center")
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
