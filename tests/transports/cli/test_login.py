"""`sansio-tl login` and `logout`: all that they print, keep and end with."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from typer.testing import CliRunner

from sansio_tl import Config, auth, errors, trace, types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import ConnectionLostError, LocalProtocolError, TransportError
from sansio_tl_transports import sync
from sansio_tl_transports.cli.commands import APPLICATION, app
from sansio_tl_transports.cli.dc_option import Target, find
from sansio_tl_transports.cli.login import PhoneLoginCommand, PhoneLoginFlow, interruption_text
from sansio_tl_transports.cli.session_file import Session, save
from sansio_tl_transports.cli.terminal import Failure, Terminal
from sansio_tl_transports.testing.server_thread import RunningDataCenter
from sansio_tl_transports.tracing import read_qlog
from tests.transports.cli_user import (
    ASK,
    ASK_LAST,
    INTERRUPTED,
    NUMBER,
    PASSWORD,
    RESUMING,
    SENT,
    TOKEN,
    WRONG_CODE,
    CliUser,
    error_text,
    outcome,
)

NOT_KNOWN = "the data center does not know the auth key, or an attacker on the network forged this error"

pytestmark = pytest.mark.data_center(code="12345", resend_timeout=0)


def test_interrupted_login_is_resumed(user: CliUser) -> None:
    account = user.data_center.add_account(NUMBER, password=PASSWORD, hint="h")
    begun = user.login(typed=f"{NUMBER}\n00000\nReSend\n")
    by_phone = "A phone call will read a code of 5 digits.\n"
    assert outcome(begun) == (
        1,
        f"Phone number, with the country code: {SENT}{ASK}{WRONG_CODE}{ASK}{by_phone}{ASK_LAST}",
        INTERRUPTED,
    )
    kept = user.stored_session
    assert (kept.host, kept.port, kept.dc_id, kept.environment) == (*user.data_center.address, 2, "own")
    assert (kept.user_id, kept.is_bot, kept.api_id, kept.logout_tokens) == (None, None, 7, ())
    assert kept.login is not None
    assert kept.login["state"] == "awaiting code"

    done = user.login(typed="12345\nwrong\n" + PASSWORD + "\n")
    wants = "The account has two-step verification.\nHint: h\nPassword: "
    assert outcome(done) == (
        0,
        f"{RESUMING}{by_phone}{ASK_LAST}{wants}Wrong password, try again.\nPassword: {user.logged_in_as}",
        "",
    )
    after = user.stored_session
    assert after.auth_key == kept.auth_key
    assert (after.user_id, after.is_bot, after.api_id, after.login) == (account.id, False, 7, None)

    for again in (user.login(), user.login("--bot", typed="x\n")):
        assert again.exit_code == 1
        assert again.stderr == (
            f"sansio-tl: {user.path} already holds a login: use another file with --session,"
            " or sansio-tl logout first\n"
        )
    assert user.stored_session == after


def test_login_writes_a_trace_without_secrets(user: CliUser, tmp_path: Path) -> None:
    user.data_center.add_account(NUMBER, password=PASSWORD)
    path = tmp_path / "a.qlog"
    done = user.login("--trace", str(path), typed=f"{NUMBER}\n12345\n{PASSWORD}\n")
    assert done.exit_code == 0
    header, events = read_qlog(path)
    found = list(events)
    assert header.title == "sansio-tl login"
    assert {each.group for each in found} == {"DC 2 (1)"}
    finished = [each.event.method for each in found if isinstance(each.event, trace.RequestFinished)]
    assert {"auth.sendCode", "auth.signIn", "auth.checkPassword"} <= set(finished)
    text = path.read_text()
    assert not [secret for secret in (NUMBER.strip("+"), PASSWORD, '"12345"') if secret in text]


def test_a_trace_that_cannot_be_written_is_reported(user: CliUser, tmp_path: Path) -> None:
    done = user.login("--trace", str(tmp_path / "none" / "a.qlog"))
    assert (done.exit_code, done.stderr) == (
        1,
        f"sansio-tl: cannot write {tmp_path}/none/a.qlog: No such file or directory\n",
    )


def test_missing_api_id_and_api_hash_are_prompted_for(user: CliUser) -> None:
    user.data_center.add_account(NUMBER)
    question = f"{APPLICATION.replace(chr(10), chr(10) + '    ')}\napi_id: "
    invalid = "The api_id is a number, such as 12345: my.telegram.org shows it.\n"
    done = user.login(application=False, typed="0\n-1\nx\n")
    assert outcome(done) == (
        1,
        f"{question}{invalid}api_id: {invalid}api_id: {invalid}",
        "sansio-tl: too many invalid inputs: start the command again\n",
    )
    assert not user.path.exists()
    done = user.login("--phone", NUMBER, application=False, typed="y\n1\n\n hash \n12345\n")
    assert done.exit_code == 0
    hashless = "Type the api_hash that my.telegram.org shows beside the api_id.\n"
    assert done.stdout == f"{question}{invalid}api_id: api_hash: {hashless}api_hash: {SENT}{ASK}{user.logged_in_as}"
    assert user.stored_session.api_id == 1


def test_phone_number_is_prompted_for_until_it_is_accepted(user: CliUser) -> None:
    banned = errors.parse(400, "PHONE_NUMBER_BANNED")
    done = user.login("--phone", "+9996621003", typed="nonsense\n+999 662-0000\n22222\n")
    assert done.exit_code == 0
    number = "Phone number, with the country code: "
    refused = error_text(banned)
    first, _, rest = done.stdout.partition(number)
    assert first == refused
    nonsense = "This cannot be a phone number. Enter it with its country code, such as +1 202 555 0100.\n"
    assert rest == f"{nonsense}{number}{SENT}{ASK}{user.logged_in_as}"


def test_required_email_address_and_its_code_are_prompted_for(user: CliUser) -> None:
    done = user.login("--phone", "+9996623013", typed="me@example.com\n111111\n222222\n222222\n")
    prompt = "A code was mailed to m***e@example.com.\nCode: "
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(f"The account needs an e-mail address for its codes.\nE-mail address: {prompt}"), (
        done.stdout
    )
    assert done.stdout.count(prompt) == 2, done.stdout
    assert done.stdout.endswith(user.logged_in_as)


def test_sign_up_prompts_for_a_name(user: CliUser) -> None:
    done = user.login("--phone", "+9996620301", typed="22222\nAda\n\n")
    assert done.exit_code == 0
    assert done.stdout.endswith(
        "By continuing you confirm that you are at least 16 years old.\nFirst name: Last name (optional): "
        f"Logged in as Ada. The session is in {user.path}; keep it secret.\n"
    )


def test_invalid_input_is_explained_and_prompted_for_again(user: CliUser) -> None:
    done = user.login("--phone", "+9996620201", typed="22222\n\nAda\nLovelace\n")
    assert done.exit_code == 0
    assert "First name: Type something.\nFirst name: Last name (optional): Logged in" in done.stdout


def test_cancelled_login_prompts_for_a_number(user: CliUser) -> None:
    user.data_center.add_account(NUMBER)
    done = user.login("--phone", NUMBER, typed=f"CANCEL\n{NUMBER}\n12345\n")
    cancelled = "The code is cancelled. Enter another number, or end with Ctrl-C.\n"
    assert outcome(done) == (
        0,
        f"{SENT}{ASK}{cancelled}Phone number, with the country code: {SENT}{ASK}{user.logged_in_as}",
        "",
    )


def test_key_unknown_to_the_server_is_replaced(user: CliUser, monkeypatch: pytest.MonkeyPatch) -> None:
    user.data_center.add_account(NUMBER)
    assert user.login("--phone", NUMBER).exit_code == 1
    old = user.stored_session
    save(user.path, Session(**{name: getattr(old, name) for name in old.__struct_fields__} | {"auth_key": bytes(256)}))
    done = user.login(typed="12345\n")
    forgotten = "The data center does not know the auth key; starting again with a new one.\n"
    assert outcome(done) == (
        0,
        f"{RESUMING}{forgotten}{SENT}{ASK}{user.logged_in_as}",
        "",
    )
    assert user.stored_session.auth_key not in {old.auth_key, bytes(256)}


@pytest.mark.parametrize("changed", ["host", "port", "dc_id"])
def test_login_at_another_address_is_not_resumed(user: CliUser, changed: str) -> None:
    user.data_center.add_account(NUMBER)
    assert user.login("--phone", NUMBER).exit_code == 1
    old = user.stored_session
    other = "127.0.0.2" if changed == "host" else getattr(old, changed) + 1
    save(user.path, structs.replace(old, **{changed: other}))
    done = user.login("--phone", NUMBER, typed="12345\n")
    assert outcome(done) == (0, f"{SENT}{ASK}{user.logged_in_as}", "")
    assert user.stored_session.auth_key != old.auth_key


def test_login_of_another_version_restarts_with_its_key(user: CliUser) -> None:
    user.data_center.add_account(NUMBER)
    assert user.login("--phone", NUMBER).exit_code == 1
    old = user.stored_session
    assert old.login is not None
    old.login["version"] = 99
    save(user.path, old)
    assert outcome(user.login("--phone", NUMBER, typed="12345\n")) == (0, f"{SENT}{ASK}{user.logged_in_as}", "")
    assert user.stored_session.auth_key == old.auth_key


@pytest.mark.parametrize(
    ("environment", "kept", "goes_to"),
    [("test", "prod", (2, None)), ("prod", "prod", (4, b"k" * 256)), ("test", "test", (3, b"k" * 256))],
)
def test_login_to_telegram_uses_the_data_center_and_key_of_the_session(
    tmp_path: Path, environment: str, kept: str, goes_to: tuple[int, bytes | None]
) -> None:
    dc_id = 4 if kept == "prod" else 3
    save(
        tmp_path / "a",
        Session(host="h", port=1, dc_id=dc_id, environment=kept, auth_key=b"k" * 256, logout_tokens=(b"t",)),
    )
    log_in = PhoneLoginCommand(Terminal(), find(environment), tmp_path / "a", api_id=1, api_hash="x")
    assert log_in.restore() is None
    assert log_in.target == find(environment, dc_id=goes_to[0])
    assert (log_in.key.key if log_in.key else None) == goes_to[1]
    assert log_in.logout_tokens == ((b"t",) if goes_to[1] else ())


class Unsteady:
    """Opens connections that break before anything happens, or after the flow has advanced."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *moves: str | None) -> None:
        self.moves = list(moves)
        monkeypatch.setattr(PhoneLoginCommand, "run_over_connection", self.run_over_connection)
        monkeypatch.setattr(PhoneLoginCommand, "restore", lambda *_: self)
        self.state, self.finished = "beginning", False

    def run_over_connection(self, flow: Any) -> None:
        move = self.moves.pop(0)
        self.state = move or self.state
        raise ConnectionLostError("the link broke")


