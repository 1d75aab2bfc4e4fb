"""Recognises a web server where a data center should be: a wrong address, or the sign-in page of a network.

Web servers wait for the end of a request line that MTProto never sends, so that all that a client sees is silence. Only
after a connection has failed is a request of HTTP sent, on a connection of its own.
"""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from typing import Final

from sansio_tl.errors import ConnectionLostError, RemoteProtocolError, TransportError
from sansio_tl_transports.cli.answer_timeout import AnswerTimeout, NoAnswer
from sansio_tl_transports.cli.dc_option import Target
from sansio_tl_transports.cli.terminal import Failure

BEGINS_AS_HTTP: Final = 'the text "HTTP"'
"""What the error of a packet length says when a web server has answered to MTProto. A data center never does."""
PROBE_TIMEOUT: Final = 3.0
MAX_HEADER: Final = 8192

_STATUS: Final = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})")
_LOCATION: Final = re.compile(rb"\r?\nlocation:[ \t]*([\x21-\x7e]+)", re.IGNORECASE)
_OF_DATA_CENTERS: Final = frozenset({400, 404, 405})
"""Data centers serve HTTP, too, and answer other requests than those of MTProto with these."""
_TRANSPORT_ERRORS: Final = frozenset({-404, -429, -444})
"""Codes that data centers send; others are the status of a web server that the HTTP framing has received."""


@contextlib.contextmanager
def web_servers_named(target: Target, where: str, *, direct: bool) -> Iterator[None]:
    """Turn the failure of a connection into one that says so when a web server answers at this address.

    `direct` is False for connections through a proxy, which are not tried again.
    """
    try:
        yield
    except (NoAnswer, ConnectionLostError, RemoteProtocolError, TransportError) as error:
        if not direct or (isinstance(error, TransportError) and error.code in _TRANSPORT_ERRORS):
            raise
        spoke_http = isinstance(error, RemoteProtocolError) and BEGINS_AS_HTTP in str(error)
        if (answer := web_answer(target, any_status=spoke_http)) is None:
            raise
        raise Failure(
            f"a web server answers at {where}, not a data center ({answer}). Check the address. If it is right, this"
            " network may want you to sign in first: open a web page in a browser, then try again"
        ) from error


def web_answer(target: Target, *, any_status: bool = False) -> str | None:
    """The status of the answer to a request of HTTP, and where it redirects to; None for another answer or none.

    Without `any_status`, those that data centers send are None, too.
    """
    request = f"GET / HTTP/1.1\r\nHost: {AnswerTimeout.for_target(target, 0).where}\r\nConnection: close\r\n\r\n"
    header = b""
    with (
        contextlib.suppress(OSError),
        socket.create_connection((target.host, target.port), timeout=PROBE_TIMEOUT) as connection,
    ):
        connection.sendall(request.encode("ascii", "replace"))
        while b"\n\r\n" not in header and len(header) < MAX_HEADER and (data := connection.recv(MAX_HEADER)):
            header += data
    status = _STATUS.match(header)
    if status is None or (int(status[1]) in _OF_DATA_CENTERS and not any_status):
        return None
    location = _LOCATION.search(header)
    redirect = "" if location is None else f", which redirects to {location[1].decode('ascii')}"
    return f"HTTP {status[1].decode('ascii')}{redirect}"
