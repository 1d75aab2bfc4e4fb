"""`sansio-tl sessions`, `accept` and `password`: all that they print, keep and end with."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs
from typer.testing import CliRunner

from sansio_tl import auth, errors, session_strings, types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.session_strings import SavedAccount
from sansio_tl_transports import session_files, sync
from sansio_tl_transports.cli import account_commands, login
from sansio_tl_transports.cli.account_commands import is_private_host, read_hash, session_line
from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.cli.dc_option import Target
from sansio_tl_transports.cli.session_file import load, save
from sansio_tl_transports.cli.terminal import Failure, Terminal
from tests.transports.cli_user import NUMBER, CliUser, outcome
from tests.transports.proxies import free_port, pproxy

pytestmark = pytest.mark.data_center(code="12345", resend_timeout=0)


WHOSE = f"The device that shows this QR code gets full access to the account of Test ({NUMBER})."


def authorization(**fields: Any) -> types.Authorization:
    reported: dict[str, Any] = {
        "hash": -1,
        "device_model": "a phone",
        "platform": "",
        "system_version": "",
        "api_id": 1,
        "app_name": "App",
        "app_version": "2",
        "date_created": 0,
        "date_active": 86_400 * 365,
        "ip": "127.0.0.1",
        "country": "NL",
        "region": "",
    }
    return types.Authorization(**reported | fields)


def test_session_is_printed_as_one_line() -> None:
    at = time.strftime("%Y-%m-%d %H:%M", time.localtime(86_400 * 365))
    assert session_line(authorization()) == f"ffffffffffffffff  {at}  App 2, a phone  127.0.0.1, NL"
    assert (
        session_line(authorization(hash=0x1F, region="R"))
        == f"000000000000001f  {at}  App 2, a phone  127.0.0.1, R, NL"
    )
    here = authorization(hash=0, current=True, ip="", country="")
    assert session_line(here) == f"this one          {at}  App 2, a phone"


@pytest.mark.parametrize(
    ("text", "number"),
    [("1f", 31), ("0", 0), ("7fffffffffffffff", (1 << 63) - 1), ("8000000000000000", -(1 << 63)), ("f" * 16, -1)],
)
def test_session_hash_is_parsed_as_the_list_prints_it(text: str, number: int) -> None:
    assert read_hash(text) == number


@pytest.mark.parametrize("text", ["x", "-1", "1" + "0" * 16, ""])
def test_invalid_session_hash_exits_with_status_2(member: CliUser, text: str) -> None:
    done = member.sessions("end", "--", text)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "invalid hash: expected 16 hex digits, as in the list" in " ".join(done.stderr.split())


def test_sessions_are_listed_as_json(member: CliUser) -> None:
    done = member.sessions("--json")
    (listed,) = json.loads(done.stdout)
    assert (listed["current"], listed["app_name"], listed["ip"]) == (True, "", "127.0.0.1")
    assert len(listed["hash"]) == 16


def test_other_sessions_are_listed_and_ended(member: CliUser) -> None:
    def another() -> None:
        with sync.connect(member.data_center.address, member.data_center.config()) as connection:
            flow = auth.log_in(NUMBER, api_id=1, api_hash="x")
            connection.run(flow)
            flow.enter_code("12345")
            connection.run(flow)
            assert flow.state == auth.DONE

    another()
    another()
    lines = member.sessions().stdout.splitlines()
    assert [line.startswith("this one  ") for line in lines] == [True, False, False]
    ends = member.sessions("end", lines[1][:16])
    assert ends.exit_code == 0
    # The rest of a line is when the session was used last: that may be another minute by now.
    assert [line[:16] for line in ends.stdout.splitlines()] == [lines[0][:16], lines[2][:16]]
    for arguments in ((), (lines[2][:16], "--others")):
        done = member.sessions("end", *arguments)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "give the hash of a session, or --others" in done.stderr
    ends = member.sessions("end", "--others")
    assert ends.exit_code == 0
    assert [line[:16] for line in ends.stdout.splitlines()] == [lines[0][:16]]
    assert [line[:16] for line in member.sessions().stdout.splitlines()] == [lines[0][:16]]


def test_session_is_exported_to_another_library_and_back(member: CliUser, tmp_path: Path) -> None:
    before = member.stored_session
    text = member.sessions("export", "pyrogram").stdout
    read = session_strings.read(text.strip())
    assert (read.auth_key.key, read.dc_id, read.test_mode) == (before.auth_key, 2, False)
    assert (read.user_id, read.is_bot, read.api_id) == (before.user_id, False, 7)
    written = session_strings.read(member.sessions("export", "telethon").stdout.strip())
    assert (written.host, written.port) == member.data_center.address

    out = tmp_path / "out"
    done = member.sessions("export", "telethon", "--out", str(out))
    message = f"Written to {out}. Keep it secret. From now on use it only with telethon.\n"
    assert outcome(done) == (0, message, "")
    assert out.read_text().endswith("=\n")
    assert session_strings.read(out.read_text().strip()) == written
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    taken = f"sansio-tl: {out} exists already: name another file with --out\n"
    for library in ("telethon", "telethon-file"):
        assert outcome(member.sessions("export", library, "--out", str(out))) == (1, "", taken)

    member.path = tmp_path / "back"
    done = member.sessions("import", "--test", "-", typed=f" {text}")
    message = f"Session string: The session is in {member.path}. Do not use it in the other library any more.\n"
    assert outcome(done) == (0, message, "")
    assert (member.stored_session.environment, member.stored_session.user_id, member.stored_session.is_bot) == (
        "test",
        before.user_id,
        False,
    )
    again = member.sessions("import", "-")
    message = f"{member.path} exists already: name another file with --session, before the word import"
    assert outcome(again) == (1, "", f"sansio-tl: {message}\n")


def test_session_without_a_user_id_requests_it_from_the_data_center(member: CliUser, tmp_path: Path) -> None:
    before = member.stored_session
    out = tmp_path / "out"
    text = member.sessions("export", "telethon").stdout
    done = member.sessions("export", "telethon-file", "--out", str(out))
    assert outcome(done) == (
        0,
        f"Written to {out}. Keep it secret. From now on use it only with telethon.\n",
        "",
    )
    asking = "The session does not contain the user id; requesting it from the data center.\n"
    for name, source, typed, question in (("one", "-", text, "Session string: "), ("two", str(out), "", "")):
        member.path = tmp_path / name
        done = member.sessions("import", source, typed=typed)
        message = f"The session is in {member.path}. Do not use it in the other library any more.\n"
        assert outcome(done) == (0, f"{question}{asking}{message}", "")
        kept = member.stored_session
        assert (kept.host, kept.port, kept.environment) == (before.host, before.port, "own")
        assert (kept.auth_key, kept.user_id, kept.is_bot) == (before.auth_key, before.user_id, False)
    member.path = tmp_path / "three"
    account = SavedAccount(auth_key=before.key, dc_id=2, host=before.host, port=before.port)
    member.data_center.answer("users.getUsers", errors.parse(401, "AUTH_KEY_UNREGISTERED"), times=1)
    done = member.sessions("import", "-", typed=session_strings.FORMATS["telethon"].write(account))
    assert done.exit_code == 1
    assert done.stderr.startswith("sansio-tl: the data center does not accept this session: ")
    assert not member.path.exists()


def test_private_addresses_are_recognised() -> None:
    assert [is_private_host(host) for host in ("127.0.0.1", "10.0.0.1", "::1", "149.154.167.50", "a.example", "")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("test_mode", "option", "environment"), [(False, False, "prod"), (True, False, "test"), (False, True, "test")]
)
def test_imported_telegram_session_keeps_its_environment(
    tmp_path: Path, test_mode: bool, option: bool, environment: str
) -> None:
    account = SavedAccount(
        auth_key=AuthKey(bytes(range(256))), dc_id=2, user_id=9, is_bot=True, api_id=5, test_mode=test_mode
    )
    text = session_strings.FORMATS["pyrogram"].write(account)
    arguments = ["sessions", "--session", str(tmp_path / "a"), "import", "-", *(["--test"] if option else [])]
    assert CliRunner().invoke(app, arguments, input=text).exit_code == 0
    kept = load(tmp_path / "a")
    assert kept is not None
    assert (kept.environment, kept.dc_id, kept.user_id, kept.is_bot, kept.api_id) == (environment, 2, 9, True, 5)
    exported = CliRunner().invoke(app, ["sessions", "--session", str(tmp_path / "a"), "export", "pyrogram"])
    assert session_strings.read(exported.stdout.strip()).test_mode is (environment == "test")


def test_impossible_export_exits_with_an_error(member: CliUser) -> None:
    for arguments, why in (
        (("nothing",), f"expected one of {', '.join(account_commands.EXPORT_FORMATS)}"),
        (("mtcute-file",), "a session file requires --out FILE"),
    ):
        done = member.sessions("export", *arguments)
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr.endswith(f"Error: Invalid value: {why}\n")
    assert set(session_files.FORMATS) == {
        name.removesuffix("-file") for name in account_commands.EXPORT_FORMATS if name.endswith("-file")
    }
    missing = member.path.with_name("nowhere")
    done = member.run("sessions", "--session", str(member.path) + "2", "import", str(missing))
    assert outcome(done) == (1, "", f"sansio-tl: cannot read {missing}: No such file or directory\n")


@pytest.mark.parametrize("source", ["link", "token", "typed"])
def test_accept_command_authorizes_a_device_by_link_token_or_input(member: CliUser, source: str) -> None:
    with sync.connect(member.data_center.address, member.data_center.config()) as device:
        flow = auth.QrLogin(api_id=1, api_hash="x")
        device.run(flow)
        assert isinstance(flow.prompt, auth.ScanPrompt)
        connection = flow.prompt.link
        token = connection.partition("=")[2]
        argument = {"link": (connection,), "token": (token,), "typed": ()}[source]
        typed = "" if argument else f"nonsense:\n{token}\n"
        done = member.run("accept", *argument, "--session", str(member.path), typed=f"{typed}y\ny\n")
    assert done.exit_code == 0, done.stderr
    asked = "Text of the other device's QR code: "
    again = "This is not the text of a QR code: it begins with tg://login?token=\n"
    question = "" if argument else f"{asked}{again}{asked}"
    assert done.stdout.startswith(f"{question}{WHOSE}\nLog it in? [y/N]: ")
    shown, line, last = done.stdout.partition("Log it in? [y/N]: ")[2].partition("\n")
    assert shown.endswith("  0.1, sansio_tl  127.0.0.1, NL"), "the device as it has described itself"
    number = shown[:16]
    known = "Is this your device? Otherwise its session is ended. [y/N]: "
    remains = f"The device is logged in. To end its session:\n    sansio-tl sessions end {number}\n"
    assert line + last == f"\n{known}{remains}"


@pytest.mark.parametrize("typed", ["n\n", "\n", ""])
def test_a_device_that_is_not_confirmed_is_not_logged_in(member: CliUser, typed: str) -> None:
    done = member.run("accept", "AAAA", "--session", str(member.path), typed=typed)
    why = "the device was not logged in" if typed else "the input has ended"
    assert outcome(done) == (1, f"{WHOSE}\nLog it in? [y/N]: ", f"sansio-tl: {why}\n")


def test_the_session_of_a_device_that_the_user_does_not_know_is_ended(
    member: CliUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sync.connect(member.data_center.address, member.data_center.config()) as device:
        flow = auth.QrLogin(api_id=1, api_hash="x")
        device.run(flow)
        assert isinstance(flow.prompt, auth.ScanPrompt)

        def confirm(_: Terminal, question: str) -> bool:
            if not question.startswith("Is this your device?"):
                return True
            flow.renew()
            device.run(flow)
            assert flow.state == auth.DONE, "the device fetches its login before the user answers"
            return False

        monkeypatch.setattr(Terminal, "confirm", confirm)
        done = member.run("accept", flow.prompt.link, "--session", str(member.path))
    assert done.exit_code == 0, done.stderr
    assert done.stdout.endswith("Its session is ended.\n")
    assert len(member.sessions().stdout.splitlines()) == 1


def test_session_that_cannot_be_ended_again_leaves_the_command_that_ends_it(member: CliUser) -> None:
    refusal = errors.parse(406, "FRESH_RESET_AUTHORISATION_FORBIDDEN")
    member.data_center.answer("account.resetAuthorization", refusal, times=1)
    with sync.connect(member.data_center.address, member.data_center.config()) as device:
        flow = auth.QrLogin(api_id=1, api_hash="x")
        device.run(flow)
        assert isinstance(flow.prompt, auth.ScanPrompt)
        done = member.run("accept", flow.prompt.link, "--session", str(member.path), typed="y\nn\n")
    assert done.exit_code == 1
    assert "FRESH_RESET_AUTHORISATION_FORBIDDEN" in done.stderr
    number = done.stdout.partition("Log it in? [y/N]: ")[2][:16]
    assert done.stdout.endswith(f"The device is logged in. To end its session:\n    sansio-tl sessions end {number}\n")


def test_end_of_the_input_leaves_the_command_that_ends_the_session(member: CliUser) -> None:
    with sync.connect(member.data_center.address, member.data_center.config()) as device:
        flow = auth.QrLogin(api_id=1, api_hash="x")
        device.run(flow)
        assert isinstance(flow.prompt, auth.ScanPrompt)
        done = member.run("accept", flow.prompt.link, "--session", str(member.path), typed="y\n")
    assert (done.exit_code, done.stderr) == (1, "sansio-tl: the input has ended\n")
    number = done.stdout.partition("Log it in? [y/N]: ")[2][:16]
    assert done.stdout.endswith(f"The device is logged in. To end its session:\n    sansio-tl sessions end {number}\n")


def test_accept_command_reports_an_unknown_token(member: CliUser) -> None:
    done = member.run("accept", "AAAA", "--yes", "--session", str(member.path))
    message = "sansio-tl: This is not the text of a QR code that a device shows now. Copy it again."
    assert outcome(done) == (1, "", f"{message} (400 AUTH_TOKEN_INVALID)\n")


def test_password_command_sets_changes_and_removes_the_password(member: CliUser) -> None:
    def password(*options: str, typed: str) -> tuple[int, str, str]:
        return outcome(member.run("password", "--session", str(member.path), *options, typed=typed))

    new = "New password: Repeat the new password: "
    unequal = "The passwords are not the same, try again.\n"
    assert password("--hint", "a number", typed="one\ntwo\n" * 3) == (
        1,
        f"{new}{unequal}" * 3,
        "sansio-tl: the passwords were not the same: start the command again. The password is unchanged\n",
    )
    assert password("--hint", "a number", typed="one\none\n") == (0, f"{new}The password is set.\n", "")
    has = "The account has a password. Hint: a number\nCurrent password: "
    assert password(typed="one\ntwo\ntwo\n") == (0, f"{has}{new}The password is set.\n", "")
    has = "The account has a password.\nCurrent password: "
    retry = "Wrong password, try again.\nCurrent password: "
    wrong = password("--remove", typed="one\n" * 3)
    assert wrong[:2] == (1, f"{has}{retry}{retry}")
    assert "PASSWORD_HASH_INVALID" in wrong[2]
    assert password("--remove", typed="one\ntwo\n") == (0, f"{has}{retry}The password is removed.\n", "")
    assert password("--remove", typed="") == (1, "", "sansio-tl: the account has no password\n")


def test_missing_session_list_is_a_failure() -> None:
    flow: Any = type("Flow", (), {"sessions": None, "wanted": None, "error": None})()
    with pytest.raises(Failure, match="the server sent no list of sessions"):
        account_commands.print_sessions(Terminal(), flow)


@pytest.mark.parametrize(("kept", "used"), [(7, 7), (None, 1)])
@pytest.mark.parametrize("command", ["sessions", "logout", "import"])
def test_api_id_of_the_session_is_used(
    member: CliUser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str, kept: int | None, used: int | None
) -> None:
    given: list[Any] = []

    def open_connection(target: Target, api_id: int, key: AuthKey, _: object, timeout: float, **connect: Any) -> None:
        given.append((target, api_id, key, timeout, connect))
        raise Failure("that is enough")

    monkeypatch.setattr(account_commands, "open_connection", open_connection)
    monkeypatch.setattr(login, "open_connection", open_connection)
    session = structs.replace(member.stored_session, api_id=kept, user_id=None if command == "import" else 7)
    save(member.path, session)
    if command == "import":
        with pytest.raises(Failure, match="that is enough"):
            account_commands.fetch_user_id(member.path, 9, {"proxy": None, "framing": None})
    else:
        done = member.run(command, "--timeout", "9", "--session", str(member.path))
        assert outcome(done) == (1, "", "sansio-tl: that is enough\n")
    direct = {"proxy": None, "framing": None}
    assert given == [(Target("own", 2, session.host, session.port, ()), used, session.key, 9, direct)]


COMMANDS = [("sessions",), ("sessions", "end", "1"), ("accept", "tg://login?token=AAAA"), ("password",), ("logout",)]
"""Those that connect to a data center, besides login."""


@pytest.mark.parametrize("by_variable", [False, True])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_command_connects_through_the_proxy_only(
    member: CliUser, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], *, by_variable: bool
) -> None:
    link = f"socks5://127.0.0.1:{free_port()}"
    options = ["--session", str(member.path)] if by_variable else ["--session", str(member.path), "--proxy", link]
    if by_variable:
        monkeypatch.setenv("SANSIO_TL_PROXY", link)
    status, _, error = outcome(member.run(command[0], *options, *command[1:]))
    assert (status, f"connecting to Proxy({link}): Connection refused" in error) == (1, True), error


def test_account_is_managed_through_a_proxy(member: CliUser) -> None:
    with pproxy("socks5") as proxy:
        options = ("--session", str(member.path), "--framing", "padded", "--proxy", proxy.format(login=""))
        listed = member.run("sessions", *options)
        assert (listed.exit_code, "this one" in listed.stdout) == (0, True), listed.stderr
        assert member.run("logout", *options).exit_code == 0


@pytest.mark.parametrize("command", ["sessions", "accept", "password", "logout"])
def test_connect_options_are_checked_first(member: CliUser, command: str) -> None:
    options = ("--session", str(member.path))
    status, _, error = outcome(member.run(command, *options, "--framing", "obfuscate"))
    assert (status, "did you mean obfuscated?" in " ".join(error.split())) == (2, True), error
    status, _, error = outcome(member.run(command, *options, "--tls-hello", "short"))
    assert (status, "it requires --proxy" in " ".join(error.split())) == (2, True), error


def test_text_that_is_no_qr_code_is_refused_as_an_option(member: CliUser) -> None:
    done = member.run("accept", "nonsense:", "--session", str(member.path))
    why = "This is not the text of a QR code: it begins with tg://login?token="
    assert outcome(done) == (1, "", f"sansio-tl: {why}\n")


def test_session_string_is_asked_for_until_it_is_valid(member: CliUser, tmp_path: Path) -> None:
    text = member.sessions("export", "pyrogram").stdout
    member.path = tmp_path / "back"
    done = member.sessions("import", "-", typed=f"nonsense\n{text}")
    assert done.exit_code == 0
    asked, invalid, kept = done.stdout.split("Session string: ")
    assert (asked, kept) == (
        "",
        f"The session is in {member.path}. Do not use it in the other library any more.\n",
    )
    assert invalid.endswith(".\n")
    assert len(invalid) > 10


def test_session_that_is_deleted_before_its_user_is_known_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=rf"^{tmp_path / 'gone'} was deleted meanwhile$"):
        account_commands.fetch_user_id(tmp_path / "gone", 5.0, {"proxy": None, "framing": None})


@pytest.mark.parametrize(("typed", "is_shown"), [("n\n", False), ("y\n", True)])
def test_secret_is_shown_on_a_terminal_only_if_the_user_wants_that(
    member: CliUser, monkeypatch: pytest.MonkeyPatch, typed: str, is_shown: bool
) -> None:
    secret = member.sessions("export", "pyrogram").stdout
    monkeypatch.setattr(account_commands, "sys", SimpleNamespace(stdout=SimpleNamespace(isatty=lambda: True)))
    done = member.sessions("export", "pyrogram", typed=typed)
    question = (
        "This text gives full access to the account, and stays on the screen and in its history.\n"
        "--out FILE writes it to a file that only you can read.\nShow it? [y/N]: "
    )
    keep = "keep this text secret. From now on use it only with pyrogram\n"
    assert outcome(done) == (
        (0, question + secret, f"sansio-tl: {keep}") if is_shown else (1, question, "sansio-tl: nothing was exported\n")
    )


def test_password_algorithm_that_is_unknown_is_reported(member: CliUser) -> None:
    unknown = types.account.Password(
        has_password=True,
        current_algo=types.PasswordKdfAlgoUnknown(),
        srp_B=bytes(256),
        srp_id=1,
        new_algo=types.PasswordKdfAlgoUnknown(),
        new_secure_algo=types.SecurePasswordKdfAlgoUnknown(),
        secure_random=bytes(8),
    )
    member.data_center.answer("account.getPassword", unknown)
    done = member.run("password", "--session", str(member.path))
    why = "the server uses a password algorithm that this version does not support"
    assert outcome(done) == (1, "", f"sansio-tl: {why}\n")
