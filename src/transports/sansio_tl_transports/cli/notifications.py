"""What the server tells people in its own words, by updateServiceNotification, while a command speaks with it.

For an error 406 no words of ours are shown: the server sends its own right after it (api/errors#406-not-acceptable).
Messages that want a window of their own, AUTH_KEY_DROP_DUPLICATE among them, come unasked, too.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from sansio_tl import TLObject, types
from sansio_tl.errors import NotAcceptable, RemoteProtocolError, RpcError, TransportError
from sansio_tl_transports.cli.messages import what_happened
from sansio_tl_transports.cli.terminal import Failure, Terminal

PATIENCE = 5.0
"""Seconds to wait for the server's words after an error 406."""

_URGENT = "AUTH_KEY_DROP_"


class Notices:
    """The messages of one command; those that explained nothing are shown at the end."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._told: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._readers: list[threading.Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Call it after what `on_event` was given has ended: then the link is closed."""
        while self._readers:
            self._readers.pop().join()
        while not self._told.empty():
            self._terminal.say(self._told.get(), "yellow")

    def hear(self, updates: Iterable[TLObject]) -> None:
        """Listen to the updates of a link, in a thread."""
        reader = threading.Thread(target=self._read, args=(updates,), name="sansio_tl")
        self._readers.append(reader)
        reader.start()

    def explain(self, error: RpcError) -> str:
        """A refusal, for people: for an error 406 what the server says itself."""
        if not _is_told_otherwise(error):
            return what_happened(error)
        try:
            return self._told.get(timeout=PATIENCE)
        except queue.Empty:
            return f"The server refused, and did not tell why ({error.code} {error.text})"

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Let an error 406 out as a Failure that explains it."""
        try:
            yield
        except RpcError as error:
            if not _is_told_otherwise(error):
                raise
            raise Failure(self.explain(error)) from error

    def _read(self, updates: Iterable[TLObject]) -> None:
        with contextlib.suppress(ConnectionError, RemoteProtocolError, TransportError):  # the command hears of it, too
            for each in updates:
                for message in _messages(each):
                    self._told.put(message)


def _is_told_otherwise(error: RpcError) -> bool:
    """Whether the server sends its own words for it. To whom it has thrown out it says nothing more."""
    return error.code == NotAcceptable.codes[0] and not error.authorization_lost


def _messages(updates: TLObject) -> Iterator[str]:
    """Those that must be shown. The others, as codes, are for a chat."""
    match updates:
        case types.UpdateShort():
            found = [updates.update]
        case types.Updates() | types.UpdatesCombined():
            found = list(updates.updates)
        case _:
            found = []
    for update in found:
        if isinstance(update, types.UpdateServiceNotification) and (update.popup or update.type.startswith(_URGENT)):
            yield update.message
