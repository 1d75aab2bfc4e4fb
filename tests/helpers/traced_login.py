"""A trace of a login with everything worth showing, the same bytes each time: for tests and for the documentation.

python -m tests.helpers.traced_login login.qlog
"""

from __future__ import annotations

import sys
from pathlib import Path

from sansio_tl import errors, functions, types
from sansio_tl.connection.server import IncomingRequest
from sansio_tl_transports.tracing import QlogTracer
from tests.helpers.in_memory_network import AUTHORIZATION, NEAREST, InMemoryNetwork, sample


def write_trace(path: Path) -> None:
    """Write the trace of a client that migrates, logs in, waits for a flood, and loses its connection."""
    replies: dict[str, list[object]] = {
        "auth.sendCode": [errors.parse(303, "PHONE_MIGRATE_4")],
        "help.getNearestDc": [errors.FloodWait(seconds=2), NEAREST],
        "messages.getDialogs": [errors.parse(400, "OFFSET_PEER_ID_INVALID")],
    }

    def application(dc_id: int, request: IncomingRequest) -> object:
        network.now += 0.034
        waiting = replies.get(request.query.NAME)
        if waiting:
            return waiting.pop(0)
        match request.query:
            case functions.auth.SendCode():
                return types.auth.SentCode(types.auth.SentCodeTypeApp(5), "hash")
            case functions.auth.SignIn():
                return AUTHORIZATION
            case functions.help.GetConfig():
                return sample(types.Config, dc_options=[])
        return NEAREST

    with QlogTracer(path, title="A login that moves to another data center") as tracer:
        network = InMemoryNetwork(application, tracer=tracer)
        network.invoke(functions.auth.SendCode("+12025550100", 1, "hash", types.CodeSettings()))
        network.advance(0.4)
        network.invoke(functions.auth.SignIn("+12025550100", "hash", "12345"))
        network.invoke(functions.help.GetNearestDc())
        network.advance(2)
        network.client.invoke(functions.messages.GetDialogs(0, 0, types.InputPeerEmpty(), 10, 0), now=network.now)
        network.client.invoke(functions.help.GetNearestDc(), now=network.now)
        network.settle()
        network.data_centers[4].reachable = False
        network.drop_connections(4)
        network.advance(1)
        network.data_centers[4].reachable = True
        network.advance(3)
        network.invoke(functions.help.GetConfig())
        network.client.close(now=network.now)


if __name__ == "__main__":
    write_trace(Path(sys.argv[1]))
