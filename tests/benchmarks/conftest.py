"""What the tests of committed figures share."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.environments import HERE


@pytest.fixture(scope="module")
def figures(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The committed figures that the module names with RESULTS."""
    path = HERE / "results" / request.module.RESULTS
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
