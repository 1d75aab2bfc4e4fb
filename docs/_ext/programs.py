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
    run: str = ""
    """Runs `main` with arguments; has a place for the arguments."""

    @property
    def is_async(self) -> str:
        """Stands before `def` and `with`."""
        return "async " if self.module else ""


ADAPTERS = (
    Adapter("sync", "on plain sockets", run="main(*{}())"),
    Adapter("asyncio", "with asyncio", "asyncio", "asyncio.to_thread", "asyncio.run(main(*{}()))"),
    Adapter("trio", "with trio", "trio", "trio.to_thread.run_sync", "trio.run(main, *{}())"),
)

_OPENED = {
    ("link", "stranger"): ("address: tuple[str, int], config: Config", "connect(address, config) as link", "stranger"),
    ("link", "member"): (
        "address: tuple[str, int], config: Config, auth_key: AuthKey",
        "connect(address, config, auth_key=auth_key) as link",
        "member",
    ),
    ("account", "stranger"): ("config: ClientConfig", "open_client(config) as account", "new_account"),
    ("account", "member"): (
        "config: ClientConfig, snapshot: dict[str, Any]",
        "open_client(config, snapshot) as account",
        "old_account",
    ),
}
"""What is opened by whom -> the parameters of `main`, what opens it, and where the arguments come from."""

_SLOW = ("input", "getpass", "prove")
"""What waits for a person, or computes for long."""
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
    **{name: f"from command_line import {name}" for name in ("stranger", "member", "new_account", "old_account")},
    "prove": "from two_step import prove",
    "assertion": "from web_authn import assertion",
    "attestation": "from web_authn import attestation",
    "qr_link": "from sansio_tl.auth.qr import qr_link",
    "token_of_link": "from sansio_tl.auth.qr import token_of_link",
}
_TOP_LEVEL = ("AuthKey", "ClientConfig", "Config", "auth", "errors", "functions", "types")
"""What comes from `sansio_tl` itself, in a formatter's order."""


def program(title: str, example: Example, adapter: Adapter) -> str:
    """A whole program."""
    parameters, opened, arguments = _OPENED[example.on, example.by]
    main = f"{adapter.is_async}def main({parameters}) -> None:\n"
    if example.settings:
        main += f"    config = replace(config, {example.settings})\n"
    main += f"    {adapter.is_async}with {opened}:\n"
    main += textwrap.indent(spoken(example.example, adapter), " " * 8) + "\n"
    end = f'\n\nif __name__ == "__main__":\n    {adapter.run.format(arguments)}\n'
    imports = _imports(main + end, adapter, opened.partition("(")[0])
    constants = "\n" + _API_HASH if "API_HASH" in main else "\n\n"
    return f'"""{title}, {adapter.title}."""\n\n' + imports + constants + main + end


def spoken(body: str, adapter: Adapter) -> str:
    """The body in the adapter's own words."""
    if not adapter.module:
        return body
    body = re.sub(r"(?<!\w)(link|account)\.(invoke|run)\(", r"await \1.\2(", body)
    body = re.sub(r"(?<!\w)for (\w+) in account\.steps\(", r"async for \1 in account.steps(", body)
    for name in _SLOW:
        body = re.sub(rf"(?<![\w.]){name}\(", f"await {adapter.thread}({name}, ", body)
    return body


def _imports(code: str, adapter: Adapter, opener: str) -> str:
    """The imports that the code needs, as a formatter would sort them."""
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
    """Every program with its place below docs/examples."""
    for adapter in ADAPTERS:
        for method in methods().values():
            yield Path("methods") / adapter.name / f"{method.module}.py", program(method.name, method, adapter)
        for name, guide in guided().items():
            yield Path("guides") / adapter.name / f"{name}.py", program(guide.title, guide, adapter)


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
