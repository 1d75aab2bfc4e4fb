"""Stores by URL, for configuration and the command line."""

from __future__ import annotations

from collections.abc import Sequence

from sansio_tl_transports.stores.base import SessionStore
from sansio_tl_transports.stores.encryption import EncryptedStore
from sansio_tl_transports.stores.errors import StoreError
from sansio_tl_transports.stores.files import FileStore, FolderStore
from sansio_tl_transports.stores.sqlite import SQLiteStore

_FORMS = "file:PATH, folder:PATH, sqlite:PATH, redis://HOST/DB, postgresql://HOST/DB"


def open_store(url: str, *, keys: Sequence[bytes] = ()) -> SessionStore:
    """The store at a URL: `file:PATH`, `folder:PATH`, `sqlite:PATH`, `redis://HOST/DB` or `postgresql://HOST/DB`.

    Nothing is opened before the first use. With keys, what is stored is encrypted. Raises StoreError for another URL,
    ImportError when a library is missing.
    """
    store = _plain(url)
    return EncryptedStore(store, keys) if keys else store


def _plain(url: str) -> SessionStore:
    if not isinstance(url, str):
        raise StoreError(f"invalid URL of a store: expected a text, found {type(url).__name__}")
    kind, _, rest = url.partition(":")
    path = rest.removeprefix("//")
    match kind:
        case "file" if path:
            return FileStore(path)
        case "folder" if path:
            return FolderStore(path)
        case "sqlite" if path:
            return SQLiteStore(path)
        case "redis" | "rediss" | "unix":
            from sansio_tl_transports.stores.redis import RedisStore

            return RedisStore.from_url(url)
        case "postgres" | "postgresql":
            from sansio_tl_transports.stores.postgres import PostgresStore

            return PostgresStore(url)
    raise StoreError(f"unknown kind of store: expected {_FORMS}")
