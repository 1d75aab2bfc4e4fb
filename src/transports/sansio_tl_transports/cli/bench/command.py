"""The command `sansio-tl bench` and its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sansio_tl_transports.cli.help import examples
from sansio_tl_transports.cli.inspect.commands import SchemaOption, usage_errors
from sansio_tl_transports.cli.inspect.inputs import read_coder
from sansio_tl_transports.cli.inspect.output import Output
from sansio_tl_transports.cli.progress import Progress

ROUNDS = 15


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(
        epilog=examples(
            "sansio-tl bench dialogs.bin message.json",
            "sansio-tl bench users.bin --result-of users.getUsers",
        )
    )(bench)


def bench(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="TL objects or functions: binary, hex, base64 or JSON.")
    ],
    result_of: Annotated[
        str | None, typer.Option(metavar="METHOD", help="The files are results of this method (required for vectors).")
    ] = None,
    schema: SchemaOption = None,
    rounds: Annotated[int, typer.Option(metavar="NUMBER", min=1, help="Number of rounds.")] = ROUNDS,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON; times are seconds.")] = False,
) -> None:
    """Measure the codec on your own payloads: decode and encode, beside Telethon if it is installed."""
    with usage_errors():
        from sansio_tl_transports.cli.bench.measure import measure
        from sansio_tl_transports.cli.bench.payloads import read
        from sansio_tl_transports.cli.bench.report import print_json, print_table
        from sansio_tl_transports.cli.bench.telethon_codec import TelethonCodec
        from sansio_tl_transports.cli.inspect.decode import find_method

        coder = read_coder(schema)
        function = None if result_of is None else find_method(coder, result_of)
        payloads = [read(path, coder, function) for path in files]  # all errors before the first minute of work
        telethon = TelethonCodec.find()
        shown = Progress(len(payloads), "files")
        measurements = []
        for payload in payloads:
            measurements.append(measure(payload, telethon, rounds))
            shown.report(len(measurements))
        (print_json if json else print_table)(Output(), measurements, telethon, rounds)
