"""Timeouts of the commands: a note on standard error after some seconds without an answer, a Failure at the timeout."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from sansio_tl.errors import RemoteProtocolError
from sansio_tl_transports.cli.dc_option import Target
from sansio_tl_transports.cli.terminal import Failure, print_error

NOTE_AFTER: Final = 5.0
"""Seconds without an answer after which the command prints which answer it is waiting for."""

TIMEOUT: Final = 60.0
"""Default of `--timeout`, in seconds for each answer."""

_SILENCE: Final = frozenset({"HS15", "MS25"})
"""Checks of the idle timeouts, in the handshake and after it."""

Seconds = Annotated[
    float,
    typer.Option("--timeout", min=1.0, max=86400.0, metavar="SECONDS", help="Timeout for each answer of the server."),
]


class NoAnswer(Failure):
    """The server has not answered in time."""


@dataclass(frozen=True, slots=True)
class AnswerTimeout:
    """The address of the server, and the timeout for its answers."""

    where: str
    seconds: float

    @classmethod
    def for_target(cls, target: Target, seconds: float) -> AnswerTimeout:
        """The timeout for a data center."""
        host = f"[{target.host}]" if ":" in target.host else target.host
        return cls(f"{host}:{target.port}", seconds)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[Callable[[], object]]:
        """Wait for an answer. Call the yielded function when it has arrived and the user is prompted.

        Raises NoAnswer in place of TimeoutError and of the errors of the idle timeouts.
        """
        text = f"waiting for an answer from {self.where}, {self.seconds:g} s at most (--timeout SECONDS)"
        note = threading.Timer(NOTE_AFTER, print_error, [text])
        note.daemon = True
        note.start()
        try:
            yield note.cancel
        except (TimeoutError, RemoteProtocolError) as error:
            if isinstance(error, RemoteProtocolError) and error.check not in _SILENCE:
                raise
            raise NoAnswer(
                f"no answer from {self.where} within {self.seconds:g} s ({error}). Check the address and the network, "
                "and try again, or wait longer with --timeout SECONDS"
            ) from error
        finally:
            note.cancel()
            note.join()  # it may be printing
