"""The cost of imports: fresh interpreters, one after the other, each timing one statement with its own clock.

The interpreter's own start is not counted; bytecode is compiled before the first measured run.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.environments import CODEC, OURS, Peer
from benchmarks.rounds import Care, summary

_FIRST_USE = (
    "import sansio_tl; sansio_tl.encode(sansio_tl.functions.auth.SendCode('+9996621234', 1, 'hash', "
    "sansio_tl.types.CodeSettings())); sansio_tl.decode(bytes.fromhex("
    "'0225005e00000000a2bb00c0050000000568617368210000'))"
)
STATEMENTS = (
    (OURS, "import sansio_tl", "sansio_tl alone"),
    (OURS, "from sansio_tl.functions import account, auth", "functions.auth + functions.account"),
    (OURS, _FIRST_USE, "the same, then a code asked for and the answer read"),
    (CODEC, "import sansio_tl", "sansio_tl alone"),
    (CODEC, _FIRST_USE, "the same, then a code asked for and the answer read"),
    ("telethon", "import telethon", "telethon"),
    ("telethon", "from telethon.tl.functions import account, auth", "tl.functions.auth + account"),
    ("kurigram", "import pyrogram.raw", "pyrogram.raw"),
    ("pyrogram", "import pyrogram.raw", "pyrogram.raw"),
)
_TIMED = "from time import perf_counter as t\nb = t()\n{}\nprint(t() - b)"


def measure(peers: Sequence[Peer], care: Care) -> list[dict[str, Any]]:
    """The rows of the import table for these peers."""
    rows: list[dict[str, Any]] = []
    known = {peer.name: peer for peer in peers}
    cases = [(known[name], statement, about) for name, statement, about in STATEMENTS if name in known]
    times: list[list[float]] = [[] for _ in cases]
    with TemporaryDirectory() as bytecode:
        for turn in range(care.rounds + 1):
            for (peer, statement, _), samples in zip(cases, times, strict=True):
                seconds = _seconds(peer, statement, bytecode)
                if turn:  # the first run writes the bytecode and warms the disk
                    samples.append(seconds)
    for (peer, statement, about), samples in zip(cases, times, strict=True):
        rows.append({"peer": peer.name, "statement": statement, "about": about, **summary(samples)})
    return rows


def _seconds(peer: Peer, statement: str, bytecode: str) -> float:
    (python, _script), place = peer.command()
    # -P and a directory without packages: what is imported is what is installed.
    command = [python, "-P", "-c", _TIMED.format(statement)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment = {**kept, "PYTHONPYCACHEPREFIX": bytecode}
    done = subprocess.run(command, cwd=place, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout.strip().splitlines()[-1])
