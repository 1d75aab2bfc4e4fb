"""The programs in docs/examples run, and the README shows them as they are."""

from __future__ import annotations

import asyncio
import os
import re
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from os import urandom
from pathlib import Path
from time import time

import pytest
import selectors_login
import trio

import by_hand
import continue_login
import from_telethon
import save_session
import session_import
from sansio_tl import ClientConfig, Config, Endpoint, errors, session_strings, types
from sansio_tl.session_strings import SavedAccount
from sansio_tl.testing import DataCenter
from sansio_tl_transports import session_files
from sansio_tl_transports.asyncio import open_client as open_asyncio_client
from sansio_tl_transports.sync import open_client, serve
from sansio_tl_transports.testing.server_thread import RunningDataCenter, ServerThread
from sansio_tl_transports.tracing import read_qlog
from tests.helpers.processes import serve_process
from tests.repository.scan import ROOT

EXAMPLES = ROOT / "docs" / "examples"
README = (ROOT / "README.md").read_text()
SHOWN = re.findall(r"<!-- (docs/examples/\S+\.py) -->\n```python\n(.*?)```\n", README, re.DOTALL)

PHONE_NUMBER, CODE, PASSWORD = "+99966 2 0101", "22222", "password"


@pytest.fixture
def data_center() -> DataCenter:
    return DataCenter(entropy=urandom, now=time())


@pytest.fixture
def address(data_center: DataCenter) -> Iterator[tuple[str, int]]:
    with serve(data_center) as server:
        yield server.address


