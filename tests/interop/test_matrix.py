from __future__ import annotations

import json
from pathlib import Path

import pytest

import interop_table
from tests.interop.matrix import Matrix


def test_recorded_matrix_has_no_failed_step() -> None:
    assert not [row for row in interop_table.rows(interop_table.read()) if any("✗" in cell for cell in row)]


def test_failed_step_names_the_framings() -> None:
    framings = {"full": {"code": True, "log-out": False}, "abridged": {"code": True, "log-out": False}, "http": {}}
    assert interop_table.cell(framings, "code") == "✓"
    assert interop_table.cell(framings, "log-out") == "✗ full, abridged"
    assert interop_table.cell(framings, "sign-up") == ""


def test_matrix_is_saved_to_the_file_named_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = Matrix()
    matrix.row("Client", "1.0", 229, "full")["code"] = True
    monkeypatch.delenv("MATRIX", raising=False)
    matrix.save()
    monkeypatch.setenv("MATRIX", str(tmp_path / "matrix.json"))
    matrix.save()
    kept = json.loads((tmp_path / "matrix.json").read_text())
    assert kept == {"Client": {"version": "1.0", "layer": 229, "framings": {"full": {"code": True}}}}
