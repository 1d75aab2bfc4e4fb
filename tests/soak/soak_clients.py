"""Clients in a process of their own: `python -m tests.soak.soak_clients ADAPTER PORT KEY PROCESS CLIENTS PACE SEED`.

Each client is an account of the adapter, logged in as a bot, with a framing of its own, every fourth with temporary
keys. It makes a call every PACE seconds, now and then some at once, and looks at what comes back.

Writes every few seconds what its clients have seen. On `finish` on its standard input it makes no more calls, waits for
the answers that are still to come, and says how many calls there were.
"""

from __future__ import annotations

import asyncio
import math
import random
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

from sansio_tl import Client, ClientConfig, Config, Endpoint
from sansio_tl.client import ConnectionLost
from sansio_tl.connection.client import RequestHandle
from sansio_tl.crypto.rsa import RsaPublicKey
from sansio_tl.errors import ConnectionLostError, RemoteProtocolError, RpcError
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.framing import FRAMINGS
from tests.helpers.adapters import ADAPTERS, Adapter, AnyClient
from tests.soak.calls import answer, number_of, question
from tests.soak.messages import REPORT_INTERVAL, Ending, Tally, read_commands, send

PATIENCE = 240.0
"""Seconds after which a call counts as lost. A connection that is dead without a word is found out in ninety (MS25)."""
TEMPORARY = (480, 1200)
"""Seconds that a temporary key lives, at least and at most: else all would be made again in the same moment."""
STEP = 1.15
"""Each bucket of latencies ends this many times later than the one before; the first after a millisecond."""
SIZES = (1, 1, 1, 1, 1, 1, 1, 1, 1, 10, 50)
"""How many ids a call has: 50 make a kilobyte."""
BURST = 4
RECENT = 2000
"""How many requests are remembered, to notice a second outcome."""
BOT = "1000:soak"


def bucket_of(seconds: float) -> int:
    """The bucket of a latency."""
    return max(0, math.ceil(math.log(max(seconds, 1e-3) / 1e-3, STEP)))


def seconds_of(bucket: int) -> float:
    """The longest latency in a bucket."""
    return 1e-3 * STEP**bucket


class Watch:
    """Keeps the tally of all clients of this process, from whatever thread they are in."""

    def __init__(self, clients: int) -> None:
        self.tally = Tally()
        self.made = [0] * clients
        self.troubles: list[tuple[int, str, str]] = []
        self.finishing = threading.Event()
        self._lock = threading.Lock()

    def count(self, **more: int) -> None:
        """Add to the tally."""
        with self._lock:
            for name, number in more.items():
                setattr(self.tally, name, getattr(self.tally, name) + number)

    def took(self, seconds: float) -> None:
        """A call was answered."""
        bucket = bucket_of(seconds)
        with self._lock:
            self.tally.answered += 1
            self.tally.latencies[bucket] = self.tally.latencies.get(bucket, 0) + 1

    def trouble(self, number: int, what: str, why: str) -> None:
        """A call was not answered as it should."""
        self.count(**{what: 1})
        with self._lock:
            self.troubles.append((number, what, why))

    def report(self) -> None:
        """Say the tally."""
        with self._lock:
            send(self.tally)

    def on_event(self, event: object) -> None:
        """Something has happened to a client."""
        if isinstance(event, ConnectionLost):
            self.count(links_lost=1)

    def watch_answers(self) -> None:
        """Count requests with a second outcome: a client emits one for each."""
        next_event = Client.next_event
        recent: dict[RequestHandle[Any], None] = {}

        def counted(client: Client) -> Any:
            event = next_event(client)
            if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown):
                if event.handle in recent:
                    self.count(doubled=1)
                recent[event.handle] = None
                if len(recent) > RECENT:
                    del recent[next(iter(recent))]
            return event

        Client.next_event = counted  # type: ignore[method-assign, assignment]


