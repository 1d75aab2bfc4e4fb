"""The example programs of the documentation: one body, for blocking sockets, becomes a program for each adapter.

    python docs/_ext/example_programs.py FOLDER        writes all programs there, for type checkers

The adapters have the same names, so the bodies differ in `await` only. Calls that would block an event loop (input,
heavy computations) run in a thread. The imports are those that the body needs. Each program is complete: it runs from
an empty folder against the data center of `sansio-tl serve`.
"""

from __future__ import annotations

import re
import sys
import textwrap
from dataclasses import dataclass
from functools import cache
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
    """Runs `main`; the placeholder stands for its arguments."""

    @property
    def is_async(self) -> str:
        """The prefix of `def` and `with`."""
        return "async " if self.module else ""


ADAPTERS = (
    Adapter("sync", "with blocking sockets", run="main({})"),
    Adapter("asyncio", "with asyncio", "asyncio", "asyncio.to_thread", "asyncio.run(main({}))"),
    Adapter("trio", "with trio", "trio", "trio.to_thread.run_sync", "trio.run(main, {})"),
)

_SERVE = "sansio-tl serve --port 4430 --public-key dc.pem"
_CONNECTION_KEY = 'key = RsaPublicKey.from_pem(Path("dc.pem").read_text())\n'
_CONNECTION = '("127.0.0.1", 4430), Config(api_id=1, public_keys=(key,))'
_CLIENT_KEY = 'key = Path("dc.pem").read_text()\n'
_CLIENT = 'ClientConfig.for_server("127.0.0.1", 4430, public_key=key, api_id=1)'
_SESSION = 'session = session_files.read(Path("sansio-tl.session"))\n'

_OPENED = {
    ("connection", False): (
        "address: tuple[str, int], config: Config",
        "connect(address, config) as connection",
        _CONNECTION_KEY,
        _CONNECTION,
    ),
    ("connection", True): (
        "address: tuple[str, int], config: Config, auth_key: AuthKey",
        "connect(address, config, auth_key=auth_key) as connection",
        _CONNECTION_KEY + _SESSION,
        f"{_CONNECTION}, session.auth_key",
    ),
    ("client", False): ("config: ClientConfig", "open_client(config) as client", _CLIENT_KEY, _CLIENT),
    ("client", True): (
        "config: ClientConfig, snapshot: dict[str, Any]",
        "open_client(config, snapshot) as client",
        _CLIENT_KEY + _SESSION,
        f"{_CLIENT}, session.to_snapshot()",
    ),
}
"""(what the program opens, whether a user is logged in) -> parameters of `main`, expression of `with`, what is read
before, and the arguments of `main`."""

_SLOW = ("input", "getpass", "auth.prove_password")
"""Calls that wait for user input or compute for long."""
_WEB_AUTHN = (EXAMPLES / "web_authn.py").read_text(encoding="utf-8")
_API_HASH = 'API_HASH = "from my.telegram.org"\n\n\n'

_STANDARD = {
    "base64": "import base64",
    "json": "import json",
    "os": "import os",
    "sys": "import sys",
    "getpass": "from getpass import getpass",
    "Path": "from pathlib import Path",
    "replace": "from dataclasses import replace",
    "Any": "from typing import Any",
    "NamedTuple": "from typing import NamedTuple",
    "urlsafe_b64decode": "from base64 import urlsafe_b64decode",
}
_OWN = {
    "qr_link": "from sansio_tl.auth.qr import qr_link",
    "session_files": "from sansio_tl_transports import session_files",
    "token_of_link": "from sansio_tl.auth.qr import token_of_link",
}
_HELPERS = ("assertion", "attestation")
"""Functions of docs/examples/web_authn.py that are copied into the programs that call them."""
_TOP_LEVEL = ("AuthKey", "ClientConfig", "Config", "RsaPublicKey", "auth", "errors", "functions", "types")
"""Names imported from `sansio_tl` itself, in the formatter's order."""


def program(title: str, example: Example, adapter: Adapter) -> str:
    """A whole program."""
    parameters, opened, read, arguments = _OPENED[example.opens, example.logged_in]
    main = f"{adapter.is_async}def main({parameters}) -> None:\n"
    if example.settings:
        main += f"    config = replace(config, {example.settings})\n"
    main += f"    {adapter.is_async}with {opened}:\n"
    main += textwrap.indent(adapted(example.example, adapter), " " * 8) + "\n"
    helpers = "".join(_helper(name) for name in _HELPERS if f"{name}(" in main)
    end = '\n\nif __name__ == "__main__":\n' + textwrap.indent(f"{read}{adapter.run.format(arguments)}\n", " " * 4)
    imports = _imports(main + helpers + end, adapter, opened.partition("(")[0])
    constants = "\n" + _API_HASH if "API_HASH" in main else "\n\n"
    login = ", and the session of `sansio-tl login`" if example.logged_in else ""
    docstring = f'"""{title}, {adapter.title}.\n\nIt uses the data center of `{_SERVE}`{login}.\n"""\n\n'
    return docstring + imports + constants + main + helpers + end


def _helper(name: str) -> str:
    """The source of a function of web_authn.py, with what it needs."""
    parts = re.split(r"^(?=class |def )", _WEB_AUTHN, flags=re.MULTILINE)
    needed = (f"class {name.capitalize()}(", f"def {name}(", "def _bytes(")
    return "".join(f"\n\n{part.rstrip()}\n" for part in parts if part.startswith(needed))


def adapted(body: str, adapter: Adapter) -> str:
    """The body with the adapter's `await` and threads."""
    if not adapter.module:
        return body
    body = re.sub(r"(?<!\w)(connection|client)\.(invoke|run)\(", r"await \1.\2(", body)
    body = re.sub(r"(?<!\w)for (\w+) in client\.steps\(", r"async for \1 in client.steps(", body)
    for name in _SLOW:
        body = re.sub(rf"(?<![\w.]){re.escape(name)}\(", f"await {adapter.thread}({name}, ", body)
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


@cache
def programs() -> dict[tuple[str, str], str]:
    """Every program by its name, such as ``methods/auth_send_code``, and its adapter."""
    named = [(f"methods/{method.module}", method.name, method) for method in methods().values()]
    titled = [*named, *((f"guides/{name}", guide.title, guide) for name, guide in guided().items())]
    return {(name, each.name): program(title, example, each) for each in ADAPTERS for name, title, example in titled}


def write(folder: Path) -> None:
    """Write all programs below a folder: methods/sync/auth_send_code.py."""
    for (name, adapter), text in programs().items():
        path = folder / Path(name).parent / adapter / f"{Path(name).name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
