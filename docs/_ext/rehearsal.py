"""A client and a data center joined in memory, with fixed entropy and times.

The drawings trace it, and tests/repository runs it where nothing but computing is allowed. How the bytes are carried is
in docs/examples/test_in_memory.py.
"""

from __future__ import annotations

from random import Random

from sansio_tl import Config, Connection, auth, functions
from sansio_tl.testing import DataCenter, DataCenterConnection
from test_in_memory import NOW, answer, drive


class Recorded(Connection):
    """A connection that keeps what passes through it."""

    wire: list[bytes]

    def receive_data(self, data: bytes, *, now: float) -> None:
        self.wire.append(data)
        super().receive_data(data, now=now)

    def data_to_send(self, *, now: float) -> bytes:
        data = super().data_to_send(now=now)
        self.wire.append(data)
        return data


def met() -> tuple[Recorded, DataCenterConnection]:
    """A client and its link at the data center; nothing has been said yet."""
    data_center = DataCenter(entropy=Random("server").randbytes, now=NOW)
    config = Config(api_id=1, public_keys=(data_center.public_key,))
    client = Recorded(config, entropy=Random("client").randbytes, now=NOW)
    client.wire = []
    return client, data_center.accept(now=NOW)


def acquainted() -> tuple[Recorded, DataCenterConnection]:
    """The same two when they have a key and a session, and one request is answered."""
    client, server = met()
    client.invoke(functions.help.GetNearestDc(), now=NOW)
    answer(client, server)
    return client, server


def rehearse() -> list[bytes]:
    """Log a person in, with a wrong code and a password on the way; every piece that passed between the two."""
    client, server = met()
    flow = auth.log_in("+99966 2 0101", api_id=1, api_hash="any")
    drive(flow, client, server)
    for code in ("12345", "22222"):
        flow.enter_code(code)
        drive(flow, client, server)
    flow.enter_password("password", entropy=Random("password").randbytes)
    drive(flow, client, server)
    if flow.state != auth.DONE:
        raise RuntimeError(f"the log-in ended in {flow.state}")
    return client.wire
