"""Defers signal handlers, so that their exceptions, such as KeyboardInterrupt, never interrupt an engine method.

Python runs signal handlers in the main thread, between any two instructions. Inside `with held() as signals:` they are
deferred to the end of the block. Code that waits inside the block does so in `with signals.interrupting:`, where a
signal raises InterruptedError, once.

Other threads run no handlers; for them this has no effect.
"""

from __future__ import annotations

import signal
import threading

# signal.signal converts handlers to enums, which takes ten times as long as everything else here.
from _signal import getsignal  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]
from _signal import signal as set_handler  # pyright: ignore[reportMissingImports]
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import FrameType
from typing import Any, Final, Protocol, Self

SIGNALS: Final = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGALRM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGBREAK")
    if hasattr(signal, name)
)
"""Signals whose handlers may raise."""

Handler = Callable[[int, FrameType | None], Any]


class HeldSignals(Protocol):
    """Deferred signals."""

    @property
    def interrupting(self) -> AbstractContextManager[object]: ...
    @property
    def is_main_thread(self) -> bool:
        """Whether this is the thread in which handlers run."""
        ...

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...


def held() -> HeldSignals:
    """Defer the signals of this thread, unless they are deferred already."""
    return _MAIN if threading.get_ident() == threading.main_thread().ident else _OTHERS


class _Main:
    """Deferred signals of the main thread; never used in another thread.

    While signals are not deferred an exception may occur at any instruction, also while this context is entered or
    left. A handler of this class that is left installed then behaves as the application's.
    """

    def __init__(self) -> None:
        self.is_main_thread = True
        self.interrupting = _Interrupting(self)
        self._depth = 0
        self._pending: dict[int, tuple[Handler, FrameType | None]] = {}
        """Pending signals, each once, as usual for signals."""
        self._raising = False
        self._handlers: dict[int, Handler] = {}
        """The application's handlers."""
        self._found: tuple[Any, ...] = ()
        self._deferring_handler = self._on_signal  # one object, to be compared by identity

    def __enter__(self) -> Self:
        if not self._depth:
            self._run_handlers()  # left over after another exception
            found = tuple(map(getsignal, SIGNALS))
            if found != self._found:
                self._save_handlers(found)
            for number in self._handlers:
                set_handler(number, self._deferring_handler)
        self._depth += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            for number, handler in self._handlers.items():
                if getsignal(number) is self._deferring_handler:
                    set_handler(number, handler)
            self._run_handlers()

    def begin_interrupting(self) -> None:
        """From here on a signal raises InterruptedError, and so does a pending one."""
        self._raising = self._depth == 1
        if self._pending:
            self._interrupt()

    def end_interrupting(self) -> None:
        """From here on signals are deferred again."""
        self._raising = False

    def _save_handlers(self, found: tuple[Any, ...]) -> None:
        self._handlers = {
            number: self._handlers[number] if handler is self._deferring_handler else handler
            for number, handler in zip(SIGNALS, found, strict=True)
            if callable(handler)
        }
        self._found = found

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._depth:
            self._pending[number] = (self._handlers[number], frame)
            self._interrupt()
        else:
            self._handlers[number](number, frame)

    def _run_handlers(self) -> None:
        """Call the handlers of all pending signals, whatever one of them raises."""
        if self._pending:
            number = next(iter(self._pending))
            handler, frame = self._pending.pop(number)
            try:
                handler(number, frame)
            finally:
                self._run_handlers()

    def _interrupt(self) -> None:
        if self._raising:
            self._raising = False
            raise InterruptedError


class _Interrupting:
    def __init__(self, main: _Main) -> None:
        self._main = main

    def __enter__(self) -> None:
        self._main.begin_interrupting()

    def __exit__(self, *_: object) -> None:
        self._main.end_interrupting()


class _Others:
    """For other threads, which handle no signals."""

    def __init__(self) -> None:
        self.is_main_thread = False
        self.interrupting = nullcontext()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


_MAIN: Final = _Main()
_OTHERS: Final = _Others()
