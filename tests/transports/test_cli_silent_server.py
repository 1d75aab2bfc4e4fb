"""Commands announce that they wait, and time out: servers that are silent, closed, or stop answering."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sansio_tl.errors import RemoteProtocolError
from sansio_tl_transports import sync
from sansio_tl_transports.cli import answer_timeout
from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.cli.dc_option import Target
from sansio_tl_transports.cli.session_file import Session, save
from tests.helpers.connected_pair import client_config
from tests.helpers.rsa_key import rsa_key
from tests.helpers.scripted_data_center import ScriptedDataCenter, raw_server, stay_silent
from tests.transports.proxies import free_port

LOGIN_OPTIONS = {"phone": ("--phone", "+12025550100"), "qr": ("--qr",), "bot": ("--bot",)}


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that accepts and says nothing."""
    with raw_server(stay_silent) as (_, port):
        yield port


def log_in(kind: str, port: int, directory: Path) -> Result:
    key = directory / "dc.pem"
    key.write_text(rsa_key().public_key.to_pem())
    to = ("--dc", f"127.0.0.1:{port}", "--key", str(key), "--session", str(directory / "a.session"), "--timeout", "1")
    return CliRunner().invoke(
        app, ["login", *to, "--api-id", "1", "--api-hash", "x", *LOGIN_OPTIONS[kind]], input="1:abc\n"
    )


@pytest.mark.parametrize("kind", LOGIN_OPTIONS)
def test_login_at_a_silent_server_times_out_naming_it(kind: str, silent: int, tmp_path: Path) -> None:
    done = log_in(kind, silent, tmp_path)
    assert done.exit_code == 1
    assert f"sansio-tl: no answer from 127.0.0.1:{silent} within 1 s" in done.stderr
    assert "wait longer with --timeout SECONDS" in done.stderr


def test_waiting_for_an_answer_is_announced(silent: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_timeout, "NOTE_AFTER", 0.0)
    reported = log_in("phone", silent, tmp_path).stderr.splitlines()
    assert reported[0] == f"sansio-tl: waiting for an answer from 127.0.0.1:{silent}, 1 s at most (--timeout SECONDS)"
    assert "no answer from" in reported[1]


@pytest.mark.parametrize(("host", "where"), [("::1", "[::1]:443"), ("127.0.0.1", "127.0.0.1:443")])
def test_address_of_the_timeout_is_written_as_an_option_takes_it(host: str, where: str) -> None:
    target = Target("own", 2, host, 443, (rsa_key().public_key,))
    assert answer_timeout.AnswerTimeout.for_target(target, 1.0).where == where


@pytest.mark.parametrize("kind", LOGIN_OPTIONS)
def test_login_at_a_closed_port_fails_naming_it(kind: str, tmp_path: Path) -> None:
    port = free_port()
    done = log_in(kind, port, tmp_path)
    assert done.exit_code == 1
    assert "Connection refused" in done.stderr
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Check the address and the network" in done.stderr


@pytest.mark.parametrize("command", ["sessions", "logout", "accept", "password"])
def test_command_times_out_when_the_server_stops_answering(command: str, tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    with sync.serve(ScriptedDataCenter()) as server:
        host, port = server.address
        with sync.connect(server.address, client_config()) as connection:
            key = connection.auth_key.key
        save(path, Session(host=host, port=port, dc_id=2, environment="own", auth_key=key, user_id=1))
        typed = "tg://login?token=AAAA\n"
        done = CliRunner().invoke(app, [command, "--session", str(path), "--timeout", "1"], input=typed)
    assert done.exit_code == 1
    assert f"sansio-tl: no answer from {host}:{port} within 1 s" in done.stderr


@pytest.mark.parametrize("error", [RemoteProtocolError("TL9", "no"), OSError("refused"), ZeroDivisionError()])
def test_other_errors_than_silence_are_raised_as_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, answer_timeout.AnswerTimeout("h:1", 5.0).waiting():
        raise error
    assert raised.value is error


@pytest.mark.parametrize(
    "error", [TimeoutError("late"), RemoteProtocolError("HS15", "no"), RemoteProtocolError("MS25", "no")]
)
def test_silence_names_the_server_and_the_time(error: Exception) -> None:
    with pytest.raises(answer_timeout.NoAnswer) as raised, answer_timeout.AnswerTimeout("h:1", 5.0).waiting():
        raise error
    assert str(raised.value).startswith(f"no answer from h:1 within 5 s ({error}). Check the address")
    assert raised.value.__cause__ is error
