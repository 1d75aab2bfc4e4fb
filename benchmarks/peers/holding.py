"""A process full of connections, all clients or all of a server: `holding.py client KEY` or `holding.py server`.

The process that sends the orders transfers the bytes between two of these.
"""

from __future__ import annotations

import base64
import gc
import os
import sys
import tracemalloc
from pathlib import Path
from random import Random
from typing import Any, Protocol

from loop import Orders

import sansio_tl
from sansio_tl import Config, Connection, functions, types
from sansio_tl.connection.server import KeyRecord, KeyStore, ServerConfig, ServerConnection
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.rsa import RsaPrivateKey, RsaPublicKey
from sansio_tl.events import RequestReceived

NOW = 1_790_000_000.0
ANSWER = types.NearestDc("NL", 2, 2)


class ConnectionHolder(Protocol):
    """Holds many connections."""

    about: dict[str, Any]

    def open(self, key: AuthKey | None) -> bytes: ...
    def feed(self, number: int, data: bytes) -> bytes: ...


class Clients:
    """Clients, each of which makes one call, and its key before that unless it has one."""

    def __init__(self) -> None:
        key = RsaPublicKey.from_pem(Path(sys.argv[2]).read_text(encoding="ascii"))
        self.about: dict[str, Any] = {"version": sansio_tl.__version__}
        self._config = Config(api_id=1, public_keys=(key,))
        self._kept: list[Connection] = []

    def open(self, key: AuthKey | None) -> bytes:
        connection = Connection(self._config, auth_key=key, entropy=os.urandom, now=NOW)
        connection.invoke(functions.help.GetNearestDc(), now=NOW)
        self._kept.append(connection)
        return connection.data_to_send(now=NOW)

    def feed(self, number: int, data: bytes) -> bytes:
        connection = self._kept[number]
        connection.receive_data(data, now=NOW)
        while connection.next_event() is not None:
            pass
        return connection.data_to_send(now=NOW)


class Servers:
    """The other ends, at one data center."""

    def __init__(self) -> None:
        key = RsaPrivateKey.generate(Random("rsa").randbytes)
        self.about: dict[str, Any] = {"version": sansio_tl.__version__, "key": key.public_key.to_pem()}
        self._config = ServerConfig(private_keys=(key,))
        self._keys = KeyStore()
        self._kept: list[ServerConnection] = []

    def open(self, key: AuthKey | None) -> bytes:
        if key is not None:
            self._keys[key.id] = KeyRecord(key, 7, created_at=NOW)
        self._kept.append(ServerConnection(self._config, self._keys, entropy=os.urandom, now=NOW))
        return b""

    def feed(self, number: int, data: bytes) -> bytes:
        connection = self._kept[number]
        connection.receive_data(data, now=NOW)
        while (event := connection.next_event()) is not None:
            if isinstance(event, RequestReceived):
                connection.send_result(event.request, ANSWER, now=NOW)
        return connection.data_to_send(now=NOW)


def main() -> None:
    holder: ConnectionHolder = Clients() if sys.argv[1] == "client" else Servers()

    def open_(order: dict[str, Any]) -> dict[str, Any]:
        numbers = range(order["first"], order["first"] + order["count"])
        return {"sent": [_text(holder.open(_key(number) if order["keys"] else None)) for number in numbers]}

    def feed(order: dict[str, Any]) -> dict[str, Any]:
        received = map(base64.b64decode, order["received"])
        return {"sent": [_text(holder.feed(number, data)) for number, data in enumerate(received, order["first"])]}

    def watch(order: dict[str, Any]) -> dict[str, Any]:
        tracemalloc.start()
        return {}

    def weigh(order: dict[str, Any]) -> dict[str, Any]:
        gc.collect()
        traced = tracemalloc.get_traced_memory()[0] if tracemalloc.is_tracing() else None
        return {"resident": _resident(), "traced": traced}

    Orders(holder.about).run({"open": open_, "feed": feed, "watch": watch, "weigh": weigh})


def _key(number: int) -> AuthKey:
    """The key of one connection, known to both ends."""
    return AuthKey(Random(number).randbytes(256))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _resident() -> int:
    """Bytes of memory that this process has from the system."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
