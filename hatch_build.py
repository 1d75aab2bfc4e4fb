"""A build hook that compiles the codec and the engine, if an environment variable selects them.

SANSIO_TL_COMPILE=codec           the codec: the extension `sansio_tl/tl/_walker.c`. Seconds; a C compiler
SANSIO_TL_COMPILE=engine          the engine: compiled by mypyc, beside its sources. Minutes; a C compiler
SANSIO_TL_COMPILE=codec,engine    both

Without it the wheel is pure Python, with the same behaviour. pyproject.toml lists the files for mypyc at
tool.hatch.build, with the reasons for the others. For an editable install the engine is never compiled, so that its
sources run; the codec is compiled into the source tree. Nothing else is written into the source tree.
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
{SWITCH} selects compiled code. It needs a C compiler and Python headers (Debian: apt-get install gcc python3-dev;
macOS: xcode-select --install; Windows: the build tools of Visual Studio). Without {SWITCH} in the environment
everything is installed in Python, with the same behaviour. Output of the compiler:
"""
# `make types` checks the types; the compilation only needs to know them.
_MYPY_OPTIONS = ("--config-file=", f"--cache-dir={devnull}", "--ignore-missing-imports", "--follow-imports=silent")
CODEC = "sansio_tl.tl._walker"


class CompilingHook(BuildHookInterface[Any]):
    """Called by hatchling around the build of a wheel."""

    PLUGIN_NAME = "compile"
    _place: Path | None = None

    def dependencies(self) -> list[str]:
        """The packages that the selected parts need for compilation."""
        selected = _selected()
        needed = ["setuptools>=77"] if selected else []
        return needed + (list(self.config["engine-dependencies"]) if "engine" in selected else [])

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the selected parts and add them to the wheel. Raises SystemExit without a compiler."""
        selected = _selected()
        if version == "editable":
            selected -= {"engine"}
        if not selected:
            return
        source = Path(self.root, "src")
        self._place = Path(mkdtemp(prefix="sansio_tl-"))
        built = {}
        try:
            _try_compiler(self._place)
            if "codec" in selected:
                built |= compile_codec(source.joinpath(*CODEC.split(".")).with_suffix(".c"), self._place)
            if "engine" in selected:
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
        """Remove temporary files."""
        if self._place is not None:
            shutil.rmtree(self._place)

    def _files(self, source: Path) -> list[str]:
        included, excluded = (
            {path.relative_to(source).as_posix() for pattern in self.config[option] for path in source.glob(pattern)}
            for option in ("include", "exclude")
        )
        return sorted(included - excluded)


def _selected() -> set[str]:
    """The parts that the environment variable selects."""
    selected = {part.strip() for part in os.environ.get(SWITCH, "").split(",")} - {""}
    if selected - PARTS:
        raise SystemExit(f"{SWITCH}={os.environ[SWITCH]}: expected some of {', '.join(sorted(PARTS))}")
    return selected


def compile_codec(source: Path, place: Path, *options: str) -> dict[str, str]:
    """Path of the extension compiled from `source` -> its path in the wheel. `options` are options of the compiler."""
    from setuptools import Extension

    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise SystemExit("the compiled codec relies on the GIL: on a free-threaded Python use the codec in Python")
    return _build([Extension(CODEC, [str(source)], extra_compile_args=list(options))], place)


def _compile_engine(source: Path, files: list[str], place: Path, opt_level: str) -> dict[str, str]:
    """Path of each compiled library -> its path in the wheel."""
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
    """Check the C compiler before the translation, which takes minutes."""
    from setuptools import Extension, errors

    probe = place / "probe.c"
    probe.write_text("#include <Python.h>\n", encoding="ascii")
    try:
        _build([Extension("probe", [str(probe)])], place / "probe")
    except (errors.CompileError, errors.LinkError, errors.PlatformError) as error:
        raise SystemExit(f"{_NO_COMPILER}{error}") from None
