"""Encryption at rest: a store that keeps encrypted data in another one.

    store = EncryptedStore(FolderStore("sessions"), [key])          # key = new_key(), 32 bytes from a secret manager

AES-256-GCM with a random nonce for each save; the name of the session is authenticated, so that the data of one session
cannot be stored as that of another. Names, leases, sizes and times are not encrypted. An old copy put back is not
detected.

To change the key, give the new one first: ``[new, old]``. The first key encrypts, all of them decrypt; `reencrypt`
writes every session anew, after which the old key is no longer needed. Without its key a session is lost: the user must
log in again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sansio_tl_transports.stores.base import (
    AsyncSessionStore,
    Lease,
    SessionStore,
    StoredData,
    check_data,
    check_lease,
    new_owner,
)
from sansio_tl_transports.stores.errors import StoredDataError, StoreError, StoreUnavailableError

KEY_SIZE = 32
_MAGIC = b"STLS\x01"
_ID, _NONCE = 8, 12
_SHOWN = 5
_HEADER = len(_MAGIC) + _ID + _NONCE


def new_key() -> bytes:
    """A random key."""
    return os.urandom(KEY_SIZE)


class SessionCipher:
    """Encrypts and decrypts what is stored under a name."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """The first key encrypts, all of them decrypt. Raises StoreError unless there is one, and each has 32 bytes."""
        if isinstance(keys, bytes) or not keys or not all(isinstance(k, bytes) and len(k) == KEY_SIZE for k in keys):
            raise StoreError(f"invalid keys: expected a list of bytes, {KEY_SIZE} each, such as [new_key()]")
        self._keys = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])

    def __repr__(self) -> str:
        return f"SessionCipher(<{len(self._keys)} keys>)"

    def is_current(self, data: bytes) -> bool:
        """Whether the data is encrypted with the first key."""
        return data.startswith(_MAGIC + self._current)

    def encrypt(self, name: str, data: bytes) -> bytes:
        """Encrypt the data of a session."""
        nonce = os.urandom(_NONCE)
        header = _MAGIC + self._current + nonce
        return header + self._keys[self._current].encrypt(nonce, data, _MAGIC + name.encode())

    def decrypt(self, name: str, data: bytes) -> bytes:
        """Decrypt the data of a session. Raises StoredDataError."""
        if not data.startswith(_MAGIC):
            kind = "encrypted by a newer version" if data.startswith(_MAGIC[:4]) else "not encrypted"
            raise StoredDataError(
                f"session {name!r} is {kind}: open it with the store inside EncryptedStore, or upgrade. It is kept"
            )
        key_id = data[len(_MAGIC) : len(_MAGIC) + _ID]
        if (key := self._keys.get(key_id)) is None:
            raise StoredDataError(
                f"session {name!r} is encrypted with key {key_id.hex()}, which is not among the given ones "
                f"({', '.join(each.hex() for each in self._keys)}): add that key to the list. It is not changed"
            )
        try:
            return key.decrypt(data[_HEADER - _NONCE : _HEADER], data[_HEADER:], _MAGIC + name.encode())
        except (InvalidTag, ValueError):
            raise StoredDataError(
                f"session {name!r} is damaged, or belongs to another name: restore it from a backup. It is not changed"
            ) from None

    def opened(self, name: str, stored: StoredData | None) -> StoredData | None:
        """What a store has returned, decrypted."""
        return None if stored is None else StoredData(self.decrypt(name, stored.data), stored.version)


def _key_id(key: bytes) -> bytes:
    """Identifies a key without disclosing it."""
    return hashlib.sha256(b"sansio_tl session key " + key).digest()[:_ID]


class EncryptedStore:
    """A store that keeps encrypted data in another one."""

    def __init__(self, store: SessionStore, keys: Sequence[bytes]) -> None:
        """`keys` is for `SessionCipher`."""
        self._store = store
        self._cipher = SessionCipher(keys)
        self.acquire = store.acquire
        self.renew = store.renew
        self.release = store.release
        self.delete = store.delete
        self.names = store.names
        self.close = store.close

    def __repr__(self) -> str:
        return f"EncryptedStore({self._store!r})"

    def load(self, name: str) -> StoredData | None:
        """What is stored. Raises StoredDataError when it cannot be decrypted."""
        return self._cipher.opened(name, self._store.load(name))

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        """Replace the stored version."""
        check_data(check_lease(lease).name, data)
        return self._store.save(lease, self._cipher.encrypt(lease.name, data), version=version)

    def reencrypt(self) -> int:
        """Encrypt every session with the first key; returns how many had another one.

        All others are done before it raises the error of a session that is not: LeaseHeldError for one in use,
        StoredDataError for a damaged one; a StoreError with the texts of several. Then call it again once that is
        solved. It stops when the store cannot be reached any more.
        """
        count = 0
        failures: list[StoreError] = []
        for name in self._store.names():
            try:
                count += self._reencrypt(name)
            except StoreError as error:
                failures.append(error)
                if isinstance(error, StoreUnavailableError):
                    self._store.names()  # raises unless it is only this session
        if len(failures) == 1:
            raise failures[0]
        if failures:
            texts = "; ".join(map(str, failures[:_SHOWN])) + ("; ..." if len(failures) > _SHOWN else "")
            raise StoreError(f"{len(failures)} sessions are not encrypted with the first key, all others are: {texts}")
        return count

    def _reencrypt(self, name: str) -> int:
        lease = self._store.acquire(name, new_owner(), 60)
        try:
            stored = self._store.load(name)
            if stored is None or self._cipher.is_current(stored.data):
                return 0
            self.save(lease, self._cipher.decrypt(name, stored.data), version=stored.version)
            return 1
        finally:
            with contextlib.suppress(StoreError):  # then it expires
                self._store.release(lease)


class AsyncEncryptedStore:
    """The same for a store with awaitable calls."""

    def __init__(self, store: AsyncSessionStore, keys: Sequence[bytes]) -> None:
        """`keys` is for `SessionCipher`."""
        self._store = store
        self._cipher = SessionCipher(keys)
        self.acquire = store.acquire
        self.renew = store.renew
        self.release = store.release
        self.delete = store.delete
        self.names = store.names
        self.close = store.close
        self.async_library: str | None = getattr(store, "async_library", None)

    def __repr__(self) -> str:
        return f"AsyncEncryptedStore({self._store!r})"

    async def load(self, name: str) -> StoredData | None:
        """What is stored. Raises StoredDataError when it cannot be decrypted."""
        return self._cipher.opened(name, await self._store.load(name))

    async def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        """Replace the stored version."""
        check_data(check_lease(lease).name, data)
        return await self._store.save(lease, self._cipher.encrypt(lease.name, data), version=version)
