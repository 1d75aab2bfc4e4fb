"""A listening socket of the blocking adapter."""

from __future__ import annotations

import math
import socket
import ssl
import time
from collections.abc import Callable
from typing import TypeAlias

from sansio_tl_transports._shared.connection_runner import ConnectionRunner
from sansio_tl_transports._shared.tls import TlsSocket
from sansio_tl_transports.sync._pump import READ, SocketPump
from sansio_tl_transports.sync._reactor import Reactor

Accept: TypeAlias = Callable[[Callable[[], None]], ConnectionRunner | None]
"""Takes a function to call on changes of the connection; returns its runner, or None to close it."""

_ACCEPT_PAUSE = 0.1
"""Seconds to wait when the system has no file descriptors left."""


def listen(reactor: Reactor, listener: socket.socket, accept: Accept, tls: ssl.SSLContext | None = None) -> None:
    """Serve all connections to this socket, with TLS if there is a context."""
    listener.setblocking(False)
    reactor.add_pump(ListeningSocket(reactor, listener, accept, tls))


class ListeningSocket:
    """Accepts connections."""

    def __init__(self, reactor: Reactor, listener: socket.socket, accept: Accept, tls: ssl.SSLContext | None) -> None:
        self.sock = listener
        self.watched = 0
        self.done = False
        self._reactor = reactor
        self._accept = accept
        self._tls = tls
        self._resume_at = math.inf

    @property
    def interest(self) -> int:
        """Incoming connections, unless accepting is paused."""
        return READ if self._resume_at == math.inf else 0

    def deadline(self) -> float:
        """When to resume accepting."""
        return self._resume_at

    def tick(self) -> None:
        """Called at the deadline, or earlier."""
        if time.monotonic() >= self._resume_at:
            self._resume_at = math.inf

    def settle(self) -> bool:
        """A listening socket has no output."""
        return False

    def close(self) -> None:
        """Accept no more connections."""
        self.done = True

    def fail(self, bug: Exception) -> None:
        """Accept no more connections."""
        del bug
        self.done = True

    def receive(self) -> None:
        """Accept a connection."""
        try:
            sock, _ = self.sock.accept()
        except (BlockingIOError, ConnectionError):
            return  # closed already
        except OSError:
            self._resume_at = time.monotonic() + _ACCEPT_PAUSE
            return
        pump: SocketPump | None = None

        def changed() -> None:
            if pump is not None:
                self._reactor.wake(pump)

        driver = self._accept(changed)
        if driver is None:
            sock.close()
            return
        try:
            pump = SocketPump(sock if self._tls is None else _wrap(self._tls, sock), driver)
        except OSError as error:
            sock.close()
            driver.lost(error)
        except Exception as bug:  # noqa: BLE001
            sock.close()
            driver.fail(bug)
        else:
            self._reactor.add_pump(pump)


def _wrap(context: ssl.SSLContext, sock: socket.socket) -> TlsSocket:
    """TLS of the server; the handshake runs with the first reads."""
    sock.setblocking(False)
    return TlsSocket(context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False))
