"""A server that answers every request of every flow with whatever the schema, or nothing at all, allows."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_tl import auth, codec, errors
from sansio_tl.auth import Invoke
from sansio_tl.auth.state_table import Request, RpcFailure, states_of
from sansio_tl.errors import ProtocolError
from sansio_tl.testing.strategies import values
from sansio_tl.tl.model import Boxed
from tests.helpers.flow_cases import FLOW_CASES
from tests.helpers.flow_samples import NOW, PASSWORD

FLOWS = {flow.KIND: flow for flow in auth.FLOWS}
NAMES = sorted(
    {name for flow in auth.FLOWS for _, given in flow.TABLE if isinstance(given, RpcFailure) for name in given.names}
)
NUMBERS = st.sampled_from(["", "0", "-1", str(2**31 - 1), str(2**63), "X"])
ERRORS = st.builds(
    lambda code, name, number: errors.parse(code, f"{name.removesuffix('X')}{number}"),
    st.sampled_from([303, 400, 401, 406, 420, 500, -503]),
    st.sampled_from([*NAMES, "FLOOD_WAIT_X", "PHONE_MIGRATE_X"]),
    NUMBERS,
)
NONSENSE = st.one_of(st.none(), st.just([]), st.integers(), st.booleans(), st.floats(), st.binary(max_size=9), values())
STEPS = 6


def answers(action: Invoke) -> st.SearchStrategy[object]:
    """Values of the type that the request has in the schema, or of another one."""
    entry = codec.coder.registry.by_class(type(action.function))
    assert entry is not None
    result = entry.combinator.result
    return st.one_of(values(result.type), NONSENSE) if isinstance(result, Boxed) else NONSENSE


@pytest.mark.parametrize("kind", FLOW_CASES)
@settings(max_examples=60)
@given(data=st.data())
def test_flow_ends_or_continues_whatever_is_answered(kind: str, data: st.DataObject) -> None:
    """Only a ProtocolError leaves it, without the password, and it can be shown and saved in between."""
    case = FLOW_CASES[kind]
    requests = [state for state in states_of(FLOWS[kind].TABLE).values() if isinstance(state, Request)]
    flow = case.at(data.draw(st.sampled_from(requests)))
    seen: Counter[str] = Counter()
    for _ in range(STEPS):
        action = flow.next_action()
        try:
            if isinstance(action, Invoke):
                if data.draw(st.booleans()):
                    flow.receive_result(data.draw(answers(action)), now=NOW)
                else:
                    flow.receive_error(data.draw(ERRORS), now=NOW)
            elif action is None and case.inputs:
                data.draw(st.sampled_from(list(case.inputs.values())))(flow)
                flow.handle_deadline(now=NOW + data.draw(st.sampled_from([0.0, 1e3, 2.0**31])))
            else:
                break
        except ProtocolError as error:
            assert str(PASSWORD) not in str(error)
        seen[str(flow.state)] += 1
        assert repr(flow) == f"<{type(flow).__name__}: {flow.state}>"
        assert flow.prompt is None or repr(flow.prompt)
        assert flow.next_deadline() is None or flow.next_deadline() >= 0
        assert isinstance(flow.allowed_inputs, tuple)
        assert len(repr(flow.snapshot())) < 1 << 16
