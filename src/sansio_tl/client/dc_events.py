"""The events that the connections of a client yield, each with the data center session in which it happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from sansio_tl.errors import RpcError

if TYPE_CHECKING:
    from sansio_tl.client.dc_session import DcSession
    from sansio_tl.client.events import AuthKeyNotFound, ConnectionLost
    from sansio_tl.events import Event


class KeyLost(NamedTuple):
    """The data center has lost the permanent key, and has reported that under a temporary one; it is forgotten."""

    error: RpcError


class NoEndpoint(NamedTuple):
    """The session needs a connection, and no address of its data center is known."""


DcEvent: TypeAlias = "tuple[DcSession, Event | ConnectionLost | AuthKeyNotFound | KeyLost | NoEndpoint]"
