"""Requests that must not leave yet, because the one that they follow has not left or goes another way (L1)."""

from __future__ import annotations

from sansio_tl.client.request import ClientRequest
from sansio_tl.mtproto.client.request import RequestHandle


class InvokeAfterQueue:
    """Who waits for whom."""

    def __init__(self) -> None:
        self._waiting: dict[RequestHandle[object], list[ClientRequest]] = {}

    def hold(self, route: ClientRequest) -> None:
        """Let a request wait for the one that it follows."""
        if route.after is not None:
            self._waiting.setdefault(route.after, []).append(route)

    def release(self, first: ClientRequest) -> list[ClientRequest]:
        """Those that have waited for this one, in their order."""
        return self._waiting.pop(first.handle, [])

    def forget(self, route: ClientRequest) -> None:
        """Let a request not wait any more."""
        if route.after is not None and route in (waiting := self._waiting.get(route.after, [])):
            waiting.remove(route)
