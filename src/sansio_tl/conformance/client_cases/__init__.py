"""The cases for clients."""

from __future__ import annotations

from sansio_tl.conformance.case import Case
from sansio_tl.conformance.client_cases import envelope, handshake

CLIENT_CASES: tuple[Case, ...] = (*handshake.CASES, *envelope.CASES)
