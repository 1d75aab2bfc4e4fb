"""Cases for servers: message ids, sequence numbers, replays, containers, compression, and service messages."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from struct import pack

from sansio_tl import codec, functions, types
from sansio_tl.conformance import sections
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.faulty_client import Doing, FaultyClient, RpcAnswer, value_of
from sansio_tl.conformance.samples import gzip_of_zeros
from sansio_tl.conformance.server_cases.probes import (
    Bad,
    is_alive,
    must_not_execute,
    must_work,
    ping,
    refusal_of,
    renumbered,
    server_case,
    wait_results,
    was_executed,
    wrapped,
)
from sansio_tl.mtproto.container import deflate, join
from sansio_tl.mtproto.message import Message

_GZIP = 31
"""The gzip format, for zlib."""
_BOOL_TRUE = bytes.fromhex("b5757299")
_AHEAD = 40
"""Seconds by which a message is too early: more than 30."""
_REPLAY = "An attacker on the network replays a recorded message, and it is executed again."
_ID_RISK = "Ids that do not tell the time of a message protect from replays no more."
_NUMBERS_RISK = "Clients whose numbering is wrong are not notified, and messages are lost or repeated."


def _once(change: Callable[[FaultyClient], Message], note: str, **faults: int) -> Bad:
    def make(peer: FaultyClient) -> tuple[bytes, str, int]:
        message = change(peer)
        return peer.packet(message, **faults), note, message.msg_id

    return make


def refused(
    name: str,
    check: str,
    title: str,
    make: Bad,
    codes: tuple[int, ...],
    *,
    risk: str,
    level: Level = Level.MUST,
    section: str = sections.ABOUT_MESSAGES,
) -> Case:
    """A case in which a server has to answer with a code."""
    named = " or ".join(map(str, codes))
    return server_case(
        f"server-{name}", check, title, must_not_execute(make, codes=codes, closes=False),
        expected=f"The server does not execute it, and answers with the code {named}.", risk=risk, section=section,
        level=level, tags=("messages",),
    )  # fmt: skip


def works(
    name: str,
    check: str,
    title: str,
    script: Callable[[FaultyClient], Doing[str | None]],
    *,
    expected: str,
    risk: str,
    level: Level = Level.MUST,
    section: str = sections.ABOUT_MESSAGES,
) -> Case:
    """A case in which a server has to do something."""
    return server_case(
        f"server-{name}", check, title, must_work(script), expected=expected, risk=risk, section=section,
        level=level, tags=("messages",),
    )  # fmt: skip


def _count_pongs(peer: FaultyClient, number: int) -> int:
    ids = set()
    for message in peer.messages:
        value = value_of(message)
        if isinstance(value, types.mtproto.Pong) and value.ping_id == number:
            ids.add(message.msg_id)
    return len(ids)


def _replayed_packet(peer: FaultyClient) -> Doing[str | None]:
    packet = peer.packet(peer.message(ping(50)))
    for _ in range(3):
        yield from peer.write_packet(packet, "the same packet")
    yield from is_alive(peer, 51)
    yield from peer.pass_time(0.3)
    count = _count_pongs(peer, 50)
    return f"the server answered {count} times" if count != 1 else None


def _replayed_on_connection(peer: FaultyClient) -> Doing[str | None]:
    packet = peer.packet(peer.message(ping(50)))
    yield from peer.write_packet(packet, "a ping")
    yield from is_alive(peer, 51)
    yield from peer.connect()
    before = len(peer.messages)
    yield from peer.write_packet(packet, "the same packet, on another connection")
    yield from peer.pass_time(0.6)
    sent = len(peer.messages) - before
    return f"the server sent {sent} messages to who replays" if sent else None


def _same_id(peer: FaultyClient) -> Doing[str | None]:
    first = yield from peer.send(ping(50))
    yield from is_alive(peer, 51)
    again = Message(first.msg_id, first.seqno, ping())
    yield from peer.send(again, "another ping with the same message id")
    yield from is_alive(peer, 52)
    return "the server executed both messages with the same id" if was_executed(peer) else None


def _same_id_in_container(peer: FaultyClient) -> Doing[str | None]:
    first = yield from peer.send(ping(50))
    yield from is_alive(peer, 51)
    again = Message(first.msg_id, first.seqno, ping())
    yield from peer.send(peer.container(again), "the same message id in a container")
    yield from is_alive(peer, 52)
    return "the server executed both messages with the same id" if was_executed(peer) else None


def _request(peer: FaultyClient) -> Message:
    return peer.message(wrapped(peer, functions.help.GetNearestDc()))


def _request_resent(peer: FaultyClient) -> Doing[str | None]:
    request = _request(peer)
    yield from peer.send(request, "a request")
    if not (yield from wait_results(peer, request.msg_id)):
        return "no answer to help.getNearestDc"
    yield from peer.connect()
    peer.mark_read()
    yield from is_alive(peer, 55)  # something new: only that proves to the server that this is the client
    yield from peer.send(request, "the same request again, encrypted anew, on another connection")
    again = yield from peer.receive(RpcAnswer, where=lambda answer: answer.msg_id == request.msg_id)
    return None if again else "no answer to the request that was sent again"


def _unknown_request(peer: FaultyClient) -> Doing[str | None]:
    request = peer.message(b"\x01\x02\x03\x04" + bytes(8))
    yield from peer.send(request, "a request with an unknown constructor")
    if not (yield from is_alive(peer, 60)):
        return "the server does not answer any more"
    return None


def _is_pong(number: int, pong: types.mtproto.Pong) -> bool:
    return pong.ping_id == number


def _container(peer: FaultyClient) -> Doing[str | None]:
    children = [peer.message(ping(70 + number)) for number in range(5)]
    yield from peer.send(peer.container(*children), "a container of five pings")
    for number in range(5):
        yield from peer.receive(types.mtproto.Pong, where=partial(_is_pong, 70 + number))
        if not was_executed(peer, 70 + number):
            return f"no answer to ping {number} of the container"
    return None


def _empty_container(peer: FaultyClient) -> Doing[str | None]:
    sent = yield from peer.send(peer.container(), "an empty container")
    if not (yield from is_alive(peer, 71)):
        return "the server does not answer any more"
    code = refusal_of(peer, sent.msg_id)
    return None if code is None else f"the server rejected it with the code {code}"


def _packed(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=_GZIP)
    return packer.compress(body) + packer.flush()


def _compressed(peer: FaultyClient) -> Doing[str | None]:
    yield from peer.send(deflate(ping(72)), "a compressed ping")
    pong = yield from peer.receive(types.mtproto.Pong, where=lambda pong: pong.ping_id == 72)
    return None if pong else "no answer to a compressed ping"


def _bomb(peer: FaultyClient) -> Doing[str | None]:
    yield from peer.send(gzip_of_zeros(256), "256 MiB of zeros, compressed")
    if peer.closed:
        yield from peer.connect()
    if not (yield from is_alive(peer, 73)):
        yield from peer.connect()
        if not (yield from is_alive(peer, 74)):
            return "the server does not answer any more"
    return None


def _bad_gzip(peer: FaultyClient) -> Doing[str | None]:
    packed = codec.encode(types.mtproto.GzipPacked(_packed(ping() * 20)[:-9]))
    yield from peer.send(packed, "truncated compressed data")
    return None if (yield from is_alive(peer, 73)) else "the server does not answer any more"


def _state_info(peer: FaultyClient) -> Doing[str | None]:
    known = yield from peer.send(ping(80))
    yield from is_alive(peer, 81)
    ids = [known.msg_id, peer.next_id()]
    request = yield from peer.send(types.mtproto.MsgsStateReq(ids))
    info = yield from peer.receive(types.mtproto.MsgsStateInfo, where=lambda info: info.req_msg_id == request.msg_id)
    if info is None:
        return "no msgs_state_info"
    if len(info.info) != len(ids):
        return f"{len(info.info)} bytes for {len(ids)} message ids"
    if info.info[0] & 7 != 4:
        return f"the state of a message that was received is {info.info[0]}"
    return f"the state of a message that was never sent is {info.info[1]}" if info.info[1] & 7 == 4 else None


def _resend(peer: FaultyClient) -> Doing[str | None]:
    request = _request(peer)
    yield from peer.send(request, "a request")
    if not (yield from wait_results(peer, request.msg_id)):
        return "no answer to help.getNearestDc"
    answer = next(
        message
        for message in peer.messages
        if isinstance(value := value_of(message), RpcAnswer) and value.msg_id == request.msg_id
    )
    peer.mark_read()
    yield from peer.send(types.mtproto.MsgResendReq([answer.msg_id]), "msg_resend_req for the answer")
    again = yield from peer.receive(RpcAnswer, where=lambda value: value.msg_id == request.msg_id)
    return None if again else "the answer was not sent again"


def _future_salts(peer: FaultyClient) -> Doing[str | None]:
    request = yield from peer.send(functions.mtproto.GetFutureSalts(num=8))
    salts = yield from peer.receive(types.mtproto.FutureSalts, where=lambda salts: salts.req_msg_id == request.msg_id)
    if salts is None:
        return "no future_salts"
    if not 1 <= len(salts.salts) <= 64:
        return f"{len(salts.salts)} salts"
    return (
        "a salt that ends before it begins"
        if any(salt.valid_until <= salt.valid_since for salt in salts.salts)
        else None
    )


def _destroy_session(peer: FaultyClient) -> Doing[str | None]:
    first = peer.session_id
    peer.new_session()
    yield from is_alive(peer, 90)
    yield from peer.send(functions.mtproto.DestroySession(session_id=first), "destroy_session of the first session")
    done = yield from peer.receive(types.mtproto.DestroySessionOk, 3.0)
    if done is None or done.session_id != first:
        return "no destroy_session_ok"
    yield from peer.send(functions.mtproto.DestroySession(session_id=12345), "destroy_session of an unknown session")
    none = yield from peer.receive(types.mtproto.DestroySessionNone, 3.0)
    return None if none else "no destroy_session_none"


def _drop_answer(peer: FaultyClient) -> Doing[str | None]:
    yield from peer.send(functions.mtproto.RpcDropAnswer(req_msg_id=peer.next_id()), "rpc_drop_answer")
    answer = yield from peer.receive(RpcAnswer, 3.0)
    unknown = types.mtproto.RpcAnswerUnknown.ID.to_bytes(4, "little")
    return None if answer and answer.body[:4] == unknown else "no rpc_answer_unknown"


def _disconnect(peer: FaultyClient) -> Doing[str | None]:
    yield from peer.send(functions.mtproto.PingDelayDisconnect(ping_id=91, disconnect_delay=1))
    pong = yield from peer.receive(types.mtproto.Pong, where=lambda pong: pong.ping_id == 91)
    if pong is None:
        return "no pong"
    yield from peer.pass_time(4.0)
    return None if peer.closed else "the connection stays open"


def _new_session_created(peer: FaultyClient) -> Doing[str | None]:
    created = yield from peer.receive(types.mtproto.NewSessionCreated, 2.0)
    return None if created else "no new_session_created in a new session"


def _server_ids(peer: FaultyClient) -> Doing[str | None]:
    request = _request(peer)
    yield from peer.send(request)
    if not (yield from wait_results(peer, request.msg_id)):
        return "no answer to help.getNearestDc"
    for message in peer.messages:
        value = value_of(message)
        if message.msg_id & 1 == 0:
            return f"a message id of a client: {message.msg_id & 3} modulo 4"
        if isinstance(value, RpcAnswer) and message.msg_id & 3 != 1:
            return "an answer with a message id of 3 modulo 4"
        if abs(message.msg_id / 2**32 - peer.now - peer.offset) > 60:
            return "a message id of another time"
    return None


def _server_seqnos(peer: FaultyClient) -> Doing[str | None]:
    request = _request(peer)
    yield from peer.send(request)
    if not (yield from wait_results(peer, request.msg_id)):
        return "no answer to help.getNearestDc"
    for message in peer.messages:
        if isinstance(value_of(message), RpcAnswer) and not message.seqno & 1:
            return "an rpc_result with an even sequence number"
    return None


def _in(container: Callable[[FaultyClient], bytes], note: str) -> Bad:
    def make(peer: FaultyClient) -> tuple[bytes, str, int]:
        body = container(peer)
        message = peer.message(body, content=False)
        return peer.packet(message), note, message.msg_id

    return make


def _even_request(peer: FaultyClient) -> Doing[str | None]:
    even = peer.numbering.next_seqno(content_related=False)
    request = peer.message(wrapped(peer, functions.help.GetNearestDc()), seqno=even)
    yield from peer.send(request, "a request with an even sequence number")
    yield from is_alive(peer, 61)
    if peer.results_of(request.msg_id):
        return "the server executed it"
    code = refusal_of(peer, request.msg_id)
    return None if code == 35 else f"no bad_msg_notification with code 35, but {code}"


def _odd_container(peer: FaultyClient) -> tuple[bytes, str, int]:
    message = peer.message(join([peer.message(ping())]))
    return peer.packet(message), "a container with an odd sequence number", message.msg_id


def _shared_seqno(peer: FaultyClient) -> Doing[str | None]:
    acknowledgements = [peer.message(types.mtproto.MsgsAck([peer.next_id()]), content=False) for _ in range(2)]
    for each in acknowledgements:
        yield from peer.send(each, f"an acknowledgement with the sequence number {each.seqno}")
    if not (yield from is_alive(peer, 63)):
        return "the server does not answer any more"
    codes = [code for each in acknowledgements if (code := refusal_of(peer, each.msg_id)) is not None]
    return f"the server rejected one with the code {codes[0]}" if codes else None


def _accepted_later(peer: FaultyClient) -> Doing[str | None]:
    message = renumbered(peer, seconds=_AHEAD)
    packet = peer.packet(message)
    yield from peer.write_packet(packet, f"{_AHEAD} s ahead")
    yield from peer.pass_time(_AHEAD - 20)
    code = refusal_of(peer, message.msg_id)
    if code != 17:
        return f"no bad_msg_notification with code 17, but {code}"
    yield from peer.write_packet(packet, "the same packet, now in time")
    yield from peer.pass_time(1.0)
    return "the server executed what it had rejected" if was_executed(peer) else None


def _drop_resent(peer: FaultyClient) -> Doing[str | None]:
    request = peer.message(functions.mtproto.RpcDropAnswer(req_msg_id=peer.next_id()))
    yield from peer.send(request, "rpc_drop_answer")
    if not (yield from wait_results(peer, request.msg_id)):
        return "no answer to rpc_drop_answer"
    peer.mark_read()
    yield from peer.send(request, "the same again, encrypted anew")
    again = yield from peer.receive(RpcAnswer, where=lambda answer: answer.msg_id == request.msg_id)
    return None if again else "no answer to what was sent again"


def _wrapped_value(peer: FaultyClient) -> Doing[str | None]:
    body = wrapped(peer, functions.help.GetNearestDc())
    request = peer.message(body[:-4] + _BOOL_TRUE)
    yield from peer.send(request, "invokeWithLayer of a Bool")
    results = yield from wait_results(peer, request.msg_id, 1.0)
    if any(result[:4] != types.mtproto.RpcError.ID.to_bytes(4, "little") for result in results):
        return "the server answered it with something else than rpc_error"
    return None if (yield from is_alive(peer, 66)) else "the server does not answer any more"


def _replayed_on_its_connection(peer: FaultyClient) -> Doing[str | None]:
    message = peer.message(ping(50))
    packet = peer.packet(message)
    yield from peer.write_packet(packet, "a ping")
    yield from is_alive(peer, 51)
    before = len(peer.messages)
    yield from peer.write_packet(packet, "the same packet")
    yield from peer.pass_time(0.6)
    for value in map(value_of, peer.messages[before:]):
        if isinstance(value, types.mtproto.Pong) and value.ping_id == 50:
            return "the server answered it again"
        if isinstance(value, types.mtproto.MsgsAck) and message.msg_id in value.msg_ids:
            return "the server acknowledged it again"
    return None


def _state_of_answered(peer: FaultyClient) -> Doing[str | None]:
    request = _request(peer)
    yield from peer.send(request, "a request")
    if not (yield from wait_results(peer, request.msg_id)):
        return "no answer to help.getNearestDc"
    question = yield from peer.send(types.mtproto.MsgsStateReq([request.msg_id]))
    info = yield from _state_answer(peer, question.msg_id)
    if info is None:
        return "no msgs_state_info"
    return None if info.info[:1] and info.info[0] & 64 else "the state does not say that there is an answer"


def _state_answer(peer: FaultyClient, msg_id: int) -> Doing[types.mtproto.MsgsStateInfo | None]:
    return (yield from peer.receive(types.mtproto.MsgsStateInfo, where=lambda info: info.req_msg_id == msg_id))


def _resend_of_unknown(peer: FaultyClient) -> Doing[str | None]:
    request = yield from peer.send(types.mtproto.MsgResendReq([peer.next_id() | 1]), "msg_resend_req for no message")
    info = yield from _state_answer(peer, request.msg_id)
    return None if info else "no msgs_state_info"


def _answer_resent(peer: FaultyClient) -> Doing[str | None]:
    request = _request(peer)
    yield from peer.send(request, "a request")
    if not (yield from wait_results(peer, request.msg_id)):
        return "no answer to help.getNearestDc"
    peer.mark_read()
    yield from peer.send(types.mtproto.MsgResendAnsReq([request.msg_id]), "msg_resend_ans_req for the answer")
    again = yield from peer.receive(RpcAnswer, where=lambda value: value.msg_id == request.msg_id)
    return None if again else "the answer was not sent again"


def _answer_of_unknown(peer: FaultyClient) -> Doing[str | None]:
    request = yield from peer.send(types.mtproto.MsgResendAnsReq([peer.next_id()]), "msg_resend_ans_req for no request")
    info = yield from _state_answer(peer, request.msg_id)
    return None if info else "no msgs_state_info"


def _nested(peer: FaultyClient) -> bytes:
    inner = Message(peer.next_id(), 0, join([peer.message(ping())]))
    return join([inner])


def _left_over(peer: FaultyClient) -> bytes:
    return join([peer.message(ping())]) + bytes(4)


def _negative_count(peer: FaultyClient) -> bytes:
    body = join([peer.message(ping())])
    return body[:4] + pack("<i", -1) + body[8:]


def _too_long_child(peer: FaultyClient) -> bytes:
    child = peer.message(ping())
    return join([])[:4] + pack("<iqii", 1, child.msg_id, child.seqno, 1 << 20) + child.body


def _high_seqno(peer: FaultyClient) -> Message:
    return peer.message(ping(), seqno=1)


def _gzip_in_gzip(peer: FaultyClient) -> tuple[bytes, str]:
    return peer.packet(peer.message(deflate(deflate(ping())))), "gzip inside gzip"


def _wrong_salt(peer: FaultyClient) -> tuple[bytes, str, int]:
    message = peer.message(ping())
    return peer.packet(message, salt=peer.salt ^ 0x55), "a wrong salt", message.msg_id


CASES = (
    refused(
        "message-id-parity",
        "MS1",
        "The message id is 1 modulo 4, as of a server.",
        _once(lambda peer: renumbered(peer, bits=1), "1 modulo 4"),
        (18,),
        risk=_ID_RISK,
    ),
    refused(
        "message-id-old",
        "MS2",
        "The message id is 10 minutes old.",
        _once(lambda peer: renumbered(peer, seconds=-600), "10 minutes old"),
        (16, 20),
        risk=_REPLAY,
    ),
    refused(
        "message-id-ahead",
        "MS2",
        "The message id is 2 minutes ahead.",
        _once(lambda peer: renumbered(peer, seconds=120), "2 minutes ahead"),
        (17,),
        risk=_ID_RISK,
    ),
    refused(
        "wrong-salt",
        "MS23",
        "The salt is wrong.",
        _wrong_salt,
        (48,),
        risk="Salts limit for how long a recorded message can be replayed.",
        section=sections.DESCRIPTION,
    ),
    works(
        "seqno-even",
        "MS9",
        "A request, which is content-related, has an even sequence number.",
        _even_request,
        expected="The server does not execute it, and answers with the code 35.",
        risk=_NUMBERS_RISK,
        level=Level.SHOULD,
    ),
    refused(
        "seqno-too-low",
        "MS9",
        "The sequence number is that of an earlier message.",
        _once(_high_seqno, "too low"),
        (32,),
        risk=_NUMBERS_RISK,
        level=Level.SHOULD,
    ),
    refused(
        "container-in-container",
        "MS13",
        "A container stands in a container.",
        _in(_nested, "nested"),
        (64,),
        risk="Nesting without bound exhausts the stack.",
        level=Level.SHOULD,
        section=sections.SERVICE,
    ),
    refused(
        "container-too-long-child",
        "MS13",
        "A message in a container claims more bytes than there are.",
        _in(_too_long_child, "1 MiB claimed"),
        (64,),
        risk="The parser reads beyond the container.",
        level=Level.SHOULD,
        section=sections.SERVICE,
    ),
    refused(
        "container-negative-count",
        "MS13",
        "A container has -1 messages.",
        _in(_negative_count, "-1 messages"),
        (64,),
        risk="A negative count is a loop without end.",
        level=Level.SHOULD,
        section=sections.SERVICE,
    ),
    server_case(
        "server-container-left-over",
        "MS13",
        "4 bytes follow the messages of a container.",
        must_not_execute(_in(_left_over, "4 bytes are left over")),
        expected="The server does not execute it.",
        risk="What is parsed differently by two parts can be smuggled.",
        section=sections.SERVICE,
        level=Level.MAY,
        tags=("messages",),
    ),
    server_case(
        "server-gzip-in-gzip",
        "MS14",
        "gzip_packed stands in gzip_packed.",
        must_not_execute(_gzip_in_gzip),
        expected="The server does not execute it.",
        risk="Nesting without bound exhausts memory.",
        section=sections.SERVICE,
        level=Level.MAY,
        tags=("messages",),
    ),
    works(
        "replayed-packet",
        "MS3",
        "A packet comes three times.",
        _replayed_packet,
        expected="It is executed once, and answered once.",
        risk=_REPLAY,
        section=sections.GUIDELINES,
    ),
    works(
        "replay-on-other-connection",
        "MS27",
        "A packet comes again, over another connection.",
        _replayed_on_connection,
        expected="The server sends nothing there.",
        risk="An attacker who replays a packet takes over what the server sends, and the client gets nothing.",
        section=sections.GUIDELINES,
        level=Level.SHOULD,
    ),
    works(
        "same-message-id",
        "MS3",
        "Two messages have the same id.",
        _same_id,
        expected="The second one is not executed.",
        risk=_REPLAY,
        section=sections.GUIDELINES,
    ),
    works(
        "same-message-id-in-container",
        "MS4",
        "A message in a container has the id of an earlier message.",
        _same_id_in_container,
        expected="It is not executed.",
        risk=_REPLAY,
        section=sections.GUIDELINES,
    ),
    works(
        "request-sent-again",
        "MS26",
        "A request is sent again over another connection, with the same id.",
        _request_resent,
        expected="The answer is sent again.",
        risk="A client that has lost its connection waits.",
        level=Level.SHOULD,
    ),
    works(
        "unknown-request",
        "TL3",
        "A message has an unknown constructor.",
        _unknown_request,
        expected="The server goes on.",
        risk="Clients of another layer, or anyone with a key, end a connection.",
        section=sections.SERIALIZE,
    ),
    works(
        "container",
        "MS12",
        "A container has five pings.",
        _container,
        expected="All are answered.",
        risk="Clients that use containers, as all do, do not work.",
        section=sections.SERVICE,
    ),
    works(
        "container-empty",
        "MS16",
        "A container has no messages.",
        _empty_container,
        expected="The server goes on, and does not reject it.",
        risk="A harmless message ends the connection.",
        section=sections.SERVICE,
        level=Level.SHOULD,
    ),
    works(
        "compressed-request",
        "TL8",
        "A ping comes as gzip_packed.",
        _compressed,
        expected="It is answered.",
        risk="Clients that compress long requests, as all do, do not work.",
        section=sections.SERVICE,
        level=Level.SHOULD,
    ),
    works(
        "gzip-bomb",
        "MS15",
        "gzip_packed with 256 MiB of zeros comes.",
        _bomb,
        expected="The server goes on, or accepts a new connection.",
        risk="A small message exhausts memory.",
        section=sections.SERVICE,
    ),
    works(
        "gzip-truncated",
        "MS15",
        "gzip_packed with truncated data comes.",
        _bad_gzip,
        expected="The server goes on.",
        risk="An error of the decompression ends the server.",
        section=sections.SERVICE,
        level=Level.SHOULD,
    ),
    works(
        "state-request",
        "MS22",
        "msgs_state_req names a message that was received and one that was not.",
        _state_info,
        expected="msgs_state_info has one byte for each, with 4 only for the first.",
        risk="Clients cannot find out what to send again.",
    ),
    works(
        "resend-request",
        "MS21",
        "msg_resend_req names an answer.",
        _resend,
        expected="The answer is sent again.",
        risk="A lost answer stays lost.",
        level=Level.SHOULD,
    ),
    works(
        "future-salts",
        "MS23",
        "get_future_salts comes.",
        _future_salts,
        expected="The server answers with salts.",
        risk="Clients cannot change their salt in time, and each change costs a rejected message.",
        section=sections.SERVICE,
        level=Level.SHOULD,
    ),
    works(
        "destroy-session",
        "MS37",
        "destroy_session comes for another session, and for one that does not exist.",
        _destroy_session,
        expected="The server answers destroy_session_ok, and destroy_session_none.",
        risk="Sessions of the past stay open.",
        section=sections.SERVICE,
        level=Level.SHOULD,
    ),
    works(
        "drop-answer",
        "MS26",
        "rpc_drop_answer names a request that does not exist.",
        _drop_answer,
        expected="The server answers rpc_answer_unknown.",
        risk="A client waits for an answer.",
        section=sections.SERVICE,
        level=Level.SHOULD,
    ),
    works(
        "disconnect-delay",
        "MS25",
        "ping_delay_disconnect comes with a delay of one second, and then nothing.",
        _disconnect,
        expected="The server closes the connection.",
        risk="Dead connections hold memory.",
        section=sections.SERVICE,
        level=Level.SHOULD,
    ),
    works(
        "new-session-created",
        "MS20",
        "The first message of a session comes.",
        _new_session_created,
        expected="The server sends new_session_created.",
        risk="Clients do not notice that a session, and what was sent in it, was lost.",
        section=sections.SERVICE,
        level=Level.SHOULD,
    ),
    works(
        "message-ids",
        "MS1",
        "The server answers a request.",
        _server_ids,
        expected="Its message ids are of its time, 1 modulo 4 for answers, and odd for all.",
        risk="Strict clients reject its messages.",
        section=sections.DESCRIPTION,
    ),
    works(
        "sequence-numbers",
        "MS9",
        "The server answers a request.",
        _server_seqnos,
        expected="The sequence number of the answer is odd.",
        risk="Clients do not acknowledge its answers.",
        section=sections.DESCRIPTION,
        level=Level.SHOULD,
    ),
    refused(
        "container-seqno-odd",
        "MS18",
        "A container, which is not content-related, has an odd sequence number.",
        _odd_container,
        (34,),
        risk=_NUMBERS_RISK,
        level=Level.SHOULD,
    ),
    works(
        "seqno-shared",
        "MS18",
        "Two acknowledgements have the same sequence number.",
        _shared_seqno,
        expected="Both are accepted: only content-related messages count.",
        risk="A correct client has its messages rejected.",
    ),
    works(
        "rejected-packet-later",
        "MS28",
        "A packet is rejected because its message id is 40 s ahead, and comes again when it is not.",
        _accepted_later,
        expected="It is not executed: the client has sent the request again under another id.",
        risk="An attacker holds a rejected packet back, and its request is executed twice.",
        level=Level.SHOULD,
    ),
    works(
        "wrapped-value",
        "MS32",
        "The query in invokeWithLayer is a Bool.",
        _wrapped_value,
        expected="The server answers rpc_error, or nothing, and goes on.",
        risk="Anyone with a key ends a connection, or the server.",
        section=sections.SERIALIZE,
    ),
    works(
        "replay-on-its-connection",
        "MS45",
        "A packet comes again, over the same connection.",
        _replayed_on_its_connection,
        expected="The server sends nothing for it: no answer, no acknowledgement.",
        risk="An attacker who replays packets makes a server send more than it receives.",
        section=sections.GUIDELINES,
        level=Level.MAY,
    ),
    works(
        "drop-answer-sent-again",
        "MS26",
        "rpc_drop_answer is sent again, with the same id.",
        _drop_resent,
        expected="The answer is sent again.",
        risk="A client whose answer was lost waits.",
        level=Level.SHOULD,
    ),
    works(
        "state-of-answered",
        "MS22",
        "msgs_state_req names a request that was answered.",
        _state_of_answered,
        expected="The byte of it has 64: there is an answer.",
        risk="A client whose answer was lost cannot know that it may ask for it.",
        level=Level.MAY,
    ),
    works(
        "resend-of-unknown",
        "MS22",
        "msg_resend_req names a message that does not exist.",
        _resend_of_unknown,
        expected="The server answers msgs_state_info.",
        risk="A client waits for a message that does not come.",
        level=Level.SHOULD,
    ),
    works(
        "answer-sent-again",
        "MS22",
        "msg_resend_ans_req names a request that was answered.",
        _answer_resent,
        expected="The answer is sent again.",
        risk="A lost answer stays lost.",
        level=Level.SHOULD,
    ),
    works(
        "answer-of-unknown",
        "MS22",
        "msg_resend_ans_req names a request that does not exist.",
        _answer_of_unknown,
        expected="The server answers msgs_state_info.",
        risk="A client waits for an answer that does not come.",
        level=Level.SHOULD,
    ),
)
