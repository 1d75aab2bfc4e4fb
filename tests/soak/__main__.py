"""python -m tests.soak: many clients of each adapter with `sansio-tl serve`, for long, with failing connections.

Four or more processes: the server, a proxy that injects faults, and for each adapter one with all its clients. Every
call is followed: its answer must be its own, there must be one, and the server must have executed it once. Memory must
stay as it is. Exit status 1 when something of this does not hold.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import platform
import queue
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

from tests.helpers.processes import ServeProcess, serve_process
from tests.soak.accounting import Executions
from tests.soak.memory import MEGABYTE, Usage, usage_of
from tests.soak.messages import REPORT_INTERVAL, Ending, Listening, ProxyReport, Tally
from tests.soak.processes import Process, Silent, first
from tests.soak.results import FILE, Results, Sample, Series, checks_of
from tests.soak.soak_clients import BOT, PATIENCE, seconds_of

ADAPTERS = ("trio", "asyncio", "sync")
SAMPLES = 180
"""At most; as many points has the plot."""
SETTLING = 300.0
"""Seconds within which every client must be logged in."""
LEAVING = 60.0
"""Seconds within which a process must end."""
SHORT = 20.0
"""Minutes below which memory is still being taken into use: what was sent is remembered for five minutes, and replay
windows are full after ten."""
TOLERANCE = {True: (0.25, 8 * MEGABYTE), False: (0.03, 2 * MEGABYTE)}
"""Whether a run is short -> by what part of itself, and by how many bytes more, memory may grow."""
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "16384", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}
"""For all processes: glibc takes the buffers into which sockets are read from the system and gives them back, and does
not put them between what stays; and threads, of which the blocking adapter has hundreds, keep nothing that was freed.
Else resident memory depends more on the C library than on the objects that are held."""
PACKAGES = ("sansio-tl", "trio", "cryptography", "cryptg", "gmpy2", "msgspec", "h11", "wsproto")


class Soak:
    """One run."""

    def __init__(self, options: argparse.Namespace, server: ServeProcess, tape: Path) -> None:
        self._options = options
        self._server = server
        self._tape = tape.open("rb")
        self._files_before = usage_of(server.process.pid).files
        self._executions = Executions()
        self._reports: queue.Queue[Listening] = queue.Queue()
        self._proxy_report = ProxyReport(0, 0, 0, {})
        self._tallies: dict[str, Tally] = {}
        self._endings: dict[str, Ending] = {}
        self._ended: queue.Queue[str] = queue.Queue()
        self._seen: Counter[int] = Counter()
        self._began = time.monotonic()
        self.proxy: Process | None = None
        self.client_processes: dict[str, Process] = {}
        self.results = Results(
            when=dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
            machine=_machine(),
            versions=dict(_versions()),
            minutes=options.minutes,
            clients=options.clients,
            pace=options.pace,
            life=options.life,
            seed=options.seed,
        )

    def run(self) -> None:
        """All of it. Raises Silent when a process does not do what it must."""
        options = self._options
        port = self._start_proxy()
        for index, name in enumerate(options.adapters, 1):
            self._start_clients(index, name, port)
        self._wait(lambda: self._total("ready") == options.clients * len(options.adapters), SETTLING, "logging in")
        self._began = time.monotonic()
        self._soak(60 * options.minutes)
        self._finish()

    # -- its parts ---------------------------------------------------------------------------------------------------

    def _start_proxy(self) -> int:
        def on_message(message: Any) -> None:
            if isinstance(message, Listening):
                self._reports.put(message)
            else:
                self._proxy_report = message

        arguments = (str(self._server.port), str(self._options.seed), str(self._options.life))
        self.proxy = Process("the proxy", "-m", "tests.soak.proxy", *arguments, on_message=on_message)
        listening: Listening = first(self._reports, 30, "the proxy")
        return listening.port

    def _start_clients(self, index: int, name: str, port: int) -> None:
        def on_message(message: Any) -> None:
            if isinstance(message, Ending):
                self._endings[name] = message
                self._ended.put(name)
            else:
                self._tallies[name] = message

        options = self._options
        arguments = (name, port, self._server.public_key, index, options.clients, options.pace, options.seed)
        self.client_processes[name] = Process(
            name, "-m", "tests.soak.soak_clients", *map(str, arguments), on_message=on_message
        )

    def _soak(self, seconds: float) -> None:
        """Let time pass, and look at everything now and then."""
        interval = max(REPORT_INTERVAL, seconds / SAMPLES) if seconds > 4 * REPORT_INTERVAL else seconds / 4
        count = max(4, int(seconds / interval))
        for number in range(1, count + 1):
            self._wait(partial(self._come, number * interval), seconds + 60, "the clock")
            self._sample()
            if number % max(1, round(30 / interval)) == 0 or number == count:
                print(self._line(), flush=True)

    def _finish(self) -> None:
        """No more harm, no more calls: whatever is unanswered now has to be answered."""
        assert self.proxy is not None
        self.proxy.send("clear_faults")
        for process in self.client_processes.values():
            process.send("finish")
        for _ in self.client_processes:
            first(self._ended, PATIENCE + LEAVING, "a process of clients")
        for process in self.client_processes.values():
            process.leave(LEAVING)
        self.proxy.leave(LEAVING)
        files = self._files_left()
        self._executions.read(self._tape.read())
        results = self.results
        results.totals = self._tallies
        results.faults = self._proxy_report.faults
        results.account = self._executions.compare(
            {index: self._endings[name] for index, name in enumerate(self._options.adapters, 1)}
        )
        results.reasons = dict(
            Counter(f"{what}: {why}" for ending in self._endings.values() for _, what, why in ending.troubles)
        )
        relative, absolute = TOLERANCE[results.minutes < SHORT]
        results.checks = checks_of(results, files_left=files, relative=relative, absolute=absolute)

    def _files_left(self) -> int:
        """How many more files the server has open than before the first client; it may take a moment to close them."""
        left = 0
        for _ in range(50):
            left = max(0, usage_of(self._server.process.pid).files - self._files_before)
            if not left:
                break
            time.sleep(0.1)
        return left

    # -- looking at it -----------------------------------------------------------------------------------------------

    def _total(self, what: str) -> int:
        return sum(getattr(each, what) for each in tuple(self._tallies.values()))

    def _wait(self, until: Callable[[], bool], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() > deadline:
                raise Silent(f"{what} takes more than {seconds:.0f} s: {self._line()}")
            for process in (self.proxy, *self.client_processes.values()):
                if process is not None and not process.running:
                    raise Silent(f"{process.name} has ended")
            if self._server.process.poll() is not None:
                raise Silent("the server has ended")
            time.sleep(0.2)

    def _come(self, seconds: float) -> bool:
        """Whether so much of the time has passed."""
        return time.monotonic() - self._began >= seconds

    def _usages(self) -> Iterator[tuple[str, Usage]]:
        assert self.proxy is not None
        yield "server", usage_of(self._server.process.pid)
        yield "proxy", usage_of(self.proxy.pid)
        for name, process in self.client_processes.items():
            yield name, usage_of(process.pid)

    def _sample(self) -> None:
        self._executions.read(self._tape.read())
        results, proxy = self.results, self._proxy_report
        results.at.append(round(time.monotonic() - self._began, 1))
        for name, usage in self._usages():
            series = results.processes.setdefault(name, Series())
            series.rss.append(usage.rss * 10 // MEGABYTE)
            series.files.append(usage.files)
            series.threads.append(usage.threads)
            series.cpu.append(round(usage.cpu, 1))
        median, p99 = self._latencies()
        results.samples.append(
            Sample(
                self._total("calls"),
                self._total("answered"),
                self._total("waiting"),
                self._total("links_lost"),
                sum(proxy.faults.values()),
                proxy.alive,
                median,
                p99,
            )
        )

    def _latencies(self) -> tuple[float | None, float | None]:
        """The median and the 99th percentile of the answers since the last look."""
        now: Counter[int] = Counter()
        for tally in tuple(self._tallies.values()):
            now.update(tally.latencies)
        fresh, self._seen = now - self._seen, now
        return quantile(fresh, 0.5), quantile(fresh, 0.99)

    def _line(self) -> str:
        """How it goes, in one line."""
        samples = self.results.samples
        if not samples:
            return f"{self._total('ready')} clients are logged in, {self._total('links_lost')} connections were lost"
        last = samples[-1]
        memory = ", ".join(f"{name} {series.rss[-1] / 10:.0f}" for name, series in self.results.processes.items())
        bad = {what: self._total(what) for what in ("lost", "unknown", "refused", "foreign", "doubled")}
        troubles = ", ".join(f"{number} {what}" for what, number in bad.items() if number) or "no trouble"
        return (
            f"{self.results.at[-1] / 60:5.1f} of {self.results.minutes:g} min: "
            f"{last.calls:,} calls, {last.waiting} unanswered, {troubles}; "
            f"{last.faults:,} faults, {last.links_lost:,} connections lost, {last.alive} alive; "
            f"median {last.median or 0:.3f} s, 99% {last.p99 or 0:.1f} s; MB: {memory}"
        )


def quantile(buckets: Counter[int], part: float) -> float | None:
    """How long so many of the answers took at most."""
    expected, total = part * buckets.total(), 0
    for bucket in sorted(buckets):
        total += buckets[bucket]
        if total >= expected:
            return round(seconds_of(bucket), 4)
    return None


def _machine() -> str:
    processor = platform.processor() or "unknown processor"
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    return f"{processor}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


def _versions() -> Iterator[tuple[str, str]]:
    yield platform.python_implementation(), platform.python_version()
    for name in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            yield name, version(name)


def report(results: Results) -> int:
    """Print what came of it; the exit status."""
    for check in results.checks:
        print(f"{'ok    ' if check.good else 'FAILED'} {check.name}: {check.value:g} (at most {check.most:g})")
    for reason, times in sorted(results.reasons.items(), key=lambda each: -each[1])[:20]:
        print(f"       {times} x {reason}")
    failed = sum(not check.good for check in results.checks)
    calls = f"{results.samples[-1].calls:,} calls" if results.samples else "no calls"
    held = f"Every check held: {calls} in {results.minutes:g} min."
    print(f"{failed} of {len(results.checks)} checks failed." if failed else held)
    return 1 if failed else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=30.0, help="how long (default: 30)")
    parser.add_argument("--clients", type=int, default=200, help="clients of each adapter (default: 200)")
    parser.add_argument("--adapter", default="all", choices=("all", *ADAPTERS), help="which adapters (default: all)")
    parser.add_argument("--pace", type=float, default=2.0, help="seconds between two calls of a client (default: 2)")
    parser.add_argument("--life", type=float, default=30.0, help="seconds until a connection is harmed (default: 30)")
    parser.add_argument("--seed", type=int, default=1, help="of the harm and the calls (default: 1)")
    parser.add_argument("--save", action="store_true", help=f"write the results to {FILE.name} of the documentation")
    options = parser.parse_args(arguments)
    options.adapters = ADAPTERS if options.adapter == "all" else (options.adapter,)
    os.environ.update(ALLOCATOR)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="sansio-tl-soak") as folder:
        tape = Path(folder) / "requests.jsonl"
        with serve_process(Path(folder), "--record", str(tape), "--bot", BOT) as server:
            soak = Soak(options, server, tape)
            try:
                soak.run()
            except Silent as silent:
                print(f"FAILED {silent}")
                return 1
            finally:
                for process in (soak.proxy, *soak.client_processes.values()):
                    if process is not None and process.running:
                        process.kill()
    status = report(soak.results)
    if options.save:
        FILE.write_bytes(msgspec.json.encode(soak.results) + b"\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
