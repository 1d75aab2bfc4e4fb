"""`sansio-tl sessions` for session stores: list, put, get, move, restore, forget-lost."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

from sansio_tl import session_strings
from sansio_tl.session_strings import FORMATS, SavedAccount
from sansio_tl_transports import session_files
from sansio_tl_transports.cli.help import completion, examples
from sansio_tl_transports.cli.inspect.usage_error import did_you_mean
from sansio_tl_transports.cli.terminal import Failure, Terminal, echo, echo_data
from sansio_tl_transports.stores import (
    SessionDocument,
    SessionStore,
    StoreError,
    StoreUnavailableError,
    forget_lost,
    load_document,
    move_session,
    open_store,
    put_snapshot,
    restore_lost,
)

KEYS = "SANSIO_TL_STORE_KEYS"
"""The variable with the keys of encrypted stores: base64, separated by commas, the one that encrypts first."""
_FORMS = "file:PATH, folder:PATH, sqlite:PATH, redis://HOST/DB or postgresql://HOST/DB"
_OF_FILES = {"file": "file", "folder": "folder", "sqlite": "database"}
"""Kinds of stores whose path opening would create."""
_Store = Annotated[str, typer.Argument(metavar="STORE", help=_FORMS)]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the session in the store.")]
_WITH_API_ID = ("pyrogram", "kurigram")
_LIBRARIES = (*FORMATS, *(f"{name}-file" for name in session_files.FORMATS))


def register(group: typer.Typer, failures: Callable[[], AbstractContextManager[None]]) -> None:
    """Add the commands to `sansio-tl sessions`; `failures` turns errors into one line."""

    @group.command(
        epilog=examples("sansio-tl sessions stored sqlite:sessions.db", "sansio-tl sessions stored redis://localhost/0")
    )
    def stored(store: _Store) -> None:
        """List the sessions in a store. Encrypted ones need the keys in SANSIO_TL_STORE_KEYS."""
        with failures(), _opened(store, exists=True) as opened, _each() as each:
            for name in opened.names():
                with each(name):
                    if (document := load_document(opened, name)) is not None:
                        _show(name, document)

    @group.command(
        epilog=examples(
            "sansio-tl sessions put sqlite:sessions.db alice sansio-tl.session",
            "sansio-tl sessions put sqlite:sessions.db alice telethon.session",
            "sansio-tl sessions put sqlite:sessions.db alice -",
        )
    )
    def put(
        store: _Store,
        name: _Name,
        source: Annotated[
            str, typer.Argument(metavar="FILE|-", help="A session file or directory, or - to enter a session string.")
        ],
    ) -> None:
        """Put a session of another library, or of sansio-tl login, into a store. Then use it only there."""
        with failures(), _opened(store) as opened:
            terminal = Terminal()
            account = (
                session_strings.read(terminal.ask("Session string", hidden=True).strip())
                if source == "-"
                else _read(source)
            )
            put_snapshot(opened, name, account.to_snapshot())
            if account.user_id is None:
                terminal.print(
                    "The session does not contain the user id: it is listed as not logged in until a client has"
                    " requested users.getUsers([inputUserSelf])."
                )
            terminal.print(f"Session {name} is in the store. Do not use it anywhere else any more.", "green")

    @group.command(
        epilog=examples(
            "sansio-tl sessions get sqlite:sessions.db alice telethon --out alice.txt",
            "sansio-tl sessions get sqlite:sessions.db alice pyrogram-file --api-id 12345 --out a.session",
        )
    )
    def get(
        store: _Store,
        name: _Name,
        library: Annotated[
            str,
            typer.Argument(
                metavar="FORMAT",
                help=f"The format to write: {', '.join(_LIBRARIES)}.",
                autocompletion=completion(_LIBRARIES),
            ),
        ],
        out: Annotated[
            Path | None, typer.Option(metavar="FILE", help="The file to write; must not exist.", dir_okay=False)
        ] = None,
        api_id: Annotated[
            int | None,
            typer.Option(metavar="NUMBER", min=1, help="api_id of the application, which Pyrogram and Kurigram need."),
        ] = None,
    ) -> None:
        """Write a session of a store for another library. Then use it only there."""
        if library not in _LIBRARIES:
            raise typer.BadParameter(f"expected one of {', '.join(_LIBRARIES)}{did_you_mean(library, _LIBRARIES)}")
        if library.endswith("-file") and out is None:
            raise typer.BadParameter("a session file requires --out FILE")
        with failures(), _opened(store, exists=True) as opened:
            document = load_document(opened, name)
            if document is None or document.snapshot is None:
                raise Failure(f"there is no session {name!r} in this store")
            account = SavedAccount.from_snapshot(document.snapshot, api_id=api_id)
            if api_id is None and library.startswith(_WITH_API_ID):
                raise Failure(f"{library} needs the api_id of the application, which a store does not have: --api-id N")
            _write(account, library, out)

    _register_changes(group, failures)


def _register_changes(group: typer.Typer, failures: Callable[[], AbstractContextManager[None]]) -> None:
    @group.command(
        epilog=examples(
            "sansio-tl sessions move sqlite:sessions.db redis://localhost/0",
            "sansio-tl sessions move sqlite:sessions.db folder:sessions alice",
        )
    )
    def move(
        source: Annotated[str, typer.Argument(metavar="FROM", help=_FORMS)],
        target: Annotated[str, typer.Argument(metavar="TO", help="The other store.")],
        names: Annotated[
            list[str] | None, typer.Argument(metavar="NAME", help="The sessions to move; all without a name.")
        ] = None,
    ) -> None:
        """Move sessions to another store. Sessions in use are refused; all others are moved."""
        with failures(), _opened(source, exists=True) as old, _opened(target) as new, _each() as each:
            for name in names or old.names():
                with each(name):
                    move_session(old, name, new)
                    echo(name)

    @group.command(
        epilog=examples(
            "sansio-tl sessions restore sqlite:sessions.db alice",
            "sansio-tl sessions restore sqlite:sessions.db alice 1",
        )
    )
    def restore(
        store: _Store,
        name: _Name,
        number: Annotated[
            int, typer.Argument(metavar="NUMBER", min=0, help="Which one, as `stored` counts them; 0 is the last.")
        ] = 0,
    ) -> None:
        """Continue from a login that was lost by an error of the server."""
        with failures(), _opened(store, exists=True) as opened:
            _show(name, restore_lost(opened, name, number))

    @group.command(name="forget-lost", epilog=examples("sansio-tl sessions forget-lost sqlite:sessions.db alice"))
    def forget(store: _Store, name: _Name) -> None:
        """Delete the logins of a session that were lost by errors."""
        with failures(), _opened(store, exists=True) as opened:
            _show(name, forget_lost(opened, name))


@contextlib.contextmanager
def _each() -> Iterator[Callable[[str], AbstractContextManager[None]]]:
    """For a command on many sessions: it goes on after one that cannot be used, and raises Failure at the end."""
    failures: list[str] = []

    @contextlib.contextmanager
    def each(name: str) -> Iterator[None]:
        try:
            yield
        except StoreUnavailableError:
            raise
        except StoreError as error:
            failures.append(f"{name}: {error}")

    yield each
    if failures:
        raise Failure("\n".join(failures))


@contextlib.contextmanager
def _opened(url: str, *, exists: bool = False) -> Iterator[SessionStore]:
    """The store of a command. Raises Failure for what the store raises; with `exists`, if its file does not exist."""
    kind, _, rest = url.partition(":")
    path = rest.removeprefix("//")
    if exists and kind in _OF_FILES and path and not Path(path).exists():
        raise Failure(f"there is no {_OF_FILES[kind]} {path}: check its name; sansio-tl sessions put makes a new store")
    try:
        store = open_store(url, keys=_keys())
        try:
            yield store
        finally:
            store.close()
    except (StoreError, ImportError) as error:
        raise Failure(str(error)) from error


def _keys() -> list[bytes]:
    texts = [text.strip() for text in os.environ.get(KEYS, "").split(",") if text.strip()]
    try:
        return [base64.b64decode(text, validate=True) for text in texts]
    except binascii.Error:
        raise Failure(f"invalid {KEYS}: expected keys of 32 bytes in base64, separated by commas") from None


def _show(name: str, document: SessionDocument) -> None:
    """Print a session and its lost logins."""
    snapshot: dict[str, Any] = document.snapshot or {}
    user = f"user {document.user_id}" if document.user_id is not None else "not logged in"
    echo(f"{name}  {user}, data center {snapshot.get('home_dc', '?')}")
    for number, each in enumerate(document.lost):
        at = time.strftime("%Y-%m-%d %H:%M", time.localtime(each.at))
        echo(f"    lost {number}: user {each.snapshot.get('user_id')}, {each.error}, {at}")


def _read(source: str) -> SavedAccount:
    try:
        return session_files.read(Path(source))
    except OSError as error:
        raise Failure(f"cannot read {source}: {error.strerror}") from error


def _write(account: SavedAccount, library: str, out: Path | None) -> None:
    if out is None:
        echo_data(FORMATS[library].write(account))
        return
    try:
        if library.endswith("-file"):
            session_files.FORMATS[library.removesuffix("-file")](account, out, now=time.time())
        else:
            with os.fdopen(os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(FORMATS[library].write(account) + "\n")
    except FileExistsError as error:
        raise Failure(f"{out} exists already: name another file with --out") from error
    except OSError as error:
        raise Failure(f"cannot write {out}: {error.strerror}") from error
