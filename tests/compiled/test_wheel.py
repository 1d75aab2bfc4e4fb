"""The compiled wheel: beside the sources one library for each compiled module, and one that they share."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import pytest

import sansio_tl
from tests.compiled.test_engine import TO_COMPILE

SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
INFO = f"sansio_tl-{sansio_tl.__version__}.dist-info"
CODEC = "sansio_tl.tl._walker"
SHARED = f"sansio_tl__mypyc{SUFFIX}"


@pytest.fixture(scope="module")
def wheel() -> ZipFile:
    """The wheel that `make compiled` has built and installed."""
    (file,) = (Path(sys.prefix) / "wheel").glob("*.whl")
    return ZipFile(file)


@pytest.mark.compiled
def test_wheel_has_only_the_expected_top_level_names(wheel: ZipFile) -> None:
    names = {name.partition("/")[0] for name in wheel.namelist()}
    assert names == {"sansio_tl", "sansio_tl_transports", SHARED, INFO}


@pytest.mark.compiled
def test_wheel_has_a_library_and_the_source_of_each_compiled_module(wheel: ZipFile) -> None:
    names = set(wheel.namelist())
    sources = {name for name in names if name.endswith(".py")}
    libraries = {name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)} - {SHARED.removesuffix(SUFFIX)}
    modules = {library.removesuffix("/__init__").replace("/", ".") for library in libraries}
    assert modules == {*TO_COMPILE, CODEC}
    assert {f"{library}.py" for library in libraries} - {f"{CODEC.replace('.', '/')}.py"} <= sources


@pytest.mark.compiled
def test_wheel_is_marked_as_platform_specific_and_typed(wheel: ZipFile) -> None:
    assert b"Root-Is-Purelib: false\n" in wheel.read(f"{INFO}/WHEEL")
    assert {"sansio_tl/py.typed", "sansio_tl_transports/py.typed"} < set(wheel.namelist())
