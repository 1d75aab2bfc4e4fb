"""What a session store does: keep bytes under a name, for one client at a time.

    lease = store.acquire("alice", new_owner(), 60)         # LeaseHeldError while another client has it
    stored = store.load("alice")                            # None when nothing is stored
    version = store.save(lease, data, version=stored.version if stored else 0)
    store.renew(lease, 60)
    store.release(lease)

Load after `acquire`, not before: until then a save of the earlier client may still arrive. Two rules keep a session
intact, whatever a client or the network does:

- **Fencing.** Each `acquire` gives a token that is greater than all earlier ones of the name, also after `delete`.
  `save`, `delete` and `renew` raise LeaseLostError unless token and owner are those of the latest lease, and it is not
  released. (The owner counts, too: a store restored from a backup gives some tokens again.) So a client that was
  stopped for an hour, or a packet that arrives late, changes nothing once another client has the lease. Until then the
  holder may still save, even if its lease has expired: nothing has happened in between.
- **Compare and set.** `save` and `delete` name the version that they replace. So a save that timed out, and arrives
  after the next one of the same client, changes nothing.

Fencing protects the store, but not the data center, which accepts whatever has the key. Therefore a client stops before
its lease expires (`LeaseOptions`): it counts from before it sent `acquire` or `renew`, by a clock of its own, and stops
`margin` earlier than the store lets another client in. Only the rates of the two clocks matter then, not what they
show. `margin` must exceed their difference over one lease, and the time that sent bytes need to arrive; also every step
of the wall clock that the store counts by, the computer's (files, SQLite) or the server's (Redis, PostgreSQL).

Every operation is atomic. Any thread may call them; each call blocks until it is done, or raises StoreUnavailableError.
"""

from __future__ import annotations

import logging
import math
import os
import re
import secrets
import socket
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeGuard

from sansio_tl.validation import require, require_seconds
from sansio_tl_transports._shared.escape_text import shortened, visible
from sansio_tl_transports.stores.errors import StoreError

MAX_NAME = 64
"""Bytes of a name in UTF-8: it becomes a file name."""
MAX_DATA = 1 << 20
"""Bytes of a stored session. An account has some thousands."""
MAX_OWNER = 256
"""Bytes of an owner in UTF-8."""
MAX_SECONDS = 86400.0
"""The longest time of a lease: a day. A crash keeps others out for as long."""
_INVALID = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
"""Control characters and surrogates, which UTF-8 does not have."""
_LOG: Final = logging.getLogger("sansio_tl_transports.stores")


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to use the session `name`."""

    name: str
    token: int
    """Greater than those of all earlier leases of this name."""
    owner: str
    """Who has it, for the error message of others."""


@dataclass(frozen=True, slots=True)
class StoredData:
    """What a store has under a name."""

    data: bytes = field(repr=False)
    """At most `MAX_DATA` bytes; they contain auth keys."""
    version: int
    """At least 1; each save increases it, also after `delete`."""


@dataclass(frozen=True, slots=True)
class LeaseOptions:
    """How long a lease is valid, and when a client stops if it cannot renew it."""

    seconds: float = 60.0
    """How long the store keeps other clients out after the last renewal: so long a crash delays the next start."""
    margin: float = 10.0
    """How much earlier this client stops: see `sansio_tl_transports.stores.base`."""
    wait: float = 0.0
    """How long to wait for a lease that another client has. `seconds` or more outlasts that of a crashed process."""

    def __post_init__(self) -> None:
        require_seconds("LeaseOptions.seconds", self.seconds, most=MAX_SECONDS)
        require_seconds("LeaseOptions.wait", self.wait)
        require_seconds("LeaseOptions.margin", self.margin)
        ok = 0 < self.margin < self.seconds
        require(ok, "LeaseOptions.margin", "more than 0 and less than LeaseOptions.seconds", self.margin)

    @property
    def usable(self) -> float:
        """Seconds for which this client uses the lease without renewing it."""
        return self.seconds - self.margin

    @property
    def renew_after(self) -> float:
        """Seconds after which it is renewed: two more attempts are left before the client must stop."""
        return self.usable / 3


class SessionStore(Protocol):
    """A store with blocking calls. The adapters for asyncio and trio make them in threads."""

    def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        """Get the lease of a name, for which nothing needs to be stored yet.

        Raises LeaseHeldError while another owner has it. The same owner gets a new token: its first attempt may have
        succeeded although it got no answer.
        """
        ...

    def renew(self, lease: Lease, seconds: float) -> None:
        """Let the lease expire so many seconds from now. Raises LeaseLostError when it is released or replaced."""
        ...

    def release(self, lease: Lease) -> None:
        """Let others acquire it. No effect when there is a later one."""
        ...

    def load(self, name: str) -> StoredData | None:
        """What is stored; None for nothing. Needs no lease."""
        ...

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        """Replace the stored version, 0 for none; returns the new version.

        Raises LeaseLostError when the lease is released or replaced, StoreConflictError when another version is stored.
        """
        ...

    def delete(self, lease: Lease, *, version: int) -> None:
        """Delete the stored version. The lease stays. Raises what `save` raises."""
        ...

    def names(self) -> list[str]:
        """The names under which something is stored, sorted; damaged sessions, too.

        An entry that is no session, because another program has made it, is logged and left out.
        """
        ...

    def close(self) -> None:
        """Close connections and files. The store is not used any more."""
        ...


class AsyncSessionStore(Protocol):
    """The same with awaitable calls, for stores whose library is asynchronous. See `SessionStore`.

    One that works in asyncio or in trio only may have an attribute `async_library` with that name: the other adapter
    refuses it then.
    """

    def acquire(self, name: str, owner: str, seconds: float) -> Awaitable[Lease]:
        """Get the lease of a name."""
        ...

    def renew(self, lease: Lease, seconds: float) -> Awaitable[None]:
        """Extend the lease."""
        ...

    def release(self, lease: Lease) -> Awaitable[None]:
        """Let others acquire it."""
        ...

    def load(self, name: str) -> Awaitable[StoredData | None]:
        """What is stored."""
        ...

    def save(self, lease: Lease, data: bytes, *, version: int) -> Awaitable[int]:
        """Replace the stored version."""
        ...

    def delete(self, lease: Lease, *, version: int) -> Awaitable[None]:
        """Delete the stored version."""
        ...

    def names(self) -> Awaitable[list[str]]:
        """The names under which something is stored."""
        ...

    def close(self) -> Awaitable[None]:
        """Close connections."""
        ...


AnyStore = SessionStore | AsyncSessionStore


def new_owner() -> str:
    """The name of an owner that no other one has: host, process and a random text."""
    host = "".join(char for char in socket.gethostname() if char.isascii() and char.isprintable())
    return f"{host[:100]}:{os.getpid()}:{secrets.token_hex(4)}"


def kind_of(store: object) -> str:
    """The class of a store, for error messages: as the user knows it, so that of the store inside one of a fleet's."""
    return type(getattr(store, "store_of_user", store)).__name__


