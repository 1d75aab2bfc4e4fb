"""`sansio-tl login --qr` and `--bot`: a code to scan in the terminal, or a bot's token."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sansio_tl import ClientConfig, Config, Endpoint, auth
from sansio_tl.client import ConnectionLost
from sansio_tl.session_strings import SavedAccount
from sansio_tl_transports import sync
from sansio_tl_transports.cli.answer_timeout import TIMEOUT, AnswerTimeout
from sansio_tl_transports.cli.messages import describe
from sansio_tl_transports.cli.notifications import Notices
from sansio_tl_transports.cli.session_file import Session, load, save
from sansio_tl_transports.cli.target import Target
from sansio_tl_transports.cli.terminal import Failure, Terminal


class QrOrBotLoginCommand:
    """One log-in without a code."""

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
        self._patience = AnswerTimeout.with_(target, timeout)
        self._answered: Callable[[], object] = bool
        """Call it when it is the person's turn."""

    def by_qr(self, way: dict[str, Any]) -> None:
        """Show codes until one is scanned. Raises Failure, and the adapters' errors."""
        self._log_in(way, show_qr=self._show)

    def by_token(self, token: str, way: dict[str, Any]) -> None:
        """Log in a bot. Raises Failure, and the adapters' errors."""
        self._log_in(way, bot_token=token)

    def _log_in(self, way: dict[str, Any], **how: Any) -> None:
        earlier = load(self._path)
        if earlier is not None and earlier.user_id is not None:
            raise Failure(
                f"{self._path} holds a log-in already: name another file with --session, or leave with sansio-tl logout"
            )
        settings = settings_for(self._target, self._api_id)
        notices = Notices(self._terminal)
        with notices, sync.open_client(settings, on_event=self._report, **way) as account:
            notices.hear(account.updates())
            try:
                with notices.explained(), self._patience.waiting() as self._answered:
                    user = account.login(
                        api_hash=self._api_hash, password=self._ask_password, timeout=self._patience.seconds, **how
                    )
            except sync.LoginInterrupted as error:
                raise Failure(str(error)) from error
            snapshot = account.snapshot()
        keep(self._path, SavedAccount.from_snapshot(snapshot), self._target.environment, self._api_id)
        name = getattr(user, "first_name", None) or "somebody without a name"
        self._terminal.say(f"Logged in as {name}. The session is in {self._path}; keep it to yourself.", "green")

    def _show(self, wanted: auth.ScanPrompt) -> None:
        self._answered()
        self._terminal.say("Scan this with a device that is logged in: Settings, Devices, Link Desktop Device.")
        if (picture := qr_picture(wanted.link)) is None:
            self._terminal.say("(with segno, which the extra qr brings, it is shown as a picture)", "yellow")
        else:
            self._terminal.draw(picture)
        self._terminal.say(wanted.link)

    def _ask_password(self, wanted: auth.PasswordPrompt) -> str:
        self._answered()
        for line in describe(wanted, 0.0):
            self._terminal.say(line)
        if wanted.tries:
            self._terminal.say("That was not the password.", "yellow")
        return self._terminal.ask("Password", hidden=True)

    def _report(self, event: object) -> None:
        if isinstance(event, ConnectionLost) and event.error is not None:
            self._terminal.say(f"No connection ({event.error}); dialling again.", "yellow")


def qr_picture(link: str) -> str | None:
    """The code for a terminal, two rows of it in one line of text; None without segno.

    Raises Failure when the link is longer than any QR code.
    """
    try:
        import segno
    except ImportError:
        return None
    text = io.StringIO()
    try:
        code = segno.make(link, error="l", micro=False)
    except segno.DataOverflowError:
        raise Failure("the server sent a token that is too long for a QR code: log in with a phone number") from None
    code.terminal(out=text, compact=True)
    return text.getvalue()


def settings_for(target: Target, api_id: int) -> ClientConfig:
    """A client that begins at this data center."""
    connection = Config(
        api_id=api_id, dc_id=target.dc_id, test_mode=target.test_mode, public_keys=target.public_keys or None
    )
    known = {target.dc_id: (Endpoint(target.host, target.port),)} if target.environment == "own" else None
    return ClientConfig(
        connection_config=connection, endpoints=known, unreachable_timeout=None
    )  # `--timeout` bounds each answer


def keep(path: Path, account: SavedAccount, environment: str, api_id: int | None) -> None:
    """Write the session file of somebody who is logged in. Raises SessionFileError, LocalProtocolError."""
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
