"""No record shows bytes, or a field with the name of a secret, in its repr; what is public is listed with its reason.

`tests/flow_scenarios/test_object_graph` checks the objects of whole logins; this module checks every class, also those
whose objects are short-lived.
"""

from __future__ import annotations

import collections
import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import msgspec
from rich.pretty import pretty_repr

import sansio_tl
import sansio_tl_transports
from sansio_tl import codec, functions
from sansio_tl.auth.code_purpose import PhoneLogin
from sansio_tl.auth.password import PasswordFlowData
from sansio_tl.auth.prompts import FirebaseProof
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.framing import Packet
from sansio_tl.mtproto.handshake_common import HandshakeResult
from sansio_tl.mtproto.message import DecryptedPacket, EncryptedPacket, Message, OutgoingPacket
from sansio_tl.testing.code_delivery import SentCodeInfo
from sansio_tl.tl.interpreted_decoder import TraceEntry
from sansio_tl.tl.objects import TLObject
from sansio_tl_transports._shared.login import PromptAnswers
from sansio_tl_transports.cli.serve import AccountOption

GENERATED = ("sansio_tl.types", "sansio_tl.functions", "sansio_tl.codec.", "sansio_tl.errors.generated")
"""`SECRET` of their classes says what these hide."""
FOR_TESTS = ("sansio_tl.simulation.",)
"""Simulated simulations have no secrets."""
SECRET = re.compile(
    r"\b(password|secret|code|codes|token|auth_key|salt|server_salt|nonce|new_nonce|proof|phone_number|exponent|hint)\b"
)
PUBLIC = {
    "AuthKey.id": "stands in the clear at the head of every packet",
    "AuthKeyDestroyed.auth_key_id": "the same",
    "KeyRecord.bound_to": "the id of a key",
    "ServerKey.bound_to": "the id of a key",
    "QuickAck.token": "a hash that is sent unencrypted",
    "TransportErrorReceived.code": "a number that means an error",
    "BadMessage.code": "a number that means an error",
    "MessageRejected.code": "a number that means an error",
    "QueryAnswered.code": "a number that means an error",
    "RequestFinished.code": "a number that means an error",
    "Disconnect.data": "the end of a WebSocket",
    "_Answer.body": "encrypted packets",
    "_Step.answer": "a plain message of a handshake",
    "_Step.digest": "the hash of such a message",
    "Opened.leftover": "encrypted bytes that came right after a proxy's answer",
    "OpenedWire.leftover": "the same",
    "Begun.leftover": "the same",
    "WebFrame.payload": "encrypted bytes of a framing",
    "StreamData.data": "the same",
    "Page.body": "a page of a web site",
    "Lease.token": "a number that orders the leases of a session",
    "AuthKeyCreated.auth_key": "an AuthKey, which shows its id",
    "HandshakeResult.auth_key": "the same",
    "_Exchange.auth_key": "the same",
    "Endpoint.secret": "a ProxySecret, which does not show its key",
    "KeyRecord.auth_key": "the same",
    "ServerKey.auth_key": "the same",
    "SavedAccount.auth_key": "the same",
    "DataCenterState.codes": "a CodeBook, which shows nothing",
    "TwoStep.password": "a Password, which shows nothing",
    "PromptAnswers.code": "a function that asks for it",
}

HIDDEN = {
    "Account": "phone_number first_name last_name access_hash two_step deletion_hash verified_numbers "
    "verified_addresses logout_tokens login_email passkeys",
    "AccountOption": "phone_number password",
    "Assertion": "credential_id client_data authenticator_data signature",
    "Attempt": "proxy tls",
    "AuthKey": "key aux_hash",
    "AuthKeyCreated": "server_salt",
    "Case": "make control",
    "CaseResult": "transcript output",
    "Change": "current new hint email",
    "ClientMessage": "plaintext",
    "ClientOptions": "proxy_secret",
    "CodeReportedMissing": "phone_number",
    "CodeSent": "phone_number code",
    "Compute": "job",
    "ConfigFallback": "phone_number",
    "Created": "credential_id client_data attestation",
    "DataCenterConfig": "api_keys code",
    "DeletionRequested": "hash",
    "Demo": "codes",
    "EnterCode": "phone phone_code_hash",
    "Exported": "secret",
    "HandshakeResult": "server_salt",
    "IncomingRequest": "wrappers layer_codec original waits_for followers outgoing",
    "Instructions": "number",
    "IssuedCode": "phone_code_hash phone_number key_id code email proof",
    "KeyAuthorization": "key_id challenge offered_salts pnv init",
    "KeyRecord": "first_salt refused held numbering sessions past",
    "LoginToken": "token key_id",
    "MailSent": "address code",
    "MailedCode": "address code",
    "NewSettings": "password email",
    "NumberBehavior": "password",
    "Passkey": "credential_id public_key",
    "PasskeyChallenge": "key_id",
    "Password": "salt1 salt2 verifier hint",
    "Payload": "data decode encode",
    "PnvIntent": "nonce number",
    "PromptAnswers": "password",
    "Proof": "A M1",
    "ProxySecret": "key",
    "WebRelayConfig": "secret",
    "Received": "data",
    "RelayOptions": "secret",
    "RequestContext": "entropy report wrappers",
    "RequestFailed": "data",
    "RequestServed": "query",
    "RpcAnswer": "body",
    "RsaPrivateKey": "n e d p q",
    "SavedAccount": "api_id",
    "SecretPushed": "receipt secret",
    "SentCodeInfo": "code proof",
    "ServerKey": "first_salt refused held numbering",
    "ServerTarget": "api_hash phone password proxy_secret",
    "SrpChallenge": "b B",
    "StoredData": "data",
    "TelethonCodec": "_reader",
    "TranscriptEntry": "packet plaintext",
    "Trial": "srp_b exponent",
    "TwoStep": "email secure unconfirmed",
    "UndecodableMessage": "data",
    "Write": "pieces",
    "_Sent": "code",
}
"""The fields of dataclasses that a repr leaves out: secrets, what identifies a user, and what is long."""


