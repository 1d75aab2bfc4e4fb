# mypy: disable-error-code="arg-type, list-item, type-var"
"""TL10: the codec refuses values that do not fit their declaration, and says which field is wrong."""

from __future__ import annotations

import pytest

from sansio_tl import EncodeError, TLObject, decode, encode, encode_result, functions, types


def request(**changes: object) -> functions.auth.SendCode:
    """auth.sendCode with something wrong in it."""
    fields: dict[str, object] = {
        "phone_number": "+15550100",
        "api_id": 1,
        "api_hash": "abcdef",
        "settings": types.CodeSettings(),
    }
    return functions.auth.SendCode(**(fields | changes))


def settings(**fields: object) -> functions.auth.SendCode:
    return request(settings=types.CodeSettings(**fields))


def test_TL10_object_with_a_deleted_field_is_refused() -> None:
    value = types.NearestDc(country="NL", this_dc=1, nearest_dc=2)
    types.NearestDc.__dict__["this_dc"].__delete__(value)
    with pytest.raises(EncodeError, match="nearestDc > this_dc: the field this_dc was deleted") as found:
        encode(value)
    assert found.value.__context__ is None
    with_flag = types.CodeSettings(allow_flashcall=True)
    types.CodeSettings.__dict__["allow_flashcall"].__delete__(with_flag)
    with pytest.raises(EncodeError, match="codeSettings > flags: the field allow_flashcall was deleted"):
        encode(with_flag)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (request(api_id=1 << 31), "auth.sendCode > api_id: expected an int of 32 bits, found int 2147483648"),
        (request(api_id=-(1 << 31) - 1), "auth.sendCode > api_id: expected an int of 32 bits, found int -2147483649"),
        (request(api_id=1.0), "auth.sendCode > api_id: expected an int of 32 bits, found float 1.0"),
        (request(api_id="1"), "auth.sendCode > api_id: expected an int of 32 bits, found str"),
        (request(api_id=None), "auth.sendCode > api_id: expected an int of 32 bits, found NoneType"),
        (request(phone_number=b"1"), "auth.sendCode > phone_number: expected a str, found bytes"),
        (request(phone_number=5550100), "auth.sendCode > phone_number: expected a str, found int"),
        (request(api_hash="a\ud800"), "auth.sendCode > api_hash: the text has a lone surrogate at position 1"),
        (request(settings=None), "auth.sendCode > settings: expected CodeSettings, found NoneType"),
        (
            request(settings=types.InputPeerSelf()),
            "auth.sendCode > settings: expected CodeSettings, found InputPeerSelf",
        ),
        (settings(token="t"), "auth.sendCode > settings: token, app_sandbox share flags.8: all of them or none"),
        (
            settings(app_sandbox=False),
            "auth.sendCode > settings: token, app_sandbox share flags.8: all of them or none",
        ),
        (settings(token="t", app_sandbox=1), "auth.sendCode > settings > app_sandbox: expected a bool, found int"),
        (
            settings(allow_flashcall=1),
            "auth.sendCode > settings > allow_flashcall: expected True or False, found int 1",
        ),
        (
            settings(allow_flashcall=None),
            "auth.sendCode > settings > allow_flashcall: expected True or False, found NoneType",
        ),
        (
            settings(logout_tokens=b"token"),
            "auth.sendCode > settings > logout_tokens: expected a list for Vector<bytes>, found bytes",
        ),
        (settings(logout_tokens=[b"", "x"]), "auth.sendCode > settings > logout_tokens[1]: expected bytes, found str"),
        (
            settings(logout_tokens=[bytearray()]),
            "auth.sendCode > settings > logout_tokens[0]: expected bytes, found bytearray",
        ),
        (settings(logout_tokens=[bytes(1 << 24)]), "16777216 bytes are too many: a string holds less than 2^24"),
        (functions.mtproto.ReqPq(nonce=bytes(15)), "mtproto.req_pq > nonce: expected 16 bytes, found 15"),
        (functions.mtproto.ReqPq(nonce=None), "mtproto.req_pq > nonce: expected 16 bytes, found NoneType"),
        (functions.account.UpdateStatus(offline=0), "account.updateStatus > offline: expected a bool, found int 0"),
        (types.InputGeoPoint(lat="1", long=2.0), "inputGeoPoint > lat: expected a float, found str"),
        (
            types.InputGeoPoint(lat=10**400, long=2.0),
            "inputGeoPoint > lat: expected a float, found an int of many digits",
        ),
        (functions.users.GetUsers(id="abc"), "users.getUsers > id: expected a list for Vector<InputUser>, found str"),
        (functions.account.ReorderUsernames(order=""), "account.reorderUsernames > order: expected a list"),
        (
            functions.stories.ReadStories(types.InputPeerSelf(), max_id=True + 1 << 40),
            "stories.readStories > max_id: expected",
        ),
        (
            functions.messages.GetMessages(id=[types.InputMessagePinned(), 5]),
            r"messages.getMessages > id[1]: expected InputMessage, found int 5",
        ),
        (functions.InvokeWithLayer(layer=1, query="x"), "invokeWithLayer > query: expected a TL value, found str"),
        (functions.users.GetUsers, "expected a TL value, found a class: call it, as in GetUsers(...)"),
        (types.mtproto.MsgContainer(messages=""), "mtproto.msg_container > messages: expected a list for vector<"),
        (
            types.mtproto.MsgContainer(messages=[types.User(id=1)]),
            "mtproto.msg_container > messages[0]: expected mtproto.message, found User",
        ),
        (
            types.InputMediaPhoto(id=types.InputPhotoEmpty(), live_photo=True),
            "inputMediaPhoto: live_photo, video share flags.2",
        ),
    ],
)
def test_TL10_wrong_value_is_refused_naming_class_field_and_type(wrong: TLObject, message: str) -> None:
    with pytest.raises(EncodeError) as caught:
        encode(wrong)
    assert message in str(caught.value)


