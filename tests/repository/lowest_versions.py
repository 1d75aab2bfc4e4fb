"""The lowest versions of the dependencies that pyproject.toml allows, as requirements for pip.

python -m tests.repository.lowest_versions        one a line; make test-lowest installs them
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+(?:\[[a-z]+\])?)>=([0-9.]+)")
_TOGETHER = {"opentelemetry-api": "opentelemetry-sdk"}
"""What the tests need in the same version as a dependency."""


def lowest_versions(text: str) -> list[str]:
    """`name==version` for every dependency and every dependency of an extra. Raises ValueError for other bounds."""
    project = tomllib.loads(text)["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *(each for name in extras if name != "all" for each in extras[name])]
    found = []
    for each in declared:
        match = _REQUIREMENT.fullmatch(each)
        if match is None:
            raise ValueError(f"invalid dependency {each!r}: expected NAME>=VERSION")
        found.append(f"{match[1]}=={match[2]}")
        if match[1] in _TOGETHER:
            found.append(f"{_TOGETHER[match[1]]}=={match[2]}")
    return found


if __name__ == "__main__":
    print("\n".join(lowest_versions(PYPROJECT.read_text(encoding="utf-8"))))
