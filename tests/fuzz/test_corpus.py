"""Every committed input through its target, without atheris: what fuzzing has once shown stays true."""

from __future__ import annotations

import pytest

from tests.fuzz import crash_criteria
from tests.fuzz.seeds import CORPUS
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_target_handles_its_corpus(name: str) -> None:
    files = sorted((CORPUS / name).iterdir())
    assert files, "a target without a corpus: python -m tests.fuzz.seeds"
    for file in files:
        crash_criteria.guarded(TARGETS[name], file.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_target_handles_its_corpus_cut_short(name: str) -> None:
    for file in sorted((CORPUS / name).iterdir())[:20]:
        data = file.read_bytes()
        for size in {0, 1, 2, len(data) // 3, len(data) // 2, len(data) - 1}:
            crash_criteria.guarded(TARGETS[name], data[:size])


def test_corpus_has_no_folder_without_a_target() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == set(TARGETS)


def test_guard_accepts_the_protocol_errors_of_the_engine() -> None:
    from sansio_tl.errors import LocalProtocolError, RemoteProtocolError

    def refuse(data: bytes) -> None:
        raise (RemoteProtocolError("TL9", "no") if data else LocalProtocolError("no"))

    crash_criteria.guarded(refuse, b"")
    crash_criteria.guarded(refuse, b"x")


def test_guard_reports_any_other_exception() -> None:
    def break_down(data: bytes) -> None:
        raise KeyError(data)

    with pytest.raises(KeyError):
        crash_criteria.guarded(break_down, b"")


def test_guard_reports_excessive_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_data: bytes) -> None:
        sum(number**2 for number in range(1_000_000))

    monkeypatch.setattr(crash_criteria, "BASE_SECONDS", 0.01)
    with pytest.raises(crash_criteria.CostTooHigh, match="s for 1 bytes"):
        crash_criteria.guarded(busy, b"x")


def test_guard_does_not_count_the_first_slow_run(monkeypatch: pytest.MonkeyPatch) -> None:
    work = iter((1_000_000, 1))

    def busy_at_first(_data: bytes) -> None:
        sum(number**2 for number in range(next(work)))

    monkeypatch.setattr(crash_criteria, "BASE_SECONDS", 0.01)
    crash_criteria.guarded(busy_at_first, b"x")
    assert not list(work)


def test_guard_reports_excessive_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    peaks = iter((100 << 20, 700 << 20))
    monkeypatch.setattr(crash_criteria, "peak_memory", lambda: next(peaks))
    with pytest.raises(crash_criteria.CostTooHigh, match="600 MiB for 1 bytes"):
        crash_criteria.guarded(lambda _: None, b"x")
