"""The commands for a logged-in account: `sansio-tl sessions`, `sansio-tl accept` and `sansio-tl password`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

import typer

from sansio_tl import auth, functions, session_strings, types
from sansio_tl.errors import LocalProtocolError, PasswordHashInvalid, RpcError, TransportError
from sansio_tl.session_strings import FORMATS, SavedAccount
from sansio_tl_transports import session_files
from sansio_tl_transports.cli import inputs, store_commands
from sansio_tl_transports.cli.answer_timeout import TIMEOUT, Seconds
from sansio_tl_transports.cli.dc_option import Target
from sansio_tl_transports.cli.help import Group, completion, examples
from sansio_tl_transports.cli.inspect.usage_error import did_you_mean
from sansio_tl_transports.cli.login import KEY_UNKNOWN, TimedConnection, open_connection
from sansio_tl_transports.cli.messages import error_text, retry_text
from sansio_tl_transports.cli.notifications import ServiceNotifications
from sansio_tl_transports.cli.proxy_option import (
    ConnectArguments,
    Framing,
    ProxyUrl,
    TlsHello,
    connect_arguments,
)
from sansio_tl_transports.cli.qr_and_bot_login import store_session
from sansio_tl_transports.cli.session_file import Session, load, lock, remove, save
from sansio_tl_transports.cli.terminal import TRIES, Failure, InvalidInput, Terminal, echo_data, print_error, print_json

SESSION = Path("sansio-tl.session")
_File = Annotated[Path, typer.Option("--session", metavar="FILE", help="File that keeps the session.", dir_okay=False)]

Failures = Callable[[], AbstractContextManager[None]]
_SUFFIX = "-file"
EXPORT_FORMATS = (*FORMATS, *(f"{name}{_SUFFIX}" for name in session_files.FORMATS))


def register(app: typer.Typer, failures: Failures) -> None:
    """Add the commands; `failures` turns errors into one line."""
    group = typer.Typer(
        cls=Group, help="List, end, import and export sessions; put them into stores.", rich_markup_mode=None
    )

    @group.callback(
        invoke_without_command=True,
        epilog=examples(
            "sansio-tl sessions",
            "sansio-tl sessions end 1f2e3d4c5b6a7988",
            "sansio-tl sessions import anna.session",
            "sansio-tl sessions export telethon --out anna.txt",
        ),
    )
    def show(
        context: typer.Context,
        session: _File = SESSION,
        proxy: ProxyUrl = None,
        tls_hello: TlsHello = None,
        framing: Framing = None,
        timeout: Seconds = TIMEOUT,
        *,
        as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
    ) -> None:
        """List the sessions of the account, or end, import and export sessions."""
        context.obj = session, timeout, connect_arguments(proxy, tls_hello, framing)
        if context.invoked_subcommand is None:
            with failures(), _logged_in(*context.obj) as connection:
                print_sessions(Terminal(), _sessions(connection), as_json=as_json)

    @group.command(epilog=examples("sansio-tl sessions end 1f2e3d4c5b6a7988", "sansio-tl sessions end --others"))
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
        session_hash = None if number is None else read_hash(number)
        with failures(), _logged_in(*context.obj) as connection:
            flow = _sessions(connection)
            if session_hash is None:
                flow.end_others()
            else:
                flow.end(session_hash)
            _run(connection, flow)
            print_sessions(Terminal(), flow)

    @group.command(
        name="import",
        epilog=examples(
            "sansio-tl sessions import anna.session",
            "sansio-tl sessions --session anna import -",
        ),
    )
    def import_(
        context: typer.Context,
        source: Annotated[
            str, typer.Argument(metavar="FILE|-", help="A session file or directory, or - to enter a session string.")
        ],
        *,
        test: Annotated[bool, typer.Option("--test", help="Import it as a session of the test environment.")] = False,
    ) -> None:
        """Import a session of Telethon, Pyrogram, Kurigram, GramJS or mtcute. Then use it only here."""
        session, timeout, arguments = context.obj
        with failures(), lock(session):
            _import(Terminal(), session, source, timeout, arguments, test=test)

    @group.command(
        epilog=examples(
            "sansio-tl sessions export telethon --out anna.txt",
            "sansio-tl sessions export pyrogram-file --out a.session",
        )
    )
    def export(
        context: typer.Context,
        library: Annotated[
            str,
            typer.Argument(
                metavar="FORMAT",
                help=f"The format to write: {', '.join(EXPORT_FORMATS)}.",
                autocompletion=completion(EXPORT_FORMATS),
            ),
        ],
        out: Annotated[
            Path | None, typer.Option(metavar="FILE", help="The file to write; must not exist.", dir_okay=False)
        ] = None,
    ) -> None:
        """Export the session to another library. Then use it only there.

        What is written gives full access to the account: --out writes it to a file that only you can read.
        """
        if library not in EXPORT_FORMATS:
            raise typer.BadParameter(
                f"expected one of {', '.join(EXPORT_FORMATS)}{did_you_mean(library, EXPORT_FORMATS)}"
            )
        if library.endswith(_SUFFIX) and out is None:
            raise typer.BadParameter("a session file requires --out FILE")
        session, _, _ = context.obj
        with failures(), lock(session):
            _export(Terminal(), _load(session), library, out)

    store_commands.register(group, failures)
    app.add_typer(group, name="sessions")

    @app.command(
        epilog=examples("sansio-tl accept", "sansio-tl accept 'tg://login?token=AQID...'"),
    )
    def accept(
        code: Annotated[
            str | None,
            typer.Argument(metavar="URL", help="tg://login?token=...; prompted for if omitted."),
        ] = None,
        session: _File = SESSION,
        proxy: ProxyUrl = None,
        tls_hello: TlsHello = None,
        framing: Framing = None,
        timeout: Seconds = TIMEOUT,
        *,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask no questions; for scripts.")] = False,
    ) -> None:
        """Accept the QR code login of another device.

        Telegram names the device only once it is logged in. It is shown then, and its session is ended unless you
        confirm that the device is yours.
        """
        terminal = Terminal()
        arguments = connect_arguments(proxy, tls_hello, framing)
        with failures(), _logged_in(session, timeout, arguments) as connection:
            flow = (
                terminal.ask_until_valid("Text of the other device's QR code", _qr_accept, hidden=True)
                if code is None
                else _qr_accept_option(code)
            )
            _accept(terminal, connection, flow, ask=not yes)

    @app.command(
        epilog=examples(
            "sansio-tl password --hint 'the usual one'",
            "sansio-tl password --remove",
        )
    )
    def password(
        session: _File = SESSION,
        hint: Annotated[str, typer.Option(metavar="TEXT", help="Shown with the password prompt.")] = "",
        proxy: ProxyUrl = None,
        tls_hello: TlsHello = None,
        framing: Framing = None,
        timeout: Seconds = TIMEOUT,
        *,
        remove: Annotated[bool, typer.Option("--remove", help="Remove the password.")] = False,
    ) -> None:
        """Set, change or remove the password of two-step verification."""
        arguments = connect_arguments(proxy, tls_hello, framing)
        with failures(), _logged_in(session, timeout, arguments) as connection:
            _change_password(Terminal(), connection, hint, remove=remove)


def _load(path: Path) -> Session:
    session = load(path)
    if session is None:
        raise Failure(f"no session file {path}: name it with --session, or log in with sansio-tl login")
    if session.user_id is None:
        raise Failure(f"no user is logged in with {path}: use sansio-tl login")
    return session


@contextmanager
def _logged_in(path: Path, timeout: float, arguments: ConnectArguments) -> Iterator[TimedConnection]:
    """A connection of the account; its session file is locked meanwhile."""
    with lock(path):
        session = _load(path)
        target = Target(session.environment, session.dc_id, session.host, session.port, ())
        with (
            _known(path),
            open_connection(
                target, session.api_id or 1, session.key, ServiceNotifications(Terminal()), timeout, **arguments
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


def print_sessions(terminal: Terminal, flow: auth.Sessions, *, as_json: bool = False) -> None:
    """Print a line for each session of the account, or all as JSON."""
    listed = flow.sessions
    if listed is None:
        raise Failure("the server sent no list of sessions")
    if as_json:
        print_json([_fields(each) for each in listed.authorizations])
        return
    for each in listed.authorizations:
        terminal.print(session_line(each))


def session_line(each: types.Authorization) -> str:
    """A session as a line of the list."""
    which = "this one" if each.current else _hex(each.hash)
    active = time.strftime("%Y-%m-%d %H:%M", time.localtime(each.date_active))
    return f"{which:16}  {active}  {_device(each)}".rstrip()


def _device(each: types.Authorization) -> str:
    """The application, the device and the place of a session."""
    where = ", ".join(part for part in (each.ip, each.region, each.country) if part)
    application = " ".join(part for part in (each.app_name, each.app_version) if part)
    device = ", ".join(part for part in (application, each.device_model) if part)
    return f"{device or 'unknown device'}  {where}"


def _fields(each: types.Authorization) -> dict[str, object]:
    """A session for `--json`; times are seconds since the Unix epoch."""
    names = (
        "current", "app_name", "app_version", "api_id", "device_model", "platform", "system_version", "date_created",
        "date_active", "ip", "region", "country",
    )  # fmt: skip
    return {"hash": _hex(each.hash), **{name: getattr(each, name) for name in names}}


def _hex(session_hash: int) -> str:
    return f"{session_hash & (1 << 64) - 1:016x}"


def _qr_accept(typed: str) -> auth.QrAccept:
    """The flow for the text of a QR code. Raises InvalidInput."""
    typed = typed.strip()
    try:
        return auth.QrAccept(typed if ":" in typed else f"tg://login?token={typed}")
    except LocalProtocolError:
        raise InvalidInput("This is not the text of a QR code: it begins with tg://login?token=") from None


def _qr_accept_option(text: str) -> auth.QrAccept:
    try:
        return _qr_accept(text)
    except InvalidInput as error:
        raise Failure(str(error)) from None


def _accept(terminal: Terminal, connection: TimedConnection, flow: auth.QrAccept, *, ask: bool) -> None:
    """Let a device in, show it, and end its session again unless the user knows it."""
    if ask:
        (user,) = connection.invoke(functions.users.GetUsers(id=[types.InputUserSelf()]))
        name, number = getattr(user, "first_name", None), getattr(user, "phone", None)
        owner = f"{name or 'user ' + str(user.id)}{f' (+{number})' if number else ''}"
        terminal.print(f"The device that shows this QR code gets full access to the account of {owner}.")
        if not terminal.confirm("Log it in?"):
            raise Failure("the device was not logged in")
    _run(connection, flow)
    device = flow.result
    remains = f"The device is logged in. To end its session:\nsansio-tl sessions end {_hex(device.hash)}"
    terminal.print(session_line(device))
    if ask:
        try:
            is_known = terminal.confirm("Is this your device? Otherwise its session is ended.")
        except (EOFError, KeyboardInterrupt):
            terminal.print(remains, "yellow")
            raise
        if not is_known:
            _end_again(terminal, connection, device, remains)
            return
    terminal.print(remains, "green")


def _end_again(terminal: Terminal, connection: TimedConnection, device: types.Authorization, remains: str) -> None:
    try:
        connection.invoke(functions.account.ResetAuthorization(hash=device.hash))
    except RpcError:
        terminal.print(remains, "red")
        raise
    terminal.print("Its session is ended.", "green")


def read_hash(text: str) -> int:
    """The hash of a session, as the list shows it."""
    try:
        value = int(text, 16)
    except ValueError:
        value = -1
    if not 0 <= value < 1 << 64:
        raise typer.BadParameter("invalid hash: expected 16 hex digits, as in the list")
    return value - (1 << 64) if value >> 63 else value


def _import(
    terminal: Terminal, path: Path, source: str, timeout: float, arguments: ConnectArguments, *, test: bool
) -> None:
    earlier = load(path)
    if earlier is not None and earlier.auth_key:
        raise Failure(f"{path} exists already: name another file with --session, before the word import")
    account = (
        terminal.ask_until_valid("Session string", _session_string, hidden=True)
        if source == "-"
        else _read(Path(source))
    )
    ours = account.test_mode or test
    environment = "own" if is_private_host(account.host) else "test" if ours else "prod"
    store_session(path, account, environment, account.api_id)
    if account.user_id is None:
        terminal.print("The session does not contain the user id; requesting it from the data center.")
        fetch_user_id(path, timeout, arguments)
    terminal.print(f"The session is in {path}. Do not use it in the other library any more.", "green")


def _session_string(typed: str) -> SavedAccount:
    """The account in a session string. Raises InvalidInput."""
    try:
        return session_strings.read(typed.strip())
    except LocalProtocolError as error:
        raise InvalidInput(f"{error}.") from None


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


def fetch_user_id(path: Path, timeout: float, arguments: ConnectArguments) -> None:
    """Ask the data center for the user of a session, and save that."""
    session = load(path)
    if session is None:
        raise Failure(f"{path} was deleted meanwhile")
    target = Target(session.environment, session.dc_id, session.host, session.port, ())
    try:
        with open_connection(
            target, session.api_id or 1, session.key, ServiceNotifications(Terminal()), timeout, **arguments
        ) as connection:
            users = connection.invoke(functions.users.GetUsers(id=[types.InputUserSelf()]))
    except (RpcError, TransportError) as error:
        remove(path)
        reason = error_text(error) if isinstance(error, RpcError) else str(error)
        raise Failure(f"the data center does not accept this session: {reason}") from error
    session.user_id, session.is_bot = users[0].id, getattr(users[0], "bot", None)
    save(path, session)


def _export(terminal: Terminal, session: Session, library: str, out: Path | None) -> None:
    account = session.to_saved_account()
    if out is None:
        text = FORMATS[library].write(account)
        if sys.stdout.isatty():
            terminal.print("This text gives full access to the account, and stays on the screen and in its history.")
            terminal.print("--out FILE writes it to a file that only you can read.")
            if not terminal.confirm("Show it?"):
                raise Failure("nothing was exported")
        echo_data(text)
        print_error(f"keep this text secret. From now on use it only with {library}")
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
        current = _ask_current(terminal)
    elif remove:
        raise Failure("the account has no password")
    new = None if remove else _ask_new(terminal)
    for left in reversed(range(TRIES)):
        if new is None:
            flow.remove_password(current or "", entropy=os.urandom)
        else:
            flow.set_password(new, current=current, hint=hint, entropy=os.urandom)
        try:
            _run(connection, flow)
        except PasswordHashInvalid as error:
            if not left:
                raise
            terminal.print(retry_text(error), "yellow")
            current = _ask_current(terminal)
        else:
            break
    terminal.print("The password is removed." if remove else "The password is set.", "green")


def _ask_current(terminal: Terminal) -> str:
    return terminal.ask_until_valid("Current password", inputs.not_empty, hidden=True)


def _ask_new(terminal: Terminal) -> str:
    """A new password, typed twice. Raises Failure."""
    for _ in range(TRIES):
        new = terminal.ask_until_valid("New password", inputs.not_empty, hidden=True)
        if terminal.ask("Repeat the new password", hidden=True) == new:
            return new
        terminal.print("The passwords are not the same, try again.", "yellow")
    raise Failure("the passwords were not the same: start the command again. The password is unchanged")
