"""What the options of the commands become: the arguments of what performs the command, or an error with status 2."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sansio_tl.framing import HELLO_PROFILES, ProxySecret
from sansio_tl.testing import DataCenterConfig
from sansio_tl_transports.cli import commands
from sansio_tl_transports.cli import help as cli_help
from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.cli.inspect import commands as inspect_commands
from sansio_tl_transports.cli.serve import ListenOptions
from sansio_tl_transports.cli.session_file import Session, save
from sansio_tl_transports.cli.web_proxy import RelayOptions
from sansio_tl_transports.tracing.qlog import QlogTracer
from tests.helpers.rsa_key import rsa_key
from tests.transports.proxies import secret

APPLICATION = ("--api-id", "7", "--api-hash", "hash")


def run(*arguments: object) -> tuple[int, str]:
    """The status, and what is on standard error, without the frame of rich and as one line."""
    done = CliRunner().invoke(app, list(map(str, arguments)), env={"SANSIO_TL_PROXY": None, "COLUMNS": "200"})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, " ".join(re.sub("[│╭╰─╮╯]", " ", done.stderr).split())


# --- login ------------------------------------------------------------------------------------------------------------


class Login:
    """Stands for both commands that log in, and notes its arguments."""

    made: tuple[Any, ...]

    def __init__(self, terminal: object, target: Any, session: Path, **options: Any) -> None:
        del terminal
        self.target, self.session, self.options = target, session, options
        self.called: tuple[Any, ...] = ()
        Login.made = (self,)

    def run(self, phone: str | None) -> None:
        self.called = "run", phone

    def by_qr(self, connect_options: dict[str, Any]) -> None:
        self.called = "by_qr", connect_options

    def by_token(self, connect_options: dict[str, Any]) -> None:
        self.called = "by_token", connect_options


@pytest.fixture
def logins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Logins are noted; returns a path for the session."""
    monkeypatch.setattr(commands, "PhoneLoginCommand", Login)
    monkeypatch.setattr(commands, "QrOrBotLoginCommand", Login)
    return tmp_path / "a.session"


def login(session: Path, *options: object) -> Login:
    assert run("login", "--session", session, *options) == (0, "")
    (made,) = Login.made
    assert isinstance(made, Login)
    return made


def test_login_by_phone_gets_the_options(logins: Path) -> None:
    made = login(logins, *APPLICATION, "--phone", "+12025550100", "--dc", "test:3", "--timeout", "5")
    assert made.called == ("run", "+12025550100")
    assert (made.target.environment, made.target.dc_id, made.session) == ("test", 3, logins)
    nothing = {"proxy": None, "framing": None, "tracer": None}
    assert made.options == {"api_id": 7, "api_hash": "hash", "connect_options": nothing, "timeout": 5.0}
    made = login(logins, *APPLICATION)
    assert (made.called, made.target.environment, made.target.dc_id) == (("run", None), "prod", 2)


@pytest.mark.parametrize(("option", "method"), [("--qr", "by_qr"), ("--bot", "by_token")])
def test_login_by_qr_code_or_token_gets_the_options(logins: Path, option: str, method: str) -> None:
    link = f"tg://proxy?server=127.0.0.1&port=1&secret={secret('ee')}"
    made = login(logins, *APPLICATION, option, "--proxy", link, "--tls-hello", "short", "--timeout", "9")
    called, connect_options = made.called
    assert (called, made.options) == (method, {"api_id": 7, "api_hash": "hash", "timeout": 9.0})
    proxy = connect_options["proxy"]
    assert (proxy.host, proxy.port, proxy.secret) == ("127.0.0.1", 1, ProxySecret.parse(secret("ee")))
    assert proxy.tls_hello == HELLO_PROFILES["short"] != HELLO_PROFILES["browser"]
    made = login(logins, *APPLICATION, option, "--framing", "http")
    assert made.called == (method, {"proxy": None, "framing": "http", "tracer": None})


def test_login_traces_to_the_file(logins: Path, tmp_path: Path) -> None:
    made = login(logins, *APPLICATION, "--trace", tmp_path / "a.qlog")
    assert isinstance(made.options["connect_options"]["tracer"], QlogTracer)
    text = (tmp_path / "a.qlog").read_text()
    assert '"sansio-tl login"' in text
    assert '"client"' in text
    status, error = run("login", "--session", logins, *APPLICATION, "--trace", tmp_path / "none" / "a.qlog")
    assert (status, error) == (1, f"sansio-tl: cannot write {tmp_path / 'none' / 'a.qlog'}: No such file or directory")


def test_login_to_a_data_center_of_ones_own_has_its_key(logins: Path, tmp_path: Path) -> None:
    key = tmp_path / "dc.pem"
    key.write_text(rsa_key().public_key.to_pem())
    made = login(logins, *APPLICATION, "--dc", "127.0.0.1:4430", "--key", key, "--dc-id", "4")
    target = made.target
    assert (target.environment, target.host, target.port, target.dc_id) == ("own", "127.0.0.1", 4430, 4)
    assert target.public_keys == (rsa_key().public_key,)


