"""Our `Connection` on a plain socket without an adapter: the loop that a user of the engine writes."""

from __future__ import annotations

import gc
import os
import socket
import time
from typing import Any

from calling import Target, cpu
from loop import Orders
from ours import MAKE, config

import sansio_tl
from sansio_tl import Connection
from sansio_tl.events import ConnectionClosed, ResultReceived

READ_SIZE = 1 << 18


class Caller:
    """One connection."""

    def __init__(self, target: Target) -> None:
        self._epoch = time.time() - time.monotonic()
        self.connection = Connection(config(target), entropy=os.urandom, now=self._now())
        self.socket = socket.create_connection((target.host, target.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(self, name: str, calls: int, in_flight: int) -> None:
        """Make `calls` calls, `in_flight` of them at a time."""
        connection, make, now = self.connection, MAKE[name], self._now()
        sent, answered = min(calls, in_flight), 0
        for _ in range(sent):
            connection.invoke(make(), now=now)
        while answered < calls:
            if data := connection.data_to_send(now=now):
                self.socket.sendall(data)
            data = self.socket.recv(READ_SIZE)
            now = self._now()
            connection.receive_data(data, now=now)
            while (event := connection.next_event()) is not None:
                if isinstance(event, ResultReceived):
                    answered += 1
                    if sent < calls:
                        sent += 1
                        connection.invoke(make(), now=now)
                elif isinstance(event, ConnectionClosed):
                    raise ConnectionError(f"the connection ended: {event.error}")
            deadline = connection.next_deadline()
            if deadline is not None and deadline <= now:
                connection.handle_deadline(now=now)

    def _now(self) -> float:
        return self._epoch + time.monotonic()


def main() -> None:
    caller = Caller(Target.from_arguments())

    def measure(order: dict[str, Any]) -> dict[str, Any]:
        gc.collect()
        began = cpu()
        caller.call(order["name"], order["loops"], int(order["op"]))
        return {"seconds": cpu() - began}

    Orders({"version": sansio_tl.__version__}).run({"time": measure})


if __name__ == "__main__":
    main()
