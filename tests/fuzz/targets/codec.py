"""TL values of the shipped schema: any bytes give a value or a decode error (TL9), and values survive (TL7)."""

from __future__ import annotations

import sansio_tl
from sansio_tl import functions
from sansio_tl.codec import coder
from sansio_tl.tl.errors import DecodeError, EncodeError
from sansio_tl.tl.gzip_packed import GZIP_PACKED
from sansio_tl.tl.objects import Function, TLObject, Unknown

RESULTS: tuple[type[Function[object]], ...] = (
    functions.auth.SendCode,
    functions.auth.SignIn,
    functions.account.GetPassword,
    functions.help.GetConfig,
    functions.help.GetAppConfig,
    functions.users.GetUsers,
    functions.messages.GetHistory,
    functions.messages.ReceivedQueue,
    functions.contacts.GetContactIDs,
    functions.updates.GetDifference,
    functions.upload.GetFile,
    functions.photos.DeletePhotos,
    functions.InvokeWithLayer,
)
"""Functions with results of every sort: constructors, Bool, vectors of each, anything."""
_GZIP = GZIP_PACKED.to_bytes(4, "little")


def decode(data: bytes) -> None:
    """The fast functions and the interpreting codec agree on what the bytes are, and on whether they are anything."""
    try:
        value = sansio_tl.decode(data)
    except DecodeError as error:
        if not 0 <= error.offset <= max(len(data), 1 << 24):
            raise AssertionError(f"offset {error.offset} in {len(data)} bytes") from error
        try:
            coder.trace(data)
        except DecodeError:
            return
        if data[:4] in (b"\xb5\x75\x72\x99", b"\x37\x97\x79\xbc"):
            return  # a Bool alone is a value to the interpreting codec, but no object
        raise AssertionError("the walker reads what decode refuses") from error
    if data[:4] != _GZIP:
        walked, size = coder.decode_prefix(data)
        if size != len(data) or repr_all(walked) != repr_all(value):
            raise AssertionError("the fast functions and the walker disagree")


def decode_result(data: bytes) -> None:
    """Answers, by the type that their function declares; the first byte chooses the function."""
    function = RESULTS[data[0] % len(RESULTS)] if data else RESULTS[0]
    value = sansio_tl.decode_result(function, data[1:])
    again = sansio_tl.decode_result(function, sansio_tl.codec.encode_result(function, value))
    if repr_all(again) != repr_all(value):
        raise AssertionError("a result does not survive")


def round_trip(data: bytes) -> None:
    """What is decoded is written again, and read again as the same."""
    value = sansio_tl.decode(data)
    try:
        written = sansio_tl.encode(value)
    except EncodeError as error:
        raise AssertionError("a decoded value cannot be encoded") from error
    again = sansio_tl.decode(written)
    if repr_all(again) != repr_all(value) or sansio_tl.encode(again) != written:
        raise AssertionError("a value does not survive")
    if len(written) > len(data) and not _packed(data):
        raise AssertionError("a value is longer when written than it was when read")


def _packed(data: bytes) -> bool:
    return _GZIP in data


def repr_all(value: object) -> object:
    """A value as something that compares by content: NaN is equal to itself, -0.0 is not 0.0, and 1 is not True."""
    if isinstance(value, list):
        return [repr_all(item) for item in value]
    if isinstance(value, Unknown):
        return ("unknown", value.id, value.data)
    if isinstance(value, TLObject):
        return (type(value), [repr_all(getattr(value, name)) for name in value.__struct_fields__])
    return (type(value), repr(value) if isinstance(value, float) else value)
