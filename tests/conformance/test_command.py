"""The command `sansio-tl conform`, as a user runs it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from sansio_tl.conformance.case import CaseResult, CaseVerdict, Ending
from sansio_tl.conformance.client_cases import CLIENT_CASES
from sansio_tl_transports.conformance.results import SuiteResults, conclusion
from tests.helpers.processes import COMMAND, run, serve_process

DRIVERS = Path(__file__).parent / "drivers"
CLIENT = (sys.executable, str(DRIVERS / "sansio_tl_asyncio.py"))
FEW = ("nonce-in-res-pq", "dh-prime-not-safe", "dh-gen-retry", "msg-key-changed", "padding-of-8", "other-session")


def chosen(*names: str) -> list[str]:
    return [option for name in names for option in ("--case", name)]


def test_client_of_our_own_passes_and_the_reports_are_written(tmp_path: Path) -> None:
    files = ("--json", str(tmp_path / "a.json"), "--junit", str(tmp_path / "a.xml"), "--html", str(tmp_path / "a.html"))
    done = run("conform", "client", *chosen(*FEW), "--name", "<b>ours</b>", *files, "--", *CLIENT)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "a.json").read_text())
    assert [case["case"] for case in results["cases"]] == sorted(FEW, key=list(FEW).index)
    assert {case["verdict"] for case in results["cases"]} == {"pass"}
    suite = ET.parse(tmp_path / "a.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), len(suite)) == (str(len(FEW)), "0", len(FEW))
    page = (tmp_path / "a.html").read_text()
    assert "<b>ours</b>" not in page
    assert "&lt;b&gt;ours&lt;/b&gt;" in page
    assert "resPQ" in page
    assert "src=" not in page
    assert "<script" not in page


def test_client_that_does_nothing_is_unreachable(tmp_path: Path) -> None:
    done = run("conform", "client", *chosen("nonce-in-res-pq"), "--", sys.executable, "-c", "pass")
    assert "unreachable" in done.stdout
    assert "1 case in" in done.stdout
    assert done.stderr == "sansio-tl: nothing could be tested: every case is unreachable\n"
    assert done.returncode == 1


def test_last_line_of_a_client_that_does_not_connect_is_shown() -> None:
    program = "import sys; sys.exit('first\\nno \\x1b[31mHOST')"
    done = run("conform", "client", *chosen("nonce-in-res-pq"), "--", sys.executable, "-c", program)
    assert r"the client did not connect: no \u001b[31mHOST" in done.stdout
    assert done.returncode == 1


def test_last_line_of_a_client_that_fails_without_a_fault_is_shown() -> None:
    connect = "socket.create_connection((os.environ['HOST'], int(os.environ['PORT'])))"
    program = (
        f"import os, socket, sys; s = {connect}; sys.exit('no key with the fingerprint ' + os.environ['FINGERPRINT'])"
    )
    done = run("conform", "client", *chosen("password-correct"), "--", sys.executable, "-c", program)
    assert re.search(
        r"without the fault, too: the client exited with status 1: no key with the fingerprint -?\d+", done.stdout
    )
    assert done.returncode == 1


def test_program_that_cannot_be_started_is_reported_in_a_line(tmp_path: Path) -> None:
    done = run("conform", "client", "--", "no-such-program")
    assert done.stderr == "sansio-tl: cannot start no-such-program: No such file or directory\n"
    assert done.returncode == 2


def test_closed_port_is_reported_in_a_line(tmp_path: Path) -> None:
    with serve_process(tmp_path) as server:
        address, key = server.address, server.public_key
    done = run("conform", "server", address, "--key", str(key))
    assert (done.stdout, done.stderr) == ("", f"sansio-tl: cannot connect to {address}: Connection refused\n")
    assert done.returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_sigterm_ends_the_clients(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    program = f"import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid()) + '.'); time.sleep(600)"
    command = (*COMMAND, "conform", "client", *chosen("nonce-in-res-pq"), "--", sys.executable, "-c", program)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        limit = time.monotonic() + 60
        while not (pid_file.exists() and pid_file.read_text().endswith(".")):
            assert time.monotonic() < limit
            time.sleep(0.05)
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (128 + signal.SIGTERM, "")
    pid = int(pid_file.read_text()[:-1])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_client_that_hangs_is_ended_at_the_time_limit(tmp_path: Path) -> None:
    program = (
        "import socket, os; s = socket.create_connection((os.environ['HOST'], int(os.environ['PORT']))); s.recv(1)"
    )
    begun = time.monotonic()
    options = (*chosen("nonce-in-res-pq"), "--time-limit", "2")
    done = run("conform", "client", *options, "--", sys.executable, "-c", program)
    assert "did not end in time" in done.stdout
    assert time.monotonic() - begun < 60


def test_server_of_our_own_passes(tmp_path: Path) -> None:
    names = chosen("server-msg-key-changed", "server-replayed-packet", "server-g-b-is-one", "server-byte-by-byte")
    with serve_process(tmp_path) as server:
        done = run("conform", "server", server.address, "--key", str(server.public_key), *names, "--strict")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 pass" in done.stdout


def test_login_cases_get_the_code_from_a_command(tmp_path: Path) -> None:
    program = (
        "import os; print('22222' if os.environ['PHONE'] == '9996620100' and os.environ['PHONE_CODE_HASH'] else '')"
    )
    code_command = shlex.join((sys.executable, "-c", program))
    account = ("--phone", "9996620100", "--password", "password", "--code-command", code_command)
    names = chosen("server-code-wrong", "server-password-a-is-zero")
    with serve_process(tmp_path) as server:
        options = (server.address, "--key", str(server.public_key), *names)
        done = run("conform", "server", *options, *account)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "2 pass" in done.stdout
        done = run("conform", "server", *options, *account[:4], "--code-command", "no-such-program")
        assert done.stderr == "sansio-tl: cannot start no-such-program: No such file or directory\n"
        assert done.returncode == 2
        done = run(
            "conform", "server", *options, *account[:4], "--code-command", shlex.join((sys.executable, "-c", "1/0"))
        )
        assert "the command for the code has printed none" in done.stdout
        assert done.returncode == 1
        done = run("conform", "server", *options)
        assert "no account is given: --phone and --code-command" in done.stdout
        assert done.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("client", "--case", "no-such-case", "--", "true"), "no case matches"),
        (("client",), "give the client's program"),
        (("server",), "give the server and its key"),
    ],
)
def test_wrong_options_end_with_status_2(arguments: tuple[str, ...], text: str) -> None:
    done = run("conform", *arguments)
    assert done.returncode == 2
    assert text in " ".join(done.stderr.replace("│", " ").split())


def test_cases_are_listed_and_selected_by_check_tag_page_and_level() -> None:
    for pattern in ("HS9", "handshake", "auth_key", "MUST", "dh-prime-*"):
        done = run("conform", "client", "--list", "--case", pattern)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip(), pattern


def test_conclusion_names_the_cases_that_failed_or_are_less_strict() -> None:
    cases = CLIENT_CASES[:7]
    outcomes = [CaseResult(case, CaseVerdict.NON_STRICT, "a reason", Ending.COMPLETED, 0.1) for case in cases]
    names = ", ".join(case.name for case in cases[:5])
    assert conclusion(SuiteResults("It", outcomes)) == (
        "It behaves as the protocol requires in all 7 tested cases; in 7 of them it is less strict than it should be: "
        f"{names} and 2 more."
    )
    failed = [replace(outcome, verdict=CaseVerdict.FAIL) for outcome in outcomes[:2]]
    assert conclusion(SuiteResults("It", failed)) == (
        f"It violates the protocol in 2 of 2 tested cases: {cases[0].name}, {cases[1].name}."
    )
