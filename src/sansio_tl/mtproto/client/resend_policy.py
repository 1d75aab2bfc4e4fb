"""Which unanswered requests are sent again, and under which id: decided here, done by `SendQueue` and `RequestQueue`.

Sending itself is `SendQueue.resend_same_id` and `RequestQueue.resend_new_id`. The decisions are made after a
reconnect, and after the server has reported the states of messages.

A request that is young enough is sent again under the same message id: the server recognises it and executes it once
(MS26). An older one is not (MS8), because the server would reject an id so old; the server is asked instead whether it
has received it (msgs_state_req). The same is done when a connection works but a request stays unanswered for long.

If the server does not have a request, it is sent again: under the same id while it is young, since the first copy may
still arrive, and under a new one when it is so old that the server would reject that copy. A server that has rejected
a copy because its id is too low (code 20) would reject all others: what it never received gets a new id at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from sansio_tl import codec, types
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.destroy_requests import is_ending
from sansio_tl.mtproto.client.keepalive import Keepalive
from sansio_tl.mtproto.client.request import PendingRequest
from sansio_tl.mtproto.client.request_queue import RequestQueue
from sansio_tl.mtproto.client.temp_key_binding import TempKeyBinding
from sansio_tl.mtproto.message_ids import unix_time
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.mtproto.replay_window import NOT_RECEIVED, NOT_YET_RECEIVED, RECEIVED
from sansio_tl.mtproto.send_queue import SendQueue
from sansio_tl.mtproto.server_clock import ServerClock

_SURELY_MISSING = (NOT_RECEIVED, NOT_YET_RECEIVED)
_STATE = 7
_ANSWER_MADE = 64
"""Bits of the state byte in msgs_state_info."""


class ResendPolicy:
    """Decides for each unanswered request whether it is sent again, and under which id."""

    def __init__(
        self,
        requests: RequestQueue,
        outbox: SendQueue[PendingRequest],
        binding: TempKeyBinding,
        clock: ServerClock,
        limits: Limits,
    ) -> None:
        self._requests = requests
        self._outbox = outbox
        self._binding = binding
        self._clock = clock
        self._limits = limits

    def age(self, outgoing: OutgoingMessage[PendingRequest], now: float) -> float:
        """Seconds since a message was sent, by our clock or by the server's, whichever gives more.

        They differ when our clock was wrong when the message got its id.
        """
        return max(now - outgoing.sent_at, self._clock.server_time(now) - unix_time(outgoing.msg_id))

    def on_reconnect(self, keepalive: Keepalive, now: float) -> None:
        """Recover what is unanswered over a new connection."""
        asked: list[int] = []
        again: list[OutgoingMessage[PendingRequest]] = []
        requests = self._requests
        for pending in requests.pending():
            outgoing = pending.outgoing
            if outgoing is None or not outgoing.msg_id or outgoing.withdrawn:
                continue  # it is still queued
            if is_ending(pending):
                if requests.count_resend(pending):
                    requests.reissue_new_id(pending)
            elif pending.internal and not self._binding.is_request(pending):
                requests.remove_pending(pending)  # it was meant for the old connection
            elif pending.service:
                requests.reissue_new_id(pending)
            elif self.age(outgoing, now) <= self._limits.same_id_resend_window:
                again.append(outgoing)
            else:
                asked.append(outgoing.msg_id)
        if again:
            # A server that knows these messages does not answer on a connection that brings nothing new (MS27).
            keepalive.ping(now)
        for outgoing in again:
            self._outbox.resend_same_id(outgoing)
        self.send_msgs_state_req(asked)

    def move_to_new_session(self, server_time: float) -> None:
        """The server has refused the session: send in the next one what it never accepted (MS36).

        The server's clock has not been past `server_time` yet. A request that may have been accepted is not sent again
        (MS37): the server does not recognise it in another session.
        """
        for pending in self._requests.pending():
            pending.forget_sent_ids()
            self._move_to_new_session(pending, server_time)

    def _move_to_new_session(self, pending: PendingRequest, server_time: float) -> None:
        outgoing, requests = pending.outgoing, self._requests
        if requests.is_harmless(pending) or outgoing is None or not outgoing.msg_id:
            requests.resend_new_id(pending)
        elif unix_time(outgoing.msg_id) - server_time > self._limits.max_clock_lead:
            requests.resend_lost_new_id(pending)
        else:
            requests.abandon(pending, "the server has refused the session in which it was sent")

    def request_stale_states(self, now: float) -> None:
        """Request the states of what is unanswered for long although the connection works."""
        asked: list[int] = []
        for pending in self._requests.pending():
            outgoing = pending.outgoing
            if outgoing is None or not outgoing.msg_id or outgoing.waiting or outgoing.withdrawn:
                continue
            if now - outgoing.sent_at < self._limits.state_request_delay or (
                pending.internal and not self._binding.is_request(pending)
            ):
                continue
            if pending.service:
                self._requests.reissue_new_id(pending)
            else:
                asked.append(outgoing.msg_id)
        self.send_msgs_state_req(asked)

    def send_msgs_state_req(self, msg_ids: list[int]) -> None:
        """Request the states of messages of ours, at most `max_ids_per_message` in one message (MS11)."""
        step = self._limits.max_ids_per_message
        for start in range(0, len(msg_ids), step):
            asks = msg_ids[start : start + step]
            request = types.mtproto.MsgsStateReq(msg_ids=asks)
            self._outbox.enqueue(OutgoingMessage(codec.encode(request), asks=asks))

    def apply_states(self, msg_ids: Sequence[int], states: bytes, now: float, *, asked_at: float = -inf) -> None:
        """The states of messages of ours, as the server reports them (MS22); it was asked for them at `asked_at`.

        2 and 3 say that it does not have the message: it is sent again, unless it was sent under another id since. 1
        says that the server may have had it and has forgotten it: then it is sent again only while the server would
        recognise it, and afterwards its outcome is unknown (MS37). 4 says that it has the message; if it has made the
        answer too, which did not arrive here, the answer is requested.
        """
        if len(states) != len(msg_ids):
            raise RemoteProtocolError("MS22", f"{len(states)} states for {len(msg_ids)} messages")
        answered: list[int] = []
        for msg_id, state in zip(msg_ids, states, strict=True):
            pending = self._requests.find(msg_id)
            if pending is None:
                continue
            if state & _STATE < RECEIVED:
                if self._requests.is_latest(msg_id):
                    certain = state & _STATE in _SURELY_MISSING or self._requests.is_harmless(pending)
                    self._handle_missing(pending, now, certain=certain, asked_at=asked_at)
            elif state & _ANSWER_MADE:
                answered.append(msg_id)
        if answered:
            request = types.mtproto.MsgResendAnsReq(msg_ids=answered)
            self._outbox.enqueue(OutgoingMessage(codec.encode(request)))

    def _handle_missing(self, pending: PendingRequest, now: float, *, certain: bool, asked_at: float) -> None:
        """The server does not have the request: resend it under the same id while that is accepted, later a new one.

        Between the two ages nothing is done: the states are requested again later. Unless `certain`, the server may
        have had the request before it forgot its id. If the states were requested after the server had refused the id
        for good, it accepts no copy, however young (MS36).
        """
        outgoing, limits, requests = pending.outgoing, self._limits, self._requests
        age = inf if outgoing is None else self.age(outgoing, now)
        if outgoing is not None and outgoing.refused_at is not None and asked_at >= outgoing.refused_at:
            age = inf
        if age <= limits.same_id_resend_window:
            if requests.count_resend(pending):
                requests.resend_same_id(pending)
        elif age > limits.max_message_age + limits.max_clock_lead:
            if certain:
                requests.resend_lost_new_id(pending)
            else:
                requests.abandon(pending, "the server has forgotten whether it came")
