"""Text from a peer cannot control the terminal, whichever way it is printed."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import pty
import re
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sansio_tl_transports
from sansio_tl import auth, errors, types
from sansio_tl_transports._shared.escape_text import shortened, visible
from sansio_tl_transports.cli import account_commands
from sansio_tl_transports.cli import terminal as cli_terminal
from sansio_tl_transports.cli.inspect.output import Output
from sansio_tl_transports.cli.messages import describe, error_text
from sansio_tl_transports.cli.notifications import messages_of
from sansio_tl_transports.cli.terminal import Terminal, echo, print_error

TITLE, CLEAR, CLIPBOARD = "\x1b]0;title\x1b\\", "\x1b[2J\x1b[1;1H", "\x1b]52;c;cm0gLXJmIH4=\x1b\\"
EVIL = f"{TITLE}{CLEAR}{CLIPBOARD}\x9b31m\x7f\x08\rfake \u202eprompt\u2066\u200f\ufeff\U000e0041\ud800"
HARMLESS = 'Zoë 名前 \U0001f468\u200d\U0001f469 क्\u200dष "quoted" \\ [bold]'


@pytest.mark.parametrize("character", [*"\0\n\t\r\x1b\x7f\x9b\u202e\u2028\ud800\U000e0041"])
def test_terminal_control_character_is_escaped_as_in_json(character: str) -> None:
    shown = visible(f"a{character}b")
    assert shown.isprintable()
    assert shown.isascii()
    assert json.loads(f'"{shown}"') == f"a{character}b"


def test_printable_text_is_unchanged() -> None:
    assert visible(HARMLESS) == HARMLESS


@given(st.text(st.characters(codec=None, categories=None)))
def test_printed_text_has_no_control_characters_and_is_encodable(text: str) -> None:
    shown = visible(text)
    shown.encode()
    assert not {"Cc", "Cs", "Zl", "Zp"} & {unicodedata.category(each) for each in shown}
    assert {each for each in shown if unicodedata.category(each) == "Cf"} <= {"\u200c", "\u200d"}


def print_everything() -> None:
    """Each way in which the command line shows text that a server has chosen."""
    terminal = Terminal()
    terminal.print(f"Logged in as {EVIL}.", "green")
    notification = types.UpdateServiceNotification(
        popup=True, type="AUTH_KEY_DROP_X", message=EVIL, media=types.MessageMediaEmpty(), entities=[]
    )
    for message in messages_of(types.Updates(updates=[notification], users=[], chats=[], date=0, seq=0)):
        terminal.print(message, "yellow")
    terminal.print(error_text(errors.parse(400, f"X_{EVIL}")))
    for line in describe(auth.SignUpPrompt(terms=EVIL, minimum_age=None), 0.0):
        terminal.print(line)
    terminal.print(account_commands.session_line(_authorization(EVIL)))
    print_error(f"the server sent: {EVIL}")
    echo(EVIL)
    paper = Output()
    paper.line(EVIL, (EVIL, "bold"))
    paper.table([(EVIL, (EVIL, "bold"))])
    paper.head(EVIL)
    terminal.ask(f"Password ({EVIL})")
    terminal.ask(f"Password ({EVIL})", hidden=True)


def _authorization(model: str) -> types.Authorization:
    return types.Authorization(
        hash=0x66,
        device_model=model,
        platform="",
        system_version="",
        api_id=1,
        app_name="App",
        app_version="1",
        date_created=0,
        date_active=0,
        ip="1.2.3.4",
        country="NL",
        region="",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_control_sequence_of_a_server_does_not_reach_the_terminal() -> None:
    child, terminal = pty.fork()
    if child == 0:
        program = "from tests.transports import test_escape_text; test_escape_text.print_everything()"
        os.execv(sys.executable, [sys.executable, "-c", program])
    shown = bytearray()
    answers = 0
    with contextlib.suppress(OSError):  # the end of a pseudo-terminal
        while data := os.read(terminal, 65536):
            shown += data
            if shown.endswith(b"): ") and shown.count(b"Password (") > answers:
                answers += 1
                os.write(terminal, b"answer\n")
    os.close(terminal)
    assert os.waitpid(child, 0)[1] == 0, shown.decode(errors="replace")
    assert shown.count(b"u001b]0;title") >= 11
    for sequence in (b"\x1b]", b"\x1b[2J", b"\x1b[1;1H", "\x9b".encode(), b"\x7f", b"\x08", "\u202e".encode()):
        assert sequence not in shown, sequence


def test_line_after_a_break_in_server_text_is_indented(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().print("Message: hello\nLogged in as root.")
    print_error("refused\nsansio-tl: done")
    captured = capsys.readouterr()
    assert captured.out == "Message: hello\n    Logged in as root.\n"
    assert captured.err == "sansio-tl: refused\n    sansio-tl: done\n"


def test_device_model_cannot_hide_a_session_from_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    for model in ("mine", "evil\x1b[2K\x1b[1G\x1b[8m\n\r", "\x1b[0mother"):
        Terminal().print(account_commands.session_line(_authorization(model)))
    lines = capsys.readouterr().out.splitlines()
    assert [line.startswith("0000000000000066") for line in lines] == [True, True, False, True]
    assert "evil\\u001b[2K" in lines[1]
    assert lines[2].startswith("    ")


def test_only_the_output_layer_writes_to_the_terminal() -> None:
    """Few modules print, so that text is always made visible first."""
    folder = Path(sansio_tl_transports.__file__).parent
    # main: one constant text, before the output layer is imported; terminal_input gets an escaped question; progress
    # shows numbers and what the command itself has named
    allowed = {"cli/main.py", "cli/terminal.py", "cli/terminal_input.py", "cli/progress.py", "cli/inspect/output.py"}
    developers = {"cli/demo.py", "codegen/schema.py", "codegen/errors.py", "codegen/layer.py", "cli/simulate.py"}
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        if name in allowed | developers:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"print", "input", "typer.echo", "typer.secho", "Console", "getpass.getpass"}, name
                assert not called.endswith(("stdout.write", "stderr.write")), name


def test_output_layer_escapes_every_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli_terminal, "visible", lambda text: f"<{text}>")
    Terminal().print("a\nb")
    echo("c")
    print_error("d")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("<a>\n    <b>\n<c>\n", "<sansio-tl: d>\n")


def test_long_text_of_a_server_is_shortened(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return ""

    monkeypatch.setattr("builtins.input", answer)
    long = "name " * 600_000
    Terminal().print(long)
    Terminal().ask(long)
    echo(long)
    print_error(long)
    captured = capsys.readouterr()
    for shown in (*captured.out.splitlines(), *captured.err.splitlines(), *asked):
        assert len(shown) < 4_100
        assert re.search(r"\.\.\. \(2,996,0(00|11) more\)", shown)  # the prefix of an error counts
    assert shortened("x" * 4_000) == "x" * 4_000
