"""The command that compares a layer of the API with the shipped one, and makes it the shipped one.

    python -m sansio_tl_transports.codegen.layer FILE                  print what changes, and write nothing
    python -m sansio_tl_transports.codegen.layer FILE --source "..."   also make it the shipped layer

FILE is the schema text of the layer from anywhere: a client's source, Telegram's own applications. Making it the
shipped layer writes

    schema/api.tl               its declarations, cleaned of what the client has added, with the source
    schema/layers.tl            what the layer that was shipped until now has else: its clients are still served
    LAYER                       in the package
    CHANGELOG.md                an entry
    types, functions, codec     generated again

With `--source` an older layer is only added to schema/layers.tl, so that its clients are served.
"""

from __future__ import annotations

import argparse
import keyword
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sansio_tl import SchemaError
from sansio_tl.testing.handlers.registry import HANDLERS
from sansio_tl.tl.codegen.layer_changes import LayerChanges, compare
from sansio_tl.tl.codegen.layer_text import clean, schema_text
from sansio_tl.tl.layer_history import LayerHistory, make_history
from sansio_tl.tl.lexer import layer_of
from sansio_tl.tl.model import Boxed, Declarations
from sansio_tl.tl.naming import split
from sansio_tl.tl.parser import parse
from sansio_tl_transports.codegen import schema as codegen

CHANGELOG = codegen.PACKAGE.parents[1] / "CHANGELOG.md"
_HEADER = """\
// The API schema of Telegram, layer {layer}: all constructors and functions.
//
// Source: {source}
//
// What stands here are the declarations of Telegram's protocol alone: one a line, without comments and without what the
// source adds for its own use. The declarations that the source has built in are declarations again.
//
// Every id is the CRC-32 of its line; `python -m sansio_tl_transports.codegen.schema` verifies that and writes
// sansio_tl.types, sansio_tl.functions and sansio_tl.codec from this file and mtproto.tl.

"""
_SOURCE = re.compile(r"^// Source: (.*)$", re.MULTILINE)
_SOURCE_OF = re.compile(r"// (\d+): ")
_LAYER = re.compile(r"^LAYER = \d+$", re.MULTILINE)
_CHANGED = "\n### Changed\n\n"


def read(path: Path) -> Declarations:
    """The declarations of a schema file, cleaned. Raises OSError and SchemaError."""
    service = parse((codegen.SCHEMA / "mtproto.tl").read_text(encoding="utf-8"), "mtproto.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SchemaError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}") from None
    declarations = clean(text, {c.id for c in service.combinators})
    for combinator in declarations.combinators:
        names = [combinator.name, *([combinator.result.type] if isinstance(combinator.result, Boxed) else [])]
        if found := [name for name in names if keyword.iskeyword(split(name)[0])]:  # its module could not be imported
            raise SchemaError(f"{found[0]}: a keyword of Python cannot be a namespace", combinator.line)
    return declarations


def changes(new: Declarations) -> LayerChanges:
    """The changes from the shipped layer."""
    old = parse((codegen.SCHEMA / "api.tl").read_text(encoding="utf-8"))
    # The text has the built-in declarations, too, which a client may leave out.
    return compare(old, parse(schema_text(new)), {function.NAME for function in HANDLERS})


def ship(new: Declarations, source: str, entry: str) -> list[Path]:
    """Make a layer the shipped one; returns the written files. `entry` is for the changelog. Raises SchemaError."""
    api, package = codegen.SCHEMA / "api.tl", codegen.PACKAGE / "__init__.py"
    old, text = api.read_text(encoding="utf-8"), schema_text(new)
    found = _SOURCE.search(old)
    written = {
        codegen.SCHEMA / "layers.tl": _history({layer_of(old): (old, found[1] if found else "")}, newest=text),
        api: _HEADER.format(layer=new.layer, source=source) + text,
        package: _LAYER.sub(f"LAYER = {new.layer}", package.read_text(encoding="utf-8")),
    }
    if CHANGELOG.is_file():
        written[CHANGELOG] = with_entry(CHANGELOG.read_text(encoding="utf-8"), entry)
    for path, content in written.items():
        path.write_text(content, encoding="utf-8")
    return list(written)


def with_entry(changelog: str, entry: str) -> str:
    """A changelog with one more entry among the changes of the next release."""
    before, head, rest = changelog.partition("\n## [Unreleased]\n")
    release, next_head, older = rest.partition("\n## ")
    if _CHANGED in release:
        release = release.replace(_CHANGED, f"{_CHANGED}{entry}\n", 1)
    else:
        release = f"{release.rstrip()}\n{_CHANGED}{entry}\n"
    return before + head + release + next_head + older


def keep(older: Declarations, source: str) -> Path:
    """Have the clients of an older layer served in it; returns the file that it wrote. Raises SchemaError."""
    path = codegen.SCHEMA / "layers.tl"
    newest = (codegen.SCHEMA / "api.tl").read_text(encoding="utf-8")
    path.write_text(_history({older.layer: (schema_text(older), source)}, newest=newest), encoding="utf-8")
    return path


def _history(more: Mapping[int | None, tuple[str, str]], newest: str) -> str:
    """The history of layers with `more` of them: layer -> text, source."""
    path = codegen.SCHEMA / "layers.tl"
    text = path.read_text(encoding="utf-8")
    known = LayerHistory(text, (codegen.SCHEMA / "api.tl").read_text(encoding="utf-8"))
    texts = {layer: known.text(layer) for layer in known.layers}
    comments = [line for line in text.splitlines() if line.startswith("//")]
    sources = {int(found[1]): line for line in comments if (found := _SOURCE_OF.match(line))}
    for layer, (declarations, source) in more.items():
        if layer is not None:
            texts[layer] = declarations
            sources[layer] = f"// {layer}: {source}"
    head = [line for line in comments if not _SOURCE_OF.match(line)]
    return make_history(texts, newest, [*head, *(sources[layer] for layer in sorted(sources)), ""])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 2 when a schema is invalid."""
    parser = argparse.ArgumentParser(
        prog="python -m sansio_tl_transports.codegen.layer", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("file", type=Path, help="the schema text of a layer")
    parser.add_argument("--source", help="where the text is from, with version and license: ship it")
    options = parser.parse_args(argv)
    try:
        new = read(options.file)
        found = changes(new)
        print(found.report())
        print(f"\nfor the changelog:\n\n{found.changelog_entry()}")
        if options.source is None:
            return 0
        if (new.layer or 0) < (found.old_layer or 0):
            print("wrote", keep(new, options.source).name)
            return 0
        for path in ship(new, options.source, found.changelog_entry()):
            print("wrote", path.name)
    except (OSError, SchemaError) as error:
        print(error, file=sys.stderr)
        return 2
    return codegen.main([])


if __name__ == "__main__":
    sys.exit(main())
