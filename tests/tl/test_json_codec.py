"""Values as JSON: without loss, and with errors that name the field."""

from __future__ import annotations

import contextlib
import json
import math
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sansio_tl import LAYER, EncodeError, TLObject, Unknown, encode, from_json, functions, to_json, types
from tests.helpers.malformed_json import any_json, corrupted


def test_underscore_names_the_constructor_and_absent_fields_are_omitted() -> None:
    value = types.auth.SentCode(type=types.auth.SentCodeTypeApp(length=5), phone_code_hash="hash", timeout=60)
    assert json.loads(to_json(value)) == {
        "_": "auth.sentCode",
        "type": {"_": "auth.sentCodeTypeApp", "length": 5},
        "phone_code_hash": "hash",
        "timeout": 60,
    }


@pytest.mark.parametrize(
    "value",
    [
        types.CodeSettings(allow_flashcall=True, logout_tokens=[b"\0\xff", b""], token="", app_sandbox=False),
        types.User(id=(1 << 63) - 1, access_hash=-(1 << 63), self=True),
        types.JsonString(value=b"cut \xd0".decode("utf-8", "surrogateescape")),
        types.InputGeoPoint(lat=math.inf, long=-math.inf),
        types.InputGeoPoint(lat=0.1 + 0.2, long=-0.0),
        functions.mtproto.ReqPq(nonce=bytes(range(16))),
        types.mtproto.MsgContainer(messages=[types.mtproto.Message(1, 2, 3, types.mtproto.Pong(1, 2))]),
        types.mtproto.RpcResult(req_msg_id=1, result=True),
        functions.InvokeWithLayer(layer=LAYER, query=functions.help.GetConfig()),
        Unknown(id=5, data=b"raw"),
    ],
)
def test_values_round_trip_through_json(value: TLObject) -> None:
    assert from_json(to_json(value)) == value
    assert from_json(to_json(value, indent=2).encode()) == value
    assert to_json(value).isascii()


def test_nan_keeps_its_bits_through_json() -> None:
    for bits in ("000000000000f87f", "010000000000f8ff"):
        number = struct.unpack("<d", bytes.fromhex(bits))[0]
        value = types.InputGeoPoint(lat=number, long=0.0)
        assert encode(from_json(to_json(value))) == encode(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "JSON: invalid JSON"),
        ("[" * 100_000, "JSON: invalid JSON"),
        ("[]", 'JSON: expected a TL value: an object with its name in "_", found a list'),
        ("{}", "JSON: expected a TL value"),
        ('{"_": 5}', "JSON: expected a TL value"),
        ('{"_": "nothing"}', "JSON: the schema has no nothing"),
        ('{"_": "auth.sendCode"}', "auth.sendCode > phone_number: this field is missing"),
        ('{"_": "userEmpty", "id": 1, "hair": 2}', "userEmpty: userEmpty has no field hair"),
        ('{"_": "userEmpty", "id": "1"}', "userEmpty > id: expected a whole number, found a string"),
        ('{"_": "userEmpty", "id": 1.5}', "userEmpty > id: expected a whole number, found a number"),
        ('{"_": "userEmpty", "id": true}', "userEmpty > id: expected a whole number, found true or false"),
        ('{"_": "userEmpty", "id": null}', "userEmpty > id: expected a whole number, found null"),
        ('{"_": "userEmpty", "id": 9223372036854775808}', "userEmpty > id: expected an int of 64 bits"),
        ('{"_": "user", "id": 1, "self": 1}', "user > self: expected true or false, found a number"),
        (
            '{"_": "emailVerificationCode", "code": 99999}',
            "emailVerificationCode > code: expected a string, found a number",
        ),
        ('{"_": "mtproto.req_pq", "nonce": "AAAA"}', "mtproto.req_pq > nonce: expected 16 bytes, found 3"),
        ('{"_": "mtproto.req_pq", "nonce": "?"}', "mtproto.req_pq > nonce: expected base64"),
        ('{"_": "mtproto.req_pq", "nonce": 5}', "mtproto.req_pq > nonce: expected base64, found a number"),
        ('{"_": "inputGeoPoint", "lat": "NaN:00", "long": 0}', "inputGeoPoint > lat: expected NaN: and 16 hex digits"),
        ('{"_": "inputGeoPoint", "lat": "north", "long": 0}', "inputGeoPoint > lat: expected a number, found a string"),
        (
            '{"_": "account.updateStatus", "offline": 0}',
            "account.updateStatus > offline: expected true or false, found a number",
        ),
        (
            '{"_": "users.getUsers", "id": {}}',
            "users.getUsers > id: expected a list for Vector<InputUser>, found an object",
        ),
        (
            '{"_": "users.getUsers", "id": [{"_": "inputUserSelf"}, {"_": "inputPeerSelf"}]}',
            "users.getUsers > id[1]: expected InputUser, found InputPeerSelf",
        ),
        ('{"_": "codeSettings", "token": "t"}', "codeSettings: token, app_sandbox share flags.8: all of them or none"),
        ('{"_": "unknown", "id": 1 }', "JSON: expected base64, found null"),
        ('{"_": "unknown", "data": "" }', "JSON: an unknown value has an id"),
        ('{"_": "unknown", "id": true, "data": ""}', "JSON: an unknown value has an id"),
        ('{"_": "unknown", "id": 4294967296, "data": ""}', "value: expected an id of 32 bits, found int 4294967296"),
        (
            '{"_": "inputGeoPoint", "lat": 1' + "0" * 400 + ', "long": 0}',
            "lat: the number is beyond what a double holds",
        ),
        ('{"_": "textBold", "text": ' * 5000 + '{"_": "textEmpty"}' + "}" * 5000, "JSON: "),
    ],
)
def test_error_names_the_path_of_the_wrong_value(text: str, message: str) -> None:
    with pytest.raises(EncodeError) as caught:
        from_json(text)
    assert message in str(caught.value)
    assert "99999" not in str(caught.value)


