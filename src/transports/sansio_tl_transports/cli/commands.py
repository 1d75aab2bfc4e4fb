"""The commands of `sansio-tl` and their options: this parses and checks the options, and prints errors.

What a command does is in the module of its name: serve.py, login.py, simulate.py, account_commands.py, inspect/.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from sansio_tl import RsaPublicKey
from sansio_tl.data_centers import DEFAULT_DC
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError, RpcError, TransportError
from sansio_tl.proxy import ProxyError
from sansio_tl.testing import DataCenterConfig
from sansio_tl_transports.cli import account_commands, conform, inputs, trace
from sansio_tl_transports.cli.answer_timeout import TIMEOUT, Seconds
from sansio_tl_transports.cli.bench.command import register as register_bench
from sansio_tl_transports.cli.dc_option import Target, find
from sansio_tl_transports.cli.help import HELP_OPTIONS, ROOT, Group, VersionOption, completion, examples
from sansio_tl_transports.cli.inspect.commands import register as register_inspect
from sansio_tl_transports.cli.login import (
    PhoneLoginCommand,
    interrupted_login,
    interruption_text,
    load_unused,
    log_out,
)
from sansio_tl_transports.cli.messages import error_text
from sansio_tl_transports.cli.next_steps import ADAPTERS
from sansio_tl_transports.cli.proxy_option import Framing, ProxyUrl, TlsHello, connect_arguments
from sansio_tl_transports.cli.qr_and_bot_login import QrOrBotLoginCommand
from sansio_tl_transports.cli.serve import (
    AccountOption,
    ListenOptions,
    open_data_centers,
    read_origins,
    read_schemas,
    read_secrets,
    run,
)
from sansio_tl_transports.cli.session_file import SessionFileError, lock
from sansio_tl_transports.cli.terminal import Failure, InvalidInput, Terminal, print_error
from sansio_tl_transports.cli.terminal_input import INTERRUPTED, discard_typed_ahead
from sansio_tl_transports.cli.web_proxy import RelayOptions
from sansio_tl_transports.cli.web_proxy import run as run_relay
from sansio_tl_transports.tracing.qlog import QlogTracer

app = typer.Typer(
    cls=Group,
    help=ROOT,
    no_args_is_help=True,
    context_settings=HELP_OPTIONS,
    pretty_exceptions_enable=False,  # they would show local variables, and with them keys and codes
    rich_markup_mode=None,
)

SESSION = Path("sansio-tl.session")
APPLICATION = (
    "Every application has an api_id and an api_hash, which my.telegram.org shows. A test server takes any.\n"
    "The options --api-id and --api-hash, or SANSIO_TL_API_ID and SANSIO_TL_API_HASH, save the questions."
)
TraceFile = Annotated[
    Path | None,
    typer.Option(
        "--trace",
        metavar="FILE",
        help="Write connections, messages and requests to a qlog file, without secrets: see sansio-tl trace.",
        dir_okay=False,
    ),
]


@app.callback()
def options(*, version: VersionOption = False) -> None:
    """The options of `sansio-tl` itself."""


@app.command(
    epilog=examples(
        "sansio-tl serve",
        "sansio-tl serve --port 4430 --public-key dc.pem",
        "sansio-tl serve --account +12025550100:secret",
        "sansio-tl serve --json",
    )
)
def serve(
    host: Annotated[str, typer.Option(metavar="HOST", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 0,
    public_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write the public key, as PKCS#1 PEM.", dir_okay=False)
    ] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NUMBER[@DC][:PASSWORD]",
            help="Add an account, at the first data center or at the one with this number; may be repeated.",
        ),
    ] = None,
    dc_id: Annotated[
        list[int] | None,
        typer.Option(
            metavar="NUMBER",
            min=1,
            max=5,
            help="Number of the data center, 2 by default. Repeated, it serves several that redirect clients to each"
            " other: the first on --port, the others on the following ports.",
        ),
    ] = None,
    seed: Annotated[
        str | None,
        typer.Option(metavar="SEED", help="The same seed gives the same key and the same codes. For tests only."),
    ] = None,
    resend_timeout: Annotated[
        int, typer.Option(min=0, metavar="SECONDS", help="Time before a code can be sent again.")
    ] = 60,
    schema: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Schema of another layer, TL with a line // LAYER n: clients of that layer are served in it, others in"
            " the nearest layer; may be repeated.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    bot: Annotated[
        list[str] | None, typer.Option(metavar="TOKEN", help="Add a bot with this token; may be repeated.")
    ] = None,
    proxy_secret: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SECRET",
            help="Accept clients that use this as an MTProxy with this secret: plain, dd... or ee...; may be repeated.",
        ),
    ] = None,
    require_proxy_secret: Annotated[  # noqa: FBT002
        bool, typer.Option("--require-proxy-secret", help="Answer no client without one of these secrets.")
    ] = False,
    tls_port: Annotated[
        int | None,
        typer.Option(metavar="NUMBER", min=0, max=65535, help="Another port, with TLS, for wss; 0 takes a free one."),
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where to write the certificate of the TLS port, made at start, as PEM.",
            dir_okay=False,
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="Allow web pages of this origin, such as http://localhost:8000; * for all; may be repeated.",
        ),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Append every executed request to this file: a JSON object a line, its secrets hidden.",
            dir_okay=False,
        ),
    ] = None,
    trace_file: TraceFile = None,
    python: Annotated[
        str,
        typer.Option(
            metavar="|".join(ADAPTERS),
            help="Print the program that logs in for this adapter.",
            autocompletion=completion(ADAPTERS),
        ),
    ] = ADAPTERS[0],
    *,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print every request, too.")] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print JSON objects, one a line: the first with address, key, number of the data center and process,"
            " then events such as codes.",
        ),
    ] = False,
    plain_errors: Annotated[
        bool,
        typer.Option("--plain-errors", help="Answer METHOD_INVALID, for what is no login method, without explaining."),
    ] = False,
) -> None:
    """Run a data center for logins, and print every code that it sends.

    It prints the command and the program that log in there. Methods that have nothing to do with logins are answered
    with METHOD_INVALID; a test sets their answers, with the pytest fixture data_center.

    Test numbers 99966XYYYY have a defined behaviour YYYY on data center X: python -m pydoc sansio_tl.testing.sandbox
    """
    if certificate is not None and tls_port is None:
        raise typer.BadParameter("--certificate requires --tls-port")
    if python not in ADAPTERS:
        raise typer.BadParameter(f"expected one of {', '.join(ADAPTERS)}", param_hint="--python")
    with _failures(), _tracer(trace_file, "sansio-tl serve", "server") as tracer:
        try:
            config = DataCenterConfig(
                offload_handshake=True,
                resend_timeout=resend_timeout,
                proxy_secrets=read_secrets(proxy_secret or ()),
                require_proxy_secret=require_proxy_secret,
                schemas=read_schemas(schema or ()),
                allowed_origins=read_origins(allow_origin or ()),
                explain_errors=not plain_errors,
            )
            accounts = [AccountOption.parse(text) for text in account or ()]
            configs = [replace(config, dc_id=each) for each in dc_id or (DEFAULT_DC,)]
            make_tracer = None if tracer is None else tracer.part
            data_centers = open_data_centers(configs, accounts, seed, bot or (), make_tracer=make_tracer)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        run(
            data_centers,
            ListenOptions(host, port, tls_port, certificate),
            public_key,
            verbose=verbose,
            record=record,
            number=accounts[0].phone_number if accounts else None,
            adapter=python,
            as_json=as_json,
        )


@app.command(
    epilog=examples(
        "sansio-tl web-proxy www.example.org/blog --secret dd... --target 127.0.0.1:4430",
        "sansio-tl web-proxy www.example.org --secret dd... --target 127.0.0.1:4430 --host 0.0.0.0 --port 443"
        " --certificate chain.pem --key key.pem",
    )
)
def web_proxy(
    server: Annotated[str, typer.Argument(metavar="HOST[/PATH]", help="Where clients find the relay.")],
    secret: Annotated[str, typer.Option(metavar="SECRET", help="The secret of the MTProxy: plain, or dd...")],
    target: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="The MTProxy, or a data center with that proxy secret.")
    ],
    host: Annotated[str, typer.Option(metavar="HOST", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 0,
    certificate: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Certificate chain of the host, PEM. Without it, a server before the relay has the certificate.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Its private key, if it is in another file.", exists=True, dir_okay=False),
    ] = None,
    *,
    polling: Annotated[bool, typer.Option("--polling", help="Let clients use long polling, not a WebSocket.")] = False,
) -> None:
    """Run the relay of a WEB proxy, and print the link to share.

    Others, who do not have the secret, see a web site.
    """
    options = RelayOptions(server, secret, target, host, port, certificate, key, web_socket=not polling)
    with _failures():
        try:
            run_relay(options)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None


@app.command(
    epilog=examples(
        "sansio-tl login",
        "sansio-tl login --phone +12025550100",
        "sansio-tl login --qr --session laptop.session",
        "sansio-tl login --dc 127.0.0.1:4430 --key dc.pem",
    )
)
def login(
    dc: Annotated[
        str,
        typer.Option(
            metavar="prod|test|HOST:PORT", help="The data center.", autocompletion=completion(("prod", "test"))
        ),
    ] = "prod",
    key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Public key of the data center, PEM.", exists=True, dir_okay=False, readable=True
        ),
    ] = None,
    dc_id: Annotated[
        int | None, typer.Option(metavar="NUMBER", min=1, max=5, help="Number of the data center, 2 by default.")
    ] = None,
    api_id: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER", min=1, envvar="SANSIO_TL_API_ID", help="api_id of the application, from my.telegram.org."
        ),
    ] = None,
    api_hash: Annotated[
        str | None,
        typer.Option(
            metavar="HASH", envvar="SANSIO_TL_API_HASH", help="api_hash of the application, from my.telegram.org."
        ),
    ] = None,
    session: Annotated[
        Path, typer.Option(metavar="FILE", help="File that keeps the session.", dir_okay=False)
    ] = SESSION,
    phone: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="The phone number; prompted for if omitted.")
    ] = None,
    proxy: ProxyUrl = None,
    tls_hello: TlsHello = None,
    framing: Framing = None,
    timeout: Seconds = TIMEOUT,
    trace_file: TraceFile = None,
    *,
    qr: Annotated[bool, typer.Option("--qr", help="Show a QR code to scan with a device that is logged in.")] = False,
    bot: Annotated[bool, typer.Option("--bot", help="Log in a bot; prompts for its token.")] = False,
) -> None:
    """Log in by phone code, QR code or bot token, and answer all prompts of the server."""
    if (phone is not None) + qr + bot > 1:
        raise typer.BadParameter("give only one of --phone, --qr and --bot")
    target = _target(dc, key, dc_id)
    if phone is not None:
        _check_phone(phone)
    arguments = connect_arguments(proxy, tls_hello, framing)
    terminal = Terminal()
    with (
        _failures(lambda: interruption_text(session)),
        lock(session),
        _tracer(trace_file, "sansio-tl login", "client") as tracer,
    ):
        connect_options = {**arguments, "tracer": tracer}
        kept = load_unused(session)
        interrupted = None if qr or bot else interrupted_login(kept, target)
        if interrupted is not None and kept is not None:
            api_id = api_id or kept.api_id
            api_hash = api_hash or getattr(interrupted.purpose, "api_hash", None)
        if api_id is None or not api_hash:
            terminal.print(APPLICATION)
        if api_id is None:
            api_id = terminal.ask_until_valid("api_id", inputs.api_id)
        if not api_hash:
            api_hash = terminal.ask_until_valid("api_hash", inputs.api_hash, hidden=True)
        if not qr and not bot:
            PhoneLoginCommand(
                terminal,
                target,
                session,
                api_id=api_id,
                api_hash=api_hash,
                connect_options=connect_options,
                timeout=timeout,
            ).run(phone)
            return
        other = QrOrBotLoginCommand(terminal, target, session, api_id=api_id, api_hash=api_hash, timeout=timeout)
        if qr:
            other.by_qr(connect_options)
        else:
            other.by_token(connect_options)


@app.command(epilog=examples("sansio-tl logout", "sansio-tl logout --session laptop.session"))
def logout(
    session: Annotated[
        Path, typer.Option(metavar="FILE", help="File that keeps the session.", dir_okay=False)
    ] = SESSION,
    proxy: ProxyUrl = None,
    tls_hello: TlsHello = None,
    framing: Framing = None,
    timeout: Seconds = TIMEOUT,
) -> None:
    """Log out. Deletes the session file, or keeps only the tokens for a later login without a code."""
    arguments = connect_arguments(proxy, tls_hello, framing)
    with _failures(), lock(session):
        log_out(Terminal(), session, arguments, timeout)


register_inspect(app)
trace.register(app)
register_bench(app)


def _target(dc: str, key: Path | None, dc_id: int | None) -> Target:
    """The data center of the options. Raises typer.BadParameter, exit status 2."""
    try:
        keys = () if key is None else (RsaPublicKey.from_pem(key.read_bytes()),)
    except LocalProtocolError as error:
        raise typer.BadParameter(f"{key}: {error}", param_hint="--key") from None
    try:
        return find(dc, dc_id=dc_id, keys=keys)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--dc") from None


@contextlib.contextmanager
def _tracer(path: Path | None, title: str, vantage_point: str) -> Iterator[QlogTracer | None]:
    """What writes the trace file, if there is to be one. Raises Failure."""
    if path is None:
        yield None
        return
    try:
        tracer = QlogTracer(path, title=title, vantage_point=vantage_point)
    except OSError as error:
        raise Failure(f"cannot write {path}: {error.strerror}") from error
    with tracer:
        yield tracer


def _check_phone(phone: str) -> None:
    """Check a number before anything is asked. Raises typer.BadParameter, exit status 2."""
    try:
        inputs.phone_number(phone)
    except InvalidInput as error:
        raise typer.BadParameter(str(error), param_hint="--phone") from None


@contextlib.contextmanager
def _failures(interrupted: Callable[[], str] = lambda: "interrupted") -> Iterator[None]:
    """Turn errors into one line with instructions, and exit status 1; 130 for Ctrl-C.

    What was typed and not read yet is dropped, so that no shell reads a secret.
    """
    status = 1
    try:
        yield
    except (Failure, SessionFileError) as error:
        text = str(error)
    except RpcError as error:
        text = error_text(error)
    except TransportError as error:
        text = f"{error}. {error.hint}"
    except ProxyError as error:
        text = f"the proxy failed at {error.step}: {error.reason}. Check its address and its password"
    except RemoteProtocolError as error:
        text = (
            f"the server violated the protocol ({error}). Check the address and the key; do not trust this connection"
        )
    except LocalProtocolError as error:
        text = f"invalid request: {error}"
    except KeyboardInterrupt:
        text, status = interrupted(), INTERRUPTED
    except EOFError:
        text = f"the input has ended{interrupted().removeprefix('interrupted')}"
    except OSError as error:
        text = f"no connection: {error}. Check the address and the network, and try again"
    else:
        return
    discard_typed_ahead()
    print_error(text)
    raise typer.Exit(status)


account_commands.register(app, _failures)
conform.register(app, _failures)