# What every store checks before it does anything. A store of your own does well to call these functions, too.


def check_name(name: object) -> str:
    """Raise StoreError for a name that some store could not keep."""
    if isinstance(name, str) and name and not _INVALID.search(name) and len(name.encode()) <= MAX_NAME:
        return name
    raise StoreError(
        f"invalid name of a session: expected a text of 1 to {MAX_NAME} bytes in UTF-8 without control characters and "
        "surrogates"
    )


def listed_names(store: object, found: Iterable[object]) -> list[str]:
    """The valid names among those that a store has found, sorted. Others are logged: no method takes them."""
    names: set[str] = set()
    for name in found:
        try:
            names.add(check_name(name))
        except StoreError:
            shown = visible(shortened(str(name), MAX_NAME))
            _LOG.warning("%r has an entry that is no session, which is left out: %s", store, shown)
    return sorted(names)


def check_owner(owner: object) -> str:
    """Raise StoreError for an owner that some store could not keep, or that cannot be shown."""
    if isinstance(owner, str) and owner and owner.isprintable() and len(owner.encode()) <= MAX_OWNER:
        return owner
    raise StoreError(
        f"invalid owner of a lease: expected a printable text of 1 to {MAX_OWNER} bytes in UTF-8, such as new_owner()"
    )


def check_seconds(seconds: object) -> float:
    """Raise StoreError for a time that a lease cannot have."""
    if type(seconds) in (int, float) and 0 < seconds <= MAX_SECONDS:  # type: ignore[operator]  # NaN is neither
        return float(seconds)  # type: ignore[arg-type]
    raise StoreError(f"invalid time of a lease: expected seconds, more than 0 and at most {MAX_SECONDS:g}")


def check_lease(lease: object) -> Lease:
    """Raise StoreError for what is no lease that a store gives."""
    if isinstance(lease, Lease) and is_number(lease.token):
        check_name(lease.name)
        check_owner(lease.owner)
        return lease
    raise StoreError("invalid lease: expected what acquire has returned")


def check_version(version: object) -> int:
    """Raise StoreError for what is no version."""
    if is_number(version):
        return version
    raise StoreError("invalid version of a session: expected what load or save has returned, or 0 for nothing stored")


def check_data(name: str, data: object) -> bytes:
    """Raise StoreError for data that is not bytes, or too large."""
    if not isinstance(data, bytes):
        raise StoreError(f"cannot save session {name!r}: expected bytes, found {type(data).__name__}")
    if len(data) > MAX_DATA:
        raise StoreError(
            f"cannot save session {name!r}: it has {len(data)} bytes, more than {MAX_DATA}. If it keeps lost keys, "
            "delete those with: sansio-tl sessions forget-lost"
        )
    return data


def is_number(value: object) -> TypeGuard[int]:
    """Whether it can be a version or a token."""
    return type(value) is int and 0 <= value < 1 << 53  # so far Redis counts exactly


def check_time(now: object) -> float:
    """Raise StoreError for what a clock must not return."""
    if isinstance(now, int | float) and math.isfinite(now):
        return now
    raise StoreError("invalid time: the clock of the store must return finite seconds since the Unix epoch")
