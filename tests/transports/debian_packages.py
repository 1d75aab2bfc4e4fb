"""Programs that Debian packages: nginx and Chromium.

    python -m tests.transports.debian_packages        install those that are missing, if we may

On a machine where they cannot be had, the tests that need them are skipped with a word of what to install; where CI is
set, that is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

PROGRAMS = {"nginx": "nginx-light", "chromium": "chromium"}
"""What the program is called, and its package."""
_ALSO_IN = "/usr/sbin"


def find(program: str) -> str | None:
    """Where it is; None: nowhere."""
    return shutil.which(program) or shutil.which(program, path=_ALSO_IN)


def need(program: str) -> str:
    """Where it is. Without it the test is skipped, or fails in CI."""
    path = find(program)
    if path is not None:
        return path
    message = f"{program} is not installed: apt-get install {PROGRAMS[program]}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def main() -> int:
    """Install what is missing; says what to do where that is not possible."""
    missing = [package for program, package in PROGRAMS.items() if find(program) is None]
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
    sys.exit(main())
