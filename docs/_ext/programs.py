"""Example programs in three languages of waiting: one body, written for plain sockets, becomes three programs.

    python docs/_ext/programs.py            writes docs/examples/methods/ and docs/examples/guides/ anew

What the adapters have in common makes this possible: the same names, and `await` before what waits. What would keep a
loop from running (typing, computing) goes to a thread. The imports are those that the body needs.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from methods import ROOT, Example, guided, methods

EXAMPLES = ROOT / "docs" / "examples"


@dataclass(frozen=True, slots=True)
class Adapter:
    """How a program for one adapter differs from that for plain sockets."""

    name: str
    title: str
    module: str = ""
    """What has to be imported to run it."""
    thread: str = ""
    """Calls a function in a thread."""
    sleep: str = "sleep"
    """Waits for some seconds."""
    run: str = ""
    """Runs `main` with arguments; has a place for the arguments."""

    @property
    def waits(self) -> str:
        """Stands before what waits."""
        return "await " if self.module else ""

    @property
    def is_async(self) -> str:
        """Stands before `def` and `with`."""
        return "async " if self.module else ""


ADAPTERS = (
    Adapter("sync", "on plain sockets", run="main(*{})"),
    Adapter("asyncio", "with asyncio", "asyncio", "asyncio.to_thread", "asyncio.sleep", "asyncio.run(main(*{}))"),
    Adapter("trio", "with trio", "trio", "trio.to_thread.run_sync", "trio.sleep", "trio.run(main, *{})"),
)

_SLOW = ("input", "getpass", "prove")
"""What waits for a person, or computes for long."""
_API_HASH = 'API_HASH = "from my.telegram.org"\n\n\n'

_STANDARD = {"base64": "import base64", "json": "import json", "os": "import os", "sys": "import sys"}
_FROM = {
    "getpass": "from getpass import getpass",
    "replace": "from dataclasses import replace",
    "sleep": "from time import sleep",
    "stranger": "from command_line import stranger",
    "member": "from command_line import member",
    "prove": "from two_step import prove",
    "Config": "from sansio_tl.connection import Config",
    "AuthKey": "from sansio_tl.crypto.auth_key import AuthKey",
    "qr_link": "from sansio_tl.auth.qr import qr_link",
    "token_of_link": "from sansio_tl.auth.qr import token_of_link",
}
_STANDARD_FROM = ("getpass", "replace", "sleep")
_ROOMS = ("auth", "errors", "functions", "types")


def program(title: str, body: str, adapter: Adapter, *, member: bool, settings: str = "") -> str:
    """A whole program. `body` is what happens inside `with connect(...) as link`, as for plain sockets."""
    body = spoken(body, adapter)
    key, arguments = (", auth_key: AuthKey", "member()") if member else ("", "stranger()")
    given = ", auth_key=auth_key" if member else ""
    main = f"{adapter.is_async}def main(address: tuple[str, int], config: Config{key}) -> None:\n"
    if settings:
        main += f"    config = replace(config, {settings})\n"
    main += f"    {adapter.is_async}with connect(address, config{given}) as link:\n"
    main += textwrap.indent(body, " " * 8) + "\n"
    end = f'\n\nif __name__ == "__main__":\n    {adapter.run.format(arguments)}\n'
    code = ("" if "API_HASH" not in body else _API_HASH) + main + end
    separator = "\n" if "API_HASH" in body else "\n\n"
    return f'"""{title}, {adapter.title}."""\n\n' + _imports(code, adapter) + separator + code


def spoken(body: str, adapter: Adapter) -> str:
    """The body in the adapter's own words."""
    if not adapter.module:
        return body
    body = re.sub(r"(?<!\w)link\.(invoke|run)\(", r"await link.\1(", body)
    body = re.sub(r"(?<![\w.])with connect\(", "async with connect(", body)
    body = re.sub(r"(?<![\w.])for (\w+) in link\.updates\(", r"async for \1 in link.updates(", body)
    body = re.sub(r"(?<![\w.])sleep\(", f"await {adapter.sleep}(", body)
    for name in _SLOW:
        body = re.sub(rf"(?<![\w.]){name}\(", f"await {adapter.thread}({name}, ", body)
    return body


def _imports(code: str, adapter: Adapter) -> str:
    """The imports that the code needs, as a formatter would sort them."""
    bare = re.sub(r'"[^"\n]*"', '""', code)
    used = {name for name in (*_STANDARD, *_FROM, *_ROOMS) if re.search(rf"(?<![\w.]){name}\b(?!=)", bare)}
    standard = {_STANDARD[name] for name in used & _STANDARD.keys()}
    if adapter.module == "asyncio":
        standard.add("import asyncio")
    own = {_FROM[name] for name in used & _FROM.keys() if name not in _STANDARD_FROM}
    own.add(f"from transports.{adapter.name} import connect")
    rooms = sorted(used.intersection(_ROOMS))
    if rooms:
        own.add(f"from sansio_tl import {', '.join(rooms)}")
    sections = [
        [*sorted(standard), *sorted(_FROM[name] for name in used.intersection(_STANDARD_FROM))],
        ["import trio"] if adapter.module == "trio" else [],
        sorted(own, key=lambda line: line.split()[1]),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def program_of(title: str, example: Example, adapter: Adapter) -> str:
    """The program of a method's page or a guide."""
    return program(title, example.example, adapter, member=example.by == "member", settings=example.settings)


def programs() -> Iterator[tuple[Path, str]]:
    """Every program with its place below docs/examples."""
    for method in methods().values():
        for adapter in ADAPTERS:
            yield Path("methods") / adapter.name / f"{method.module}.py", program_of(method.name, method, adapter)
    for name, guide in guided().items():
        for adapter in ADAPTERS:
            yield Path("guides") / adapter.name / f"{name}.py", program_of(guide.title, guide, adapter)


def write() -> None:
    """Write all programs, and remove those that are none any more."""
    wanted = {EXAMPLES / path: text for path, text in programs()}
    for folder in {path.parent for path in wanted}:
        folder.mkdir(parents=True, exist_ok=True)
        for stale in set(folder.glob("*.py")) - wanted.keys():
            stale.unlink()
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
