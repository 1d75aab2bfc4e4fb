"""Fetches help.configSimple over one connection: an engine for `ConnectionRunner`. Needs h11 (the extra `http`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from sansio_tl import Limits
from sansio_tl.client import FetchConfig
from sansio_tl.client.simple_config import MAX_ANSWER
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError

_OK: Final = 200
_HTTPS: Final = 443


def require_h11() -> None:
    """Raises LocalProtocolError without h11."""
    try:
        import sansio_tl.framing.http11  # noqa: F401
    except ImportError as error:
        raise LocalProtocolError(f"config_fallback: {error}") from error


class ConfigFetch:
    """One request and its response."""

    def __init__(self, action: FetchConfig, done: Callable[[bytes | str], object]) -> None:
        """`done` is called once: with the body of a response 200, or the reason why there is none."""
        from sansio_tl.framing.http11 import Body, Responses, h11, request

        parts = urlsplit(action.url)
        self.address = parts.hostname or "", parts.port or _HTTPS
        """Host and port of the server."""
        self._done = done
        self._http = h11.Connection(h11.CLIENT)
        self._responses = Responses(self._http)
        self._body = Body(MAX_ANSWER, Limits())
        self._closed = False
        target = f"{parts.path or '/'}?{parts.query}"
        headers = [("Host", parts.netloc), ("Accept", action.accept), ("Connection", "close")]
        self._output = request(self._http, "GET", target, headers)

    @property
    def closed(self) -> bool:
        """Whether there is an outcome."""
        return self._closed

    def receive_data(self, data: bytes, *, now: float) -> None:
        """Take bytes of the response; ``b""`` is the end of the stream."""
        del now
        if self._closed:
            return
        try:
            self._http.receive_data(data)
            outcome = self._read()
        except RemoteProtocolError as error:
            outcome = str(error)
        if outcome is None and not data:
            outcome = "the server closed the connection"
        if outcome is not None:
            self._finish(outcome)

    def _read(self) -> bytes | str | None:
        from sansio_tl.framing.http11 import h11

        while (event := self._responses.read_event()) is not None:
            match event:
                case h11.Response():
                    if event.status_code != _OK:
                        return f"the server returned status {event.status_code}"
                    self._body.announce(event)
                case h11.Data():
                    self._body.extend(event)
                case h11.EndOfMessage():
                    return self._body.take()
        return None

    def data_to_send(self, *, now: float) -> bytes:
        """The request, once."""
        del now
        output, self._output = self._output, b""
        return b"" if self._closed else output

    def next_deadline(self) -> None:
        """None: the client has one for it."""

    def handle_deadline(self, *, now: float) -> None:
        """No effect."""

    def close(self, *, now: float) -> None:
        """The connection has ended, or the response is not needed any more."""
        del now
        if not self._closed:
            self._finish("the connection was closed")

    def _finish(self, outcome: bytes | str) -> None:
        self._closed = True
        self._done(outcome)
