"""Names of messages for traces: the constructor, what it contains and what it refers to. Nothing is decoded."""

from __future__ import annotations

from struct import Struct
from typing import Final

from sansio_tl import types
from sansio_tl.codec.builtin import BuiltinCodecSource
from sansio_tl.tl.constants import VECTOR
from sansio_tl.tl.objects import TLObject

_CODECS = BuiltinCodecSource()
_RPC_RESULT = types.mtproto.RpcResult.ID
_VECTOR_KIND = "vector"
_MAX_REFERENCES: Final = 32
"""How many message ids of a list are recorded."""
_LONG = Struct("<q")
_INT = Struct("<I")


def _ids(*constructors: type[TLObject]) -> frozenset[int]:
    return frozenset(each.ID for each in constructors)


_REFERS_TO_ONE = _ids(
    types.mtproto.RpcResult,
    types.mtproto.Pong,
    types.mtproto.BadMsgNotification,
    types.mtproto.BadServerSalt,
    types.mtproto.MsgsStateInfo,
    types.mtproto.MsgDetailedInfo,
    types.mtproto.FutureSalts,
)
"""The body begins with the id of another message."""
_REFERS_TO_MANY = _ids(
    types.mtproto.MsgsAck, types.mtproto.MsgsStateReq, types.mtproto.MsgResendReq, types.mtproto.MsgResendAnsReq
)
"""The body is a vector of ids of other messages."""
_names: dict[int, str] = {}


def kind_at(body: bytes, at: int = 0) -> str:
    """The TL name of the constructor at a position; its number if the shipped schema lacks it."""
    if len(body) < at + 4:
        return f"{max(0, len(body) - at)} bytes"
    (number,) = _INT.unpack_from(body, at)
    name = _names.get(number)
    if name is not None:
        return name
    if number == VECTOR:
        return _VECTOR_KIND
    try:
        cls = _CODECS.by_key(body[at : at + 4]).cls
    except KeyError:
        return f"{number:#010x}"  # not remembered: a peer could send them all
    name = _names[number] = cls.NAME.removeprefix("mtproto.")
    return name


def result_kind(body: bytes) -> str | None:
    """Of an rpc_result: the kind of the result. None of anything else."""
    return kind_at(body, 12) if int.from_bytes(body[:4], "little") == _RPC_RESULT else None


def references(body: bytes) -> tuple[int, ...]:
    """The ids of the messages that a service message is about, the first ones of a list."""
    number = int.from_bytes(body[:4], "little")
    if number in _REFERS_TO_ONE and len(body) >= 12:
        return _LONG.unpack_from(body, 4)
    if number in _REFERS_TO_MANY and len(body) >= 12 and _INT.unpack_from(body, 4)[0] == VECTOR:
        (count,) = _INT.unpack_from(body, 8)
        present = min(count, _MAX_REFERENCES, (len(body) - 12) // 8)
        return tuple(_LONG.unpack_from(body, 12 + 8 * index)[0] for index in range(present))
    return ()
