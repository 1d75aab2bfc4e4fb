"""Runs the conformance suite with every peer, and writes docs/conformance/matrix.json (make conformance).

    python -m tests.conformance                       all peers
    python -m tests.conformance telethon tdlib        some of them; the others keep their results
    python -m tests.conformance --reports FOLDER      also an HTML report of each

The peers are our client in three adapters, our server, and the clients of tests/interop that are installed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sansio_tl.conformance.client_cases import CLIENT_CASES
from sansio_tl.conformance.server_cases import SERVER_CASES
from tests.helpers.processes import COMMAND, serve_process
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

    @property
    def ready(self) -> bool:
        return self.place is None or self.place.ready

    @property
    def options(self) -> list[str]:
        return ["--dc", str(self.dc)]


def _theirs(place: Place, title: str, *, pfs: bool = False, dc: int = 2) -> ConformancePeer:
    command = (sys.executable, str(DRIVERS / "peer.py"), place.name, *(["pfs"] if pfs else []))
    name = f"{place.name}-pfs" if pfs else place.name
    return ConformancePeer(name, title, command, place, dc)


def _ours(adapter: str) -> ConformancePeer:
    command = (sys.executable, str(DRIVERS / f"sansio_tl_{adapter}.py"))
    return ConformancePeer(f"sansio-tl-{adapter}", f"sansio_tl, {adapter}", command)


CLIENTS = (
    *map(_ours, ("asyncio", "trio", "sync")),
    _theirs(client_environments.TELETHON, "Telethon 1.45.0"),
    _theirs(client_environments.KURIGRAM, "Kurigram 2.2.26"),
    _theirs(client_environments.PYROGRAM, "Pyrogram 2.0.106"),
    _theirs(client_environments.GRAMJS, "GramJS 2.26.22"),
    _theirs(client_environments.MTCUTE, "mtcute 0.30.3"),
    _theirs(client_environments.MTCUTE, "mtcute 0.30.3, PFS", pfs=True),
    _theirs(client_environments.TDLIB, "TDLib 1.8.69", dc=1),
    _theirs(client_environments.TDLIB, "TDLib 1.8.69, PFS", pfs=True, dc=1),
    _theirs(client_environments.OLDER_TDLIB, "TDLib 1.8.47", dc=1),
)
SERVER = "sansio-tl-serve"


def run_client(peer: ConformancePeer, jobs: int, reports: Path) -> dict[str, Any]:
    """The results of a client."""
    files = ("--json", str(reports / f"{peer.name}.json"), "--html", str(reports / f"{peer.name}.html"))
    options = ("--name", peer.title, "--jobs", str(jobs), *files, *peer.options)
    subprocess.run((*COMMAND, "conform", "client", *options, "--", *peer.command), check=False)
    found: dict[str, Any] = json.loads((reports / f"{peer.name}.json").read_text())
    return found


def run_server(jobs: int, reports: Path) -> dict[str, Any]:
    """The results of our server."""
    files = ("--json", str(reports / f"{SERVER}.json"), "--html", str(reports / f"{SERVER}.html"))
    with serve_process(reports) as server:
        options = (server.address, "--key", str(server.public_key), "--name", "sansio-tl serve", "--jobs", str(jobs))
        subprocess.run((*COMMAND, "conform", "server", *options, *files), check=False)
    found: dict[str, Any] = json.loads((reports / f"{SERVER}.json").read_text())
    return found


def matrix_of(results: dict[str, dict[str, Any]], before: dict[str, Any]) -> dict[str, Any]:
    """The matrix, with the results of before for peers that were not run."""
    peers: dict[str, Any] = dict(before.get("peers", {}))
    for name, found in results.items():
        cases = {
            case["case"]: {"verdict": case["verdict"], "ending": case["ending"], "reason": case["reason"]}
            for case in found["cases"]
        }
        peers[name] = {"title": found["peer"], "counts": found["counts"], "cases": cases}
    order = [*(peer.name for peer in CLIENTS), SERVER]
    known = {case.name: case for case in (*CLIENT_CASES, *SERVER_CASES)}
    return {
        "cases": {
            case.name: {
                "check": case.check,
                "level": case.level.value,
                "side": case.role.value,
                "title": case.title,
                "expected": case.expected,
                "risk": case.risk,
                "section": case.section,
            }
            for case in known.values()
        },
        "peers": {name: peers[name] for name in order if name in peers},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the peers, and write the matrix."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("peers", nargs="*", help="names of peers; all without any")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--reports", type=Path)
    options = parser.parse_args(arguments)
    before = json.loads(MATRIX.read_text()) if MATRIX.exists() else {}
    results = {}
    with tempfile.TemporaryDirectory() as temporary:
        reports = options.reports or Path(temporary)
        reports.mkdir(parents=True, exist_ok=True)
        for peer in CLIENTS:
            if options.peers and peer.name not in options.peers:
                continue
            if not peer.ready:
                print(f"{peer.name} is not installed: make interop-deps", file=sys.stderr)
                continue
            results[peer.name] = run_client(peer, options.jobs, reports)
        if not options.peers or SERVER in options.peers:
            results[SERVER] = run_server(options.jobs, reports)
    write(matrix_of(results, before))
    return 0


def write(matrix: dict[str, Any]) -> None:
    MATRIX.parent.mkdir(parents=True, exist_ok=True)
    MATRIX.write_text(json.dumps(matrix, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
