"""The commands for a logged-in account: `sansio-tl sessions`, `sansio-tl accept` and `sansio-tl password`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

import typer

from sansio_tl import auth, session_strings, types
from sansio_tl.errors import LocalProtocolError, RpcError, TransportError
from sansio_tl.session_strings import FORMATS, SavedAccount
from sansio_tl_transports import session_files
from sansio_tl_transports.cli import store_commands
from sansio_tl_transports.cli.answer_timeout import TIMEOUT, Seconds
from sansio_tl_transports.cli.dc_option import Target
from sansio_tl_transports.cli.login import KEY_UNKNOWN, TimedConnection, open_connection
from sansio_tl_transports.cli.notifications import ServiceNotifications
from sansio_tl_transports.cli.qr_and_bot_login import store_session
from sansio_tl_transports.cli.session_file import Session, load, lock
from sansio_tl_transports.cli.terminal import Failure, Terminal, echo

SESSION = Path("sansio-tl.session")
_File = Annotated[Path, typer.Option("--session", help="File that keeps the session.", dir_okay=False)]

Failures = Callable[[], AbstractContextManager[None]]
_SUFFIX = "-file"
EXPORT_FORMATS = (*FORMATS, *(f"{name}{_SUFFIX}" for name in session_files.FORMATS))


def register(app: typer.Typer, failures: Failures) -> None:
    """Add the commands; `failures` turns errors into one line."""
    group = typer.Typer(help="List, end, import and export sessions; put them into stores.", rich_markup_mode=None)

    @group.callback(invoke_without_command=True)
    def show(context: typer.Context, session: _File = SESSION, timeout: Seconds = TIMEOUT) -> None:
        """List the sessions of the account."""
        context.obj = session, timeout
        if context.invoked_subcommand is None:
            with failures(), _logged_in(session, timeout) as connection:
                print_sessions(Terminal(), _sessions(connection))

    @group.command()
    def end(
        context: typer.Context,
        number: Annotated[
            str | None, typer.Argument(metavar="HASH", help="The session to end, as the list shows it.")
        ] = None,
        *,
        others: Annotated[bool, typer.Option("--others", help="End all other sessions.")] = False,
    ) -> None:
        """End another session of the account."""
        if (number is None) != others:
            raise typer.BadParameter("give the hash of a session, or --others")
        with failures(), _logged_in(*context.obj) as connection:
            flow = _sessions(connection)
            if number is None:
                flow.end_others()
            else:
                flow.end(read_hash(number))
            _run(connection, flow)
            print_sessions(Terminal(), flow)

    @group.command(name="import")
    def import_(
        context: typer.Context,
        source: Annotated[
            str, typer.Argument(metavar="FILE|-", help="A session file or directory, or - to enter a session string.")
        ],
        *,
        test: Annotated[bool, typer.Option("--test", help="Import it as a session of the test environment.")] = False,
    ) -> None:
        """Import a session of Telethon, Pyrogram, Kurigram, GramJS or mtcute. Then use it only here."""
        session, timeout = context.obj
        with failures(), lock(session):
            _import(Terminal(), session, source, timeout, test=test)

    @group.command()
    def export(
        context: typer.Context,
        library: Annotated[str, typer.Argument(metavar="|".join(EXPORT_FORMATS), help="The format to write.")],
        out: Annotated[Path | None, typer.Option(help="The file to write; must not exist.", dir_okay=False)] = None,
    ) -> None:
        """Export the session to another library. Then use it only there."""
        if library not in EXPORT_FORMATS:
            raise typer.BadParameter(f"one of {', '.join(EXPORT_FORMATS)}")
        if library.endswith(_SUFFIX) and out is None:
            raise typer.BadParameter("a session file requires --out FILE")
        session, _ = context.obj
        with failures(), lock(session):
            _export(Terminal(), _load(session), library, out)

    store_commands.register(group, failures)
    app.add_typer(group, name="sessions")

    @app.command()
    def accept(
        code: Annotated[
            str | None,
            typer.Argument(metavar="[URL|TOKEN]", help="tg://login?token=... or the token; prompted for if omitted."),
        ] = None,
        session: _File = SESSION,
        timeout: Seconds = TIMEOUT,
    ) -> None:
        """Accept the QR code login of another device."""
        terminal = Terminal()
        with failures():
            code = code or terminal.ask("Text of the other device's QR code", hidden=True)
            flow = auth.QrAccept(code if ":" in code else f"tg://login?token={code}")
            with _logged_in(session, timeout) as connection:
                _run(connection, flow)
            terminal.print(session_line(flow.result))
            terminal.print("The device is logged in. To end its session: sansio-tl sessions end HASH", "green")

    @app.command()
    def password(
        session: _File = SESSION,
        hint: Annotated[str, typer.Option(help="Shown with the password prompt.")] = "",
        timeout: Seconds = TIMEOUT,
        *,
        remove: Annotated[bool, typer.Option("--remove", help="Remove the password.")] = False,
    ) -> None:
        """Set, change or remove the password of two-step verification."""
        with failures(), _logged_in(session, timeout) as connection:
            _change_password(Terminal(), connection, hint, remove=remove)


def _load(path: Path) -> Session:
    session = load(path)
    if session is None:
        raise Failure(f"no session file {path}: name it with --session, or log in with sansio-tl login")
    if session.user_id is None:
        raise Failure(f"no user is logged in with {path}: use sansio-tl login")
    return session


@contextmanager
def _logged_in(path: Path, timeout: float) -> Iterator[TimedConnection]:
    """A connection of the account; its session file is locked meanwhile."""
    with lock(path):
        session = _load(path)
        target = Target(session.environment, session.dc_id, session.host, session.port, ())
        with (
            _known(path),
            open_connection(
                target, session.api_id or 1, session.key, ServiceNotifications(Terminal()), timeout
            ) as connection,
        ):
            yield connection


@contextmanager
def _known(path: Path) -> Iterator[None]:
    """Turn -404 into a Failure with instructions."""
    try:
        yield
    except TransportError as error:
        if error.code == -404:
            text = f"{KEY_UNKNOWN}. Try again later; if the error stays, use sansio-tl logout --session {path}"
            raise Failure(text) from error
        raise


def _run(connection: TimedConnection, flow: auth.Flow[Any]) -> None:
    """Run the flow until it needs input. Raises its RpcError."""
    connection.run(flow)
    if flow.error is not None:
        raise flow.error


def _sessions(connection: TimedConnection) -> auth.Sessions:
    flow = auth.Sessions()
    _run(connection, flow)
    return flow


def print_sessions(terminal: Terminal, flow: auth.Sessions) -> None:
    """Print a line for each session of the account."""
    listed = flow.sessions
    if listed is None:
        raise Failure("the server sent no list of sessions")
    for each in listed.authorizations:
        terminal.print(session_line(each))


def session_line(each: types.Authorization) -> str:
    """A session as a line of the list."""
    which = "this one" if each.current else f"{each.hash & (1 << 64) - 1:016x}"
    active = time.strftime("%Y-%m-%d %H:%M", time.localtime(each.date_active))
    where = ", ".join(part for part in (each.ip, each.region, each.country) if part)
    return f"{which:16}  {active}  {each.app_name} {each.app_version}, {each.device_model}  {where}".rstrip()


def read_hash(text: str) -> int:
    """The hash of a session, as the list shows it."""
    try:
        value = int(text, 16)
    except ValueError:
        value = -1
    if not 0 <= value < 1 << 64:
        raise typer.BadParameter("invalid hash: expected 16 hex digits, as in the list")
    return value - (1 << 64) if value >> 63 else value


def _import(terminal: Terminal, path: Path, source: str, timeout: float, *, test: bool) -> None:
    earlier = load(path)
    if earlier is not None and earlier.auth_key:
        raise Failure(f"{path} exists already: name another file with --session, before the word import")
    account = (
        session_strings.read(terminal.ask("Session string", hidden=True)) if source == "-" else _read(Path(source))
    )
    ours = account.test_mode or test
    environment = "own" if is_private_host(account.host) else "test" if ours else "prod"
    store_session(path, account, environment, account.api_id)
    if account.user_id is None:
        terminal.print("The session does not contain the user id; requesting it from the data center.")
        fetch_user_id(path, timeout)
    terminal.print(f"The session is in {path}. Do not use it in the other library any more.", "green")


def is_private_host(host: str) -> bool:
    """Whether a host is a private address, which cannot be Telegram's."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return False


