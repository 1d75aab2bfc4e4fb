"""The cases for servers."""

from __future__ import annotations

from sansio_tl.conformance.case import Case
from sansio_tl.conformance.server_cases import envelope, fake_tls, handshake, login, messages, serialization, transport

SERVER_CASES: tuple[Case, ...] = (
    *handshake.CASES,
    *envelope.CASES,
    *messages.CASES,
    *transport.CASES,
    *serialization.CASES,
    *fake_tls.CASES,
    *login.CASES,
)
