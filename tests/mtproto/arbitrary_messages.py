"""Arbitrary messages of a peer, valid or not, as hypothesis strategies.

Bodies are drawn as templates, in which `Seen` stands for the id of a message that was seen before: what it is shows
only when the message is made.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Sequence
from struct import pack
from typing import Any, NamedTuple, TypeAlias

from hypothesis import strategies as st

from sansio_tl import codec, functions, types
from sansio_tl.mtproto.container import CONTAINER
from sansio_tl.testing.strategies import values
from sansio_tl.tl.objects import TLObject

Template: TypeAlias = Callable[[Sequence[int]], bytes]
"""Makes a body from the message ids that were seen, the newest last."""


class Seen(NamedTuple):
    """An id that was seen, so many messages ago."""

    ago: int

    def among(self, ids: Sequence[int]) -> int:
        """The id itself."""
        return ids[-1 - self.ago % len(ids)]


LONGS = st.one_of(st.integers(-3, 3), st.integers(-(1 << 63), (1 << 63) - 1))
INTS = st.one_of(st.integers(-2, 70), st.integers(-(1 << 31), (1 << 31) - 1))
SEQNOS = st.one_of(st.integers(0, 20), INTS)
_SEEN = st.integers(0, 40).map(Seen)
IDS = st.one_of(_SEEN, _SEEN, _SEEN, LONGS)
QUERIES = [functions.help.GetNearestDc(), functions.help.GetConfig(), functions.updates.GetState()]
_CODES = st.one_of(st.sampled_from([16, 17, 18, 19, 20, 32, 33, 34, 35, 48, 64]), INTS)
_ERRORS = [
    "MSG_WAIT_FAILED",
    "MSG_WAIT_TIMEOUT",
    "CONNECTION_NOT_INITED",
    "CONNECTION_LAYER_INVALID",
    "AUTH_KEY_PERM_EMPTY",
    "FLOOD_WAIT_5",
    "",
]
m = types.mtproto


_LISTS = st.lists(IDS, max_size=25)
_QUERY = st.sampled_from(QUERIES)
_RPC_RESULT = m.RpcResult.ID.to_bytes(4, "little")


def _filled(field: Any, ids: Sequence[int]) -> Any:
    """The field of a template with ids in place of references."""
    if isinstance(field, Seen):
        return field.among(ids)
    return [_filled(item, ids) for item in field] if isinstance(field, list) else field


def _made(cls: Callable[..., TLObject], *fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Template]:
    """Values of a class with these fields."""

    def template(drawn: tuple[Any, ...]) -> Template:
        return lambda ids: codec.encode(cls(*(_filled(field, ids) for field in drawn)))

    return st.tuples(*fields).map(template)


def _fixed(bodies: st.SearchStrategy[bytes]) -> st.SearchStrategy[Template]:
    return bodies.map(lambda body: lambda ids: body)


def _packed(template: Template) -> Template:
    return lambda ids: codec.encode(m.GzipPacked(gzip.compress(template(ids), mtime=0)))


def _broken_gzip(data: bytes) -> bytes:
    return codec.encode(m.GzipPacked(zlib.compress(data)[: len(data)]))


def _answer(drawn: tuple[Any, Template]) -> Template:
    msg_id, result = drawn
    return lambda ids: _RPC_RESULT + pack("<q", _filled(msg_id, ids)) + result(ids)


_ANY_VALUE = values(size=5)


@st.composite
def _any_value(draw: st.DrawFn) -> bytes:
    return codec.encode(draw(_ANY_VALUE))


_LOOSE_BYTES = st.one_of(
    _any_value(),
    st.binary(max_size=60).map(lambda data: data + bytes(-len(data) % 4)),
    st.binary(max_size=60).map(lambda data: CONTAINER + data + bytes(-len(data) % 4)),
    st.sampled_from([b"", CONTAINER, CONTAINER + bytes(4), _RPC_RESULT, _RPC_RESULT + bytes(8)]),
)
_LOOSE = _fixed(st.one_of(_LOOSE_BYTES, st.binary(max_size=40).map(_broken_gzip)))

OF_CLIENTS = st.one_of(
    _made(lambda query: query, _QUERY),
    _made(functions.InvokeAfterMsg, IDS, _QUERY),
    _made(functions.InvokeAfterMsgs, _LISTS, _QUERY),
    _made(functions.InvokeWithLayer, INTS, _QUERY),
    _made(functions.mtproto.Ping, LONGS),
    _made(functions.mtproto.PingDelayDisconnect, LONGS, INTS),
    _made(functions.mtproto.GetFutureSalts, INTS),
    _made(functions.mtproto.RpcDropAnswer, IDS),
    _made(functions.mtproto.DestroySession, st.integers(0, 6)),
    _made(functions.mtproto.HttpWait, INTS, INTS, INTS),
    _made(m.MsgsAck, _LISTS),
    _made(m.MsgsStateReq, _LISTS),
    _made(m.MsgResendReq, _LISTS),
    _made(m.MsgResendAnsReq, _LISTS),
)
"""What clients say."""

_RESULTS = st.one_of(
    _made(m.RpcError, INTS, st.sampled_from(_ERRORS)),
    _fixed(st.sampled_from([codec.encode(types.NearestDc("NL", 2, 2)), b"\xb5\x75\x72\x99"])),
    _LOOSE,
)
_ANSWERS = st.tuples(IDS, _RESULTS).map(_answer)
OF_SERVERS = st.one_of(
    _ANSWERS,
    _ANSWERS,
    _made(m.Pong, IDS, LONGS),
    _made(m.FutureSalts, IDS, INTS, st.lists(st.tuples(INTS, INTS, LONGS).map(lambda f: m.FutureSalt(*f)), max_size=4)),
    _made(m.BadServerSalt, IDS, SEQNOS, _CODES, LONGS),
    _made(m.BadMsgNotification, IDS, SEQNOS, _CODES),
    _made(m.NewSessionCreated, IDS, LONGS, LONGS),
    _made(m.MsgsAck, _LISTS),
    _made(m.MsgsStateReq, _LISTS),
    _made(m.MsgsStateInfo, IDS, st.binary(max_size=25)),
    _made(m.MsgsAllInfo, _LISTS, st.binary(max_size=25)),
    _made(lambda asked: m.MsgsAllInfo(asked, bytes([1]) * len(asked)), _LISTS),
    _made(m.MsgDetailedInfo, IDS, IDS, INTS, INTS),
    _made(m.MsgNewDetailedInfo, IDS, INTS, INTS),
    _made(m.MsgResendReq, _LISTS),
    _made(m.DestroySessionOk, LONGS),
    _made(m.DestroySessionNone, LONGS),
    _fixed(st.sampled_from([m.DestroyAuthKeyOk(), m.DestroyAuthKeyNone(), m.DestroyAuthKeyFail()]).map(codec.encode)),
    _made(types.UpdatesTooLong),
)
"""What servers say."""

_PLAIN = st.one_of(OF_CLIENTS, OF_CLIENTS, OF_SERVERS, OF_SERVERS, _LOOSE)


@st.composite
def bodies(draw: st.DrawFn) -> Template:
    """Anything."""
    template = draw(_PLAIN)
    return _packed(template) if draw(st.integers(0, 7)) == 7 else template


@st.composite
def answers(draw: st.DrawFn) -> Template:
    """Anything with which a server may answer a request."""
    return draw(_ANSWERS)
