"""Draws the layers of the packages: one box for each line of the import contract in pyproject.toml.

CI checks the contract, so the drawing matches the code. A package's purpose is the first paragraph of its docstring.
"""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from svg import Drawing, width_of

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = "Imports go down the layers only"

_PACKAGE_HEIGHT = 30.0
_GAP = 10.0
_LABEL = 160.0
_WIDTH = 850.0
_PURPOSE = 128.0
"""Where the purpose of a single package begins in its box."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package, or a module that is not in one."""

    name: str
    purpose: str
    """First paragraph of its docstring."""
    files: int
    lines: int


def layers(root: Path = ROOT) -> list[list[Package]]:
    """The packages of each layer, from the top down; names of the contract without a file are left out."""
    tool = tomllib.loads((root / "pyproject.toml").read_text())["tool"]
    [contract] = [c for c in tool["importlinter"]["contracts"] if c["name"] == CONTRACT]
    engine = root / "src" / "sansio_tl"
    adapters = root / "src" / "transports" / "sansio_tl_transports"
    folders = sorted(adapters.glob("*/__init__.py"), key=lambda path: (path.parent.name.startswith("_"), path))
    found = [[_package(path.parent) for path in folders]]
    for layer in contract["layers"]:
        names = [name.strip(" ()") for name in re.split("[:|]", layer)]
        packages = [_package(path) for name in names if (path := _find(engine, name)) is not None]
        if packages:
            found.append(packages)
    return found


def draw(found: list[list[Package]]) -> str:
    """SVG: the packages that perform I/O above a line, the layers of the engine below it."""
    drawing = Drawing("The layers of the packages; imports go down only")
    y = 0.0
    for number, packages in enumerate(found):
        rows = _rows(packages)
        height = len(rows) * (_PACKAGE_HEIGHT + _GAP) + _GAP
        drawing.box(_LABEL, y, _WIDTH, height, style="layer adapters" if number == 0 else "layer")
        if number == 0:
            drawing.text(_LABEL - 14, y + height / 2 - 4, "sansio_tl_transports", style="label", anchor="end")
            drawing.text(_LABEL - 14, y + height / 2 + 12, "I/O only here", style="small", anchor="end")
        for row, members in enumerate(rows):
            _draw_row(drawing, members, y + _GAP + row * (_PACKAGE_HEIGHT + _GAP))
        y += height
        if number == 0:
            drawing.line([(_LABEL - 14, y + 7), (_LABEL + _WIDTH + 14, y + 7)], style="border")
            drawing.text(_LABEL - 14, y + 30, "sansio_tl", style="label", anchor="end")
            drawing.text(_LABEL - 14, y + 46, "no I/O, no clock,", style="small", anchor="end")
            drawing.text(_LABEL - 14, y + 60, "no randomness", style="small", anchor="end")
            y += 14
    return drawing.svg()


def _draw_row(drawing: Drawing, packages: list[Package], y: float) -> None:
    """Packages side by side, or a single one with its purpose."""
    share = (_WIDTH - _GAP * (len(packages) + 1)) / len(packages)
    for column, package in enumerate(packages):
        x = _LABEL + _GAP + column * (share + _GAP)
        hint = f"{package.purpose} ({package.lines:,} lines)"
        drawing.box(x, y, share, _PACKAGE_HEIGHT, hint=hint)
        base_line = y + _PACKAGE_HEIGHT / 2 + 4
        if len(packages) > 1:
            drawing.text(x + share / 2, base_line, package.name, anchor="middle")
            continue
        drawing.text(x + _GAP, base_line, package.name)
        space = share - _PURPOSE - _GAP
        drawing.text(x + _PURPOSE, base_line, _fitted(package.purpose, space))


def _fitted(text: str, width: float) -> str:
    """The first sentence of a text, cut to a width."""
    sentence = text.split(". ", maxsplit=1)[0]
    fitting = int(width / width_of(" "))
    return sentence if len(sentence) <= fitting else sentence[: fitting - 2].rsplit(" ", 1)[0] + " …"


def _rows(packages: list[Package]) -> list[list[Package]]:
    """As many packages side by side as their names allow."""
    rows: list[list[Package]] = [[]]
    for package in packages:
        widest = max(width_of(member.name) for member in [*rows[-1], package]) + 2 * _GAP
        if rows[-1] and (len(rows[-1]) + 1) * (widest + _GAP) + _GAP > _WIDTH:
            rows.append([])
        rows[-1].append(package)
    return rows


def _find(engine: Path, name: str) -> Path | None:
    candidates = (engine / name, engine / f"{name}.py")
    return next((path for path in candidates if path.exists()), None)


def _package(path: Path) -> Package:
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    main = path / "__init__.py" if path.is_dir() else path
    source = main.read_text() if main.exists() else ""  # a folder of data has no module
    docstring = ast.get_docstring(ast.parse(source)) or ""
    purpose = docstring.split("\n\n")[0].replace("\n", " ").replace("`", "").strip().rstrip(".")
    lines = sum(file.read_text().count("\n") for file in files)
    return Package(path.stem, purpose, len(files), lines)
