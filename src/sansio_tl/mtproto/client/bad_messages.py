"""Messages of ours that the server has rejected: bad_server_salt and bad_msg_notification (MS18, MS19).

ACTIONS says what each code demands of the session. The rejected message, or each message of a rejected container, is
sent again, under the same id or a new one:

A notification is about one delivery, and an attacker can deliver a packet twice: the server accepts the first delivery,
forgets its id in time, and rejects the second. So a request gets a new id only if the notification proves that no
delivery of it can have been accepted (MS36). Otherwise it keeps its id, by which the server recognises it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Flag, auto
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from sansio_tl import types
from sansio_tl.events import BadMessage, Event
from sansio_tl.limits import Limits
from sansio_tl.mtproto.bad_msg_codes import BadMsgCode
from sansio_tl.mtproto.client.destroy_requests import is_ending
from sansio_tl.mtproto.client.request import PendingRequest
from sansio_tl.mtproto.client.request_queue import RequestQueue
from sansio_tl.mtproto.client.resend_policy import ResendPolicy
from sansio_tl.mtproto.client.salts import Salts
from sansio_tl.mtproto.message_ids import unix_time
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.mtproto.send_queue import SendQueue
from sansio_tl.mtproto.server_clock import ServerClock


class BadMsgAction(Flag):
    """What to do besides sending the rejected message again, which is always done."""

    RESEND = 0
    SYNCHRONISE = auto()
    """Set the clock by the message id of the notification."""
    NEW_SESSION = auto()
    """Begin a new session; everything unanswered goes into it."""


ACTIONS = MappingProxyType(
    {
        BadMsgCode.MSG_ID_TOO_LOW: BadMsgAction.SYNCHRONISE,
        BadMsgCode.MSG_ID_TOO_HIGH: BadMsgAction.SYNCHRONISE | BadMsgAction.NEW_SESSION,
        BadMsgCode.MSG_ID_PARITY: BadMsgAction.NEW_SESSION,
        BadMsgCode.CONTAINER_ID_REUSED: BadMsgAction.NEW_SESSION,
        BadMsgCode.TOO_OLD: BadMsgAction.RESEND,
        BadMsgCode.SEQNO_TOO_LOW: BadMsgAction.NEW_SESSION,
        BadMsgCode.SEQNO_TOO_HIGH: BadMsgAction.NEW_SESSION,
        BadMsgCode.EVEN_SEQNO_EXPECTED: BadMsgAction.NEW_SESSION,
        BadMsgCode.ODD_SEQNO_EXPECTED: BadMsgAction.NEW_SESSION,
        BadMsgCode.BAD_SALT: BadMsgAction.RESEND,
        BadMsgCode.INVALID_CONTAINER: BadMsgAction.NEW_SESSION,
    }
)


def action_for(code: int) -> BadMsgAction:
    """The action for a code; an unknown one begins a new session."""
    try:
        return ACTIONS[BadMsgCode(code)]
    except ValueError:
        return BadMsgAction.NEW_SESSION


class NewSession(NamedTuple):
    """Begin a new session: the server does not accept this one any more."""

    server_time: float
    """The server's clock has not been past this time when it rejected the message."""
    keep_ids_rising: bool
    """Whether message ids go on above those of the old session."""


