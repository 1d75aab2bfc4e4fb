"""The codec compared with Telethon 1.45: both write the same bytes for all that its layer has."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from telethon.tl import functions as telethon_functions
from telethon.tl import types as telethon_types
from telethon.tl.alltlobjects import LAYER as TELETHON_LAYER
from telethon.tl.alltlobjects import tlobjects
from telethon.tl.tlobject import TLObject as TelethonObject

from sansio_tl import TLObject, codec, encode, functions, types
from sansio_tl.testing.strategies import values
from sansio_tl.tl.model import Builtin
from sansio_tl.tl.naming import class_name, field_name
from sansio_tl_transports.layers import LayerSchemas
from tests.codec.test_every_type import MODULES, entries

THEIRS_ALONE = {
    # The TLS hello that disguises a connection to a proxy, as TL.
    "TlsBlockDomain",
    "TlsBlockGrease",
    "TlsBlockPublicKey",
    "TlsBlockRandom",
    "TlsBlockScope",
    "TlsBlockString",
    "TlsBlockZero",
    "TlsClientHello",
}
OURS_ALONE = {
    # Built into Telethon's reader and writer.
    "true",
    "error",
    "null",
    "mtproto.rpc_result",
    "mtproto.msg_container",
    "mtproto.message",
    "mtproto.msg_copy",
    "mtproto.gzip_packed",
    "mtproto.msg_resend_ans_req",
}
DIFFERENT = {
    # Telethon takes its `id:int` for a flag word and refuses negative numbers.
    "channels.getMessageAuthor",
}


def _their_classes() -> dict[int, type[TelethonObject]]:
    """Telethon's plain classes by id: its table of ids has classes of messages that rewrite their peers."""
    return {
        number: next(
            base for base in cls.__mro__ if base.__module__.startswith(("telethon.tl.types", "telethon.tl.functions"))
        )
        for number, cls in tlobjects.items()
    }


THEIR_CLASSES = _their_classes()
THEIR_SCHEMA = LayerSchemas()[TELETHON_LAYER]
"""The shipped schema of Telethon's layer."""


def _newer_fields(value: TLObject) -> set[str]:
    """Fields that Telethon's layer does not have: a constructor keeps its id when it gets another `true` flag."""
    known = inspect.signature(THEIR_CLASSES[value.ID]).parameters
    return {name for name in type(value).__struct_fields__ if name not in known and name != "self"}


def counterpart(value: Any) -> Any:
    """The same value made of Telethon's classes."""
    if isinstance(value, list):
        return [counterpart(item) for item in value]
    if not isinstance(value, TLObject):
        return value
    entry = codec.coder.registry.by_class(type(value))
    assert entry is not None
    fields = {}
    for f in entry.combinator.values:
        field = counterpart(getattr(value, field_name(f.name)))
        if f.type in (Builtin("int128"), Builtin("int256")) and field is not None:
            field = int.from_bytes(field, "little", signed=True)
        fields["is_self" if f.name == "self" else field_name(f.name)] = field
    for newer in _newer_fields(value):
        fields.pop(newer)
    return THEIR_CLASSES[value.ID](**fields)


def is_text(value: TLObject) -> bool:
    """Whether all strings are UTF-8: Telethon cannot write others."""
    try:
        strings(value).encode()
    except UnicodeEncodeError:
        return False
    return True


def is_apart(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(is_apart, value))
    if not isinstance(value, TLObject):
        return False
    fields = [getattr(value, name) for name in type(value).__struct_fields__]
    if value.NAME in OURS_ALONE | DIFFERENT or value.ID not in THEIR_CLASSES:
        return True
    return any(getattr(value, name) for name in _newer_fields(value)) or any(map(is_apart, fields))


def strings(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(strings, value))
    if isinstance(value, TLObject):
        return "".join(strings(getattr(value, name)) for name in type(value).__struct_fields__)
    return ""


def test_layer_and_constructor_ids_match_telethon() -> None:
    declared = THEIR_SCHEMA.declarations
    api = {combinator.id: combinator for combinator in (*declared.constructors, *declared.functions)}
    protocol = (entry.combinator for entry in codec.coder.registry.entries())
    ours = api | {each.id: each for each in protocol if each.name.startswith("mtproto.")}
    assert {cls.__name__ for number, cls in tlobjects.items() if number not in ours} == THEIRS_ALONE
    assert {c.name for number, c in ours.items() if number not in tlobjects} == OURS_ALONE
    for number, c in ours.items():
        if number in tlobjects and not c.name.startswith("mtproto."):
            name = class_name(c.name) + ("Request" if c.is_function else "")
            assert tlobjects[number].__name__.lower() == name.removesuffix("_").lower()


SETTINGS = (
    types.CodeSettings(),
    types.CodeSettings(
        allow_flashcall=True,
        current_number=True,
        allow_app_hash=True,
        allow_missed_call=True,
        logout_tokens=[b"arbitrary data here"],
    ),
    types.CodeSettings(allow_firebase=True, unknown_number=True, token="token", app_sandbox=False),
)


@pytest.mark.parametrize("code_settings", SETTINGS)
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            lambda s: functions.auth.SendCode(phone_number="+15550100", api_id=43, api_hash="some string", settings=s),
            lambda s: telethon_functions.auth.SendCodeRequest("+15550100", 43, "some string", s),
        ),
        (
            lambda s: functions.account.SendChangePhoneCode(phone_number="+15550100", settings=s),
            lambda s: telethon_functions.account.SendChangePhoneCodeRequest("+15550100", s),
        ),
        (
            lambda s: functions.account.SendVerifyPhoneCode(phone_number="+15550100", settings=s),
            lambda s: telethon_functions.account.SendVerifyPhoneCodeRequest("+15550100", s),
        ),
        (
            lambda s: functions.account.SendConfirmPhoneCode(hash="B5MnlS34H1JKyBE71zZfo1", settings=s),
            lambda s: telethon_functions.account.SendConfirmPhoneCodeRequest("B5MnlS34H1JKyBE71zZfo1", s),
        ),
        (
            lambda s: functions.auth.ResendCode(
                phone_number="+15550100", phone_code_hash="hash", reason="why" if s.token else None
            ),
            lambda s: telethon_functions.auth.ResendCodeRequest("+15550100", "hash", "why" if s.token else None),
        ),
    ],
)
def test_send_code_requests_have_the_bytes_of_telethon(
    ours: Any, theirs: Any, code_settings: types.CodeSettings
) -> None:
    assert encode(ours(code_settings)) == bytes(theirs(counterpart(code_settings)))
    assert isinstance(counterpart(code_settings), telethon_types.CodeSettings)


def same_bytes(value: TLObject) -> None:
    if is_text(value) and not is_apart(value):
        their: TelethonObject = counterpart(value)
        assert encode(value) == bytes(their)


def check_module(module: str, examples: int) -> None:
    quiet = settings(max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    for entry in entries(module):
        if entry.combinator.name in OURS_ALONE | DIFFERENT:
            continue
        quiet(given(values(entry.cls))(same_bytes))()


@pytest.mark.parametrize("module", MODULES)
def test_random_values_of_every_type_have_the_bytes_of_telethon(module: str) -> None:
    check_module(module, examples=2)
