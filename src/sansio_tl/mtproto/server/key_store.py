"""What a data center knows of its auth keys, and which of the temporary ones end next (HS18)."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from heapq import heapify, heappop, heappush

from sansio_tl.framing.seen_hellos import SeenHellos
from sansio_tl.limits import Limits
from sansio_tl.mtproto.server.held_bytes import HeldBytes
from sansio_tl.mtproto.server.key_record import KeyRecord
from sansio_tl.mtproto.server.server_key import ServerKey

_SPARE = 64
"""Ends that may be noted of keys which are gone, beside one for each key that is there."""


class KeyStore(MutableMapping[bytes, KeyRecord]):
    """Records by the 8 bytes of the auth key id, the oldest first."""

    def __init__(self) -> None:
        self._records: dict[bytes, KeyRecord] = {}
        self._held = HeldBytes()
        self._seen_hellos = SeenHellos()
        self._bound: dict[bytes, dict[bytes, None]] = {}
        """By the id of a permanent key, the temporary ones that stand for it, in the order in which they were bound."""
        self._ends: list[tuple[float, bytes]] = []
        """A heap: when temporary keys end, and their ids. Whether a key still exists is checked at that time."""

    @property
    def held(self) -> HeldBytes:
        """Bytes that the sessions of all keys hold (MS34)."""
        return self._held

    @property
    def seen_hellos(self) -> SeenHellos:
        """What the data center's connections have answered as an MTProxy with fake TLS."""
        return self._seen_hellos

    def __getitem__(self, key_id: bytes) -> KeyRecord:
        return self._records[key_id]

    def __setitem__(self, key_id: bytes, record: KeyRecord) -> None:
        replaced = self._records.get(key_id)
        if replaced is not None:
            replaced.held.leave()
            self._unbind(replaced)
        self._records[key_id] = record
        record.held.join(self._held)
        if record.bound_to is not None:
            self._bound.setdefault(record.bound_to, {})[key_id] = None
        if record.expires_at is not None:
            heappush(self._ends, (record.expires_at, key_id))
            if len(self._ends) > 2 * len(self._records) + _SPARE:
                self._note_again()

    def __delitem__(self, key_id: bytes) -> None:
        """A key is destroyed: its connections end, and with a permanent key its temporary ones (MS29)."""
        record = self._records.pop(key_id)
        record.held.leave()
        self._unbind(record)
        record.end()
        for temporary in self._bound.pop(key_id, ()):
            self.pop(temporary, None)

    def _unbind(self, record: KeyRecord) -> None:
        """A temporary key, if it is one, stands for no permanent one any more."""
        if record.bound_to in self._bound:
            self._bound[record.bound_to].pop(record.auth_key.id, None)

    def bind(self, temporary: ServerKey, permanent: ServerKey, *, limits: Limits, now: float) -> list[bytes]:
        """From now on the temporary key stands for the permanent one, and ends with it (HS18, MS29).

        A permanent key has `max_temporary_keys` of them (MS46): beyond that the oldest without a connection ends, or if
        all have one, the oldest. Returns the ids of those that have ended. The new one is never among them.
        """
        permanent_id, temporary_id = permanent.auth_key.id, temporary.auth_key.id
        temporary.bind_to(permanent_id)
        bound = self._bound.setdefault(permanent_id, {})
        bound.pop(temporary_id, None)
        excess = list(bound)
        if len(excess) >= limits.max_temporary_keys:
            excess.sort(key=lambda key_id: self._records[key_id].is_connected(now))
        del excess[max(0, len(excess) - limits.max_temporary_keys + 1) :]
        bound[temporary_id] = None
        for key_id in excess:
            del self[key_id]
        return excess

    def temporary_keys_of(self, permanent_id: bytes) -> list[KeyRecord]:
        """The temporary keys that stand for a permanent one."""
        return [self._records[key_id] for key_id in self._bound.get(permanent_id, ())]

    def holds(self, record: ServerKey) -> bool:
        """Whether the key of that record is still there, and was not destroyed or replaced."""
        return self._records.get(record.auth_key.id) is record

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def purge_expired(self, now: float) -> None:
        """Temporary keys whose time is over go, with their sessions: nothing under them is opened any more (HS18).

        Looks at those only, each of them once.
        """
        while self._ends and self._ends[0][0] <= now:
            _, key_id = heappop(self._ends)
            record = self._records.get(key_id)
            if record is not None and record.expired(now):
                del self[key_id]

    def _note_again(self) -> None:
        """Most of the noted ends are of keys that were destroyed before: leave those out."""
        self._ends = [
            (record.expires_at, key_id) for key_id, record in self._records.items() if record.expires_at is not None
        ]
        heapify(self._ends)
