"""A proxy that injects faults into every connection: `python -m tests.soak.proxy PORT-OF-THE-SERVER SEED MEAN-LIFE`.

A connection lives for a random time and then has a fault: it is reset, or closed, or ends inside a packet, or in
one direction only; it stalls, and goes on or is lost with what was on its way; it crawls, a few bytes at a time. Others
are refused at once. Every second line of defence of a client is needed before a minute is over.

Writes where it listens and then, every few seconds, what it has done, as JSON lines. On `clear_faults` on its standard
input it injects no more faults; at the end of the input it leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import sys
from collections import Counter
from enum import Enum

from tests.soak.messages import REPORT_INTERVAL, Listening, ProxyReport, read_commands, send

CHUNK = 1 << 16
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: the system sends RST and forgets what was on its way."""


class Fault(Enum):
    """What becomes of a connection."""

    REFUSE = "refused"
    """Closed as soon as it is opened."""
    RESET = "reset"
    """Both ends see it break; what was on its way is lost."""
    HANG_UP = "hung up"
    """Both ends see the close of the other after all bytes in flight."""
    INSIDE = "cut inside a packet"
    """After a random number of bytes in one direction, mostly in the middle of a packet."""
    HALF = "half closed"
    """One direction ends, the other goes on for a while; then it breaks."""
    STALL = "stalled"
    """Nothing passes for some seconds; then everything goes on."""
    LOSE = "stalled and lost"
    """Nothing passes for some seconds; then it breaks, with all that was on its way."""
    CRAWL = "crawled"
    """A few bytes at a time for some seconds; then everything goes on."""


REFUSED = 0.05
"""Of all opened connections."""
WEIGHTS = {
    Fault.RESET: 3,
    Fault.HANG_UP: 2,
    Fault.INSIDE: 4,
    Fault.HALF: 2,
    Fault.STALL: 2,
    Fault.LOSE: 2,
    Fault.CRAWL: 1,
}
LASTS = {Fault.HALF: (0.1, 5.0), Fault.STALL: (1.0, 20.0), Fault.LOSE: (1.0, 100.0), Fault.CRAWL: (1.0, 10.0)}
"""Seconds, at least and at most."""
SURVIVED = (Fault.STALL, Fault.CRAWL)
"""What a connection lives through."""


