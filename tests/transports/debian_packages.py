"""Programs that Debian packages: nginx, Chromium and tshark for tests of proxies, Redis and PostgreSQL for tests of
stores.

    python -m tests.transports.debian_packages nginx chromium       install those that are missing, if we may

On a machine where they cannot be had, the tests that need them are skipped with a word of what to install; where CI is
set, that is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = {
    "nginx": "nginx-light",
    "chromium": "chromium",
    "tshark": "tshark",
    "redis-server": "redis-server",
    "postgres": "postgresql",
}
"""What the program is called, and its package."""


def _also_in() -> str:
    """Folders that are not in PATH; those of the newest PostgreSQL first."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    return os.pathsep.join(["/usr/sbin", *map(str, versions)])


def find(program: str) -> str | None:
    """Where it is; None: nowhere."""
    return shutil.which(program) or shutil.which(program, path=_also_in())


def need(program: str) -> str:
    """Where it is. Without it the test is skipped, or fails in CI."""
    path = find(program)
    if path is not None:
        return path
    message = f"{program} is not installed: apt-get install {PROGRAMS[program]}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def main(programs: list[str]) -> int:
    """Install what is missing; says what to do where that is not possible."""
    missing = [PROGRAMS[program] for program in programs if find(program) is None]
    if not missing:
        return 0
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print(f"tests will be skipped; as root: apt-get install {' '.join(missing)}", file=sys.stderr)
        return 0
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        done = subprocess.run(
            ["apt-get", "--quiet=2", *command], env=environment, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
