"""The commands `decode`, `encode` and `describe`, and how they join the others."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl_transports.cli.inspect.inputs import read_bytes, read_coder, read_key, read_text
from sansio_tl_transports.cli.inspect.output import Output
from sansio_tl_transports.cli.inspect.usage_error import Mistake
from sansio_tl_transports.cli.terminal import complain, echo

_Schema = Annotated[
    Path | None, typer.Option("--schema", metavar="FILE", help="Another schema than the shipped one, in TL.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(decode)
    app.command()(encode)
    app.command()(describe)


def decode(
    data: Annotated[str, typer.Argument(help="Hex, base64, the name of a file, or - for standard input.")],
    auth_key: Annotated[
        str | None,
        typer.Option(metavar="HEX|BASE64|FILE", help="Open an encrypted MTProto message, whoever sent it."),
    ] = None,
    result_of: Annotated[
        str | None, typer.Option(metavar="METHOD", help="The data is this method's answer (vectors need to know).")
    ] = None,
    schema: _Schema = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the value as JSON, with its secrets.")] = False,
    secrets: Annotated[bool, typer.Option("--secrets", help="Show codes, keys, phone numbers and the like.")] = False,
) -> None:
    """Print what bytes mean: a TL value, or a whole MTProto message, as a tree with offsets."""
    with _mistakes():
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
    schema: _Schema = None,
    out: Annotated[Path | None, typer.Option(help="Write the bytes to this file.", dir_okay=False)] = None,
    *,
    as_base64: Annotated[bool, typer.Option("--base64", help="Print base64 in place of hex.")] = False,
) -> None:
    """Print the bytes of a value that is given as JSON, such as decode --json prints."""
    with _mistakes():
        from sansio_tl_transports.cli.inspect.encode import build

        data = build(read_coder(schema), read_text(value))
        if out is None:
            echo(base64.b64encode(data).decode("ascii") if as_base64 else data.hex())
            return
        try:
            out.write_bytes(data)
        except OSError as error:
            raise Mistake(f"cannot write {out}: {error.strerror}") from None


def describe(
    name: Annotated[str, typer.Argument(help="A method, constructor or type, the id of one in hex, or an error.")],
    schema: _Schema = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Leave no list cut short.")] = False,
) -> None:
    """Print what is known of a method, a constructor or a type: parameters, result, errors, relatives.

    Of an error, such as 420 FLOOD_WAIT_30 or FloodWait: what it means, what to do, and which methods raise it.
    """
    with _mistakes():
        from sansio_tl_transports.cli.inspect.describe import Describer
        from sansio_tl_transports.cli.inspect.error import describe_error, find_error
        from sansio_tl_transports.cli.inspect.schema_index import Library

        library = Library.shipped() if schema is None else Library.of_text(read_text(str(schema)), str(schema))
        if name not in library.names and (error := find_error(name)) is not None:
            describe_error(Output(), library, error, everything=everything)
            return
        found = library.find(name)
        Describer(Output(), library, everything=everything).describe(found)


@contextmanager
def _mistakes() -> Iterator[None]:
    """Turn what cannot be used into one line on standard error, and exit status 2."""
    try:
        yield
    except (Mistake, LocalProtocolError, RemoteProtocolError) as error:
        complain(str(error))
        raise typer.Exit(2) from None
    except BrokenPipeError:  # whoever read has seen enough
        sys.stderr.close()
        raise typer.Exit(0) from None
