"""Prompts and output on a terminal: Ctrl-C, typing errors, wrapping, help and version."""

from __future__ import annotations

import io
import re
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sansio_tl import __version__, auth
from sansio_tl.auth import CodeDelivery, CodePrompt
from sansio_tl_transports.cli import inputs, terminal
from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.cli.session_file import SessionFileError, load, save
from sansio_tl_transports.cli.terminal import InvalidInput, wrapped
from tests.helpers.processes import COMMAND, ServeProcess, run, serve_process
from tests.transports.cli_terminal import Terminal

pytestmark = pytest.mark.timeout(240)
"""Each command is a process of its own, which takes seconds to start on a busy machine."""

NUMBER, PASSWORD = "+12025550100", "a word only I know"
APPLICATION = ("--api-id", "1", "--api-hash", "x")
NARROW = 60


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServeProcess]:
    with serve_process(tmp_path, "--account", f"{NUMBER}:{PASSWORD}", "--resend-timeout", "0") as running:
        yield running


def to(server: ServeProcess) -> tuple[str, ...]:
    return ("--dc", server.address, "--key", str(server.public_key))


def end_with_ctrl_c(terminal: Terminal, question: str) -> str:
    """Press Ctrl-C at this prompt, as soon as it is there."""
    terminal.read_until(question)
    terminal.press_ctrl_c()
    assert terminal.read_to_the_end() == 128 + signal.SIGINT, terminal.screen
    assert "Traceback" not in terminal.screen
    _, begins_a_line, last = terminal.screen.replace("\r\n", "\n").rpartition("\nsansio-tl: ")
    assert begins_a_line
    return " ".join(last.split())


def test_ctrl_c_at_each_prompt_ends_with_status_130_and_says_what_remains(server: ServeProcess, tmp_path: Path) -> None:
    nothing, continued = "interrupted; no login was made", "interrupted; the same command continues the login"
    first = Terminal("login", *to(server), directory=tmp_path, columns=NARROW)
    assert end_with_ctrl_c(first, "api_id: ") == nothing
    assert not (tmp_path / "sansio-tl.session").exists()
    second = Terminal("login", *to(server), *APPLICATION, directory=tmp_path, columns=NARROW)
    assert end_with_ctrl_c(second, "country code: ") == nothing
    third = Terminal("login", *to(server), *APPLICATION, "--phone", NUMBER, directory=tmp_path, columns=NARROW)
    assert end_with_ctrl_c(third, "cancel: ") == continued
    fourth = Terminal("login", *to(server), directory=tmp_path, columns=NARROW)
    fourth.read_until("cancel: ")
    assert "api_id" not in fourth.screen, "the interrupted login has it"
    code = server.code_for(NUMBER)
    fourth.type(code)
    assert end_with_ctrl_c(fourth, "Password: ") == continued
    done = run("login", *to(server), typed=f"{PASSWORD}\n", directory=tmp_path)
    assert done.returncode == 0, done.stderr


def test_interrupted_login_of_another_number_is_dropped(server: ServeProcess, tmp_path: Path) -> None:
    login = ("login", *to(server), *APPLICATION)
    assert run(*login, "--phone", "+9996620001", directory=tmp_path).returncode == 1
    done = run(*login, "--phone", "+9996620000", typed="22222\n", directory=tmp_path)
    assert "The interrupted login of the number ending in 01 is dropped." in done.stdout
    assert done.returncode == 0, done.stderr


def test_typed_code_is_shown_and_may_have_spaces(server: ServeProcess, tmp_path: Path) -> None:
    terminal = Terminal(
        "login", *to(server), *APPLICATION, "--phone", "+9996620000", directory=tmp_path, columns=NARROW
    )
    terminal.read_until("cancel: ")
    terminal.type("2222")
    terminal.read_until("The code has 5 digits.")
    terminal.read_until("cancel: ")
    terminal.type("222-22")
    assert terminal.read_to_the_end() == 0, terminal.screen
    assert "222-22" in terminal.screen


def test_output_is_wrapped_between_words(server: ServeProcess, tmp_path: Path) -> None:
    terminal = Terminal("login", *to(server), directory=tmp_path, columns=NARROW)
    end_with_ctrl_c(terminal, "api_id: ")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", terminal.screen)
    lines = plain.splitlines()
    assert max(map(len, lines)) <= NARROW
    assert "SANSIO_TL_API_HASH," in " ".join(line.strip() for line in lines)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("", [""]),
        ("one two three", ["one two", "three"]),
        ("  indented words", ["  indented", "words"]),
        ("https://example.org/long and", ["https://example.org/long", "and"]),
        ("\u4e2d\u4e2d\u4e2d \u4e2d\u4e2d", ["\u4e2d\u4e2d\u4e2d", "\u4e2d\u4e2d"]),
    ],
)
def test_lines_are_broken_at_blanks_by_cells(line: str, parts: list[str]) -> None:
    assert wrapped(line, 9) == parts