@pytest.mark.parametrize(
    ("moves", "connected"),
    [((None, None, None, None), 3), ((None, None, "awaiting code", None, None, None), 5)],
)
def test_login_gives_up_after_three_failed_connections(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    moves: tuple[str | None, ...],
    connected: int,
) -> None:
    unsteady = Unsteady(monkeypatch, *moves)
    with pytest.raises(Failure, match="the link broke"):
        PhoneLoginCommand(Terminal(), find("prod"), tmp_path / "a", api_id=1, api_hash="x").run("+1")
    assert len(unsteady.moves) == len(moves) - connected
    assert capsys.readouterr().out == "Connection lost; reconnecting.\n" * (connected - 1)


def test_account_in_a_data_center_of_unknown_address_fails_with_a_hint(user: CliUser) -> None:
    done = user.login("--phone", "+9996640000")
    host, port = user.data_center.address
    assert (done.exit_code, done.stdout) == (1, "The account's home is data center 4; connecting to it.\n")
    assert done.stderr == (
        f"sansio-tl: the account's home is data center 4, whose address is unknown: this is {host}:{port}. Give it with"
        " --dc HOST:PORT --dc-id 4\n"
    )


def test_login_goes_on_once_at_the_home_of_the_account(
    user: CliUser, open_data_center: Callable[..., RunningDataCenter], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = open_data_center(dc_id=4, code="12345", resend_timeout=0)
    home.add_account(NUMBER)

    def sibling(target: Target, dc_id: int) -> Target:
        return Target("own", dc_id, home.host, home.port, target.public_keys)

    monkeypatch.setattr(Target, "sibling", sibling)
    done = user.login("--phone", NUMBER, typed="12345\n")
    moved = "The account's home is data center 4; connecting to it.\n"
    assert outcome(done) == (0, f"{moved}{SENT}{ASK}{user.logged_in_as}", "")
    kept = user.stored_session
    assert (kept.host, kept.port, kept.dc_id) == (home.host, home.port, 4)


def test_login_step_impossible_on_a_terminal_is_reported(user: CliUser) -> None:
    done = user.login("--phone", "+9996623015")
    assert (done.exit_code, done.stderr) == (
        1,
        "sansio-tl: the server requires a step that a terminal cannot do; log in with an official app\n",
    )


def test_login_that_awaits_a_recovery_code_is_resumed_with_it(user: CliUser) -> None:
    user.login("--phone", "+9996620407", typed="22222\n")
    kept = user.stored_session
    assert kept.login is not None
    flow = PhoneLoginFlow.restore(kept.login)
    config = Config(api_id=7, public_keys=(user.data_center.data_center.public_key,))
    with sync.connect(user.data_center.address, config, auth_key=kept.key) as connection:
        flow.forgot_password()
        connection.run(flow)
    save(user.path, structs.replace(kept, login=flow.snapshot()))
    done = user.login(typed="111111\n222222\n")
    mailed = "A recovery code was mailed to r***y@example.org.\nRecovery code: "
    resuming = RESUMING.replace(NUMBER[-2:], "07")
    assert outcome(done) == (0, f"{resuming}{mailed}{WRONG_CODE}Recovery code: {user.logged_in_as}", "")


def test_bot_logs_in_by_its_token(user: CliUser) -> None:
    bot = user.data_center.add_bot(TOKEN, first_name="Robo")
    wrong = user.login("--bot", typed=f"{TOKEN}1\n" * 3)
    assert (wrong.exit_code, user.path.exists()) == (1, False)
    assert "ACCESS_TOKEN_INVALID" in wrong.stderr
    done = user.login("--bot", typed=f"no token\n{TOKEN}1\n{TOKEN}\n")
    text = (
        "Token of the bot: This cannot be a bot's token. It looks like 123456:ABC-DEF, and @BotFather shows it.\n"
        "Token of the bot: There is no bot with this token: copy it again from @BotFather.\n"
        f"Token of the bot: Logged in as Robo. The session is in {user.path}; keep it secret.\n"
    )
    assert outcome(done) == (0, text, "")
    kept = user.stored_session
    assert (kept.host, kept.port, kept.dc_id, kept.environment) == (*user.data_center.address, 2, "own")
    assert (kept.user_id, kept.is_bot, kept.api_id, kept.login) == (bot.id, True, 7, None)
    out = user.run("logout", "--session", str(user.path))
    assert outcome(out) == (0, f"Logged out. {user.path} is deleted.\n", "")
    assert not user.path.exists()


@pytest.mark.parametrize(
    "options",
    [
        ("--qr", "--bot"),
        ("--phone", NUMBER, "--bot"),
        ("--phone", NUMBER, "--qr"),
        ("--qr", "--bot", "--phone", NUMBER),
    ],
)
def test_more_than_one_login_method_is_refused(user: CliUser, options: tuple[str, ...]) -> None:
    done = user.login(*options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.endswith("Error: Invalid value: give only one of --phone, --qr and --bot\n")


@pytest.mark.parametrize("number", ["0", "6"])
def test_options_outside_their_range_exit_with_status_2(user: CliUser, number: str) -> None:
    assert user.login("--dc-id", number).exit_code == 2
    assert CliRunner().invoke(app, ["serve", "--dc-id", number]).exit_code == 2
    assert CliRunner().invoke(app, ["login", "--api-id", "0"]).exit_code == 2


def test_logout_keeps_its_token_for_the_next_login(member: CliUser) -> None:
    path = member.path
    done = member.run("logout", "--session", str(path))
    kept_only = f"Logged out. {path} keeps only the token for a login without a code; delete it to drop that.\n"
    assert outcome(done) == (0, kept_only, "")
    left = member.stored_session
    assert (left.host, left.port, left.dc_id, left.environment) == (*member.data_center.address, 2, "own")
    assert (left.auth_key, left.user_id, left.is_bot, left.api_id, left.login) == (b"", None, None, None, None)
    assert len(left.logout_tokens) == 1
    again = member.run("logout", "--session", str(path))
    assert outcome(again) == (1, "", f"sansio-tl: no user is logged in with {path}\n")
    no_user = member.sessions()
    assert outcome(no_user) == (1, "", f"sansio-tl: no user is logged in with {path}: use sansio-tl login\n")
    assert outcome(member.login("--phone", NUMBER)) == (0, member.logged_in_as, "")
    assert member.stored_session.logout_tokens == left.logout_tokens


def test_logout_and_sessions_without_a_session_file_fail_with_a_hint(user: CliUser) -> None:
    missing = user.run("logout", "--session", str(user.path))
    text = f"sansio-tl: no session file {user.path}: name it with --session\n"
    assert outcome(missing) == (1, "", text)
    listed = user.sessions()
    text = f"sansio-tl: no session file {user.path}: name it with --session, or log in with sansio-tl login\n"
    assert outcome(listed) == (1, "", text)


@pytest.mark.parametrize("thrown_out", ["by the key", "by an error"])
def test_logout_after_a_remote_logout_succeeds(member: CliUser, thrown_out: str) -> None:
    if thrown_out == "by the key":
        save(member.path, structs.replace(member.stored_session, auth_key=bytes(256)))
    else:
        member.data_center.answer("auth.logOut", errors.parse(401, "AUTH_KEY_UNREGISTERED"), times=1)
    done = member.run("logout", "--session", str(member.path))
    received = f"The{NOT_KNOWN[3:]}. If the login still exists, end it from another device.\n"
    notice = received if thrown_out == "by the key" else ""
    assert outcome(done) == (0, f"{notice}Logged out. {member.path} is deleted.\n", "")
    assert not member.path.exists()


def test_transport_error_keeps_the_session_file(member: CliUser, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise TransportError(-429)

    monkeypatch.setattr(sync, "connect", refuse)
    for command in (("logout",), ("sessions",)):
        done = member.run(*command, "--session", str(member.path))
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr == f"sansio-tl: {TransportError(-429)}. {TransportError(-429).hint}\n"
    assert member.stored_session.user_id is not None


def test_key_unknown_to_the_server_fails_with_a_hint(member: CliUser) -> None:
    save(member.path, structs.replace(member.stored_session, auth_key=bytes(256)))
    leave = f"Try again later; if the error stays, use sansio-tl logout --session {member.path}"
    text = f"sansio-tl: {NOT_KNOWN}. {leave}\n"
    assert outcome(member.sessions()) == (1, "", text)


def test_failed_login_is_not_resumed(user: CliUser) -> None:
    done = user.login("--phone", "+9996621011")
    refused = errors.parse(400, "API_ID_PUBLISHED_FLOOD")
    assert outcome(done) == (1, error_text(refused), "sansio-tl: the login has failed\n")
    assert user.stored_session.login is None
    assert user.stored_session.user_id is None


def test_interruption_says_what_remains(user: CliUser) -> None:
    assert interruption_text(user.path) == "interrupted; no login was made"
    user.login("--phone", NUMBER, typed="")
    assert user.stored_session.login is not None
    assert interruption_text(user.path) == "interrupted; the same command continues the login"
    user.path.write_bytes(b"something else")
    assert interruption_text(user.path) == "interrupted; no login was made"


def test_interrupted_login_of_another_number_is_dropped(user: CliUser) -> None:
    user.data_center.add_account(NUMBER)
    other = "+12025550177"
    user.data_center.add_account(other)
    user.login("--phone", NUMBER, typed="")
    done = user.login("--phone", other, typed="12345\n")
    dropped = f"The interrupted login of the number ending in {NUMBER[-2:]} is dropped.\n"
    assert outcome(done) == (0, f"{dropped}{SENT}{ASK}{user.logged_in_as}", "")


def test_interrupted_login_of_the_same_number_written_otherwise_is_continued(user: CliUser) -> None:
    user.data_center.add_account(NUMBER)
    user.login("--phone", NUMBER, typed="")
    done = user.login("--phone", NUMBER.removeprefix("+"), typed="12345\n")
    assert done.exit_code == 0
    assert done.stdout.startswith(RESUMING)


@pytest.mark.parametrize(("code", "has_key"), [(-429, True), (-404, False)])
def test_transport_error_that_a_new_key_does_not_mend_ends_the_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, has_key: bool
) -> None:
    def refuse(self: PhoneLoginCommand, _: object) -> None:
        self.key = AuthKey(bytes(256)) if has_key else None
        raise TransportError(code)

    monkeypatch.setattr(PhoneLoginCommand, "run_over_connection", refuse)
    with pytest.raises(TransportError) as raised:
        PhoneLoginCommand(Terminal(), find("prod"), tmp_path / "a", api_id=1, api_hash="x").run("+1")
    assert raised.value.code == code


def test_input_that_the_login_refuses_is_explained_and_asked_for_again(
    user: CliUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.data_center.add_account(NUMBER)
    enter, tries = auth.PhoneCodeFlow.enter_code, list[str]()

    def refuse_once(flow: auth.PhoneCodeFlow[Any], code: str) -> None:
        tries.append(code)
        if len(tries) == 1:
            raise LocalProtocolError("not this one")
        enter(flow, code)

    monkeypatch.setattr(auth.PhoneCodeFlow, "enter_code", refuse_once)
    done = user.login("--phone", NUMBER, typed="54321\n12345\n")
    assert outcome(done) == (0, f"{SENT}{ASK}Invalid input: not this one.\n{ASK}{user.logged_in_as}", "")
    assert tries == ["54321", "12345"]


@pytest.mark.data_center(resend_timeout=3600)
def test_code_is_not_sent_again_before_its_time(user: CliUser, monkeypatch: pytest.MonkeyPatch) -> None:
    user.data_center.add_account(NUMBER)
    done = user.login("--phone", NUMBER, typed="resend\n12345\n")
    assert done.exit_code == 0
    (wait,) = re.findall(r"It can be sent again in (\d+) s\.\n", done.stdout)
    assert 3400 < int(wait) <= 3600


def test_code_that_has_no_other_way_is_not_sent_again(user: CliUser) -> None:
    user.data_center.add_account(NUMBER)
    done = user.login("--phone", NUMBER, typed="resend\nresend\n12345\n")
    by_phone = "A phone call will read a code of 5 digits.\n"
    again = f"It cannot be sent again.\n{ASK_LAST}"
    assert outcome(done) == (0, f"{SENT}{ASK}{by_phone}{ASK_LAST}{again}{user.logged_in_as}", "")


def test_login_by_qr_code_or_token_that_needs_another_step_is_reported(
    user: CliUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        flow: Any = None
        raise sync.LoginInterrupted("it needs more", flow)

    monkeypatch.setattr(sync.Client, "login", interrupt)
    done = user.login("--bot", typed=f"{TOKEN}\n")
    assert (done.exit_code, done.stderr) == (
        1,
        "sansio-tl: the server requires a step that this kind of login does not have: log in with --phone NUMBER\n",
    )
    assert not user.path.exists()


def test_code_that_was_sent_again_in_the_same_way_is_described_again(user: CliUser) -> None:
    user.data_center.add_account(NUMBER)

    def again(request: Any) -> types.auth.SentCode:
        sent = types.auth.SentCodeTypeSms(5)
        return types.auth.SentCode(sent, request.phone_code_hash, next_type=types.auth.CodeTypeCall())

    user.data_center.answer("auth.resendCode", again)
    done = user.login("--phone", NUMBER, typed="resend\n54321\n12345\n")
    assert outcome(done) == (0, f"{SENT}{ASK}{SENT}{ASK}{WRONG_CODE}{ASK}{user.logged_in_as}", "")
