"""States, inputs and tables of the flows."""

from __future__ import annotations

from sansio_tl.auth.state_table import (
    AwaitInput,
    Computation,
    Request,
    Result,
    RpcFailure,
    State,
    Table,
    back_home,
    from_each,
    rpc_failure,
    states_of,
)


def test_states_and_inputs_are_equal_by_their_name_and_class() -> None:
    home = AwaitInput("a", "")
    assert AwaitInput("a", "one", frozenset({"x"})) == AwaitInput("a", "two")
    assert Request("r", "one", home, frozenset({"x"})) == Request("r", "two", AwaitInput("b", ""))
    running: list[State] = [Request("r", "", home), Computation("r", "", home)]
    assert running[0] != running[1]
    assert AwaitInput("a", "") != AwaitInput("b", "")


def test_the_states_of_a_table_include_homes_and_targets() -> None:
    home, target = AwaitInput("home", ""), AwaitInput("target", "")
    state, later = Request("state", "", home), Request("later", "", AwaitInput("other home", ""))
    rows: Table = {(state, Result("x")): target, (target, Result("y")): later}
    found = states_of(rows)
    assert list(found) == ["state", "home", "target", "later", "other home"]
    assert [found[name].value for name in found] == list(found)
    assert back_home((state, later), Result("z")) == {
        (state, Result("z")): home,
        (later, Result("z")): AwaitInput("other home", ""),
    }
    assert from_each((state, home), Result("z"), target) == {(state, Result("z")): target, (home, Result("z")): target}
    assert rpc_failure("A", "B_X") == RpcFailure("A / B_X", ("A", "B_X"))
