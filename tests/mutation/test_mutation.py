"""The sample of mutations: what is changed, what is left alone, and how the outcome is counted."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from tests.mutation import line_map, packages, run, sites
from tests.mutation.__main__ import publish, render, table
from tests.mutation.line_map import LineMap
from tests.mutation.packages import PACKAGES, Mirror, draw, lines_of, package_of
from tests.mutation.run import Fate, Verdict
from tests.mutation.sites import Mutation
from tests.removed_checks.run import source_path


def _changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> dict[str, str]:
    """Each change of a module with this text, and the module after it."""
    (tmp_path / "module.py").write_text(text)
    monkeypatch.setattr(sites, "SOURCE", tmp_path)
    return {found.change: found.apply(text.encode()).decode() for found in sites.mutations("module.py")}


def test_comparisons_operators_constants_and_conditions_are_mutated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    changes = _changes(
        monkeypatch, tmp_path, "def f(a, b):\n    if a and b:\n        return a + 2 < b\n    return True\n"
    )
    assert set(changes) == {
        "a and b -> (not (a and b))",
        "a and b -> (a or b)",
        "a + 2 < b -> (a + 2 <= b)",
        "a + 2 -> (a - 2)",
        "2 -> (3)",
        "return a + 2 < b -> return None",
        "True -> (False)",
        "return True -> return None",
    }
    assert changes["a + 2 -> (a - 2)"].splitlines()[2] == "        return (a - 2) < b"


def test_statements_that_change_state_are_replaced_by_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = "def f(self, x):\n    self.x = x\n    y = x\n    self.go(\n        x\n    )\n    raise y\n"
    changes = _changes(monkeypatch, tmp_path, text)
    assert set(changes) == {"self.x = x -> pass", "self.go( x ) -> pass", "raise y -> pass"}
    assert changes["self.go( x ) -> pass"] == "def f(self, x):\n    self.x = x\n    y = x\n    pass\n    raise y\n"


def test_text_annotations_and_typing_imports_are_not_mutated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = '"""Doc."""\nif TYPE_CHECKING:\n    a(1)\ndef f(x: L[1]) -> L[2]:\n    y = f"{1 + 1}"\n'
    assert _changes(monkeypatch, tmp_path, text) == {}


def test_unobservable_code_is_not_mutated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = (
        "class A(B, frozen=True):\n    def __repr__(self):\n        return 1\n"
        "def f(a, b):\n    g(zip(a, b, strict=True))\n    assert_never(a)\n    return False\n"
        "def h(c):\n    del c\n    raise NotImplementedError\n"
        'T = TypeVar("T", covariant=True)\nif __name__ == "__main__":\n    f(1, 2)\n'
    )
    assert set(_changes(monkeypatch, tmp_path, text)) == {"g(zip(a, b, strict=True)) -> pass", "False -> (True)"}


def test_mutation_of_a_default_runs_on_import_and_of_a_body_does_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "module.py").write_text("A = 1\ndef f(x=2):\n    return [3]\n")
    monkeypatch.setattr(sites, "SOURCE", tmp_path)
    on_import = {found.change: found.on_import for found in sites.mutations("module.py")}
    assert on_import == {"1 -> (2)": True, "2 -> (3)": True, "3 -> (4)": False, "return [3] -> return None": False}


def test_multi_byte_text_does_not_shift_a_mutation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert _changes(monkeypatch, tmp_path, 'x = "é" or 1\n')["1 -> (2)"] == 'x = "é" or (2)\n'


def test_every_drawn_mutation_changes_the_source_and_parses() -> None:
    sample = draw(3, 100, list(PACKAGES))
    for mutation in sample:
        text = (sites.SOURCE / mutation.file).read_bytes()
        changed = mutation.apply(text)
        assert changed != text
        ast.parse(changed)
    assert len({(mutation.file, mutation.line) for mutation in sample}) == len(sample)


def test_sample_depends_on_the_seed_and_covers_every_package() -> None:
    sample = draw(5, 300, list(PACKAGES))
    assert sample == draw(5, 300, list(PACKAGES))
    assert sample != draw(6, 300, list(PACKAGES))
    counts = {name: sum(package_of(mutation.file) == name for mutation in sample) for name in PACKAGES}
    assert min(counts.values()) >= 25
    assert len(sample) >= 300


def test_every_hand_written_file_belongs_to_a_package_or_is_excluded_by_name() -> None:
    whole = re.compile("/(simulation|conformance)/")
    left_out = {file for file in sites.files() if package_of(file) is None and not whole.search(file)}
    assert left_out == {
        "sansio_tl/__init__.py",
        "transports/sansio_tl_transports/cli/demo.py",
        "transports/sansio_tl_transports/codegen/__init__.py",
        "transports/sansio_tl_transports/codegen/schema.py",
        "transports/sansio_tl_transports/codegen/errors.py",
        "transports/sansio_tl_transports/codegen/layer.py",
        "transports/sansio_tl_transports/cli/conform.py",
        "transports/sansio_tl_transports/cli/simulate.py",
    }


def test_every_prefix_of_a_package_matches_files() -> None:
    found = [path.relative_to(sites.SOURCE).as_posix() for path in sites.SOURCE.rglob("*.*")]
    prefixes = [prefix for prefixes in (*PACKAGES.values(), packages.LEFT_OUT) for prefix in prefixes]
    assert [prefix for prefix in prefixes if not any(file.startswith(prefix) for file in found)] == []
    tests = [folder for folders in packages.MIRRORS.values() for folder in folders]
    tests += [f"tests/{name}" for name in PACKAGES.keys() - packages.MIRRORS.keys()]
    tests += [f"tests/{folder}" for folder in line_map.LEFT_OUT] + list(line_map.DECLARATIONS)
    assert [path for path in tests if not (sites.SOURCE.parent / path).exists()] == []


_MUTATION = Mutation("a/_b.py", 3, 0, 1, "1", "2")


def test_tests_of_a_line_are_ordered_by_nearness_within_the_budget() -> None:
    lines = {"a/_b.py": {3: ["tests/x.py::far", "tests/test_b.py::near", "tests/x.py::slow"]}}
    known = LineMap(lines, {"tests/x.py::far": 1, "tests/test_b.py::near": 2, "tests/x.py::slow": 50}, {})
    assert known.tests_of(_MUTATION, 10) == ["tests/test_b.py::near", "tests/x.py::far"]
    assert known.tests_of(_MUTATION, 1) == ["tests/test_b.py::near"]
    assert len(known.tests_of(_MUTATION, 100)) == 3
    assert known.longest(["tests/x.py::far", "tests/x.py::slow"]) == 50


def test_tests_that_run_the_line_come_before_those_that_have_only_its_name() -> None:
    runs, may_run = "tests/a/test_b.py::runs", "tests/a/test_b.py::may_run"
    known = LineMap({"a/_b.py": {3: [runs]}}, {runs: 5, may_run: 1}, {"b": [may_run, runs]})
    assert known.tests_of(_MUTATION, 100) == [runs, may_run]
    assert known.tests_of(_MUTATION, 5) == [runs]


def test_mutation_of_a_line_run_on_import_gets_the_tests_of_its_file() -> None:
    known = LineMap({"a/_b.py": {1: ["tests/x.py::first"], 9: ["tests/x.py::t"]}}, {}, {})
    assert known.tests_of(Mutation("a/_b.py", 1, 0, 1, "1", "2"), 10) == ["tests/x.py::first"]
    assert known.tests_of(Mutation("a/_b.py", 1, 0, 1, "1", "2", on_import=True), 10) == [
        *line_map.DECLARATIONS,
        "tests/x.py::first",
        "tests/x.py::t",
    ]
    assert known.tests_of(Mutation("a/c.py", 1, 0, 1, "1", "2"), 10) == []


def test_function_that_runs_on_import_only_gets_the_tests_of_its_file() -> None:
    lines = {"a/_b.py": {3: [line_map.IMPORT], 4: [line_map.IMPORT, "tests/x.py::t"], 9: ["tests/x.py::other"]}}
    known = LineMap(lines, {}, {})
    everything = [*line_map.DECLARATIONS, "tests/x.py::other", "tests/x.py::t"]
    assert known.tests_of(Mutation("a/_b.py", 3, 0, 1, "1", "2"), 10) == everything
    assert known.tests_of(Mutation("a/_b.py", 4, 0, 1, "1", "2"), 10) == ["tests/x.py::t"]


def test_mutation_of_an_unmapped_constant_gets_the_tests_of_its_package() -> None:
    known = LineMap({}, {}, {"d": ["tests/a/test_d.py::t"], "e": ["tests/e/test_e.py::t"]})
    constant = Mutation("sansio_tl/a/c.py", 1, 0, 1, "1", "2", on_import=True)
    assert known.tests_of(constant, 10) == [*line_map.DECLARATIONS, "tests/a/test_d.py::t"]
    assert known.tests_of(replace(constant, on_import=False), 10) == []


@pytest.mark.parametrize(
    ("file", "mirror", "namesake"),
    [
        ("sansio_tl/a/b.py", "tests/a/test_b.py", "tests/c/test_b.py"),
        ("sansio_tl/a/c/_b.py", "tests/a/c/test_b.py", "tests/a/test_b.py"),
        ("transports/sansio_tl_transports/a/b.py", "tests/transports/a/test_b.py", "tests/a/test_b.py"),
    ],
)
def test_test_file_at_the_mirrored_path_comes_before_namesakes(file: str, mirror: str, namesake: str) -> None:
    tests = [f"{mirror}::t", f"{namesake}::t", "tests/x.py::t"]
    known = LineMap({file: {3: tests[::-1]}}, {tests[0]: 9, tests[1]: 5, tests[2]: 1}, {})
    assert known.tests_of(Mutation(file, 3, 0, 1, "1", "2"), 100) == tests


def test_test_file_named_after_the_mutated_file_is_always_included() -> None:
    known = LineMap({}, {}, {"b": ["tests/a/test_b.py::t"]})
    assert known.tests_of(_MUTATION, 10) == ["tests/a/test_b.py::t"]
    assert known.tests_of(Mutation("c/b.py", 3, 0, 1, "1", "2"), 10) == []
    top = LineMap({}, {}, {"limits": ["tests/test_limits.py::t", "tests/testing/test_limits.py::t"]})
    assert top.tests_of(Mutation("sansio_tl/limits.py", 3, 0, 1, "1", "2"), 10) == ["tests/test_limits.py::t"]


def test_unmapped_line_of_an_adapter_gets_the_command_line_tests() -> None:
    known = LineMap({}, {}, {"cli": ["tests/transports/cli/test_cli.py::t"]})
    assert known.tests_of(Mutation("transports/_x.py", 3, 0, 1, "1", "2"), 10) == [
        "tests/transports/cli/test_cli.py::t"
    ]
    assert known.tests_of(_MUTATION, 10) == []


def test_mirror_selects_the_tests_of_the_file_and_of_its_package() -> None:
    mutation = Mutation("sansio_tl/crypto/kdf.py", 1, 0, 1, "1", "2")
    assert Mirror().tests_of(mutation, 10) == ["tests/crypto/test_kdf.py", "tests/crypto"]
    on_import = Mutation("sansio_tl/crypto/kdf.py", 1, 0, 1, "1", "2", on_import=True)
    assert Mirror().tests_of(on_import, 10)[: len(line_map.DECLARATIONS)] == [*line_map.DECLARATIONS]
    for name in PACKAGES:
        for mutation in draw(1, 3, [name]):
            assert all((sites.SOURCE.parent / path).exists() for path in Mirror().tests_of(mutation, 10))


def test_stages_run_the_two_nearest_files_first() -> None:
    assert run.stages(["a.py::1", "b.py::1", "c.py::1", "a.py::2"]) == [["a.py::1", "b.py::1", "a.py::2"], ["c.py::1"]]
    assert run.stages(["a.py"]) == [["a.py"]]


def test_line_map_follows_moved_lines() -> None:
    known = {1: ["a"], 2: ["b"], 3: ["c"]}
    assert line_map.moved(known, "x\ny\nz\n", "new\nx\ny\nz\n") | {1: []} == {1: [], 2: ["a"], 3: ["b"], 4: ["c"]}
    assert line_map.moved(known, "x\ny\nz\n", "x\nz\n") == {1: ["a"], 2: ["c"]}
    assert "b" in line_map.moved(known, "x\ny\nz\n", "x\nother\nz\n")[2]


def test_test_id_of_a_junit_case_matches_the_command_line() -> None:
    case = Element("testcase", classname="tests.a.test_b.TestC", name="test_it[1-a]", file="tests/a/test_b.py")
    assert line_map.junit_test_id(case) == "tests/a/test_b.py::TestC::test_it"
    case = Element("testcase", classname="tests.a.test_b", name="test_it", file="tests/a/test_b.py")
    assert line_map.junit_test_id(case) == "tests/a/test_b.py::test_it"


def test_every_package_is_imported_from_a_copy_of_the_tree(tmp_path: Path) -> None:
    packages = [path.parent for path in (sites.SOURCE / file for file in sites.files()) if path.name == "__init__.py"]
    tops = [path for path in packages if path.parent not in packages]
    for top in tops:
        copy = tmp_path / "src" / top.relative_to(sites.SOURCE)
        copy.mkdir(parents=True)
        (copy / "__init__.py").touch()
    names = [top.name for top in tops]
    assert {"sansio_tl", "sansio_tl_transports"} <= set(names)
    program = f"import sys, importlib\nfor name in {names}: print(importlib.import_module(name).__file__)"
    environment = {**os.environ, "PYTHONPATH": source_path(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert all(Path(file).is_relative_to(tmp_path) for file in done.stdout.split())


def test_survivors_and_lines_that_no_test_runs_count_against_a_package() -> None:
    def verdict(fate: Fate) -> Verdict:
        return Verdict(Mutation("sansio_tl/client/client.py", 1, 0, 1, "1", "2"), fate, 1, 0.0)

    fates = [Fate.KILLED, Fate.HANGS, Fate.SURVIVED, Fate.NOT_RUN, Fate.UNRELIABLE, Fate.EQUIVALENT]
    scores = table([verdict(fate) for fate in fates])
    assert scores == {"client": {"lines": lines_of("client"), "tried": 6, "equivalent": 1, "counted": 5, "killed": 2}}
    assert "40.0%" in render(scores)


def test_published_rows_replace_those_of_the_same_packages_only(tmp_path: Path) -> None:
    def verdict(file: str, fate: Fate) -> Verdict:
        return Verdict(Mutation(file, 1, 0, 1, "1", "2"), fate, 1, 0.0)

    file = tmp_path / "mutation.json"
    crypto = [verdict("sansio_tl/crypto/kdf.py", Fate.SURVIVED), verdict("sansio_tl/crypto/kdf.py", Fate.KILLED)]
    client = [verdict("sansio_tl/client/client.py", Fate.NOT_RUN), verdict("sansio_tl/client/client.py", Fate.HANGS)]
    both = [*client, *crypto]
    publish(file, table(both), both, seed=1, commit="a")
    publish(file, table(crypto[1:]), crypto[1:], seed=2, commit="b")
    rows = json.loads(file.read_text())["packages"]
    assert list(rows) == ["crypto", "client"]
    assert rows["client"]["survivors"] == ["sansio_tl/client/client.py:1: 1 -> 2"]
    assert (rows["client"]["seed"], rows["client"]["commit"], rows["client"]["killed"]) == (1, "a", 1)
    assert rows["crypto"]["survivors"] == []
    assert (rows["crypto"]["seed"], rows["crypto"]["commit"], rows["crypto"]["killed"]) == (2, "b", 1)


def test_every_listed_equivalent_matches_a_mutation_and_has_a_reason() -> None:
    for (file, change, line), reason in run.known_equivalents().items():
        named = {(file, change, line): reason}
        assert any(run.is_equivalent(mutation, named) for mutation in sites.mutations(file)), (file, change, line)
        assert len(reason) > 20


def test_equivalent_with_a_line_is_the_change_of_that_line_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "module.py").write_text("def f():\n    a = 1\n    b = 1\n")
    monkeypatch.setattr(sites, "SOURCE", tmp_path)
    monkeypatch.setattr(run, "SOURCE", tmp_path)
    mutations = sites.mutations("module.py")

    def equivalent(change: str, line: str) -> list[int]:
        known = {("module.py", change, line): "a reason"}
        return [mutation.line for mutation in mutations if run.is_equivalent(mutation, known)]

    assert equivalent("1 -> (2)", "") == [2, 3]
    assert equivalent("1 -> (2)", "b = 1") == [3]
    assert equivalent("1 -> (2)", "c = 1") == []
    assert equivalent("1 -> (3)", "") == []


_CHANGED = Mutation("module_under_test.py", 2, 20, 21, "1", "(2)")


def _tree(folder: Path, **test_files: str) -> Path:
    (folder / "src").mkdir()
    (folder / "src" / "module_under_test.py").write_text("def f():\n    return 1\n")
    (folder / "tests").mkdir()
    for name, text in test_files.items():
        (folder / "tests" / f"{name}.py").write_text(f"from module_under_test import f\n{text}")
    return folder


def test_test_that_passes_on_the_unchanged_tree_kills_a_mutation(tmp_path: Path) -> None:
    tree = _tree(tmp_path, test_a="def test_it():\n    assert f() == 1\n")
    unchanged = run.Unchanged()
    verdict = run.try_in(tree, _CHANGED, ["tests/test_a.py"], 20, unchanged)
    assert verdict == (Fate.KILLED, "tests/test_a.py::test_it", ())
    assert unchanged.failing == []
    assert (tree / "src" / "module_under_test.py").read_text() == "def f():\n    return 1\n"


@pytest.mark.parametrize(
    ("detects", "fate", "killer"),
    [
        ("assert f() == 1", Fate.KILLED, "tests/test_a.py::test_last"),
        ("assert f() > 0", Fate.SURVIVED, ""),
    ],
)
def test_test_that_fails_on_the_unchanged_tree_kills_nothing(
    tmp_path: Path, detects: str, fate: Fate, killer: str
) -> None:
    text = f"def test_broken():\n    assert not f()\ndef test_last():\n    {detects}\n"
    tree = _tree(tmp_path, test_a=text)
    unchanged = run.Unchanged()
    broken = "tests/test_a.py::test_broken"
    assert run.try_in(tree, _CHANGED, ["tests/test_a.py"], 20, unchanged) == (fate, killer, (broken,))
    assert unchanged.failing == [broken]


def test_broken_test_is_left_out_of_later_mutations(tmp_path: Path) -> None:
    tree = _tree(tmp_path, test_a="def test_broken():\n    assert not f()\n")
    unchanged = run.Unchanged()
    assert not unchanged.passes(tree, ["tests/test_a.py::test_broken"], 20)
    assert run.try_in(tree, _CHANGED, ["tests/test_a.py"], 20, unchanged) == (Fate.SURVIVED, "", ())


def test_test_file_not_importable_from_the_unchanged_tree_kills_nothing(tmp_path: Path) -> None:
    tree = _tree(tmp_path, test_a="import a_module_that_is_missing\n")
    verdict = run.try_in(tree, _CHANGED, ["tests/test_a.py"], 20, run.Unchanged())
    assert verdict == (Fate.UNRELIABLE, "", ("tests/test_a.py",))


def test_mutation_that_breaks_the_import_of_a_test_file_is_killed(tmp_path: Path) -> None:
    tree = _tree(tmp_path, test_a="[0][f() - 1]\ndef test_it():\n    pass\n")
    verdict = run.try_in(tree, _CHANGED, ["tests/test_a.py"], 20, run.Unchanged())
    assert verdict == (Fate.KILLED, "tests/test_a.py", ())
