"""Runs the conformance suite with every peer, and writes docs/conformance/matrix.json (make conformance).

    python -m tests.conformance                       all peers
    python -m tests.conformance telethon tdlib        some of them; the others keep their results
    python -m tests.conformance telethon --case HS9   some cases; the others keep their results
    python -m tests.conformance --reports FOLDER      also an HTML report of each, and all.html of all in the folder
    python -m tests.conformance --compare             compares the verdicts with the matrix, and writes nothing
    python -m tests.conformance --quick               the same for a few peers and cases

The peers are our client in three adapters, our server, the clients of tests/interop that are installed, and gotd's
client and test server, if they are built (python -m tests.conformance.gotd).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sansio_tl.conformance.case import Case, CaseVerdict
from sansio_tl.conformance.client_cases import CLIENT_CASES
from sansio_tl.conformance.server_cases import SERVER_CASES
from sansio_tl_transports.conformance.selection import matches
from tests.conformance import gotd
from tests.conformance.joint_report import joint_report
from tests.helpers.processes import COMMAND, ServeProcess, serve_process
from tests.interop import client_environments
from tests.interop.client_environments import Place

ROOT = Path(__file__).resolve().parents[2]
MATRIX = ROOT / "docs" / "conformance" / "matrix.json"
DRIVERS = Path(__file__).parent / "drivers"


@dataclass(frozen=True)
class ConformancePeer:
    """A client of the matrix."""

    name: str
    title: str
    command: tuple[str, ...]
    place: Place | None = None
    dc: int = 2
    proxy: bool = False
    """Whether its program uses the proxy secret in PROXY_SECRET."""
    program: Path | None = None
    """A file that exists when it is installed, if it has no place."""

    @property
    def ready(self) -> bool:
        if self.program is not None:
            return self.program.is_file()
        return self.place is None or self.place.ready

    @property
    def options(self) -> list[str]:
        return ["--dc", str(self.dc)]


def _theirs(place: Place, title: str, *, pfs: bool = False, dc: int = 2, proxy: bool = False) -> ConformancePeer:
    command = (sys.executable, str(DRIVERS / "peer.py"), place.name, *(["pfs"] if pfs else []))
    name = f"{place.name}-pfs" if pfs else place.name
    return ConformancePeer(name, title, command, place, dc, proxy)


def _ours(adapter: str) -> ConformancePeer:
    command = (sys.executable, str(DRIVERS / f"sansio_tl_{adapter}.py"))
    return ConformancePeer(f"sansio-tl-{adapter}", f"sansio_tl, {adapter}", command, proxy=True)


CLIENTS = (
    *map(_ours, ("asyncio", "trio", "sync")),
    _theirs(client_environments.TELETHON, "Telethon 1.45.0"),
    _theirs(client_environments.KURIGRAM, "Kurigram 2.2.26"),
    _theirs(client_environments.PYROGRAM, "Pyrogram 2.0.106"),
    _theirs(client_environments.GRAMJS, "GramJS 2.26.22"),
    _theirs(client_environments.MTCUTE, "mtcute 0.30.3", proxy=True),
    _theirs(client_environments.MTCUTE, "mtcute 0.30.3, PFS", pfs=True),
    _theirs(client_environments.TDLIB, "TDLib 1.8.69", dc=1, proxy=True),
    _theirs(client_environments.TDLIB, "TDLib 1.8.69, PFS", pfs=True, dc=1),
    _theirs(client_environments.OLDER_TDLIB, "TDLib 1.8.47", dc=1, proxy=True),
    _theirs(client_environments.GRAMFLUX, "GramFlux 0.5.0a1"),
    _theirs(client_environments.HYDROGRAM, "Hydrogram 0.2.0"),
    _theirs(client_environments.PYROFORK, "Pyrofork 2.3.69"),
    ConformancePeer("gotd", f"gotd {gotd.VERSION}", (str(gotd.CLIENT),), program=gotd.CLIENT),
)
SERVER, GOTD_SERVER = "sansio-tl-serve", "gotd-tgtest"
SERVERS = {SERVER: "sansio-tl serve", GOTD_SERVER: f"gotd {gotd.VERSION}, tgtest"}
"""The servers of the matrix, with their titles."""
PEERS = (*(peer.name for peer in CLIENTS), *SERVERS)
PROXY_SECRET = "ee0123456789abcdef0123456789abcdef" + b"www.example.org".hex()
PROXY_CASES = frozenset(case.name for case in CLIENT_CASES if "fake-tls" in case.tags)
ACCOUNT = ("--phone", "9996620100", "--code-command", "echo 22222", "--password", "password")
"""A sandbox number of our server, with two-step verification."""
QUICK_PEERS = ("sansio-tl-asyncio", "telethon", "tdlib", SERVER)
QUICK_CASES = (
    "nonce-in-res-pq",
    "answer-hash",
    "dh-prime-not-safe",
    "msg-key-changed",
    "padding-of-8",
    "other-session",
    "message-id-repeated",
    "password-b-is-zero",
    "server-nonce-in-inner-data",
    "server-g-b-is-one",
    "server-msg-key-changed",
    "server-replayed-packet",
    "server-byte-by-byte",
    "server-password-a-is-zero",
)
"""Those of --quick: none is about time, so a busy machine gives the same verdicts."""


def run_client(
    peer: ConformancePeer, jobs: int, reports: Path, cases: Sequence[str], patience: float = 1.0
) -> dict[str, Any]:
    """The results of a client. The cases about fake TLS are a run of their own, in which it uses a proxy secret."""
    through_proxy = [case for case in cases if case in PROXY_CASES]
    found = _run_client(peer, jobs, reports, [case for case in cases if case not in PROXY_CASES], patience)
    if through_proxy and peer.proxy:
        proxied = _run_client(peer, jobs, reports / "proxied", through_proxy, patience, "--proxy-secret", PROXY_SECRET)
        found = {**proxied, **found, "cases": [*found.get("cases", []), *proxied["cases"]]}
    return found


def _run_client(
    peer: ConformancePeer, jobs: int, reports: Path, cases: Sequence[str], patience: float, *more: str
) -> dict[str, Any]:
    if not cases:
        return {}
    reports.mkdir(parents=True, exist_ok=True)
    files = ("--json", str(reports / f"{peer.name}.json"), "--html", str(reports / f"{peer.name}.html"))
    options = (
        "--name",
        peer.title,
        "--jobs",
        str(jobs),
        "--patience",
        str(patience),
        *files,
        *peer.options,
        *more,
        *_selected(cases),
    )
    subprocess.run((*COMMAND, "conform", "client", *options, "--", *peer.command), check=False)
    found: dict[str, Any] = json.loads((reports / f"{peer.name}.json").read_text())
    return found


def run_server(name: str, jobs: int, reports: Path, cases: Sequence[str]) -> dict[str, Any]:
    """The results of a server."""
    files = ("--json", str(reports / f"{name}.json"), "--html", str(reports / f"{name}.html"))
    with contextlib.ExitStack() as stack:
        server: ServeProcess | gotd.GotdServer
        if name == SERVER:
            server = stack.enter_context(serve_process(reports, "--proxy-secret", PROXY_SECRET))
        else:
            server = stack.enter_context(gotd.serve(reports))
        options = (server.address, "--key", str(server.public_key), "--name", SERVERS[name], "--jobs", str(jobs))
        more = (*ACCOUNT, "--proxy-secret", PROXY_SECRET) if name == SERVER else ()
        subprocess.run((*COMMAND, "conform", "server", *options, *more, *files, *_selected(cases)), check=False)
    found: dict[str, Any] = json.loads((reports / f"{name}.json").read_text())
    return found


def is_installed(server: str) -> bool:
    """Whether a server can be run."""
    return server == SERVER or gotd.SERVER.is_file()


def _selected(cases: Sequence[str]) -> list[str]:
    return [option for case in cases for option in ("--case", case)]


def matching(cases: Sequence[Case], patterns: Sequence[str]) -> list[str]:
    """The names of the cases that match one of the patterns; all without any."""
    found = [case.name for pattern in patterns for case in cases if matches(case, pattern)]
    return list(dict.fromkeys(found)) if patterns else [case.name for case in cases]


def matrix_of(results: dict[str, dict[str, Any]], before: dict[str, Any]) -> dict[str, Any]:
    """The matrix, with the results of before for peers and cases that were not run."""
    peers: dict[str, Any] = dict(before.get("peers", {}))
    known = {case.name: case for case in (*CLIENT_CASES, *SERVER_CASES)}
    for name, found in results.items():
        cases = dict(peers[name]["cases"]) if name in peers else {}
        cases |= {
            case["case"]: {"verdict": case["verdict"], "ending": case["ending"], "reason": case["reason"]}
            for case in found["cases"]
        }
        cases = {case: cases[case] for case in known if case in cases}
        peers[name] = {"title": found["peer"], "counts": counts_of(cases), "cases": cases}
    return {
        "cases": {name: description(case) for name, case in known.items()},
        "peers": {name: peers[name] for name in PEERS if name in peers},
    }


def counts_of(cases: Mapping[str, Mapping[str, str]]) -> dict[str, int]:
    """How often there was each verdict."""
    counted = Counter(case["verdict"] for case in cases.values())
    return {verdict.value: counted[verdict.value] for verdict in CaseVerdict}


def description(case: Case) -> dict[str, str]:
    """What the matrix says of a case."""
    return {
        "check": case.check,
        "level": case.level.value,
        "side": case.role.value,
        "title": case.title,
        "expected": case.expected,
        "risk": case.risk,
        "section": case.section,
    }


def differences(results: Mapping[str, Mapping[str, Any]], matrix: Mapping[str, Any]) -> list[str]:
    """Verdicts that are not those of the matrix, a line each. Where it has none, a verdict must be a pass."""
    lines = []
    for name, found in results.items():
        recorded = matrix["peers"].get(name, {"cases": {}})["cases"]
        for case in found["cases"]:
            expected = recorded.get(case["case"], {"verdict": CaseVerdict.PASS.value})["verdict"]
            if case["verdict"] != expected:
                lines.append(f"{name}: {case['case']} is {case['verdict']}, not {expected}: {case['reason']}")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the peers, and write the matrix."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("peers", nargs="*", help="names of peers; all without any")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--case", action="append", default=[], help="a name, check, tag, page or level; repeatable")
    parser.add_argument("--reports", type=Path)
    parser.add_argument("--patience", type=float, default=1.0, help="allow clients to be slower, on a busy machine")
    parser.add_argument("--compare", action="store_true", help="only list verdicts that are not those of the matrix")
    parser.add_argument("--quick", action="store_true", help="--compare for a few peers and cases")
    options = parser.parse_args(arguments)
    if options.quick:
        options.peers = options.peers or QUICK_PEERS
        options.case = options.case or QUICK_CASES
    if unknown := set(options.peers) - set(PEERS):
        parser.error(f"no peer is called {', '.join(sorted(unknown))}: {', '.join(PEERS)}")
    for_clients, for_servers = matching(CLIENT_CASES, options.case), matching(SERVER_CASES, options.case)
    before = json.loads(MATRIX.read_text()) if MATRIX.exists() else {}
    results = {}
    with tempfile.TemporaryDirectory() as temporary:
        reports = options.reports or Path(temporary)
        reports.mkdir(parents=True, exist_ok=True)
        for peer in CLIENTS:
            if not for_clients or (options.peers and peer.name not in options.peers):
                continue
            if not peer.ready:
                print(f"{peer.name} is not installed: make interop-deps", file=sys.stderr)
                continue
            results[peer.name] = run_client(peer, options.jobs, reports, for_clients, options.patience)
        for name in SERVERS:
            if not for_servers or (options.peers and name not in options.peers):
                continue
            if not is_installed(name):
                print(f"{name} is not installed: python -m tests.conformance.gotd", file=sys.stderr)
                continue
            results[name] = run_server(name, options.jobs, reports, for_servers)
        if options.reports:
            (reports / "all.html").write_text(joint_report(reports, PEERS), encoding="utf-8")
    if not (options.compare or options.quick):
        write(matrix_of(results, before))
        return 0
    wrong = differences(results, before)
    print("\n".join(wrong) or "the verdicts are those of the matrix")
    return int(bool(wrong) or not results)


def write(matrix: dict[str, Any]) -> None:
    MATRIX.parent.mkdir(parents=True, exist_ok=True)
    MATRIX.write_text(json.dumps(matrix, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
