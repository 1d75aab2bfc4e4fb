"""`sansio-tl describe`: search, suggestions, JSON, and tables on a narrow terminal."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from sansio_tl import errors
from sansio_tl_transports.cli.inspect.output import Output
from sansio_tl_transports.cli.inspect.search import MANY, Found, print_found
from tests.transports.cli.inspect.command import error, lines


def described(*arguments: str) -> Any:
    return json.loads("\n".join(lines("describe", *arguments, "--json")))


def test_word_that_is_no_name_is_searched_for() -> None:
    output = lines("describe", "phone")
    titles = [line for line in output if line and not line.startswith(" ")]
    assert titles == ["Methods", "Errors", "Constructors", "Types"][: len(titles)]
    assert titles[:2] == ["Methods", "Errors"]
    rows = [line.split()[0] for line in output if line.startswith("  ")]
    assert {"account.changePhone", "account.verifyPhone", "PHONE_NUMBER_INVALID"} <= set(rows)
    assert any("more (--all lists them)" in line for line in output)


def test_search_takes_several_words_in_names_and_descriptions() -> None:
    found = described("recovery", "password")["results"]
    assert {"kind": "method", "name": "auth.requestPasswordRecovery"}.items() <= found[0].items() or found
    assert "auth.checkRecoveryPassword" in {each["name"] for each in found}
    assert all("recover" in (each["name"] + each["text"]).lower() for each in found)


def test_search_option_searches_what_is_a_name_too() -> None:
    assert described("SendCode")["kind"] == "method"
    found = described("--search", "SendCode")["results"]
    assert len(found) > 1
    assert error("describe", "--search", "zzzz") == "sansio-tl: nothing has zzzz in its name or description"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("auth.sendCod", "auth.sendCode"),
        ("FLOOD_WAT", "FLOOD_WAIT_X"),
        ("PHONE_CODE_INVALD", "PHONE_CODE_INVALID"),
        ("PhoneCodeInvald", "PhoneCodeInvalid"),
    ],
)
def test_similar_methods_and_errors_are_suggested(typed: str, meant: str) -> None:
    message = error("describe", typed)
    assert "did you mean" in message
    assert meant in message


def test_unknown_name_without_a_similar_one_names_the_search() -> None:
    assert error("describe", "Qqqqqqqq").endswith("; --search finds parts of names")


def test_an_error_with_its_code_needs_no_quotes() -> None:
    assert lines("describe", "420", "FLOOD_WAIT_30") == lines("describe", "420 FLOOD_WAIT_30")


def test_json_of_a_method_has_its_parameters_and_errors() -> None:
    method = described("auth.signIn")
    assert (method["kind"], method["name"], method["id"]) == ("method", "auth.signIn", "8d52a951")
    assert (method["result"], method["python"]) == ("auth.Authorization", "functions.auth.SignIn")
    names = [each["name"] for each in method["parameters"]]
    assert names == ["phone_number", "phone_code_hash", "phone_code", "email_verification"]
    assert [each["flag"] for each in method["parameters"]] == [None, None, "flags.0", "flags.1"]
    assert {each["name"] for each in method["errors"]} == {each.name for each in errors.errors_of("auth.signIn")}


def test_json_of_constructors_types_and_errors() -> None:
    constructor = described("auth.sentCodeTypeSms")
    assert (constructor["kind"], constructor["result"]) == ("constructor", "auth.SentCodeType")
    assert [each["name"] for each in constructor["fields"]] == ["length"]
    kind = described("auth.SentCodeType")
    assert kind["kind"] == "type"
    assert "auth.sentCodeTypeSms" in kind["constructors"]
    flood = described("FLOOD_WAIT_30")
    assert (flood["kind"], flood["codes"], flood["python"]) == ("error", [420], "errors.FloodWait")
    assert "30" in flood["meaning"]


@pytest.mark.parametrize("width", [60, 30])
def test_table_on_a_terminal_is_broken_between_words(width: int) -> None:
    file = io.StringIO()
    console = Console(
        file=file, force_terminal=True, width=width, highlight=False, markup=False, soft_wrap=True, color_system=None
    )
    output = Output(console)
    text = "one sentence of words that has no room in a single line of this terminal"
    output.table([("FIRST_NAME_OF_A_ROW", text), ("2", "short")])
    shown = file.getvalue().splitlines()
    assert max(map(len, shown)) <= width
    assert " ".join(" ".join(shown).split()) == f"FIRST_NAME_OF_A_ROW {text} 2 short"
    output.text(text, indent=2)
    assert max(map(len, file.getvalue().splitlines())) <= width


@pytest.mark.parametrize(
    ("count", "everything", "titles"),
    [
        (1, False, ["Method", "  a0"]),
        (2, False, ["Methods", "  a0", "  a1"]),
        (MANY, False, ["Methods", *(f"  a{number}" for number in range(MANY))]),
        (MANY + 1, False, ["Methods", *(f"  a{number}" for number in range(MANY)), "  and 1 more (--all lists them)"]),
        (MANY + 1, True, ["Methods", *(f"  a{number}" for number in range(MANY + 1))]),
    ],
)
def test_results_of_a_kind_have_a_title_and_are_bounded(count: int, everything: bool, titles: list[str]) -> None:
    written = io.StringIO()
    results = [Found("method", f"a{number}", "") for number in range(count)]
    print_found(Output(Console(file=written, width=80)), results, everything=everything)
    assert [line.rstrip() for line in written.getvalue().splitlines() if line.strip()] == titles


def test_search_finds_what_is_declared_by_its_kind() -> None:
    found = {(each["kind"], each["name"]) for each in described("--search", "sentcodetypesms")["results"]}
    assert ("constructor", "auth.sentCodeTypeSms") in found
    found = {(each["kind"], each["name"]) for each in described("--search", "SentCodeType")["results"]}
    assert ("type", "auth.SentCodeType") in found
    found = {(each["kind"], each["name"]) for each in described("--search", "sendcode")["results"]}
    assert ("method", "auth.sendCode") in found
    found = {(each["kind"], each["name"]) for each in described("--search", "PHONE_CODE_INVALID")["results"]}
    assert ("error", "PHONE_CODE_INVALID") in found


@pytest.mark.parametrize(
    ("name", "namespace", "number"), [("auth.signIn", "auth", "8d52a951"), ("userEmpty", "", "d3bc4b7a")]
)
def test_json_of_a_declaration_names_its_namespace_and_id(name: str, namespace: str, number: str) -> None:
    found = described(name)
    assert (found["namespace"], found["id"]) == (namespace, number)
