"""The commands of somebody who is logged in: `sansio-tl sessions`, `sansio-tl accept` and `sansio-tl password`."""

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
from sansio_tl_transports.cli.answer_timeout import TIMEOUT, Seconds
from sansio_tl_transports.cli.login import NOT_KNOWN, PatientLink, dial
from sansio_tl_transports.cli.notifications import Notices
from sansio_tl_transports.cli.qr_and_bot_login import keep
from sansio_tl_transports.cli.session_file import Session, load, lock
from sansio_tl_transports.cli.target import Target
from sansio_tl_transports.cli.terminal import Failure, Terminal, echo

SESSION = Path("sansio-tl.session")
_File = Annotated[Path, typer.Option("--session", help="File that keeps the session.", dir_okay=False)]

Failures = Callable[[], AbstractContextManager[None]]
_SUFFIX = "-file"
_LIBRARIES = (*FORMATS, *(f"{name}{_SUFFIX}" for name in session_files.FORMATS))


def register(app: typer.Typer, failures: Failures) -> None:
    """Add the commands; `failures` turns what goes wrong into one line."""
    group = typer.Typer(help="Where the account is logged in; ending that; moving in and out.", rich_markup_mode=None)

    @group.callback(invoke_without_command=True)
    def show(context: typer.Context, session: _File = SESSION, timeout: Seconds = TIMEOUT) -> None:
        """List where the account is logged in."""
        context.obj = session, timeout
        if context.invoked_subcommand is None:
            with failures(), _logged_in(session, timeout) as link:
                _list(Terminal(), _sessions(link))

    @group.command()
    def end(
        context: typer.Context,
        number: Annotated[
            str | None, typer.Argument(metavar="HASH", help="The one to end, as the list shows it.")
        ] = None,
        *,
        others: Annotated[bool, typer.Option("--others", help="End all but this one.")] = False,
    ) -> None:
        """Log the account out somewhere else."""
        if (number is None) != others:
            raise typer.BadParameter("name the hash of a session, or --others")
        with failures(), _logged_in(*context.obj) as link:
            flow = _sessions(link)
            if number is None:
                flow.end_others()
            else:
                flow.end(_hash(number))
            _run(link, flow)
            _list(Terminal(), flow)

    @group.command(name="import")
    def import_(
        context: typer.Context,
        source: Annotated[
            str, typer.Argument(metavar="FILE|-", help="A session file or directory, or - to be asked for a string.")
        ],
        *,
        test: Annotated[bool, typer.Option("--test", help="It is of the test environment, and does not say.")] = False,
    ) -> None:
        """Take over a log-in of Telethon, Pyrogram, Kurigram, GramJS or mtcute. Use it here only from then on."""
        session, timeout = context.obj
        with failures(), lock(session):
            _import(Terminal(), session, source, timeout, test=test)

    @group.command()
    def export(
        context: typer.Context,
        library: Annotated[str, typer.Argument(metavar="|".join(_LIBRARIES), help="Who shall go on with it.")],
        out: Annotated[Path | None, typer.Option(help="Where to write it; never over a file.", dir_okay=False)] = None,
    ) -> None:
        """Give the log-in to another library. Use it there only from then on."""
        if library not in _LIBRARIES:
            raise typer.BadParameter(f"one of {', '.join(_LIBRARIES)}")
        if library.endswith(_SUFFIX) and out is None:
            raise typer.BadParameter("a session file needs a name: --out FILE")
        session, _ = context.obj
        with failures(), lock(session):
            _export(Terminal(), _load(session), library, out)

    app.add_typer(group, name="sessions")

    @app.command()
    def accept(
        code: Annotated[
            str | None,
            typer.Argument(metavar="[LINK|TOKEN]", help="tg://login?token=... or what follows; asked for otherwise."),
        ] = None,
        session: _File = SESSION,
        timeout: Seconds = TIMEOUT,
    ) -> None:
        """Let another device in that shows a QR code."""
        terminal = Terminal()
        with failures():
            code = code or terminal.ask("What the QR code of the other device says", hidden=True)
            flow = auth.QrAccept(code if ":" in code else f"tg://login?token={code}")
            with _logged_in(session, timeout) as link:
                _run(link, flow)
            terminal.say(_line(flow.result))
            terminal.say("That device is logged in now. To end that: sansio-tl sessions end HASH", "green")

    @app.command()
    def password(
        session: _File = SESSION,
        hint: Annotated[str, typer.Option(help="Shown to whoever is asked for the password.")] = "",
        timeout: Seconds = TIMEOUT,
        *,
        remove: Annotated[bool, typer.Option("--remove", help="Take the password away.")] = False,
    ) -> None:
        """Set, change or remove the password of two-step verification."""
        with failures(), _logged_in(session, timeout) as link:
            _change_password(Terminal(), link, hint, remove=remove)


def _load(path: Path) -> Session:
    session = load(path)
    if session is None:
        raise Failure(f"there is no {path}: name the session file with --session, or log in with sansio-tl login")
    if session.user_id is None:
        raise Failure(f"nobody is logged in with {path}: sansio-tl login")
    return session


@contextmanager
def _logged_in(path: Path, timeout: float) -> Iterator[PatientLink]:
    """A connection of the account, whose session file no other process uses meanwhile."""
    with lock(path):
        session = _load(path)
        target = Target(session.environment, session.dc_id, session.host, session.port, ())
        with _known(path), dial(target, session.api_id or 1, session.key, Notices(Terminal()), timeout) as link:
            yield link


