"""The commands `decode`, `encode` and `describe`, and their options."""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl_transports.cli.help import completion, examples
from sansio_tl_transports.cli.inspect.inputs import read_bytes, read_coder, read_key, read_text
from sansio_tl_transports.cli.inspect.output import Output
from sansio_tl_transports.cli.inspect.usage_error import UsageError, did_you_mean
from sansio_tl_transports.cli.terminal import echo_data, print_error, print_json

SchemaOption = Annotated[
    Path | None, typer.Option("--schema", metavar="FILE", help="Use this TL schema instead of the shipped one.")
]


_CHECK = re.compile(r"(?:HS|TR|EN|MS|TL|AU)\d+")


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
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="Hex, base64, the name of a file, or - for standard input.")
    ],
    auth_key: Annotated[
        str | None,
        typer.Option(metavar="HEX|BASE64|FILE", help="Decrypt an MTProto message, in either direction."),
    ] = None,
    result_of: Annotated[
        str | None, typer.Option(metavar="METHOD", help="Decode the result of this method (required for vectors).")
    ] = None,
    schema: SchemaOption = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the value as JSON, with its secrets.")] = False,
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
            as_json=as_json,
            secrets=secrets,
        )


def encode(
    value: Annotated[str, typer.Argument(metavar="VALUE", help="JSON, the name of a file, or - for standard input.")],
    schema: SchemaOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the bytes to this file.", dir_okay=False)
    ] = None,
    *,
    as_base64: Annotated[bool, typer.Option("--base64", help="Print base64 in place of hex.")] = False,
) -> None:
    """Encode a value given as JSON, in the format of decode --json."""
    with usage_errors():
        from sansio_tl_transports.cli.inspect.encode import build

        data = build(read_coder(schema), read_text(value))
        if out is None:
            echo_data(base64.b64encode(data).decode("ascii") if as_base64 else data.hex())
            return
        try:
            out.write_bytes(data)
        except OSError as error:
            raise UsageError(f"cannot write {out}: {error.strerror}") from None


def _complete_name(incomplete: str) -> list[str]:
    """Names that begin with this, for shells."""
    from sansio_tl_transports.cli.inspect.schema_index import shipped_names
    from sansio_tl_transports.cli.inspect.search import error_names

    return completion([*shipped_names(), *error_names()])(incomplete)


def describe(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME",
            help="A method, constructor or type, the id of one in hex, or an error.",
            autocompletion=_complete_name,
        ),
    ],
    schema: SchemaOption = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Print all lists in full.")] = False,
    searching: Annotated[bool, typer.Option("--search", "-s", help="Search names and descriptions.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Describe a method, a constructor or a type: parameters, result, errors, related methods.

    For an error, such as 420 FLOOD_WAIT_30 or FloodWait: its meaning, what to do, and which methods raise it. Words
    that are no name, such as phone, are searched for.
    """
    name = " ".join(names)
    with usage_errors():
        from sansio_tl_transports.cli.inspect import describe_json
        from sansio_tl_transports.cli.inspect.describe import Describer
        from sansio_tl_transports.cli.inspect.error import describe_error, find_error
        from sansio_tl_transports.cli.inspect.schema_index import SchemaIndex, UnknownNameError
        from sansio_tl_transports.cli.inspect.search import error_names, print_found, search

        if not name.strip():
            raise UsageError("expected a name, such as auth.sendCode")
        if _CHECK.fullmatch(name):
            raise UsageError(
                f"{name} is the id of a check of the protocol: the page Security of the documentation lists them"
            )
        index = SchemaIndex.shipped() if schema is None else SchemaIndex.of_text(read_text(str(schema)), str(schema))
        output = Output()
        if not searching and name not in index.names and (error := find_error(name)) is not None:
            if as_json:
                print_json(describe_json.of_error(index, error, name))
            else:
                describe_error(output, index, error, everything=everything, given=name)
            return
        results = search(index, name.split(), with_errors=schema is None) if searching or _are_words(name) else []
        try:
            found = None if searching else index.find(name)
        except UnknownNameError as unknown:
            if not results:
                hint = did_you_mean(name, [*index.names, *error_names()])
                advice = "" if _are_words(name) else "; --search finds parts of names"
                raise UsageError(f"{unknown}{hint or advice}") from None
            found = None
        if found is not None and as_json:
            print_json(describe_json.of_schema(index, found))
        elif found is not None:
            Describer(output, index, everything=everything).describe(found)
        elif not results:
            raise UsageError(f"nothing has {name} in its name or description")
        elif as_json:
            print_json(describe_json.of_search(results))
        else:
            print_found(output, results, everything=everything)


def _are_words(name: str) -> bool:
    """Whether this is no name with a typing error, but words to search for."""
    return name.replace(" ", "").isalpha() and name.islower()


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
