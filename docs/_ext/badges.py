"""The badges of the README, from pyproject.toml: `python docs/_ext/badges.py` writes them to docs/_static."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "docs" / "_static"

CHARACTER = 6.6
"""Width of a character of 11 pixel type, in pixels, about."""


def badges() -> dict[str, str]:
    """The text of each file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    prefix = "Programming Language :: Python :: 3."
    versions = [each.rpartition(" ")[2] for each in project["classifiers"] if each.startswith(prefix)]
    typed = "yes" if "Typing :: Typed" in project["classifiers"] else "no"
    return {
        "python.svg": draw("Python", " | ".join(versions), "#2b6cb0"),
        "typed.svg": draw("typed", typed, "#2f7d4f"),
        "licence.svg": draw("licence", project["license"], "#2f7d4f"),
    }


def draw(name: str, value: str, colour: str) -> str:
    """A badge of two boxes, 20 pixels high."""
    left, right = (len(text) * CHARACTER + 12 for text in (name, value))
    width = left + right
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="20" role="img">
<title>{name}: {value}</title>
<rect width="{left:.1f}" height="20" fill="#444"/><rect x="{left:.1f}" width="{right:.1f}" height="20" fill="{colour}"/>
<g fill="#fff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11" text-anchor="middle">
<text x="{left / 2:.1f}" y="14">{name}</text><text x="{left + right / 2:.1f}" y="14">{value}</text>
</g></svg>
"""


if __name__ == "__main__":
    for file, text in badges().items():
        (STATIC / file).write_text(text, encoding="utf-8")
