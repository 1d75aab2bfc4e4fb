"""The pages of the methods: one for each, in the order of the first five documents, with all that is known."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import flow_requests
import method_text
import sent_code_text
from documented_methods import Method, methods
from generated_pages import write
from public_modules import homes
from sansio_tl import ClientConfig, Function, auth, errors, functions, types
from sansio_tl.errors.generated.index import PATTERNS, SPELLINGS
from tests.helpers.direct_client import DirectClient

method_pages = pytest.importorskip("method_pages", reason="sphinx is not installed")
reference_pages = pytest.importorskip("reference_pages", reason="sphinx is not installed")
pycode = pytest.importorskip("sphinx.pycode", reason="sphinx is not installed")
ALL = methods()
FIRST = [
    "account.sendChangePhoneCode",
    "account.sendVerifyPhoneCode",
    "auth.resendCode",
    "auth.sendCode",
    "account.sendConfirmPhoneCode",
]
SECTIONS = ["Example", "TL schema", "Parameters", "Result", "Possible errors", "Can bots use this method?"]


def test_pages_begin_in_the_order_of_the_first_documents() -> None:
    assert list(ALL)[: len(FIRST)] == FIRST


def test_every_method_that_a_flow_calls_has_a_page() -> None:
    called = {name for flow in auth.FLOWS for name in flow_requests.methods_of(flow)}
    assert called <= ALL.keys()


def test_every_method_of_the_namespace_auth_has_a_page() -> None:
    assert {
        f.name for f in method_text.schema_index().declarations.functions if f.name.startswith("auth.")
    } <= ALL.keys()


@pytest.mark.parametrize("method", ALL.values(), ids=lambda method: method.name)
def test_page_shows_all_facts_of_a_method(method: Method) -> None:
    page = method_text.page(method)
    assert page.startswith(f"# {method.name}\n\n{method.about.strip()}")
    headings = [line[3:] for line in page.splitlines() if line.startswith("## ")]
    assert [heading for heading in headings if heading in SECTIONS] == SECTIONS
    [declared] = [f for f in method_text.schema_index().declarations.functions if f.name == method.name]
    assert declared.text in page
    for field in declared.values:
        assert f"| **{field.name}** |" in page
    for error in errors.errors_of(method.name):
        assert f"`{error.name}`<br>`errors.{error.__name__}`" in page
        assert method_text.text(error.hint) in page
    bots = page.partition("## Can bots use this method?\n\n")[2]
    assert bots.startswith("No.") == errors.is_user_only(method.name)
    for flow in flow_requests.users_of(method.name):
        assert f"`auth.{flow.__name__}`" in page or "All of them" in page


def test_flags_name_the_fields_that_share_them() -> None:
    page = method_text.page(ALL["auth.finishPasskeyLogin"])
    assert "| `flags.0` | only together with `from\\_auth\\_key\\_id`" in page or "only together with" in page
    assert "allow\\_flashcall" not in page
    assert "| **allow_flashcall** | [`true`](https://core.telegram.org/type/true) | `flags.0` |" in method_text.page(
        ALL["auth.sendCode"]
    )


def test_values_in_a_sentence_are_the_letters_of_the_name() -> None:
    assert "{" not in method_text.sentence_of(errors.FloodWait)
    assert "X" in method_text.sentence_of(errors.FloodWait)


def test_second_build_writes_nothing(tmp_path: Path) -> None:
    write(tmp_path, method_pages.pages())
    times = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    stale = tmp_path / "auth.gone.md"
    stale.write_text("# gone")
    changed = tmp_path / "auth.sendCode.md"
    changed.write_text("# something else")
    write(tmp_path, method_pages.pages())
    assert not stale.exists()
    assert changed.read_text().startswith("# auth.sendCode\n")
    same = {path for path, time in times.items() if path.stat().st_mtime_ns == time}
    assert same == times.keys() - {changed}


def test_first_page_lists_all() -> None:
    index = method_text.index()
    for name in ALL:
        assert f"| [{name}]({name}.md) |" in index
    assert "| [auth.sendCode](auth.sendCode.md) | Send the verification code for a login. | any client |" in index


def test_plain_text_is_escaped() -> None:
    assert method_text.text("a_b *c* <d> [e] {f} `g`") == "a\\_b \\*c\\* \\<d\\> \\[e\\] \\{f\\} \\`g\\`"
    assert method_text.table(("x",), [("a|b",)]) == "| x |\n| --- |\n| a\\|b |"


def test_reference_has_every_exported_name_and_every_known_error() -> None:
    pages = reference_pages.pages()
    for module, name, _ in homes():
        assert re.search(rf"^\.\. [\w:]+:: {re.escape(f'{module}.{name}')}$", pages[f"{module}.md"], re.MULTILINE)
    grouped = [text for name, text in pages.items() if name.startswith("errors-")]
    sections = [heading for text in grouped for heading in re.findall(r"^## (.+)$", text, re.MULTILINE)]
    assert {"FLOOD_WAIT_X", "PHONE_NUMBER_INVALID", "APNS_VERIFY_CHECK_X"} <= set(sections)
    assert len(sections) == len(set(sections)) == len({*SPELLINGS.values(), *PATTERNS.values()})


def test_reference_lists_the_members_of_unions() -> None:
    page = reference_pages.pages()["sansio_tl.client.md"]
    assert ".. py:data:: sansio_tl.client.ClientEvent\n\n   One of these: `AuthKeyCreated`, " in page
    assert "autofunction" not in page


def test_fields_of_public_classes_are_described_where_sphinx_looks() -> None:
    """Sphinx reads the descriptions of fields from the module that the class names."""
    classes = [value for _, _, value in homes() if isinstance(value, type)]
    before = [each.__module__ for each in classes]
    reference_pages.setup(SimpleNamespace(connect=lambda *_: None))
    assert [each.__module__ for each in classes] == before
    analyzer = pycode.ModuleAnalyzer.for_module(ClientConfig.__module__)
    analyzer.analyze()
    assert ("ClientConfig", "connect_timeout") in analyzer.attr_docs


@pytest.mark.parametrize("method", ALL.values(), ids=lambda method: method.name)
def test_page_links_to_that_of_telegram_and_to_a_few_related_methods(method: Method) -> None:
    page = method_text.page(method)
    assert f"[{method.name}](https://core.telegram.org/method/{method.name})" in page
    related = re.findall(r"^- \[(\S+)\]\((\S+)\.md\): .+\.$", page.partition("## Related methods")[2], re.MULTILINE)
    assert len(related) <= 9
    assert all(name == file and name in ALL and name != method.name for name, file in related)


def test_every_way_of_sending_a_code_is_explained() -> None:
    rows = sent_code_text.rows(method_text.schema_index())
    assert {f"auth.{name.strip('`')}" for name, _, _ in rows} == sent_code_text.MEANINGS.keys()
    assert len(rows) == 11
    for name in FIRST:
        assert "### How the code was sent" in method_text.page(ALL[name])


def test_settings_of_a_code_are_shown_with_every_field() -> None:
    page = method_text.page(ALL["auth.sendCode"])
    [code] = re.findall(r"With every field:\n\n```python\n(.+?)\n```", page, re.DOTALL)
    settings = eval(code, {"types": types})
    assert all(
        getattr(settings, name) not in (None, False) or name == "app_sandbox" for name in settings.__struct_fields__
    )


NO_NUMBER = "no number"
SETTINGS = types.CodeSettings()
WITH_A_NUMBER: list[Function[Any]] = [
    functions.account.SendChangePhoneCode(NO_NUMBER, SETTINGS),
    functions.account.SendVerifyPhoneCode(NO_NUMBER, SETTINGS),
    functions.auth.ResendCode(phone_number=NO_NUMBER, phone_code_hash="x"),
    functions.auth.SendCode(NO_NUMBER, 1, "x", SETTINGS),
    functions.auth.SignIn(phone_number=NO_NUMBER, phone_code_hash="x", phone_code="1"),
    functions.auth.SignUp(phone_number=NO_NUMBER, phone_code_hash="x", first_name="x", last_name=""),
    functions.auth.CancelCode(NO_NUMBER, "x"),
    functions.auth.CheckPaidAuth(NO_NUMBER, "x", 1),
    functions.account.SendVerifyEmailCode(types.EmailVerifyPurposeLoginSetup(NO_NUMBER, "x"), "a@example.org"),
    functions.auth.ResetLoginEmail(NO_NUMBER, "x"),
    functions.account.ChangePhone(NO_NUMBER, "x", "1"),
    functions.account.VerifyPhone(NO_NUMBER, "x", "1"),
]


@pytest.mark.parametrize("query", WITH_A_NUMBER, ids=lambda query: query.NAME)
def test_code_of_an_invalid_number_is_that_of_the_data_center(query: Function[Any]) -> None:
    client = DirectClient()
    if query.NAME.startswith("account.") and "Email" not in query.NAME:
        client.log_in()
    error = client.error_of(query)
    assert isinstance(error, errors.PhoneNumberInvalid)
    assert f"| {error.code} | `PHONE_NUMBER_INVALID`" in method_text.page(ALL[query.NAME])
