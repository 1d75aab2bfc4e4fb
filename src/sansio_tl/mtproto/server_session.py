"""The server's side of a session, and what it remembers of a key.

A session belongs to a key, not to a link: the client may come back over another link and go on. Messages that break a
rule are refused with bad_msg_notification, each by its code, so that the client can mend itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sansio_tl import codec, functions, types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.limits import Limits
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.numbering import SERVER_ANSWER, SERVER_OTHER, unix_time
from sansio_tl.mtproto.outbox import Outbox, Outgoing
from sansio_tl.mtproto.refusals import Refusal
from sansio_tl.mtproto.replay_window import ReplayWindow, Verdict
from sansio_tl.tl.objects import Function, TLObject


@dataclass(slots=True)
class KeyRecord:
    """What a data centre keeps of an auth key."""

    auth_key: AuthKey
    salt: int = field(repr=False)
    """The salt that messages of this key must carry, signed 64 bit."""
    expires_at: float | None = None
    """Server time at which a temporary key ends; None for a permanent one."""
    sessions: dict[int, ServerSession] = field(default_factory=dict, repr=False)
    """Its sessions by session id."""


@dataclass(slots=True, eq=False)
class IncomingRequest:
    """A request of a client, waiting for `ServerConnection.answer` or `fail`."""

    session: ServerSession
    msg_id: int
    query: Function[object]
    """The innermost function, without its wrappers."""
    layer: int | None = None
    """The layer that the client speaks, as far as it has told."""
    init: functions.InitConnection | None = None
    """What the client told of itself with initConnection."""
    without_updates: bool = False
    """Whether it came in invokeWithoutUpdates."""
    answered: bool = False
    dropped: bool = False
    """Whether the client no longer wants the answer (rpc_drop_answer)."""


class ServerSession:
    """One session of one key, as the server sees it."""

    def __init__(self, session_id: int, record: KeyRecord, limits: Limits) -> None:
        self.id = session_id
        self.record = record
        self.layer: int | None = None
        """The layer of the latest invokeWithLayer."""
        self.init: functions.InitConnection | None = None
        """The latest initConnection, without its query."""
        self.requests: dict[int, IncomingRequest] = {}
        """Requests by message id, until their answer is acknowledged."""
        self.outbox: Outbox[IncomingRequest] = Outbox(limits, container_kind=SERVER_OTHER)
        self._limits = limits
        self._window = ReplayWindow(limits.replay_window)

    def __repr__(self) -> str:
        return f"<ServerSession {self.id & (1 << 64) - 1:016x}>"

    @property
    def auth_key(self) -> AuthKey:
        """The key that the session belongs to."""
        return self.record.auth_key

    def judge_numbers(self, message: Message, now: float) -> Refusal | None:
        """What is wrong with the id of an envelope's message."""
        if message.msg_id & 3:
            return Refusal.MSG_ID_PARITY
        age = now - unix_time(message.msg_id)
        if age > self._limits.past_tolerance:
            return Refusal.MSG_ID_TOO_LOW
        if age < -self._limits.future_tolerance:
            return Refusal.MSG_ID_TOO_HIGH
        return None

    def judge_novelty(self, message: Message) -> Verdict:
        """Whether the message was seen before (MS3, MS4)."""
        return self._window.judge(message.msg_id)

    def refuse(self, message: Message, refusal: Refusal) -> None:
        """Tell the client that the message had no effect, and why."""
        if refusal is Refusal.BAD_SALT:
            self.send_other(types.mtproto.BadServerSalt(message.msg_id, message.seqno, refusal.value, self.record.salt))
        else:
            self.send_other(types.mtproto.BadMsgNotification(message.msg_id, message.seqno, refusal.value))

    def send_other(self, value: TLObject, *, content_related: bool = False) -> None:
        """Queue a message that answers nothing."""
        self.outbox.queue(Outgoing(codec.encode(value), content_related=content_related, kind=SERVER_OTHER))

    def send_reply(self, value: TLObject) -> None:
        """Queue a service message that answers one of the client's."""
        self.outbox.queue(Outgoing(codec.encode(value), content_related=False, kind=SERVER_ANSWER))

    def send_result(self, request: IncomingRequest, result: bytes) -> None:
        """Queue the rpc_result of a request; `result` is encoded."""
        request.answered = True
        body = types.mtproto.RpcResult.ID.to_bytes(4, "little") + request.msg_id.to_bytes(8, "little", signed=True)
        self.outbox.queue(Outgoing(body + result, content_related=True, owner=request, kind=SERVER_ANSWER))

    def acknowledged(self, msg_id: int) -> None:
        """The client has received what was sent under `msg_id`."""
        sent = self.outbox.forget(msg_id)
        if sent is not None and sent.owner is not None:
            self.requests.pop(sent.owner.msg_id, None)
