"""The command and the programs that `sansio-tl serve` prints log in as they are printed."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.cli.next_steps import ADAPTERS, login_command, program
from sansio_tl_transports.cli.serve_output import Instructions
from tests.helpers.processes import COMMAND, serve_process
from tests.repository.scan import ROOT

pytestmark = pytest.mark.timeout(240)
GETTING_STARTED = ROOT / "docs" / "getting-started.md"


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("options", [(), ("--dc-id", "4", "--account", "+12025550100:secret")])
def test_printed_program_logs_in_from_an_empty_folder(tmp_path: Path, adapter: str, options: tuple[str, ...]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with serve_process(tmp_path, "--python", adapter, *options) as server:
        text = program(adapter, (server.host, server.port), tmp_path / "dc.pem", 4 if options else 2)
        server.wait_for(r"A program that logs in, with .*:")
        copied = [server.wait_for(".*")[0] for _ in range(len(text.splitlines()) + 2)]
        assert "\n".join(copied).strip("\n") == text.strip()
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", "\n".join(copied)],
            cwd=empty,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        server.wait_for(r"user \d+ logged in")
    assert (done.stdout, done.stderr) == ("Logged in as Test\n", "")
    assert not list(empty.iterdir())


def test_printed_command_logs_in_from_an_empty_folder(tmp_path: Path) -> None:
    import shlex

    empty = tmp_path / "empty"
    empty.mkdir()
    with serve_process(tmp_path) as server:
        command = shlex.split(server.wait_for(r"log in: sansio-tl (.+)")[1])
        code = server.wait_for(r"The code of \+9996620000 is (\d+)\. .*")[1]
        done = subprocess.run(
            [*COMMAND, *command],
            cwd=empty,
            input=f"{code}\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    assert "Logged in as Test." in done.stdout
    assert [path.name for path in empty.iterdir()] == ["sansio-tl.session"]


def test_key_of_serve_without_a_file_is_temporary(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "serve"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("log in: "))
        key = Path(line.partition("--key ")[2].split()[0])
        assert key.read_text().startswith("-----BEGIN RSA PUBLIC KEY-----")
        process.terminate()
        process.stdout.read()
        assert process.wait(60) == 0
    assert not key.parent.exists()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_getting_started_shows_the_same_program(adapter: str) -> None:
    text = program(adapter, ("127.0.0.1", 4430), Path("dc.pem"), 2)
    assert f"```python\n{text}```" in GETTING_STARTED.read_text("utf-8")


def test_paths_and_hosts_are_quoted_for_shell_and_python() -> None:
    key = Path('/a b/"c".pem')
    assert "--key '/a b/\"c\".pem' " in login_command(("::1", 1), key, 2, "+1")
    for adapter in ADAPTERS:
        assert r'Path("/a b/\"c\".pem")' in program(adapter, ("::1", 1), key, 2)
        compile(program(adapter, ("::1", 1), key, 2), "program", "exec")


def test_account_of_the_options_is_named() -> None:
    lines = list(Instructions(Path("dc.pem"), "+12025550100").lines(("127.0.0.1", 1), 2))
    assert lines[0].endswith("--phone +12025550100")
    assert lines[1] == "The codes of +12025550100 are printed here."
    assert "+12025550100" not in repr(Instructions(Path("dc.pem"), "+12025550100"))


def test_unknown_adapter_is_refused() -> None:
    done = CliRunner().invoke(app, ["serve", "--python", "curio"])
    assert done.exit_code == 2
    assert "expected one of sync, asyncio, trio" in done.stderr


def test_login_command_names_the_data_center_unless_it_is_the_default() -> None:
    for dc_id, options in ((2, []), (4, ["--dc-id", "4"])):
        words = shlex.split(login_command(("::1", 443), Path("a key.pem"), dc_id, "+1202"))
        assert words == [
            *("sansio-tl", "login", "--dc", "[::1]:443", "--key", "a key.pem", "--api-id", "1"),
            *("--api-hash", "any", "--phone", "+1202", *options),
        ]