class SoakClient:
    """One client."""

    def __init__(self, watch: Watch, adapter: Adapter, process: int, index: int, *, pace: float, seed: int) -> None:
        self._watch = watch
        self._adapter = adapter
        self._process = process
        self._index = index
        self._pace = pace
        self._dice = random.Random(f"{seed} {process} {index}")
        self.framing = FRAMINGS[index % len(FRAMINGS)]
        self.temporary = self._dice.randint(*TEMPORARY) if index // len(FRAMINGS) % 4 == 0 else None

    async def live(self, port: int, key: RsaPublicKey, stagger: float) -> None:
        """From before the login to after the last answer."""
        config = ClientConfig(
            connection_config=Config(api_id=1, dc_id=2, public_keys=(key,), temporary_key_lifetime=self.temporary),
            endpoints={2: (Endpoint("127.0.0.1", port),)},
            backoff_max=10.0,
        )
        await self._adapter.sleep(stagger)
        async with self._adapter.open_client(config, framing=self.framing, on_event=self._hear) as account:
            await account.login(bot_token=BOT, api_hash="any")
            self._watch.count(ready=1)
            while not self._watch.finishing.is_set():
                if self._dice.random() < 1 / 20:
                    await self._adapter.all_of([partial(self._call, account, self._next()) for _ in range(BURST)])
                else:
                    await self._call(account, self._next())
                await self._adapter.sleep(self._dice.uniform(0.5, 1.5) * self._pace)

    def _hear(self, event: object) -> None:
        self._watch.on_event(event)

    def _next(self) -> int:
        sequence = self._watch.made[self._index]
        self._watch.made[self._index] += 1
        return number_of(self._process, self._index, sequence)

    async def _call(self, account: AnyClient, number: int) -> None:
        watch, call = self._watch, question(number, self._dice.choice(SIZES))
        watch.count(calls=1, waiting=1)
        began = time.monotonic()
        try:
            result = await account.invoke(call, timeout=PATIENCE)
        except TimeoutError as error:
            watch.trouble(number, "lost", str(error))
        except ConnectionLostError as error:
            watch.trouble(number, "unknown", str(error))
        except (RpcError, RemoteProtocolError) as error:
            watch.trouble(number, "refused", str(error))
        else:
            if result == answer(call):
                watch.took(time.monotonic() - began)
            else:
                watch.trouble(number, "foreign", f"{result!r:.300}")
        finally:
            watch.count(waiting=-1)


def run(adapter: Adapter, soak_clients: list[SoakClient], port: int, key: RsaPublicKey) -> None:
    """Let them all live at once. On asyncio without the debug mode of the tests, which is slow."""

    async def together() -> None:
        await adapter.all_of([partial(each.live, port, key, n * 0.03) for n, each in enumerate(soak_clients)])

    if type(adapter).__name__ == "Asyncio":
        asyncio.run(together())
    else:
        adapter.run(together)


def main(name: str, port: int, key: Path, process: int, clients: int, pace: float, seed: int) -> None:
    """Run so many clients of an adapter."""
    adapter = next(each for each in ADAPTERS if type(each).__name__.lower() == name)
    watch = Watch(clients)
    watch.watch_answers()
    read_commands(lambda word: watch.finishing.set())
    over = threading.Event()

    def report() -> None:
        while not over.wait(REPORT_INTERVAL):
            watch.report()

    reporter = threading.Thread(target=report, name="reports")
    reporter.start()
    try:
        soak_clients = [SoakClient(watch, adapter, process, n, pace=pace, seed=seed) for n in range(clients)]
        run(adapter, soak_clients, port, RsaPublicKey.from_pem(key.read_bytes()))
    finally:
        over.set()
        reporter.join()
    watch.report()
    send(Ending(watch.made, watch.troubles))


if __name__ == "__main__":
    _, a_name, a_port, a_key, a_process, some_clients, a_pace, a_seed = sys.argv
    main(a_name, int(a_port), Path(a_key), int(a_process), int(some_clients), float(a_pace), int(a_seed))
