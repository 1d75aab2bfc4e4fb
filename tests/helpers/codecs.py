"""Both implementations of the codec, whichever is installed: the compiled one is built when it is missing.

A test with the fixture `implementation` runs with each of them in turn.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType
from typing import Any

import pytest

import sansio_tl
from sansio_tl import codec
from sansio_tl.tl import implementation as chosen
from sansio_tl.tl.compiled_codec import TableBuilder, compile_codec
from sansio_tl.tl.pure_codec import DEFAULT_LIMITS, unpack
from sansio_tl.tl.schema_codec import SchemaCodec

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "sansio_tl" / "tl" / "_walker.c"
CALLS = ("encode", "decode", "encode_result", "decode_result")
IMPLEMENTATIONS = ("python", "c")


class Declined(Exception):
    """The compiled codec alone does not know what it was given."""


class _NoCodec:
    """In place of the codec in Python."""

    def __getattr__(self, name: str) -> Any:
        def decline(*_given: object, **_options: object) -> None:
            raise Declined

        return decline


NO_CODEC = _NoCodec()


@cache
def walker() -> Any:
    """The class `Walker` of the extension. Skips without a compiler."""
    return load(library()).Walker


def library() -> Path:
    """The extension: built of the tree, or the installed one where the engine is."""
    if Path(chosen.__file__).parent == SOURCE.parent:
        return build()
    return Path(str(importlib.import_module("sansio_tl.tl._walker").__file__))


def build(*options: str, source: Path = SOURCE) -> Path:
    """The extension, built of that source as it is now with these options of the compiler."""
    kept = ROOT / ".cache" / "codec"
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    digest = hashlib.sha256(repr((source.read_bytes(), suffix, options)).encode()).hexdigest()[:16]
    library = kept / digest / f"_walker{suffix}"
    if not library.exists():
        place = Path(mkdtemp())
        try:
            # In another process: setuptools changes this one.
            command = "import hatch_build, pathlib, sys; source, place = map(pathlib.Path, sys.argv[1:3])\n"
            command += "print(*hatch_build.compile_codec(source, place, *sys.argv[3:]), sep='\\n')"
            arguments = [sys.executable, "-c", command, str(source), str(place), *options]
            done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                report = pytest.fail if os.environ.get("CI") else pytest.skip
                report(f"the compiled codec cannot be built: {done.stderr[-500:]}")
            library.parent.mkdir(parents=True, exist_ok=True)
            half = library.with_suffix(f".{os.getpid()}")
            shutil.copy(done.stdout.splitlines()[-1], half)
            half.replace(library)  # another process may have built it too
        finally:
            shutil.rmtree(place)
    return library


def load(library: Path) -> ModuleType:
    """The extension in that file."""
    spec = importlib.util.spec_from_file_location("sansio_tl.tl._walker", library)
    if spec is None or spec.loader is None:
        raise ImportError(library)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compiled(coder: SchemaCodec = codec.coder) -> Any:
    """The compiled codec of a schema."""
    return compile_codec(walker(), coder.pure)


def compiled_alone(coder: SchemaCodec = codec.coder) -> Any:
    """The same without the codec in Python behind it: what it leaves to that raises `Declined`."""
    return no_codec_behind(walker(), coder)


def no_codec_behind(made_by: Any, coder: SchemaCodec = codec.coder) -> Any:
    """The same, of this class `Walker`."""
    tables = TableBuilder(coder.pure)
    tables.walker = made = made_by(NO_CODEC, tables, unpack, DEFAULT_LIMITS)
    return made


@contextmanager
def using(name: str, *modules: ModuleType) -> Iterator[None]:
    """Have `sansio_tl`, new schemas and these modules use one of IMPLEMENTATIONS."""
    calls: Any = compiled() if name == "c" else codec.coder.pure
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chosen, "Walker", walker() if name == "c" else None)
        for call in CALLS:
            for holder in (codec, codec.coder, sansio_tl, *modules):
                if hasattr(holder, call):
                    patch.setattr(holder, call, getattr(calls, call))
        yield


@contextmanager
def no_fall_backs(name: str) -> Iterator[None]:
    """Nothing inside may be left to the interpreting codec, or to the codec in Python by the compiled one."""
    bound = codec.decode

    def counts() -> tuple[int, int]:
        return codec.coder.pure.interpreted, bound.__self__.declined if name == "c" else 0  # type: ignore[attr-defined]

    before = counts()
    yield
    assert counts() == before, "something usual was left to a slower codec"
