"""The command `trace`: shows a qlog file in the terminal, or writes it as an HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from sansio_tl import trace
from sansio_tl_transports.cli.help import examples
from sansio_tl_transports.cli.inspect.output import FAINT, HEAD, NAME, TYPE, VALUE, WARN, Output
from sansio_tl_transports.cli.inspect.usage_error import UsageError
from sansio_tl_transports.cli.terminal import echo, print_error
from sansio_tl_transports.tracing.descriptions import AREAS, WARNING, describe
from sansio_tl_transports.tracing.qlog import read_qlog
from sansio_tl_transports.tracing.qlog_format import Header, QlogEvent

_STYLES = {"connection": NAME, "handshake": TYPE, "message": FAINT, "request": VALUE, "client": HEAD}


def show_trace(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A qlog file, as --trace and QlogTracer write it.", dir_okay=False)
    ],
    connection: Annotated[
        list[int] | None,
        typer.Option("--connection", "-c", metavar="NUMBER", help="Only this connection; may be repeated."),
    ] = None,
    request: Annotated[
        list[int] | None,
        typer.Option(
            "--request",
            "-r",
            metavar="NUMBER",
            help="Only this request, and the messages that belong to it; may be repeated.",
        ),
    ] = None,
    part: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this client or server, of a trace with several.")
    ] = None,
    area: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help=f"Only this area: {', '.join(AREAS)}; may be repeated.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write one self-contained HTML page.", dir_okay=False)
    ] = None,
    *,
    packets: Annotated[
        bool, typer.Option("--packets", help="Show the sizes of packets, too; they belong to no request.")
    ] = False,
) -> None:
    """Show what happened on connections: handshakes, messages, requests and their times."""
    for each in area or ():
        if each not in AREAS:
            raise typer.BadParameter(f"unknown area {each!r}: expected one of {', '.join(AREAS)}", param_hint="--area")
    try:
        header, events = _read(file)
        _check_requests(events, request or ())
        chosen = list(
            select(events, connections=connection, requests=request, part=part, areas=area, packets=packets or html)
        )
        if html is None:
            write_lines(Output(), header, chosen)
        else:
            write_page(html, header, chosen)
            echo(f"written to {html}")
    except UsageError as error:
        print_error(str(error))
        raise typer.Exit(2) from None


def _read(file: Path) -> tuple[Header, list[QlogEvent]]:
    try:
        header, events = read_qlog(file)
        return header, list(events)
    except ValueError as error:
        raise UsageError(f"{file}: {error}") from None
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None


def _check_requests(events: list[QlogEvent], requests: Iterable[int]) -> None:
    """Raise UsageError for a request that is not in the file."""
    known = {number for each in events if (number := getattr(each.event, "request", None)) is not None}
    for number in requests:
        if number not in known:
            has = f"{min(known)} to {max(known)}" if known else "none"
            raise UsageError(f"no request {number}; the file has {has}")


def select(
    events: list[QlogEvent],
    *,
    connections: Iterable[int] | None = None,
    requests: Iterable[int] | None = None,
    part: str | None = None,
    areas: Iterable[str] | None = None,
    packets: object = True,
) -> Iterator[QlogEvent]:
    """The events that the options ask for."""
    belongs = None if not requests else _messages_of(events, set(requests))
    for each in events:
        event = each.event
        if part is not None and each.group != part:
            continue
        if connections and getattr(event, "connection", None) not in set(connections):
            continue
        if not packets and isinstance(event, trace.PacketSent | trace.PacketReceived):
            continue
        if areas and describe(event).area not in areas:
            continue
        if requests and belongs is not None and not _belongs(each, set(requests), belongs):
            continue
        yield each


def _messages_of(events: list[QlogEvent], requests: set[int]) -> set[tuple[str, int]]:
    """The ids of the messages in which these requests were sent, each with the part of the trace."""
    return {
        (each.group, each.event.msg_id)
        for each in events
        if isinstance(each.event, trace.RequestSent | trace.RequestResent) and each.event.request in requests
    }


def _belongs(each: QlogEvent, requests: set[int], messages: set[tuple[str, int]]) -> bool:
    event: Any = each.event
    if getattr(event, "request", None) in requests:
        return True
    about = (getattr(event, "msg_id", None), *getattr(event, "refers_to", ()))
    return any((each.group, msg_id) in messages for msg_id in about)


def write_lines(output: Output, header: Header, events: list[QlogEvent]) -> None:
    """One line for each event: milliseconds, part, area and text."""
    if header.title:
        output.line((header.title, HEAD))
    times = [f"{each.time * 1000:,.1f}" for each in events]
    width = max(map(len, times), default=0)
    part_width = max((len(each.group) for each in events), default=0)
    for each, time in zip(events, times, strict=True):
        area, level, text = describe(each.event)
        part = f"{each.group:<{part_width}}  " if part_width else ""
        style = WARN if level >= WARNING else _STYLES[area]
        output.line((f"{time:>{width}} ms  ", FAINT), part, (f"{area:<10}  ", style), text)


def write_page(out: Path, header: Header, events: list[QlogEvent]) -> None:
    """Write the HTML page. Raises UsageError."""
    from sansio_tl_transports.tracing.html import page

    try:
        out.write_text(page(header, events), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror}") from None


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(
        name="trace",
        epilog=examples(
            "sansio-tl login --trace login.qlog",
            "sansio-tl trace login.qlog",
            "sansio-tl trace login.qlog --area request",
            "sansio-tl trace login.qlog --html login.html",
        ),
    )(show_trace)
