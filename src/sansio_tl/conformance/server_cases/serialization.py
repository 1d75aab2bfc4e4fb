"""Cases for servers: bytes that are no value of TL. What is in them must not be executed.

The message is a ping, msgs_state_req, or help.getNearestDc behind an initConnection that is damaged: an answer other
than an error shows that the server has executed it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from struct import pack

from sansio_tl import codec, functions, types
from sansio_tl.conformance import sections
from sansio_tl.conformance.case import Case, Finding, Judgement, Level
from sansio_tl.conformance.faulty_client import Doing, FaultyClient, RpcAnswer, Script, not_reached, value_of
from sansio_tl.conformance.samples import UNKNOWN, gzip_beyond_data, gzip_head_of_255
from sansio_tl.conformance.server_cases.probes import (
    ScriptMaker,
    begin,
    correct,
    is_alive,
    must_work,
    ping,
    server_case,
    server_control,
    violated,
)
from sansio_tl.mtproto.container import deflate

_RPC_ERROR = types.mtproto.RpcError.ID.to_bytes(4, "little")
_NULL = codec.encode(types.JsonNull())
_ARRAY = codec.encode(types.JsonArray([]))[:8]
"""A jsonArray, up to the count of its items."""
_VERSION = b"\x0f" + b"a version: 15 b"
"""A string of 15 bytes, which needs no padding."""
_LEVELS = 150
_ANSWER_TIME = 2.0
"""Seconds in which a server answers the damaged message, if it does."""
_READS_BEYOND = "The parser reads beyond the message, into memory of something else, or takes a part for the whole."
_TWO_READERS = "Two parsers, of a proxy and of the server perhaps, read something different."
Body = Callable[[FaultyClient], bytes]


def _executed(peer: FaultyClient, msg_id: int) -> bool:
    """Whether there is an answer to a message, other than an error."""
    for value in map(value_of, peer.messages):
        match value:
            case RpcAnswer() if value.msg_id == msg_id and value.body[:4] != _RPC_ERROR:
                return True
            case types.mtproto.Pong() if value.msg_id == msg_id:
                return True
            case types.mtproto.MsgsStateInfo() if value.req_msg_id == msg_id:
                return True
            case _:
                continue
    return False


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What has become of a message."""

    executed: bool
    alive: bool


def _send(peer: FaultyClient, body: bytes, note: str) -> Doing[_Outcome]:
    sent = yield from peer.send(body, note)
    until = peer.now + _ANSWER_TIME
    while not peer.closed and peer.now < until:
        if _executed(peer, sent.msg_id) or peer.results_of(sent.msg_id):
            break
        yield from peer.pass_time(0.1)
    alive = yield from is_alive(peer, 36)
    return _Outcome(_executed(peer, sent.msg_id), alive)


def _must_not_execute(body: Body, note: str) -> ScriptMaker:
    def script(peer: FaultyClient) -> Script:
        if not (yield from begin(peer)):
            return not_reached("the server does not answer a correct ping")
        sent = yield from _send(peer, body(peer), note)
        if sent.executed:
            return violated("the server executed it")
        if sent.alive:
            return correct("the server did not execute it, and answered the next ping")
        if peer.closed or peer.transport_error is not None:
            return correct("the server closed the connection")
        return Judgement(Finding.STALLED, "the server did not execute it, but did not answer the next ping either")

    return script


def _executes(body: Body) -> ScriptMaker:
    def script(peer: FaultyClient) -> Script:
        if not (yield from begin(peer)):
            return not_reached("the server does not answer a correct ping")
        sent = yield from _send(peer, body(peer), "the same without a fault")
        return correct("the server executed it") if sent.executed else violated("the server did not execute it")

    return script


def _query(peer: FaultyClient, params: bytes = _NULL, version: bytes = _VERSION) -> bytes:
    """help.getNearestDc; in its initConnection, params and app_version are as given."""
    init: functions.InitConnection[types.NearestDc] = functions.InitConnection(
        api_id=peer.target.api_id, device_model="suite", system_version="1", app_version=_VERSION[1:].decode(),
        system_lang_code="en", lang_pack="", lang_code="en", params=types.JsonNull(),
        query=functions.help.GetNearestDc(),
    )  # fmt: skip
    encoded = codec.encode(functions.InvokeWithLayer(peer.target.layer, init))
    return encoded.replace(_VERSION, version).replace(_NULL, params)


def _two_states(peer: FaultyClient) -> bytes:
    return codec.encode(types.mtproto.MsgsStateReq([peer.next_id(), peer.next_id()]))


def _three_states_of_two(peer: FaultyClient) -> bytes:
    body = _two_states(peer)
    return body[:8] + pack("<i", 3) + body[12:]


def query_control() -> ScriptMaker:
    """A server executes the query without a fault."""
    return _QUERY_CONTROL


def states_control() -> ScriptMaker:
    """A server answers msgs_state_req."""
    return _STATES_CONTROL


