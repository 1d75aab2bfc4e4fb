"""An auth key of a data center: its salts, its lifetime, and for a temporary key the permanent one that it stands for.

A salt lasts for two periods and a new one begins each period, so that two are valid at any time and a client has a
whole period to switch (MS23). The first is that of the handshake (HS16), later ones are derived from the key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from math import inf

from sansio_tl import types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.limits import Limits
from sansio_tl.mtproto.message_ids import Numbering
from sansio_tl.mtproto.server.held_bytes import HeldBytes
from sansio_tl.mtproto.server.refused_packets import RefusedPackets

SALT_PERIOD = 1800.0
"""Seconds between two new salts, as in Telegram's data centers."""


@dataclass(slots=True)
class ServerKey:
    """One auth key of a data center, without its sessions."""

    auth_key: AuthKey
    first_salt: int = field(repr=False)
    """The salt that the handshake gave, signed 64 bit."""
    created_at: float = 0.0
    """Server time of the handshake, in seconds."""
    expires_at: float | None = None
    """Server time at which a temporary key ends; None for a permanent one."""
    bound_to: bytes | None = None
    """Id of the permanent key that a temporary key is bound to (auth.bindTempAuthKey); None before that."""
    salt_period: float = SALT_PERIOD
    """Seconds between two new salts."""
    salts_sent_at: float = -inf
    """When the client last received more than the present salt."""
    layer: int | None = None
    """The layer of the latest invokeWithLayer: new sessions begin with it."""
    refused: RefusedPackets = field(default_factory=RefusedPackets, repr=False)
    """Packets that were refused and must stay so (MS28)."""
    held: HeldBytes = field(default_factory=HeldBytes, repr=False)
    """Bytes that its sessions hold."""
    numbering: Numbering = field(default_factory=Numbering, repr=False)
    """Numbers messages in sessions that are not open."""

    @property
    def identity(self) -> bytes:
        """Id of the permanent key: what an application should know a client by."""
        return self.bound_to or self.auth_key.id

    def expired(self, now: float) -> bool:
        """Whether it was a temporary key that has ended."""
        return self.expires_at is not None and now >= self.expires_at

    def bind_to(self, permanent_id: bytes) -> None:
        """This temporary key stands for the permanent key of that id (HS18)."""
        self.bound_to = permanent_id

    def set_layer(self, layer: int) -> None:
        """The client has sent invokeWithLayer."""
        self.layer = layer

    def salt(self, now: float) -> int:
        """The newest salt that is valid at server time `now`."""
        return self._salt(self._period(now))

    def accepts(self, salt: int, now: float) -> bool:
        """Whether a message may carry `salt` at server time `now`."""
        period = self._period(now)
        return salt == self._salt(period) or (period > 0 and salt == self._salt(period - 1))

    def salt_ends(self, salt: int, now: float, *, known_ahead: int) -> float:
        """When a salt that is valid now, or will be, ends; `now` for any other.

        The client knows `known_ahead` salts at most.
        """
        present = self._period(now)
        for period in range(max(0, present - 1), present + known_ahead):
            if salt == self._salt(period):
                return self.created_at + (period + 2) * self.salt_period
        return now

    def future_salts(self, count: int, now: float) -> list[types.mtproto.FutureSalt]:
        """The next `count` salts from the present one on."""
        present = self._period(now)
        return [
            types.mtproto.FutureSalt(
                valid_since=int(self.created_at + period * self.salt_period),
                valid_until=int(self.created_at + (period + 2) * self.salt_period),
                salt=self._salt(period),
            )
            for period in range(present, present + count)
        ]

    def take_future_salts(self, count: int, limits: Limits, now: float) -> list[types.mtproto.FutureSalt]:
        """The salts to answer get_future_salts with: `count`, within bounds, and soon after that only the present one
        (MS23).
        """
        if now < self.salts_sent_at + limits.salt_answer_interval:
            return self.future_salts(1, now)
        self.salts_sent_at = now
        return self.future_salts(min(max(count, 1), limits.max_future_salts), now)

    def _period(self, now: float) -> int:
        return max(0, int((now - self.created_at) // self.salt_period))

    def _salt(self, period: int) -> int:
        if period == 0:
            return self.first_salt
        digest = sha256(self.auth_key.key + period.to_bytes(8, "little")).digest()
        return int.from_bytes(digest[:8], "little", signed=True)
