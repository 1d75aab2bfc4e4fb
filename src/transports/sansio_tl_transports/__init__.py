"""I/O adapters for sansio_tl: the only code that uses sockets, clocks, threads or files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # pytest loads this package in every run, for its plugin: it imports nothing
    from sansio_tl import auth, types
    from sansio_tl_transports._shared.clock import Clock as Clock
    from sansio_tl_transports.layers import LayerSchemas as LayerSchemas

__all__ = ["Clock", "ComputationError", "ConnectError", "LayerSchemas", "LoginInterrupted"]


class ConnectError(ConnectionError):
    """A connection failed: at which step, and why."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step = step
        self.reason = reason


class ComputationError(RuntimeError):
    """A computation of a handshake or login could not be made in a thread: the executor of the event loop has failed or
    is shut down, or there are no more threads. It ends the connection or client. `__cause__` is the reason.
    """


class LoginInterrupted(Exception):
    """The login needs input that no callback gives; the caller can answer the prompt of `flow` and run it."""

    def __init__(self, text: str, flow: auth.Flow[types.auth.Authorization]) -> None:
        super().__init__(text)
        self.flow = flow


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name == "Clock":
            from sansio_tl_transports._shared.clock import Clock

            return Clock
        if name == "LayerSchemas":
            from sansio_tl_transports.layers import LayerSchemas

            return LayerSchemas
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
