"""The web site of a relay: what a client gets that does not prove the secret of its WEB proxy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

_HTML: Final = (("Content-Type", "text/html"),)
_OK: Final = 200
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """An answer."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = _HTML
    reason: str = "OK"
    """The text behind the status."""


def _plain(title: str, status: int) -> Page:
    text = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1>\r\n</body>\r\n</html>\r\n"
    return Page(text.encode("ascii"), status, reason=title.partition(" ")[2] if status != _OK else "OK")


@dataclass(frozen=True, slots=True)
class Site:
    """Pages of a site, by their paths. Let it look like the server before it, or give it a real site."""

    pages: Mapping[str, Page] = field(default_factory=lambda: {"/": _plain("It works", 200)})
    not_found: Page = field(default_factory=lambda: _plain("404 Not Found", 404))
    not_allowed: Page = field(default_factory=lambda: _plain("405 Not Allowed", 405))
    """For other methods than GET and HEAD of a page."""
    malformed: Page = field(default_factory=lambda: _plain("400 Bad Request", 400))
    """For what is not HTTP."""
    server: str = ""
    """The header Server; empty for none. A name is of use only if everything else is as that server has it, too."""

    def answer(self, method: str, path: str) -> Page:
        """The answer to a request."""
        page = self.pages.get(path)
        if page is None:
            return self.not_found
        return page if method in {"GET", "HEAD"} else self.not_allowed

    def common_headers(self, now: float) -> list[tuple[str, str]]:
        """Headers of every answer."""
        headers = [("Date", http_date(now))]
        return [("Server", self.server), *headers] if self.server else headers


def http_date(now: float) -> str:
    """A time as HTTP writes it (RFC 9110, 5.6.7)."""
    at = _EPOCH + timedelta(seconds=int(now))
    day, month = _DAYS[at.weekday()], _MONTHS[at.month - 1]
    return f"{day}, {at.day:02} {month} {at.year} {at.hour:02}:{at.minute:02}:{at.second:02} GMT"
