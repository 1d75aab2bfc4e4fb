"""A step of the build that compiles to C, if the environment of the build asks for it.

SANSIO_TL_COMPILE=codec           the codec: the extension `sansio_tl/tl/_walker.c`. Seconds; a C compiler
SANSIO_TL_COMPILE=engine          the engine: mypyc translates it and puts it beside its sources. Minutes; a C compiler
SANSIO_TL_COMPILE=codec,engine    both

Without it the wheel is pure Python and works the same. Which files mypyc translates, and why not the others:
pyproject.toml, at tool.hatch.build. An editable install is there to run the sources: the engine is never compiled for
it; the codec is, into the tree, where Python looks for it. Nothing else is written into the tree that is built from.
"""

from __future__ import annotations

import os
import shutil
import sysconfig
from contextlib import chdir
from os import devnull
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from setuptools import Extension

SWITCH = "SANSIO_TL_COMPILE"
PARTS = frozenset({"codec", "engine"})
_NO_COMPILER = f"""\
{SWITCH} asks for code in C. That needs a C compiler and the headers of Python (Debian: apt-get install gcc python3-dev;
macOS: xcode-select --install; Windows: the build tools of Visual Studio). Without {SWITCH} in the environment
everything is installed in Python; it does the same and needs no compiler. What the compiler said:
"""
# `make types` checks the types; the compilation only needs to know them.
_MYPY_OPTIONS = ("--config-file=", f"--cache-dir={devnull}", "--ignore-missing-imports", "--follow-imports=silent")
CODEC = "sansio_tl.tl._walker"


class CompilingHook(BuildHookInterface[Any]):
    """Called by hatchling around the build of a wheel."""

    PLUGIN_NAME = "compile"
    _place: Path | None = None

    def dependencies(self) -> list[str]:
        """What has to be installed to compile what was asked for."""
        wanted = _wanted()
        needed = ["setuptools>=77"] if wanted else []
        return needed + (list(self.config["engine-dependencies"]) if "engine" in wanted else [])

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile what was asked for, and have the wheel include it. Ends the build with SystemExit."""
        wanted = _wanted()
        if version == "editable":
            wanted -= {"engine"}
        if not wanted:
            return
        source = Path(self.root, "src")
        self._place = Path(mkdtemp(prefix="sansio_tl-"))
        built = {}
        try:
            _try_compiler(self._place)
            if "codec" in wanted:
                built |= compile_codec(source, self._place)
            if "engine" in wanted:
                files = self._files(source)
                self.app.display_info(f"mypyc translates {len(files)} modules; this takes minutes")
                built |= _compile_engine(source, files, self._place, self.config["opt-level"])
        except BaseException:
            shutil.rmtree(self._place)
            raise
        if version == "editable":
            for library, name in built.items():
                shutil.copy(library, source / name)
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"].update(built)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what only the build needed."""
        if self._place is not None:
            shutil.rmtree(self._place)

    def _files(self, source: Path) -> list[str]:
        included, excluded = (
            {path.relative_to(source).as_posix() for pattern in self.config[option] for path in source.glob(pattern)}
            for option in ("include", "exclude")
        )
        return sorted(included - excluded)


def _wanted() -> set[str]:
    """What the environment asks for."""
    wanted = {part.strip() for part in os.environ.get(SWITCH, "").split(",")} - {""}
    if wanted - PARTS:
        raise SystemExit(f"{SWITCH}={os.environ[SWITCH]}: expected some of {', '.join(sorted(PARTS))}")
    return wanted


def compile_codec(source: Path, place: Path, *options: str) -> dict[str, str]:
    """Where the extension with the codec is, and where it goes in the wheel. `options` are the compiler's."""
    from setuptools import Extension

    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise SystemExit("the compiled codec relies on the GIL: on a free-threaded Python use the codec in Python")
    file = source.joinpath(*CODEC.split(".")).with_suffix(".c")
    return _build([Extension(CODEC, [str(file)], extra_compile_args=list(options))], place)


def _compile_engine(source: Path, files: list[str], place: Path, opt_level: str) -> dict[str, str]:
    """Where each library is that was made of the files, and where it goes in the wheel."""
    from mypyc.build import mypycify

    with chdir(source):  # mypyc names modules by their paths from here
        extensions = mypycify(
            [*_MYPY_OPTIONS, *files],
            opt_level=opt_level,
            debug_level="0",
            target_dir=str(place / "c"),
            group_name="sansio_tl",
        )
    return _build(extensions, place)


def _build(extensions: list[Extension], place: Path) -> dict[str, str]:
    from setuptools import Distribution

    build = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
    build.build_lib = str(place / "libraries")
    build.build_temp = str(place / "objects")
    build.ensure_finalized()
    build.run()
    libraries = (place / "libraries").rglob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}")
    return {str(library): library.relative_to(place / "libraries").as_posix() for library in libraries}


def _try_compiler(place: Path) -> None:
    """Before minutes are spent on the translation."""
    from setuptools import Extension, errors

    probe = place / "probe.c"
    probe.write_text("#include <Python.h>\n", encoding="ascii")
    try:
        _build([Extension("probe", [str(probe)])], place / "probe")
    except (errors.CompileError, errors.LinkError, errors.PlatformError) as error:
        raise SystemExit(f"{_NO_COMPILER}{error}") from None
