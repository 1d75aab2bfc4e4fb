"""Requests that must not be sent yet, because their predecessor was not, or was sent to another data center (L1)."""

from __future__ import annotations

from sansio_tl.client.request import ClientRequest
from sansio_tl.mtproto.client.request import RequestHandle


class InvokeAfterQueue:
    """Waiting requests by the predecessor that they wait for."""

    def __init__(self) -> None:
        self._waiting: dict[RequestHandle[object], list[ClientRequest]] = {}

    def hold(self, request: ClientRequest) -> None:
        """Let a request wait for its predecessor."""
        if request.after is not None:
            self._waiting.setdefault(request.after, []).append(request)

    def release(self, predecessor: ClientRequest) -> list[ClientRequest]:
        """The requests that have waited for this one, in their order; they wait no longer."""
        return self._waiting.pop(predecessor.handle, [])

    def forget(self, request: ClientRequest) -> None:
        """A request does not wait any more."""
        if request.after is not None and request in (waiting := self._waiting.get(request.after, [])):
            waiting.remove(request)