def _read(path: Path) -> SavedAccount:
    try:
        return session_files.read(path)
    except OSError as error:
        raise Failure(f"cannot read {path}: {error.strerror}") from error


def fetch_user_id(path: Path, timeout: float) -> None:
    """Ask the data center for the user of a session, and save that."""
    from sansio_tl import functions
    from sansio_tl_transports.cli.session_file import remove, save

    session = load(path)
    if session is None:
        raise Failure(f"{path} was deleted meanwhile")
    target = Target(session.environment, session.dc_id, session.host, session.port, ())
    try:
        with open_connection(
            target, session.api_id or 1, session.key, ServiceNotifications(Terminal()), timeout
        ) as connection:
            users = connection.invoke(functions.users.GetUsers(id=[types.InputUserSelf()]))
    except (RpcError, TransportError) as error:
        remove(path)
        raise Failure(f"the data center does not accept this session: {error}") from error
    session.user_id, session.is_bot = users[0].id, getattr(users[0], "bot", None)
    save(path, session)


def _export(terminal: Terminal, session: Session, library: str, out: Path | None) -> None:
    account = session.to_saved_account()
    if out is None:
        echo(FORMATS[library].write(account))
        return
    try:
        if library.endswith(_SUFFIX):
            session_files.FORMATS[library.removesuffix(_SUFFIX)](account, out, now=time.time())
        else:
            _write_new(out, FORMATS[library].write(account))
    except FileExistsError as error:
        raise Failure(f"{out} exists already: name another file with --out") from error
    name = library.removesuffix(_SUFFIX)
    terminal.print(
        f"Written to {out}. Keep it secret. From now on use it only with {name}.",
        "green",
    )


def _write_new(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text + "\n")


def _change_password(terminal: Terminal, connection: TimedConnection, hint: str, *, remove: bool) -> None:
    flow = auth.PasswordSettings()
    _run(connection, flow)
    prompt = flow.prompt
    if not isinstance(prompt, auth.PasswordSettingsPrompt):
        raise Failure("the server uses a password algorithm that this version does not support")
    current = None
    if prompt.has_password:
        terminal.print("The account has a password." + (f" Hint: {prompt.hint}" if prompt.hint else ""))
        current = terminal.ask("Current password", hidden=True)
    elif remove:
        raise Failure("the account has no password")
    if remove:
        flow.remove_password(current or "", entropy=os.urandom)
    else:
        new = terminal.ask("New password", hidden=True)
        if terminal.ask("Repeat the new password", hidden=True) != new:
            raise LocalProtocolError("the passwords do not match")
        flow.set_password(new, current=current, hint=hint, entropy=os.urandom)
    _run(connection, flow)
    terminal.print("The password is removed." if remove else "The password is set.", "green")
