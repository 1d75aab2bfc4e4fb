"""The table of the lines of the adapters."""

from __future__ import annotations

from pathlib import Path

import adapter_lines
from code_lines import code_lines


def test_every_line_of_the_adapters_is_counted_once() -> None:
    counted = sum(int(lines.replace(",", "")) for _, _, lines in adapter_lines.rows())
    folders = [adapter_lines.ROOT / name for name in ("asyncio", "trio", "sync", "_shared")]
    assert counted == sum(code_lines(file) for folder in folders for file in folder.glob("*.py"))


def test_imports_docstrings_comments_and_blank_lines_are_not_counted(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text('"""What it does."""\n\nimport os\nfrom math import (\n    inf,\n)\n\n# why\nx = [\n    inf,\n]\n')
    assert code_lines(file) == 3
