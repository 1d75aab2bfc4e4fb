"""The commands `decode`, `encode` and `describe`, and their options."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl_transports.cli.help import examples
from sansio_tl_transports.cli.inspect.inputs import read_bytes, read_coder, read_key, read_text
from sansio_tl_transports.cli.inspect.output import Output
from sansio_tl_transports.cli.inspect.usage_error import UsageError
from sansio_tl_transports.cli.terminal import echo, print_error

SchemaOption = Annotated[
    Path | None, typer.Option("--schema", metavar="FILE", help="Use this TL schema instead of the shipped one.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command(
        epilog=examples(
            "sansio-tl decode a2bb00c005000000",
            "sansio-tl decode packet.bin --auth-key sansio-tl.session",
            "sansio-tl decode - --json < value.bin",
        )
    )(decode)
    app.command(
        epilog=examples(
            """sansio-tl encode '{"_": "auth.sentCodeTypeSms", "length": 5}'""",
            "sansio-tl encode value.json --out value.bin",
        )
    )(encode)
    app.command(
        epilog=examples(
            "sansio-tl describe auth.sendCode",
            "sansio-tl describe FLOOD_WAIT_30",
            "sansio-tl describe phone",
            "sansio-tl describe auth.sendCode --json",
        )
    )(describe)


def decode(
    data: Annotated[str, typer.Argument(help="Hex, base64, the name of a file, or - for standard input.")],
    auth_key: Annotated[
        str | None,
        typer.Option(metavar="HEX|BASE64|FILE", help="Decrypt an MTProto message, in either direction."),
    ] = None,
    result_of: Annotated[
        str | None, typer.Option(metavar="METHOD", help="Decode the result of this method (required for vectors).")
    ] = None,
    schema: SchemaOption = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the value as JSON, with its secrets.")] = False,
    secrets: Annotated[bool, typer.Option("--secrets", help="Show codes, keys, phone numbers and the like.")] = False,
) -> None:
    """Decode a TL value or a whole MTProto message, and print its fields with offsets."""
    with usage_errors():
        from sansio_tl_transports.cli.inspect.decode import show

        show(
            Output(),
            read_coder(schema),
            read_bytes(data),
            auth_key=None if auth_key is None else read_key(auth_key),
            result_of=result_of,
            as_json=json,
            secrets=secrets,
        )


def encode(
    value: Annotated[str, typer.Argument(help="JSON, the name of a file, or - for standard input.")],
    schema: SchemaOption = None,
    out: Annotated[Path | None, typer.Option(help="Write the bytes to this file.", dir_okay=False)] = None,
    *,
    as_base64: Annotated[bool, typer.Option("--base64", help="Print base64 in place of hex.")] = False,
) -> None:
    """Encode a value given as JSON, in the format of decode --json."""
    with usage_errors():
        from sansio_tl_transports.cli.inspect.encode import build

        data = build(read_coder(schema), read_text(value))
        if out is None:
            echo(base64.b64encode(data).decode("ascii") if as_base64 else data.hex())
            return
        try:
            out.write_bytes(data)
        except OSError as error:
            raise UsageError(f"cannot write {out}: {error.strerror}") from None


def describe(
    name: Annotated[str, typer.Argument(help="A method, constructor or type, the id of one in hex, or an error.")],
    schema: SchemaOption = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Print all lists in full.")] = False,
) -> None:
    """Describe a method, a constructor or a type: parameters, result, errors, related methods.

    For an error, such as 420 FLOOD_WAIT_30 or FloodWait: its meaning, what to do, and which methods raise it.
    """
    with usage_errors():
        from sansio_tl_transports.cli.inspect.describe import Describer
        from sansio_tl_transports.cli.inspect.error import describe_error, find_error
        from sansio_tl_transports.cli.inspect.schema_index import SchemaIndex

        index = SchemaIndex.shipped() if schema is None else SchemaIndex.of_text(read_text(str(schema)), str(schema))
        if name not in index.names and (error := find_error(name)) is not None:
            describe_error(Output(), index, error, everything=everything, given=name)
            return
        found = index.find(name)
        Describer(Output(), index, everything=everything).describe(found)


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn errors of the input into one line on standard error, and exit status 2."""
    try:
        yield
    except (UsageError, LocalProtocolError, RemoteProtocolError) as error:
        print_error(str(error))
        raise typer.Exit(2) from None
    except BrokenPipeError:  # the reader of the pipe has ended
        sys.stderr.close()
        raise typer.Exit(0) from None
