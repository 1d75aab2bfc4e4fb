"""The command that writes the generated modules from the schema files.

    python -m sansio_tl_transports.codegen.schema [--api FILE] [--mtproto FILE] [--check]

Reads `schema/api.tl` and `schema/mtproto.tl` of the installed package by default, verifies every id, and
writes `types/`, `functions/` and `codec/`. With `--check` it writes nothing and fails when a file differs from what it
would write. The generator itself is a pure function (`sansio_tl.tl.codegen.generator`); this is the part that touches
files.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import sansio_tl
from sansio_tl import SchemaError
from sansio_tl.schema import ids, secrets
from sansio_tl.tl.codegen.generator import Generator
from sansio_tl.tl.model import Combinator, Declarations, Field
from sansio_tl.tl.parser import parse

PACKAGE = Path(sansio_tl.__file__).parent
SCHEMA = PACKAGE / "schema"
GENERATED = ("types", "functions", "codec/types", "codec/functions")
"""Folders that hold nothing but generated modules."""


def load(api: Path, mtproto: Path) -> Declarations:
    """Both schemas as one; the service schema in the namespace `mtproto`."""
    return parse(api.read_text(encoding="utf-8")) + parse(mtproto.read_text(encoding="utf-8"), "mtproto.")


def generate(schema: Declarations) -> dict[str, str]:
    """Every generated file of the package: path -> text."""
    return Generator("sansio_tl", schema, ids.EXCEPTIONS, _is_secret).sources()


def _is_secret(combinator: Combinator, field: Field) -> bool:
    return field.holds_text and secrets.is_secret(combinator.name, field.name)


def differences(sources: Mapping[str, str]) -> list[str]:
    """The paths that are missing, superfluous or different on disk."""
    found = [path for path, text in sources.items() if _read(PACKAGE / path) != text]
    present = {str(file.relative_to(PACKAGE)) for folder in GENERATED for file in (PACKAGE / folder).glob("*.py")}
    return sorted(set(found) | (present - set(sources)))


def write(sources: Mapping[str, str]) -> list[str]:
    """Bring the files on disk up to date; returns the paths that changed."""
    changed = differences(sources)
    for path in changed:
        file = PACKAGE / path
        if path in sources:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(sources[path], encoding="utf-8")
        else:
            file.unlink()
    return changed


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 1 when `--check` finds a difference, 2 when a schema is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m sansio_tl_transports.codegen.schema", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--api", type=Path, default=SCHEMA / "api.tl", help="the API schema")
    parser.add_argument("--mtproto", type=Path, default=SCHEMA / "mtproto.tl", help="the MTProto service schema")
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    options = parser.parse_args(argv)
    try:
        schema = load(options.api, options.mtproto)
        sources = generate(schema)
    except (OSError, SchemaError) as error:
        print(error, file=sys.stderr)
        return 2
    excepted = sum(c.id != c.crc for c in schema.combinators)
    print(
        f"layer {schema.layer}: {len(schema.constructors)} constructors and {len(schema.functions)} functions; "
        f"{len(schema.combinators) - excepted} ids verified by CRC-32, {excepted} listed exceptions"
    )
    changed = differences(sources) if options.check else write(sources)
    for path in changed:
        print("differs" if options.check else "wrote", path)
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
