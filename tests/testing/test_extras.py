"""Errors for missing extras name the extra."""

from __future__ import annotations

import importlib
import sys

import pytest


def test_strategies_without_hypothesis_name_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sansio_tl.testing.strategies", raising=False)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ImportError, match="needs hypothesis: pip install hypothesis"):
        importlib.import_module("sansio_tl.testing.strategies")
