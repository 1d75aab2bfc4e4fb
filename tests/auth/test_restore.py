"""Restoring any value as a snapshot gives a working flow or LocalProtocolError."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_tl import auth, codec, errors
from sansio_tl.auth import Invoke
from sansio_tl.auth.phone_code import table as at
from sansio_tl.auth.state_table import AwaitInput, Request, states_of
from sansio_tl.errors import LocalProtocolError
from tests.helpers.flow_cases import FLOW_CASES
from tests.helpers.flow_samples import NOW, PURPOSES, phone_code_at
from tests.helpers.malformed_json import DEEP, JUNK, any_json, corrupted


@functools.cache
def snapshots() -> dict[str, list[Any]]:
    """Of every flow in every state."""
    found: dict[str, list[Any]] = {"phone code": []}
    for purpose in PURPOSES:
        for state in states_of(at.TABLE).values():
            found["phone code"].append(phone_code_at(state, purpose).snapshot())
    for kind, flow_case in FLOW_CASES.items():
        found[kind] = [flow_case.at(state).snapshot() for state in states_of(flow_case.make().TABLE).values()]
    challenged = auth.log_in("+7999", api_id=1, api_hash="h")
    challenged.receive_error(errors.parse(403, "APNS_VERIFY_CHECK_60"), now=NOW)
    refused = auth.log_in("+7999", api_id=1, api_hash="h")
    refused.receive_error(errors.parse(420, "FLOOD_WAIT_30", request="auth.sendCode"), now=NOW)
    found["phone code"] += [challenged.snapshot(), refused.snapshot()]
    return found


def works(flow: auth.Flow[Any]) -> None:
    """It says what it is and what it wants, and what it asks for can be sent; its own snapshot is as good."""
    assert repr(flow)
    _ = flow.allowed_inputs, flow.error, flow.finished, flow.next_deadline()
    if flow.state == auth.DONE:
        assert isinstance(flow.result, flow.RESULT)
    if isinstance(flow, auth.Sessions):
        _ = flow.sessions, flow.websites
    action = flow.next_action()
    if isinstance(action, Invoke):
        codec.encode(action.function)
    assert (action is None) == (flow.finished or isinstance(flow.state, AwaitInput) or flow.prompt is not None)
    again = type(flow).restore(json.loads(json.dumps(flow.snapshot())))
    assert (again.state, again.prompt) == (flow.state, flow.prompt)
    if isinstance(flow.prompt, auth.ChallengePrompt):
        flow.abandon_challenge()
        assert not isinstance(flow.prompt, auth.ChallengePrompt)


@given(any_json)
def test_arbitrary_json_is_refused_or_restored(data: Any) -> None:
    with pytest.raises(LocalProtocolError):
        auth.restore(data)


@pytest.mark.parametrize("data", [*JUNK, *DEEP, b"bytes", object()])
def test_every_flow_refuses_an_invalid_snapshot(data: Any) -> None:
    with pytest.raises(LocalProtocolError):
        auth.restore(data)
    for flow in auth.FLOWS:
        with pytest.raises(LocalProtocolError):
            flow.restore(data)


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_damaged_snapshot_is_refused_or_restores_a_working_flow(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(snapshots())))
    good = data.draw(st.sampled_from(snapshots()[kind]))
    states: list[Any] = [each["state"] for each in snapshots()[kind]]
    others: list[Any] = [each[-1]["result"] for each in snapshots().values()]
    snapshot = data.draw(corrupted(good, states + others))
    try:
        flow = auth.restore(snapshot)
    except LocalProtocolError:
        return
    works(flow)


@pytest.mark.parametrize("kind", sorted(snapshots()))
def test_junk_in_any_snapshot_value_is_refused_or_harmless(kind: str) -> None:
    for good in snapshots()[kind]:
        works(auth.restore(good))
        for key in good:
            for junk in [*JUNK, *DEEP]:
                try:
                    flow = auth.restore({**good, key: junk})
                except LocalProtocolError as error:
                    assert str(error).isprintable()
                else:
                    works(flow)
        for key in good["data"]:
            for junk in [*JUNK, *DEEP]:
                try:
                    flow = auth.restore({**good, "data": {**good["data"], key: junk}})
                except LocalProtocolError:
                    continue
                works(flow)


@pytest.mark.parametrize("kind", sorted(snapshots()))
def test_state_that_needs_a_secret_is_restored_to_its_prompt(kind: str) -> None:
    good = snapshots()[kind][0]
    flow_class = type(auth.restore(good))
    for state in states_of(flow_class.TABLE).values():
        try:
            flow = auth.restore({**good, "state": state.value})
        except LocalProtocolError:
            continue  # what it would ask for cannot be made of these facts
        works(flow)
        if isinstance(state, Request) and state.needs:
            assert flow.state == state.home


def test_challenge_in_a_state_without_a_request_is_dropped() -> None:
    good = next(each for each in snapshots()["phone code"] if each["challenge"])
    assert isinstance(auth.restore(good).prompt, auth.ChallengePrompt)
    flow = auth.restore({**good, "state": "awaiting code"})
    assert isinstance(flow.prompt, auth.CodePrompt)
    with pytest.raises(LocalProtocolError, match="no challenge is pending"):
        flow.abandon_challenge()


def test_snapshot_with_the_result_of_another_flow_is_refused() -> None:
    done = next(each for each in snapshots()["bot"] if each["state"] == "done")
    session = next(each for each in snapshots()["QR scanner"] if each["state"] == "done")
    with pytest.raises(LocalProtocolError, match="bot has no such result"):
        auth.restore({**done, "result": session["result"]})
