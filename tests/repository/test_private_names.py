"""Tests use the public face: what a class or module names with an underscore is read by its own file only.

A test that reads private state must be rewritten whenever that state is, though nothing that a user could notice
changed. The few that stay say why in ALLOWED, and a name that is no longer used must leave it. Whole modules whose name
begins with an underscore may be imported: their unit tests have no other way to them.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.repository.scan import ROOT

OURS = re.compile(r"(sansio_tl|sansio_tl_transports|tests|benchmarks)\b")
PRIVATE = re.compile(r"_[A-Za-z]\w*")
NAMED_TUPLE = {"_asdict", "_field_defaults", "_fields", "_make", "_replace"}
"""Public, as the documentation of `collections.namedtuple` says."""
BY_STRING = {"setattr", "delattr", "getattr", "hasattr", "object", "attrgetter", "patch"}
"""Functions and methods that take the name of an attribute as text, of monkeypatch and unittest.mock also."""
OWN = {"self", "cls"}

ALLOWED: Mapping[str, Mapping[str, str]] = {
    # A name of CPython.
    "tests/transports/test_free_threading.py": {"_is_gil_enabled": "sys._is_gil_enabled is documented"},
    # Helpers that own an access for all other tests.
    "tests/helpers/flow_state.py": dict.fromkeys(
        ("_data", "_secrets", "_state", "_result"),
        "puts a flow at a state, with secrets, which no snapshot has",
    ),
    "tests/helpers/data_center_state.py": dict.fromkeys(("_state", "_script"), "what only handlers get"),
    "tests/helpers/in_memory_network.py": dict.fromkeys(
        ("_connections", "_account", "_event_handler"), "parts of a client, for their own tests"
    ),
    "tests/helpers/adapter_parts.py": dict.fromkeys(
        ("_account", "_client", "_connection", "_deadline", "_driver", "_session", "_worker"),
        "engine and thread of an adapter, to break them",
    ),
    "tests/helpers/scripted_server.py": {"_start_new_session": "a refused session, without its message"},
    # Memory that shows in nothing else.
    "tests/framing/test_http.py": {"_body": "no byte is kept of a body that is ignored"},
    "tests/mtproto/server/test_ended_connections.py": {"_framing": "the framing is freed with its connection"},
    "tests/mtproto/server/test_key_store.py": {"_ends": "the heap of outdated ends is bounded"},
    "tests/mtproto/test_message_kinds.py": {"_names": "the cache has no constructors that a peer invents"},
    "tests/transports/test_sync_worker.py": {
        "_timers": "the heap of outdated deadlines is bounded",
        "_waker": "a signal handler raises in the middle of a call",
    },
    # Secrets in the repr of what no method returns.
    "tests/flow_scenarios/test_secrets.py": {
        "_connections": "the repr of what is known of a data center",
        "_apply_input": "an input that no flow has, which no public method makes",
    },
    "tests/stores/test_encryption.py": {"_cipher": "the repr of a cipher, which tracebacks show"},
    # Defects and conditions that are injected, always at the same place.
    "tests/mtproto/test_envelope.py": {"_INNER": "reading before the check of the msg_key raises"},
    "tests/simulation/test_invariants.py": {
        "_MIN_PADDING": "a defect of the engine that an invariant must find",
        "_msg_ids": "a defect of the engine that an invariant must find",
        "_set_timer": "a defect of a driver that an invariant must find",
    },
    "tests/simulation/test_monitor.py": {
        "_acks": "a stand-in for one invariant",
        "_sent": "a packet that was sent, without a simulation that sends it",
        "_delivered": "the delivery of it, which a pipe reports",
    },
    "tests/stores/test_files.py": {"_database": "the limit of pages holds for one open database only"},
    "tests/transports/testing/test_server_thread.py": {
        "_loop": "a bug ends the thread itself",
        "_thread": "a bug ends the thread itself",
    },
    # Tables with rows that depend on data.
    "tests/flow_scenarios/test_transitions.py": {"_is_enabled": "which rows of the table count for this flow"},
    # Other libraries, which have no public name for it.
    "tests/interop/test_telethon_crypto.py": dict.fromkeys(
        ("_calc_key", "_compute_fingerprint", "_server_keys"), "of Telethon"
    ),
    "tests/transports/test_asyncio_sockets.py": {"_run": "of asyncio: cancels after each step of the loop"},
}
"""File -> name -> why the test cannot do without it."""
MOST_USES = 55
"""How many uses there are, each line counted. Lower it when there are fewer."""


def private_names(text: str, inherited: frozenset[str] = frozenset()) -> Iterator[tuple[int, str]]:
    """The line and name of every use of a private name that is not that of the file itself.

    `inherited` are private names that no test defines: what `self` has of them is that of a base class in the source.
    """
    return ((line, name) for line, name, is_own in _uses(ast.parse(text)) if not is_own or name in inherited)


def _uses(tree: ast.Module) -> Iterator[tuple[int, str, bool]]:
    """The line and name of every use of a private name, and whether it is one of `self` or `cls`."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="os"), attr="_exit"):
                continue
            case ast.Attribute(value=owner, attr=name) if _is_private(name):
                yield node.lineno, name, isinstance(owner, ast.Name) and owner.id in OWN
            case ast.ImportFrom(module=str(module), names=names) if OURS.match(module):
                yield from (
                    (node.lineno, alias.name, False)
                    for alias in names
                    if _is_private(alias.name) and not _is_module(f"{module}.{alias.name}")
                )
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=arguments) if called in BY_STRING:
                for argument in arguments:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        name = argument.value.rpartition(".")[2]
                        if _is_private(name) and argument.value.replace(".", "").isidentifier():
                            yield node.lineno, name, False


