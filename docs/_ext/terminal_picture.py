"""The picture of a terminal at the top of the README, from a real run of the demo.

    python docs/_ext/terminal_picture.py

runs the demo under a pseudo-terminal (POSIX only), keeps its first login, and writes docs/_static/demo.svg.
"""

from __future__ import annotations

import io
import os
import pty
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

PICTURE = Path(__file__).resolve().parents[1] / "_static" / "demo.svg"
COLUMNS = 100

_FONT = re.compile(r"@font-face\s*\{[^}]*\}\s*")
"""Fonts that the picture would load from elsewhere."""


def recorded() -> str:
    """The output of the demo, with its colours."""
    output = bytearray()

    def read(terminal: int) -> bytes:
        data = os.read(terminal, 1 << 16)
        output.extend(data)
        return data

    status = pty.spawn([sys.executable, "-m", "sansio_tl_transports.cli.demo"], read)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit("the demo has failed")
    return output.decode().replace("\r\n", "\n")


def first_login(output: str) -> str:
    """The demo up to the end of its first login, and its summary."""
    first, _, others = output.partition("sansio_tl_transports.asyncio")
    lines = first.splitlines()[:-1]  # the rest of the last one is the colour of the next title
    done = next(line for line in others.splitlines() if "Done in" in line)
    return "\n".join([*lines, "", "[...] the same with asyncio and with trio", "", done])


def draw(output: str) -> str:
    """A self-contained SVG of a terminal with this text."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text("$ make demo", style="bold"))
    console.print(Text.from_ansi(output), end="")
    return _FONT.sub("", console.export_svg(title="make demo", unique_id="demo")) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(draw(first_login(recorded())), encoding="utf-8")
    print(f"wrote {PICTURE}")