class BadMessages:
    """Acts on the rejections of one session's messages."""

    def __init__(
        self,
        requests: RequestQueue,
        outbox: SendQueue[PendingRequest],
        resend_policy: ResendPolicy,
        *,
        clock: ServerClock,
        salts: Salts,
        limits: Limits,
        report: Callable[[Event], None],
    ) -> None:
        """`report` takes the events."""
        self._requests = requests
        self._outbox = outbox
        self._resend_policy = resend_policy
        self._clock = clock
        self._salts = salts
        self._limits = limits
        self._report = report

    def handle_bad_server_salt(self, notice: types.mtproto.BadServerSalt, made_at: float, now: float) -> None:
        """Code 48: take the salt and send the message again, with it. The notice was made at server time `made_at`."""
        rejected = self._pop_rejected(notice.bad_msg_id)
        if rejected is None:
            return
        self._salts.replace(notice.new_server_salt)
        self._report(BadMessage(notice.bad_msg_id, notice.error_code))
        self._send_again(rejected, now, code=BadMsgCode.BAD_SALT.value, made_at=made_at)

    def handle_bad_msg_notification(
        self, notice: types.mtproto.BadMsgNotification, made_at: float, now: float
    ) -> NewSession | None:
        """MS18, and MS19 for containers; returns what the session has to do, if anything."""
        rejected = self._pop_rejected(notice.bad_msg_id)
        if rejected is None:
            return None
        self._report(BadMessage(notice.bad_msg_id, notice.error_code))
        action = action_for(notice.error_code)
        if BadMsgAction.SYNCHRONISE in action:
            self._clock.synchronise(made_at, now)
        ends_another = rejected.owner is not None and is_ending(rejected.owner)
        self._send_again(rejected, now, code=notice.error_code, made_at=made_at)
        if BadMsgAction.NEW_SESSION in action and not ends_another:
            ahead = notice.error_code == BadMsgCode.MSG_ID_TOO_HIGH.value
            # It was made after the rejected message had been sent.
            server_time = made_at + now - rejected.sent_at if ahead else inf
            return NewSession(server_time, keep_ids_rising=BadMsgAction.SYNCHRONISE not in action)
        return None

    def _pop_rejected(self, msg_id: int) -> OutgoingMessage[PendingRequest] | None:
        """What was sent under `msg_id`, which the server has rejected; it is forgotten.

        A container is not remembered as long as the requests in it, but it is known in which one they were sent (MS19).
        """
        sent = self._outbox.forget(msg_id)
        if sent is None and (children := self._requests.sent_in(msg_id)):
            return OutgoingMessage(b"", content_related=False, children=children)
        return sent

    def _send_again(self, rejected: OutgoingMessage[PendingRequest], now: float, *, code: int, made_at: float) -> None:
        """Decide what becomes of a rejected message, or of each child of a container (MS19).

        The notification with this `code` was made at server time `made_at`. A message of which no delivery was
        accepted, or that may be executed twice, is sent again under a new id. Another one is sent again under the same
        id if only its salt was rejected, so that the server recognises it (MS26); if it is too old for that, or its id
        was rejected, its state is requested, and `ResendPolicy` decides. All of that is done a bounded number of times
        (MS18).
        """
        doubtful: list[int] = []
        requests, limits = self._requests, self._limits
        for leaf in self._outbox.expand_container(rejected):
            owner = leaf.owner
            if owner is not None and owner.outgoing is not leaf:
                continue  # it was sent under another id since
            if leaf.resend_count >= limits.max_resends:
                if owner is not None:
                    requests.abandon(owner, f"the server rejected it {leaf.resend_count + 1} times")
            elif owner is None:
                self._outbox.enqueue(leaf.copy_with_new_id())
            elif requests.is_harmless(owner) or self._was_never_accepted(leaf, code, made_at, now):
                owner.set_resend_count(owner.resend_count + 1)
                requests.resend_new_id(owner)
            else:
                owner.set_resend_count(leaf.count_rejection())
                self._outbox.remember(leaf)
                if code == BadMsgCode.TOO_OLD.value:
                    leaf.set_refused(now)
                age = self._resend_policy.age(leaf, now)
                if code == BadMsgCode.BAD_SALT.value and age <= limits.same_id_resend_window:
                    self._outbox.resend_same_id(leaf)
                else:
                    doubtful.append(leaf.msg_id)
        self._resend_policy.send_msgs_state_req(doubtful)

    def _was_never_accepted(self, leaf: OutgoingMessage[PendingRequest], code: int, made_at: float, now: float) -> bool:
        """Whether the notification proves that the server has accepted no delivery of the message (MS36)."""
        match code:
            case BadMsgCode.MSG_ID_TOO_HIGH.value:
                return True  # and earlier it was higher still above the server's time
            case BadMsgCode.MSG_ID_TOO_LOW.value if leaf.repeated:
                return False  # it was young when it was first sent, and our clock may have stood still since
            case BadMsgCode.MSG_ID_TOO_LOW.value:  # proven if it was too old already when it was sent
                left_at = made_at - (now - leaf.sent_at)
                return left_at - unix_time(leaf.msg_id) > self._limits.max_message_age
            case BadMsgCode.TOO_OLD.value | BadMsgCode.BAD_SALT.value:
                return False
            case _:
                return not leaf.repeated
