"""Every driver of docs/examples/loops, and the adapters under foreign loops, against `sansio-tl serve`.

`make test-loops` makes their environment, runs this, and writes the table of docs/embedding.md.
"""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from code_lines import code_lines
from tests.loops.servers import HOME, OTHER, BreakingProxy, DataCenterProcess, write_config
from tests.repository.scan import ROOT

DRIVERS = ROOT / "docs" / "examples" / "loops"
TABLE = ROOT / "docs" / "loops.csv"
MAX_LINES = 60
TIMEOUT = 90.0
"""For one program, on a busy machine."""


class Loop(NamedTuple):
    """A row of the table."""

    program: str
    name: str
    package: str = ""
    """Whose version is shown; nothing: it is Python's."""
    driver: str = ""
    """The file of the driver; nothing: an adapter of this project drives the client."""
    adapter: str = ""


LOOPS = (
    Loop("selectors", "selectors (standard library)", "", "selectors_driver.py"),
    Loop("twisted", "Twisted", "twisted", "twisted_driver.py"),
    Loop("tornado", "Tornado", "tornado", "tornado_driver.py"),
    Loop("gevent", "gevent", "gevent", "gevent_driver.py"),
    Loop("eventlet", "eventlet", "eventlet", "eventlet_driver.py"),
    Loop("curio", "curio", "curio", "curio_driver.py"),
    Loop("qt", "Qt: QTcpSocket and QTimer", "PySide6_Essentials", "qt_driver.py"),
    Loop("anyio-asyncio", "anyio on asyncio", "anyio", "anyio_driver.py"),
    Loop("anyio-trio", "anyio on trio", "anyio", "anyio_driver.py"),
    Loop("uvloop", "uvloop", "uvloop", adapter="asyncio adapter"),
    Loop("qasync", "qasync", "qasync", adapter="asyncio adapter"),
    Loop("gevent-patched", "gevent, monkey-patched", "gevent", adapter="sync adapter"),
    Loop("eventlet-patched", "eventlet, monkey-patched", "eventlet", adapter="sync adapter"),
)


@pytest.mark.parametrize("driver", sorted({loop.driver for loop in LOOPS if loop.driver}))
def test_driver_has_at_most_60_lines_of_code_besides_imports(driver: str) -> None:
    assert code_lines(DRIVERS / driver) <= MAX_LINES


def test_every_driver_is_run() -> None:
    assert {file.name for file in DRIVERS.glob("*_driver.py")} == {loop.driver for loop in LOOPS if loop.driver}


def test_table_names_every_loop_and_its_lines() -> None:
    with TABLE.open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    assert [(row[0], row[2]) for row in rows] == [(loop.name, _lines(loop)) for loop in LOOPS]


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter of the environment with the loops."""
    return Path(os.environ["LOOPS_PYTHON"])


@pytest.fixture(scope="module")
def data_centers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DataCenterProcess, DataCenterProcess]]:
    directory = tmp_path_factory.mktemp("data_centers")
    home = DataCenterProcess(HOME, directory)
    try:
        other = DataCenterProcess(OTHER, directory)
        try:
            yield home, other
        finally:
            other.stop()
    finally:
        home.stop()


@pytest.fixture(scope="module")
def passed(python: Path) -> Iterator[set[str]]:
    """The programs that have passed; when all have, the table is written."""
    programs: set[str] = set()
    yield programs
    if programs == {loop.program for loop in LOOPS}:
        rows = [(loop.name, _version(python, loop.package), _lines(loop), RUN) for loop in LOOPS]
        with TABLE.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEAD, *rows])


HEAD = ("Loop", "Version", "Lines of driver", "Run")
RUN = "login, migration, broken call"


@pytest.mark.loops
@pytest.mark.parametrize("loop", LOOPS, ids=[loop.program for loop in LOOPS])
def test_login_migration_and_a_broken_call(
    loop: Loop,
    python: Path,
    data_centers: tuple[DataCenterProcess, DataCenterProcess],
    passed: set[str],
    tmp_path: Path,
) -> None:
    if loop.program == "curio" and _run(python, "import sys; print(sys.version_info >= (3, 12))") == "True":
        pytest.skip("curio 1.6 cannot be imported on CPython 3.12 and newer")
    home, other = data_centers
    before = other.executed()
    proxy = BreakingProxy(other)
    write_config(tmp_path / "config.json", home, other, proxy)
    command = [str(python), "-m", "tests.loops.programs", loop.program, str(tmp_path / "config.json")]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    try:
        done = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as expired:
        pytest.fail(f"{loop.program}: not finished after {TIMEOUT} s\n{expired.stdout!r}\n{expired.stderr!r}")
    finally:
        proxy.stop()
    shown = f"{loop.program}: {done.stdout}\n{done.stderr}"
    assert done.returncode == 0, shown
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["answered"], shown
    assert proxy.broken == 1, f"{loop.program}: the connection was not broken"
    assert other.executed() == before + 1, f"{loop.program}: the call was executed {other.executed() - before} times"
    passed.add(loop.program)


@pytest.mark.loops
def test_twisted_driver_passes_the_simulation_and_a_driver_with_a_bug_does_not(python: Path) -> None:
    command = [str(python), "-m", "tests.loops.simulated_twisted", "20"]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{DRIVERS}"}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.stdout == "passed 20\n", f"twisted: {done.stdout}\n{done.stderr}"


def _lines(loop: Loop) -> str:
    return str(code_lines(DRIVERS / loop.driver)) if loop.driver else loop.adapter


def _version(python: Path, package: str) -> str:
    if not package:
        return _run(python, "import platform; print('Python', platform.python_version())")
    return _run(python, f"from importlib.metadata import version; print(version({package!r}))")


def _run(python: Path, program: str) -> str:
    return subprocess.run([python, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
