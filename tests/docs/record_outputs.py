"""What the programs of the documentation ask and print, in docs/outputs.toml.

python -m tests.docs.record_outputs        runs all of them, and writes the file
"""

from __future__ import annotations

import json
import re
import sys
import tomllib

import example_programs
from documented_methods import DOCS, guided, methods
from tests.docs.example_runner import ExampleRunner

FILE = DOCS / "outputs.toml"
OUTPUTS: dict[str, str] = tomllib.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
_VARYING = re.compile(r'"[\w+/=-]{16,}"|[\w+/=-]{32,}|[\w+/=-]+\.\.\.|(?=[\w+/=-]*\d)[\w+/=-]{9,}|0x[0-9a-f]+|\d{2,}')
"""Ids, keys, tokens, hashes and times."""


def alike(seen: str, recorded: str) -> bool:
    """Whether two outputs are the same but for values that differ in each run."""
    return _VARYING.sub("#", seen) == _VARYING.sub("#", recorded)


def main() -> None:
    """Write the file."""
    named = {f"methods/{method.module}": method for method in methods().values()}
    examples = {**named, **{f"guides/{name}": guide for name, guide in guided().items()}}
    lines = ["# What the programs ask and print: written by python -m tests.docs.record_outputs\n"]
    for done, (name, example) in enumerate(examples.items(), 1):
        seen = ExampleRunner(example).run(example_programs.programs()[name, "sync"], "sync", 1)
        lines.append(f"{json.dumps(name)} = {_multiline(seen)}\n")
        print(f"{done} of {len(examples)}: {name}", file=sys.stderr)
    FILE.write_text("".join(lines), encoding="utf-8")


def _multiline(text: str) -> str:
    if "\n" not in text:
        return json.dumps(text, ensure_ascii=False)
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""\n{escaped}"""'


if __name__ == "__main__":
    main()
