"""A user of `sansio-tl` in this process, with a data center in a thread."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner, Result

from sansio_tl.errors import RpcError
from sansio_tl_transports.cli import messages
from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.cli.session_file import Session, load
from sansio_tl_transports.testing.server_thread import RunningDataCenter

NUMBER, PASSWORD = "+12025550100", "a word only I know"
TOKEN = "1001:the-token-of-a-bot-in-these-tests-000"

SENT = "A code of 5 digits was sent by SMS.\nType resend to get it by phone call.\n"
ASK = "Code, or: resend, cancel: "
ASK_LAST = "Code, or: cancel: "
WRONG_CODE = "Wrong code, try again.\n"
RESUMING = f"Continuing the interrupted login of the number ending in {NUMBER[-2:]}.\n"
INTERRUPTED = "sansio-tl: the input has ended; the same command continues the login\n"


class CliUser:
    """Runs commands with one session file."""

    def __init__(self, data_center: RunningDataCenter, directory: Path) -> None:
        self.data_center = data_center
        self.path = directory / "a.session"
        self.key = directory / "dc.pem"
        self.key.write_text(data_center.public_key_pem)

    def run(self, *arguments: str, typed: str = "") -> Result:
        done: Result = CliRunner().invoke(app, arguments, input=typed)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    def login(self, *options: str, typed: str = "", application: bool = True) -> Result:
        where = ("--dc", f"{self.data_center.host}:{self.data_center.port}", "--key", str(self.key))
        which = ("--api-id", "7", "--api-hash", "x") if application else ()
        return self.run("login", *where, *which, "--session", str(self.path), *options, typed=typed)

    def sessions(self, *arguments: str, typed: str = "") -> Result:
        return self.run("sessions", "--session", str(self.path), *arguments, typed=typed)

    @property
    def stored_session(self) -> Session:
        session = load(self.path)
        assert session is not None
        return session

    @property
    def logged_in_as(self) -> str:
        return f"Logged in as Test. The session is in {self.path}; keep it secret.\n"


def outcome(result: Result) -> tuple[int, str, str]:
    """Its status and all that it wrote."""
    return result.exit_code, result.stdout, result.stderr


def error_text(error: RpcError) -> str:
    """The text with which an error is shown."""
    return f"{messages.error_text(error)}\n"
