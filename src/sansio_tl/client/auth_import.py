"""Brings a logged-in account to another data center: exported at home, imported there, once for each key.

    home data center:  auth.exportAuthorization(dc_id) -> exportedAuthorization(id, bytes)
    data center dc_id: auth.importAuthorization(id, bytes) -> auth.authorization

What was exported does not last, so after a rejected import both requests are made once more.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sansio_tl import functions
from sansio_tl.tl.objects import Function

_IMPORTS = 2


class ImportStep(NamedTuple):
    """A request of an import."""

    function: Function[Any]
    dc_id: int | None
    """The data center that it is sent to; None for the home data center."""


class AuthImport:
    """One import: makes its requests one after another."""

    def __init__(self, dc_id: int) -> None:
        self._dc_id = dc_id
        self._exporting = True
        self._imports_left = _IMPORTS

    @property
    def dc_id(self) -> int:
        """The data center to which the account is brought."""
        return self._dc_id

    def begin(self) -> ImportStep:
        """The first request."""
        self._exporting = True
        return ImportStep(functions.auth.ExportAuthorization(dc_id=self._dc_id), None)

    def on_result(self, result: Any) -> ImportStep | None:
        """The last request has succeeded; returns the next one, or None once the account is known there."""
        if not self._exporting:
            return None
        self._exporting = False
        self._imports_left -= 1
        return ImportStep(functions.auth.ImportAuthorization(id=result.id, bytes=result.bytes), self._dc_id)

    def on_error(self) -> ImportStep | None:
        """The last request has failed; returns the next one, or None if the import has failed."""
        if self._exporting or not self._imports_left:
            return None
        return self.begin()
