from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sansio_tl import LAYER, errors
from sansio_tl.tl.model import Combinator
from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.cli.inspect import describe, descriptions
from sansio_tl_transports.cli.inspect.error import find_error
from sansio_tl_transports.cli.inspect.schema_index import SchemaIndex, shipped_names
from tests.transports.cli.inspect.command import error, lines, run

LIBRARY = SchemaIndex.shipped()


def section(name: str, title: str, *options: str) -> list[str]:
    """The lines under one title of a description."""
    output = lines("describe", *options, name)
    at = output.index(title) + 1
    return [line.strip() for line in output[at : output.index("", at) if "" in output[at:] else None]]


def test_method_description_has_the_sections_of_the_reference_pages() -> None:
    output = lines("describe", "auth.sendCode")
    assert output[0] == "auth.sendCode  method"
    assert output[1] == "Send the verification code for a login."
    titles = ("TL", "Parameters", "Result", "Possible errors", "Usable by bots", "Related methods", "In Python")
    assert [line for line in output if line in titles] == list(titles)


def test_parameters_have_types_flags_and_descriptions() -> None:
    assert section("auth.signIn", "Parameters") == [
        "phone_number        string                      Phone number, in international format",
        "phone_code_hash     string                      phone_code_hash of the answer to auth.sendCode",
        "phone_code          string             flags.0  The code; leave it out when email_verification is given",
        "email_verification  EmailVerification  flags.1  The code or token that proves the e-mail address",
    ]
    assert section("auth.logOut", "Parameters") == ["none"]


def test_fields_that_share_a_bit_are_marked() -> None:
    rows = {line.split()[0]: line for line in section("codeSettings", "Fields")}
    assert "only together with app_sandbox" in rows["token"]
    assert "only together with token" in rows["app_sandbox"]


def test_result_lists_every_constructor() -> None:
    result = section("auth.sendCode", "Result")
    assert result[0] == "auth.SentCode"
    assert [line.partition("#")[0] for line in result[1:]] == [
        "auth.sentCode",
        "auth.sentCodeSuccess",
        "auth.sentCodePaymentRequired",
    ]


def test_errors_list_those_of_the_method_and_with_all_those_of_any_method() -> None:
    known = {error.name for error in errors.errors_of("auth.sendCode")}
    shown = section("auth.sendCode", "Possible errors")
    assert all(any(name in line for line in shown) for name in known)
    assert any("errors of any method" in line for line in shown)
    general = {error.name for error in errors.ANY_METHOD} - known
    everything = section("auth.sendCode", "Errors of any method", "--all")
    assert len(everything) == len(general)
    assert all(any(name in line for line in everything) for name in general)


@pytest.mark.parametrize(
    ("method", "output"),
    [
        ("auth.sendCode", "no, only by users"),
        ("auth.importBotAuthorization", "yes"),
        ("bots.setBotCommands", "yes, only by bots"),
        ("help.getConfig", "yes"),
    ],
)
def test_usable_by_bots_is_reported(method: str, output: str) -> None:
    assert section(method, "Usable by bots")[0].startswith(output)


def test_related_methods_use_the_result_or_precede_the_method() -> None:
    related = [line.split()[0] for line in section("auth.sendCode", "Related methods")]
    assert {"auth.signIn", "auth.signUp", "auth.resendCode", "auth.cancelCode"} <= set(related)
    assert "auth.sendCode" not in related
    assert "auth.sendCode" in {line.split()[0] for line in section("auth.signIn", "Related methods")}


def test_constructor_and_type_are_described() -> None:
    assert lines("describe", "auth.sentCode")[0] == "auth.sentCode  constructor of auth.SentCode"
    assert "auth.sendCode" in section("auth.sentCode", "Returned by")
    assert lines("describe", "auth.SentCode")[0] == "auth.SentCode  type"
    assert len(section("auth.SentCode", "Constructors")) == 3
    assert section("auth.SentCode", "In Python") == ["types.auth.TypeSentCode"]
    assert section("mtproto.ping", "In Python") == ["functions.mtproto.Ping(ping_id=...)"]


@pytest.mark.parametrize(
    "name",
    [
        "auth.sendCode",
        "auth.SendCode",
        "AUTH.SENDCODE",
        "sendCode",
        "SendCode",
        "a677244f",
        "0xa677244f",
        "functions.auth.SendCode",
    ],
)
def test_method_is_found_by_names_of_any_case_and_form(name: str) -> None:
    found = LIBRARY.find(name)
    assert isinstance(found, Combinator)
    assert found.name == "auth.sendCode"