class Pipe:
    """One direction of a connection."""

    def __init__(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        self._source, self._sink = source, sink
        self.open = asyncio.Event()
        """Cleared while nothing may pass."""
        self.open.set()
        self.allowance: int | None = None
        """How many more bytes may pass; None for any number."""
        self.crawling = False
        self.carried = 0

    async def run(self) -> None:
        """Carry bytes until one end has no more, or no more may pass."""
        with contextlib.suppress(OSError):
            while self.allowance != 0 and (data := await self._source.read(3 if self.crawling else CHUNK)):
                await self.open.wait()
                data = data[: self.allowance]
                if self.allowance is not None:
                    self.allowance -= len(data)
                self.carried += len(data)
                self._sink.write(data)
                await self._sink.drain()
            if self.allowance != 0 and self._sink.can_write_eof():
                self._sink.write_eof()


class ProxiedConnection:
    """A client, the server, and what happens between them."""

    def __init__(self, proxy: CuttingProxy, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._dice = proxy.dice
        self._ends = (client, server)

    async def run(self, from_client: asyncio.StreamReader, from_server: asyncio.StreamReader) -> None:
        """Carry its bytes, and do it harm, until it is over."""
        client, server = self._ends
        pipes = (Pipe(from_client, server), Pipe(from_server, client))
        carrying = asyncio.gather(*(pipe.run() for pipe in pipes))
        harm = asyncio.create_task(self._harm(pipes))
        try:
            await asyncio.wait((carrying, harm), return_when=asyncio.FIRST_COMPLETED)
            if not harm.done():
                await self._drain()
        finally:
            harm.cancel()
            carrying.cancel()
            for end in self._ends:
                end.transport.abort()
            await asyncio.gather(carrying, harm, return_exceptions=True)
            self._proxy.carried += sum(pipe.carried for pipe in pipes)

    async def _drain(self) -> None:
        """Let the system send what it has taken."""
        for end in self._ends:
            end.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(2.0):
                for end in self._ends:
                    await end.wait_closed()

    async def _harm(self, pipes: tuple[Pipe, Pipe]) -> None:
        """Returns when the connection is to end at once."""
        does = {
            Fault.RESET: self._break,
            Fault.HANG_UP: self._hang_up,
            Fault.INSIDE: self._cut_inside,
            Fault.HALF: self._half_close,
            Fault.STALL: self._stall,
            Fault.LOSE: self._lose,
            Fault.CRAWL: self._crawl,
        }
        fault = Fault.STALL
        while fault in SURVIVED:
            await self._pass(self._dice.expovariate(1 / self._proxy.life))
            if self._proxy.calm.is_set():
                await asyncio.Event().wait()  # forever
            fault = self._dice.choices(tuple(WEIGHTS), tuple(WEIGHTS.values()))[0]
            self._proxy.faults[fault.value] += 1
            await does[fault](pipes)

    async def _break(self, pipes: tuple[Pipe, Pipe]) -> None:
        self._reset()

    async def _hang_up(self, pipes: tuple[Pipe, Pipe]) -> None:
        await self._drain()

    async def _cut_inside(self, pipes: tuple[Pipe, Pipe]) -> None:
        pipe = self._dice.choice(pipes)
        pipe.allowance = int(10 ** self._dice.uniform(0, 3.5))
        for _ in range(100):  # in ten seconds that much has been sent, or the connection breaks without
            if pipe.allowance == 0:
                break
            await self._pass(0.1)
        self._reset()

    async def _half_close(self, pipes: tuple[Pipe, Pipe]) -> None:
        with contextlib.suppress(OSError):
            self._dice.choice(self._ends).write_eof()
        await self._last(Fault.HALF)
        self._reset()

    async def _stall(self, pipes: tuple[Pipe, Pipe]) -> None:
        stalled = self._some_of(pipes)
        await self._last(Fault.STALL)
        for pipe in stalled:
            pipe.open.set()

    async def _lose(self, pipes: tuple[Pipe, Pipe]) -> None:
        self._some_of(pipes)
        await self._last(Fault.LOSE)
        self._reset()

    def _some_of(self, pipes: tuple[Pipe, Pipe]) -> tuple[Pipe, ...]:
        """One direction or both, in which nothing passes from now on."""
        stalled: tuple[Pipe, ...] = self._dice.choice((pipes, pipes[:1], pipes[1:]))
        for pipe in stalled:
            pipe.open.clear()
        return stalled

    async def _crawl(self, pipes: tuple[Pipe, Pipe]) -> None:
        for pipe in pipes:
            pipe.crawling = True
        await self._last(Fault.CRAWL)
        for pipe in pipes:
            pipe.crawling = False

    def _reset(self) -> None:
        for end in self._ends:
            sock = end.get_extra_info("socket")
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.transport.abort()

    async def _pass(self, seconds: float) -> None:
        """Wait, unless the fault phase is over: then pending faults end at once."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._proxy.calm.wait()

    async def _last(self, fault: Fault) -> None:
        """Let the time pass that such a thing takes: more often a short one than a long one.

        Where connections live for seconds, as in a short run, nothing lasts for minutes.
        """
        least, most = LASTS[fault]
        most = max(least, min(most, 3 * self._proxy.life))
        await self._pass(least * (most / least) ** self._dice.random())


class CuttingProxy:
    """Forwards connections to the server."""

    def __init__(self, port: int, seed: int, life: float) -> None:
        self.dice = random.Random(seed)
        self.life = life
        """Seconds until something happens to a connection, on average."""
        self.calm = asyncio.Event()
        """Set when no more harm is to be done."""
        self.faults: Counter[str] = Counter()
        self.links = self.alive = self.carried = 0
        self._target = port

    async def welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A client has connected."""
        self.links += 1
        if not self.calm.is_set() and self.dice.random() < REFUSED:
            self.faults[Fault.REFUSE.value] += 1
            writer.transport.abort()
            return
        try:
            from_server, server = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self.alive += 1
        try:
            await ProxiedConnection(self, writer, server).run(reader, from_server)
        finally:
            self.alive -= 1

    def report(self) -> ProxyReport:
        """What has happened so far."""
        return ProxyReport(self.links, self.alive, self.carried, dict(self.faults))

    async def run(self) -> None:
        """Serve until the standard input ends."""
        over = asyncio.Event()
        loop = asyncio.get_running_loop()

        def on_command(command: str | None) -> None:
            loop.call_soon_threadsafe(over.set if command is None else self.calm.set)

        async with await asyncio.start_server(self.welcome, "127.0.0.1", 0, backlog=1024) as listener:
            send(Listening(listener.sockets[0].getsockname()[1]))
            read_commands(on_command)
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(REPORT_INTERVAL):
                        await over.wait()
                send(self.report())


async def main(port: int, seed: int, life: float) -> None:
    """Run it."""
    await CuttingProxy(port, seed, life).run()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
