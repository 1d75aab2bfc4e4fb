"""`sansio-tl conform`: runs the conformance suite against a client or a server."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shlex
import shutil
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

from sansio_tl import LAYER, RsaPublicKey
from sansio_tl.conformance.case import Case, CaseResult, Ending
from sansio_tl.conformance.client_cases import CLIENT_CASES
from sansio_tl.conformance.faulty_client import ServerTarget
from sansio_tl.conformance.server_cases import SERVER_CASES
from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing.proxy_secret import ProxySecret, SecretKind
from sansio_tl_transports.cli.dc_option import find
from sansio_tl_transports.cli.help import Group, examples
from sansio_tl_transports.cli.progress import Progress
from sansio_tl_transports.cli.serve import read_schemas
from sansio_tl_transports.cli.terminal import Failure, echo, print_error
from sansio_tl_transports.conformance.client_runner import ClientOptions, ClientStartError, ClientSuite
from sansio_tl_transports.conformance.html_report import to_html
from sansio_tl_transports.conformance.results import (
    SuiteResults,
    conclusion,
    in_order,
    line_of,
    summary,
    to_json,
    to_junit,
)
from sansio_tl_transports.conformance.selection import select
from sansio_tl_transports.conformance.server_runner import CodeCommandError, ServerOptions, ServerSuite

Select = Annotated[
    list[str] | None,
    typer.Option(
        "--case", "-c", metavar="NAME",
        help="Only these cases: a name, a check (HS9), a tag (handshake), a page of the protocol's documentation"
        " (auth_key) or a level (MUST), with * and ?; may be repeated.",
    ),
]  # fmt: skip
Jobs = Annotated[
    int, typer.Option("--jobs", "-j", metavar="NUMBER", min=1, help="Number of cases that run at the same time.")
]
TimeLimit = Annotated[
    float,
    typer.Option(min=1, metavar="SECONDS", help="Time limit for a case, once connected. A client has 60 s to connect."),
]
Patience = Annotated[
    float, typer.Option(min=1, metavar="FACTOR", help="Allow the client to be slower, on a busy machine.")
]
Secret = Annotated[
    str,
    typer.Option(metavar="SECRET", help="Secret of an MTProxy, of kind ee: also run the cases about fake TLS."),
]
Listing = Annotated[bool, typer.Option("--list", help="List the cases, and run none.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with status 1 for non-strict verdicts, too.")]
Name = Annotated[str, typer.Option("--name", metavar="NAME", help="Name of the peer in the reports.")]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the results as JSON.", dir_okay=False)]
Junit = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Write the results as JUnit XML.", dir_okay=False)
]
Html = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write a report as one HTML file, with all bytes.", dir_okay=False),
]

conform_app = typer.Typer(
    cls=Group,
    help="Test a client or a server of MTProto against its protocol.",
    epilog=examples("sansio-tl conform client -- COMMAND", "sansio-tl conform server HOST:PORT --key FILE"),
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer, failures: Callable[[], AbstractContextManager[None]]) -> None:
    """Add the commands."""
    app.add_typer(conform_app, name="conform")
    _client_command(failures)
    _server_command(failures)


def _client_command(failures: Callable[[], AbstractContextManager[None]]) -> None:
    @conform_app.command(
        "client",
        epilog=examples(
            "sansio-tl conform client -- python my_client.py",
            "sansio-tl conform client --case handshake -- ./client",
            "sansio-tl conform client --list",
        ),
    )
    def client(
        command: Annotated[
            list[str] | None, typer.Argument(metavar="COMMAND", help="The client's program and its arguments.")
        ] = None,
        case: Select = None,
        schema: Annotated[
            list[Path] | None,
            typer.Option(
                metavar="FILE",
                help="Schema of the client's layer, TL with a line // LAYER n, if it has another one; may be repeated.",
                exists=True,
                dir_okay=False,
            ),
        ] = None,
        dc: Annotated[int, typer.Option(metavar="NUMBER", min=1, max=5, help="Number of the data center.")] = 2,
        jobs: Jobs = 2,
        time_limit: TimeLimit = 30.0,
        patience: Patience = 1.0,
        proxy_secret: Secret = "",
        name: Name = "",
        json_file: Json = None,
        junit_file: Junit = None,
        html_file: Html = None,
        *,
        strict: Strict = False,
        listing: Listing = False,
    ) -> None:
        """Run the cases for clients: sansio-tl conform client -- COMMAND.

        COMMAND is started once for each case. It finds the server in its environment: HOST, PORT, PUBLIC_KEY (a PEM
        file), FINGERPRINT (of that key), DC, API_ID, API_HASH, PHONE, CODE and PASSWORD, with --proxy-secret also
        PROXY_SECRET. It logs in, makes any two calls, and exits with status 0.
        """
        with failures():
            cases = _chosen(CLIENT_CASES, case)
            if listing:
                _list(cases)
                return
            if not command:
                raise typer.BadParameter("give the client's program: sansio-tl conform client -- COMMAND")
            if shutil.which(command[0]) is None:
                print_error(f"cannot start {command[0]}: {os.strerror(errno.ENOENT)}")
                raise typer.Exit(2)
            try:
                schemas = read_schemas(schema or ())
            except ValueError as error:
                raise typer.BadParameter(str(error)) from None
            options = ClientOptions(
                command=tuple(command),
                dc_id=dc,
                schemas=schemas,
                time_limit=time_limit,
                patience=patience,
                proxy_secret=_secret(proxy_secret),
            )
            suite = ClientSuite(options)
            try:
                results = _results(_run_all(suite.run, cases, jobs, name or shlex.join(command)))
            finally:
                suite.close()
        _finish(results, json_file, junit_file, html_file, strict=strict)


def _secret(text: str) -> ProxySecret | None:
    """The proxy secret of an option."""
    if not text:
        return None
    try:
        secret = ProxySecret.parse(text)
    except LocalProtocolError as error:
        raise typer.BadParameter(f"--proxy-secret: {error}") from None
    if secret.kind is not SecretKind.FAKE_TLS:
        raise typer.BadParameter("--proxy-secret: give a secret that begins with ee")
    return secret


def _server_command(failures: Callable[[], AbstractContextManager[None]]) -> None:
    @conform_app.command(
        "server",
        epilog=examples(
            "sansio-tl conform server 127.0.0.1:4430 --key dc.pem",
            "sansio-tl conform server 127.0.0.1:4430 --key dc.pem --phone 9996620000 --code-command 'echo 22222'",
            "sansio-tl conform server --list",
        ),
    )
    def server(
        address: Annotated[str, typer.Argument(metavar="HOST:PORT", help="Address of the server.")] = "",
        key: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="Public key of the server, PEM.", exists=True, dir_okay=False),
        ] = None,
        case: Select = None,
        dc: Annotated[int, typer.Option(metavar="NUMBER", min=1, max=1000, help="Number of the data center.")] = 2,
        layer: Annotated[int, typer.Option(metavar="NUMBER", help="API layer that the suite's client names.")] = LAYER,
        api_id: Annotated[int, typer.Option(metavar="NUMBER", min=1, help="api_id of the suite's client.")] = 1,
        api_hash: Annotated[str, typer.Option(metavar="HASH", help="api_hash of the suite's client.")] = "hash",
        phone: Annotated[
            str, typer.Option(metavar="NUMBER", help="Number of an account, for the cases that log in.")
        ] = "",
        code_command: Annotated[
            str,
            typer.Option(
                metavar="COMMAND",
                help="Program that prints the code which the server has sent to PHONE (in its environment).",
            ),
        ] = "",
        password: Annotated[
            str,
            typer.Option(metavar="PASSWORD", help="Password of that account, if it has two-step verification."),
        ] = "",
        proxy_secret: Secret = "",
        jobs: Jobs = 2,
        time_limit: TimeLimit = 30.0,
        name: Name = "",
        json_file: Json = None,
        junit_file: Junit = None,
        html_file: Html = None,
        *,
        strict: Strict = False,
        listing: Listing = False,
    ) -> None:
        """Run the cases for servers: sansio-tl conform server HOST:PORT --key FILE.

        Each case makes a new auth key. Test only servers of your own: the cases are attacks. The cases with the tag
        login need an account of the server: --phone and --code-command, for two-step verification --password.
        """
        with failures():
            cases = _chosen(SERVER_CASES, case)
            if listing:
                _list(cases)
                return
            if key is None or not address:
                raise typer.BadParameter("give the server and its key: sansio-tl conform server HOST:PORT --key FILE")
            try:
                public_key = RsaPublicKey.from_pem(key.read_bytes())
                where = find(address, keys=(public_key,))
            except (LocalProtocolError, ValueError) as error:
                raise typer.BadParameter(str(error)) from None
            if where.environment != "own":
                raise typer.BadParameter("the suite attacks the server: give HOST:PORT of a server of your own")
            if bool(phone) != bool(code_command):
                raise typer.BadParameter("give both --phone and --code-command, or none of them")
            target = ServerTarget(
                public_key=public_key,
                dc_id=dc,
                api_id=api_id,
                api_hash=api_hash,
                layer=layer,
                phone=phone,
                password=password,
                proxy_secret=_secret(proxy_secret),
            )
            options = ServerOptions(
                host=where.host,
                port=where.port,
                target=target,
                time_limit=time_limit,
                code_command=tuple(shlex.split(code_command)),
            )
            _require_reachable(options)
            results = _results(_run_all(ServerSuite(options).run, cases, jobs, name or address))
        _finish(results, json_file, junit_file, html_file, strict=strict)


def _require_reachable(options: ServerOptions) -> None:
    """Raise Failure when no server listens: every case would wait for it."""
    try:
        socket.create_connection((options.host, options.port), timeout=options.time_limit).close()
    except OSError as error:
        raise Failure(f"cannot connect to {options.host}:{options.port}: {error.strerror or error}") from error


def _chosen(cases: Sequence[Case], patterns: list[str] | None) -> list[Case]:
    try:
        return select(cases, patterns or ())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--case") from None


def _list(cases: Sequence[Case]) -> None:
    for case in cases:
        echo(f"{case.check:<5} {case.level.value:<6} {case.name:<36} {case.title} ({', '.join(case.tags)})")


def _results(run_all: Coroutine[Any, Any, SuiteResults]) -> SuiteResults:
    """Run it in a loop. SIGTERM cancels it, which ends the processes of clients."""
    try:
        return asyncio.run(run_all)
    except* (ClientStartError, CodeCommandError) as group:
        reason: BaseException = group
        while isinstance(reason, BaseExceptionGroup):
            reason = reason.exceptions[0]
        print_error(str(reason))
    except* asyncio.CancelledError:
        raise typer.Exit(128 + signal.SIGTERM) from None
    raise typer.Exit(2)


async def _run_all(
    run: Callable[[Case, asyncio.Semaphore], Coroutine[Any, Any, CaseResult]],
    cases: Sequence[Case],
    jobs: int,
    peer: str,
) -> SuiteResults:
    """Run the cases, and print each result as it comes."""
    begun = time.monotonic()
    results = SuiteResults(peer)
    shown = Progress(len(cases), "cases")
    slots = asyncio.Semaphore(jobs)
    task = asyncio.current_task()
    if task is not None:
        with contextlib.suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)

    async def one(case: Case) -> None:
        try:
            outcome = await run(case, slots)
            results.outcomes.append(outcome)
        except (ClientStartError, CodeCommandError):
            raise
        except Exception as bug:  # noqa: BLE001
            outcome = results.add_bug(case, bug)
        echo(f"{len(results.outcomes):>3}/{len(cases)} {line_of(outcome)}")
        shown.report(len(results.outcomes))

    async with asyncio.TaskGroup() as group:
        for case in cases:
            group.create_task(one(case))
    results.outcomes = in_order(results.outcomes, [case.name for case in cases])
    results.seconds = time.monotonic() - begun
    return results


def _finish(
    results: SuiteResults, json_file: Path | None, junit_file: Path | None, html_file: Path | None, *, strict: bool
) -> None:
    """Write the reports; exit with status 1 for a failed case, or if no case could be tested."""
    for path, make in ((json_file, to_json), (junit_file, to_junit), (html_file, to_html)):
        if path is not None:
            try:
                path.write_text(make(results), encoding="utf-8")
            except OSError as error:
                raise Failure(f"cannot write {path}: {error.strerror}") from error
    echo(summary(results))
    echo(conclusion(results))
    for path in (json_file, junit_file, html_file):
        if path is not None:
            echo(f"Written: {path}")
    if bugs := [each.case.name for each in results.outcomes if each.ending is Ending.UNKNOWN]:
        print_error(f"the suite itself failed, which is a bug in it, in {', '.join(bugs)}")
    if not results.has_tested:
        print_error("nothing could be tested: every case is unreachable")
    if not results.is_good(strict=strict):
        raise typer.Exit(1)
