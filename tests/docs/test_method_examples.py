"""The example of every method, for each adapter, against the embedded data center over a real socket."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import example_programs
from documented_methods import Method, methods
from sansio_tl.testing.handlers.registry import HANDLERS
from tests.docs.example_runner import ExampleRunner

ALL = methods()
WRAPPERS = {name for name in ALL if name.startswith("invokeWith")}


@pytest.mark.parametrize("adapter", example_programs.ADAPTERS, ids=lambda adapter: adapter.name)
@pytest.mark.parametrize("method", ALL.values(), ids=lambda method: method.name)
def test_example_has_its_method_answered(
    method: Method, adapter: example_programs.Adapter, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = ExampleRunner(method)
    path = example_programs.EXAMPLES / "methods" / adapter.name / f"{method.module}.py"
    runner.run(path, adapter.name, example_programs.ADAPTERS.index(adapter) + 1)
    assert "help.getNearestDc" if method.unseen else method.name in runner.home.served
    assert capsys.readouterr().out or "print(" not in method.example.splitlines()[-1]


def test_data_center_answers_every_method() -> None:
    answered = {function.NAME for function in HANDLERS}
    unseen = {name for name, method in ALL.items() if method.unseen}
    if lacking := ALL.keys() - answered - unseen - WRAPPERS:
        pytest.xfail(f"the embedded data center does not answer these yet: {', '.join(sorted(lacking))}")


def test_temporary_key_of_the_example_is_bound() -> None:
    runner = ExampleRunner(ALL["auth.bindTempAuthKey"])
    runner.run(example_programs.EXAMPLES / "methods" / "sync" / "auth_bind_temp_auth_key.py", "sync", 1)
    assert runner.key is not None
    assert [record.bound_to for record in runner.home.keys.values() if record.bound_to] == [runner.key.id]


def test_programs_are_what_the_generator_writes() -> None:
    written = {path: (example_programs.EXAMPLES / path).read_text() for path, _ in example_programs.programs()}
    assert written == dict(example_programs.programs()), "run python docs/_ext/example_programs.py"


@pytest.mark.parametrize("given", [(), ("127.0.0.1:4430", "dc.pem")], ids=["nothing", "no session"])
@pytest.mark.parametrize("program", ["methods.sync.auth_log_out", "guides.trio.account"])
def test_program_without_its_arguments_prints_its_usage(program: str, given: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", program, *given]
    ended = subprocess.run(
        command, cwd=example_programs.EXAMPLES, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.endswith(f"    python -m {program} 127.0.0.1:4430 dc.pem session.json\n")


def test_every_example_file_is_listed() -> None:
    generated = {path for path, _ in example_programs.programs()}
    for folder in {path.parent for path in generated}:
        assert {folder / path.name for path in (example_programs.EXAMPLES / folder).glob("*.py")} <= generated


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