@pytest.mark.parametrize("value", [None, 5, "user", b"", [], object(), types, types.User])
def test_TL10_object_that_is_no_tl_value_is_refused(value: object) -> None:
    with pytest.raises(EncodeError, match="expected a TL value, found"):
        encode(value)


def test_TL10_object_with_an_encode_method_is_refused_as_a_string() -> None:
    class Encodable:
        def encode(self) -> bytes:
            return b"text"

    with pytest.raises(EncodeError, match="expected a str, found Encodable"):
        encode(types.EmailVerificationCode(code=Encodable()))


def test_TL10_encode_error_contains_no_secret() -> None:
    secret = "99999"
    for wrong in (
        functions.auth.SignIn(phone_number="1", phone_code_hash="2", phone_code=99999),
        functions.auth.SignIn(phone_number="1", phone_code_hash="2", phone_code=["99999"]),
        functions.auth.SignIn(phone_number="1", phone_code_hash="2", phone_code="99999\ud800"),
        settings(logout_tokens=[99999]),
    ):
        with pytest.raises(EncodeError) as caught:
            encode(wrong)
        assert secret not in str(caught.value)
        assert secret not in repr(caught.value.__context__)


@pytest.mark.parametrize(
    ("function", "wrong", "message"),
    [
        (functions.auth.SendCode, types.User(id=1), "expected auth.SentCode, found User"),
        (functions.auth.SendCode, None, "expected auth.SentCode, found NoneType"),
        (functions.users.GetUsers, types.User(id=1), "expected a list for Vector<User>, found User"),
        (functions.users.GetUsers, [types.User(id=1), types.PeerUser(1)], r"\[1\]: expected User, found PeerUser"),
        (functions.account.ResetNotifySettings, 1, "expected a bool, found int 1"),
        (functions.contacts.GetContactIDs, [1 << 31], r"\[0\]: expected an int of 32 bits"),
    ],
)
def test_TL10_result_of_a_wrong_type_is_refused(function: type, wrong: object, message: str) -> None:
    with pytest.raises(EncodeError, match=message):
        encode_result(function, wrong)


def test_subclass_of_a_tl_class_is_refused() -> None:
    class Impostor(types.UserEmpty, frozen=True, gc=False):
        pass

    with pytest.raises(EncodeError, match="expected a TL value of this schema, found Impostor"):
        encode(Impostor(id=1))


class Changing:
    """A number that changes the list in which it stands while it is encoded."""

    def __init__(self, items: list[object], change: str) -> None:
        self.items, self.change = items, change

    def __index__(self) -> int:
        match self.change:
            case "grows":
                if len(self.items) < 99:
                    self.items.append(self.items[-1])
            case "shrinks":
                del self.items[1:]
            case _:
                self.items[:] = self.items * 2
        return 1


@pytest.mark.parametrize("change", ["grows", "shrinks", "doubles"])
def test_count_of_a_vector_is_the_number_of_its_items_though_the_list_changes(change: str) -> None:
    numbers: list[object] = [7, 8, 9]
    numbers.insert(0, Changing(numbers, change))
    objects: list[object] = [types.InputMessageID(id=2), types.InputMessageID(id=3)]
    objects.insert(0, types.InputMessageID(id=Changing(objects, change)))
    for value, count in ((types.mtproto.MsgsAck(msg_ids=numbers), 4), (functions.messages.GetMessages(id=objects), 3)):
        try:
            data = encode(value)
        except EncodeError:
            continue
        found = decode(data)
        assert isinstance(found, types.mtproto.MsgsAck | functions.messages.GetMessages)
        assert len(found.msg_ids if isinstance(found, types.mtproto.MsgsAck) else found.id) == count
        assert encode(found) == data
