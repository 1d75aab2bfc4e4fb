"""Cases for clients: service messages, acknowledgements, lost connections. A correct client completes its program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sansio_tl import codec, functions, types
from sansio_tl.conformance import sections
from sansio_tl.conformance.behavior import Tolerated, packet
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.facts import body_of
from sansio_tl.conformance.faulty_server import ClientRun, ServedConnection, ServerBehavior
from sansio_tl.conformance.reactions import (
    AfterTransportError,
    AwaitsAck,
    NewSalt,
    UnauthenticTime,
)
from sansio_tl.mtproto.container import deflate, join
from sansio_tl.mtproto.message import Message
from sansio_tl.role import Role
from sansio_tl.tl.errors import DecodeError
from sansio_tl.tl.objects import TLObject

At = Callable[[ServedConnection, Message], bool]
_SIGN_IN = functions.auth.SignIn.ID.to_bytes(4, "little")
_COMPLETES = "The client goes on, and completes its program."


def requested(answer: Message) -> int:
    """The message id of the request that an rpc_result answers."""
    return int.from_bytes(answer.body[4:12], "little", signed=True)


def extra(link: ServedConnection, answer: Message, value: TLObject | bytes, note: str, *, content: bool = False) -> int:
    """Send another message before the answer; returns its id. It has an even seqno unless it is content-related."""
    body = value if isinstance(value, bytes) else codec.encode(value)
    link.extra_messages += 1
    msg_id = (answer.msg_id - 4096 + 4 * link.extra_messages) & ~3 | 3
    seqno = answer.seqno | 1 if content else answer.seqno & ~1
    link.send_packet(packet(link, Message(msg_id, seqno, body)), note)
    return msg_id


def case(
    name: str,
    check: str,
    title: str,
    at_code: At | None,
    *,
    risk: str,
    expected: str = _COMPLETES,
    run_check: Callable[[ClientRun], str | None] | None = None,
    section: str = sections.SERVICE,
    level: Level = Level.MUST,
    tags: tuple[str, ...] = ("service",),
    **settings: Any,
) -> Case:
    """A case in which a client completes its program."""
    return Case(
        name=name,
        check=check,
        role=Role.CLIENT,
        title=title,
        expected=expected,
        risk=risk,
        section=section,
        level=level,
        tags=tags,
        make=lambda: Tolerated(at_code, check=run_check, **settings),
        control=ServerBehavior,
    )


def before(
    value: TLObject | bytes | Callable[[ServedConnection, Message], TLObject | bytes], note: str, **how: bool
) -> At:
    """A message that stands before the answer."""

    def at_code(link: ServedConnection, answer: Message) -> bool:
        made = value(link, answer) if callable(value) and not isinstance(value, TLObject | bytes) else value
        link.run.marks["connection"] = link.facts.number
        link.run.marks["extra"] = extra(link, answer, made, note, **how)
        return False

    return at_code


def _instead(value: Callable[[ServedConnection, Message], TLObject], note: str) -> At:
    """A message that stands in place of the answer."""

    def at_code(link: ServedConnection, answer: Message) -> bool:
        link.run.marks["request"] = requested(answer)
        link.run.marks["answer"] = answer.msg_id
        extra(link, answer, value(link, answer), note)
        return True

    return at_code


def _values(run: ClientRun) -> list[TLObject]:
    found = []
    for sent in run.messages:
        try:
            found.append(codec.decode(sent.message.body))
        except DecodeError:
            continue
    return found


def gave_up_connection(run: ClientRun) -> str | None:
    """Whether no auth.signIn came over the connection of the answer, which the client has used."""
    signed_in = (sent.connection for sent in run.messages if _SIGN_IN in body_of(sent.message))
    return None if run.marks["connection"] in signed_in else "the client went on with another connection only"


def _state_sent(run: ClientRun) -> str | None:
    for value in _values(run):
        if isinstance(value, types.mtproto.MsgsStateInfo) and value.req_msg_id == run.marks["extra"]:
            return None if len(value.info) == 2 else f"{len(value.info)} bytes for 2 message ids"
    return "the client did not send msgs_state_info"


def _resent_same_id(run: ClientRun) -> str | None:
    times = sum(sent.message.msg_id == run.marks["request"] for sent in run.messages)
    return None if times > 1 else "the client did not send the request again under its id"


def _refused(code: int) -> At:
    def value(link: ServedConnection, answer: Message) -> TLObject:
        request = next(sent.message for sent in link.run.messages if sent.message.msg_id == requested(answer))
        return types.mtproto.BadMsgNotification(request.msg_id, request.seqno, code)

    return _instead(value, f"bad_msg_notification {code} for the request")


def _cut(link: ServedConnection, answer: Message) -> bool:
    link.run.marks["request"] = requested(answer)
    link.close()
    return True


def _in_container(link: ServedConnection, answer: Message) -> bool:
    pong = codec.encode(types.mtproto.Pong(msg_id=answer.msg_id - 40_001, ping_id=3))
    children = [Message(answer.msg_id - 4000 + 4 * number | 3, answer.seqno & ~1, pong) for number in range(10)]
    body = join([*children, answer])
    link.send_packet(
        packet(link, Message(answer.msg_id + 4 | 3, answer.seqno & ~1, body)), "a container of 11 messages"
    )
    return True


def changed(change: Callable[[bytes], bytes], note: str) -> At:
    """The answer, changed."""

    def at_code(link: ServedConnection, answer: Message) -> bool:
        link.send_packet(packet(link, Message(answer.msg_id, answer.seqno, change(answer.body))), note)
        return True

    return at_code


def _state_request(_: ServedConnection, answer: Message) -> TLObject:
    return types.mtproto.MsgsStateReq([requested(answer), requested(answer) + 4])


def _resend_request(link: ServedConnection, answer: Message) -> bool:
    link.run.marks["request"] = requested(answer)
    extra(link, answer, types.mtproto.MsgResendReq([requested(answer)]), "msg_resend_req for the request", content=True)
    return True  # the data center answers again when the request comes again


def _detailed(_: ServedConnection, answer: Message) -> TLObject:
    return types.mtproto.MsgDetailedInfo(
        msg_id=requested(answer), answer_msg_id=answer.msg_id, bytes=len(answer.body), status=0
    )


def _nothing(name: str, value: Callable[[ServedConnection, Message], TLObject], what: str) -> Case:
    return case(
        f"{name}-of-nothing",
        "MS17",
        f"{what}, which refers to nothing that the client knows.",
        before(value, what),
        risk="A harmless message ends the connection, or the client.",
    )


_HARMLESS = "A harmless message ends the connection, or the client."
_RECOVERY = "The request is never answered: the client waits for ever."

CASES = (
    case(
        "answer-in-container",
        "MS12",
        "The answer stands in a container with ten pongs of nothing.",
        _in_container,
        risk="Servers combine messages as they like.",
    ),
    case(
        "empty-container",
        "MS16",
        "An empty container comes.",
        before(join([]), "an empty container"),
        run_check=gave_up_connection,
        expected="The client goes on with the same connection, and completes its program.",
        risk=_HARMLESS,
        level=Level.SHOULD,
    ),
    case(
        "compressed-result",
        "TL8",
        "The result is gzip_packed.",
        changed(lambda body: body[:12] + deflate(body[12:]), "rpc_result with gzip_packed"),
        risk="Servers compress long results: the client does not read them.",
    ),
    case(
        "compressed-message",
        "TL8",
        "The whole rpc_result is gzip_packed.",
        changed(deflate, "gzip_packed with rpc_result"),
        risk="Servers may compress any message.",
        level=Level.SHOULD,
    ),
    Case(
        name="bad-server-salt",
        check="MS18",
        role=Role.CLIENT,
        title="bad_server_salt comes in place of the answer, with a new salt.",
        expected="The client repeats the request with the new salt, and completes its program.",
        risk=_RECOVERY,
        section=sections.SERVICE,
        tags=("service",),
        make=lambda: NewSalt(for_request=True),
        control=ServerBehavior,
    ),
    Case(
        name="bad-server-salt-of-nothing",
        check="MS17",
        role=Role.CLIENT,
        title="bad_server_salt comes with a new salt, for a message that the client did not send.",
        expected="The client does not use the salt.",
        risk="A late or repeated notification changes the salt back, and each request costs a rejection.",
        section=sections.SERVICE,
        level=Level.MAY,
        tags=("service",),
        make=lambda: NewSalt(for_request=False),
        control=ServerBehavior,
    ),
    *(
        case(
            f"bad-msg-{code}",
            "MS18",
            f"bad_msg_notification comes in place of the answer, with the code {code}: {meaning}.",
            _refused(code),
            risk=_RECOVERY,
            section=sections.ABOUT_MESSAGES,
            level=level,
            expected="The client repeats the request, and completes its program.",
        )
        for code, meaning, level in (
            (16, "msg_id too low", Level.MUST),
            (17, "msg_id too high", Level.MUST),
            (20, "message too old", Level.SHOULD),
            (32, "seqno too low", Level.SHOULD),
            (33, "seqno too high", Level.SHOULD),
            (64, "invalid container", Level.SHOULD),
        )
    ),
    case(
        "new-session-in-between",
        "MS20",
        "new_session_created comes before the answer.",
        before(
            lambda link, answer: types.mtproto.NewSessionCreated(requested(answer), answer.msg_id ^ 77, link.salt),
            "new_session_created",
            content=True,
        ),
        risk="Servers lose their sessions at times.",
    ),
    case(
        "answer-announced",
        "MS21",
        "msg_detailed_info announces the answer, which does not come by itself.",
        _instead(_detailed, "msg_detailed_info"),
        risk=_RECOVERY,
        section=sections.ABOUT_MESSAGES,
        level=Level.SHOULD,
        expected="The client requests the answer with msg_resend_req, and completes its program.",
    ),
    case(
        "state-requested",
        "MS22",
        "msgs_state_req names the request, and a message that does not exist.",
        before(_state_request, "msgs_state_req", content=True),
        run_check=_state_sent,
        risk="The server does not learn what has arrived.",
        section=sections.ABOUT_MESSAGES,
        level=Level.SHOULD,
        expected="The client sends msgs_state_info with 2 bytes, and completes its program.",
    ),
    case(
        "request-requested",
        "MS22",
        "msg_resend_req names the request.",
        _resend_request,
        run_check=_resent_same_id,
        risk="A request that was lost stays lost.",
        section=sections.ABOUT_MESSAGES,
        level=Level.SHOULD,
        expected="The client sends the request again under the same id, and completes its program.",
    ),
    Case(
        name="update-acknowledged",
        check="MS10",
        role=Role.CLIENT,
        title="updatesTooLong, which is content-related, comes, and the answer 12 seconds later.",
        expected="The client acknowledges it, at the latest with its next request.",
        risk="The server keeps it, and sends it again and again.",
        section=sections.ABOUT_MESSAGES,
        level=Level.SHOULD,
        tags=("service",),
        make=AwaitsAck,
        control=ServerBehavior,
    ),
    Case(
        name="update-acknowledged-again",
        check="MS5",
        role=Role.CLIENT,
        title="updatesTooLong comes, and once more with the same message id when the client has acknowledged it.",
        expected="The client acknowledges it once more, at the latest with its next request.",
        risk="The acknowledgement was lost, and the server sends it again and again.",
        section=sections.ABOUT_MESSAGES,
        level=Level.SHOULD,
        tags=("service",),
        make=lambda: AwaitsAck(again=True),
        control=ServerBehavior,
    ),
    Case(
        name="time-of-unauthentic-packet",
        check="MS24",
        role=Role.CLIENT,
        title="A packet with a wrong msg_key comes, whose message id is of an hour later.",
        expected="The client goes on with message ids of the server's time, or ends the connection.",
        risk="An attacker on the network sets the clock of a client, and locks it out.",
        section=sections.GUIDELINES,
        level=Level.MUST,
        tags=("service",),
        make=UnauthenticTime,
        control=ServerBehavior,
    ),
    Case(
        name="pong-not-acknowledged",
        check="MS10",
        role=Role.CLIENT,
        title="A pong, which is not content-related, comes, and updatesTooLong after it.",
        expected="The client does not acknowledge the pong, not even with updatesTooLong.",
        risk="Acknowledgements of what needs none cost traffic.",
        section=sections.ABOUT_MESSAGES,
        level=Level.SHOULD,
        tags=("service",),
        make=lambda: AwaitsAck(after_pong=True),
        control=ServerBehavior,
    ),
    _nothing("pong", lambda _, answer: types.mtproto.Pong(answer.msg_id - 40_001, 7), "A pong"),
    _nothing("ack", lambda _, answer: types.mtproto.MsgsAck([answer.msg_id - 40_001]), "msgs_ack"),
    _nothing(
        "bad-msg",
        lambda _, answer: types.mtproto.BadMsgNotification(answer.msg_id - 40_001, 1, 16),
        "bad_msg_notification",
    ),
    _nothing(
        "state-info",
        lambda _, answer: types.mtproto.MsgsStateInfo(answer.msg_id - 40_001, b"\4\4"),
        "msgs_state_info",
    ),
    _nothing(
        "future-salts",
        lambda link, answer: types.mtproto.FutureSalts(answer.msg_id - 40_001, int(link.run.now), []),
        "future_salts",
    ),
    _nothing("destroyed-session", lambda _, __: types.mtproto.DestroySessionNone(99), "destroy_session_none"),
    case(
        "connection-lost",
        "MS26",
        "The connection is lost before the answer comes.",
        _cut,
        risk="A lost connection ends the program.",
        level=Level.SHOULD,
        tags=("service", "transport"),
        expected="The client connects again, and completes its program.",
    ),
    case(
        "connection-lost-same-id",
        "MS26",
        "The connection is lost before the answer comes.",
        _cut,
        run_check=_resent_same_id,
        risk="The request is executed twice.",
        level=Level.MAY,
        tags=("service", "transport"),
        expected="The client connects again, and sends the request again under the same id.",
    ),
    Case(
        name="key-not-found",
        check="MS41",
        role=Role.CLIENT,
        title="The transport error -404 comes, and the connection is closed.",
        expected="The client does not make another permanent key: the error is not authentic.",
        risk="Anyone on the network logs the client out.",
        section=sections.TRANSPORTS,
        level=Level.SHOULD,
        tags=("transport",),
        make=lambda: AfterTransportError(-404),
        control=ServerBehavior,
    ),
)
