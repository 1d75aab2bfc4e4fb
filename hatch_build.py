"""A step of the build that translates the engine to C with mypyc and puts it into the wheel, beside its sources.

It is left out unless the environment of the build says HATCH_BUILD_HOOKS_ENABLE=1, and never done for an editable
install, which is there to run the sources. Which files are translated, and why not the others: pyproject.toml, at
tool.hatch.build. Nothing is written into the tree that is built from.
"""

from __future__ import annotations

import shutil
import sysconfig
from contextlib import chdir
from os import devnull
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_NO_COMPILER = """\
The compiled engine needs a C compiler and the headers of Python (Debian: apt-get install gcc python3-dev; macOS:
xcode-select --install; Windows: the build tools of Visual Studio). Without HATCH_BUILD_HOOKS_ENABLE in the environment
the engine is installed as it is, in Python; it does the same and needs no compiler. What the compiler said:
"""
# What is strict about types is `make types`; here they only have to be known.
_MYPY_OPTIONS = ("--config-file=", f"--cache-dir={devnull}", "--ignore-missing-imports", "--follow-imports=silent")


class EngineBuildHook(BuildHookInterface[Any]):
    """Called by hatchling around the build of a wheel."""

    PLUGIN_NAME = "engine"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile what the options name, and have the wheel include it. Ends the build with SystemExit."""
        if version == "editable":
            return
        self._place = Path(mkdtemp(prefix="sansio_tl-"))
        try:
            _try_compiler(self._place)
            files = self._files()
            self.app.display_info(f"mypyc translates {len(files)} modules; this takes minutes")
            built = _compile(Path(self.root, "src"), files, self._place, self.config["opt-level"])
        except BaseException:
            shutil.rmtree(self._place)
            raise
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"].update(built)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what only the build needed."""
        if version != "editable":
            shutil.rmtree(self._place)

    def _files(self) -> list[str]:
        source = Path(self.root, "src")
        included, excluded = (
            {path.relative_to(source).as_posix() for pattern in self.config[option] for path in source.glob(pattern)}
            for option in ("include", "exclude")
        )
        return sorted(included - excluded)


def _try_compiler(place: Path) -> None:
    """Before minutes are spent on the translation."""
    from setuptools import Distribution, Extension, errors

    probe = place / "probe.c"
    probe.write_text("#include <Python.h>\n", encoding="ascii")
    build = Distribution({"ext_modules": [Extension("probe", [str(probe)])]}).get_command_obj("build_ext")
    build.build_lib = build.build_temp = str(place / "probe")
    try:
        build.ensure_finalized()
        build.run()
    except (errors.CompileError, errors.LinkError, errors.PlatformError) as error:
        raise SystemExit(f"{_NO_COMPILER}{error}") from None


def _compile(source: Path, files: list[str], place: Path, opt_level: str) -> dict[str, str]:
    """Where each library is that was made of the files, and where it goes in the wheel."""
    from mypyc.build import mypycify
    from setuptools import Distribution

    with chdir(source):  # modules are called by their paths from here
        extensions = mypycify(
            [*_MYPY_OPTIONS, *files],
            opt_level=opt_level,
            debug_level="0",
            target_dir=str(place / "c"),
            group_name="sansio_tl",
        )
    build = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
    build.build_lib = str(place / "libraries")
    build.build_temp = str(place / "objects")
    build.ensure_finalized()
    build.run()
    libraries = (place / "libraries").rglob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}")
    return {str(library): library.relative_to(place / "libraries").as_posix() for library in libraries}
