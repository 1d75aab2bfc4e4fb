"""`sansio-tl` in its own process, piped and on a terminal."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sansio_tl import errors, functions
from sansio_tl.crypto.rsa import RsaPublicKey
from sansio_tl.testing import DataCenterConfig, OtherLayer, RequestServed
from sansio_tl_transports.cli import commands
from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.cli.serve import is_loopback
from sansio_tl_transports.cli.serve_output import entry_of, line_of
from sansio_tl_transports.cli.session_file import load
from tests.helpers.processes import ServeProcess, run, serve_process
from tests.transports.cli_terminal import Terminal

pytestmark = pytest.mark.timeout(240)
"""Each command is a process of its own, which takes seconds to start on a busy machine."""

NUMBER = "+12025550100"
PASSWORD = "a word only I know"
APPLICATION = ("--api-id", "1", "--api-hash", "the hash of the application")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServeProcess]:
    with serve_process(tmp_path, "--account", f"{NUMBER}:{PASSWORD}", "--resend-timeout", "0") as running:
        yield running


def to(server: ServeProcess) -> tuple[str, ...]:
    return ("--dc", server.address, "--key", str(server.public_key))


# --- serve ------------------------------------------------------------------------------------------------------------


def test_serve_writes_its_key_before_it_listens(server: ServeProcess) -> None:
    pem = server.public_key.read_text()
    assert pem.startswith("-----BEGIN RSA PUBLIC KEY-----\n")
    fingerprint = RsaPublicKey.from_pem(pem).fingerprint & (1 << 64) - 1
    assert f"data center 2, key {fingerprint:016x}" in server.lines


def test_serve_with_a_seed_has_the_same_key_again(tmp_path: Path) -> None:
    keys = []
    for _ in range(2):
        with serve_process(tmp_path, "--seed", "a seed") as running:
            keys.append(running.public_key.read_text())
    assert keys[0] == keys[1]


def test_serve_on_a_port_in_use_gives_a_hint(server: ServeProcess) -> None:
    done = run("serve", "--port", str(server.port))
    assert done.returncode == 1
    assert "--port 0 takes a free one" in done.stderr


@pytest.mark.parametrize(
    "options",
    [("--port", "65536"), ("--account", "no number"), ("--dc-id", "9"), ("--nothing",), ("--proxy-secret", "dd00")],
)
def test_serve_with_invalid_options_exits_with_status_2(options: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, ["serve", *options])
    assert done.exit_code == 2
    assert isinstance(done.exception, SystemExit)


@pytest.mark.parametrize(
    ("host", "local"), [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("0.0.0.0", False), ("::", False)]
)
def test_is_loopback_is_true_for_loopback_addresses_only(host: str, *, local: bool) -> None:
    assert is_loopback(host) is local


def test_serve_on_all_addresses_warns_before_it_listens(tmp_path: Path) -> None:
    with serve_process(tmp_path, "--host", "0.0.0.0") as exposed:
        assert any("warning: 0.0.0.0 can be reached from other machines" in line for line in exposed.lines)


@pytest.mark.parametrize(
    ("options", "allowed"),
    [([], frozenset()), (["--allow-origin", "http://a:1"], frozenset({"http://a:1"})), (["--allow-origin", "*"], None)],
)
def test_serve_allows_only_the_origins_in_its_options(
    monkeypatch: pytest.MonkeyPatch, options: list[str], allowed: frozenset[str] | None
) -> None:
    configs: list[DataCenterConfig] = []
    monkeypatch.setattr(commands, "open_data_centers", lambda given, *_, **__: configs.extend(given))
    monkeypatch.setattr(commands, "run", lambda *_, **__: None)
    assert CliRunner().invoke(app, ["serve", *options]).exit_code == 0
    assert [config.allowed_origins for config in configs] == [allowed]


@pytest.mark.parametrize("text", ["localhost:8000", "http://localhost:8000/", "http://LOCALHOST", "http://", ""])
def test_serve_refuses_an_invalid_origin(text: str) -> None:
    done = CliRunner().invoke(app, ["serve", "--allow-origin", text])
    assert done.exit_code == 2
    assert "expected scheme://host" in " ".join(done.stderr.replace("│", " ").split())


def test_serve_records_every_request_without_secrets(tmp_path: Path) -> None:
    tape = tmp_path / "requests.jsonl"
    with serve_process(tmp_path, "--record", str(tape)) as running:
        typed = "22222\n"
        run("login", *to(running), *APPLICATION, "--phone", "+9996620001", typed=typed, directory=tmp_path)
    entries = [json.loads(line) for line in tape.read_text("ascii").splitlines()]
    executed = {entry["method"]: entry for entry in entries}
    assert executed["auth.signIn"]["query"] == "SignIn(phone_number=***, phone_code_hash=***, phone_code=***)"
    assert executed["auth.signIn"]["error"] is None
    assert "22222" not in tape.read_text("ascii")


def test_recorded_long_request_is_shortened() -> None:
    query = functions.contacts.ResolveUsername("\x01" * 1_000_000)
    entry = entry_of(RequestServed(query.NAME, errors.parse(400, "X" * 1_000_000), query), 1.0)
    assert len(entry) < 10_000
    assert json.loads(entry)["query"].endswith("more)")


def test_serve_reports_a_client_with_an_unsupported_layer() -> None:
    reported = line_of(OtherLayer(100, 158))
    assert (
        reported == "a client of layer 100 is served in layer 158, the nearest one; --schema FILE serves it in its own"
    )


def test_serve_reports_an_unwritable_record(tmp_path: Path) -> None:
    done = run("serve", "--record", str(tmp_path / "nowhere" / "requests.jsonl"))
    assert done.returncode == 1
    assert "cannot write" in done.stderr


# --- login and logout -------------------------------------------------------------------------------------------------


def test_user_logs_in_and_out(server: ServeProcess, tmp_path: Path) -> None:
    session = tmp_path / "my.session"
    login = ("login", *to(server), *APPLICATION, "--session", str(session))

    begun = run(*login, typed=f"{NUMBER}\n00000\nresend\n")
    assert begun.returncode == 1, "the input ended before the code was there"
    assert "Wrong code, try again." in begun.stdout
    assert "A phone call will read a code of 5 digits." in begun.stdout
    assert begun.stderr.endswith("sansio-tl: the input has ended; the same command continues the login\n")
    server.code_for(NUMBER)
    code = server.code_for(NUMBER)

    ended = run(*login, typed=f"{code}\nnot this\n{PASSWORD}\n")
    assert ended.returncode == 0, ended.stderr
    assert "Continuing the interrupted login" in ended.stdout
    assert "Wrong password, try again." in ended.stdout
    assert "Logged in as Test." in ended.stdout
    assert stat.S_IMODE(session.stat().st_mode) == 0o600
    server.wait_for("user 1000001 logged in")

    for done in (begun, ended):
        assert "\x1b" not in done.stdout, "piped output is plain"
        for secret in (code, PASSWORD, NUMBER, APPLICATION[-1]):
            assert secret not in done.stdout + done.stderr

    again = run(*login, typed=f"{NUMBER}\n")
    assert again.returncode == 1
    assert "sansio-tl logout" in again.stderr

    out = run("logout", "--session", str(session))
    assert out.returncode == 0, out.stderr
    server.wait_for("user 1000001 logged out")
    left = load(session)
    assert left is not None
    assert (left.auth_key, left.user_id, left.login, len(left.logout_tokens)) == (b"", None, None, 1)
    assert stat.S_IMODE(session.stat().st_mode) == 0o600
    assert "no user is logged in" in run("logout", "--session", str(session)).stderr
    assert "no user is logged in" in run("sessions", "--session", str(session)).stderr

    without_code = run(*login, "--phone", NUMBER, typed=f"{PASSWORD}\n")
    assert without_code.returncode == 0, without_code.stderr
    server.wait_for("user 1000001 logged in")
    assert run("logout", "--session", str(session)).returncode == 0
    twice = load(session)
    assert twice is not None
    assert twice.logout_tokens[1:] == left.logout_tokens, "the newest comes first"


def test_user_signs_up_after_cancelling_once(server: ServeProcess, tmp_path: Path) -> None:
    number = "+9996620201"
    typed = f"{number}\ncancel\n{number}\n22222\nAda\nLovelace\n"
    done = run("login", *to(server), *APPLICATION, typed=typed, directory=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Logged in as Ada." in done.stdout
    assert load(tmp_path / "sansio-tl.session") is not None


def test_flood_wait_is_reported(server: ServeProcess, tmp_path: Path) -> None:
    done = run("login", *to(server), *APPLICATION, typed="+9996622042\n", directory=tmp_path)
    assert done.returncode == 1
    assert "420 FLOOD_WAIT_42" in done.stdout


def test_login_of_a_number_of_another_data_center_names_the_options(server: ServeProcess, tmp_path: Path) -> None:
    done = run("login", *to(server), *APPLICATION, "--phone", "+9996640000", directory=tmp_path)
    assert done.returncode == 1
    assert "--dc HOST:PORT --dc-id 4" in done.stderr


def test_login_restarts_when_the_server_does_not_know_the_key(tmp_path: Path) -> None:
    login = ("login", *APPLICATION, "--phone", "+9996620000")
    with serve_process(tmp_path, "--seed", "x") as first:
        assert run(*login, *to(first), directory=tmp_path).returncode == 1
    with serve_process(tmp_path, "--seed", "x", "--port", str(first.port)) as second:
        done = run(*login, *to(second), typed="22222\n", directory=tmp_path)
    assert "does not know the auth key" in done.stdout
    assert done.returncode == 0, done.stderr


def test_login_to_a_server_with_another_key_is_refused(server: ServeProcess, tmp_path: Path) -> None:
    with serve_process(tmp_path / "..") as other:
        done = run("login", "--dc", server.address, "--key", str(other.public_key), *APPLICATION, "--phone", NUMBER)
    assert done.returncode == 1
    assert "HS4" in done.stderr
    assert "do not trust this connection" in done.stderr


def test_login_to_a_closed_port_fails_with_a_hint(tmp_path: Path) -> None:
    with serve_process(tmp_path) as server:
        pass
    done = run("login", *to(server), *APPLICATION, "--phone", NUMBER, directory=tmp_path)
    assert done.returncode == 1
    assert "Check the address and the network" in done.stderr


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (("--dc", "nonsense"), "HOST:PORT"),
        (("--dc", "127.0.0.1:1"), "--key"),
        (("--dc", "prod:7"), "1, 2, 3, 4, 5"),
        (("--key", "nowhere.pem"), "nowhere.pem"),
        (("--api-id", "none"), "api-id"),
    ],
)
def test_login_with_invalid_options_exits_with_status_2_and_a_hint(options: tuple[str, ...], hint: str) -> None:
    done = CliRunner().invoke(app, ["login", *options])
    assert done.exit_code == 2
    assert hint in done.stderr
    assert isinstance(done.exception, SystemExit)


def test_login_with_an_invalid_key_file_exits_with_status_2(tmp_path: Path) -> None:
    key = tmp_path / "dc.pem"
    key.write_text("no key")
    done = CliRunner().invoke(app, ["login", "--dc", "127.0.0.1:1", "--key", str(key)])
    assert done.exit_code == 2
    assert "PEM" in done.stderr


# --- on a terminal ----------------------------------------------------------------------------------------------------


def test_login_on_a_terminal_hides_passwords_and_shows_colours(server: ServeProcess, tmp_path: Path) -> None:
    terminal = Terminal("login", *to(server), "--api-id", "1", directory=tmp_path)
    terminal.read_until("api_hash: ")
    terminal.type("the hash of the application")
    terminal.read_until("country code: ")
    terminal.type(NUMBER)
    terminal.read_until("cancel: ")
    code = server.code_for(NUMBER)
    terminal.type(code)
    terminal.read_until("Password: ")
    terminal.type(PASSWORD)
    status = terminal.read_to_the_end()
    assert status == 0, terminal.screen
    assert "Logged in as Test." in terminal.screen
    assert "\x1b[" in terminal.screen
    assert code in terminal.screen
    for secret in (PASSWORD, "the hash of the application"):
        assert secret not in terminal.screen


def test_login_interrupted_by_ctrl_c_can_be_continued(server: ServeProcess, tmp_path: Path) -> None:
    terminal = Terminal("login", *to(server), *APPLICATION, "--phone", NUMBER, directory=tmp_path)
    terminal.read_until("cancel: ")
    code = server.code_for(NUMBER)
    terminal.process.send_signal(2)
    assert terminal.read_to_the_end() == 130
    assert "the same command continues the login" in terminal.screen
    assert "Traceback" not in terminal.screen
    done = run("login", *to(server), *APPLICATION, typed=f"{code}\n{PASSWORD}\n", directory=tmp_path)
    assert done.returncode == 0, done.stderr


# --- the whole --------------------------------------------------------------------------------------------------------


def test_console_script_points_to_main() -> None:
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="sansio-tl")
    assert script.value == "sansio_tl_transports.cli.main:main"


def test_command_without_arguments_lists_the_subcommands() -> None:
    done = run()
    assert {"serve", "login", "logout"} <= set(re.findall(r"^  (\w+)", done.stdout + done.stderr, re.MULTILINE))
