"""The cases for clients."""

from __future__ import annotations

from sansio_tl.conformance.case import Case
from sansio_tl.conformance.client_cases import (
    envelope,
    fake_tls,
    handshake,
    login,
    messages,
    observed,
    password,
    serialization,
    service,
    transport,
)

CLIENT_CASES: tuple[Case, ...] = (
    *handshake.CASES,
    *envelope.CASES,
    *messages.CASES,
    *service.CASES,
    *transport.CASES,
    *serialization.CASES,
    *fake_tls.CASES,
    *password.CASES,
    *login.CASES,
    *observed.CASES,
)
