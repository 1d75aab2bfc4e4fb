"""Telethon logs in at `sansio-tl serve`, in another process, over a real socket."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.processes import serve_process

pytestmark = pytest.mark.interop

NUMBER = "+12025550100"
PASSWORD = "geheim"
PROGRAMS = Path(__file__).parent / "programs"
LOGIN = PROGRAMS / "telethon_login.py"
WRONG_CLOCK = PROGRAMS / "telethon_wrong_clock.py"
FRAMINGS = ["ConnectionTcpFull", "ConnectionTcpAbridged", "ConnectionTcpIntermediate"]


@pytest.mark.parametrize("framing", FRAMINGS)
def test_telethon_logs_in_and_reads_the_errors_of_the_server(framing: str, tmp_path: Path) -> None:
    with serve_process(tmp_path, "--account", f"{NUMBER}:{PASSWORD}", "--resend-timeout", "0", "--verbose") as server:
        command = (sys.executable, str(LOGIN), server.host, str(server.port), str(server.public_key), framing)
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as client:
            try:
                reported = converse(server.code_for, client)
            finally:
                client.kill()
    assert reported == {
        "layer": 229,
        "first": ["SentCodeTypeSms", 5, "CodeTypeCall"],
        "wrong code": ["PhoneCodeInvalidError", 400],
        "resent": ["SentCodeTypeCall", 5, None],
        "no other way": ["SendCodeUnavailableError", 406],
        "right code": ["SessionPasswordNeededError", 401],
        "wrong password": ["PasswordHashInvalidError", 400],
        "right password": ["Authorization", "12025550100"],
        "self": "12025550100",
        "occupied": ["PhoneNumberOccupiedError", 400],
        "flood": ["FloodWaitError", 420, 33],
        "logged out": "LoggedOut",
        "afterwards": ["AuthKeyUnregisteredError", 401],
    }
    assert "auth.signIn: 400 PHONE_CODE_INVALID" in server.lines


def converse(code_for: Any, client: subprocess.Popen[str]) -> dict[str, Any]:
    """Give Telethon the codes that it asks for, until it reports its results."""
    assert client.stdin is not None
    assert client.stdout is not None
    for line in client.stdout:
        reported = json.loads(line)
        if isinstance(reported, dict):
            assert client.wait(60) == 0
            return reported
        client.stdin.write(f"{code_for(NUMBER)}\n")
        client.stdin.flush()
    raise AssertionError(f"Telethon ended with status {client.wait(60)}")


@pytest.mark.parametrize("ahead", [-250, 35, 120, 250])
def test_MS18_telethon_with_a_wrong_clock_is_answered_within_seconds(ahead: int, tmp_path: Path) -> None:
    """What was refused because its id was too high does not begin the session: lower ids follow."""
    with serve_process(tmp_path) as server:
        command = (sys.executable, str(WRONG_CLOCK), server.host, str(server.port), str(server.public_key), str(ahead))
        reported = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    dc_id, seconds = reported.stdout.split()
    assert dc_id == "2"
    assert float(seconds) < 5
