"""Generates the example programs: one body, written for blocking sockets, becomes a program for each adapter.

    python docs/_ext/example_programs.py            writes docs/examples/methods/ and docs/examples/guides/

The adapters have the same names, so the bodies differ in `await` only. Calls that would block an event loop (input,
heavy computations) run in a thread. The imports are those that the body needs.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from documented_methods import ROOT, Example, guided, methods

EXAMPLES = ROOT / "docs" / "examples"


@dataclass(frozen=True, slots=True)
class Adapter:
    """How a program for one adapter differs from that for blocking sockets."""

    name: str
    title: str
    module: str = ""
    """What has to be imported to run it."""
    thread: str = ""
    """Calls a function in a thread."""
    run: str = ""
    """Runs `main`; the placeholder is the function that returns its arguments."""

    @property
    def is_async(self) -> str:
        """The prefix of `def` and `with`."""
        return "async " if self.module else ""


ADAPTERS = (
    Adapter("sync", "with blocking sockets", run="main(*{}())"),
    Adapter("asyncio", "with asyncio", "asyncio", "asyncio.to_thread", "asyncio.run(main(*{}()))"),
    Adapter("trio", "with trio", "trio", "trio.to_thread.run_sync", "trio.run(main, *{}())"),
)

_ADDRESS_AND_KEY = "127.0.0.1:4430 dc.pem"

_OPENED = {
    ("connection", False): (
        "address: tuple[str, int], config: Config",
        "connect(address, config) as connection",
        "connection_arguments",
        _ADDRESS_AND_KEY,
    ),
    ("connection", True): (
        "address: tuple[str, int], config: Config, auth_key: AuthKey",
        "connect(address, config, auth_key=auth_key) as connection",
        "logged_in_connection_arguments",
        f"{_ADDRESS_AND_KEY} session.json",
    ),
    ("client", False): (
        "config: ClientConfig",
        "open_client(config) as client",
        "client_arguments",
        _ADDRESS_AND_KEY,
    ),
    ("client", True): (
        "config: ClientConfig, snapshot: dict[str, Any]",
        "open_client(config, snapshot) as client",
        "logged_in_client_arguments",
        f"{_ADDRESS_AND_KEY} session.json",
    ),
}
"""(what the program opens, whether a user is logged in) -> parameters of `main`, expression of `with`, the function of
command_line.py that returns the arguments, and what the user types."""

_SLOW = ("input", "getpass", "prove")
"""Calls that wait for user input or compute for long."""
_API_HASH = 'API_HASH = "from my.telegram.org"\n\n\n'

_STANDARD = {
    "base64": "import base64",
    "json": "import json",
    "os": "import os",
    "sys": "import sys",
    "getpass": "from getpass import getpass",
    "replace": "from dataclasses import replace",
    "Any": "from typing import Any",
}
_OWN = {
    **{arguments: f"from command_line import {arguments}" for _, _, arguments, _ in _OPENED.values()},
    "prove": "from two_step import prove",
    "assertion": "from web_authn import assertion",
    "attestation": "from web_authn import attestation",
    "qr_link": "from sansio_tl.auth.qr import qr_link",
    "token_of_link": "from sansio_tl.auth.qr import token_of_link",
}
_TOP_LEVEL = ("AuthKey", "ClientConfig", "Config", "auth", "errors", "functions", "types")
"""Names imported from `sansio_tl` itself, in the formatter's order."""


def program(path: Path, title: str, example: Example, adapter: Adapter) -> str:
    """A whole program, to be written to that path below docs/examples. Without arguments it prints its docstring."""
    parameters, opened, arguments, typed = _OPENED[example.opens, example.logged_in]
    main = f"{adapter.is_async}def main({parameters}) -> None:\n"
    if example.settings:
        main += f"    config = replace(config, {example.settings})\n"
    main += f"    {adapter.is_async}with {opened}:\n"
    main += textwrap.indent(adapted(example.example, adapter), " " * 8) + "\n"
    end = f'\n\nif __name__ == "__main__":\n    {adapter.run.format(arguments)}\n'
    imports = _imports(main + end, adapter, opened.partition("(")[0])
    constants = "\n" + _API_HASH if "API_HASH" in main else "\n\n"
    usage = f"python -m {'.'.join(path.with_suffix('').parts)} {typed}"
    docstring = f'"""{title}, {adapter.title}.\n\nUsage, in docs/examples:\n    {usage}\n"""\n\n'
    return docstring + imports + constants + main + end


def adapted(body: str, adapter: Adapter) -> str:
    """The body with the adapter's `await` and threads."""
    if not adapter.module:
        return body
    body = re.sub(r"(?<!\w)(connection|client)\.(invoke|run)\(", r"await \1.\2(", body)
    body = re.sub(r"(?<!\w)for (\w+) in client\.steps\(", r"async for \1 in client.steps(", body)
    for name in _SLOW:
        body = re.sub(rf"(?<![\w.]){name}\(", f"await {adapter.thread}({name}, ", body)
    return body


def _imports(code: str, adapter: Adapter, opener: str) -> str:
    """The imports that the code needs, in the formatter's order."""
    bare = re.sub(r'"[^"\n]*"', '""', code)
    used = {name for name in (*_STANDARD, *_OWN, *_TOP_LEVEL) if re.search(rf"(?<![\w.]){name}\b(?!=)", bare)}
    standard = {_STANDARD[name] for name in used & _STANDARD.keys()}
    if adapter.module == "asyncio":
        standard.add("import asyncio")
    own = {_OWN[name] for name in used & _OWN.keys()}
    own.add(f"from sansio_tl_transports.{adapter.name} import {opener}")
    if top_level := [name for name in _TOP_LEVEL if name in used]:
        own.add(f"from sansio_tl import {', '.join(top_level)}")
    sections = [
        sorted(standard, key=lambda line: (line.startswith("from"), line)),
        ["import trio"] if adapter.module == "trio" else [],
        sorted(own, key=lambda line: line.split()[1]),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def programs() -> Iterator[tuple[Path, str]]:
    """Every program with its path below docs/examples."""
    for adapter in ADAPTERS:
        for method in methods().values():
            path = Path("methods") / adapter.name / f"{method.module}.py"
            yield path, program(path, method.name, method, adapter)
        for name, guide in guided().items():
            path = Path("guides") / adapter.name / f"{name}.py"
            yield path, program(path, guide.title, guide, adapter)


def write() -> None:
    """Write all programs, and remove stale ones."""
    generated = {EXAMPLES / path: text for path, text in programs()}
    for folder in {path.parent for path in generated}:
        folder.mkdir(parents=True, exist_ok=True)
        for stale in set(folder.glob("*.py")) - generated.keys():
            stale.unlink()
    for path, text in generated.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