def test_unknown_name_suggests_similar_ones() -> None:
    suggestion = f"unknown name auth.sendCodes in layer {LAYER}; did you mean auth.sendCode"
    assert suggestion in error("describe", "auth.sendCodes")
    assert error("describe", "qqqqqqqq").endswith(f"unknown name qqqqqqqq in layer {LAYER}")
    assert "is ambiguous:" in error("describe", "getMessages")
    assert "expected a name, such as auth.sendCode" in error("describe", "")
    assert "MS3 is the id of a check of the protocol" in error("describe", "MS3")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("types.auth.SentCode", "auth.sentCode  constructor of auth.SentCode"),
        ("types.auth.TypeSentCode", "auth.SentCode  type"),
        ("sansio_tl.functions.mtproto.Ping", "mtproto.ping  method"),
    ],
)
def test_class_of_python_is_found(name: str, found: str) -> None:
    assert lines("describe", name)[0] == found


def test_shells_can_complete_names() -> None:
    given = {"_SANSIO_TL_COMPLETE": "complete_bash", "COMP_WORDS": "sansio-tl describe auth.sendC", "COMP_CWORD": "2"}
    assert CliRunner().invoke(app, env=given, prog_name="sansio-tl").output.split() == ["auth.sendCode"]
    assert set(shipped_names()) == {name for name in LIBRARY.names if not name.startswith("mtproto.")}


def test_long_lists_are_cut_unless_all_is_given() -> None:
    short, full = run("describe", "User").stdout, run("describe", "--all", "User").stdout
    assert "more (--all lists them)" in short
    assert "more (--all lists them)" not in full
    assert len(full) > len(short)


def test_schema_option_describes_another_schema(tmp_path: Path) -> None:
    (tmp_path / "small.tl").write_text("thing#00000001 size:int = Thing;\n// LAYER 3\n")
    assert "thing  constructor of Thing" in lines("describe", "--schema", str(tmp_path / "small.tl"), "thing")[0]
    assert "in layer 3" in error("describe", "--schema", str(tmp_path / "small.tl"), "nothing")


def test_every_declaration_and_type_can_be_described() -> None:
    from sansio_tl_transports.cli.inspect.describe import Describer

    class Silent:
        def line(self, *pieces: object) -> None: ...
        def head(self, title: str) -> None: ...
        def text(self, text: str, indent: int = 0) -> None: ...
        def table(self, rows: object, indent: int = 2) -> None:
            list(rows)  # type: ignore[call-overload]

    describer = Describer(Silent(), LIBRARY, everything=False)  # type: ignore[arg-type]
    for name in ("auth", "account", "mtproto", "help"):
        for found in LIBRARY.declarations.combinators:
            if found.name.startswith(f"{name}."):
                describer.describe(found)
    for kind in LIBRARY.types:
        describer.describe(kind)


@pytest.mark.parametrize(
    ("combinator", "field", "known"),
    [
        ("auth.sendCode", "settings", True),
        ("account.sendChangePhoneCode", "settings", True),
        ("channels.setSettings", "settings", False),
        ("auth.signUp", "first_name", True),
        ("account.updateProfile", "first_name", True),
        ("initConnection", "layer", True),
        ("invokeWithLayer", "layer", True),
        ("user", "first_name", False),
        ("user", "nothing", False),
    ],
)
def test_field_is_described_where_its_name_has_that_meaning(combinator: str, field: str, *, known: bool) -> None:
    words = descriptions.of_field(combinator, field)
    assert isinstance(words, str)
    assert bool(words) == known


def test_descriptions_name_existing_methods_and_fields() -> None:
    names = {c.name: {f.name for f in c.values} for c in LIBRARY.declarations.combinators}
    assert set(descriptions.METHODS) <= {c.name for c in LIBRARY.declarations.functions}
    assert set(descriptions.FIELDS) <= {field for fields in names.values() for field in fields}
    for here in descriptions.HERE:
        combinator, _, field = here.rpartition(".")
        assert field in names[combinator], here


FLOOD_WAIT = f"""FLOOD_WAIT_X  error
{errors.FloodWait(seconds=30).message}

Codes
  420  Flood

Values
  seconds  int

What to do
  {errors.FloodWait.hint}

Raised by
  any method
"""


