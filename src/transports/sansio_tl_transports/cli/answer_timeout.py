"""How long the commands wait for a server: they say what they wait for, and give up in the end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from sansio_tl.errors import RemoteProtocolError
from sansio_tl_transports.cli.target import Target
from sansio_tl_transports.cli.terminal import Failure, complain

SAY_AFTER: Final = 5.0
"""Seconds of silence until the person is told what is waited for."""

TIMEOUT: Final = 60.0
"""Seconds to wait for each answer, unless `--timeout` says otherwise."""

_SILENCE: Final = frozenset({"HS15", "MS25"})
"""Checks that find a peer silent, in the handshake and after it."""

Seconds = Annotated[
    float,
    typer.Option(
        "--timeout", min=1.0, max=86400.0, metavar="SECONDS", help="How long to wait for each answer of the server."
    ),
]


@dataclass(frozen=True, slots=True)
class AnswerTimeout:
    """What is waited for, and for how long."""

    where: str
    seconds: float

    @classmethod
    def with_(cls, target: Target, seconds: float) -> AnswerTimeout:
        """For the answers of a data center."""
        host = f"[{target.host}]" if ":" in target.host else target.host
        return cls(f"{host}:{target.port}", seconds)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[Callable[[], object]]:
        """Something is waited for meanwhile; call what is yielded when it is there, and a person's turn.

        Raises Failure in place of a TimeoutError, and of what else says that the server is silent.
        """
        text = f"waiting for an answer from {self.where}, {self.seconds:g} s at most (--timeout SECONDS)"
        note = threading.Timer(SAY_AFTER, complain, [text])
        note.daemon = True
        note.start()
        try:
            yield note.cancel
        except (TimeoutError, RemoteProtocolError) as error:
            if isinstance(error, RemoteProtocolError) and error.check not in _SILENCE:
                raise
            raise Failure(
                f"no answer from {self.where} within {self.seconds:g} s ({error}). Check the address and the network, "
                "and try again, or wait longer with --timeout SECONDS"
            ) from error
        finally:
            note.cancel()
            note.join()  # it may be speaking
