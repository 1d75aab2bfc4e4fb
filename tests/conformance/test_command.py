"""The command `sansio-tl conform`, as a user runs it."""

from __future__ import annotations

import asyncio
import base64
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
from typer.testing import CliRunner

from sansio_tl.conformance.case import Case, CaseResult, CaseVerdict, Ending
from sansio_tl.conformance.client_cases import CLIENT_CASES
from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.conformance.client_runner import ClientSuite, make_key
from sansio_tl_transports.conformance.results import SuiteResults, conclusion, line_of
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
    assert done.stdout.splitlines()[-3:] == [f"Written: {path}" for path in files[1::2]]


def test_client_that_does_nothing_is_unreachable(tmp_path: Path) -> None:
    done = run("conform", "client", *chosen("nonce-in-res-pq"), "--", sys.executable, "-c", "pass")
    assert "unreachable" in done.stdout
    assert "1 case in" in done.stdout
    assert done.stderr == "sansio-tl: nothing could be tested: every case is unreachable\n"
    assert done.returncode == 1


CONNECT = "import os, socket, struct, time; s = socket.create_connection((os.environ['HOST'], int(os.environ['PORT'])))"
REQ_PQ = (
    f"{CONNECT}; s.sendall(b'\\xee' * 4 + struct.pack('<I8xQII16s', 40, int(time.time()) << 32, 20, 0xbe7e8ef1,"
    " b'nonce')); s.recv(1000)"
)


@pytest.mark.parametrize("program", ["pass", CONNECT, REQ_PQ], ids=["nothing", "connect", "req_pq"])
def test_client_without_a_login_passes_no_case_whatever_its_status(program: str, tmp_path: Path) -> None:
    report = tmp_path / "a.json"
    done = run("conform", "client", "--jobs", "4", "--json", str(report), "--", sys.executable, "-c", program)
    assert done.stderr == "sansio-tl: nothing could be tested: every case is unreachable\n"
    results = json.loads(report.read_text())
    assert results["counts"]["unreachable"] == len(CLIENT_CASES) == sum(results["counts"].values())
    assert done.returncode == 1
    if program == REQ_PQ:
        notes = {entry["note"] for case in results["cases"] for entry in case["transcript"]}
        assert "answer of the handshake" in notes


def test_bug_in_a_case_does_not_lose_the_results_of_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    correct = ClientSuite.run

    async def with_a_bug(self: ClientSuite, case: Case, slots: asyncio.Semaphore) -> CaseResult:
        outcome = await correct(self, case, slots)
        if case.name == "password-correct":
            raise IndexError("list index out of range")
        return outcome

    monkeypatch.setattr(ClientSuite, "run", with_a_bug)
    files = ["--json", str(tmp_path / "a"), "--junit", str(tmp_path / "b"), "--html", str(tmp_path / "c")]
    names = chosen("nonce-in-res-pq", "password-correct", "generator-7")
    done = CliRunner().invoke(app, ["conform", "client", *names, *files, "--", *CLIENT])
    assert done.exit_code == 1, done.output
    assert "the suite itself failed, which is a bug in it, in password-correct" in done.stderr
    cases = {case["case"]: case for case in json.loads((tmp_path / "a").read_text())["cases"]}
    assert [cases[name]["verdict"] for name in names[1::2]] == ["pass", "unreachable", "pass"]
    assert "IndexError: list index out of range" in cases["password-correct"]["reason"]
    assert "with_a_bug" in cases["password-correct"]["output"]
    assert all((tmp_path / name).exists() for name in "bc")


@pytest.mark.skipif(sys.platform == "win32", reason="the limit of a file's size")
def test_output_of_a_client_is_read_to_its_end_and_written_to_no_file() -> None:
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20));"
        " print('line' * (1 << 21)); sys.exit('the last line')"
    )
    done = run("conform", "client", *chosen("nonce-in-res-pq"), "--", sys.executable, "-c", program)
    assert "the client did not connect: the last line" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="sessions")
def test_process_that_a_client_leaves_behind_does_not_keep_the_case_waiting() -> None:
    program = (
        "import subprocess, sys;"
        " child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(120)'], start_new_session=True);"
        " sys.exit(f'child {child.pid}')"
    )
    begun = time.monotonic()
    done = run("conform", "client", *chosen("nonce-in-res-pq"), "--", sys.executable, "-c", program)
    found = re.search(r"did not connect: child (\d+)", done.stdout)
    assert found is not None, done.stdout
    os.kill(int(found[1]), signal.SIGKILL)
    assert time.monotonic() - begun < 60


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


def test_last_packet_of_a_client_that_does_not_end_is_shown() -> None:
    options = (*chosen("password-correct"), "--time-limit", "2")
    done = run("conform", "client", *options, "--", sys.executable, "-c", f"{REQ_PQ}; s.recv(1000)")
    assert "without the fault, too: the client did not end in time; its last packet was req_pq" in done.stdout


@pytest.mark.parametrize(
    ("reason", "output", "end"),
    [
        ("the client exited with status 1", "", "the client exited with status 1"),
        ("the client exited with status 1", "Traceback\nKeyError: 5\n\n", "exited with status 1 [KeyError: 5]"),
        ("it exited with status 1: KeyError: 5", "KeyError: 5\n", "it exited with status 1: KeyError: 5"),
        ("the client did not answer it", "KeyError: 5", "did not answer it [exited with an error: KeyError: 5]"),
        ("the client did not answer it", "", "did not answer it [exited with an error]"),
    ],
)
def test_line_of_a_client_that_exits_says_why(reason: str, output: str, end: str) -> None:
    outcome = CaseResult(CLIENT_CASES[0], CaseVerdict.PASS, reason, Ending.EXITED, 0.1, output=output)
    assert line_of(outcome).endswith(end)


def test_key_file_has_the_modulus_where_the_page_reads_it() -> None:
    key = make_key().public_key
    der = base64.b64decode("".join(key.to_pem().splitlines()[1:-1]))
    assert (int.from_bytes(der[-261:-5], "big"), der[-3:]) == (key.n, (65537).to_bytes(3, "big"))


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
