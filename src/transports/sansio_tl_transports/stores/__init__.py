"""Session stores: where the sessions of accounts are kept, each used by one client at a time.

    with open_client(config, store=SQLiteStore("sessions.db"), name="alice") as client: ...

`FileStore`, `FolderStore` and `SQLiteStore` need nothing else; `sansio_tl_transports.stores.redis` and
`sansio_tl_transports.stores.postgres` need the extras of their names. Any object with the methods of `SessionStore` is
a store: test it with `sansio_tl_transports.stores.contract`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from sansio_tl_transports.stores.base import (
    MAX_DATA,
    MAX_NAME,
    AsyncSessionStore,
    Lease,
    LeaseOptions,
    SessionStore,
    StoredData,
    new_owner,
)
from sansio_tl_transports.stores.document import LostSnapshot, SessionDocument, decode_document, encode_document
from sansio_tl_transports.stores.errors import (
    LeaseHeldError,
    LeaseLostError,
    StoreConflictError,
    StoredDataError,
    StoreError,
    StoreUnavailableError,
)

if TYPE_CHECKING:  # every client imports this package: a store is loaded where it is used
    from sansio_tl_transports.stores.encryption import AsyncEncryptedStore, EncryptedStore, new_key
    from sansio_tl_transports.stores.files import FileStore, FolderStore
    from sansio_tl_transports.stores.sqlite import SQLiteStore
    from sansio_tl_transports.stores.transfer import (
        forget_lost,
        load_document,
        move_session,
        put_snapshot,
        restore_lost,
    )
    from sansio_tl_transports.stores.urls import open_store

__all__ = [
    "MAX_DATA",
    "MAX_NAME",
    "AsyncEncryptedStore",
    "AsyncSessionStore",
    "EncryptedStore",
    "FileStore",
    "FolderStore",
    "Lease",
    "LeaseHeldError",
    "LeaseLostError",
    "LeaseOptions",
    "LostSnapshot",
    "SQLiteStore",
    "SessionDocument",
    "SessionStore",
    "StoreConflictError",
    "StoreError",
    "StoreUnavailableError",
    "StoredData",
    "StoredDataError",
    "decode_document",
    "encode_document",
    "forget_lost",
    "load_document",
    "move_session",
    "new_key",
    "new_owner",
    "open_store",
    "put_snapshot",
    "restore_lost",
]

_MODULES = {
    "AsyncEncryptedStore": "encryption",
    "EncryptedStore": "encryption",
    "FileStore": "files",
    "FolderStore": "files",
    "SQLiteStore": "sqlite",
    "forget_lost": "transfer",
    "load_document": "transfer",
    "move_session": "transfer",
    "new_key": "encryption",
    "open_store": "urls",
    "put_snapshot": "transfer",
    "restore_lost": "transfer",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
