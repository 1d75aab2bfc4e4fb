"""The sdist and the wheel hold what the tree holds, and nothing else. For the compiled wheel see tests/compiled."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from configparser import ConfigParser
from importlib.metadata import EntryPoint
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest

import sansio_tl
from tests.repository.scan import ROOT

PACKAGES = {"sansio_tl": ROOT / "src", "sansio_tl_transports": ROOT / "src" / "transports"}
"""Top-level name -> the directory that it stands in."""
INFO = f"sansio_tl-{sansio_tl.__version__}.dist-info"
ENTRY_POINTS = {
    ("console_scripts", "sansio-tl", "sansio_tl_transports.cli.main:main"),
    ("pytest11", "sansio-tl", "sansio_tl_transports.testing.pytest_plugin"),
}


def build(tree: Path, target: str, place: Path) -> Path:
    """Build an sdist or a wheel of the tree, without an environment of its own: hatchling is installed here."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(place)]
    subprocess.run(command, cwd=tree, check=True, capture_output=True, timeout=250)
    (built,) = place.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, unpacked."""
    place = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build(ROOT, "sdist", place / "packed")) as packed:
        packed.extractall(place, filter="data")
    return place / f"sansio_tl-{sansio_tl.__version__}"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    return ZipFile(build(ROOT, "wheel", tmp_path_factory.mktemp("wheel")))


def in_tree() -> set[str]:
    """What stands below the two packages, save C and what Python or an editable install has written there."""
    files = (path for name, root in PACKAGES.items() for path in (root / name).rglob("*") if path.is_file())
    relative = {path.relative_to(ROOT / "src").as_posix().removeprefix("transports/") for path in files}
    return {name for name in relative if "__pycache__" not in name and not name.endswith((".c", ".so", ".pyd"))}


def test_wheel_has_only_the_expected_top_level_names(wheel: ZipFile) -> None:
    assert {name.partition("/")[0] for name in wheel.namelist()} == {*PACKAGES, INFO}


def test_wheel_holds_the_packages_unchanged(wheel: ZipFile) -> None:
    packed = {name for name in wheel.namelist() if not name.startswith(INFO)}
    assert packed == in_tree()
    for name in packed:
        root = PACKAGES[name.partition("/")[0]]
        assert wheel.read(name) == (root / name).read_bytes(), name


def test_wheel_holds_no_tests(wheel: ZipFile) -> None:
    for path in map(PurePosixPath, wheel.namelist()):
        assert "tests" not in path.parts
        assert not path.name.startswith(("test_", "conftest")), path


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_is_marked_as_typed(wheel: ZipFile, package: str) -> None:
    assert f"{package}/py.typed" in wheel.namelist()


def test_wheel_declares_the_expected_entry_points(wheel: ZipFile) -> None:
    written = ConfigParser()
    written.read_string(wheel.read(f"{INFO}/entry_points.txt").decode())
    found = {(group, name, value) for group in written.sections() for name, value in written.items(group)}
    assert found == ENTRY_POINTS


@pytest.mark.parametrize(("group", "name", "value"), sorted(ENTRY_POINTS))
def test_entry_point_can_be_loaded(group: str, name: str, value: str) -> None:
    assert EntryPoint(name, value, group).load() is not None


def test_wheel_is_pure_and_names_its_license(wheel: ZipFile) -> None:
    assert b"Root-Is-Purelib: true\n" in wheel.read(f"{INFO}/WHEEL")
    assert f"{INFO}/licenses/LICENSE" in wheel.namelist()


def test_sdist_builds_the_same_wheel(sdist: Path, wheel: ZipFile, tmp_path: Path) -> None:
    again = ZipFile(build(sdist, "wheel", tmp_path))
    assert again.namelist() == wheel.namelist()
    for name in wheel.namelist():
        assert again.read(name) == wheel.read(name), name


def test_sdist_holds_the_tests(sdist: Path) -> None:
    for name in ("Makefile", "hatch_build.py", "tests/conftest.py", "tests/repository/test_wheel.py", "docs/index.md"):
        assert (sdist / name).is_file(), name
