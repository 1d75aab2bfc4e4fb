"""Service notifications (updateServiceNotification) that the server sends while a command is connected.

For an error 406 only the server's own text is shown: it follows the error (api/errors#406-not-acceptable). Popup
notifications and AUTH_KEY_DROP_DUPLICATE may also arrive without an error.
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
from sansio_tl_transports.cli.messages import error_text, retry_text
from sansio_tl_transports.cli.terminal import Failure, Terminal

EXPLANATION_TIMEOUT = 5.0
"""Seconds to wait for the notification after an error 406."""

_URGENT = "AUTH_KEY_DROP_"


class ServiceNotifications:
    """The notifications of one command; those that did not belong to an error are shown at the end."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._messages_queue: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._readers: list[threading.Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for the readers, which end when their connections are closed."""
        while self._readers:
            self._readers.pop().join()
        while not self._messages_queue.empty():
            self._terminal.print(self._messages_queue.get(), "yellow")

    def listen(self, updates: Iterable[TLObject]) -> None:
        """Read the updates of a connection, in a thread."""
        reader = threading.Thread(target=self._read, args=(updates,), name="sansio_tl")
        self._readers.append(reader)
        reader.start()

    def explain(self, error: RpcError) -> str:
        """The text of an error: for an error 406 the server's notification."""
        return self._explain(error, error_text(error))

    def explain_retry(self, error: RpcError) -> str:
        """As `explain`, for an error after which the user is asked again."""
        return self._explain(error, retry_text(error))

    def _explain(self, error: RpcError, text: str) -> str:
        if not _is_explained_by_server(error):
            return text
        try:
            return self._messages_queue.get(timeout=EXPLANATION_TIMEOUT)
        except queue.Empty:
            return f"The server rejected the request without an explanation ({error.code} {error.text})"

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Turn an error 406 into a Failure with the server's text."""
        try:
            yield
        except RpcError as error:
            if not _is_explained_by_server(error):
                raise
            raise Failure(self.explain(error)) from error

    def _read(self, updates: Iterable[TLObject]) -> None:
        with contextlib.suppress(
            ConnectionError, RemoteProtocolError, TransportError
        ):  # the command gets the same error
            for each in updates:
                for message in messages_of(each):
                    self._messages_queue.put(message)


def _is_explained_by_server(error: RpcError) -> bool:
    """Whether a notification follows the error. After the loss of authorization the server sends none."""
    return error.code == NotAcceptable.codes[0] and not error.authorization_lost


def messages_of(updates: TLObject) -> Iterator[str]:
    """The notifications to show at once; others, such as login codes, belong into a chat."""
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
