"""The result of each step with each client, as JSON: docs/interop.json is the matrix of the last complete run.

The file that is written is named by the environment variable MATRIX; without it nothing is kept.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


class Matrix:
    """Client and framing -> step -> whether it worked."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Any]] = {}

    def row(self, name: str, version: str, layer: int, framing: str) -> dict[str, bool]:
        """Where the steps of one run are to be noted."""
        row = self._rows.setdefault(name, {"version": version, "layer": layer, "framings": {}})
        steps: dict[str, bool] = row["framings"].setdefault(framing, {})
        return steps

    def save(self) -> None:
        """Write the file, if one is wanted."""
        prompt = os.environ.get("MATRIX")
        if prompt and self._rows:
            Path(prompt).write_text(json.dumps(self._rows, indent=2) + "\n")
