"""In which envelope each unanswered request was sent.

Two notices of the server refer to envelopes: a container is rejected long after the record of it is gone (MS19), and a
session begins with some envelope, so that the requests in earlier ones are lost (MS20). Looking either up costs no more
than the requests that it finds, however many are unanswered (MS40).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable


class Envelopes:
    """Message ids of requests by the id of the envelope that they were last sent in, in the order of the envelopes."""

    def __init__(self) -> None:
        self._requests: dict[int, dict[int, None]] = {}
        self._envelope_of: dict[int, int] = {}
        self._order: list[int] = []

    def put(self, msg_id: int, envelope_id: int) -> None:
        """The request `msg_id` is sent in this envelope, perhaps not for the first time."""
        before = self._envelope_of.get(msg_id)
        if before == envelope_id:
            return
        if before is not None:
            self._remove(msg_id)
        self._envelope_of[msg_id] = envelope_id
        inside = self._requests.get(envelope_id)
        if inside is None:
            self._requests[envelope_id] = {msg_id: None}
            insort(self._order, envelope_id)
        else:
            inside[msg_id] = None

    def forget(self, msg_ids: Iterable[int]) -> None:
        """These are answered or abandoned."""
        for msg_id in msg_ids:
            if msg_id in self._envelope_of:
                self._remove(msg_id)

    def inside(self, envelope_id: int) -> tuple[int, ...]:
        """The requests in an envelope."""
        return tuple(self._requests.get(envelope_id, ()))

    def take_before(self, envelope_id: int) -> list[int]:
        """The requests in all envelopes with a lower id; they are forgotten."""
        end = bisect_left(self._order, envelope_id)
        earlier = self._order[:end]
        del self._order[:end]
        found = [msg_id for envelope in earlier for msg_id in self._requests.pop(envelope)]
        for msg_id in found:
            del self._envelope_of[msg_id]
        return found

    def _remove(self, msg_id: int) -> None:
        envelope_id = self._envelope_of.pop(msg_id)
        inside = self._requests[envelope_id]
        del inside[msg_id]
        if not inside:
            del self._requests[envelope_id]
            del self._order[bisect_left(self._order, envelope_id)]
