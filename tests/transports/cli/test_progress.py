"""Progress and conclusions of long work."""

from __future__ import annotations

import pytest

from sansio_tl.simulation import Report
from sansio_tl_transports.cli.progress import INTERVAL, Progress, progress_line, time_left
from sansio_tl_transports.cli.simulate import conclusion


@pytest.mark.parametrize(
    ("done", "seconds", "line"),
    [
        (0, 5.0, "0 of 1,000 seeds (0%)"),
        (250, 100.0, "250 of 1,000 seeds (25%), 2.5 a second, about 5 min left"),
        (1, 60.0, "1 of 1,000 seeds (0%), 1.0 a minute, about 16 h 39 min left"),
        (1000, 10.0, "1,000 of 1,000 seeds (100%), 100.0 a second, about 0 s left"),
    ],
)
def test_progress_names_share_rate_and_time_left(done: int, seconds: float, line: str) -> None:
    assert progress_line(done, 1000, seconds, "seeds") == line


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (90, "90 s"), (91, "2 min"), (5940, "99 min"), (6000, "1 h 40 min")]
)
def test_time_left_has_two_units_at_most(seconds: float, text: str) -> None:
    assert time_left(seconds) == text


def test_progress_is_printed_at_intervals_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    now = [100.0]
    progress = Progress(10, "cases", lambda: now[0])
    for done, passed in ((1, INTERVAL - 1), (2, 1.0), (3, 1.0), (10, 100.0)):
        now[0] += passed
        progress.report(done, lambda: "none failed")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (
        "",
        "2 of 10 cases (20%), 12.0 a minute, about 40 s left: none failed\n",
    )


def test_simulation_is_concluded_in_a_sentence() -> None:
    total = Report(seeds=3)
    total.checked["a"] = 1200
    total.injected["cut"] = 7
    assert conclusion(total, 0) == "Every invariant held in all 3 runs: 1,200 checks, with 7 faults."
    assert conclusion(total, 2) == "2 of 5 runs violated an invariant: repeat one with the command above it."
    assert conclusion(Report(), 0) == "No run was made."
