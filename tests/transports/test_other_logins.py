"""`sansio-tl login --qr`: its output and prompts."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

import pytest

from sansio_tl import ClientConfig, Endpoint, auth, types
from sansio_tl.client import ConnectionLost
from sansio_tl_transports import sync
from sansio_tl_transports.cli import qr_and_bot_login
from sansio_tl_transports.cli.dc_option import Target, find
from sansio_tl_transports.cli.qr_and_bot_login import settings_for
from sansio_tl_transports.cli.terminal import Terminal
from tests.transports.cli_user import NUMBER, PASSWORD, TOKEN, CliUser

pytestmark = pytest.mark.data_center(code="12345", resend_timeout=0)
WAITING = "Waiting for the scan. A code that expires is replaced; Ctrl-C ends the login.\n"


def test_qr_login_prompts_for_the_password_after_the_scan(
    user: CliUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.data_center.add_account(NUMBER, password=PASSWORD, hint="h")
    shown: list[str] = []

    def scan(connection: str, _: int) -> None:
        """Another device does."""
        shown.append(connection)
        with sync.connect(user.data_center.address, user.data_center.config()) as phone:
            flow = auth.log_in(NUMBER, api_id=1, api_hash="x")
            phone.run(flow)
            flow.enter_code("12345")
            phone.run(flow)
            flow.enter_password(PASSWORD, entropy=os.urandom)
            phone.run(flow)
            accept = auth.QrAccept(connection)
            phone.run(accept)
            assert accept.state == auth.DONE

    monkeypatch.setattr(qr_and_bot_login, "qr_picture", scan)
    done = user.login("--qr", typed=f"wrong\n{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    wants = "The account has two-step verification.\nHint: h\n"
    scan_it = "Scan this with a device that is logged in: Settings, Devices, Link Desktop Device.\n"
    scan_it += "(segno would show it as a QR code: pip install '.[qr]' in a checkout)\n"
    assert done.stdout == (
        f"{scan_it}{shown[0]}\n{WAITING}{wants}Password: Wrong password, try again.\nPassword: {user.logged_in_as}"
    )
    assert user.stored_session.is_bot in {None, False}


def test_qr_picture_is_printed_unchanged(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr_and_bot_login, "qr_picture", lambda *_: "\x1b[7m##\x1b[0m\n")
    other = qr_and_bot_login.QrOrBotLoginCommand(Terminal(), find("prod"), Path("none"), api_id=1, api_hash="x")
    other.show_qr(auth.ScanPrompt(link="tg://login?token=A", expires_at=1.0))
    assert capsys.readouterr().out.endswith("\x1b[7m##\x1b[0m\ntg://login?token=A\n" + WAITING)


@pytest.mark.parametrize(
    ("width", "shown", "note"),
    [
        (41, 41, ""),
        (40, 37, ""),
        (36, 0, "A QR code is 37 columns wide, the terminal 36. This is its text:\n"),
    ],
)
def test_qr_picture_fits_the_terminal(
    width: int, shown: int, note: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    monkeypatch.setenv("COLUMNS", str(width))
    terminal = Terminal()
    other = qr_and_bot_login.QrOrBotLoginCommand(terminal, find("prod"), Path("none"), api_id=1, api_hash="x")
    other.show_qr(auth.ScanPrompt(link=f"tg://login?token={'A' * 43}", expires_at=1.0))
    printed = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert max((len(line) for line in printed.splitlines() if "\u2588" in line), default=0) == shown
    assert " ".join(note.split()) in " ".join(printed.split())


def test_output_without_characters_for_a_qr_code_shows_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", write_through=True))
    other = qr_and_bot_login.QrOrBotLoginCommand(Terminal(), find("prod"), Path("none"), api_id=1, api_hash="x")
    other.show_qr(auth.ScanPrompt(link="tg://login?token=A", expires_at=1.0))
    expected = (
        "The encoding of the output, ascii, has no characters for a QR code. This is its text:\ntg://login?token=A\n"
    )
    assert expected in written.getvalue().decode("ascii")


def test_qr_picture_is_none_without_segno(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)
    assert qr_and_bot_login.qr_picture("tg://login?token=A") is None


def test_lost_connection_during_a_login_is_reported(user: CliUser, capsys: pytest.CaptureFixture[str]) -> None:
    other = qr_and_bot_login.QrOrBotLoginCommand(Terminal(), find("prod"), user.path, api_id=1, api_hash="x")
    for event in (ConnectionLost(2, None, None), *[ConnectionLost(2, "no answer", None)] * 2, types.UpdateConfig()):
        other.report_event(event)
    assert capsys.readouterr().out == "No connection (no answer); trying again.\n"


def test_command_line_client_connects_to_the_named_data_center() -> None:
    own = settings_for(Target("own", 3, "127.0.0.1", 5, ()), 7)
    assert isinstance(own, ClientConfig)
    assert own.endpoints == {3: (Endpoint("127.0.0.1", 5),)}
    assert (own.connection_config.api_id, own.connection_config.dc_id, own.connection_config.test_mode) == (7, 3, False)
    theirs = settings_for(find("test"), 7)
    assert theirs.endpoints == ClientConfig(connection_config=theirs.connection_config).endpoints
    assert theirs.connection_config.test_mode


def test_notifications_during_a_command_are_shown_at_its_end(user: CliUser, monkeypatch: pytest.MonkeyPatch) -> None:
    user.data_center.add_bot(TOKEN)
    urgent = types.UpdateServiceNotification(
        popup=True, type="X", message="Mind the gap.", media=types.MessageMediaEmpty(), entities=[]
    )
    monkeypatch.setattr(sync.Client, "updates", lambda _: iter([types.UpdateShort(update=urgent, date=1)]))
    done = user.login("--bot", typed=f"{TOKEN}\n")
    assert done.exit_code == 0
    assert "Mind the gap.\n" in done.stdout
