"""The programs of the guides run, and the guides leave out no flow, no move and no method."""

from __future__ import annotations

import re

import pytest

import example_programs
import flow_requests
import guide_flows
from documented_methods import DOCS, Guided, guided
from sansio_tl import auth
from sansio_tl.auth.state_table import UserInput
from tests.docs.example_runner import ExampleRunner
from tests.docs.record_outputs import OUTPUTS, alike

PAGES = {guide.page: (DOCS / "guides" / f"{guide.page}.md").read_text() for guide in guide_flows.GUIDES}


@pytest.mark.parametrize("adapter", example_programs.ADAPTERS, ids=lambda adapter: adapter.name)
@pytest.mark.parametrize("example", guided().values(), ids=lambda example: example.name)
def test_program_of_the_guide_ends_well(example: Guided, adapter: example_programs.Adapter) -> None:
    name = f"guides/{example.name}"
    program = example_programs.programs()[name, adapter.name]
    seen = ExampleRunner(example).run(program, adapter.name, example_programs.ADAPTERS.index(adapter) + 1)
    assert seen.endswith("done") or not example.example.splitlines()[-1].endswith("flow.state)")
    assert alike(seen, OUTPUTS[name]), "run python -m tests.docs.record_outputs"


def test_every_flow_belongs_to_a_guide() -> None:
    assert {part.flow for part in guide_flows.PARTS.values()} == set(auth.FLOWS)


def test_every_input_of_every_flow_is_in_a_diagram() -> None:
    for flow in auth.FLOWS:
        parts = [part for part in guide_flows.PARTS.values() if part.flow is flow]
        drawn = {
            row
            for part in parts
            for row in part.table
            if isinstance(row[1], UserInput) and (part.states is None or row[0] in part.states)
        }
        assert drawn == {row for row in flow.TABLE if isinstance(row[1], UserInput)}, flow.KIND


def test_every_method_of_every_flow_is_treated_in_a_guide() -> None:
    for flow in auth.FLOWS:
        treated = {name for part in guide_flows.PARTS.values() if part.flow is flow for name in part.methods}
        wrappers = {name for name in flow_requests.methods_of(flow) if name.startswith("invokeWith")}
        assert treated | wrappers == flow_requests.methods_of(flow), flow.KIND


@pytest.mark.parametrize("guide", guide_flows.GUIDES, ids=lambda guide: guide.page)
def test_page_draws_its_parts_and_shows_a_program_that_is_there(guide: guide_flows.Guide) -> None:
    text = PAGES[guide.page]
    assert text.startswith(f"# {guide.title}\n")
    assert re.findall(r"```\{flow\} (\S+)", text) == list(guide.parts)
    assert set(re.findall(r"```\{flow-methods\} (\S+)", text)) <= guide.parts.keys()
    for shown in re.findall(r"```\{adapters\} guides/(\S+)", text):
        assert shown in guided()


def test_every_program_is_shown() -> None:
    shown = {name for text in PAGES.values() for name in re.findall(r"```\{adapters\} guides/(\S+)", text)}
    assert shown == guided().keys()


def test_part_for_one_purpose_has_no_row_of_the_other() -> None:
    phone, code = guide_flows.PARTS["phone"], guide_flows.PARTS["code"]
    states = {state.value for row, target in phone.table.items() for state in (row[0], target)}
    assert "awaiting password" not in states
    assert "awaiting e-mail" not in states
    assert {"account.changePhone", "account.verifyPhone", "account.confirmPhone"} <= phone.methods
    assert "auth.sendCode" not in phone.methods
    assert {"auth.sendCode", "auth.signIn"} <= code.methods
    assert "account.changePhone" not in code.methods


def test_requests_of_a_flow_are_read_from_its_code() -> None:
    assert flow_requests.methods_of(auth.BotLogin) >= {"auth.importBotAuthorization"}
    assert flow_requests.methods_of(auth.Sessions) >= {"account.getAuthorizations", "auth.resetAuthorizations"}
    assert "account.updatePasswordSettings" in flow_requests.methods_of(auth.PasswordSettings)
    assert flow_requests.users_of("account.registerPasskey") == (auth.PasskeyRegistration,)