@pytest.mark.parametrize("adapter", ["sync", "asyncio", "trio"])
def test_login_program_asks_again_after_a_wrong_code_and_password(
    adapter: str,
    data_center: DataCenter,
    address: tuple[str, int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    codes, passwords = iter(["12345", CODE]), iter(["wrong", PASSWORD])
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return next(codes if "ode" in prompt else passwords)

    program = import_module(f"login_{adapter}")
    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr(program, "getpass", answer)
    connection = Config(api_id=1, public_keys=(data_center.public_key,))
    config = ClientConfig(connection_config=connection, endpoints={2: (Endpoint(*address),)})
    arguments = config, "any hash", PHONE_NUMBER
    match adapter:
        case "sync":
            program.main(*arguments)
        case "asyncio":
            asyncio.run(program.main(*arguments))
        case "trio":
            trio.run(program.main, *arguments)
    assert capsys.readouterr().out.startswith("Logged in as ")
    first, second, third, fourth = asked
    assert (second, fourth) == (f"Wrong code. {first}", f"Wrong password. {third}")


def test_login_step_by_step_asks_again_after_a_wrong_code(
    data_center: DataCenter,
    address: tuple[str, int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    typed = iter(["12345", CODE])
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    monkeypatch.setattr(by_hand, "getpass", lambda prompt: PASSWORD)
    config = ClientConfig.for_server(*address, public_key=data_center.public_key, api_id=1)
    by_hand.main(config, "any hash", PHONE_NUMBER)
    asked, greeting = capsys.readouterr().out.splitlines()
    assert "code" in asked
    assert greeting.startswith("Logged in as ")


def test_login_with_a_driver_asks_again_after_a_wrong_code(
    data_center: DataCenter,
    address: tuple[str, int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    typed = iter(["12345", CODE])
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    monkeypatch.setattr(selectors_login, "getpass", lambda prompt: PASSWORD)
    config = ClientConfig.for_server(*address, public_key=data_center.public_key, api_id=1)
    begun = time()
    selectors_login.main(config, "any hash", PHONE_NUMBER)
    assert time() - begun < 10, "an input is sent at once, not at the next deadline"
    asked, greeting = capsys.readouterr().out.splitlines()
    assert "code" in asked
    assert re.fullmatch(r"Logged in as \d+", greeting)


def test_save_session_program_logs_in_once(
    data_center: DataCenter,
    address: tuple[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    typed = iter([CODE])
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    monkeypatch.setattr(save_session, "getpass", lambda prompt: PASSWORD)
    path = tmp_path / "session.json"
    config = ClientConfig.for_server(*address, public_key=data_center.public_key, api_id=1)
    for _ in range(2):
        save_session.main(config, "any hash", PHONE_NUMBER, path)
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert first.startswith("Logged in as ")
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("phone_number", "typed"), [(PHONE_NUMBER, [CODE]), ("+99966 2 0201", [CODE, "Ada"])])
def test_interrupted_login_is_continued(
    phone_number: str,
    typed: list[str],
    data_center: DataCenter,
    address: tuple[str, int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    unread = iter(typed)
    monkeypatch.setattr("builtins.input", lambda prompt: next(unread))
    monkeypatch.setattr(continue_login, "getpass", lambda prompt: PASSWORD)
    config = ClientConfig.for_server(*address, public_key=data_center.public_key, api_id=1)
    continue_login.main(config, "any hash", phone_number)
    assert re.fullmatch(r"Logged in as \d+\n", capsys.readouterr().out)
    assert not list(unread)


PROGRAMS = ["login_sync", "login_asyncio", "login_trio", "save_session", "continue_login", "by_hand"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_without_arguments_prints_its_usage(
    program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(EXAMPLES / f"{program}.py")
    monkeypatch.setattr("sys.argv", [path])
    with pytest.raises(SystemExit, match="2"):
        runpy.run_path(path, run_name="__main__")
    usage = " ".join(capsys.readouterr().err.split())
    assert re.match(rf"usage: {program}.py .* API_ID API_HASH PHONE_NUMBER", usage)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("program", PROGRAMS)
def test_program_logs_in_at_serve_as_its_docstring_says(program: str, tmp_path: Path) -> None:
    source = (EXAMPLES / f"{program}.py").read_text()
    [command] = re.findall(rf"^    python ({program}.py .* --server \S+ --key dc\.pem)$", source, re.MULTILINE)
    with serve_process(tmp_path) as server:
        arguments = command.replace("127.0.0.1:4430", server.address).split()
        assert server.address in arguments
        done = subprocess.run(
            [sys.executable, "-W", "error", str(EXAMPLES / arguments[0]), *arguments[1:]],
            cwd=tmp_path,
            input=f"{CODE}\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.stderr == ""
    assert re.fullmatch(r"Code \(.+\): Logged in as \d+\n", done.stdout) or program == "continue_login"
    assert "Logged in as 1000001" in done.stdout


@pytest.mark.timeout(240)
@pytest.mark.skipif(os.name != "posix", reason="the program is ended by a signal")
def test_accounts_of_a_fleet_move_when_a_process_ends(tmp_path: Path) -> None:
    source = (EXAMPLES / "fleet_sqlite.py").read_text()
    with serve_process(tmp_path) as server, ExitStack() as stack:
        program = tmp_path / "fleet.py"
        assert "4430" in source
        program.write_text(source.replace('"127.0.0.1", 4430', f'"127.0.0.1", {server.port}'))

        def start(*arguments: str) -> subprocess.Popen[str]:
            command = [sys.executable, "-W", "error", str(program), *arguments]
            started = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
            stack.enter_context(started)
            stack.callback(started.kill)
            return started

        def lines_of(process: subprocess.Popen[str], number: int) -> set[str]:
            assert process.stdout is not None
            return {process.stdout.readline().strip().partition(" in this")[0] for _ in range(number)}

        opened = set()
        for name, phone_number in re.findall(r"^    python fleet_sqlite\.py (\w+) (\+\d+)", source, re.MULTILINE):
            done = start(name, phone_number)
            [line] = lines_of(done, 1)
            assert done.wait(60) == 0
            opened.add(line.replace("logged in as user", "user") + " is open")
        assert len(opened) == 2
        first = start()
        assert lines_of(first, 2) == opened
        second = start()
        first.send_signal(signal.SIGINT)
        assert first.wait(60) == 0
        assert lines_of(second, 2) == opened
        second.terminate()
        assert second.wait(60) == 0


def test_tracing_program_writes_a_log_and_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "a.qlog"
    command = [sys.executable, str(EXAMPLES / "tracing.py"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    *log, last = done.stdout.splitlines()
    assert re.fullmatch(r"\d+ bytes sent, \d+ received; answered: help\.getNearestDc", last)
    assert "sansio_tl.connection: connection 1 (DC 2) ended" in log
    header, events = read_qlog(path)
    assert (header.title, len(list(events)) > 20) == ("tracing.py", True)


def test_login_embedded_program_prints_what_the_readme_shows(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "login_embedded.py"), run_name="__main__")
    assert f"$ python docs/examples/login_embedded.py\n{capsys.readouterr().out}```" in README


def test_session_import_program_imports_and_exports_a_session(
    data_center: DataCenter, address: tuple[str, int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ClientConfig(connection_config=Config(api_id=5, public_keys=(data_center.public_key,)))
    with open_client(replace(config, endpoints={2: (Endpoint(*address),)})) as account:
        account.login(PHONE_NUMBER, api_hash="any", code=lambda _: CODE, password=lambda _: PASSWORD)
        session_files.FORMATS["telethon"](SavedAccount.from_snapshot(account.snapshot()), tmp_path / "t", now=time())
    session_import.main(config, tmp_path / "t", tmp_path / "p")
    who, string = capsys.readouterr().out.splitlines()
    assert string == "The same as a string: 362 characters"
    moved = session_files.read(tmp_path / "p")
    assert (moved.user_id, moved.api_id, moved.is_bot) == (int(who.removeprefix("Logged in as ")), 5, False)


@pytest.mark.parametrize("adapter", ["sync", "asyncio", "trio"])
def test_login_program_has_less_than_20_lines(adapter: str) -> None:
    text = (EXAMPLES / f"login_{adapter}.py").read_text()
    lines = text[: text.index("def read_arguments")].splitlines()
    body = lines[lines.index('"""') + 1 :]
    code = [line for line in body if line.strip() and not line.lstrip().startswith(("import ", "from ", '"""'))]
    assert len(code) < 20


@pytest.mark.parametrize("name", ["codec", "rpc_errors"])
def test_example_programs_print_what_their_comments_show(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    printed = capsys.readouterr().out
    for promise in {"codec": ["True", "5 digits"], "rpc_errors": ["wait 30 seconds", "406", "PhoneNumberInvalid"]}[
        name
    ]:
        assert promise in printed


@pytest.mark.parametrize(("path", "code"), SHOWN, ids=[path for path, _ in SHOWN])
def test_readme_shows_the_program_unchanged(path: str, code: str) -> None:
    assert code == (ROOT / path).read_text()


def test_every_program_in_the_readme_is_a_file_of_the_project() -> None:
    assert README.count("```python") == len(SHOWN) > 0


def test_readme_and_ci_agree_on_the_commands() -> None:
    for command in ("make demo", "make test"):
        assert re.search(rf"^{command}$", README, re.MULTILINE)
    assert "run_tests" in (ROOT / ".ci" / "run").read_text()


def test_programs_for_those_who_come_from_telethon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    number = "+9996620000"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builtins.input", lambda prompt: CODE)

    async def scenario(server: RunningDataCenter) -> None:
        await from_telethon.log_in(number, 1, "any hash")
        await from_telethon.log_in(number, 1, "any hash")
        first, second = capsys.readouterr().out.splitlines()
        assert first == second, "the session was kept"
        config, snapshot = server.new_session(number)
        seen: asyncio.Queue[str] = asyncio.Queue()
        async with open_asyncio_client(config, snapshot) as client:
            assert await from_telethon.request(client) == "data center 2"
            server.answer("contacts.resolveUsername", errors.UsernameNotOccupied(), times=1)
            assert await from_telethon.act_on_errors(client, "anna") == "there is no such user"
            server.answer("contacts.resolveUsername", errors.FloodWait(seconds=300), times=1)
            assert await from_telethon.act_on_errors(client, "anna") == "wait 300 seconds"
            following = asyncio.create_task(from_telethon.follow_updates(client, seen.put_nowait))
            message = types.UpdateShortMessage(id=1, user_id=2, message="hello", pts=1, pts_count=1, date=1)
            server.push(number, message)
            assert await asyncio.wait_for(seen.get(), 20) == "hello"
            following.cancel()
        string = session_strings.FORMATS["telethon"].write(SavedAccount.from_snapshot(snapshot))
        assert await from_telethon.take_over(config, string) == int(first.rpartition(" ")[2])

    with ServerThread() as thread:
        server = thread.open()
        monkeypatch.setattr(from_telethon, "ClientConfig", lambda connection_config: server.client_config())
        asyncio.run(scenario(server))


def test_programs_for_telethon_are_what_telethon_has() -> None:
    pytest.importorskip("telethon")
    shown = re.findall(
        r"\{tab\} Telethon\n```python\n(.*?)```", (ROOT / "docs" / "migrating.md").read_text(), re.DOTALL
    )
    assert len(shown) == 5
    for code in shown:
        exec(compile(code, "migrating.md", "exec"), {})
        for name in re.findall(r"\b(?:functions|errors|events)(?:\.\w+)+", code):
            module, _, rest = name.partition(".")
            found = import_module(f"telethon.{module}")
            for part in rest.split("."):
                found = getattr(found, part)
