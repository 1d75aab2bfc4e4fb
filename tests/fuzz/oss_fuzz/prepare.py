"""`python3 -m tests.fuzz.oss_fuzz.prepare PROGRAMS OUT`: what build.sh needs.

A program for each target in the folder PROGRAMS, and in OUT what OSS-Fuzz expects beside the packed programs:
TARGET_seed_corpus.zip, TARGET.options and the dictionary that they name.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

from tests.fuzz.dictionary import LIMITS, dictionary
from tests.fuzz.seeds import CORPUS
from tests.fuzz.targets import TARGETS

DICTIONARY = "sansio_tl.dict"
PROGRAM = '''\
"""The fuzz target {name}."""

import sys

import atheris  # PyInstaller looks for it here

from tests.fuzz.run_atheris import main

sys.argv.insert(1, "{name}")
main()
'''


def main(programs: Path, out: Path) -> int:
    """Write everything; existing files are replaced."""
    for folder in (programs, out):
        folder.mkdir(parents=True, exist_ok=True)
    (out / DICTIONARY).write_text("\n".join(dictionary()) + "\n", encoding="ascii")
    options = {**LIMITS, "dict": DICTIONARY}
    for name in TARGETS:
        (programs / f"{name}.py").write_text(PROGRAM.format(name=name), encoding="utf-8")
        lines = ["[libfuzzer]", *(f"{option} = {value}" for option, value in options.items())]
        (out / f"{name}.options").write_text("\n".join(lines) + "\n", encoding="ascii")
        pack(sorted((CORPUS / name).iterdir()), out / f"{name}_seed_corpus.zip")
    return 0


def pack(files: list[Path], archive: Path) -> None:
    """Pack inputs, each under the SHA-1 of its content. The same inputs give the same bytes."""
    inputs = {hashlib.sha1(data).hexdigest(): data for data in (file.read_bytes() for file in files)}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in sorted(inputs.items()):
            packed.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
