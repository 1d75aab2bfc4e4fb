"""gotd, an MTProto library in Go: a client and its test server, built from the Go module proxy.

python -m tests.conformance.gotd        build them, if they are missing (part of make conformance; needs go)
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VERSION = "0.93.0"
SOURCE = Path(__file__).parent / "drivers" / "gotd"
PLACE = Path(__file__).resolve().parents[2] / ".cache" / "peers" / f"gotd-{VERSION}"
CLIENT, SERVER = (PLACE / "bin" / name for name in ("client", "server"))
GO_MOD = f"module program\n\ngo 1.24\n\nrequire github.com/gotd/td v{VERSION}\n"


def is_built() -> bool:
    """Whether the programs are there, and not older than their source."""
    made = [program.stat().st_mtime for program in (CLIENT, SERVER) if program.is_file()]
    return len(made) == 2 and min(made) >= max(file.stat().st_mtime for file in SOURCE.rglob("*.go"))


def build() -> None:
    """Build the programs. Raises OSError, CalledProcessError or TimeoutExpired."""
    if is_built():
        return
    shutil.copytree(SOURCE, PLACE, dirs_exist_ok=True)
    (PLACE / "go.mod").write_text(GO_MOD)
    command = ["go", "build", "-mod=mod", "-o", "bin/", "./client", "./server"]
    subprocess.run(command, cwd=PLACE, check=True, timeout=1800, env={**os.environ, "CGO_ENABLED": "0"})


@dataclass(frozen=True)
class GotdServer:
    """The server, while it runs."""

    address: str
    public_key: Path


@contextlib.contextmanager
def serve(directory: Path) -> Iterator[GotdServer]:
    """Gotd's test server, with a new key in the directory."""
    public_key = directory / "gotd.pem"
    command = [str(SERVER), str(public_key)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address, "gotd's server has ended"
            yield GotdServer(address, public_key)
        finally:
            process.kill()


def main() -> int:
    """Build the programs, if that is possible here."""
    try:
        build()
    except (OSError, subprocess.SubprocessError) as error:
        print(f"gotd: {error}", file=sys.stderr)
        return 1
    print(f"gotd: {PLACE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
