"""The two families of exceptions survive a process boundary whole."""

from __future__ import annotations

import copy
import pickle

import pytest

from sansio_tl.errors import LocalProtocolError, ProtocolError, RemoteProtocolError, TransportError
from sansio_tl.tl.errors import DecodeError, EncodeError, SchemaError, UnknownConstructorError

ERRORS = [
    LocalProtocolError("misused"),
    RemoteProtocolError("EN3", "tampered with"),
    EncodeError("an int is due", "auth.sendCode > api_id"),
    DecodeError("TL2", "too long", offset=8, path="input"),
    UnknownConstructorError("unknown", offset=0, path="input", unknown=None),
    SchemaError("no such type", 7),
    TransportError(-404),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_copied_or_pickled_protocol_error_keeps_its_message(error: ProtocolError) -> None:
    for again in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)
