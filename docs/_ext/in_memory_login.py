"""A client and a data center joined in memory, with fixed entropy and times.

The drawings trace it, and tests/repository runs it in a process where I/O is disabled. docs/examples/test_in_memory.py
has the functions that exchange the bytes.
"""

from __future__ import annotations

from random import Random

from sansio_tl import Config, Connection, auth, functions
from sansio_tl.testing import DataCenter, DataCenterConnection
from test_in_memory import NOW, drive


class RecordingConnection(Connection):
    """A connection that records received and sent bytes."""

    wire: list[bytes]

    def receive_data(self, data: bytes, *, now: float) -> None:
        self.wire.append(data)
        super().receive_data(data, now=now)

    def data_to_send(self, *, now: float) -> bytes:
        data = super().data_to_send(now=now)
        self.wire.append(data)
        return data


def new_pair() -> tuple[RecordingConnection, DataCenterConnection]:
    """A client and its connection at the data center, before the handshake."""
    data_center = DataCenter(entropy=Random("server").randbytes, now=NOW)
    config = Config(api_id=1, public_keys=(data_center.public_key,))
    client = RecordingConnection(config, entropy=Random("client").randbytes, now=NOW)
    client.wire = []
    return client, data_center.accept(now=NOW)


def connected_pair() -> tuple[RecordingConnection, DataCenterConnection]:
    """The same with a key and a session, after one request has been answered."""
    client, server = new_pair()
    handle = client.invoke(functions.help.GetNearestDc(), now=NOW)
    while not handle.done:
        server.receive_data(client.data_to_send(now=NOW), now=NOW)
        client.receive_data(server.data_to_send(now=NOW), now=NOW)
        while client.next_event() is not None:
            pass
    return client, server


def log_in() -> list[bytes]:
    """Log a user in, with a wrong code and a password; returns all bytes that were exchanged."""
    client, server = new_pair()
    flow = auth.log_in("+99966 2 0101", api_id=1, api_hash="any")
    drive(flow, client, server)
    for code in ("12345", "22222"):
        flow.enter_code(code)
        drive(flow, client, server)
    flow.enter_password("password", entropy=Random("password").randbytes)
    drive(flow, client, server)
    if flow.state != auth.DONE:
        raise RuntimeError(f"the login ended in {flow.state}")
    return client.wire
