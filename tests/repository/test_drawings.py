"""The drawings of the documentation are complete: every package, every flow, every input."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

import architecture_drawing
import data_flow_drawing
import flow_drawing
from sansio_tl import auth
from sansio_tl.auth.state_table import Running, UserInput
from tests.repository.scan import ENGINE


def words(svg: str) -> set[str]:
    return {text for element in ET.fromstring(svg).iter() if (text := element.text)}


@pytest.mark.parametrize("flow", auth.FLOWS, ids=lambda flow: flow.__name__)
def test_flow_diagrams_have_every_input_and_every_waiting_state(flow: type[auth.Flow[object]]) -> None:
    drawn = words(flow_drawing.draw(flow.TABLE, flow.KIND))
    assert {str(given) for _, given in flow.TABLE if isinstance(given, UserInput)} <= drawn
    waiting = {
        state for row, target in flow.TABLE.items() for state in (row[0], target) if not isinstance(state, Running)
    }
    assert set(map(str, waiting)) <= drawn or not any(isinstance(given, UserInput) for _, given in flow.TABLE)


@pytest.mark.parametrize("flow", auth.FLOWS, ids=lambda flow: flow.__name__)
def test_listing_has_every_row_of_the_state_table(flow: type[auth.Flow[object]]) -> None:
    listed = {(source, target): inputs for source, inputs, target in flow_drawing.listing(flow.TABLE)}
    for (source, given), target in flow.TABLE.items():
        assert str(given) in listed[str(source), str(target)]


@pytest.mark.parametrize("flow", auth.FLOWS, ids=lambda flow: flow.__name__)
def test_every_user_input_leads_to_a_state(flow: type[auth.Flow[object]]) -> None:
    for reach in flow_drawing.reaches(flow.TABLE):
        assert reach.answered or reach.refused or reach.onward, f"{reach.user_input} in {reach.source}"


def test_architecture_drawing_has_every_package_of_the_engine() -> None:
    packages = {path.stem for path in ENGINE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert packages - {"__init__"} <= words(architecture_drawing.draw(architecture_drawing.layers()))


def test_architecture_drawing_has_whole_sentences_without_markup() -> None:
    drawn = words(architecture_drawing.draw(architecture_drawing.layers()))
    assert not [text for text in drawn if "`" in text or "…" in text]


def test_incoming_data_passes_the_layers_in_order() -> None:
    modules = [module for module, _ in data_flow_drawing.incoming_answer()]
    expected = [
        "framing.intermediate",
        "mtproto.envelope",
        "crypto.aes",
        "mtproto.replay_window",
        "tl.pure_codec",
        "events",
    ]
    assert [module for module in modules if module in expected] == expected


def test_outgoing_request_passes_the_layers_in_order() -> None:
    modules = [module for module, _ in data_flow_drawing.outgoing_request()]
    expected = [
        "connection.client",
        "tl.pure_codec",
        "mtproto.message_ids",
        "mtproto.envelope",
        "crypto.aes",
        "framing.intermediate",
    ]
    assert [module for module in modules if module in expected] == expected