def test_to_json_refuses_a_value_that_cannot_be_encoded() -> None:
    with pytest.raises(EncodeError, match="userEmpty > id"):
        to_json(types.UserEmpty(id="1"))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [None, 5, [], {}, object(), "\ud800", b"\xff", bytearray(b"\xff"), "NaN", "Infinity"])
def test_from_json_refuses_input_that_is_no_text(text: Any) -> None:
    with pytest.raises(EncodeError):
        from_json(text)


@given(any_json)
def test_random_json_gives_a_value_or_an_encode_error(data: Any) -> None:
    with contextlib.suppress(EncodeError):
        encode(from_json(json.dumps(data)))


SAMPLES = [
    types.User(id=1, access_hash=-1, self=True, first_name="A", photo=types.UserProfilePhotoEmpty()),
    types.InputGeoPoint(lat=1.0, long=-0.0),
    functions.mtproto.ReqPq(nonce=bytes(16)),
    functions.InvokeWithLayer(layer=LAYER, query=functions.users.GetUsers(id=[types.InputUserSelf()])),
    types.mtproto.MsgContainer(messages=[types.mtproto.Message(1, 2, 3, types.mtproto.Pong(1, 2))]),
    Unknown(id=5, data=b"raw"),
]


@settings(max_examples=300)
@given(st.sampled_from([json.loads(to_json(value)) for value in SAMPLES]).flatmap(corrupted))
def test_damaged_json_gives_a_value_or_an_encode_error(data: Any) -> None:
    try:
        text = json.dumps(data)
    except RecursionError:
        text = '{"_": ' * 100_000
    try:
        value = from_json(text)
    except EncodeError as error:
        assert str(error).isprintable()
    else:
        assert encode(from_json(to_json(value))) == encode(value)


def test_json_error_keeps_no_reference_to_the_text() -> None:
    with pytest.raises(EncodeError) as caught:
        from_json('{"_": "auth.signIn", "phone_code": "99999"')
    assert caught.value.__context__ is None
