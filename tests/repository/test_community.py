"""What CONTRIBUTING, the workflow and the other files for contributors say is still there."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sansio_tl

yaml = pytest.importorskip("yaml", reason="comes with what builds the docs")
ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def load(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", ["CONTRIBUTING.md", ".pre-commit-config.yaml", ".github/workflows/ci.yml"])
def test_named_make_targets_exist(path: str) -> None:
    named = re.findall(r"(?:^|`|: )make ([a-z][a-z-]*)", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    assert named
    assert not set(named) - TARGETS


def test_paths_named_in_contributing_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = re.findall(r"`((?:docs|src|tests|\.ci)/[\w./-]+)`", text)
    assert paths
    assert not [path for path in paths if not (ROOT / path).exists()]


def test_workflow_runs_the_same_checks_and_publishes_nothing() -> None:
    workflow = load(".github/workflows/ci.yml")
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert "bash .ci/run" in [step.get("run") for step in steps]
    assert workflow["permissions"] == {"contents": "read"}
    assert not [step for step in steps if "publish" in step.get("uses", "")]


def test_workflow_and_the_policy_name_the_declared_versions_of_python() -> None:
    declared = {each.rpartition(" ")[2] for each in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", each)}
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert declared <= set(re.findall(r"\b3\.\d+\b", workflow))
    first, last = min(declared, key=minor), max(declared, key=minor)
    assert f"CPython {first} to {last}" in (ROOT / "docs/versions.md").read_text(encoding="utf-8")


PLATFORMS = (ROOT / ".github/workflows/platforms.yml").read_text(encoding="utf-8")


def test_paths_and_extras_named_in_the_workflow_of_platforms_exist() -> None:
    paths = re.findall(r"\btests/[\w./]+", PLATFORMS)
    assert "tests/transports/test_platforms.py" in paths
    assert not [path for path in paths if not (ROOT / path).exists()]
    extras = [extra for each in re.findall(r'"\.\[([\w,]+)\]"', PLATFORMS) for extra in each.split(",")]
    assert set(extras) <= PROJECT["optional-dependencies"].keys()


def test_tests_of_other_platforms_import_nothing_that_windows_lacks() -> None:
    """At the top of a module, where it would end the collection of all tests."""
    folders = [ROOT / path for path in re.findall(r"\btests/[\w./]+", PLATFORMS)]
    folders += [ROOT / "src", ROOT / "tests/helpers", ROOT / "tests/fuzz", ROOT / "tests/transports/conftest.py"]
    files = [file for each in folders for file in (each.rglob("*.py") if each.is_dir() else [each])]
    found = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in files
        for name in top_imports(ast.parse(file.read_text(encoding="utf-8")))
        if name in {"crypt", "fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty", "uvloop"}
    ]
    assert not found


def top_imports(module: ast.Module) -> Iterator[str]:
    """The modules that are imported at once, whatever the platform."""
    for node in module.body:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def minor(version: str) -> int:
    return int(version.partition(".")[2])


def test_citation_has_the_version_and_the_licence_of_the_project() -> None:
    citation = load("CITATION.cff")
    assert (citation["version"], citation["license"]) == (sansio_tl.__version__, PROJECT["license"])


@pytest.mark.parametrize(
    "path", sorted(str(each.relative_to(ROOT)) for each in ROOT.glob(".github/ISSUE_TEMPLATE/*.yml"))
)
def test_issue_template_names_its_purpose(path: str) -> None:
    template = load(path)
    assert path.endswith("config.yml") or {"name", "description", "body"} <= template.keys()
