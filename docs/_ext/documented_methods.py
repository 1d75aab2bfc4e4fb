"""The methods that have a page, from docs/methods.toml, and the programs of the guides, from docs/guides.toml."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from sansio_tl_transports.cli.inspect import descriptions

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


class Example(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A program, and what its test needs."""

    name: str = ""
    opens: Literal["connection", "client"] = "connection"
    """What it opens: a single connection, or a client that manages them."""
    logged_in: bool
    """Whether a user is logged in when it runs."""
    example: str
    typed: list[str] = []
    settings: str = ""
    """Fields of the `Config` that it changes."""
    requires: list[Literal["password", "login_email", "pending_email", "other_session", "website", "passkey"]] = []
    """What must exist before it runs: a 2FA password, an address for codes, an unconfirmed one, ..."""


class Method(Example, kw_only=True, forbid_unknown_fields=True):
    """One method; docs/methods.toml describes the fields."""

    about: str
    result: str
    note: str = ""
    related: list[str] = []
    """The methods that are called before or after it; empty for what the schema and the guides show."""
    unseen: str = ""
    """Why the data center does not see the call, when the server connection answers it."""

    @property
    def summary(self) -> str:
        """What it is for, in one sentence without markup."""
        first = self.about.strip().replace("\n", " ").split(". ")[0].rstrip(".")
        return descriptions.METHODS.get(self.name) or re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", first) + "."

    @property
    def module(self) -> str:
        """The name of its example programs: ``auth_send_code``."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.name).replace(".", "_").lower()


class Guided(Example, kw_only=True, forbid_unknown_fields=True):
    """The program of a guide."""

    title: str
    opens: Literal["connection", "client"] = "client"


@cache
def methods() -> dict[str, Method]:
    """All methods by name, in the order of the pages, with the shared lines of the examples filled in."""
    return _read(DOCS / "methods.toml", Method)


@cache
def guided() -> dict[str, Guided]:
    """The programs of the guides by name."""
    return _read(DOCS / "guides.toml", Guided)


E = TypeVar("E", bound=Example)


def _read(file: Path, kind: type[E]) -> dict[str, E]:
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    lines: dict[str, str] = data.pop("lines")
    found = {name: msgspec.convert(entry, kind) for name, entry in data.items()}
    for name, example in found.items():
        example.name = name
        example.example = _filled(example.example, lines)
    return found


def _filled(example: str, lines: dict[str, str]) -> str:
    while shared := re.search(r"^( *)@(\w+)$", example, re.MULTILINE):
        indented = "\n".join(shared[1] + line for line in lines[shared[2]].strip().splitlines())
        example = example.replace(shared[0], indented, 1)
    return example.strip()
