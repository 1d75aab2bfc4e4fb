"""The contract is red for each of the broken stores, in the test that is meant for the fault."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

BROKEN = Path(__file__).with_name("broken.py")
DUE = {
    "TestLastWriterWins": {"test_save_replaces_the_expected_version_only", "test_two_processes_save_at_once"},
    "TestUnfenced": {"test_stale_writer_changes_nothing", "test_tokens_increase_after_delete"},
    "TestComparesTokensOnly": {"test_lease_is_compared_with_its_owner"},
    "TestRenewsReleasedLeases": {"test_released_lease_cannot_be_renewed"},
    "TestAcceptsAnyTime": {"test_times_that_a_lease_cannot_have_are_refused"},
    "TestChecksThenWrites": {"test_two_processes_acquire_at_once"},
    "TestForgetful": {"test_versions_increase", "test_tokens_increase_after_delete"},
    "TestKeptInMemory": {"test_crash_between_operations"},
}


@pytest.mark.parametrize("name", DUE)
def test_contract_finds_what_is_broken(name: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", f"{BROKEN}::{name}"]
    command += ["-k", " or ".join(DUE[name])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=BROKEN.parents[2])
    failed = {line.split("::")[2].split("[")[0].split(" ")[0] for line in done.stdout.splitlines() if "FAILED" in line}
    assert failed == DUE[name], done.stdout


def test_contract_without_pytest_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "sansio_tl_transports.stores.contract"
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "pytest", None)
    with pytest.raises(ImportError, match=f"{name} needs pytest: pip install pytest"):
        importlib.import_module(name)
