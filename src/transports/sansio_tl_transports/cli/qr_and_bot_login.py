"""`sansio-tl login --qr` and `--bot`: log in by a QR code in the terminal, or by a bot's token."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sansio_tl import ClientConfig, Config, Endpoint, auth
from sansio_tl.client import ConnectionLost
from sansio_tl.errors import RpcError
from sansio_tl.session_strings import SavedAccount
from sansio_tl_transports import sync
from sansio_tl_transports.cli import inputs
from sansio_tl_transports.cli.answer_timeout import TIMEOUT, AnswerTimeout
from sansio_tl_transports.cli.dc_option import Target
from sansio_tl_transports.cli.login import load_unused
from sansio_tl_transports.cli.messages import RETRIES, describe
from sansio_tl_transports.cli.notifications import ServiceNotifications
from sansio_tl_transports.cli.session_file import Session, load, save
from sansio_tl_transports.cli.terminal import TRIES, Failure, Terminal
from sansio_tl_transports.cli.web_probe import web_servers_named

_BORDERS = (4, 2)
"""Modules around a QR code: those of the standard, and what scanners accept."""


class QrOrBotLoginCommand:
    """One login without a phone code."""

    def __init__(
        self,
        terminal: Terminal,
        target: Target,
        path: Path,
        *,
        api_id: int,
        api_hash: str,
        timeout: float = TIMEOUT,
    ) -> None:
        self._terminal = terminal
        self._target = target
        self._path = path
        self._api_id = api_id
        self._api_hash = api_hash
        self._answer_timeout = AnswerTimeout.for_target(target, timeout)
        self._answered: Callable[[], object] = bool
        """Stops the note about the pending answer; called before a prompt."""
        self._reported = ""
        """The reason of the last lost connection; it is printed once."""

    def by_qr(self, connect_options: dict[str, Any]) -> None:
        """Show QR codes until one is scanned. Raises Failure, and the adapters' errors."""
        self._run_login(connect_options, show_qr=self.show_qr)

    def by_token(self, connect_options: dict[str, Any]) -> None:
        """Ask for the token of a bot, again if it is wrong, and log in. Raises Failure, and the adapters' errors."""
        for left in reversed(range(TRIES)):
            token = self._terminal.ask_until_valid("Token of the bot", inputs.bot_token, hidden=True)
            try:
                self._run_login(connect_options, bot_token=token)
            except RpcError as error:
                if not left or error.name not in RETRIES:
                    raise
                self._terminal.print(RETRIES[error.name], "yellow")
            else:
                return

    def _run_login(self, connect_options: dict[str, Any], **arguments: Any) -> None:
        load_unused(self._path)
        settings = settings_for(self._target, self._api_id)
        notifications = ServiceNotifications(self._terminal)
        direct = connect_options.get("proxy") is None
        with (
            web_servers_named(self._target, self._answer_timeout.where, direct=direct),
            notifications,
            sync.open_client(settings, on_event=self.report_event, **connect_options) as account,
        ):
            notifications.listen(account.updates())
            try:
                with notifications.explained(), self._answer_timeout.waiting() as self._answered:
                    user = account.login(
                        api_hash=self._api_hash,
                        password=self._ask_password,
                        timeout=self._answer_timeout.seconds,
                        **arguments,
                    )
            except sync.LoginInterrupted as error:
                raise Failure(
                    "the server requires a step that this kind of login does not have: log in with --phone NUMBER"
                ) from error
            snapshot = account.snapshot()
        store_session(self._path, SavedAccount.from_snapshot(snapshot), self._target.environment, self._api_id)
        name = getattr(user, "first_name", None) or "a user without a name"
        self._terminal.print(f"Logged in as {name}. The session is in {self._path}; keep it secret.", "green")

    def show_qr(self, prompt: auth.ScanPrompt) -> None:
        """Print the code that another device has to scan."""
        self._answered()
        self._terminal.print("Scan this with a device that is logged in: Settings, Devices, Link Desktop Device.")
        self._draw(prompt.link)
        self._terminal.print(prompt.link)
        self._terminal.print("Waiting for the scan. A code that expires is replaced; Ctrl-C ends the login.")

    def _draw(self, link: str) -> None:
        """Print the QR code, with a narrower border on a narrow terminal, or why that is not possible."""
        reason = "(segno would show it as a QR code: pip install '.[qr]' in a checkout)"
        for border in _BORDERS:
            if (picture := qr_picture(link, border)) is None:
                break
            if (problem := self._terminal.why_not_drawn(picture)) is None:
                self._terminal.draw(picture)
                return
            reason = f"{problem} This is its text:"
        self._terminal.print(reason, "yellow")

    def _ask_password(self, prompt: auth.PasswordPrompt) -> str:
        self._answered()
        if prompt.tries:
            self._terminal.print(RETRIES["PASSWORD_HASH_INVALID"], "yellow")
        else:
            for line in describe(prompt, 0.0):
                self._terminal.print(line)
        return self._terminal.ask_until_valid("Password", inputs.not_empty, hidden=True)

    def report_event(self, event: object) -> None:
        """Print that the connection was lost, once for each reason; other events are of no interest."""
        if isinstance(event, ConnectionLost) and event.error is not None and str(event.error) != self._reported:
            self._reported = str(event.error)
            self._terminal.print(f"No connection ({event.error}); trying again.", "yellow")


def qr_picture(url: str, border: int = 4) -> str | None:
    """The QR code for a terminal, two rows of modules in one line of text; None without segno.

    Raises Failure when the URL is longer than any QR code.
    """
    try:
        import segno
    except ImportError:
        return None
    text = io.StringIO()
    try:
        code = segno.make(url, error="l", micro=False)
    except segno.DataOverflowError:
        raise Failure("the server sent a token that is too long for a QR code: log in with a phone number") from None
    code.terminal(out=text, border=border, compact=True)
    return text.getvalue()


def settings_for(target: Target, api_id: int) -> ClientConfig:
    """The configuration of a client that starts at this data center."""
    connection = Config(
        api_id=api_id, dc_id=target.dc_id, test_mode=target.test_mode, public_keys=target.public_keys or None
    )
    known = {target.dc_id: (Endpoint(target.host, target.port),)} if target.environment == "own" else None
    return ClientConfig(
        connection_config=connection, endpoints=known, unreachable_timeout=None
    )  # `--timeout` bounds each answer


def store_session(path: Path, account: SavedAccount, environment: str, api_id: int | None) -> None:
    """Write the session file of a logged-in account. Raises SessionFileError, LocalProtocolError."""
    host, port = account.address()
    earlier = load(path)
    session = Session(
        host=host,
        port=port,
        dc_id=account.dc_id,
        environment=environment,
        auth_key=account.auth_key.key,
        user_id=account.user_id,
        is_bot=account.is_bot,
        api_id=api_id,
        logout_tokens=() if earlier is None else earlier.logout_tokens,
    )
    save(path, session)
