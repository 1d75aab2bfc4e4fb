"""A client's state as JSON, from which another process can continue.

It contains the auth keys, which give access to the account. It does not contain unanswered requests, because no caller
in the other process waits for them.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta

from sansio_tl.client.account_state import AccountState
from sansio_tl.client.actions import Endpoint
from sansio_tl.client.backoff import MAX_FAILURES
from sansio_tl.client.dc_state import DcState
from sansio_tl.client.known_floods import MAX_FLOODS, KnownFlood
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.hosts import is_dns_name
from sansio_tl.limits import MAX_DC_ID
from sansio_tl.reprs import rich_repr
from sansio_tl.validation import require

VERSION = 2
"""Version 1 has neither `flood_waits` nor the back-off; it is read as well. `config_domain` and `config_date` may be
missing."""

DcId: TypeAlias = Annotated[int, Meta(ge=1, le=MAX_DC_ID)]
Long: TypeAlias = Annotated[int, Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
Offset: TypeAlias = Annotated[float, Meta(ge=-(1 << 31), le=1 << 31)]
"""The difference of two clocks of 31 bits, in seconds."""
Moment: TypeAlias = Annotated[float, Meta(ge=0, lt=1 << 32)]
"""Seconds since the Unix epoch."""
_LONGEST_KEY: Final = 256
FloodKey: TypeAlias = Annotated[str, Meta(min_length=1, max_length=_LONGEST_KEY)]


class FloodSnapshot(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """See `KnownFlood`."""

    until: Moment
    seconds: Annotated[int, Meta(ge=1, lt=1 << 31)]


class BackoffSnapshot(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The failed connections to a data center that has not answered since."""

    failures: Annotated[int, Meta(ge=1, le=MAX_FAILURES)]
    retry_at: Moment


class DataCenterSnapshot(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The state of one data center (`DcState`)."""

    auth_key: str
    """256 bytes in base64."""
    salt: Long
    time_offset: Offset | None
    authorized: bool
    backoff: BackoffSnapshot | None = None

    def __repr__(self) -> str:
        return "DataCenterSnapshot(...)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)


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
    config_domain: str | None = None
    config_date: Annotated[int, Meta(ge=0, lt=1 << 31)] = 0
    flood_waits: Annotated[dict[FloodKey, FloodSnapshot], Meta(max_length=MAX_FLOODS)] = {}

    def __repr__(self) -> str:
        return "Snapshot(...)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)


def take(
    *,
    test_mode: bool,
    home_dc: int,
    user_id: int | None,
    is_bot: bool | None,
    data_centers: list[DcState],
    endpoints: dict[int, Any],
    logout_tokens: Sequence[bytes] = (),
    floods: Mapping[str, KnownFlood] | None = None,
    config_domain: str | None = None,
    config_date: int = 0,
) -> dict[str, Any]:
    """The snapshot as a value for `json.dumps`."""
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
                backoff=_backoff_of(data_center),
            )
            for data_center in data_centers
            if data_center.auth_key is not None
        },
        endpoints={
            dc_id: [(each.host, each.port, each.media_only) for each in known] for dc_id, known in endpoints.items()
        },
        logout_tokens=[b64encode(token).decode("ascii") for token in logout_tokens],
        config_domain=config_domain,
        config_date=config_date,
        flood_waits={
            key: FloodSnapshot(until=flood.until, seconds=flood.seconds)
            for key, flood in (floods or {}).items()
            if len(key) <= _LONGEST_KEY
        },
    )
    return msgspec.to_builtins(snapshot, str_keys=True)  # type: ignore[no-any-return]


def _backoff_of(data_center: DcState) -> BackoffSnapshot | None:
    failures, retry_at = data_center.backoff
    return BackoffSnapshot(failures=min(failures, MAX_FAILURES), retry_at=retry_at) if failures else None


_CLI_SESSION: Final = (
    "this is the session file of sansio-tl login: pass sansio_tl_transports.session_files.read(path).to_snapshot()"
)


def _expected(data: object) -> str:
    """What a snapshot is, and for text what a session string needs first."""
    expected = "a dict that Client.snapshot() has returned"
    if data and isinstance(data, str):
        expected += " (a session string is imported by sansio_tl.session_strings.read(text).to_snapshot())"
    return expected


def read(data: object, *, test_mode: bool) -> Snapshot:
    """Check a snapshot. Raises LocalProtocolError when it is invalid, or of the other environment."""
    require(isinstance(data, dict), "snapshot", _expected(data), data)
    if isinstance(data, dict) and "auth_key" in data:
        raise LocalProtocolError(f"invalid snapshot of a client: {_CLI_SESSION}")
    try:
        snapshot = msgspec.convert(data, Snapshot, strict=False)
    except msgspec.ValidationError as error:
        raise LocalProtocolError(f"invalid snapshot of a client: {error}") from None
    except (ValueError, TypeError, RecursionError) as error:
        # The text of the error would show values of the snapshot.
        raise LocalProtocolError(f"invalid snapshot of a client: {type(error).__name__}") from None
    if not 1 <= snapshot.version <= VERSION:
        raise LocalProtocolError(
            f"invalid snapshot of a client: found version {snapshot.version}, expected {VERSION} or an earlier one"
        )
    if snapshot.test_mode != test_mode:
        raise LocalProtocolError(
            f"invalid snapshot of a client: found test_mode={snapshot.test_mode}, expected {test_mode} as in the Config"
        )
    return snapshot


def data_centers_of(snapshot: Snapshot) -> dict[int, DcState]:
    """The data centers of a snapshot. Raises LocalProtocolError for an invalid key."""
    data_centers: dict[int, DcState] = {}
    for dc_id, saved in snapshot.data_centers.items():
        try:
            key = b64decode(saved.auth_key, validate=True)
        except ValueError:
            raise LocalProtocolError(f"invalid auth key of data center {dc_id}: expected base64") from None
        data_centers[dc_id] = DcState(
            dc_id,
            auth_key=AuthKey(key),
            salt=saved.salt,
            time_offset=saved.time_offset,
            authorized=saved.authorized,
        )
        if saved.backoff is not None:
            data_centers[dc_id].restore_backoff(saved.backoff.failures, saved.backoff.retry_at)
    return data_centers


def account_of(snapshot: Snapshot) -> AccountState:
    """The account of a snapshot. Raises LocalProtocolError for an invalid logout token or DNS name."""
    domain = snapshot.config_domain
    if domain is not None and not is_dns_name(domain):
        raise LocalProtocolError(f"invalid config_domain: found {domain!r:.80}, expected a DNS name or null")
    try:
        tokens = tuple(b64decode(token, validate=True) for token in snapshot.logout_tokens)
    except ValueError:
        raise LocalProtocolError("invalid logout token: expected base64") from None
    return AccountState(
        snapshot.home_dc,
        user_id=snapshot.user_id,
        is_bot=snapshot.is_bot,
        logout_tokens=tokens,
        config_domain=domain,
        config_date=snapshot.config_date,
    )


def floods_of(snapshot: Snapshot) -> dict[str, KnownFlood]:
    """The floods of a snapshot."""
    return {key: KnownFlood(each.until, each.seconds) for key, each in snapshot.flood_waits.items()}


def endpoints_of(snapshot: Snapshot) -> dict[int, tuple[Endpoint, ...]]:
    """The addresses of a snapshot."""
    return {dc_id: tuple(Endpoint(*endpoint) for endpoint in known) for dc_id, known in snapshot.endpoints.items()}
