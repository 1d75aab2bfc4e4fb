"""`python -m tests.fuzz.oss_fuzz.check_build --runs 200`: run build.sh without a container, then what it has built.

compile_python_fuzzer, a program of the image, is replaced by one that makes a launcher, not a packed program; with
`--pack TARGET` that target is packed by PyInstaller as in the image (`pip install pyinstaller`; minutes). Then each
target runs its packed corpus and some inputs more, with its options and the dictionary.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[3]
LAUNCHER = """#!/bin/bash -eu
# Stands in for the program of the same name in OSS-Fuzz's image: PROGRAM [options of PyInstaller]
name=$(basename -s .py "$1")
if [ "$name" = "$PACKED" ]; then
    python3 -m PyInstaller --log-level WARN --distpath "$OUT" --workpath "$WORK/pyinstaller" --specpath "$WORK" \
        --onefile --name "$name" "${@:2}" "$1"
else
    cp "$1" "$OUT/.$name.py"
    printf '#!/bin/sh\nPYTHONPATH=%s exec %s %s "$@"\n' "$PWD" "$(command -v python3)" "$OUT/.$name.py" > "$OUT/$name"
    chmod +x "$OUT/$name"
fi
"""


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.oss_fuzz.check_build")
    parser.add_argument("targets", nargs="*", metavar="target", help="which of them to run; all by default")
    parser.add_argument("--runs", type=int, default=200, help="inputs for each target beyond its corpus")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many run at a time")
    parser.add_argument("--pack", default="", metavar="TARGET", help="pack this one with PyInstaller")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = build(Path(folder), arguments.pack)
        names = arguments.targets or list(TARGETS)
        with ThreadPoolExecutor(arguments.jobs) as pool:
            passed = list(pool.map(partial(run, out, arguments.runs), names))
    failed = [name for name, each in zip(names, passed, strict=True) if not each]
    print(f"failed: {', '.join(failed)}" if failed else f"{len(names)} targets were built and run")
    return 1 if failed else 0


def build(folder: Path, packed: str = "") -> Path:
    """Run build.sh as the image does; OUT, where it has put everything."""
    out, work, programs = folder / "out", folder / "work", folder / "bin"
    for each in (out, work, programs):
        each.mkdir()
    stand_in = programs / "compile_python_fuzzer"
    stand_in.write_text(LAUNCHER, encoding="utf-8")
    stand_in.chmod(0o755)
    # The interpreter that runs this has the dependencies; build.sh installs the project into it again, which is done.
    python = programs / "python3"
    python.write_text(
        f'#!/bin/sh\n[ "$1 $2 $3" = "-m pip install" ] && exit 0\nexec {sys.executable} "$@"\n', encoding="utf-8"
    )
    python.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "SRC": str(ROOT.parent),
        "OUT": str(out),
        "WORK": str(work),
        "PACKED": packed,
    }
    script = ROOT / "tests" / "fuzz" / "oss_fuzz" / "build.sh"
    subprocess.run(["bash", "-eu", str(script)], cwd=ROOT, env=environment, check=True)
    return out


def run(out: Path, runs: int, name: str) -> bool:
    """Run a built target as OSS-Fuzz does: with its corpus unpacked, its options and its dictionary, in OUT."""
    corpus = out.parent / f"{name}_corpus"
    with zipfile.ZipFile(out / f"{name}_seed_corpus.zip") as packed:
        packed.extractall(corpus)
        inputs = len(packed.namelist())
    command = [f"./{name}", *options(out / f"{name}.options"), f"-runs={inputs + runs}", "-print_final_stats=1"]
    done = subprocess.run(
        [*command, str(corpus)], cwd=out, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    executed = re.search(r"stat::number_of_executed_units:\s+(\d+)", done.stdout)
    covered = re.findall(r"\bcov: (\d+)", done.stdout)
    passed = done.returncode == 0 and executed is not None and int(executed[1]) >= inputs and bool(covered)
    if passed and executed is not None:
        print(f"{name:18} {executed[1]:>6} executions, {inputs:3} inputs, coverage {covered[-1]}", flush=True)
    else:
        print(f"{name}: exit code {done.returncode}\n" + "\n".join(done.stdout.splitlines()[-30:]), flush=True)
    shutil.rmtree(corpus)
    return passed


def options(file: Path) -> Sequence[str]:
    """The options of a target as arguments of libFuzzer."""
    lines = file.read_text(encoding="ascii").splitlines()
    pairs = (line.partition(" = ") for line in lines if not line.startswith("["))
    return [f"-{name}={value}" for name, _, value in pairs]


if __name__ == "__main__":
    sys.exit(main())