def compressed_control() -> ScriptMaker:
    """A server answers a compressed ping."""
    return _COMPRESSED_CONTROL


_QUERY_CONTROL = _executes(_query)
_STATES_CONTROL = _executes(_two_states)
_COMPRESSED_CONTROL = _executes(lambda _: deflate(ping()))


def _case(
    name: str,
    check: str,
    title: str,
    body: Body,
    *,
    note: str,
    risk: str,
    level: Level,
    control: Callable[[], ScriptMaker] = server_control,
) -> Case:
    return server_case(
        f"server-{name}", check, title, _must_not_execute(body, note),
        expected="The server does not execute it: it answers with an error, ignores it, or closes the connection.",
        risk=risk, section=sections.SERIALIZE, level=level, tags=("codec",), without_fault=control,
    )  # fmt: skip


def _unknown_in_container(peer: FaultyClient) -> Doing[str | None]:
    unknown = peer.message(UNKNOWN + bytes(8))
    yield from peer.send(peer.container(unknown, peer.message(ping(61))), "an unknown message and a ping")
    pong = yield from peer.receive(types.mtproto.Pong, where=lambda pong: pong.ping_id == 61)
    return None if pong else "no answer to the ping beside the unknown message"


CASES = (
    _case(
        "ping-cut-short",
        "TL9",
        "The last 4 bytes of a ping are missing.",
        lambda _: ping()[:-4],
        note="a ping of 8 bytes",
        risk=_READS_BEYOND,
        level=Level.MUST,
    ),
    _case(
        "ping-bytes-left-over",
        "TL9",
        "4 bytes follow a ping.",
        lambda _: ping() + bytes(4),
        note="a ping with 4 bytes too many",
        risk=_TWO_READERS,
        level=Level.SHOULD,
    ),
    _case(
        "vector-cut-short",
        "TL1",
        "msgs_state_req ends after the second of three message ids.",
        _three_states_of_two,
        note="the count of the vector is 3",
        risk=_READS_BEYOND,
        level=Level.MUST,
        control=states_control,
    ),
    _case(
        "gzip-beyond-data",
        "TL2",
        "The string in gzip_packed, a compressed ping, claims 8 bytes more than there are.",
        lambda _: gzip_beyond_data(ping()),
        note="gzip_packed claims 8 bytes more",
        risk=_READS_BEYOND,
        level=Level.MUST,
        control=compressed_control,
    ),
    _case(
        "gzip-of-length-255",
        "TL2",
        "The string in gzip_packed, a compressed ping, begins with 255, which is no length, in place of 254.",
        lambda _: gzip_head_of_255(ping()),
        note="gzip_packed begins with 255",
        risk=_TWO_READERS,
        level=Level.SHOULD,
        control=compressed_control,
    ),
    _case(
        "string-of-length-255",
        "TL2",
        "A string in initConnection begins with 255, which is no length, and 255 bytes follow.",
        lambda peer: _query(peer, version=b"\xff" + b"f" * 255),
        note="app_version begins with 255",
        risk=_TWO_READERS,
        level=Level.SHOULD,
        control=query_control,
    ),
    _case(
        "bool-of-other-constructor",
        "TL5",
        "A Bool in initConnection has a constructor that is neither of its two.",
        lambda peer: _query(peer, params=codec.encode(types.JsonBool(True))[:4] + UNKNOWN),
        note="a jsonBool with another constructor",
        risk="Neither true nor false counts as one of them.",
        level=Level.SHOULD,
        control=query_control,
    ),
    _case(
        "unknown-type-inside",
        "TL3",
        "A value in initConnection has an unknown constructor.",
        lambda peer: _query(peer, params=UNKNOWN),
        note="params has an unknown constructor",
        risk="A server that guesses what it does not know takes something else for the rest.",
        level=Level.SHOULD,
        control=query_control,
    ),
    _case(
        "wrong-type-inside",
        "TL9",
        "A value in initConnection has a constructor of another type: updatesTooLong as JSONValue.",
        lambda peer: _query(peer, params=codec.encode(types.UpdatesTooLong())),
        note="params is updatesTooLong",
        risk="A program finds a value where its library promises another type.",
        level=Level.SHOULD,
        control=query_control,
    ),
    _case(
        "nested-value",
        "TL4",
        f"JSON arrays stand in initConnection, {_LEVELS} deep.",
        lambda peer: _query(peer, params=(_ARRAY + pack("<i", 1)) * _LEVELS + _NULL),
        note=f"params is nested {_LEVELS} times",
        risk="Nesting without bound exhausts the stack.",
        level=Level.MAY,
        control=query_control,
    ),
    server_case(
        "server-unknown-message-in-container",
        "TL3",
        "A container has a message with an unknown constructor and a ping.",
        must_work(_unknown_in_container),
        expected="The ping is answered.",
        risk="A client of a newer layer gets no answers.",
        section=sections.SERIALIZE,
        level=Level.SHOULD,
        tags=("codec",),
    ),
)
