"""`sansio-tl`: what goes wrong is one line, whatever it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sansio_tl import errors
from sansio_tl.errors import TransportError
from sansio_tl_transports.cli import commands
from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.cli.terminal import Failure
from tests.transports.cli_user import outcome

pytestmark = pytest.mark.data_center(code="12345", resend_timeout=0)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Failure("why"), "why"),
        (TransportError(-404), f"{TransportError(-404)}. {TransportError(-404).hint}"),
        (errors.LocalProtocolError("no"), "invalid request: no"),
        (KeyboardInterrupt(), "interrupted"),
        (EOFError(), "the input has ended"),
        (OSError("gone"), "no connection: gone. Check the address and the network, and try again"),
    ],
)
def test_command_error_is_one_line_and_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, text: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(commands, "log_out", fail)
    done = CliRunner().invoke(app, ["logout", "--session", str(tmp_path / "a")])
    status = 130 if isinstance(error, KeyboardInterrupt) else 1
    assert outcome(done) == (status, "", f"sansio-tl: {text}\n")
