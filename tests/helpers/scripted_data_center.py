"""A scripted data center: it answers, stays silent, sends invalid bytes or closes, depending on the request."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator

from sansio_tl import functions, types
from sansio_tl.connection.server import KeyStore, ServerConfig, ServerConnection, ServerSession
from sansio_tl.errors import MethodInvalid
from sansio_tl.events import RequestCancelled, RequestReceived
from tests.helpers.rsa_key import rsa_key

ANSWERED = functions.help.GetNearestDc()
NEAREST = types.NearestDc(country="NL", this_dc=2, nearest_dc=2)
UNANSWERED = functions.help.GetConfig()
"""Never answered."""
FAILS = functions.help.GetInviteText()
SENDS_INVALID_BYTES = functions.help.GetSupport()
"""Answered with bytes that are no packet."""
CLOSES = functions.help.GetSupportName()
CLOSES_INSIDE_PACKET = functions.help.GetAppUpdate(source="")
"""Answered with half a packet."""
PUSHES = functions.help.GetCdnConfig()
"""Answered with some updates."""
PUSHED = types.UpdateShort(update=types.UpdateConfig(), date=1)
PUSHES_TO_OTHERS = functions.updates.GetState()
"""Every other connection gets an update before this one is answered."""
MANY = 5

INVALID_BYTES = b"\xff\xff\xff\x7f"
"""To the intermediate framing, a packet of 2 GB (TR1)."""


class ScriptedDataCenter:
    """Looks like a data center to an adapter's `serve`."""

    def __init__(self) -> None:
        self.keys = KeyStore()
        self.received: list[str] = []
        """Names of the methods that arrived."""
        self.cancelled: list[str] = []
        """Names of the methods whose answers were no longer needed."""
        self.connections: list[ScriptedConnection] = []

    def accept(self, *, now: float) -> ScriptedConnection:
        connection = ScriptedConnection(self, now)
        self.connections.append(connection)
        return connection

    def next_event(self) -> None:
        return None


class ScriptedConnection:
    """One connection of the scripted data center."""

    def __init__(self, data_center: ScriptedDataCenter, now: float) -> None:
        self._data_center = data_center
        self._noise = b""
        self._session: ServerSession | None = None
        self._connection = ServerConnection(
            ServerConfig(private_keys=(rsa_key(),)), data_center.keys, entropy=os.urandom, now=now
        )
        self.next_deadline = self._connection.next_deadline
        self.handle_deadline = self._connection.handle_deadline
        self.close = self._connection.close

    @property
    def closed(self) -> bool:
        return self._connection.closed

    def receive_data(self, data: bytes, *, now: float) -> None:
        self._connection.receive_data(data, now=now)
        while (event := self._connection.next_event()) is not None:
            if isinstance(event, RequestCancelled):
                self._data_center.cancelled.append(event.request.query.NAME)
            elif isinstance(event, RequestReceived):
                self.act(event, now)

    def data_to_send(self, *, now: float) -> bytes:
        noise, self._noise = self._noise, b""
        return self._connection.data_to_send(now=now) + noise

    def push(self, now: float) -> None:
        """Push an update."""
        if self._session is not None and not self.closed:
            self._connection.push(self._session, PUSHED, now=now)

    def act(self, event: RequestReceived, now: float) -> None:
        self._data_center.received.append(event.request.query.NAME)
        self._session = event.request.session
        match event.request.query:
            case functions.help.GetNearestDc():
                self._connection.send_result(event.request, NEAREST, now=now)
            case functions.updates.GetState():
                for other in self._data_center.connections:
                    if other is not self:
                        other.push(now)
                state = types.updates.State(pts=0, qts=0, date=0, seq=0, unread_count=0)
                self._connection.send_result(event.request, state, now=now)
            case functions.upload.SaveFilePart():
                self._connection.send_result(event.request, result=True, now=now)
            case functions.help.GetInviteText():
                self._connection.send_error(event.request, MethodInvalid(), now=now)
            case functions.help.GetSupport():
                self._noise = INVALID_BYTES
            case functions.help.GetSupportName():
                self._connection.close(now=now)
            case functions.help.GetAppUpdate():
                self._noise = b"\x40\x00\x00\x00half"
                self._connection.close(now=now)
            case functions.help.GetCdnConfig():
                for _ in range(MANY):
                    self._connection.push(event.request.session, PUSHED, now=now)
                self._connection.send_result(event.request, types.CdnConfig(public_keys=[]), now=now)


@contextlib.contextmanager
def raw_server(behaviour: Callable[[socket.socket], object]) -> Iterator[tuple[str, int]]:
    """A listening socket that runs `behaviour` on its first connection, in a thread, and closes it afterwards."""

    def handle_peer() -> None:
        with contextlib.suppress(OSError):
            peer, _ = listener.accept()
            with peer:
                behaviour(peer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=handle_peer)
        thread.start()
        try:
            yield listener.getsockname()[:2]
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def stay_silent(peer: socket.socket) -> None:
    """Read everything and send nothing."""
    while peer.recv(65536):
        pass


def send_invalid_bytes(peer: socket.socket) -> None:
    """Answer the first bytes with bytes that are no packet."""
    peer.recv(65536)
    peer.sendall(INVALID_BYTES)
    stay_silent(peer)


def close_after_first_data(peer: socket.socket) -> None:
    """Read the first bytes and close."""
    peer.recv(65536)
