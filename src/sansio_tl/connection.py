"""The client's end of a link: framing, handshake, session and requests.

    conn = Connection(config, entropy=os.urandom, now=now)
    handle = conn.invoke(functions.help.GetConfig(), now=now)
    sock.sendall(conn.data_to_send(now=now))
    conn.receive_data(sock.recv(65536), now=now)
    while (event := conn.next_event()) is not None: ...

`now` is seconds since the Unix epoch from a clock that never steps back. Requests may be made at once; they leave when
there is a key.
"""

from __future__ import annotations

from typing import TypeVar

from sansio_tl.config import Config
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.events import AuthKeyCreated, Event
from sansio_tl.framing import Packet
from sansio_tl.link import Link
from sansio_tl.mtproto.client_session import ClientSession
from sansio_tl.mtproto.handshake_client import ClientHandshake
from sansio_tl.mtproto.numbering import Numbering
from sansio_tl.mtproto.plain_message import open_plain, seal_plain
from sansio_tl.mtproto.request import RequestHandle
from sansio_tl.role import Role
from sansio_tl.tl.objects import Function

R = TypeVar("R")

__all__ = ["Config", "Connection", "RequestHandle"]


class Connection(Link):
    """One link of a client to one data centre. Any exception but LocalProtocolError is a bug."""

    def __init__(
        self,
        config: Config,
        *,
        auth_key: AuthKey | None = None,
        session: ClientSession | None = None,
        entropy: Entropy,
        now: float,
    ) -> None:
        """With neither `auth_key` nor `session` the link begins with a handshake.

        A `session` given here belongs to the caller: it outlives the link with everything that is unanswered in it.
        Without one, the connection makes its own, and what is unanswered when the link ends ends as `OutcomeUnknown`.
        Raises EncodeError for a setting that cannot be sent.
        """
        super().__init__(config.framing(Role.CLIENT, config.limits))
        self.session = session or ClientSession(
            auth_key,
            first_call_prefix=config.first_call_prefix(),
            limits=config.limits,
            entropy=entropy,
            now=now,
        )
        self._owns_session = session is None
        self._limits = config.limits
        self._plain_numbering = Numbering()
        self._handshake: ClientHandshake | None = None
        self._step_deadline = now + config.limits.handshake_timeout
        if self.session.auth_key is None:
            self._handshake = ClientHandshake(
                public_keys=config.trusted_keys, dc=config.handshake_dc, entropy=entropy, limits=config.limits
            )
            self._send_plain(self._handshake.start(), now)
        else:
            self.session.link_opened(now)

    @property
    def auth_key(self) -> AuthKey | None:
        """The key of the link; None until the handshake has made it."""
        return self.session.auth_key

    def invoke(
        self,
        function: Function[R],
        *,
        after: RequestHandle[object] | None = None,
        quick_ack: bool = False,
        now: float,
    ) -> RequestHandle[R]:
        """Make a request; its outcome comes as an event with the returned handle.

        The server executes it only after the request `after`, if that is not answered yet (invokeAfterMsg). With
        `quick_ack`, which not every framing can carry, `QuickAckReceived` tells when the server has it.

        Raises LocalProtocolError when the link is closed or too many requests are unanswered, EncodeError (one of
        them) when a value has a wrong type or range; then nothing is sent.
        """
        self._require_open()
        if quick_ack and not self._framing.carries_quick_ack:
            raise LocalProtocolError(f"the {self._framing.kind} framing has no quick acknowledgements")
        return self.session.invoke(function, after=after, quick_ack=quick_ack)

    def cancel(self, handle: RequestHandle[object], *, now: float) -> None:
        """Nobody waits for this answer any more: no event will come, and the server is told to save the trouble."""
        self.session.cancel(handle)

    def next_event(self) -> Event | None:
        """The next thing to know, in the order in which it happened; None when there is nothing new."""
        return self.session.events.popleft() if self.session.events else super().next_event()

    def next_deadline(self) -> float | None:
        """When `handle_deadline` must be called, in the time of `now`; None for never."""
        if self.closed:
            return None
        return self._step_deadline if self._handshake is not None else self.session.deadline

    def _on_packet(self, packet: Packet, now: float) -> None:
        if self._handshake is None:
            self.session.receive_packet(packet.payload, now)
        else:
            self._on_handshake_packet(self._handshake, packet.payload, now)

    def _on_handshake_packet(self, handshake: ClientHandshake, packet: bytes, now: float) -> None:
        answer = handshake.receive(open_plain(packet, Role.SERVER))
        self._step_deadline = now + self._limits.handshake_timeout
        if answer is not None:
            self._send_plain(answer, now)
        negotiated = handshake.negotiated
        if negotiated is not None:
            self._handshake = None
            self.session.adopt(negotiated, now)
            self.session.events.append(
                AuthKeyCreated(negotiated.auth_key, negotiated.server_salt, self.session.clock.offset)
            )

    def _send_plain(self, body: bytes, now: float) -> None:
        self._framing.send_packet(seal_plain(self._plain_numbering.next_id(now), body))

    def _flush(self, now: float) -> None:
        if self._handshake is None:
            for packet in self.session.packets_to_send(now):
                self._framing.send_packet(packet.data, quick_ack=packet.quick_ack)

    def _on_quick_ack(self, token: bytes) -> None:
        self.session.receive_quick_ack(token)

    def _on_deadline(self, now: float) -> None:
        if self._handshake is None:
            self.session.handle_deadline(now)
        elif now >= self._step_deadline:
            raise RemoteProtocolError("HS15", f"no answer within {self._limits.handshake_timeout:g} s in the handshake")

    def _on_end(self) -> None:
        if not self._owns_session:
            return
        for pending in self.session.pending():
            self.session.give_up(pending, "the link ended before the answer came" if pending.sent_ids else "never sent")
