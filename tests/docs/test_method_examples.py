"""The example of every method, for each adapter, against the embedded data centre over a real socket."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import programs
from methods import Method, methods
from tests.docs.world import NUMBER, NUMBER_WITH_PASSWORD, World, filled, missing

ALL = methods()


def inside(method: Method) -> str:
    """The method that the data centre sees, which for a wrapper is what it wraps."""
    return "help.getNearestDc" if method.unseen or method.name.startswith("invokeWith") else method.name


@pytest.mark.parametrize("adapter", programs.ADAPTERS, ids=lambda adapter: adapter.name)
@pytest.mark.parametrize("method", ALL.values(), ids=lambda method: method.name)
def test_example_has_its_method_answered(
    method: Method, adapter: programs.Adapter, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World()
    given = {}
    if method.by == "member":
        given["auth_key"] = world.let_in(NUMBER_WITH_PASSWORD if method.password else NUMBER)
    typed = [filled(each, world, programs.ADAPTERS.index(adapter) + 1) for each in method.typed]
    path = programs.EXAMPLES / "methods" / adapter.name / f"{method.module}.py"
    world.run(path, adapter.name, typed, **given)
    assert inside(method) in world.served
    assert capsys.readouterr().out or "print(" not in method.example.splitlines()[-1]
    if world.improvised:
        pytest.xfail(f"refused in this world, and answered by an understudy: {', '.join(world.improvised)}")


def test_data_centre_answers_every_method_by_itself() -> None:
    if lacking := missing(name for name, method in ALL.items() if inside(method) == name):
        pytest.xfail(f"answered by an understudy, not by the embedded data centre yet: {', '.join(lacking)}")


def test_temporary_key_of_the_example_is_bound() -> None:
    world = World()
    key = world.let_in()
    world.run(programs.EXAMPLES / "methods" / "sync" / "auth_bind_temp_auth_key.py", "sync", [], auth_key=key)
    assert [record.bound_to for record in world._keys.values() if record.bound_to] == [key.id]


def test_programs_are_what_the_generator_writes() -> None:
    written = {path: (programs.EXAMPLES / path).read_text() for path, _ in programs.programs()}
    assert written == dict(programs.programs()), "run python docs/_ext/programs.py"


def test_no_program_is_left_behind() -> None:
    wanted = {path for path, _ in programs.programs()}
    for folder in {path.parent for path in wanted}:
        assert {Path(folder / path.name) for path in (programs.EXAMPLES / folder).glob("*.py")} <= wanted


@pytest.mark.parametrize("method", ALL.values(), ids=lambda method: method.name)
def test_example_makes_the_call_that_its_page_is_about(method: Method) -> None:
    if method.unseen:
        return
    namespace, _, name = method.name.rpartition(".")
    path = re.escape(".".join(filter(None, ("functions", namespace, name[0].upper() + name[1:]))))
    assert re.search(rf"\b{path}\(", method.example)


def test_bodies_are_spoken_in_the_words_of_each_adapter() -> None:
    sync, asyncio, trio = programs.ADAPTERS
    body = 'print(link.invoke(x(input("a"))))'
    assert programs.spoken(body, sync) == body
    assert programs.spoken(body, asyncio) == 'print(await link.invoke(x(await asyncio.to_thread(input, "a"))))'
    assert programs.spoken(body, trio) == 'print(await link.invoke(x(await trio.to_thread.run_sync(input, "a"))))'
