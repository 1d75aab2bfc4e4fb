"""The requests of a session until their answers are acknowledged, and the memory that they take (MS34).

A request counts as the memory of its objects until it is answered, then its answer counts until it is acknowledged.
What the application has received counts until the application has answered or released it, even if it is not kept here
any more.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Protocol, TypeVar

from sansio_tl.limits import Limits
from sansio_tl.mtproto.send_queue import OVERHEAD
from sansio_tl.mtproto.server.held_bytes import HeldBytes


class _KeptRequest(Protocol):
    """A request, or what stands for it once it is answered."""

    @property
    def msg_id(self) -> int: ...
    @property
    def answered(self) -> bool: ...
    @property
    def failed(self) -> bool: ...
    @property
    def reported(self) -> bool: ...
    @property
    def size(self) -> int: ...
    def set_size(self, size: int) -> None: ...
    def set_reported(self) -> None: ...


R = TypeVar("R", bound=_KeptRequest)


class KeptRequests(Mapping[int, R]):
    """Requests by message id, the oldest first."""

    def __init__(self, of_key: HeldBytes, limits: Limits) -> None:
        """`of_key` counts the bytes of all sessions of the key."""
        self._limits = limits
        self._of_key = of_key
        self._held = HeldBytes(of_key)
        self._requests: dict[int, R] = {}
        self._answered: OrderedDict[int, None] = OrderedDict()
        """Those that are answered, the one that was answered first at the front."""
        self._failed: dict[int, None] = {}
        """Requests that failed and are not kept any more, the latest ones: what follows them must fail as well."""

    def __getitem__(self, msg_id: int) -> R:
        return self._requests[msg_id]

    def __contains__(self, msg_id: object) -> bool:
        return msg_id in self._requests

    def __iter__(self) -> Iterator[int]:
        return iter(self._requests)

    def __len__(self) -> int:
        return len(self._requests)

    def find(self, msg_id: int) -> R | None:
        """The request with that message id, if it is kept."""
        return self._requests.get(msg_id)

    def has_failed(self, msg_id: int) -> bool:
        """Whether the request with that message id was answered with an error (L1)."""
        request = self._requests.get(msg_id)
        return msg_id in self._failed if request is None else request.failed

    @property
    def held(self) -> HeldBytes:
        """Bytes that the session holds."""
        return self._held

    @property
    def is_full(self) -> bool:
        """Whether there are more requests than may be."""
        return len(self._requests) > self._limits.max_unacked_responses

    @property
    def has_room(self) -> bool:
        """MS34: whether another request may be kept."""
        return self._has_room(0)

    def has_room_for(self, answer: bytes, request: R) -> bool:
        """MS34: whether an answer may be kept in place of its request."""
        return len(answer) <= self._limits.assured_answer_size or self._has_room(request.size)

    def _has_room(self, freed: int) -> bool:
        """Whether there is room when `freed` bytes are held no more. The bytes of other keys do not lock a key out."""
        limits, of_key = self._limits, self._of_key
        if self._held.count - freed >= limits.max_session_bytes or of_key.count - freed >= limits.max_key_bytes:
            return False
        in_engine, in_application = of_key.in_engine.whole, of_key.in_application.whole
        if in_engine is None or in_application is None:
            return True
        if of_key.count - freed < limits.assured_key_bytes:
            return in_application.count - freed <= 2 * limits.max_held_bytes
        return in_engine.count + in_application.count - freed < limits.max_held_bytes

    def put(self, request: R, size: int) -> None:
        """Keep a request of `size` bytes, or put its answer in its place: the query is not needed any more then."""
        before = self._requests.get(request.msg_id)
        if before is not None and before.reported:
            self.release(before)
        elif before is not None:
            self._held.in_engine.add(-before.size)
        request.set_size(size + OVERHEAD)
        self._requests[request.msg_id] = request
        if request.answered:
            self._answered[request.msg_id] = None
        self._held.in_engine.add(request.size)

    def set_reported(self, request: R) -> None:
        """The application has received a request: it counts until the application has answered it."""
        self._held.in_engine.add(-request.size)
        self._held.in_application.add(request.size)
        request.set_reported()

    def release(self, request: R) -> None:
        """The application does not hold a request any more: it does not count."""
        if request.reported:
            self._held.in_application.add(-request.size)
            request.set_size(0)

    def forget(self, request: R) -> None:
        """Its answer has arrived, or is kept no longer; only whether it has failed is remembered for a while (L1)."""
        known = self._requests.pop(request.msg_id, None)
        self._answered.pop(request.msg_id, None)
        if known is not None and not known.reported:
            self._held.in_engine.add(-known.size)
        if request.failed:
            self._failed[request.msg_id] = None
            if len(self._failed) > self._limits.replay_window:
                del self._failed[next(iter(self._failed))]

    def forget_excess(self) -> R | None:
        """If there are more requests than may be, forget the one that was answered first; returns it.

        The cost is the same however many requests wait for their answers (MS49).
        """
        if not self.is_full or not self._answered:
            return None
        oldest = self._requests[next(iter(self._answered))]
        self.forget(oldest)
        return oldest

    def close(self) -> list[R]:
        """Forget everything; returns the requests that were not answered."""
        unanswered = [request for request in self._requests.values() if not request.answered]
        self._held.leave()
        self._requests, self._failed = {}, {}
        self._answered.clear()
        return unanswered
