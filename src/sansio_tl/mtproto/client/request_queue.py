"""The requests of a session: queued, sent under one message id or several, and settled exactly once.

`request_wrapper` decides how a request is encoded, `resend_policy` and `bad_messages` whether it is sent again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from sansio_tl import functions
from sansio_tl.codec import coder
from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.errors.rpc import RpcError
from sansio_tl.events import Event, OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.destroy_requests import Endings, is_ending
from sansio_tl.mtproto.client.request import PendingRequest, RequestHandle
from sansio_tl.mtproto.client.request_wrapper import RequestWrapper
from sansio_tl.mtproto.client.sent_packets import Envelopes
from sansio_tl.mtproto.client.temp_key_binding import TempKeyBinding
from sansio_tl.mtproto.invoke_after import predecessor_failed
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.mtproto.send_queue import SendQueue
from sansio_tl.mtproto.service_functions import is_service
from sansio_tl.tl.objects import Function

Report = Callable[[Event], None]
_number = attrgetter("number")


class RequestQueue:
    """The unanswered requests of one session."""

    def __init__(
        self,
        outbox: SendQueue[PendingRequest],
        binding: TempKeyBinding,
        wrapper: RequestWrapper,
        *,
        limits: Limits,
        entropy: Entropy,
        report: Report,
        on_resend: Callable[[PendingRequest], object] | None = None,
    ) -> None:
        """`report` takes the events. `outbox` sends the messages, for the rest of the session too.

        `on_resend` is called with each request that is queued under a new id.
        """
        self._on_resend = on_resend
        self._outbox = outbox
        self._binding = binding
        self._wrapper = wrapper
        self._limits = limits
        self._entropy = entropy
        self._report = report
        self._pending: dict[RequestHandle[object], PendingRequest] = {}
        self._internal_requests: dict[type[Function[Any]], RequestHandle[Any]] = {}
        """The last request of the session's own, by kind."""
        self._made = 0
        self.callers = 0
        """How many requests of callers are unanswered."""
        self._sessions_refused = 0
        """Sessions in a row that the server has refused without answering in them."""
        self._envelopes = Envelopes()
        self._endings = Endings()

    # -- queries ----------------------------------------------------------------------------------------------------

    def pending(self) -> list[PendingRequest]:
        """Every unanswered request, oldest first."""
        return list(self._pending.values())

    def __bool__(self) -> bool:
        return bool(self._pending)

    @property
    def is_being_bound(self) -> bool:
        """Whether the answer to the binding of the key is still to come."""
        return self._binding.request in self._pending

    def is_pending(self, handle: RequestHandle[Any]) -> bool:
        """Whether the answer to this request has not come yet."""
        return handle in self._pending

    def get(self, handle: RequestHandle[object]) -> PendingRequest | None:
        """The unanswered request of this handle."""
        return self._pending.get(handle)

    def find(self, msg_id: int) -> PendingRequest | None:
        """The unanswered request that was sent under `msg_id` (MS17)."""
        sent = self._outbox.sent(msg_id)
        return None if sent is None else sent.owner

    def is_latest(self, msg_id: int) -> bool:
        """Whether an unanswered request was sent under `msg_id`, and neither was nor will be under a later id."""
        sent = self._outbox.sent(msg_id)
        return sent is not None and sent.owner is not None and sent.owner.outgoing is sent

    def is_harmless(self, pending: PendingRequest) -> bool:
        """Whether the request may be executed twice: a function of MTProto itself, or the binding of the key."""
        return pending.service or self._binding.is_request(pending)

    def sent_in(self, envelope_id: int) -> tuple[int, ...]:
        """The message ids of the unanswered requests that were last sent in this envelope (MS19)."""
        return self._envelopes.inside(envelope_id)

    def requests_to_end(self, session_id: int | None) -> list[PendingRequest]:
        """The unanswered requests to destroy that session, or the key if it is None."""
        return self._endings.of(session_id)

    # -- new requests -----------------------------------------------------------------------------------------------

    def enqueue(
        self,
        handle: RequestHandle[Any],
        body: bytes,
        *,
        after: RequestHandle[object] | None = None,
        quick_ack: bool = False,
        internal: bool = False,
    ) -> None:
        """Queue a request that has its handle already; `body` is the encoded function."""
        self._made += 1
        pending = PendingRequest(
            handle,
            body,
            number=self._made,
            service=is_service(handle.function),
            internal=internal,
            quick_ack=quick_ack,
        )
        if after is not None and (predecessor := self._pending.get(after)) is not None:
            pending.set_predecessor(predecessor)
        self._pending[handle] = pending
        if pending.service:
            self._endings.add(pending)
        self.callers += not internal
        self.resend_new_id(pending)

    def request_internal(self, function: Function[Any]) -> None:
        """Make a request for the session's own sake; of each kind only the last one is waited for."""
        before = self._internal_requests.get(type(function))
        if before is not None and (unanswered := self._pending.get(before)) is not None:
            self.remove_pending(unanswered)
        handle = self._internal_requests[type(function)] = RequestHandle(function)
        self.enqueue(handle, coder.encode(function), internal=True)

    def ping(self) -> None:
        """Make the server answer: a pong sets the clock (MS24)."""
        ping_id = int.from_bytes(self._entropy(8), "little", signed=True)
        self.request_internal(functions.mtproto.Ping(ping_id=ping_id))

    def bind_again(self) -> None:
        """The server has forgotten the binding of the temporary key: request it once more, unless that is done."""
        if not self.is_being_bound:
            self.enqueue_binding(self._binding.begin_again())

    def enqueue_binding(self, request: RequestHandle[bool]) -> None:
        """Queue the request that binds the temporary key."""
        self.enqueue(request, coder.encode(request.function), internal=True)

    # -- sending again ----------------------------------------------------------------------------------------------

    def resend_new_id(self, pending: PendingRequest) -> None:
        """Send a request under a new message id, wrapped in initConnection or not as the session now stands."""
        if pending.after is not None and pending.follows_a_failure:
            self.fail(pending, predecessor_failed())
            return
        if self._on_resend is not None:
            self._on_resend(pending)
        outgoing = OutgoingMessage(
            pending.body,
            pending,
            quick_ack=pending.quick_ack,
            prepare=None if pending.service else self._wrapper.build_body,
            reserve=0 if pending.service else self._wrapper.reserve,
            resend_count=pending.resend_count,
        )
        pending.set_outgoing(outgoing)
        if not (self._binding.is_unbound and self._binding.defer_if_unbound(pending)):
            self._outbox.enqueue(outgoing)

    def resend_same_id(self, pending: PendingRequest) -> None:
        """Send a request again under the message id that it has: the server recognises it (MS26)."""
        if pending.outgoing is not None:
            self._outbox.resend_same_id(pending.outgoing)

    def resend_new_id_initialised(self, pending: PendingRequest) -> None:
        """The server requires initConnection: send the request again, in it."""
        self._wrapper.reset_init()
        self.resend_new_id(pending)

    def reissue_new_id(self, pending: PendingRequest) -> None:
        """A function of MTProto itself: its answer was meant for the old connection, is not kept, and may be made
        again.
        """
        self._forget_sent(pending)
        pending.forget_sent_ids()
        self.resend_new_id(pending)

    def count_resend(self, pending: PendingRequest) -> bool:
        """Count one more sending of a request that the server has lost (MS18); when there were too many, it is
        abandoned, and this is False.
        """
        pending.set_resend_count(pending.resend_count + 1)
        if pending.resend_count > self._limits.max_resends:
            self.abandon(pending, f"the server lost it {pending.resend_count} times")
            return False
        return True

    def resend_lost_new_id(self, pending: PendingRequest) -> None:
        """The server does not have the request, and never will: send it under a new message id, within the bound."""
        if self.count_resend(pending):
            self.resend_new_id(pending)

    def on_key_bound(self) -> None:
        """The server has accepted the binding: send what was deferred, wrapped in initConnection (HS19)."""
        self._wrapper.reset_init()
        for pending in self._binding.on_accepted():
            self.resend_new_id(pending)

    def begin_session(self, *, keep_ids_rising: bool) -> None:
        """Begin a new session: nothing that was sent counts any more. The requests stay: `ResendPolicy` decides.

        Raises RemoteProtocolError MS18 when the server has refused a few sessions in a row, and answered in none.
        """
        self._sessions_refused += 1
        if self._sessions_refused > 2 * self._limits.max_resends:  # a single request is abandoned before
            raise RemoteProtocolError("MS18", f"the server has refused {self._sessions_refused} sessions in a row")
        self._wrapper.reset_init()
        self._envelopes = Envelopes()
        self._outbox.begin_session(keep_ids_rising=keep_ids_rising)

    # -- sending ----------------------------------------------------------------------------------------------------

    def note_sent(self, parts: list[OutgoingMessage[PendingRequest]]) -> list[RequestHandle[object]]:
        """Remember under which ids requests were sent; returns those whose callers want a quick acknowledgement."""
        quick: list[RequestHandle[object]] = []
        for outgoing in parts:
            owner = outgoing.owner
            if owner is not None:
                owner.add_sent_id(outgoing.msg_id)
                self._envelopes.put(outgoing.msg_id, outgoing.envelope_id)
                if outgoing.quick_ack:
                    quick.append(owner.handle)
        return quick

    def pop_sent_before(self, envelope_id: int) -> list[PendingRequest]:
        """The unanswered requests that were last sent in an earlier envelope, in the order in which they were made.

        Their envelopes are forgotten.
        """
        latest = filter(self.is_latest, self._envelopes.take_before(envelope_id))
        return sorted((pending for pending in map(self.find, latest) if pending is not None), key=_number)

    # -- settling ---------------------------------------------------------------------------------------------------

    def remove_pending(self, pending: PendingRequest) -> None:
        """The request is answered, or abandoned; no event reports it."""
        if self._pending.pop(pending.handle, None) is not None:
            self.callers -= not pending.internal
        pending.settle()
        if self._binding.is_unbound:
            self._binding.forget(pending)
        self._forget_sent(pending)
        if pending.service:
            self._endings.remove(pending)

    def complete(self, pending: PendingRequest, result: object) -> None:
        """Settle a request with its result."""
        self.remove_pending(pending)
        if not is_ending(pending):  # that says nothing about the session that goes on
            self._sessions_refused = 0
        if not pending.internal:
            self._report(ResultReceived(pending.handle, result))

    def abandon(self, pending: PendingRequest, reason: str) -> None:
        """Settle a request whose outcome cannot be known."""
        self.remove_pending(pending)
        if self._binding.is_request(pending):
            self._binding.fail(RemoteProtocolError("HS18", reason))
        elif not pending.internal:
            self._report(OutcomeUnknown(pending.handle, reason))

    def fail(self, pending: PendingRequest, error: RpcError | RemoteProtocolError, data: bytes = b"") -> None:
        """Settle a request with an error, and with it those that follow it and were not sent yet.

        `data` is what was answered, if it could not be read.
        """
        failed = deque([(pending, error, data)])
        while failed:
            pending, error, data = failed.popleft()
            pending.set_failed()
            self.remove_pending(pending)
            if self._binding.is_request(pending):
                self._binding.fail(error)
            elif not pending.internal:
                self._report(RequestFailed(pending.handle, error, data))
            for dependent in pending.dependents:
                if not dependent.settled and not dependent.is_sent:
                    failed.append((dependent, predecessor_failed(), b""))

    def _forget_sent(self, pending: PendingRequest) -> None:
        self._outbox.forget_all(pending.sent_ids)
        self._envelopes.forget(pending.sent_ids)
