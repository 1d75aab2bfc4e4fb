"""The page about the data center: its numbers are those that there are, and its example passes."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from sandbox_directive import chapters
from sansio_tl.testing import sandbox
from tests.repository.scan import ROOT

PAGE = (ROOT / "docs" / "test-server.md").read_text(encoding="utf-8")


def test_every_number_is_listed_once() -> None:
    listed = [re.sub("NN|SS", "", suffix) for chapter in chapters() for suffix, _ in chapter.numbers]
    assert sorted(listed) == sorted(sandbox._STORIES)
    assert all(chapter.title for chapter in chapters())
    assert "{sandbox}" in PAGE


@pytest.mark.parametrize("name", ["test_with_fixture", "test_own_client"])
def test_the_example_with_the_fixture_passes(name: str) -> None:
    example = ROOT / "docs" / "examples" / f"{name}.py"
    assert f"examples/{example.name}" in PAGE
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(example))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
