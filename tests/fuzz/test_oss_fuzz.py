"""The project for OSS-Fuzz and ClusterFuzzLite. `make fuzz-build` runs what its build script builds."""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
from pathlib import Path

import pytest

from tests.fuzz.oss_fuzz import check_build, prepare
from tests.fuzz.seeds import CORPUS
from tests.fuzz.targets import TARGETS

FOLDER = Path(prepare.__file__).parent


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return check_build.build(tmp_path_factory.mktemp("build"))


def test_build_script_makes_a_program_for_every_target(out: Path) -> None:
    programs = {path.name for path in out.iterdir() if "." not in path.name}
    assert programs == set(TARGETS)
    assert all(os.access(out / name, os.X_OK) for name in programs)


@pytest.mark.parametrize("name", TARGETS)
def test_seed_corpus_of_every_target_is_packed(out: Path, name: str) -> None:
    with zipfile.ZipFile(out / f"{name}_seed_corpus.zip") as packed:
        found = {packed.read(each): each for each in packed.namelist()}
    assert set(found) == {path.read_bytes() for path in (CORPUS / name).iterdir()}
    assert all(each == hashlib.sha1(data).hexdigest() for data, each in found.items())


@pytest.mark.parametrize("name", TARGETS)
def test_options_name_a_dictionary_that_exists(out: Path, name: str) -> None:
    options = dict(each[1:].split("=") for each in check_build.options(out / f"{name}.options"))
    assert {"max_len", "timeout", "rss_limit_mb", "dict"} == options.keys()
    words = (out / options["dict"]).read_text().splitlines()
    assert all(word[0] == word[-1] == '"' for word in words)


def test_programs_name_their_targets(tmp_path: Path) -> None:
    prepare.main(tmp_path / "programs", tmp_path / "out")
    programs = {path.stem: path.read_text() for path in (tmp_path / "programs").iterdir()}
    assert programs.keys() == TARGETS.keys()
    for name, text in programs.items():
        compile(text, name, "exec")
        assert f'sys.argv.insert(1, "{name}")' in text


def test_packing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    files = sorted((CORPUS / "decode").iterdir())
    for name in ("a.zip", "b.zip"):
        prepare.pack(files if name == "a.zip" else files[::-1], tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_cluster_fuzz_lite_finds_the_project() -> None:
    project = check_build.ROOT / ".clusterfuzzlite"
    assert {"project.yaml", "Dockerfile", "build.sh"} <= {path.name for path in project.iterdir()}
    assert "language: python" in (project / "project.yaml").read_text()
    copied = [line.split()[1] for line in (project / "Dockerfile").read_text().splitlines() if line.startswith("COPY")]
    assert all((check_build.ROOT / path).exists() for path in copied)


def test_workflow_builds_what_the_project_declares_and_runs_it() -> None:
    yaml = pytest.importorskip("yaml", reason="comes with what builds the docs")
    root = check_build.ROOT
    project = yaml.safe_load((root / ".clusterfuzzlite/project.yaml").read_text(encoding="utf-8"))
    workflow = yaml.safe_load((root / ".github/workflows/fuzz.yml").read_text(encoding="utf-8"))
    [job] = workflow["jobs"].values()
    build, run = job["steps"]
    assert [step["uses"].split("@")[0].rpartition("/")[2] for step in (build, run)] == ["build_fuzzers", "run_fuzzers"]
    for step in (build, run):
        assert step["with"]["language"] == project["language"]
        assert [step["with"]["sanitizer"]] == project["sanitizers"]
    assert workflow["permissions"] == {"contents": "read"}
    events = workflow[True]  # YAML takes "on" for a truth value
    assert {"pull_request", "schedule"} <= events.keys()
    assert all(list(root.glob(path)) for path in events["pull_request"]["paths"])


def test_documentation_has_a_row_for_every_target() -> None:
    text = (check_build.ROOT / "docs/fuzzing.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]*`) \|.*\|.*\|$", text.partition("## Targets")[2].partition("\n## ")[0], re.MULTILINE)
    assert sorted(name for row in rows for name in re.findall("`([^`]+)`", row)) == sorted(TARGETS)
