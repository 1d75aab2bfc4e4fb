"""The site: Sphinx with furo and myst. Whatever can be drawn or listed from the code is, when the site is built."""

from __future__ import annotations

import re
import sys
from enum import Enum
from importlib.metadata import version as version_of
from pathlib import Path

from sphinx.application import Sphinx

import sansio_tl

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE / "examples")]

project = "sansio_tl"
author = "The sansio_tl authors"
project_copyright = f"2026, {author}"
release = version_of("sansio-tl")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_inline_tabs",
    "adapters_directive",
    "attackers_directive",
    "limits_directives",
    "checks_directive",
    "client_directives",
    "drawing_directives",
    "flow_directives",
    "conformance_table",
    "interop_table",
    "sandbox_directive",
    "method_pages",
    "mutation_directive",
    "proxies_directive",
    "reference_pages",
    "soak_directive",
    "simulation_directive",
    "wire_directive",
]
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist", "substitution"]
myst_substitutions = {"layer": sansio_tl.LAYER, "version": release}
myst_heading_anchors = 3

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
napoleon_numpy_docstring = False
add_module_names = False
default_role = "code"

html_theme = "furo"
html_title = "sansio_tl"
html_static_path = ["_static"]
html_css_files = ["layout.css", "drawings.css"]
html_show_sphinx = False
html_copy_source = False


def keep_colons(app: object, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Napoleon takes what is before a colon in an attribute's first line for its type; ours have annotations."""
    if what in {"attribute", "data", "property"}:
        lines[:0] = ["..", ""]  # an empty comment, which has no colon


INTERNAL = {"KIND", "TABLE", "DATA", "RESULT", "PROMPTS", "REQUESTS", "SECRET", "LOGS_IN"}
"""Class variables that describe a class to its base class."""


def select_members(app: object, what: str, name: str, obj: object, *_: object) -> bool | None:
    """Show fields and members of enumerations without a docstring, too; None is Sphinx's own decision."""
    if name in INTERNAL:
        return True
    is_field = (repr(obj) == "SLOTS_ATTR" or isinstance(obj, Enum)) and not name.startswith("_")
    return False if is_field else None


def shorten_limits(app: object, what: str, name: str, obj: object, options: object, *signature: str | None) -> object:
    """Print a default of type `Limits` without its fifty fields."""
    arguments, result = signature
    return arguments and re.sub(r"Limits\(max_[^()]*\)", "Limits()", arguments), result


def setup(app: Sphinx) -> None:
    """Come before napoleon."""
    app.connect("autodoc-process-docstring", keep_colons, priority=400)
    app.connect("autodoc-skip-member", select_members)
    app.connect("autodoc-process-signature", shorten_limits)
