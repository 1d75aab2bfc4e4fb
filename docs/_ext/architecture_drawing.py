"""Draws the house: one storey for each line of the import contract in pyproject.toml, one room for each package.

The storeys are the contract that CI holds, so the drawing cannot say what the code does not do. What a room is for is
the first paragraph of its own docstring.
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

_ROOM_HEIGHT = 30.0
_GAP = 10.0
_LABEL = 190.0
_WIDTH = 780.0


@dataclass(frozen=True, slots=True)
class Room:
    """A package or module of the house."""

    name: str
    purpose: str
    """First paragraph of its docstring."""
    files: int
    lines: int


def storeys(root: Path = ROOT) -> list[list[Room]]:
    """The floors from the roof down; rooms that the contract names and nobody has built are left out."""
    tool = tomllib.loads((root / "pyproject.toml").read_text())["tool"]
    [contract] = [c for c in tool["importlinter"]["contracts"] if c["name"] == CONTRACT]
    engine = root / "src" / "sansio_tl"
    adapters = root / "src" / "transports" / "sansio_tl_transports"
    house = [[_room(path) for path in sorted(adapters.glob("[a-z]*")) if (path / "__init__.py").exists()]]
    for layer in contract["layers"]:
        names = [name.strip(" ()") for name in re.split("[:|]", layer)]
        rooms = [_room(path) for name in names if (path := _find(engine, name)) is not None]
        if rooms:
            house.append(rooms)
    return house


def draw(house: list[list[Room]]) -> str:
    """The house as SVG: adapters with windows under the roof, the engine's floors below, each resting on the next."""
    drawing = Drawing("The floors of the house; imports go down only")
    top = 34.0
    drawing.line([(_LABEL - 14, top), (_LABEL + _WIDTH / 2, 4), (_LABEL + _WIDTH + 14, top)], style="roof")
    y = top + 6
    for number, rooms in enumerate(house):
        rows = _rows(rooms)
        height = len(rows) * (_ROOM_HEIGHT + _GAP) + _GAP
        style = "storey windows" if number == 0 else "storey"
        drawing.box(_LABEL, y, _WIDTH, height, style=style)
        label = "sansio_tl_transports" if number == 0 else ""
        drawing.text(_LABEL - 14, y + height / 2 + 4, label, style="label", anchor="end")
        for row, members in enumerate(rows):
            _draw_row(drawing, members, y + _GAP + row * (_ROOM_HEIGHT + _GAP))
        y += height
        if number == 0:
            drawing.line([(_LABEL - 14, y + 7), (_LABEL + _WIDTH + 14, y + 7)], style="ground")
            drawing.text(_LABEL - 14, y + 26, "sansio_tl", style="label", anchor="end")
            drawing.text(_LABEL - 14, y + 42, "no I/O, no clock,", style="small", anchor="end")
            drawing.text(_LABEL - 14, y + 56, "no randomness below", style="small", anchor="end")
            y += 14
    drawing.line([(_LABEL - 40, y + 4), (_LABEL + _WIDTH + 40, y + 4)], style="ground")
    return drawing.svg()


def _draw_row(drawing: Drawing, rooms: list[Room], y: float) -> None:
    share = (_WIDTH - _GAP * (len(rooms) + 1)) / len(rooms)
    for column, room in enumerate(rooms):
        x = _LABEL + _GAP + column * (share + _GAP)
        drawing.box(x, y, share, _ROOM_HEIGHT, style="room", hint=f"{room.purpose} ({room.lines:,} lines)")
        drawing.text(x + share / 2, y + _ROOM_HEIGHT / 2 + 4, room.name, anchor="middle")


def _rows(rooms: list[Room]) -> list[list[Room]]:
    """As many rooms side by side as their names allow."""
    rows: list[list[Room]] = [[]]
    for room in rooms:
        widest = max(width_of(member.name) for member in [*rows[-1], room]) + 2 * _GAP
        if rows[-1] and (len(rows[-1]) + 1) * (widest + _GAP) + _GAP > _WIDTH:
            rows.append([])
        rows[-1].append(room)
    return rows


def _find(engine: Path, name: str) -> Path | None:
    candidates = (engine / name, engine / f"{name}.py")
    return next((path for path in candidates if path.exists()), None)


def _room(path: Path) -> Room:
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    front = path / "__init__.py" if path.is_dir() else path
    source = front.read_text() if front.exists() else ""  # a folder of data has no front
    docstring = ast.get_docstring(ast.parse(source)) or ""
    purpose = docstring.split("\n\n")[0].replace("\n", " ").strip().rstrip(".")
    lines = sum(file.read_text().count("\n") for file in files)
    return Room(path.stem, purpose, len(files), lines)
