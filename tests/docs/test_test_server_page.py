"""The page about the data center: its numbers and calls exist, and its examples pass."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import pytest

from sandbox_directive import chapters
from sansio_tl import functions
from sansio_tl.testing import sandbox
from sansio_tl.testing.minimal_values import answer_line
from sansio_tl_transports.testing.server_thread import RunningDataCenter
from tests.repository.scan import ROOT

PAGE = (ROOT / "docs" / "test-server.md").read_text(encoding="utf-8")


def test_every_number_is_listed_once() -> None:
    listed = [re.sub("NN|SS", "", suffix) for chapter in chapters() for suffix, _ in chapter.numbers]
    assert sorted(listed) == sorted(sandbox.BEHAVIORS)
    assert all(chapter.title for chapter in chapters())
    assert "{sandbox}" in PAGE


@pytest.mark.parametrize(
    ("page", "name", "tests"),
    [
        ("test-server", "test_own_app", 6),
        ("test-server", "test_own_client", 1),
        ("test-server", "test_with_fixture", 1),
        ("test-server", "test_time_travel", 2),
        ("test-server", "test_in_memory", 1),
        ("fuzzing", "test_fuzz_app", 2),
        ("fuzzing", "test_raw_peer", 1),
    ],
)
def test_examples_of_the_pages_pass(page: str, name: str, tests: int) -> None:
    example = ROOT / "docs" / "examples" / f"{name}.py"
    assert f"examples/{example.name}" in (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(example))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert f"{tests} passed" in done.stdout, done.stdout + done.stderr


def test_calls_of_the_page_exist() -> None:
    """Each method that the table or the text names, and each parameter that the table shows."""
    rows = re.findall(r"^\| (`[^|]+`) \|", PAGE, re.MULTILINE)
    calls = [call for row in rows for call in re.findall(r"(?:with )?(\w+)\(([^()]*)\)", row)]
    assert len(calls) > 12
    for name, arguments in calls:
        parameters = inspect.signature(getattr(RunningDataCenter, name)).parameters
        for argument in filter(None, arguments.replace(" ", "").split(",")):
            given, equals, _ = argument.partition("=")
            known = given in parameters or "details" in parameters
            assert known or not equals, f"{name} has no parameter {given}"
    for name in re.findall(r"data_center\.(\w+)", PAGE):
        assert hasattr(RunningDataCenter, name) or name in inspect.getsource(RunningDataCenter), name


def test_line_of_the_page_is_that_of_the_error() -> None:
    assert f"\n    {answer_line(functions.messages.SendMessage)}\n" in PAGE
