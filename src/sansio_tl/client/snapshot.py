"""A client's state as JSON, to be taken up by another process.

It holds the auth keys: who has it is logged in. It does not hold requests that are unanswered, because nobody in the
other process waits for them.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta

from sansio_tl.checking import require
from sansio_tl.client.actions import Endpoint
from sansio_tl.client.dc_session import DcState
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.limits import MAX_DC_ID

VERSION = 1

DcId: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_DC_ID)]
Long: TypeAlias = Annotated[int, Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
Offset: TypeAlias = Annotated[float, Meta(ge=-(1 << 31), le=1 << 31)]
"""Between two clocks of 31 bits."""


class DataCenterSnapshot(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A `DcState`."""

    auth_key: str
    """The 256 bytes in base64."""
    salt: Long
    time_offset: Offset | None
    authorized: bool

    def __repr__(self) -> str:
        return "DataCenterSnapshot(...)"


class Snapshot(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A client's state."""

    version: Long
    test_mode: bool
    home_dc: DcId
    user_id: Long | None
    is_bot: bool | None = None
    data_centers: dict[DcId, DataCenterSnapshot]
    endpoints: dict[DcId, list[tuple[str, int, bool]]]
    logout_tokens: list[str] = []
    """In base64, the newest first."""

    def __repr__(self) -> str:
        return "Snapshot(...)"


def take(
    *,
    test_mode: bool,
    home_dc: int,
    user_id: int | None,
    is_bot: bool | None,
    data_centers: list[DcState],
    endpoints: dict[int, Any],
    logout_tokens: Sequence[bytes] = (),
) -> dict[str, Any]:
    """The snapshot as what `json.dumps` takes."""
    snapshot = Snapshot(
        version=VERSION,
        test_mode=test_mode,
        home_dc=home_dc,
        user_id=user_id,
        is_bot=is_bot,
        data_centers={
            data_center.dc_id: DataCenterSnapshot(
                auth_key=b64encode(data_center.auth_key.key).decode("ascii"),
                salt=data_center.salt,
                time_offset=data_center.time_offset,
                authorized=data_center.authorized,
            )
            for data_center in data_centers
            if data_center.auth_key is not None
        },
        endpoints={
            dc_id: [(each.host, each.port, each.media_only) for each in known] for dc_id, known in endpoints.items()
        },
        logout_tokens=[b64encode(token).decode("ascii") for token in logout_tokens],
    )
    return msgspec.to_builtins(snapshot, str_keys=True)  # type: ignore[no-any-return]


def read(data: object, *, test_mode: bool) -> Snapshot:
    """Check a snapshot. Raises LocalProtocolError when it is none, or of the other environment."""
    require(isinstance(data, dict), "snapshot", "a dict as Client.snapshot() makes it", data)
    try:
        snapshot = msgspec.convert(data, Snapshot, strict=False)
    except msgspec.ValidationError as error:
        raise LocalProtocolError(f"not a snapshot of a client: {error}") from None
    except (ValueError, TypeError, RecursionError) as error:
        # Its text would show what the snapshot holds.
        raise LocalProtocolError(f"not a snapshot of a client: {type(error).__name__}") from None
    if snapshot.version != VERSION:
        raise LocalProtocolError(f"a snapshot of version {snapshot.version}; this is version {VERSION}")
    if snapshot.test_mode != test_mode:
        raise LocalProtocolError("the snapshot is of the other environment: test and production do not mix")
    return snapshot


def data_centers_of(snapshot: Snapshot) -> dict[int, DcState]:
    """The data centers of a snapshot. Raises LocalProtocolError for a key that is none."""
    data_centers: dict[int, DcState] = {}
    for dc_id, saved in snapshot.data_centers.items():
        try:
            key = b64decode(saved.auth_key, validate=True)
        except ValueError:
            raise LocalProtocolError(f"the auth key of data center {dc_id} is not base64") from None
        data_centers[dc_id] = DcState(
            dc_id,
            auth_key=AuthKey(key),
            salt=saved.salt,
            time_offset=saved.time_offset,
            authorized=saved.authorized,
        )
    return data_centers


def logout_tokens_of(snapshot: Snapshot) -> tuple[bytes, ...]:
    """The tokens of a snapshot. Raises LocalProtocolError for one that is none."""
    try:
        return tuple(b64decode(token, validate=True) for token in snapshot.logout_tokens)
    except ValueError:
        raise LocalProtocolError("a logout token is not base64") from None


def endpoints_of(snapshot: Snapshot) -> dict[int, tuple[Endpoint, ...]]:
    """The addresses of a snapshot."""
    return {dc_id: tuple(Endpoint(*endpoint) for endpoint in known) for dc_id, known in snapshot.endpoints.items()}
