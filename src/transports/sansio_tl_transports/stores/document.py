"""What is stored of an account: JSON with a version.

    {"sansio_tl": "session", "schema": 1, "snapshot": {...}, "lost": [...]}

`snapshot` is that of `Client.snapshot`. `lost` keeps what a client has dropped because the server reported an error
(AUTH_KEY_DUPLICATED, AUTH_KEY_UNREGISTERED ...): such an error may pass or be a mistake, and a key cannot be made
again. So nothing is lost for good until the user says so.

A program refuses a document of a newer schema, and keeps it. It never drops a field that it does not know.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec

from sansio_tl.reprs import rich_repr
from sansio_tl_transports.stores.errors import StoredDataError, StoreError

SCHEMA = 1
MAX_LOST = 16
"""So many lost snapshots are kept, the newest."""
_KIND = "session"


class LostSnapshot(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """A login that a client has dropped after an error of the server."""

    error: str
    """The error, such as AUTH_KEY_DUPLICATED."""
    at: float
    """Seconds since the Unix epoch."""
    snapshot: dict[str, Any]

    def __repr__(self) -> str:
        return f"LostSnapshot(error={self.error!r}, at={self.at}, ...)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)


class SessionDocument(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """What is stored of one account. The repr hides it."""

    sansio_tl: str = _KIND
    schema: int = SCHEMA
    snapshot: dict[str, Any] | None = None
    """The state to continue from; None for none."""
    lost: tuple[LostSnapshot, ...] = ()
    """The newest first."""

    def __repr__(self) -> str:
        return f"SessionDocument(<{len(self.lost)} lost>, ...)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)

    @property
    def user_id(self) -> int | None:
        """The logged-in user; None for none."""
        value = (self.snapshot or {}).get("user_id")
        return value if isinstance(value, int) else None

    def with_snapshot(self, snapshot: dict[str, Any]) -> SessionDocument:
        """The same account in a new state."""
        return msgspec.structs.replace(self, snapshot=snapshot)

    def with_lost(self, error: str, at: float) -> SessionDocument:
        """Keep the present snapshot among the lost ones, if a user is logged in with it."""
        if self.snapshot is None or self.user_id is None:
            return self
        lost = LostSnapshot(error=error, at=at, snapshot=self.snapshot)
        return msgspec.structs.replace(self, lost=(lost, *self.lost)[:MAX_LOST])

    def restored(self, index: int = 0) -> SessionDocument:
        """Continue from a lost snapshot; what was there instead takes its place. Raises StoredDataError."""
        if not 0 <= index < len(self.lost):
            raise StoredDataError(f"the session has {len(self.lost)} lost keys, and no number {index}")
        others = (*self.lost[:index], *self.lost[index + 1 :])
        return msgspec.structs.replace(self, snapshot=self.lost[index].snapshot, lost=others)

    def without_lost(self) -> SessionDocument:
        """Without the lost snapshots."""
        return msgspec.structs.replace(self, lost=())


class _DocumentHeader(msgspec.Struct):
    """What all versions of a document have."""

    sansio_tl: str
    schema: int


def encode_document(document: SessionDocument) -> bytes:
    """The document as JSON. Raises StoreError for a snapshot that JSON does not have."""
    try:
        encoded = msgspec.json.encode(document)
        if _is_finite(document.snapshot) and all(_is_finite([each.at, each.snapshot]) for each in document.lost):
            return encoded  # msgspec writes null for NaN
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        pass
    raise StoreError("invalid snapshot: expected what Client.snapshot has returned")  # outside: it may quote a secret


def _is_finite(value: object) -> bool:
    """Whether no NaN or infinity is in a value that could be encoded: JSON has none."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(_is_finite, value.values())) and all(map(_is_finite, value))
    return all(map(_is_finite, value)) if isinstance(value, list | tuple) else True


def decode_document(name: str, data: bytes) -> SessionDocument:
    """The document of a session. Raises StoredDataError for a newer one, and for anything else."""
    try:
        header = msgspec.json.decode(data, type=_DocumentHeader)
        if header.sansio_tl == _KIND and header.schema > SCHEMA:
            raise StoredDataError(
                f"session {name!r} was stored by a newer version of sansio_tl (schema {header.schema}, this one reads "
                f"{SCHEMA}): upgrade sansio_tl. It is not changed"
            )
        document = msgspec.json.decode(data, type=SessionDocument)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _damaged(name, data) from None
    if document.sansio_tl != _KIND or document.schema != SCHEMA:
        raise _damaged(name, data)
    return document


def _damaged(name: str, data: bytes) -> StoredDataError:
    if data.startswith(b"STLS"):
        return StoredDataError(f"session {name!r} is encrypted: open the store with EncryptedStore and its key")
    return StoredDataError(
        f"session {name!r} is damaged, or was stored by another program: restore it from a backup, or use another "
        "name. It is not changed"
    )