def test_missing_application_is_asked_for(logins: Path) -> None:
    done = CliRunner().invoke(app, ["login", "--session", str(logins)], input="8\nthe hash\n")
    assert done.exit_code == 0
    assert commands.APPLICATION.splitlines()[0] in done.stdout
    assert (Login.made[0].options["api_id"], Login.made[0].options["api_hash"]) == (8, "the hash")
    done = CliRunner().invoke(app, ["login", "--session", str(logins), "--api-id", "9"], input="the hash\n")
    assert commands.APPLICATION.splitlines()[0] in done.stdout
    assert (Login.made[0].options["api_id"], Login.made[0].options["api_hash"]) == (9, "the hash")
    done = CliRunner().invoke(app, ["login", "--session", str(logins), *APPLICATION])
    assert done.stdout == ""


def test_session_in_use_is_not_logged_in_again(logins: Path) -> None:
    save(logins, Session(host="h", port=1, dc_id=2, environment="own", auth_key=bytes(256), user_id=7))
    status, error = run("login", "--session", logins, *APPLICATION)
    assert (status, error.startswith(f"sansio-tl: {logins} already holds a login: use another file")) == (1, True)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--qr", "--bot"), "give only one of --phone, --qr and --bot"),
        (("--qr", "--phone", "+12025550100"), "give only one of --phone, --qr and --bot"),
        (("--phone", "no number"), "Invalid value for --phone: "),
        (("--tls-hello", "short"), "Invalid value for --tls-hello: it requires --proxy"),
        (("--tls-hello", "long"), "Invalid value for --tls-hello: found long, expected one of: browser, short"),
        (("--framing", "htpp"), "Invalid value for --framing: expected one of "),
        (("--framing", "htpp"), "did you mean http"),
        (("--proxy", "gopher://h:1"), "Invalid value for --proxy: "),
        (
            ("--proxy", f"tg://proxy?server=h&port=1&secret={'0' * 32}", "--framing", "http"),
            "Invalid value for --proxy",
        ),
        (("--dc", "nowhere"), "Invalid value for --dc: invalid data center 'nowhere'"),
        (("--dc", "127.0.0.1:1"), "Invalid value for --dc: the public key of 127.0.0.1:1 is required"),
        (("--dc", "prod:9"), "Invalid value for --dc: prod has the data centers 1, 2, 3, 4, 5"),
    ],
)
def test_invalid_option_of_login_is_named(logins: Path, options: tuple[str, ...], error: str) -> None:
    status, text = run("login", "--session", logins, *APPLICATION, *options)
    assert (status, error in text) == (2, True), text
    assert not logins.exists()


def test_file_that_is_no_key_is_named(logins: Path, tmp_path: Path) -> None:
    key = tmp_path / "dc.pem"
    key.write_text("no key")
    status, text = run("login", "--session", logins, *APPLICATION, "--dc", "127.0.0.1:1", "--key", key)
    assert (status, f"Invalid value for --key: {key}: " in text) == (2, True), text


