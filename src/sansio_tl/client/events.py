"""The events of a client besides those of its connections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sansio_tl.events import Event

if TYPE_CHECKING:
    from sansio_tl.errors import RpcError, TransportError
    from sansio_tl.errors.protocol import ProtocolError, RemoteProtocolError
    from sansio_tl.mtproto.client.request import RequestHandle


@dataclass(frozen=True, slots=True)
class SnapshotChanged:
    """The state that must survive a restart has changed: save `Client.snapshot()`."""


@dataclass(frozen=True, slots=True)
class HomeDataCenterChanged:
    """The account lives in another data center; the request that was redirected is sent there."""

    dc_id: int


@dataclass(frozen=True, slots=True)
class AuthorizationLost:
    """No user is logged in any more: the session was ended elsewhere, the account is deleted, or the server
    does not accept the key any more.
    """

    error: RpcError | TransportError


@dataclass(frozen=True, slots=True)
class AuthKeyNotFound:
    """A data center has reported several times in a row that it does not know the permanent key (-404).

    -404 is not authenticated and can be forged by anyone on the network: the key is kept, and the client goes on
    connecting. `Client.forget_key` gives the key up, once the user has decided that it is lost.
    """

    dc_id: int


@dataclass(frozen=True, slots=True)
class FloodWaitStarted:
    """A request waits because of FLOOD_WAIT; the client sends it again afterwards."""

    handle: RequestHandle[Any]
    seconds: int


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """A connection has ended or could not be opened. The client connects again if it needs to."""

    dc_id: int
    error: ProtocolError | TransportError | str | None
    retry_at: float | None
    """When the client connects again, in the time of `now`; None if no connection is needed."""


@dataclass(frozen=True, slots=True)
class ConfigFetched:
    """help.configSimple was fetched, or received by `Client.receive_config`, or could not be (`ConfigFallback`)."""

    url: str | None
    """What was fetched; None for `receive_config`."""
    error: RemoteProtocolError | str | None
    """Why it is not used; None if it is."""


ClientEvent: TypeAlias = (
    Event
    | SnapshotChanged
    | HomeDataCenterChanged
    | AuthorizationLost
    | AuthKeyNotFound
    | FloodWaitStarted
    | ConnectionLost
    | ConfigFetched
)