EXPANDED_BY_RICH = (msgspec.Struct, tuple, list, dict, set, collections.deque)
"""rich shows what is in them, whatever their repr, unless the class has a `__rich_repr__` of its own."""


def modules() -> Iterator[ModuleType]:
    for package in (sansio_tl, sansio_tl_transports):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.startswith(GENERATED + FOR_TESTS) and not found.name.endswith("pytest_plugin"):
                yield importlib.import_module(found.name)


def shown(cls: type) -> list[tuple[str, str]]:
    """The fields that the repr of a record shows by itself, with their types."""
    if dataclasses.is_dataclass(cls):
        made = hasattr(cls.__repr__, "__wrapped__")  # by dataclasses, not written in the class
        return [(each.name, str(each.type)) for each in dataclasses.fields(cls) if each.repr and made]
    names: tuple[str, ...] = ()
    if issubclass(cls, msgspec.Struct) and cls.__repr__ is msgspec.Struct.__repr__:
        names = cls.__struct_fields__
    elif issubclass(cls, tuple) and cls.__repr__.__code__.co_filename == collections.__file__:
        names = getattr(cls, "_fields", ())
    return [(name, str(cls.__annotations__.get(name, ""))) for name in names]


def suspects() -> Iterator[str]:
    for module in modules():
        for cls in vars(module).values():
            if isinstance(cls, type) and cls.__module__ == module.__name__ and not issubclass(cls, TLObject):
                for name, kind in shown(cls):
                    if re.search(r"\bbytes\b", kind) or SECRET.search(name):
                        yield f"{cls.__name__}.{name}"


def test_every_field_shown_in_a_repr_is_listed_as_public() -> None:
    assert set(suspects()) == set(PUBLIC)


def test_fields_left_out_of_a_repr_are_listed() -> None:
    hidden: dict[str, str] = {}
    for module in modules():
        for cls in vars(module).values():
            if isinstance(cls, type) and cls.__module__ == module.__name__ and dataclasses.is_dataclass(cls):
                names = [each.name for each in dataclasses.fields(cls) if not each.repr]
                if names and hasattr(cls.__repr__, "__wrapped__"):
                    hidden[cls.__name__] = " ".join(names)
    assert hidden == HIDDEN


def test_records_whose_repr_hides_fields_hide_them_from_rich() -> None:
    found = set()
    for module in modules():
        for cls in vars(module).values():
            if isinstance(cls, type) and cls.__module__ == module.__name__ and issubclass(cls, EXPANDED_BY_RICH):
                owner = next(each for each in cls.__mro__ if "__repr__" in vars(each))
                made = cls.__repr__ is msgspec.Struct.__repr__ or hasattr(cls.__repr__, "__objclass__")
                if not made and cls.__repr__.__code__.co_filename != collections.__file__:
                    found.add(owner)
    assert {TLObject, PasswordFlowData, Packet, Message, TraceEntry} < found
    assert [cls.__name__ for cls in found if "__rich_repr__" not in vars(cls)] == []


def test_secret_fields_are_hidden_in_reprs() -> None:
    secret, text = bytes(range(65, 97)), "hunter2"
    key = AuthKey(secret * 8)
    message = Message(1, 2, secret)
    things = [
        message,
        DecryptedPacket(key, 1 << 60, 2, message, secret),
        EncryptedPacket(secret, secret),
        OutgoingPacket(secret, quick_ack=True),
        Packet(secret),
        HandshakeResult(key, 1 << 60, 1.0, None, None),
        PasswordFlowData(hint=text),
        FirebaseProof(ios_receipt=text),
        PhoneLogin(phone_number=text, api_id=1, api_hash=text),
        SentCodeInfo(code=text, proof=secret),
        PromptAnswers(password=text),
        AccountOption(text, text),
        *codec.coder.trace(
            codec.encode(functions.auth.SignIn(phone_number=text, phone_code_hash=text, phone_code=text))
        ),
    ]
    for thing in things:
        for form in (text, secret.decode(), secret.hex(), str(1 << 60)):
            assert form not in repr(thing)
            assert form not in str(thing)
            assert form not in pretty_repr(thing)
        assert pretty_repr(thing, max_width=1000) == repr(thing)
    assert repr(Packet(secret)) == "Packet(payload=<32 bytes>, quick_ack=False)"
    assert "body=<32 bytes>" in repr(message)
    assert repr(message) in repr(DecryptedPacket(key, 1, 2, message, secret))
