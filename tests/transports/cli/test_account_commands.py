"""`sansio-tl` for bots, QR codes, sessions and passwords, in its own process against `sansio-tl serve`."""

from __future__ import annotations

import re
import ssl
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sansio_tl import Config, auth, functions, session_strings
from sansio_tl.crypto.rsa import RsaPublicKey
from sansio_tl_transports import sync
from sansio_tl_transports.cli.qr_and_bot_login import qr_picture
from sansio_tl_transports.cli.session_file import load
from sansio_tl_transports.cli.terminal import Failure
from tests.helpers.processes import COMMAND, ServeProcess, run, serve_process
from tests.transports.proxies import free_port, pproxy

NUMBER = "+12025550100"
TOKEN = "1001:the-token-of-a-bot-in-these-tests-000"
APPLICATION = ("--api-id", "1", "--api-hash", "the hash of the application")

pytestmark = pytest.mark.timeout(280)
"""Each command is a process of its own, which takes seconds to start on a busy machine."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServeProcess]:
    options = ("--account", NUMBER, "--bot", TOKEN, "--tls-port", "0", "--certificate", str(tmp_path / "wss.pem"))
    with serve_process(tmp_path, *options) as running:
        yield running


def to(server: ServeProcess) -> tuple[str, ...]:
    return ("--dc", server.address, "--key", str(server.public_key))


def config(server: ServeProcess) -> Config:
    return Config(api_id=1, public_keys=(RsaPublicKey.from_pem(server.public_key.read_text()),))


def log_in(server: ServeProcess, connection: sync.Connection) -> None:
    """Another user logs in to the account."""
    flow = auth.log_in(NUMBER, api_id=1, api_hash="x")
    connection.run(flow)
    flow.enter_code(server.code_for(NUMBER))
    connection.run(flow)
    assert flow.state == auth.DONE


@pytest.fixture
def bot(server: ServeProcess, tmp_path: Path) -> Path:
    path = tmp_path / "bot.session"
    done = run("login", *to(server), *APPLICATION, "--session", str(path), "--bot", typed=f"{TOKEN}\n")
    assert done.returncode == 0, done.stderr
    assert "Logged in as" in done.stdout
    assert TOKEN not in done.stdout + done.stderr
    return path


def test_bot_session_is_exported_and_logged_out(bot: Path) -> None:
    session = load(bot)
    assert session is not None
    assert session.user_id is not None
    assert session.is_bot
    out = run("sessions", "--session", str(bot), "export", "pyrogram")
    assert session_strings.read(out.stdout.strip()).is_bot
    done = run("logout", "--session", str(bot))
    assert done.returncode == 0, done.stderr
    assert not bot.exists()


def test_serve_writes_the_certificate_of_its_tls_port(server: ServeProcess, tmp_path: Path) -> None:
    line = next(line for line in server.lines if line.startswith("TLS on "))
    host, port = line.removeprefix("TLS on ").rsplit(":", 1)
    context = ssl.create_default_context(cafile=str(tmp_path / "wss.pem"))
    with sync.connect((host, int(port)), config(server), framing="websocket", tls=context) as connection:
        connection.invoke(functions.help.GetNearestDc(), timeout=20)


def test_qr_login_finishes_when_another_device_accepts_the_code(server: ServeProcess, tmp_path: Path) -> None:
    path = tmp_path / "qr.session"
    command = (*COMMAND, "login", *to(server), *APPLICATION, "--session", str(path), "--qr")
    with (
        sync.connect((server.host, server.port), config(server)) as phone,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
    ):
        log_in(server, phone)
        assert process.stdout is not None
        link = next(line.strip() for line in process.stdout if line.startswith("tg://login?token="))
        flow = auth.QrAccept(link)
        phone.run(flow)
        assert flow.state == auth.DONE
        rest = process.stdout.read()
        assert process.wait(60) == 0, rest
        assert "Logged in as" in rest
        listed = run("sessions", "--session", str(path))
        assert listed.returncode == 0, listed.stderr
        lines = listed.stdout.splitlines()
        assert len(lines) == 2
        assert sum(line.startswith("this one") for line in lines) == 1


def test_accept_command_authorizes_another_device(server: ServeProcess, tmp_path: Path) -> None:
    path = user(server, tmp_path)
    other = tmp_path / "other.session"
    command = (*COMMAND, "login", *to(server), *APPLICATION, "--session", str(other), "--qr")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        link = next(line.strip() for line in process.stdout if line.startswith("tg://login?token="))
        done = run("accept", "--session", str(path), typed=f"{link}\ny\ny\n")
        assert done.returncode == 0, done.stderr
        assert "The device is logged in." in done.stdout
        shown = re.search(r"([0-9a-f]{16})  [-0-9]{10} [0-9:]{5}  (.*)", done.stdout)
        assert shown is not None, done.stdout
        assert shown[2].endswith(f"{Config(api_id=1).device_model}  127.0.0.1, NL")
        assert f"sessions end {shown[1]}" in done.stdout
        assert link.partition("=")[2] not in done.stdout
        rest = process.stdout.read()
        assert process.wait(60) == 0, rest
        assert "Logged in as" in rest
    again = run("accept", link, "--yes", "--session", str(path))
    assert again.returncode == 1
    assert "AUTH_TOKEN_" in again.stderr
    refused_link = run("accept", "tg://resolve?domain=a", "--session", str(path))
    assert refused_link.returncode == 1
    assert "This is not the text of a QR code" in refused_link.stderr


def test_imported_session_keeps_the_logout_tokens_of_the_file(server: ServeProcess, bot: Path, tmp_path: Path) -> None:
    path = user(server, tmp_path)
    key = load_key(path)
    assert run("logout", "--session", str(path)).returncode == 0
    left = load(path)
    assert left is not None
    exported = run("sessions", "--session", str(bot), "export", "telethon")
    taken = run("sessions", "--session", str(path), "import", "-", typed=exported.stdout)
    assert taken.returncode == 0, taken.stderr
    after = load(path)
    assert after is not None
    assert after.auth_key not in {key, b""}
    assert after.logout_tokens == left.logout_tokens


def test_qr_picture_prints_two_rows_a_line() -> None:
    picture = qr_picture("tg://login?token=AAAA")
    assert picture is not None
    assert len(picture.splitlines()) < 25


def test_token_too_long_for_a_qr_code_is_a_failure() -> None:
    with pytest.raises(Failure, match="too long for a QR code"):
        qr_picture(f"tg://login?token={'A' * 6700}")


def test_password_command_sets_changes_and_removes_the_password(server: ServeProcess, tmp_path: Path) -> None:
    path = user(server, tmp_path)
    for typed, options, message in (
        ("one\none\n", ("--hint", "a number"), "The password is set."),
        ("one\ntwo\ntwo\n", (), "The password is set."),
        ("two\n", ("--remove",), "The password is removed."),
    ):
        done = run("password", "--session", str(path), *options, typed=typed)
        assert done.returncode == 0, done.stderr
        assert message in done.stdout
    wrong = run("password", "--session", str(path), "--remove")
    assert wrong.returncode == 1
    assert "has no password" in wrong.stderr
    unequal = run("password", "--session", str(path), typed="one\ntwo\n" * 3)
    assert unequal.returncode == 1
    assert "The password is unchanged" in unequal.stderr


def user(server: ServeProcess, directory: Path) -> Path:
    """A session file of the user with the account."""
    path = directory / "user.session"
    command = (*COMMAND, "login", *to(server), *APPLICATION, "--session", str(path), "--phone", NUMBER)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        out, _ = process.communicate(server.code_for(NUMBER) + "\n", timeout=60)
    assert process.returncode == 0, out
    return path


def test_sessions_command_ends_other_sessions(server: ServeProcess, tmp_path: Path) -> None:
    path = user(server, tmp_path)
    with sync.connect((server.host, server.port), config(server)) as other:
        log_in(server, other)
        listed = run("sessions", "--session", str(path)).stdout
        found = re.search(r"^[0-9a-f]{16}", listed, re.MULTILINE)
        assert found is not None, listed
        for arguments, code in (((), 2), (("no hash",), 2), ((found[0],), 0)):
            assert run("sessions", "--session", str(path), "end", *arguments).returncode == code
        assert len(run("sessions", "--session", str(path)).stdout.splitlines()) == 1
        assert run("sessions", "--session", str(path), "end", "--others").returncode == 0


def test_session_round_trips_through_the_strings_and_files_of_other_libraries(
    server: ServeProcess, tmp_path: Path
) -> None:
    path = user(server, tmp_path)
    for library in ("telethon", "pyrogram", "kurigram", "mtcute"):
        out = run("sessions", "--session", str(path), "export", library)
        assert out.returncode == 0, out.stderr
        assert session_strings.read(out.stdout.strip()).auth_key.key == load_key(path)
    out = run("sessions", "--session", str(path), "export", "telethon")
    moved = tmp_path / "moved.session"
    taken = run("sessions", "--session", str(moved), "import", "-", typed=out.stdout)
    assert taken.returncode == 0, taken.stderr
    assert load_key(moved) == load_key(path)
    assert stat.S_IMODE(moved.stat().st_mode) == 0o600
    session = load(moved)
    assert session is not None
    assert session.user_id is not None
    for library in ("telethon", "gramjs"):
        file, again = tmp_path / f"of-{library}", tmp_path / f"again-{library}"
        out = run("sessions", "--session", str(path), "export", f"{library}-file", "--out", str(file))
        assert out.returncode == 0, out.stderr
        assert f"use it only with {library}" in out.stdout
        taken = run("sessions", "--session", str(again), "import", str(file))
        assert taken.returncode == 0, taken.stderr
        assert load_key(again) == load_key(path)


def load_key(path: Path) -> bytes:
    session = load(path)
    assert session is not None
    return session.auth_key


def test_login_through_a_proxy_succeeds(server: ServeProcess, tmp_path: Path) -> None:
    with pproxy("socks5") as proxy:
        options = (*to(server), *APPLICATION, "--session", str(tmp_path / "s"), "--bot", "--framing", "http")
        done = run("login", *options, "--proxy", proxy.format(login=""), typed=f"{TOKEN}\n")
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--tls-hello", "short"), "--tls-hello: it requires --proxy"),
        (("--tls-hello", "long", "--proxy", "http://127.0.0.1:1"), "expected one of: browser, short"),
    ],
)
def test_login_with_an_invalid_tls_hello_is_a_usage_error(
    server: ServeProcess, tmp_path: Path, options: tuple[str, str], message: str
) -> None:
    done = run("login", *to(server), *APPLICATION, "--session", str(tmp_path / "s"), "--bot", *options)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())


def test_login_through_an_unreachable_proxy_fails_within_30_seconds(server: ServeProcess, tmp_path: Path) -> None:
    proxy = f"socks5://127.0.0.1:{free_port()}"
    began = time.monotonic()
    done = run(
        "login", *to(server), *APPLICATION, "--session", str(tmp_path / "s"), "--phone", NUMBER, "--proxy", proxy
    )
    assert done.returncode == 1
    assert "connecting to Proxy(socks5://127.0.0.1" in done.stderr
    assert time.monotonic() - began < 30


def test_account_commands_without_a_login_fail_with_a_hint(tmp_path: Path) -> None:
    missing = str(tmp_path / "none")
    for command in (("sessions", "--session", missing), ("password", "--session", missing)):
        done = run(*command)
        assert done.returncode == 1
        assert "log in with sansio-tl login" in done.stderr
    assert not list(tmp_path.iterdir())
