"""The command that runs many simulations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sansio_tl.simulation import Report, Violation
from sansio_tl.simulation.scheduler import EPOCH
from sansio_tl_transports.cli import simulate
from sansio_tl_transports.tracing import read_qlog


def test_simulating_many_seeds_prints_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate.main(["--seeds", "3"]) == 0
    out = capsys.readouterr().out
    assert "3 runs" in out
    assert out.rstrip().endswith("0 violations")


def test_result_is_independent_of_the_number_of_processes(capsys: pytest.CaptureFixture[str]) -> None:
    outs: list[str] = []
    for jobs in ("1", "2"):
        assert simulate.main(["--seeds", "12", "--jobs", jobs]) == 0
        outs.append(capsys.readouterr().out.rpartition("12 seeds in")[0])
    assert outs[0] == outs[1]


def test_verbose_simulation_prints_each_packet(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate.main(["--seed", "1", "--verbose", "--faults", "none"]) == 0
    out = capsys.readouterr().out
    assert "client 0 sends key" in out
    assert "1 runs" in out


@pytest.mark.parametrize("given", [["--trace"], ["--trace", "named.qlog"]])
def test_traced_simulation_writes_a_file_that_the_trace_command_reads(
    given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert simulate.main(["--seed", "3", "--faults", "none", *given]) == 0
    (path,) = tmp_path.iterdir()
    assert path.name == (given[1] if given[1:] else "simulation-3.qlog")
    assert f"sansio-tl trace {path.name}" in capsys.readouterr().out
    header, events = read_qlog(path)
    assert (header.title, header.started_at) == ("Simulation of seed 3", EPOCH)
    assert {"client 0", "data center 2"} <= {each.group for each in events}


def test_a_trace_needs_one_seed_and_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--trace"], ["--seed", "3", "--trace", str(tmp_path / "none" / "a.qlog")]):
        with pytest.raises(SystemExit):
            simulate.main(arguments)
    assert "--trace requires --seed" in capsys.readouterr().err


def test_violation_is_printed_with_the_command_that_reproduces_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(seed: int, faults: Any, **_: Any) -> Report:
        if seed == 2:
            raise Violation("comes to rest", "it does not")
        return Report(seeds=1)

    monkeypatch.setattr(simulate, "simulate", broken)
    assert simulate.main(["--seeds", "3", "--faults", "cut"]) == 1
    out = capsys.readouterr().out
    assert "seed 2: comes to rest: it does not" in out
    assert "again: python -m sansio_tl_transports.cli.simulate --seed 2 --faults cut --verbose" in out
    assert "2 runs" in out
    assert simulate.main(["--seed", "2"]) == 1
    assert "seed 2: comes to rest: it does not" in capsys.readouterr().out


def test_exception_of_an_engine_is_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(seed: int, faults: Any, **_: Any) -> Report:
        raise Violation("nothing is raised", "OverflowError: too much") from OverflowError("too much")

    monkeypatch.setattr(simulate, "simulate", broken)
    assert simulate.main(["--seed", "2"]) == 1
    captured = capsys.readouterr()
    assert "OverflowError: too much" in captured.err
    assert "nothing is raised" in captured.out


def test_results_of_runs_are_added_up_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "results.json"
    for first in ("1", "3"):
        simulate.main(["--seeds", "2", "--from", first, "--record", str(path)])
    results = json.loads(path.read_text())
    assert [run["first"] for run in results["runs"]] == [1, 3]
    assert results["total"]["seeds"] == 4
    assert all(isinstance(count, int) for count in results["total"]["checked"].values())


def test_progress_shows_the_number_of_seeds() -> None:
    total = Report(seeds=30)
    total.injected["cut"] = 1200
    assert simulate.progress(total, 1).startswith("1,200 faults injected")


@pytest.mark.parametrize("wrong", [["--faults", "rain"], ["--seeds", "many"]])
def test_invalid_command_line_exits_with_status_2(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        simulate.main(wrong)
    assert stopped.value.code == 2
