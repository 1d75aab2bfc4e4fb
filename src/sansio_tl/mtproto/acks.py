"""Acknowledgements of the peer's messages.

Each content-related message is acknowledged, inner messages of containers too (MS10). Acknowledgements are batched and
sent with other messages: with any other message once there are `ack_batch_size` of them or the oldest has waited
`max_ack_delay`; alone when there are `max_pending_acks` or the oldest has waited `ack_delay`. So a call that is
answered at once costs no container with an acknowledgement in it, neither us nor the peer.
One msgs_ack names at most `max_ids_per_message` messages (MS11).
"""

from __future__ import annotations

from math import inf

from sansio_tl import codec, types
from sansio_tl.limits import Limits


class PendingAcks:
    """The message ids that still have to be acknowledged, oldest first."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._msg_ids: dict[int, None] = {}
        self._oldest = 0.0
        self._urgent = False
        self.deadline = inf
        """When `handle_deadline` must be called, so that they are sent alone; infinity for never."""

    def __len__(self) -> int:
        return len(self._msg_ids)

    def add(self, msg_id: int, now: float) -> None:
        """Acknowledge `msg_id`: once, also if it comes again, but then without delay."""
        if not self._msg_ids:
            self._oldest = now
        self._urgent |= msg_id in self._msg_ids
        self._msg_ids[msg_id] = None
        self.deadline = self._find_deadline()

    def _find_deadline(self) -> float:
        if not self._msg_ids or self._urgent:
            return inf
        if len(self._msg_ids) >= self._limits.max_pending_acks:
            return self._oldest
        return self._oldest + self._limits.ack_delay

    def handle_deadline(self, now: float) -> None:
        """If they are due, they are sent as soon as the connection takes bytes: there is no deadline any longer."""
        self._urgent = self.due(now)
        self.deadline = self._find_deadline()

    def due(self, now: float) -> bool:
        """Whether they must be sent now."""
        return self._urgent or now >= self.deadline

    def join_others(self, now: float) -> bool:
        """Whether they are sent now if something else is."""
        count = len(self._msg_ids)
        return count >= self._limits.ack_batch_size or (count > 0 and now >= self._oldest + self._limits.max_ack_delay)

    def take(self) -> list[bytes]:
        """The bodies of the msgs_ack messages for all of them; afterwards there are none."""
        msg_ids, self._msg_ids, self._urgent, self.deadline = list(self._msg_ids), {}, False, inf
        step = self._limits.max_ids_per_message
        return [
            codec.encode(types.mtproto.MsgsAck(msg_ids=msg_ids[start : start + step]))
            for start in range(0, len(msg_ids), step)
        ]
