"""What the data centers remember for a short time: tokens, challenges, exported authorizations."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Generic, TypeVar

V = TypeVar("V")

MAX_PER_KEY: Final = 16
"""Items of one auth key."""
MAX_ITEMS: Final = 10_000
"""Items of all auth keys."""


class ExpiringItems(Generic[V]):
    """Items by a secret, each valid until its expiry.

    A client can have any number of them made, so there are at most `MAX_PER_KEY` of one auth key, and `MAX_ITEMS` in
    all: the oldest is dropped. All have the same lifetime, so that expired items are found at the front, in constant
    time.
    """

    def __init__(self, expires_at: Callable[[V], float]) -> None:
        self._expires_at = expires_at
        self._items: OrderedDict[bytes, tuple[bytes, V]] = OrderedDict()
        """Secret -> auth key id and item, the oldest first."""
        self._by_key: dict[bytes, OrderedDict[bytes, None]] = {}
        """Auth key id -> secrets, the oldest first."""

    def __repr__(self) -> str:
        return f"ExpiringItems(<{len(self._items)}>)"

    def __len__(self) -> int:
        return len(self._items)

    def secrets(self) -> list[bytes]:
        """The secrets, the oldest first."""
        return list(self._items)

    def values(self) -> list[V]:
        """The items, the oldest first; some may have expired."""
        return [value for _, value in self._items.values()]

    def put(self, secret: bytes, value: V, *, key_id: bytes, now: float) -> None:
        """Store an item of an auth key; the secret is a new one."""
        while self._items and now >= self._expires_at(next(iter(self._items.values()))[1]):
            self.pop(next(iter(self._items)))
        if len(self._by_key.get(key_id, ())) >= MAX_PER_KEY:
            self.pop(next(iter(self._by_key[key_id])))
        if len(self._items) >= MAX_ITEMS:
            self.pop(next(iter(self._items)))
        self._items[secret] = (key_id, value)
        self._by_key.setdefault(key_id, OrderedDict())[secret] = None

    def of(self, key_id: bytes) -> list[V]:
        """The items of an auth key, the oldest first; some may have expired."""
        return [self._items[secret][1] for secret in self._by_key.get(key_id, ())]

    def get(self, secret: bytes) -> V | None:
        """The item with this secret, even if it has expired lately."""
        found = self._items.get(secret)
        return None if found is None else found[1]

    def find(self, secret: bytes, now: float) -> V | None:
        """The item with this secret, if it has not expired."""
        value = self.get(secret)
        return None if value is None or now >= self._expires_at(value) else value

    def take(self, secret: bytes, now: float) -> V | None:
        """The same, and remove it: it is valid once."""
        value = self.find(secret, now)
        self.pop(secret)
        return value

    def pop(self, secret: bytes) -> None:
        """Remove an item, if it is there."""
        found = self._items.pop(secret, None)
        if found is None:
            return
        key_id, _ = found
        secrets = self._by_key[key_id]
        del secrets[secret]
        if not secrets:
            del self._by_key[key_id]
