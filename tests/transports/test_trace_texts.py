"""The texts of events of a trace, as logs and `sansio-tl trace` show them."""

from __future__ import annotations

import pytest

from sansio_tl import trace
from sansio_tl_transports.tracing.descriptions import describe


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (trace.ConnectionOpened(1, 2, "client", "192.0.2.1:443"), "connection 1 to DC 2 (192.0.2.1:443) is open"),
        (trace.ConnectionOpened(1, 2, "server", None), "connection 1 accepted by DC 2 is open"),
        (
            trace.RequestFinished(
                2, "auth.signIn", 2, "error", 0.000757, 1, "SESSION_PASSWORD_NEEDED", 401, content=None
            ),
            "request 2 auth.signIn: error 401 SESSION_PASSWORD_NEEDED from DC 2 after 0.757 ms",
        ),
        (
            trace.RequestFinished(2, "auth.signIn", 2, "unknown", 2.0, 2, "the connection ended", None, content=None),
            "request 2 auth.signIn has no known outcome after 2 s, sent 2 times: the connection ended",
        ),
        (
            trace.RequestFinished(2, "auth.signIn", 2, "cancelled", 2.0, 1, None, None, content=None),
            "request 2 auth.signIn cancelled after 2 s",
        ),
    ],
)
def test_event_in_words(event: trace.TraceEvent, text: str) -> None:
    assert describe(event).text == text
