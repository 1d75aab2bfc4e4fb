"""The line that scripts a method can be pasted: its value is a result of that method."""

from __future__ import annotations

import pytest

from sansio_tl import Function, codec, errors, functions, types
from sansio_tl.testing.minimal_values import answer_line
from sansio_tl.tl.model import TypeVariable
from tests.helpers.direct_client import DirectClient


def test_line_of_every_method_sets_a_valid_answer() -> None:
    data_center = DirectClient().data_center
    tried = 0
    for entry in codec.coder.registry.entries():
        combinator = entry.combinator
        if combinator.is_function and not combinator.name.startswith("mtproto."):
            if isinstance(combinator.result, TypeVariable):
                continue
            eval(answer_line(entry.cls), {"data_center": data_center, "types": types})  # type: ignore[arg-type]
            tried += 1
    assert tried > 700


def test_error_of_an_unimplemented_method_has_the_line_if_errors_are_explained() -> None:
    client = DirectClient(explain_errors=True)
    query = functions.contacts.GetContacts(0)
    assert isinstance(client.error_of(query), errors.AuthKeyUnregistered)
    client.log_in()
    error = client.error_of(query)
    assert error.code == 400
    explanation, _, line = error.text.partition(": data_center.")
    assert explanation == "METHOD_INVALID: only logins are implemented here; a test can set an answer"
    assert isinstance(error, errors.MethodInvalid)
    assert line == 'answer("contacts.getContacts", types.contacts.Contacts(contacts=[], saved_count=0, users=[]))'
    eval(f"data_center.{line}", {"data_center": client.data_center, "types": types})
    assert client.call(query) == types.contacts.Contacts(contacts=[], saved_count=0, users=[])


def test_error_of_a_method_without_answers_left_says_so() -> None:
    client = DirectClient(explain_errors=True)
    client.log_in()
    client.data_center.answer("contacts.getContacts", "FLOOD_WAIT_3", times=1)
    query = functions.contacts.GetContacts(0)
    assert client.error_of(query).text == "FLOOD_WAIT_3"
    assert client.error_of(query).text.startswith("METHOD_INVALID: all its answers with times= are used")


def test_error_of_an_unimplemented_method_is_that_of_telegram_by_default() -> None:
    client = DirectClient()
    client.log_in()
    error = client.error_of(functions.contacts.GetContacts(0))
    assert (type(error), error.text) == (type(errors.MethodInvalid()), "METHOD_INVALID")


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (functions.account.GetWallPaper, "types.WallPaperNoFile(id=0)"),
        (functions.bots.CreateBot, "types.User(id=0)"),
        (functions.messages.Report, "types.ReportResultReported()"),
        (functions.account.ResetNotifySettings, "True"),
        (functions.help.GetNearestDc, 'types.NearestDc(country="", this_dc=0, nearest_dc=0)'),
        (functions.users.GetUsers, "[]"),
    ],
)
def test_value_is_nested_as_little_as_possible(function: type[Function[object]], value: str) -> None:
    assert answer_line(function) == f'data_center.answer("{function.NAME}", {value})'
