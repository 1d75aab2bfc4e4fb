"""Brings a logged-in account to another data center: exported at home, imported there, once for each key.

    main data center: auth.exportAuthorization(dc_id) -> exportedAuthorization(id, bytes)
    data center dc_id: auth.importAuthorization(id, bytes) -> auth.authorization

What was exported does not last, so a refused import is tried once more from the start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sansio_tl import functions
from sansio_tl.errors import RemoteProtocolError, RpcError
from sansio_tl.tl.objects import Function

Answered = Callable[[Any, float], None]
Failed = Callable[[RpcError | RemoteProtocolError, float], None]
_TRIES = 2


class Ask(Protocol):
    """Makes a request of the client's own."""

    def __call__(
        self, function: Function[Any], *, dc_id: int | None, answered: Answered, failed: Failed, now: float
    ) -> None:
        """Ask `dc_id`, or the main data center; exactly one of the callbacks is called."""


class AuthImport:
    """The imports that are under way."""

    def __init__(self, ask: Ask, arrived: Callable[[int, float], None], refused: Callable[..., None]) -> None:
        """`arrived(dc_id, now)` is called when the account is known there, `error(dc_id, error, now)` when not."""
        self._ask = ask
        self._arrived = arrived
        self._refused = refused

    def begin(self, dc_id: int, now: float, tries: int = _TRIES) -> None:
        """Bring the account to `dc_id`."""

        def exported(answer: Any, now: float) -> None:
            self._ask(
                functions.auth.ImportAuthorization(id=answer.id, bytes=answer.bytes),
                dc_id=dc_id,
                answered=lambda _, now: self._arrived(dc_id, now),
                failed=import_failed,
                now=now,
            )

        def import_failed(error: RpcError | RemoteProtocolError, now: float) -> None:
            if tries > 1:
                self.begin(dc_id, now, tries - 1)
            else:
                self._refused(dc_id, error, now)

        self._ask(
            functions.auth.ExportAuthorization(dc_id=dc_id),
            dc_id=None,
            answered=exported,
            failed=lambda error, now: self._refused(dc_id, error, now),
            now=now,
        )
