"""The demo reports what happens, and fails when a step does not have its result."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sansio_tl.testing import DataCenter
from sansio_tl_transports.cli import demo


def test_demo_prints_plain_text_when_piped() -> None:
    command = (sys.executable, "-W", "error", "-m", "sansio_tl_transports.cli.demo")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert done.stderr == ""
    for name in ("Ada", "Grace", "Emmy"):
        assert f"auth.authorization: welcome, {name}" in done.stdout
        assert f"{name} logs out." in done.stdout
    for text in ("400 PHONE_CODE_INVALID", "400 PASSWORD_HASH_INVALID", "420 FLOOD_WAIT_1", "now has the number"):
        assert done.stdout.count(text) == 3


def test_demo_can_be_imported_without_rich_and_typer() -> None:
    source = "import sys; sys.modules['rich'] = sys.modules['typer'] = None; from sansio_tl_transports.cli import demo"
    assert subprocess.run((sys.executable, "-c", source), check=False).returncode == 0


@pytest.mark.parametrize("method", ["call", "add_account"])
def test_failed_step_ends_the_demo_with_status_1(
    method: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = getattr(DataCenter, method)

    def different(data_center: DataCenter, given: object, **settings: object) -> object:
        settings.pop("password", None)  # an account without a password, or nothing different
        result = real(data_center, given, **settings)
        return True if method == "call" else result

    monkeypatch.setattr(DataCenter, method, different)
    assert demo.main() == 1
    assert "The demo failed" in capsys.readouterr().err
