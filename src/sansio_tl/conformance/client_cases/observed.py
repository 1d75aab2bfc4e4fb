"""Cases for clients: what a client sends while nothing unusual happens. They share one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from sansio_tl import functions, types
from sansio_tl.conformance import sections
from sansio_tl.conformance.behavior import Observed
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.facts import body_of
from sansio_tl.conformance.faulty_handshake import P, Q
from sansio_tl.conformance.faulty_server import ClientRun, ServerBehavior
from sansio_tl.conformance.reactions import acknowledged
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.mtproto.container import CONTAINER
from sansio_tl.mtproto.handshake_common import first_salt, minimal_bytes
from sansio_tl.role import Role

_INVOKE_WITH_LAYER = functions.InvokeWithLayer.ID.to_bytes(4, "little")
_INIT_CONNECTION = functions.InitConnection.ID.to_bytes(4, "little")
_ACK = types.mtproto.MsgsAck.ID.to_bytes(4, "little")
_MARGIN = 1 << 1984
_FEW = 1 << 12
"""A fraction of a second below this, in units of 2^-32 s, only counts messages."""


def case(
    name: str,
    check: str,
    title: str,
    find: Callable[[ClientRun], str | None],
    *,
    risk: str,
    level: Level = Level.MUST,
    section: str = sections.DESCRIPTION,
) -> Case:
    """A case in which nothing happens."""
    return Case(
        name=name,
        check=check,
        role=Role.CLIENT,
        title="A client logs in.",
        expected=title,
        risk=risk,
        section=section,
        level=level,
        tags=("observed",),
        make=lambda: Observed(find),
        control=ServerBehavior,
    )


def _factors(run: ClientRun) -> str | None:
    for handshake in run.handshakes:
        for sent in (handshake.request, handshake.inner):
            if sent is not None and (sent.p, sent.q) != (minimal_bytes(P), minimal_bytes(Q)):
                return f"p = {sent.p!r}, q = {sent.q!r}"
    return None


def _rsa_pad(run: ClientRun) -> str | None:
    if any(handshake.legacy_padding for handshake in run.handshakes):
        return "the client encrypts with the padding of SHA-1, data and random bytes, without OAEP or RSA_PAD"
    return None


def _names_dc(run: ClientRun) -> str | None:
    expected = run.data_center.config.dc_id
    for handshake in run.handshakes:
        if handshake.inner is None:
            continue
        if isinstance(handshake.inner, types.mtproto.PQInnerData | types.mtproto.PQInnerDataTemp):
            return f"the client sends {handshake.inner.NAME}, which names no data center"
        if abs(handshake.inner.dc) % 10000 != expected:
            return f"the client names the data center {handshake.inner.dc}, not {expected}"
    return None


def _nonces(run: ClientRun) -> str | None:
    for handshake in run.handshakes:
        for name, value in (("nonce", handshake.nonce), ("new_nonce", handshake.new_nonce)):
            if value and len(set(value)) < len(value) // 4:
                return f"{name} is not random: {value.hex()}"
    nonces = [handshake.nonce for handshake in run.handshakes]
    return "a nonce was used twice" if len(set(nonces)) < len(nonces) else None


def _g_b(run: ClientRun) -> str | None:
    for handshake in run.handshakes:
        inner = handshake.client_inner
        if inner is None:
            continue
        value = int.from_bytes(inner.g_b, "big")
        if not _MARGIN <= value <= KNOWN_PRIME - _MARGIN:
            return "g_b is not between 2^1984 and dh_prime - 2^1984"
        if inner.retry_id:
            return "retry_id is not 0"
    return None


def _salt(run: ClientRun) -> str | None:
    handshake = next((each for each in run.handshakes if each.negotiated is not None), None)
    if handshake is None or not run.packets:
        return None
    expected = first_salt(handshake.new_nonce, handshake.server_nonce)
    found = run.packets[0][1].salt
    return None if found == expected else f"the first salt is {found}, not the XOR of the nonces"


def _plain_ids(run: ClientRun) -> str | None:
    for entry in run.transcript:
        if entry.sender is Role.CLIENT and entry.packet[:8] == bytes(8):
            msg_id = int.from_bytes(entry.packet[8:16], "little", signed=True)
            if msg_id & 3:
                return f"the id of an unencrypted message is {msg_id & 3} modulo 4"
            if abs(msg_id / 2**32 - run.started_at) > 300:
                return "the id of an unencrypted message does not tell its time"
    return None


def _padding_sizes(run: ClientRun) -> Iterator[tuple[int, bytes]]:
    for _, opened, plaintext in run.packets:
        padding = plaintext[32 + len(opened.message.body) :]
        yield len(padding), padding


def _padding_bounds(run: ClientRun) -> str | None:
    # A packet outside of the bounds ends the connection with an error.
    wrong = [facts.error for facts in run.connections if facts.error and "EN6" in facts.error]
    if wrong:
        return wrong[0]
    sizes = [size for size, _ in _padding_sizes(run)]
    outside = [size for size in sizes if not 12 <= size <= 1024]
    return f"paddings of {outside} bytes" if outside else None


def _padding_content(run: ClientRun) -> str | None:
    if any(not any(padding) for _, padding in _padding_sizes(run)):
        return "the padding is zeros"
    return None


def _padding_length(run: ClientRun) -> str | None:
    sizes = {size for size, _ in _padding_sizes(run)}
    return "every message has less than one block of padding beyond the minimum" if max(sizes, default=0) < 28 else None


def _session(run: ClientRun) -> str | None:
    sessions = {opened.session_id for _, opened, _ in run.packets}
    return "the session id is 0" if 0 in sessions else None


def _message_ids(run: ClientRun) -> str | None:
    seen: set[int] = set()
    for _, opened, _ in run.packets:
        if opened.message.msg_id & 3:
            return f"a message id is {opened.message.msg_id & 3} modulo 4"
    for sent in run.messages:
        msg_id = sent.message.msg_id
        if msg_id & 3:
            return f"a message id is {msg_id & 3} modulo 4"
        if not -300 < msg_id / 2**32 - sent.at < 30:
            return f"a message id is {msg_id / 2**32 - sent.at:.0f} s from the time of the server"
        if msg_id in seen and not sent.in_container:
            return "a message id was used twice"
        seen.add(msg_id)
    if all(opened.message.msg_id & 0xFFFFFFFF < _FEW for _, opened, _ in run.packets):
        return "message ids have no fraction of a second"
    return None


def _message_ids_rise(run: ClientRun) -> str | None:
    last: dict[int, int] = {}
    for _, opened, _ in run.packets:
        before = last.get(opened.session_id, 0)
        if opened.message.msg_id <= before:
            return "the message ids of packets do not rise"
        last[opened.session_id] = opened.message.msg_id
    return None


def _container_ids(run: ClientRun) -> str | None:
    for sent in run.messages:
        if sent.in_container and sent.message.msg_id >= sent.packet.message.msg_id:
            return "the id of a container is not above those of its messages"
    return None


def _seqno_parity(run: ClientRun) -> str | None:
    for _, opened, _ in run.packets:
        if opened.message.constructor in (CONTAINER, _ACK) and opened.message.seqno & 1:
            return "a container or msgs_ack has an odd sequence number"
    for sent in run.messages:
        body = body_of(sent.message)
        if body[:4] == _ACK and sent.message.seqno & 1:
            return "msgs_ack has an odd sequence number"
        if body[:4] == _INVOKE_WITH_LAYER and not sent.message.seqno & 1:
            return "a request has an even sequence number"
    return None


def _seqnos_rise(run: ClientRun) -> str | None:
    by_session: dict[int, dict[int, int]] = {}
    for sent in run.messages:
        by_session.setdefault(sent.packet.session_id, {})[sent.message.msg_id] = sent.message.seqno
    for seqnos in by_session.values():
        ordered = [seqno for _, seqno in sorted(seqnos.items())]
        if any(later < earlier for earlier, later in pairwise(ordered)):
            return "the sequence numbers do not rise with the message ids"
    return None


def _acknowledges_no_more(run: ClientRun) -> str | None:
    even = {message.msg_id for message in run.sent_by_server if not message.seqno & 1}
    wrong = even & acknowledged(run)
    return f"{len(wrong)} messages were acknowledged that need it not" if wrong else None


def _init_connection(run: ClientRun) -> str | None:
    bodies = [body_of(sent.message) for sent in run.messages]
    if not any(_INVOKE_WITH_LAYER in body and _INIT_CONNECTION in body for body in bodies):
        return "the client sends no initConnection"
    return None


def _no_rule_broken(run: ClientRun) -> str | None:
    return next((facts.error for facts in run.connections if facts.error), None)


CASES = (
    case(
        "sends-correct-factors",
        "HS3",
        "p and q are sent in the right order and form.",
        _factors,
        risk="Servers refuse the handshake.",
        section=sections.AUTH_KEY,
    ),
    case(
        "uses-rsa-pad",
        "HS5",
        "The inner data are encrypted with RSA_PAD.",
        _rsa_pad,
        risk="The old padding is malleable, and not proven to be secure.",
        section=sections.AUTH_KEY,
        level=Level.SHOULD,
    ),
    case(
        "names-the-data-center",
        "HS6",
        "The inner data name the data center.",
        _names_dc,
        risk="A handshake can be relayed to another data center.",
        section=sections.AUTH_KEY,
        level=Level.SHOULD,
    ),
    case(
        "nonces-are-random",
        "HS1",
        "The nonces are random.",
        _nonces,
        risk="Recorded answers can be replayed, and the key can be guessed.",
        section=sections.AUTH_KEY,
    ),
    case(
        "g-b-in-range",
        "HS12",
        "g_b is in the allowed range, and retry_id is 0.",
        _g_b,
        risk="A short exponent reveals the key.",
        section=sections.GUIDELINES,
    ),
    case(
        "first-salt",
        "HS16",
        "The first salt is the XOR of the first halves of the nonces.",
        _salt,
        risk="The first message of each key is rejected, and sent again.",
        section=sections.AUTH_KEY,
        level=Level.SHOULD,
    ),
    case(
        "plain-message-ids",
        "HS17",
        "Unencrypted messages have ids that are 0 modulo 4 and tell the time.",
        _plain_ids,
        risk="Servers refuse the handshake.",
        level=Level.MAY,
    ),
    case(
        "padding-bounds",
        "EN6",
        "Messages have 12 to 1024 bytes of padding.",
        _padding_bounds,
        risk="Servers refuse the messages.",
    ),
    case(
        "padding-not-zeros",
        "EN9",
        "The padding is random.",
        _padding_content,
        risk="The message key is the same for the same message.",
        level=Level.SHOULD,
    ),
    case(
        "padding-of-random-length",
        "EN9",
        "The length of the padding is random.",
        _padding_length,
        risk="The length of messages is visible from outside.",
        level=Level.MAY,
    ),
    case(
        "session-id",
        "EN7",
        "The session id is random.",
        _session,
        risk="Messages of one session can be replayed into another.",
    ),
    case(
        "sends-message-ids",
        "MS7",
        "Message ids are 0 modulo 4, unique, tell the time, and have a fraction of a second.",
        _message_ids,
        risk="Servers refuse the messages.",
    ),
    case(
        "message-ids-rise",
        "MS7",
        "The message ids of the packets of a session rise.",
        _message_ids_rise,
        risk="Servers refuse messages below their window.",
        level=Level.SHOULD,
    ),
    case(
        "container-ids",
        "MS7",
        "The id of a container is above those of its messages.",
        _container_ids,
        risk="Servers refuse the container.",
        section=sections.SERVICE,
        level=Level.SHOULD,
    ),
    case(
        "sequence-numbers",
        "MS9",
        "Requests have odd sequence numbers; containers and msgs_ack have even ones.",
        _seqno_parity,
        risk="Servers refuse the messages, or do not answer.",
    ),
    case(
        "sequence-numbers-rise",
        "MS9",
        "The sequence numbers of a session rise with the message ids.",
        _seqnos_rise,
        risk="Servers refuse the messages.",
        level=Level.SHOULD,
    ),
    case(
        "acknowledges-no-more",
        "MS10",
        "Messages that are not content-related are not acknowledged.",
        _acknowledges_no_more,
        risk="Acknowledgements of what needs none cost traffic.",
        section=sections.ABOUT_MESSAGES,
        level=Level.SHOULD,
    ),
    case(
        "init-connection",
        "HS19",
        "The first request of a session has initConnection.",
        _init_connection,
        risk="Servers answer CONNECTION_NOT_INITED.",
        section="https://core.telegram.org/api/invoking",
    ),
    case(
        "breaks-no-rule",
        "TR2",
        "No packet breaks a rule of its framing or its envelope.",
        _no_rule_broken,
        risk="Servers close the connection.",
        section=sections.TRANSPORTS,
    ),
)