@contextmanager
def _known(path: Path) -> Iterator[None]:
    """Say what to do when the data center no longer knows the key."""
    try:
        yield
    except TransportError as error:
        if error.code == -404:
            text = f"{NOT_KNOWN}. Try again later; if it stays so, leave with sansio-tl logout --session {path}"
            raise Failure(text) from error
        raise


def _run(link: PatientLink, flow: auth.Flow[Any]) -> None:
    """Let the flow go on, and say what the server refused."""
    link.run(flow)
    if flow.error is not None:
        raise flow.error


def _sessions(link: PatientLink) -> auth.Sessions:
    flow = auth.Sessions()
    _run(link, flow)
    return flow


def _list(terminal: Terminal, flow: auth.Sessions) -> None:
    listed = flow.sessions
    if listed is None:
        raise Failure("the server told nothing about sessions")
    for each in listed.authorizations:
        terminal.say(_line(each))


def _line(each: types.Authorization) -> str:
    """One session."""
    which = "this one" if each.current else f"{each.hash & (1 << 64) - 1:016x}"
    active = time.strftime("%Y-%m-%d %H:%M", time.localtime(each.date_active))
    where = ", ".join(part for part in (each.ip, each.region, each.country) if part)
    return f"{which:16}  {active}  {each.app_name} {each.app_version}, {each.device_model}  {where}".rstrip()


def _hash(text: str) -> int:
    try:
        value = int(text, 16)
    except ValueError:
        value = -1
    if not 0 <= value < 1 << 64:
        raise typer.BadParameter("the hash is what the list shows in front: 16 hex digits")
    return value - (1 << 64) if value >> 63 else value


def _import(terminal: Terminal, path: Path, source: str, timeout: float, *, test: bool) -> None:
    earlier = load(path)
    if earlier is not None and earlier.auth_key:
        raise Failure(f"there is a {path} already: name another file with --session, before the word import")
    account = (
        session_strings.read(terminal.ask("Session string", hidden=True)) if source == "-" else _read(Path(source))
    )
    ours = account.test_mode or test
    environment = "own" if _is_at_home(account.host) else "test" if ours else "prod"
    keep(path, account, environment, account.api_id)
    if account.user_id is None:
        terminal.say("The other library does not say who that is; asking the data center.")
        _learn_who(path, timeout)
    terminal.say(f"The session is in {path}. Do not use it in the other library any more.", "green")


def _is_at_home(host: str) -> bool:
    """Whether an address is one at which Telegram cannot be."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return False


def _read(path: Path) -> SavedAccount:
    try:
        return session_files.read(path)
    except OSError as error:
        raise Failure(f"cannot read {path}: {error.strerror}") from error


def _learn_who(path: Path, timeout: float) -> None:
    from sansio_tl import functions
    from sansio_tl_transports.cli.session_file import remove, save

    session = load(path)
    if session is None:
        raise Failure(f"{path} has gone")
    target = Target(session.environment, session.dc_id, session.host, session.port, ())
    try:
        with dial(target, session.api_id or 1, session.key, Notices(Terminal()), timeout) as link:
            users = link.invoke(functions.users.GetUsers(id=[types.InputUserSelf()]))
    except (RpcError, TransportError) as error:
        remove(path)
        raise Failure(f"the data center does not know this log-in: {error}") from error
    session.user_id, session.is_bot = users[0].id, getattr(users[0], "bot", None)
    save(path, session)


def _export(terminal: Terminal, session: Session, library: str, out: Path | None) -> None:
    account = SavedAccount(
        auth_key=session.key,
        dc_id=session.dc_id,
        host=session.host if session.environment == "own" else "",
        port=session.port,
        test_mode=session.environment == "test",
        user_id=session.user_id,
        is_bot=session.is_bot,
        api_id=session.api_id,
    )
    if out is None:
        echo(FORMATS[library].write(account))
        return
    try:
        if library.endswith(_SUFFIX):
            session_files.FORMATS[library.removesuffix(_SUFFIX)](account, out, now=time.time())
        else:
            _write_new(out, FORMATS[library].write(account))
    except FileExistsError as error:
        raise Failure(f"there is a {out} already: name another file with --out") from error
    name = library.removesuffix(_SUFFIX)
    terminal.say(f"Written to {out}. Whoever has it is logged in. Use it with {name} only from now on.", "green")


def _write_new(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text + "\n")


def _change_password(terminal: Terminal, link: PatientLink, hint: str, *, remove: bool) -> None:
    flow = auth.PasswordSettings()
    _run(link, flow)
    wanted = flow.prompt
    if not isinstance(wanted, auth.PasswordSettingsPrompt):
        raise Failure("this server protects passwords in a way that this version does not know")
    current = None
    if wanted.has_password:
        terminal.say("The account has a password." + (f" Hint: {wanted.hint}" if wanted.hint else ""))
        current = terminal.ask("Present password", hidden=True)
    elif remove:
        raise Failure("the account has no password")
    if remove:
        flow.remove_password(current or "", entropy=os.urandom)
    else:
        new = terminal.ask("New password", hidden=True)
        if terminal.ask("The same once more", hidden=True) != new:
            raise LocalProtocolError("the two are not the same")
        flow.set_password(new, current=current, hint=hint, entropy=os.urandom)
    _run(link, flow)
    terminal.say("The password is removed." if remove else "The password is set.", "green")
