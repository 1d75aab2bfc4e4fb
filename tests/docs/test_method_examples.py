"""The example of every method, for each adapter, against the embedded data center over a real socket."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import example_programs
from documented_methods import Method, methods
from sansio_tl.testing.handlers.registry import HANDLERS
from tests.docs.example_runner import ExampleRunner
from tests.docs.record_outputs import OUTPUTS, alike
from tests.helpers.processes import run, serve_process

ALL = methods()
SESSION = "sansio-tl.session"
WRAPPERS = {name for name in ALL if name.startswith("invokeWith")}


@pytest.mark.parametrize("adapter", example_programs.ADAPTERS, ids=lambda adapter: adapter.name)
@pytest.mark.parametrize("method", ALL.values(), ids=lambda method: method.name)
def test_example_has_its_method_answered(method: Method, adapter: example_programs.Adapter) -> None:
    runner = ExampleRunner(method)
    name = f"methods/{method.module}"
    program = example_programs.programs()[name, adapter.name]
    seen = runner.run(program, adapter.name, example_programs.ADAPTERS.index(adapter) + 1)
    assert "help.getNearestDc" if method.unseen else method.name in runner.home.served
    assert alike(seen, OUTPUTS[name]), "run python -m tests.docs.record_outputs"


def test_data_center_answers_every_method() -> None:
    answered = {function.NAME for function in HANDLERS}
    unseen = {name for name, method in ALL.items() if method.unseen}
    if lacking := ALL.keys() - answered - unseen - WRAPPERS:
        pytest.xfail(f"the embedded data center does not answer these yet: {', '.join(sorted(lacking))}")


def test_temporary_key_of_the_example_is_bound() -> None:
    runner = ExampleRunner(ALL["auth.bindTempAuthKey"])
    runner.run(example_programs.programs()["methods/auth_bind_temp_auth_key", "sync"], "sync", 1)
    assert runner.key is not None
    assert [record.bound_to for record in runner.home.keys.values() if record.bound_to] == [runner.key.id]


def test_every_output_belongs_to_a_program() -> None:
    assert OUTPUTS.keys() == {name for name, _ in example_programs.programs()}


def test_tokens_of_outputs_are_alike_also_without_a_digit() -> None:
    tokens = ["ilOdjpWbWuA_sLntjwXeTteHuSlIwvRsjwqRNNT-zMc", "BRQJch8PbODPoRvKjZOveyvjTPZAq-hd1omBVwjCpBk"]
    first, second = (f"scan this: tg://login?token={token}\ndone" for token in tokens)
    assert alike(first, second)
    assert not alike(first, second.replace("scan", "read"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty folder with the key of a data center that is served, and the session of a user."""
    folder = tmp_path_factory.mktemp("reader")
    with serve_process(folder) as server:
        where = ("--dc", server.address, "--key", str(server.public_key))
        user = ("--api-id", "1", "--api-hash", "any", "--phone", "+9996620000", "--session", str(folder / SESSION))
        logged_in = run("login", *where, *user, typed="22222\n")
        assert logged_in.returncode == 0, logged_in.stderr
        (folder / "port").write_text(str(server.port))
        yield folder


@pytest.mark.parametrize(
    ("name", "typed", "printed"),
    [
        ("methods/auth_send_code", "+9996620000\n", "SentCodeType"),
        ("methods/account_get_authorizations", "", "sansio_tl"),
        ("guides/log_in", "+9996620000\n22222\n", "done"),
        ("guides/account", "", "new: 365 days"),
    ],
)
@pytest.mark.parametrize("adapter", example_programs.ADAPTERS, ids=lambda adapter: adapter.name)
def test_program_runs_from_an_empty_folder(
    name: str, typed: str, printed: str, adapter: example_programs.Adapter, served: Path
) -> None:
    program = example_programs.programs()[name, adapter.name].replace("4430", (served / "port").read_text())
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, cwd=served, input=typed, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert printed in ended.stdout


@pytest.mark.parametrize("method", ALL.values(), ids=lambda method: method.name)
def test_example_makes_the_call_that_its_page_is_about(method: Method) -> None:
    if method.unseen:
        return
    namespace, _, name = method.name.rpartition(".")
    path = re.escape(".".join(filter(None, ("functions", namespace, name[0].upper() + name[1:]))))
    assert re.search(rf"\b{path}\(", method.example)


def test_example_bodies_use_the_syntax_of_each_adapter() -> None:
    (sync, asyncio, trio), adapted = example_programs.ADAPTERS, example_programs.adapted
    assert adapted("for x in client.steps(flow):", trio) == "async for x in client.steps(flow):"
    body = 'print(client.invoke(x(input("a"))))'
    assert adapted(body, sync) == body
    assert adapted(body, asyncio) == 'print(await client.invoke(x(await asyncio.to_thread(input, "a"))))'
    assert adapted(body, trio) == 'print(await client.invoke(x(await trio.to_thread.run_sync(input, "a"))))'
