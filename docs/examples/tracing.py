"""See what a client does: log lines, a file for `sansio-tl trace`, and a tracer of one's own.

python docs/examples/tracing.py login.qlog
"""

import asyncio
import logging
import os
import sys
import time

from sansio_tl import ClientConfig, functions, trace
from sansio_tl.testing import DataCenter
from sansio_tl_transports.asyncio import open_client, serve
from sansio_tl_transports.tracing import CombinedTracer, LoggingTracer, QlogTracer


class Totals:
    """A tracer is an object with this one method."""

    def __init__(self) -> None:
        self.sent = self.received = 0
        self.durations: dict[str, float] = {}

    def record(self, event: trace.TraceEvent, now: float) -> None:
        match event:
            case trace.PacketSent():
                self.sent += event.size
            case trace.PacketReceived():
                self.received += event.size
            case trace.RequestFinished(outcome="result"):
                self.durations[event.method] = event.duration


async def main(path: str) -> None:
    logging.basicConfig(stream=sys.stdout, format="%(name)s: %(message)s")
    logging.getLogger("sansio_tl").setLevel(logging.INFO)
    totals = Totals()
    data_center = DataCenter(entropy=os.urandom, now=time.time())  # a real client needs none of these three lines
    async with serve(data_center) as server:
        config = ClientConfig.for_server(*server.address, public_key=data_center.public_key, api_id=1)
        with QlogTracer(path, title="tracing.py") as file:
            async with open_client(config, tracer=CombinedTracer(LoggingTracer(), file, totals)) as client:
                await client.invoke(functions.help.GetNearestDc())
    print(f"{totals.sent} bytes sent, {totals.received} received; answered: {', '.join(totals.durations)}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tracing.py FILE")
    asyncio.run(main(sys.argv[1]))
