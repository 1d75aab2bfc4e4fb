"""What the cases for servers have in common: a key, a ping that has to be answered, and one that must not be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sansio_tl import codec, functions, types
from sansio_tl.conformance import sections
from sansio_tl.conformance.case import Case, Finding, Judgement, Level
from sansio_tl.conformance.faulty_client import (
    ANSWER_TIME,
    Doing,
    FaultyClient,
    HandshakeRefusedError,
    RpcAnswer,
    Script,
    not_reached,
    value_of,
)
from sansio_tl.mtproto.message import Message
from sansio_tl.role import Role
from sansio_tl.tl.objects import Function

ScriptMaker = Callable[[FaultyClient], Script]
FORBIDDEN = 0x0BAD
"""The ping_id of a ping that must not be answered."""


def correct(reason: str) -> Judgement:
    """The server is right."""
    return Judgement(Finding.CORRECT, reason)


def violated(reason: str) -> Judgement:
    """The server is wrong."""
    return Judgement(Finding.VIOLATED, reason)


def ping(number: int = FORBIDDEN) -> bytes:
    """The body of a ping."""
    return codec.encode(functions.mtproto.Ping(ping_id=number))


def begin(peer: FaultyClient, framing: str = "intermediate") -> Doing[bool]:
    """Connect, make a key, and get a ping answered; whether that worked."""
    yield from peer.connect(framing)
    if peer.closed:
        return False
    yield from peer.make_key()
    return (yield from is_alive(peer))


def is_alive(peer: FaultyClient, number: int = 1) -> Doing[bool]:
    """Whether the server answers a correct ping. It repeats the ping once with another salt, if it has to."""
    for _ in range(2):
        sent = yield from peer.send(ping(number), "a correct ping")
        until = peer.now + ANSWER_TIME
        while peer.now < until:
            pong = yield from peer.receive(types.mtproto.Pong, 0.1, where=lambda pong: pong.ping_id == number)
            if pong is not None:
                return True
            salt = next(
                (
                    value
                    for value in map(value_of, peer.messages)
                    if isinstance(value, types.mtproto.BadServerSalt) and value.bad_msg_id == sent.msg_id
                ),
                None,
            )
            if salt is not None:
                peer.salt = salt.new_server_salt
                break
            if peer.closed:
                return False
    return False


def was_executed(peer: FaultyClient, number: int = FORBIDDEN) -> bool:
    """Whether that ping was answered."""
    return any(
        isinstance(value, types.mtproto.Pong) and value.ping_id == number for value in map(value_of, peer.messages)
    )


def refusal_of(peer: FaultyClient, msg_id: int) -> int | None:
    """The code of the bad_msg_notification or bad_server_salt for a message."""
    for value in map(value_of, peer.messages):
        if (
            isinstance(value, types.mtproto.BadMsgNotification | types.mtproto.BadServerSalt)
            and value.bad_msg_id == msg_id
        ):
            return value.error_code
    return None


def control(peer: FaultyClient) -> Script:
    """The control: a correct client gets an answer."""
    alive = yield from begin(peer)
    return correct("the server answers a correct client") if alive else violated("no answer to a correct ping")


def wrapped(peer: FaultyClient, query: Function[Any]) -> bytes:
    """The body of a call of the API, as the first one of a connection has to be."""
    init: functions.InitConnection[Any] = functions.InitConnection(
        api_id=peer.target.api_id, device_model="suite", system_version="1", app_version="1", system_lang_code="en",
        lang_pack="", lang_code="en", query=query,
    )  # fmt: skip
    return codec.encode(functions.InvokeWithLayer(peer.target.layer, init))


def wait_results(peer: FaultyClient, msg_id: int, seconds: float = ANSWER_TIME) -> Doing[list[bytes]]:
    """The answers to a request, encoded."""
    yield from peer.receive(RpcAnswer, seconds, where=lambda answer: answer.msg_id == msg_id)
    return peer.results_of(msg_id)


Bad = Callable[[FaultyClient], "tuple[bytes, str] | tuple[bytes, str, int]"]


def must_not_execute(
    make: Bad, *, codes: Iterable[int] = (), closes: bool = True, code_level_only: bool = False
) -> ScriptMaker:
    """A packet with the forbidden ping must have no effect.

    `make` returns the packet, a remark and, if `codes` of bad_msg_notification are expected, the message id. `closes`:
    whether the server may close the connection.
    """
    expected = frozenset(codes)

    def script(peer: FaultyClient) -> Script:
        if not (yield from begin(peer)):
            return not_reached("the server does not answer a correct ping")
        packet, note, *msg_id = make(peer)
        yield from peer.write_packet(packet, note)
        alive = yield from is_alive(peer, 2)
        if was_executed(peer):
            return violated("the server answered the ping in it")
        if expected and msg_id:
            code = refusal_of(peer, int(msg_id[0]))
            if code not in expected:
                wanted = " or ".join(map(str, sorted(expected)))
                return violated(f"no bad_msg_notification with code {wanted}, but {code}")
            return correct(f"the server rejected it with code {code}")
        if alive:
            return correct("the server ignored it, and answered the next ping")
        if peer.closed or peer.transport_error is not None:
            reason = "the server closed the connection"
            return correct(reason) if closes else violated(reason)
        return Judgement(Finding.STALLED, "the server ignored it, but did not answer the next ping either")

    return script


def must_refuse(step: str, edits: dict[str, Callable[[object, FaultyClient], object]]) -> ScriptMaker:
    """A handshake with a fault must end at that step."""

    def script(peer: FaultyClient) -> Script:
        yield from peer.connect()
        if peer.closed:
            return not_reached("the server does not accept connections")
        try:
            yield from peer.make_key(edits)
        except HandshakeRefusedError as refused:
            if refused.step != step:
                return not_reached(f"the server refused {refused.step}")
            return correct(f"the server refused {step}")
        return violated("the server completed the handshake")

    return script


def must_work(script: Callable[[FaultyClient], Doing[str | None]]) -> ScriptMaker:
    """After `begin`, a script that returns what is wrong, or None."""

    def whole(peer: FaultyClient) -> Script:
        if not (yield from begin(peer)):
            return not_reached("the server does not answer a correct ping")
        wrong = yield from script(peer)
        return correct("nothing wrong was found") if wrong is None else violated(wrong)

    return whole


def server_case(
    name: str,
    check: str,
    title: str,
    make: ScriptMaker,
    *,
    expected: str,
    risk: str,
    section: str = sections.DESCRIPTION,
    level: Level = Level.MUST,
    tags: tuple[str, ...] = (),
    without_fault: Callable[[], ScriptMaker] | None = None,
) -> Case:
    """A case for servers. `without_fault` is its control: None for a ping."""
    return Case(
        name=name,
        check=check,
        role=Role.SERVER,
        title=title,
        expected=expected,
        risk=risk,
        section=section,
        level=level,
        tags=tags,
        make=lambda: make,
        control=without_fault or server_control,
    )


def server_control() -> ScriptMaker:
    """The control of every case for servers."""
    return control


def renumbered(peer: FaultyClient, *, seconds: float = 0.0, bits: int = 0) -> Message:
    """The forbidden ping with a message id of another time, or with other low bits."""
    msg_id = (int((peer.now + peer.offset + seconds) * 2**32) & ~3) | bits
    return peer.message(ping(), msg_id=msg_id)
