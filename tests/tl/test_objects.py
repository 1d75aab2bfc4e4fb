"""Values: frozen records that may be logged."""

from __future__ import annotations

import pytest
from rich.pretty import pretty_repr

from sansio_tl import LAYER, Schema, TLObject, Unknown, functions, types


def test_repr_omits_defaults() -> None:
    assert repr(types.auth.SentCode(type=types.auth.SentCodeTypeApp(length=5), phone_code_hash="x", timeout=60)) == (
        "SentCode(type=SentCodeTypeApp(length=5), phone_code_hash=***, timeout=60)"
    )
    assert repr(types.CodeSettings()) == "CodeSettings()"
    assert repr(types.CodeSettings(token="", app_sandbox=False)) == "CodeSettings(token=***, app_sandbox=False)"


SECRETS: list[TLObject] = [
    functions.auth.SendCode(phone_number="5550100", api_id=1, api_hash="5550100", settings=types.CodeSettings()),
    functions.auth.SignIn(phone_number="5550100", phone_code_hash="5550100", phone_code="5550100"),
    functions.auth.CheckPassword(password=types.InputCheckPasswordSRP(srp_id=1, A=b"5550100", M1=b"5550100")),
    functions.auth.ImportBotAuthorization(flags=0, api_id=1, api_hash="5550100", bot_auth_token="5550100"),
    functions.auth.ImportAuthorization(id=1, bytes=b"5550100"),
    functions.account.SendConfirmPhoneCode(hash="5550100", settings=types.CodeSettings(logout_tokens=[b"5550100"])),
    functions.auth.RecoverPassword(code="5550100"),
    types.User(id=1, phone="5550100"),
    types.EmailVerificationCode(code="5550100"),
    types.account.PasswordSettings(email="5550100"),
    types.mtproto.PQInnerData(b"", b"", b"", bytes(16), bytes(16), b"5550100".ljust(32)),
    types.mtproto.GzipPacked(packed_data=b"5550100"),
    Unknown(id=1, data=b"5550100"),
]


@pytest.mark.parametrize("value", SECRETS)
def test_repr_of_a_value_hides_secrets(value: TLObject) -> None:
    assert "5550100" not in repr(value)
    assert "5550100" not in repr(functions.InvokeWithLayer(layer=LAYER, query=value))  # type: ignore[arg-type]
    assert "5550100" not in str([value])


@pytest.mark.parametrize("value", SECRETS)
def test_rich_hides_the_secrets_of_a_value(value: TLObject) -> None:
    outer: TLObject = functions.InvokeWithLayer(layer=LAYER, query=value)  # type: ignore[arg-type]
    for each in (value, outer):
        assert "5550100" not in pretty_repr(each)
        assert pretty_repr(each, max_width=1000) == repr(each)


def test_rich_hides_the_secrets_of_a_value_of_a_parsed_schema() -> None:
    schema = Schema.parse("a#1 phone_code:string id:int = A;")
    assert pretty_repr(schema.types.A(phone_code="5550100", id=1)) == "A(phone_code=***, id=1)"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Unknown(id=None, data=b""), "Unknown(id=None, data=<0 bytes>)"),  # type: ignore[arg-type]
        (Unknown(id=1, data=5), "Unknown(id=0x00000001, data=<int>)"),  # type: ignore[arg-type]
        (types.JsonString(value=10**5000), "JsonString(value=<int>)"),  # type: ignore[arg-type]
        (types.JsonArray(value=[10**5000]), "JsonArray(value=<list>)"),  # type: ignore[list-item]
    ],
)
def test_repr_of_a_value_with_fields_of_wrong_types_does_not_fail(value: TLObject, shown: str) -> None:
    assert repr(value) == shown
    assert "0" * 100 not in pretty_repr(value)


def test_repr_shows_fields_that_are_no_secrets() -> None:
    assert repr(types.Error(code=400, text="x")) == "Error(code=400, text='x')"


def test_values_are_frozen_and_compare_by_content() -> None:
    user = types.UserEmpty(id=1)
    with pytest.raises(AttributeError):
        user.id = 2  # type: ignore[misc]
    assert user == types.UserEmpty(id=1) != types.UserEmpty(id=2)
    assert hash(user) == hash(types.UserEmpty(id=1))


def test_values_match_by_position_and_by_name() -> None:
    match types.auth.SentCode(type=types.auth.SentCodeTypeApp(length=5), phone_code_hash="x"):
        case types.auth.SentCode(types.auth.SentCodeTypeApp(length=length), timeout=None):
            assert length == 5
        case _:
            pytest.fail("no match")
    assert isinstance(types.UserEmpty(id=1), types.TypeUser)
    assert not isinstance(types.PeerUser(user_id=1), types.TypeUser)


def test_generated_classes_have_id_name_declaration_and_docs() -> None:
    cls = functions.auth.SendCode
    assert (cls.ID, cls.NAME) == (0xA677244F, "auth.sendCode")
    assert cls.TL.startswith("auth.sendCode#a677244f phone_number:string ")
    assert cls.__doc__ is not None
    assert "Returns: auth.SentCode" in cls.__doc__
    doc = types.auth.SentCode.__doc__
    assert doc is not None
    assert "timeout: int, flags.2" in doc
    assert "Returned by: auth.sendCode" in doc