def test_data_is_printed_unchanged(capsys: pytest.CaptureFixture[str]) -> None:
    data = "0123456789abcdef" * 1000
    terminal.echo_data(data)
    assert capsys.readouterr().out == f"{data}\n"


def test_input_that_is_never_valid_ends_the_command(tmp_path: Path) -> None:
    terminal = Terminal("login", directory=tmp_path)
    for _ in range(3):
        terminal.read_until("api_id: ")
        terminal.screen = ""
        terminal.type("one")
    assert terminal.read_to_the_end() == 1
    assert "too many invalid inputs" in terminal.screen


@pytest.mark.parametrize(
    ("typed", "confirmed", "refused"),
    [
        *(("y", True, 0), ("Yes", True, 0), ("n", False, 0), (" NO ", False, 0), ("", False, 0)),
        *(("perhaps\ny", True, 1), ("1\n2\nn", False, 2)),
    ],
)
def test_question_is_repeated_until_it_is_answered_by_yes_or_no(
    typed: str, confirmed: bool, refused: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    assert terminal.Terminal().confirm("Go on?") is confirmed
    question = "Go on? [y/N]: "
    assert capsys.readouterr().out == f"{question}Type y for yes or n for no.\n" * refused + question


def test_third_invalid_answer_is_the_last(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a\nb\nc\ny\n"))
    with pytest.raises(terminal.Failure, match="too many invalid inputs: start the command again"):
        terminal.Terminal().confirm("Go on?")
    assert capsys.readouterr().out.count("Type y for yes or n for no.\n") == 3


@pytest.mark.parametrize("arguments", [("login", "--bogus"), ("logout",), ("nothing",)])
def test_secret_typed_ahead_of_a_failure_does_not_reach_the_shell(arguments: tuple[str, ...], tmp_path: Path) -> None:
    script = f"{shlex.join((*COMMAND, *arguments))}; echo ended; read -r line; echo shell: $line"
    shell = Terminal("-c", script, directory=tmp_path, command=("/bin/sh",))
    shell.type("a secret")
    shell.read_until("ended\r\n")
    shell.type("next")
    shell.read_to_the_end()
    assert "shell: next" in shell.screen


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version_is_printed(option: str) -> None:
    done = CliRunner().invoke(app, [option])
    assert done.exit_code == 0
    assert done.stdout.startswith(f"sansio-tl {__version__} (API layer ")


COMMANDS = (
    (),
    *(("serve",), ("login",), ("logout",), ("sessions",), ("accept",), ("password",), ("trace",), ("bench",)),
    *(("decode",), ("encode",), ("describe",)),
    *(("conform", "client"), ("conform", "server")),
    *(("sessions", "end"), ("sessions", "import"), ("sessions", "export")),
)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_fits_60_columns_and_has_examples(command: tuple[str, ...], option: str) -> None:
    done = CliRunner().invoke(app, [*command, option], env={"COLUMNS": str(NARROW), "TERMINAL_WIDTH": str(NARROW)})
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert not command or "Examples:" in done.stdout
    if command:
        shown = lines[lines.index("  Examples:") + 1 :]
        assert [line for line in shown if line.strip().startswith("sansio-tl ")]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_values_without_python_types(command: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*command, "--help"])
    assert not re.findall(r"<\w+[^=]*>|\[\[|list\[|TEXT|INTEGER|PATH\b(?!])", done.stdout.replace("--hint TEXT", ""))


def test_top_level_help_lists_every_command_with_a_whole_sentence() -> None:
    done = CliRunner().invoke(app, ["--help"], env={"COLUMNS": str(NARROW)})
    listed = re.findall(r"^  ([a-z]+)  ", done.stdout, re.MULTILINE)
    assert set(listed) == {command[0] for command in COMMANDS if command} | {"conform"}
    assert "..." not in done.stdout.replace("[ARGS]...", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete_commands(shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell is named: typer would look for one among the parents of this process, and may find none."""
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    done = run("--show-completion", shell, directory=tmp_path)
    assert "sansio-tl" in done.stdout
    assert {"bash": "COMP_WORDS", "zsh": "#compdef", "fish": "complete --command"}[shell] in done.stdout


# --- what is typed ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "number"),
    [("+1 (202) 555-0100", "+12025550100"), ("0049.89.1234567", "0049891234567"), ("9996620000", "9996620000")],
)
def test_phone_number_is_accepted_as_people_write_it(typed: str, number: str) -> None:
    assert inputs.phone_number(typed) == number


@pytest.mark.parametrize("typed", ["", "1234", "+", "a name", "+1202555x100", "1" * 17, "+٣٣٣٣٣٣٣"])
def test_what_cannot_be_a_phone_number_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be a phone number"):
        inputs.phone_number(typed)


@pytest.mark.parametrize(
    ("prompt", "typed", "code"),
    [
        (CodePrompt(via=CodeDelivery.SMS, length=5), "12 345", "12345"),
        (CodePrompt(via=CodeDelivery.APP), "1-2", "12"),
        (CodePrompt(via=CodeDelivery.PHRASE, beginning="a"), "a phrase of words", "a phrase of words"),
    ],
)
def test_code_is_accepted_as_people_write_it(prompt: auth.CodePrompt, typed: str, code: str) -> None:
    assert inputs.code(typed, prompt) == code


@pytest.mark.parametrize(
    ("prompt", "typed", "why"),
    [
        (CodePrompt(via=CodeDelivery.SMS, length=5), "1234", "The code has 5 digits"),
        (CodePrompt(via=CodeDelivery.SMS, length=5), "1234a", "The code has 5 digits"),
        (CodePrompt(via=CodeDelivery.SMS), " ", "Type the code"),
        (CodePrompt(via=CodeDelivery.WORD), "", "Type the code"),
    ],
)
def test_what_cannot_be_a_code_is_refused(prompt: auth.CodePrompt, typed: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        inputs.code(typed, prompt)


@pytest.mark.parametrize("typed", ["me", "me@", "@b", "a b@c"])
def test_what_cannot_be_an_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput, match="e-mail"):
        inputs.email(typed)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--phone", "a name"), "cannot be a phone number"),
        (("--framing", "obfuscate"), "did you mean obfuscated"),
        (("--proxy", "gopher://a"), "proxy"),
    ],
)
def test_options_are_checked_before_anything_is_asked(tmp_path: Path, options: tuple[str, ...], why: str) -> None:
    done = CliRunner().invoke(app, ["login", "--session", str(tmp_path / "a"), *options])
    assert (done.exit_code, done.stdout) == (2, "")
    assert why in " ".join(done.stderr.split())


def test_session_file_is_checked_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("something else")
    done = CliRunner().invoke(app, ["login", "--session", str(tmp_path / "a")])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "is not a session file" in done.stderr


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"SQLite format 3\0 CREATE TABLE sessions (dc_id, server_address text)", "a session file of Telethon"),
        (b"SQLite format 3\0 CREATE TABLE sessions (dc_id, api_id INTEGER)", "a session file of Pyrogram or Kurigram"),
        (b"SQLite format 3\0 CREATE TABLE key_value (key, value)", "a session file of mtcute"),
        (b'{"version": 1, "home_dc": 2}', "the snapshot of a Client"),
        (b"-----BEGIN RSA PUBLIC KEY-----\n", "a key in PEM"),
        (b"\xff\xfe", "not a session file, or damaged"),
    ],
)
def test_foreign_session_file_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(SessionFileError, match=what):
        load(path)


def test_session_string_in_place_of_a_session_file_is_named(tmp_path: Path) -> None:
    from sansio_tl import session_strings
    from sansio_tl.crypto.auth_key import AuthKey

    account = session_strings.SavedAccount(auth_key=AuthKey(bytes(range(256))), dc_id=2, user_id=9, api_id=5)
    path = tmp_path / "a"
    path.write_text(session_strings.FORMATS["pyrogram"].write(account) + "\n")
    with pytest.raises(SessionFileError, match="is a session string: import it"):
        load(path)


def test_exported_secret_is_shown_on_a_terminal_only_after_a_question(tmp_path: Path) -> None:
    from sansio_tl_transports.cli.session_file import Session

    session = Session(host="h", port=1, dc_id=2, environment="prod", auth_key=b"k" * 256, user_id=7, api_id=5)
    save(tmp_path / "sansio-tl.session", session)
    refused = Terminal("sessions", "export", "pyrogram", directory=tmp_path)
    refused.read_until("Show it? [y/N]: ")
    refused.type("")
    assert refused.read_to_the_end() == 1
    assert "nothing was exported" in refused.screen
    shown = Terminal("sessions", "export", "pyrogram", directory=tmp_path)
    shown.read_until("Show it? [y/N]: ")
    shown.type("y")
    assert shown.read_to_the_end() == 0
    assert "keep this text secret" in shown.screen
