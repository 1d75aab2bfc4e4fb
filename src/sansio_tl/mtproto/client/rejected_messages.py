"""Messages of ours that the server has rejected (MS18), and those in a rejected container (MS19).

A notification is about one delivery, and an attacker can deliver a packet twice: the server accepts the first delivery,
forgets its id in time, and rejects the second. So a request gets a new id only if the notification proves that no
delivery of it can have been accepted (MS36). Otherwise it keeps its id, by which the server recognises it.
"""

from __future__ import annotations

from sansio_tl.limits import Limits
from sansio_tl.mtproto.bad_msg_codes import BadMsgCode
from sansio_tl.mtproto.client.request import PendingRequest
from sansio_tl.mtproto.client.request_queue import RequestQueue
from sansio_tl.mtproto.client.resend_policy import ResendPolicy
from sansio_tl.mtproto.message_ids import unix_time
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.mtproto.send_queue import SendQueue


class RejectedMessages:
    """Finds the messages that were rejected, and decides whether and how each is sent again."""

    def __init__(
        self, requests: RequestQueue, outbox: SendQueue[PendingRequest], resend_policy: ResendPolicy, limits: Limits
    ) -> None:
        self._requests = requests
        self._outbox = outbox
        self._resend_policy = resend_policy
        self._limits = limits

    def pop_rejected(self, msg_id: int) -> OutgoingMessage[PendingRequest] | None:
        """What was sent under `msg_id`, which the server has rejected; it is forgotten.

        A container is not remembered as long as the requests in it, but it is known in which one they were sent (MS19).
        """
        sent = self._outbox.forget(msg_id)
        if sent is None and (children := self._requests.sent_in(msg_id)):
            return OutgoingMessage(b"", content_related=False, children=children)
        return sent

    def handle_rejected(
        self, rejected: OutgoingMessage[PendingRequest], now: float, *, code: int, made_at: float
    ) -> None:
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