def _is_private(name: str) -> bool:
    return PRIVATE.fullmatch(name) is not None and name not in NAMED_TUPLE


def _is_module(name: str) -> bool:
    path = Path(*name.split("."))
    roots = (ROOT, ROOT / "src", ROOT / "src" / "transports")
    return any((root / path).with_suffix(".py").exists() or (root / path).is_dir() for root in roots)


def _own(tree: ast.Module) -> Iterator[str]:
    """The private names that the classes of a file define."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                yield name
            case ast.Assign(targets=[ast.Name(id="__slots__")], value=value):
                yield from ast.literal_eval(value)


@cache
def found() -> dict[str, dict[str, list[int]]]:
    """File -> private name -> the lines that use it."""
    own: set[str] = set()
    uses: dict[str, list[tuple[int, str, bool]]] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        own.update(_own(tree))
        uses[path.relative_to(ROOT).as_posix()] = list(_uses(tree))
    lines: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for file, names in uses.items():
        for line, name, is_own in names:
            if not is_own or name not in own:
                lines[file][name].append(line)
    return {file: dict(names) for file, names in lines.items()}


def test_tests_use_private_names_only_where_a_reason_is_given() -> None:
    excess = {
        f"{path}:{lines[0]}": name
        for path, names in found().items()
        for name, lines in names.items()
        if name not in ALLOWED.get(path, {})
    }
    assert excess == {}, "use the public face: an event, bytes, a snapshot, an outcome, a limit"


def test_number_of_uses_does_not_grow() -> None:
    assert sum(len(lines) for names in found().values() for lines in names.values()) <= MOST_USES


def test_each_reason_is_still_needed() -> None:
    stale = {(path, name) for path, names in ALLOWED.items() for name in names if name not in found().get(path, {})}
    assert stale == set()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x._a", ["_a"]),
        ("x._a = 1", ["_a"]),
        ("x._A", ["_A"]),
        ("x.y._a.b", ["_a"]),
        ("f()._a()", ["_a"]),
        ("super()._a()", ["_a"]),
        ("self._a", []),
        ("cls._a", []),
        ("self.x._a", ["_a"]),
        ("self._inherited", ["_inherited"]),
        ("x.__dict__", []),
        ("x._replace(y=1)", []),
        ("os._exit(1)", []),
        ("monkeypatch.setattr(x, '_a', 1)", ["_a"]),
        ("monkeypatch.setattr('x.y._a', 1)", ["_a"]),
        ("patch.object(x, '_a')", ["_a"]),
        ("getattr(x, '_a')", ["_a"]),
        ("getattr(x, 'a')", []),
        ("print('_a')", []),
        ("from sansio_tl.crypto.aes import _a", ["_a"]),
        ("from sansio_tl_transports.trio import _stream", []),
        ("from asyncio import _a", []),
    ],
)
def test_every_kind_of_use_is_found(text: str, names: list[str]) -> None:
    assert [name for _, name in private_names(text, frozenset({"_inherited"}))] == names


if __name__ == "__main__":
    for path, names in found().items():
        print(sum(map(len, names.values())), path, names)
