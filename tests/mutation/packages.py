"""Which files count as one package in the table, and which tests mirror it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from tests.mutation.line_map import DECLARATIONS
from tests.mutation.sites import SOURCE, Mutation, files, mutations

ROOT = SOURCE.parent

PACKAGES = {
    "tl": ("sansio_tl/tl/", "sansio_tl/codec/", "sansio_tl/schema/"),
    "crypto": ("sansio_tl/crypto/",),
    "framing": ("sansio_tl/framing/", "sansio_tl/proxy/"),
    "mtproto": ("sansio_tl/mtproto/",),
    "connection": ("sansio_tl/connection/", "sansio_tl/events.py", "sansio_tl/trace.py", "sansio_tl/computation.py"),
    "client": (
        "sansio_tl/client/",
        "sansio_tl/data_centers.py",
        "sansio_tl/config.py",
        "sansio_tl/validation.py",
        "sansio_tl/hosts.py",
        "sansio_tl/limits.py",
    ),
    "auth": ("sansio_tl/auth/",),
    "errors": (
        "sansio_tl/errors/",
        "sansio_tl/session_strings/",
        "sansio_tl/lazy_names.py",
        "sansio_tl/role.py",
        "sansio_tl/entropy.py",
        "sansio_tl/reprs.py",
    ),
    "testing": ("sansio_tl/testing/",),
    "transports": ("transports/",),
}
"""A file belongs to the first package with a prefix of its name."""
MIRRORS = {
    "tl": ("tests/tl", "tests/codec", "tests/schema"),
    "framing": ("tests/framing", "tests/proxy"),
    "errors": ("tests/errors", "tests/session_strings"),
}
"""Where the tests of a package are; those of the others are in the directory of its name."""
LEFT_OUT = (
    "sansio_tl/simulation/",
    "sansio_tl/conformance/",
    "transports/sansio_tl_transports/conformance/",
    "transports/sansio_tl_transports/cli/conform.py",
    "transports/sansio_tl_transports/cli/demo.py",
    "transports/sansio_tl_transports/codegen/",
    "transports/sansio_tl_transports/cli/simulate.py",
)
"""What tests are made with, and programs for users who change the project."""


def package_of(file: str) -> str | None:
    """The package that a file is counted in; None for a file that is not mutated."""
    if file.startswith(LEFT_OUT):
        return None
    return next((name for name, prefixes in PACKAGES.items() if file.startswith(prefixes)), None)


class Mirror:
    """The tests of a mutation without a map: those that mirror its file, then those that mirror its package."""

    def tests_of(self, mutation: Mutation, budget: float) -> list[str]:  # as `LineMap` has it
        """Files and directories."""
        package = package_of(mutation.file)
        folders = MIRRORS.get(package, (f"tests/{package}",)) if package else ("tests",)
        stem = Path(mutation.file).stem.strip("_")
        near = [path for folder in folders for path in sorted((ROOT / folder).rglob(f"test_{stem}.py"))]
        declarations = DECLARATIONS if mutation.on_import else ()
        return [*declarations, *(path.relative_to(ROOT).as_posix() for path in near), *folders]

    def longest(self, tests: Sequence[str]) -> float:
        """Nothing was measured."""
        return 5.0


def lines_of(package: str) -> int:
    """How many lines of a package can be changed."""
    found = [mutation for file in files() if package_of(file) == package for mutation in mutations(file)]
    return len({(mutation.file, mutation.line) for mutation in found})


def draw(seed: int, sample: int, packages: Sequence[str]) -> list[Mutation]:
    """A sample of mutations: as many from each package as its share of all, but at least 25
    when the sample is as large as that; one for each line."""
    by_package: dict[str, dict[tuple[str, int], list[Mutation]]] = {name: {} for name in packages}
    for file in files():
        name = package_of(file)
        if name in by_package:
            for mutation in mutations(file):
                by_package[name].setdefault((file, mutation.line), []).append(mutation)
    total = sum(len(lines) for lines in by_package.values())
    chosen: list[Mutation] = []
    for name, lines in by_package.items():
        generator = random.Random(f"{seed} {name}")
        count = min(len(lines), max(min(25, sample), sample * len(lines) // total))
        chosen += [generator.choice(lines[place]) for place in generator.sample(sorted(lines), count)]
    return chosen
