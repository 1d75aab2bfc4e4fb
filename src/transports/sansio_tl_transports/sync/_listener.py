"""A listening plain socket."""

from __future__ import annotations

import math
import socket
import ssl
import time
from collections.abc import Callable
from typing import TypeAlias

from sansio_tl_transports._shared.connection_runner import ConnectionRunner
from sansio_tl_transports._shared.tls import TlsSocket
from sansio_tl_transports.sync._pump import READ, Carrier
from sansio_tl_transports.sync._reactor import Carriers

Welcome: TypeAlias = Callable[[Callable[[], None]], ConnectionRunner | None]
"""Is given what to call when something has changed for the link; returns its driver, or None to hang up."""

_OVERLOADED = 0.1
"""Seconds to wait when the system has no more sockets to give: others may close theirs meanwhile."""


def listen(carriers: Carriers, listener: socket.socket, welcome: Welcome, tls: ssl.SSLContext | None = None) -> None:
    """Carry the bytes of everybody who dials, inside TLS if there is a context for it."""
    listener.setblocking(False)
    carriers.carry(Door(carriers, listener, welcome, tls))


class Door:
    """Lets in who dials."""

    def __init__(
        self, carriers: Carriers, listener: socket.socket, welcome: Welcome, tls: ssl.SSLContext | None
    ) -> None:
        self.sock = listener
        self.watched = 0
        self.done = False
        self._carriers = carriers
        self._welcome = welcome
        self._tls = tls
        self._again_at = math.inf

    @property
    def interest(self) -> int:
        """Somebody who dials, unless the system has had enough."""
        return READ if self._again_at == math.inf else 0

    def deadline(self) -> float:
        """When to look for somebody again."""
        return self._again_at

    def tick(self) -> None:
        """It may be time."""
        if time.monotonic() >= self._again_at:
            self._again_at = math.inf

    def settle(self) -> bool:
        """There is nothing to say."""
        return False

    def close(self) -> None:
        """Let nobody in any more."""
        self.done = True

    def fail(self, bug: Exception) -> None:
        """The same."""
        del bug
        self.done = True

    def receive(self) -> None:
        """Somebody has dialled."""
        try:
            sock, _ = self.sock.accept()
        except (BlockingIOError, ConnectionError):
            return  # hung up already
        except OSError:
            self._again_at = time.monotonic() + _OVERLOADED
            return
        carrier: Carrier | None = None

        def changed() -> None:
            if carrier is not None:
                self._carriers.wake(carrier)

        driver = self._welcome(changed)
        if driver is None:
            sock.close()
            return
        try:
            carrier = Carrier(sock if self._tls is None else _inside(self._tls, sock), driver)
        except OSError as error:
            sock.close()
            driver.lost(error)
        except Exception as bug:  # noqa: BLE001
            sock.close()
            driver.fail(bug)
        else:
            self._carriers.carry(carrier)


def _inside(context: ssl.SSLContext, sock: socket.socket) -> TlsSocket:
    """The server's end of TLS; it shakes hands when the first bytes come."""
    sock.setblocking(False)
    return TlsSocket(context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False))
