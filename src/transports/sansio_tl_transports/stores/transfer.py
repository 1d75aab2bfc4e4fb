"""Sessions put into stores, taken from them, and moved between them, each under its lease."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from sansio_tl_transports.stores.base import Lease, SessionStore, new_owner
from sansio_tl_transports.stores.document import SessionDocument, decode_document, encode_document
from sansio_tl_transports.stores.errors import StoreConflictError, StoreError

_SECONDS = 60.0


@contextlib.contextmanager
def leased(store: SessionStore, name: str) -> Iterator[Lease]:
    """The lease of a session for a moment. Raises LeaseHeldError while a client has it."""
    lease = store.acquire(name, new_owner(), _SECONDS)
    try:
        yield lease
    finally:
        with contextlib.suppress(StoreError):  # then it expires
            store.release(lease)


def load_document(store: SessionStore, name: str) -> SessionDocument | None:
    """What is stored of an account; None for nothing. Raises StoreError."""
    stored = store.load(name)
    return None if stored is None else decode_document(name, stored.data)


def put_snapshot(store: SessionStore, name: str, snapshot: dict[str, Any]) -> None:
    """Store the snapshot of a client under a new name. Raises StoreConflictError when there is such a session."""
    with leased(store, name) as lease:
        _save_new(store, lease, SessionDocument(snapshot=snapshot))


def change_document(
    store: SessionStore, name: str, change: Callable[[SessionDocument], SessionDocument]
) -> SessionDocument:
    """Replace what is stored of an account; returns the new document. Raises StoreError, also when there is none."""
    with leased(store, name) as lease:
        stored = store.load(name)
        if stored is None:
            raise StoreError(f"there is no session {name!r} in this store")
        document = change(decode_document(name, stored.data))
        store.save(lease, encode_document(document), version=stored.version)
        return document


def restore_lost(store: SessionStore, name: str, index: int = 0) -> SessionDocument:
    """Let an account continue from a login that was lost by an error; 0 is the last one. Raises StoreError."""
    return change_document(store, name, lambda document: document.restored(index))


def forget_lost(store: SessionStore, name: str) -> SessionDocument:
    """Delete the logins of an account that were lost by errors. Raises StoreError."""
    return change_document(store, name, lambda document: document.without_lost())


def move_session(source: SessionStore, name: str, target: SessionStore, new_name: str | None = None) -> None:
    """Move a session to another store. A crash leaves it in both rather than in none.

    Raises StoreConflictError when the target has a session of this name, LeaseHeldError while a client has either.
    """
    new_name = name if new_name is None else new_name
    with leased(source, name) as old:
        stored = source.load(name)
        if stored is None:
            raise StoreError(f"there is no session {name!r} in the store to move from")
        document = decode_document(name, stored.data)
        with leased(target, new_name) as new:
            _save_new(target, new, document)
        source.delete(old, version=stored.version)


def _save_new(store: SessionStore, lease: Lease, document: SessionDocument) -> None:
    try:
        store.save(lease, encode_document(document), version=0)
    except StoreConflictError:
        raise StoreConflictError(
            f"there is a session {lease.name!r} in the store already: use another name, or delete it first"
        ) from None
