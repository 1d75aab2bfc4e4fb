"""What the handler of a signal raises, KeyboardInterrupt above all, never leaves an engine in the middle of a step.

Python runs such handlers in the main thread, between any two of its instructions. Inside `with held() as signals:` they
wait for the end; they strike there, in the open. Whoever waits himself meanwhile does it inside
`with signals.interrupting:`, where a signal raises InterruptedError, once.

Other threads run no handlers: for them nothing of this has any effect.
"""

from __future__ import annotations

import signal
import threading

# signal.signal makes enums of handlers, which takes ten times as long as all that is done here.
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
"""Those whose handlers may raise something."""

Handler = Callable[[int, FrameType | None], Any]


class HeldSignals(Protocol):
    """Signals that wait."""

    @property
    def interrupting(self) -> AbstractContextManager[object]: ...
    @property
    def strike(self) -> bool:
        """Whether this is the thread in which handlers run."""
        ...

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...


def held() -> HeldSignals:
    """Let the signals of this thread wait, unless they do already."""
    return _MAIN if threading.get_ident() == threading.main_thread().ident else _OTHERS


class _Main:
    """The signals of the main thread. No other thread ever comes in here.

    An exception may strike at any moment when nothing is held, even on the way in and on the way out: a handler of ours
    that is left in place then does as if it were the application's.
    """

    def __init__(self) -> None:
        self.strike = True
        self.interrupting = _Interrupting(self)
        self._depth = 0
        self._waiting: dict[int, tuple[Handler, FrameType | None]] = {}
        """Those that have come, each once however often it came, as it is with signals."""
        self._raising = False
        self._handlers: dict[int, Handler] = {}
        """The application's, where it has any."""
        self._found: tuple[Any, ...] = ()
        self._stand_in = self._on_signal  # one object, so that it is known again

    def __enter__(self) -> Self:
        if not self._depth:
            self._strike()  # what another exception has kept from it
            found = tuple(map(getsignal, SIGNALS))
            if found != self._found:
                self._remember(found)
            for number in self._handlers:
                set_handler(number, self._stand_in)
        self._depth += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            for number, handler in self._handlers.items():
                if getsignal(number) is self._stand_in:
                    set_handler(number, handler)
            self._strike()

    def begin_interrupting(self) -> None:
        """From here on a signal raises InterruptedError, one that waits already too."""
        self._raising = self._depth == 1
        if self._waiting:
            self._interrupt()

    def end_interrupting(self) -> None:
        """From here on it only waits."""
        self._raising = False

    def _remember(self, found: tuple[Any, ...]) -> None:
        self._handlers = {
            number: self._handlers[number] if handler is self._stand_in else handler
            for number, handler in zip(SIGNALS, found, strict=True)
            if callable(handler)
        }
        self._found = found

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._depth:
            self._waiting[number] = (self._handlers[number], frame)
            self._interrupt()
        else:
            self._handlers[number](number, frame)

    def _strike(self) -> None:
        """Call the handlers of those that have waited, of each one whatever the others raise."""
        if self._waiting:
            number = next(iter(self._waiting))
            handler, frame = self._waiting.pop(number)
            try:
                handler(number, frame)
            finally:
                self._strike()

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
    """The signals of any other thread: none."""

    def __init__(self) -> None:
        self.strike = False
        self.interrupting = nullcontext()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


_MAIN: Final = _Main()
_OTHERS: Final = _Others()