def test_error_is_described() -> None:
    output = lines("describe", "420 FLOOD_WAIT_30")
    assert "\n".join(output).startswith(FLOOD_WAIT)
    assert output[-2:] == ["In Python", "  except errors.FloodWait as error: ...  # error.seconds"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("FLOOD_WAIT_X", errors.FloodWait),
        ("FLOOD_WAIT_30", errors.FloodWait),
        ("FLOOD_WAIT", errors.FloodWait),
        ("FloodWait", errors.FloodWait),
        ("errors.FloodWait", errors.FloodWait),
        ("403 RECAPTCHA_CHECK_signup__6Le", errors.RecaptchaCheck),
        ("406 PHONE_NUMBER_INVALID", errors.PhoneNumberInvalid),
        ("errors.NotAcceptable", errors.NotAcceptable),
        ("NEVER_HEARD_OF", None),
        ("420 NEVER_HEARD_OF_30", None),
        ("errors.Nothing", None),
        ("errors.RpcError", None),
    ],
)
def test_error_is_found_by_each_of_its_names(name: str, error: object) -> None:
    assert find_error(name) is error


@pytest.mark.parametrize(
    ("name", "pause"),
    [
        ("FLOOD_WAIT_30", "30 seconds"),
        ("420 FLOOD_WAIT_1", "1 second"),
        ("FLOOD_WAIT_X", "X seconds"),
        ("FloodWait", "X seconds"),
    ],
)
def test_description_of_an_error_has_the_values_of_the_given_text(name: str, pause: str) -> None:
    assert f"the server wants a pause of {pause}." in lines("describe", name)[1]


def test_error_names_the_methods_that_raise_it() -> None:
    raising = section("SIGN_IN_FAILED", "Raised by")
    assert "auth.signIn" in raising
    assert all(errors.SignInFailed in errors.errors_of(method) for method in raising)
    assert "(--all lists them)" in section("CHANNEL_INVALID", "Raised by")[-1]


def test_unknown_error_is_reported() -> None:
    assert "unknown name" in error("describe", "NEVER_HEARD_OF")


def test_related_methods_are_cut_unless_all_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    every = section("auth.sendCode", "Related methods")
    assert 2 < len(every) <= describe.MANY
    monkeypatch.setattr(describe, "MANY", 2)
    assert [line.split()[0] for line in section("auth.sendCode", "Related methods", "--all")] == [
        line.split()[0] for line in every
    ]
    *shown, more = section("auth.sendCode", "Related methods")
    assert [line.split()[0] for line in shown] == [line.split()[0] for line in every[:2]]
    assert more == f"and {len(every) - 2} more (--all lists them)"


@pytest.mark.parametrize("name", ["auth.sendCode", "messages.sendMessage", "help.getConfig"])
def test_errors_of_any_method_are_counted_without_those_of_the_method(name: str) -> None:
    known = set(errors.errors_of(name))
    general = [each.name for each in errors.ANY_METHOD if each not in known]
    shown = section(name, "Possible errors")
    assert f"and {len(general)} errors of any method (--all lists them)" in shown
    listed = section(name, "Errors of any method", "--all")
    assert [row.split()[1] for row in listed if row.split()[0].lstrip("-").rstrip(",").isdigit()]
    for each in general:
        assert any(f" {each} " in f" {row} " for row in listed), each


RELATED = """
sent#00000001 code_hash:string other:string = Sent;
plain#00000002 x:int = Plain;
---functions---
auth.send#00000010 number:string = Sent;
auth.signIn#00000011 code_hash:string = Plain;
auth.note#00000012 other:string = Plain;
auth.push#00000013 push_token:string = Plain;
contacts.use#00000014 code_hash:string = Plain;
account.use#00000015 code_hash:string = Plain;
"""


def test_methods_are_related_by_specific_fields_in_neighbouring_namespaces() -> None:
    index = SchemaIndex.of_text(RELATED, "related.tl")

    def related(name: str) -> list[tuple[str, str]]:
        method = index.find(name)
        assert not isinstance(method, str)
        return [(other.name, why) for other, why in index.related(method)]

    takes = "takes the code_hash of the answer"
    assert related("auth.send") == [("auth.signIn", takes), ("account.use", takes)]
    others = ("auth.note", "auth.push", "contacts.use", "account.use")
    assert related("auth.signIn") == [
        ("auth.send", "its answer gives the code_hash"),
        *((name, "returns Plain too") for name in others),
    ]
    assert "auth.send" not in dict(related("auth.push"))
