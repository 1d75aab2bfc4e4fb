"""What the client tells besides the events of its connections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sansio_tl.events import Event

if TYPE_CHECKING:
    from sansio_tl.errors import RpcError, TransportError
    from sansio_tl.errors.protocol import ProtocolError
    from sansio_tl.mtproto.client.request import RequestHandle


@dataclass(frozen=True, slots=True)
class SnapshotChanged:
    """Something that must survive a restart has changed: save `Client.snapshot()`."""


@dataclass(frozen=True, slots=True)
class HomeDataCenterChanged:
    """The account lives in another data center; the request that found out has been sent there."""

    dc_id: int


@dataclass(frozen=True, slots=True)
class AuthorizationLost:
    """Nobody is logged in any more: the session was ended elsewhere, the account is gone, or the key is void."""

    error: RpcError | TransportError


@dataclass(frozen=True, slots=True)
class AuthKeyNotFound:
    """A data center has said several times in a row that it does not know our permanent key (-404).

    It says so in the clear, and anyone on the network could have said it: the key is kept, and the client goes on
    connecting. `Client.forget_key` gives the key up, once the user has decided that it is lost.
    """

    dc_id: int


@dataclass(frozen=True, slots=True)
class FloodWaitStarted:
    """A request has to wait; it will be sent again by itself."""

    handle: RequestHandle[Any]
    seconds: int


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """A link has ended or could not be opened. Another one will be dialled if it is needed."""

    dc_id: int
    error: ProtocolError | TransportError | str | None
    retry_at: float | None
    """When it is dialled again, in the time of `now`; None if nothing needs it."""


ClientEvent: TypeAlias = (
    Event
    | SnapshotChanged
    | HomeDataCenterChanged
    | AuthorizationLost
    | AuthKeyNotFound
    | FloodWaitStarted
    | ConnectionLost
)
