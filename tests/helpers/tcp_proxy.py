"""A TCP proxy that can drop replies, close its connections and refuse new ones."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class TcpProxy:
    """Forwards connections to `address` to `target`."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.connection_count = 0
        """The number of connections so far."""
        self.client_data_seen = threading.Event()
        """Set when something has gone to the server."""
        self.client_data = bytearray()
        """All bytes that clients have sent."""
        self.dropping_replies = False
        """Whether the server's bytes are dropped."""
        self.reply_dropped = threading.Event()
        """Set when something was."""
        self.refusing = False
        """Whether new connections are closed at once."""
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def drop_connections(self) -> None:
        """Close every connection."""
        with self._lock:
            connections, self._sockets = self._sockets, set()
        for connection in connections:
            _end(connection)

    def close(self) -> None:
        _end(self._listener)
        self.drop_connections()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connection_count += 1
            if self.refusing:
                client.close()
                continue
            try:
                server = socket.create_connection(self.target)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._sockets |= {client, server}
            done = threading.Barrier(2)
            for source, sink in ((client, server), (server, client)):
                thread = threading.Thread(target=self._forward, args=(source, sink, source is client, done))
                self._threads.append(thread)
                thread.start()

    def _forward(self, source: socket.socket, sink: socket.socket, up: bool, done: threading.Barrier) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if up:
                    self.client_data += data
                    self.client_data_seen.set()
                elif self.dropping_replies:
                    self.reply_dropped.set()
                    continue
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        with contextlib.suppress(threading.BrokenBarrierError):
            done.wait(60)  # a socket is closed when no thread uses it any more
        with self._lock:
            self._sockets.discard(source)
        source.close()


@contextlib.contextmanager
def tcp_proxy(target: tuple[str, int]) -> Iterator[TcpProxy]:
    """One in front of `target`."""
    one = TcpProxy(target)
    try:
        yield one
    finally:
        one.close()


def _end(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
