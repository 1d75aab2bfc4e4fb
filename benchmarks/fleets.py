"""Fleets on this machine: the cost of idle accounts, and what happens when processes are killed.

    python -m benchmarks.fleets idle --accounts 1000            # one process: memory, connects, CPU
    python -m benchmarks.fleets takeover --accounts 6000        # three processes, one killed every minute for ten
    python -m benchmarks.fleets report                          # write the tables and the plot of docs/fleets

The data center (`sansio_tl.testing`, in a process of its own) ends a login that is used twice at once; the sessions are
in Redis, which writes each change to the disk before it answers. Needs redis-server.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.machine import as_line, machine
from benchmarks.plots import Plot

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "benchmarks"
RESULTS = ROOT / "benchmarks" / "results" / "fleets.json"
LEASE = 60.0


# -- processes ---------------------------------------------------------------------------------------------------------


def serve(accounts: int, url: str) -> None:
    """The data center: makes the accounts, puts their sessions into the store, and serves until its input ends."""
    from sansio_tl.testing import DataCenter, DataCenterConfig
    from sansio_tl_transports.asyncio import serve as listen
    from sansio_tl_transports.stores import put_snapshot
    from sansio_tl_transports.stores.redis import RedisStore

    _allow_many_sockets()
    gc.disable()  # a full collection takes seconds with so many connections, in which none is served
    settings = DataCenterConfig(detect_parallel_use=True, max_keys=4 * accounts + 100, explain_errors=False)
    center = DataCenter(settings, entropy=os.urandom, now=time.time())
    store = RedisStore.from_url(url)
    with ThreadPoolExecutor(32) as threads:  # Redis writes the changes of all of them to the disk at once
        for number in range(accounts):
            session = center.new_session(center.add_account(f"+12025{number:06d}"), now=time.time())
            threads.submit(put_snapshot, store, f"account{number}", session)
    if len(store.names()) != accounts:
        raise AssertionError("a session is missing")
    store.close()

    async def run() -> None:
        async with listen(center, "127.0.0.1", 0, max_connections=4 * accounts) as server:
            center.announce(*server.address)
            print(json.dumps([*server.address, center.public_key.to_pem()]), flush=True)
            await asyncio.to_thread(sys.stdin.read)

    asyncio.run(run())


def _allow_many_sockets() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


async def work(address: list[Any], url: str, per_second: float, most: int, calls: float, lease: float) -> None:
    """A process of the fleet: reports what is opened and closed."""
    from sansio_tl import ClientConfig, functions, types
    from sansio_tl_transports.fleet import FleetOptions
    from sansio_tl_transports.fleet.asyncio import open_fleet
    from sansio_tl_transports.stores import LeaseOptions
    from sansio_tl_transports.stores.redis import AsyncRedisStore

    _allow_many_sockets()
    host, port, pem = address
    config = ClientConfig.for_server(host, port, public_key=pem, api_id=1)
    me = functions.users.GetUsers([types.InputUserSelf()])
    phase = int.from_bytes(os.urandom(2), "little") / 65535

    def say(what: str, more: dict[str, Any]) -> None:
        print(json.dumps({"what": what, "at": time.time(), **more}), flush=True)

    slowest = 0.0

    async def on_client(name: str, client: Any) -> None:
        nonlocal slowest
        say("begin", {"name": name})
        try:
            await client.invoke(me)
            say("open", {"name": name})
            while calls:
                await asyncio.sleep(calls * (0.5 + phase))
                before = time.monotonic()
                await client.invoke(me)
                slowest = max(slowest, time.monotonic() - before)
        finally:
            say("end", {"name": name})

    def on_error(name: str | None, error: Exception) -> None:
        say("error", {"name": name, "text": f"{type(error).__name__}: {error}"})

    def usage() -> dict[str, float]:
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
        return {"rss": pages * os.sysconf("SC_PAGE_SIZE"), "cpu": time.process_time()}

    store = AsyncRedisStore.from_url(url)
    options = FleetOptions(
        connects_per_second=per_second, max_accounts=most, lease=LeaseOptions(seconds=lease, margin=10.0)
    )
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    say("usage", usage())
    async with open_fleet(config, store=store, on_client=on_client, on_error=on_error, options=options) as fleet:
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), 1.0)
            say("usage", {"accounts": len(fleet.clients), "slowest": slowest, **usage()})
    await store.close()


class Worker:
    """A process of the fleet, and what it has reported. Like the data center it is a session of its own for the
    scheduler of Linux, as on a computer of its own: those of one session share a part of the processor.
    """

    def __init__(
        self, address: list[Any], url: str, per_second: float, most: int, calls: float, lease: float, log: Path
    ) -> None:
        arguments = [json.dumps(address), url, str(per_second), str(most), str(calls), str(lease)]
        command = [sys.executable, "-m", "benchmarks.fleets", "worker", *arguments]
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, cwd=ROOT, start_new_session=True)
        self.killed_at: float | None = None

    def reports(self, what: str = "") -> list[dict[str, Any]]:
        """What it has reported so far, of one kind or all."""
        lines = self.log.read_text(encoding="utf-8").split("\n")[:-1]
        return [report for line in lines if (report := json.loads(line))["what"] == (what or report["what"])]

    def kill(self) -> None:
        """As a crash."""
        self.killed_at = time.time()
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def running(accounts: int) -> Iterator[tuple[list[Any], str]]:
    """Redis and the data center; the address of both."""
    from tests.stores.servers import redis_server

    with redis_server() as server:
        command = [sys.executable, "-m", "benchmarks.fleets", "server", str(accounts), server.url]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, start_new_session=True
        )
        try:
            if process.stdout is None:
                raise AssertionError
            yield json.loads(process.stdout.readline()), server.url
        finally:
            process.kill()
            process.wait()


# -- what the processes have reported ----------------------------------------------------------------------------------

STEPS = 200
"""The distribution of the times is kept as so many steps of equal shares."""


def follow(processes: list[tuple[float | None, list[dict[str, Any]]]]) -> dict[str, Any]:
    """What became of each account: from when each process was killed, if it was, and its reports.

    Returns how many accounts were opened again after a kill, with the seconds that it took as `STEPS` + 1 quantiles;
    how many of those had been begun by a process that was killed before it had an answer, which are not in the
    quantiles; and how often an account was begun in a process while another one had it.
    """
    steps = sorted(
        (report["at"], number, report["what"], report["name"])
        for number, (_, reports) in enumerate(processes)
        for report in reports
        if report["what"] in {"begin", "open", "end"}
    )
    had: dict[str, int] = {}
    """Which process had the account last, from when it began with it until it ended with it."""
    waits: dict[str, tuple[float, bool]] = {}
    """When the process was killed that had the account open, and whether another one has begun with it since."""
    times: list[float] = []
    twice = indirect = 0
    for at, number, what, name in steps:
        earlier = had.get(name)
        if earlier is not None and earlier != number and what != "end":
            killed_at = processes[earlier][0]
            if killed_at is None or at < killed_at:
                twice += 1
            elif name in waits:
                waits[name] = waits[name][0], True
            else:
                waits[name] = killed_at, False
        if what == "end":
            if earlier == number:
                del had[name]
            continue
        had[name] = number
        if what == "open" and name in waits:
            killed_at, was_begun = waits.pop(name)
            indirect += was_begun
            if not was_begun:
                times.append(at - killed_at)
    times.sort()
    quantiles = [times[round(step * (len(times) - 1) / STEPS)] for step in range(STEPS + 1)] if times else []
    return {
        "taken_over": len(times) + indirect,
        "indirectly": indirect,
        "twice": twice,
        "times": [round(each, 2) for each in quantiles],
    }


# -- runs --------------------------------------------------------------------------------------------------------------


def idle(accounts: int, seconds: float, per_second: float, lease: float, folder: Path) -> dict[str, Any]:
    """One process that opens all accounts, and then does nothing."""
    with running(accounts) as (address, url):
        worker = Worker(address, url, per_second, accounts, 0.0, lease, folder / "idle.log")
        while len(worker.reports("open")) < accounts:
            time.sleep(2.0)
        opened = [report["at"] for report in worker.reports("open")]
        time.sleep(10.0)
        first, last = worker.reports("usage")[0], worker.reports("usage")[-1]
        tenth = next(each for each in worker.reports("usage")[1:] if each["accounts"] >= accounts / 10)
        time.sleep(seconds)
        end = worker.reports("usage")[-1]
        stopped = time.time()
        worker.process.terminate()
        worker.process.wait()
        return {
            "accounts": accounts,
            "connects_per_second": per_second,
            "lease": lease,
            "seconds_to_open": max(opened) - min(opened),
            "most_opened_in_a_second": max(sum(at <= other < at + 1 for other in opened) for at in opened),
            "cpu_to_open": last["cpu"] - first["cpu"],
            "rss_before": first["rss"],
            "rss": end["rss"],
            "rss_with_a_tenth": tenth["rss"],
            "rss_per_account": (end["rss"] - tenth["rss"]) / (accounts - tenth["accounts"]),
            "cpu_per_hour": (end["cpu"] - last["cpu"]) / (end["at"] - last["at"]) * 3600,
            "seconds_to_close": time.time() - stopped,
            "errors": len(worker.reports("error")),
        }


def takeover(
    accounts: int, processes: int, minutes: int, per_second: float, call_every: float, folder: Path
) -> dict[str, Any]:
    """Several processes; one is killed every minute, and started again."""
    import redis

    from sansio_tl_transports.stores import load_document
    from sansio_tl_transports.stores.redis import RedisStore

    most = accounts if processes == 1 else -(-accounts // (processes - 1))
    with running(accounts) as (address, url):
        count = 0

        def begin() -> Worker:
            nonlocal count
            count += 1
            return Worker(address, url, per_second, most, call_every, LEASE, folder / f"worker{count}.log")

        alive = [begin() for _ in range(processes)]
        ended: list[Worker] = []
        while sum(len(worker.reports("open")) for worker in alive) < accounts:
            time.sleep(1.0)
        for _ in range(minutes):
            time.sleep(60.0)
            victim = alive.pop(0)
            victim.kill()
            ended.append(victim)
            alive.append(begin())
        time.sleep(2 * LEASE + accounts / per_second)
        open_at_end = sum(int(worker.reports("usage")[-1]["accounts"]) for worker in alive)
        store = RedisStore(redis.Redis.from_url(url))
        documents = [load_document(store, f"account{number}") for number in range(accounts)]
        everything = [*ended, *alive]
        for worker in alive:
            worker.process.terminate()
        for worker in alive:
            worker.process.wait()
        found = follow([(worker.killed_at, worker.reports()) for worker in everything])
        return {
            "accounts": accounts,
            "processes": processes,
            "kills": minutes,
            "connects_per_second": per_second,
            "lease": LEASE,
            "call_every": call_every,
            "max_accounts": most,
            **found,
            "duplicated": sum(len(document.lost) for document in documents if document is not None),
            "lost": sum(document is None or document.user_id is None for document in documents),
            "open_at_end": open_at_end,
            "errors": sum(len(worker.reports("error")) for worker in everything),
            "kinds_of_errors": Counter(
                report["text"].partition(":")[0] for worker in everything for report in worker.reports("error")
            ),
            "slowest_request": max(
                report.get("slowest", 0.0) for worker in everything for report in worker.reports("usage")
            ),
        }


# -- report ------------------------------------------------------------------------------------------------------------


def plot(found: dict[str, Any]) -> str:
    """How many accounts were open again after how many seconds."""
    times, lease = found["times"], found["lease"]
    left, right, top, bottom = 60, 620, 20, 260
    longest: float = max(90.0, times[-1])
    drawing = Plot("Share of accounts open again, by seconds after their process was killed", 640, 310)

    def x(seconds: float) -> float:
        return left + (right - left) * seconds / longest

    def y(share: float) -> float:
        return bottom - (bottom - top) * share

    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        drawing.line([(left, y(share)), (right, y(share))], "#8884")
        drawing.text(left - 8, y(share) + 4, f"{share:.0%}", anchor="end")
    for seconds in range(0, int(longest) + 1, 15 if longest < 200 else 60):
        drawing.text(x(seconds), bottom + 18, str(seconds), anchor="middle")
    drawing.line([(x(lease), top), (x(lease), bottom)], "#b5533c", dash="4 3")
    drawing.text(x(lease) + 4, top + 12, f"lease of {lease:g} s")
    points = [(x(0.0), y(0.0))]
    for step, seconds in enumerate(times):
        points += [(x(seconds), points[-1][1]), (x(seconds), y(step / STEPS))]
    drawing.line(points, "#2f7ed8", width=2.0)
    drawing.text((left + right) / 2, bottom + 40, "seconds after the process was killed", anchor="middle")
    return drawing.svg() + "\n"


def _table(rows: list[tuple[str, str]]) -> str:
    return "\n".join(["| | |", "| --- | --: |", *(f"| {name} | {value} |" for name, value in rows)]) + "\n"


def idle_table(found: dict[str, Any]) -> str:
    """The costs of idle accounts."""
    return _table(
        [
            ("accounts, all idle", f"{found['accounts']:,}"),
            ("memory of the process before, all imports included", f"{found['rss_before'] / 1e6:.0f} MB"),
            ("memory with a tenth of the accounts", f"{found['rss_with_a_tenth'] / 1e6:.0f} MB"),
            ("memory with all accounts", f"{found['rss'] / 1e6:.0f} MB"),
            ("memory for each further account", f"{found['rss_per_account'] / 1e3:.0f} KB"),
            ("connects allowed in a second", f"{found['connects_per_second']:g}"),
            ("seconds until all were connected and answered", f"{found['seconds_to_open']:.0f}"),
            ("most accounts answered within one second", f"{found['most_opened_in_a_second']}"),
            ("CPU to open one account", f"{found['cpu_to_open'] / found['accounts'] * 1e3:.1f} ms"),
            ("lease", f"{found.get('lease', LEASE):g} s"),
            ("CPU in an hour", f"{found['cpu_per_hour']:.0f} s, {found['cpu_per_hour'] / 36:.1f} % of a core"),
            ("seconds to save, close and hand over all", f"{found['seconds_to_close']:.1f}"),
        ]
    )


def takeover_table(found: dict[str, Any]) -> str:
    """What became of the accounts."""

    def at(share: float) -> str:
        return f"{found['times'][round(share * STEPS)]:.1f} s"

    return _table(
        [
            ("accounts in all", f"{found['accounts']:,}"),
            ("processes, each with at most", f"{found['processes']}, {found['max_accounts']:,} accounts"),
            ("processes killed, one a minute", f"{found['kills']}"),
            ("accounts taken over from a killed process", f"{found['taken_over']:,}"),
            (
                "of these, by way of a process that was killed before it had connected",
                f"{found['indirectly']:,}",
            ),
            ("times that an account was open in two processes at once, by their reports", f"{found['twice']}"),
            ("logins ended by the data center because of use in parallel", f"{found['duplicated']}"),
            ("accounts lost", f"{found['lost']}"),
            ("accounts open at the end", f"{found['open_at_end']:,}"),
            (
                "leases that a process gave up because it could not renew them in time",
                f"{found['kinds_of_errors'].get('LeaseLostError', 0):,}",
            ),
            ("lease", f"{found['lease']:g} s"),
            ("requests of each account, on average one in", f"{found['call_every']:g} s"),
            ("connects allowed in a second, for each process", f"{found['connects_per_second']:g}"),
            ("engine", found["engine"]),
            ("time until open again: median", at(0.5)),
            ("75 %", at(0.75)),
            ("95 %", at(0.95)),
            ("99 %", at(0.99)),
            ("longest, except by way of a third process", at(1.0)),
            ("longest wait for the answer to a request", f"{found['slowest_request']:.1f} s"),
        ]
    )


def write_pages(results: dict[str, Any]) -> None:
    """The parts of docs/fleets."""
    if "idle" in results:
        PAGES.joinpath("fleets_idle.inc").write_text(idle_table(results["idle"]), encoding="utf-8")
    if "takeover" in results:
        PAGES.joinpath("fleets_takeover.inc").write_text(takeover_table(results["takeover"]), encoding="utf-8")
        PAGES.joinpath("fleets_takeover.svg").write_text(plot(results["takeover"]), encoding="utf-8")
        found = [results[name] for name in ("idle", "takeover") if name in results]
        text = ". ".join(dict.fromkeys(f"{each['date']}, on {each['machine']}" for each in found)) + ".\n"
        PAGES.joinpath("fleets_machine.inc").write_text(text, encoding="utf-8")


def engine() -> str:
    """Which engine all processes of a run have: `make compiled` makes an environment with the other one."""
    from sansio_tl.mtproto.client import session

    return "interpreted" if str(session.__file__).endswith(".py") else "compiled (`make compiled`)"


def save(name: str, found: dict[str, Any]) -> None:
    """Keep the figures for the documentation."""
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    about = {"engine": engine(), "machine": as_line(machine()), "date": time.strftime("%Y-%m-%d")}
    results[name] = found | about
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Run what the command line names."""
    if sys.argv[1] == "server":
        return serve(int(sys.argv[2]), sys.argv[3])
    if sys.argv[1] == "worker":
        address, url, per_second, most, calls, lease = sys.argv[2:]
        return asyncio.run(work(json.loads(address), url, float(per_second), int(most), float(calls), float(lease)))
    parser = argparse.ArgumentParser(prog="benchmarks.fleets", description=__doc__)
    parser.add_argument("run", choices=["idle", "takeover", "report"])
    parser.add_argument("--accounts", type=int, default=600)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--rate", type=float, default=20.0, help="connects in a second, of each process")
    parser.add_argument("--call-every", type=float, default=15.0, help="seconds between two requests of an account")
    parser.add_argument("--lease", type=float, default=LEASE, help="seconds of a lease, of idle accounts")
    parser.add_argument("--folder", type=Path, default=Path("/tmp/fleets"))
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    if options.run == "idle":
        save("idle", idle(options.accounts, options.seconds, options.rate, options.lease, options.folder))
    elif options.run == "takeover":
        save(
            "takeover",
            takeover(
                options.accounts,
                options.processes,
                options.minutes,
                options.rate,
                options.call_every,
                options.folder,
            ),
        )
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    write_pages(results)
    for name, found in results.items():
        shown = {key: value for key, value in found.items() if key != "times"}
        print(name, json.dumps(shown, indent=1))
    return None


if __name__ == "__main__":
    main()
