"""Which web pages may use a server from a browser: the Origin header of HTTP requests and WebSocket upgrades.

A browser lets any page send requests to any address that it can reach, loopback and private networks included, and
names the page's origin. Telegram's own servers accept every origin. A server for local programs only has to reject
foreign pages by that header; programs other than browsers do not send it. https://www.rfc-editor.org/rfc/rfc6454;
https://fetch.spec.whatwg.org/#origin-header
"""

from __future__ import annotations

from typing import Final

from sansio_tl.framing.http11 import Headers, h11, header


class AllowedOrigins:
    """The allowed origins, such as ``https://web.example``; None allows all."""

    def __init__(self, allowed: frozenset[str] | None) -> None:
        self._allowed = allowed

    def accepts(self, head: h11.Request) -> bool:
        """Whether a request comes from an allowed page, or from no page at all."""
        origin = header(head, "origin")
        return not origin or self._allowed is None or origin in self._allowed

    def headers(self, head: h11.Request) -> Headers:
        """The headers that allow the page to read the response."""
        if self._allowed is None:
            return [("Access-Control-Allow-Origin", "*")]
        origin = header(head, "origin")
        return [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")] if origin and self.accepts(head) else []


ANY_ORIGIN: Final = AllowedOrigins(None)