def test_logout_gets_the_options(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(commands, "log_out", lambda _, *arguments: calls.append(arguments))
    assert run("logout", "--session", tmp_path / "a", "--timeout", "3", "--framing", "full") == (0, "")
    assert calls == [(tmp_path / "a", {"proxy": None, "framing": "full"}, 3.0)]


# --- serve and web-proxy ----------------------------------------------------------------------------------------------


class Served:
    """The arguments of what serves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.configs: list[DataCenterConfig] = []
        self.opened: tuple[Any, ...] = ()
        self.make_tracer: Any = None
        self.run: tuple[Any, ...] = ()
        self.options: dict[str, Any] = {}
        monkeypatch.setattr(commands, "open_data_centers", self._open)
        monkeypatch.setattr(commands, "run", self._run)

    def _open(self, configs: list[DataCenterConfig], *arguments: Any, make_tracer: Any) -> str:
        self.configs, self.opened, self.make_tracer = configs, arguments, make_tracer
        return "the data centers"

    def _run(self, *arguments: Any, **options: Any) -> None:
        self.run, self.options = arguments, options


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    return Served(monkeypatch)


def test_serve_without_options_is_a_data_center_on_this_machine(served: Served) -> None:
    assert run("serve") == (0, "")
    (config,) = served.configs
    assert (config.dc_id, config.resend_timeout, config.proxy_secrets, config.schemas) == (2, 60, (), config.schemas)
    assert (config.require_proxy_secret, config.explain_errors, config.offload_handshake) == (False, True, True)
    assert config.allowed_origins == frozenset()
    assert (served.opened, served.make_tracer) == (([], None, ()), None)
    assert served.run == ("the data centers", ListenOptions("127.0.0.1", 0, None, None), None)
    assert served.options == {"verbose": False, "record": None, "number": None, "adapter": "sync", "as_json": False}


def test_serve_passes_all_options_on(served: Served, tmp_path: Path) -> None:
    options = [
        *("--host", "127.0.0.2", "--port", "4430", "--tls-port", "4431", "--certificate", tmp_path / "c.pem"),
        *("--public-key", tmp_path / "k.pem", "--account", "+12025550100:pw", "--account", "+12025550101"),
        *("--dc-id", "2", "--dc-id", "4", "--seed", "s", "--resend-timeout", "9", "--bot", "7:token"),
        *("--proxy-secret", secret("dd"), "--require-proxy-secret", "--allow-origin", "http://a:1"),
        *("--record", tmp_path / "r.jsonl", "--python", "trio", "--verbose", "--json", "--plain-errors"),
        *("--trace", tmp_path / "t.qlog"),
    ]
    assert run("serve", *options) == (0, "")
    assert [config.dc_id for config in served.configs] == [2, 4]
    for config in served.configs:
        assert (config.resend_timeout, config.proxy_secrets) == (9, (ProxySecret.parse(secret("dd")),))
        assert (config.require_proxy_secret, config.explain_errors) == (True, False)
        assert config.allowed_origins == frozenset({"http://a:1"})
    accounts, seed, bots = served.opened
    assert [(each.phone_number, each.password) for each in accounts] == [
        ("+12025550100", "pw"),
        ("+12025550101", accounts[1].password),
    ]
    assert (seed, bots, served.make_tracer is None) == ("s", ["7:token"], False)
    listen = ListenOptions("127.0.0.2", 4430, 4431, tmp_path / "c.pem")
    assert served.run == ("the data centers", listen, tmp_path / "k.pem")
    assert served.options == {
        "verbose": True,
        "record": tmp_path / "r.jsonl",
        "number": "+12025550100",
        "adapter": "trio",
        "as_json": True,
    }
    text = (tmp_path / "t.qlog").read_text()
    assert '"sansio-tl serve"' in text
    assert '"server"' in text


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--certificate", "c.pem"), "--certificate requires --tls-port"),
        (("--python", "curio"), "Invalid value for --python: expected one of sync, asyncio, trio"),
        (("--allow-origin", "localhost"), "expected scheme://host"),
        (("--proxy-secret", "00"), "Invalid value: "),
    ],
)
def test_invalid_option_of_serve_is_named(served: Served, options: tuple[str, ...], error: str) -> None:
    status, text = run("serve", *options)
    assert (status, error in text) == (2, True), text
    assert served.run == ()


def test_web_proxy_passes_all_options_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made: list[RelayOptions] = []
    monkeypatch.setattr(commands, "run_relay", made.append)
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    certificate.touch()
    key.touch()
    arguments = ("web-proxy", "example.org/blog", "--secret", "dd00", "--target", "h:1")
    assert run(*arguments) == (0, "")
    files = ("--certificate", certificate, "--key", key)
    assert run(*arguments, "--host", "::1", "--port", "443", *files, "--polling") == (0, "")
    assert made == [
        RelayOptions("example.org/blog", "dd00", "h:1", "127.0.0.1", 0, None, None, web_socket=True),
        RelayOptions("example.org/blog", "dd00", "h:1", "::1", 443, certificate, key, web_socket=False),
    ]


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("decode", "00"), ("logout",)])
def test_interrupted_command_drops_what_was_typed_and_ends_with_status_130(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    dropped: list[str] = []
    for module in (commands, cli_help):
        monkeypatch.setattr(module, "discard_typed_ahead", lambda: dropped.append("typed"))
    monkeypatch.setattr(commands, "log_out", interrupt)
    monkeypatch.setattr(inspect_commands, "read_bytes", interrupt)
    session = () if command[1:] else ("--session", tmp_path / "a")
    assert run(*command, *session) == (130, "sansio-tl: interrupted")
    assert dropped == ["typed"]


# --- help -------------------------------------------------------------------------------------------------------------


def listed(*group: str) -> list[str]:
    """The titles and first words of the sections of a help text."""
    text = CliRunner().invoke(app, [*group, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"}).stdout
    assert text.startswith("Usage: ")
    return [line.split("  ")[0] for line in re.findall(r"^(?:  )?([a-z-]+  .*|[A-Z][A-Za-z ]+:)$", text, re.MULTILINE)]


def test_help_lists_each_command_once() -> None:
    names = listed()
    assert len(set(names)) == len(names)
    assert {"login", "serve", "sessions"} <= set(names)
    assert "Commands:" not in names, "each is in a section"
    sessions = listed("sessions")
    assert {"end", "import", "stored", "move"} <= set(sessions[sessions.index("Commands:") :])
