"""Behaviors of the data center for which a client is judged by what it sends afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sansio_tl import codec, types
from sansio_tl.conformance.behavior import RPC_RESULT, SENT_CODE, ForgedAnswer, Tolerated, resealed
from sansio_tl.conformance.behavior import packet as sealed_packet
from sansio_tl.conformance.case import Finding, Judgement
from sansio_tl.conformance.facts import ClientMessage, body_of
from sansio_tl.conformance.faulty_server import ClientRun, ServedConnection, ServerBehavior
from sansio_tl.framing import Full
from sansio_tl.mtproto.container import deflate
from sansio_tl.mtproto.message import DecryptedPacket, Message

PROOF = bytes.fromhex("164d8bd182f07fd2")
"""auth.checkPassword with inputCheckPasswordSRP, in every layer with SRP. TDLib sends it without, to end the login."""
ACK = types.mtproto.MsgsAck.ID.to_bytes(4, "little")
RPC_ERROR = types.mtproto.RpcError.ID.to_bytes(4, "little")
PASSWORD = types.account.Password.ID.to_bytes(4, "little")


def acknowledged(run: ClientRun) -> set[int]:
    """The message ids that the client has acknowledged."""
    found: set[int] = set()
    for sent in run.messages:
        if sent.message.constructor == ACK:
            value = codec.decode(sent.message.body)
            if isinstance(value, types.mtproto.MsgsAck):
                found |= set(value.msg_ids)
    return found


class NewSalt(Tolerated):
    """bad_server_salt with a new salt, for the request or for nothing. The data center accepts the salt, too."""

    _SALT = 0x5A17_5A17_5A17_5A17

    def __init__(self, *, for_request: bool) -> None:
        super().__init__(self._notify, check=self._used)
        self._for_request = for_request

    def _notify(self, link: ServedConnection, answer: Message) -> bool:
        asked = int.from_bytes(answer.body[4:12], "little", signed=True)
        bad = asked if self._for_request else asked - 40_000
        notice = types.mtproto.BadServerSalt(bad_msg_id=bad, bad_msg_seqno=1, error_code=48, new_server_salt=self._SALT)
        link.send_packet(
            sealed_packet(link, Message(answer.msg_id - 400 | 3, answer.seqno & ~1, codec.encode(notice))),
            "bad_server_salt",
        )
        return self._for_request

    def _used(self, run: ClientRun) -> str | None:
        used = any(opened.salt == self._SALT for at, opened, _ in run.packets if at >= (run.fault_at or 0.0))
        if self._for_request:
            return None if used else "the client did not use the new salt"
        return "the client used the salt" if used else None

    def forwards(self, link: ServedConnection, opened: DecryptedPacket) -> bool:
        """With the salt that the data center knows."""
        if opened.salt == self._SALT:
            link.forward_resealed(opened)
            return False
        return True


class AwaitsAck(Tolerated):
    """updatesTooLong comes, and the answer when the client has acknowledged it, or 12 seconds later."""

    quiet = 8.0
    _PATIENCE = 12.0

    def __init__(self, *, after_pong: bool = False, again: bool = False) -> None:
        """`after_pong`: a pong, which is not content-related, comes before it, and must not be acknowledged.

        `again`: when it was acknowledged, it comes once more, and must be acknowledged once more.
        """
        super().__init__(self._update)
        self._again = again
        self._repeated = False
        self._id = self._pong_id = 0
        self._after_pong = after_pong
        self._waits_since: float | None = None
        self._acknowledged = False

    def _update(self, link: ServedConnection, answer: Message) -> bool:
        self._id, self._pong_id = answer.msg_id - 400 | 3, answer.msg_id - 800 | 3
        if self._after_pong:
            pong = types.mtproto.Pong(msg_id=answer.msg_id - 40_001, ping_id=5)
            message = Message(self._pong_id, answer.seqno & ~1, codec.encode(pong))
            link.send_packet(sealed_packet(link, message), "a pong of nothing")
        self._send_update(link, answer)
        return True

    def _send_update(self, link: ServedConnection, answer: Message) -> None:
        update = Message(self._id, answer.seqno | 1, codec.encode(types.UpdatesTooLong()))
        link.send_packet(sealed_packet(link, update), "updatesTooLong")
        self._waits_since = link.run.now

    def on_client_message(self, link: ServedConnection, sent: ClientMessage) -> None:
        """Send the answer when msgs_ack has come."""
        if self._acknowledged or self.answer is None or sent.message.constructor != ACK:
            return
        value = codec.decode(sent.message.body)
        if isinstance(value, types.mtproto.MsgsAck) and self._id in value.msg_ids:
            if self._again and not self._repeated:
                self._repeated = True
                self._send_update(link, self.answer)
                return
            self._acknowledged = True
            if self._waits_since is not None:
                self._waits_since = None
                link.send_packet(resealed(link, self.answer), "the answer")

    def on_tick(self, link: ServedConnection) -> None:
        """Send the answer after some time anyway: the acknowledgement may come with the next request."""
        if self._waits_since is None or link.run.now - self._waits_since < self._PATIENCE or self.answer is None:
            return
        self._waits_since = None
        link.send_packet(resealed(link, self.answer), "the answer")

    def on_end(self, run: ClientRun) -> Judgement:
        """By the acknowledgement."""
        if self.done and self._after_pong and self._pong_id in acknowledged(run):
            return Judgement(Finding.VIOLATED, "the client acknowledged it")
        if self._again and not self._repeated:
            return Judgement(Finding.NOT_REACHED, "the client did not acknowledge it the first time")
        if self.done and not self._acknowledged and not self._after_pong:
            return Judgement(Finding.VIOLATED, "the client did not acknowledge it")
        return super().on_end(run)


class UnauthenticTime(Tolerated):
    """Before the answer comes a packet that is not authentic, and whose message id is of another time."""

    _AHEAD = 3600
    _SLACK = 300

    def __init__(self) -> None:
        super().__init__(self._forge)

    def _forge(self, link: ServedConnection, answer: Message) -> bool:
        msg_id = (answer.msg_id + (self._AHEAD << 32)) & ~3 | 3
        pong = types.mtproto.Pong(msg_id=answer.msg_id - 40_001, ping_id=5)
        message = Message(msg_id, answer.seqno & ~1, codec.encode(pong))
        made = sealed_packet(link, message, msg_key=lambda _: bytes(16))
        link.send_packet(made, "a wrong msg_key, and a message id of an hour later")
        return False

    def on_quiet(self, run: ClientRun) -> Judgement | None:
        """By the message ids so far."""
        return self.on_end(run)

    def on_end(self, run: ClientRun) -> Judgement:
        """By the message ids that the client has used since."""
        if run.fault_at is None:
            return Judgement(Finding.NOT_REACHED, "the client did not request a code")
        since = [sent for sent in run.messages if sent.at > run.fault_at]
        if any(sent.message.msg_id / 2**32 - sent.at > self._SLACK for sent in since):
            return Judgement(Finding.VIOLATED, "the client's message ids are of that time")
        found = "the client's message ids are of the server's time" if since else "the client sent nothing any more"
        return Judgement(Finding.CORRECT, found)


class AfterTransportError(ServerBehavior):
    """A transport error comes in place of the first answer to auth.sendCode, and the connection is closed."""

    quiet = 3.0

    def __init__(self, code: int) -> None:
        self._code = code
        self._keys = 0

    def on_server_packet(
        self, link: ServedConnection, packet: bytes, opened: DecryptedPacket, messages: Sequence[Message]
    ) -> bool:
        """At the answer to the first auth.sendCode."""
        run = link.run
        is_code = any(each.constructor == RPC_RESULT and each.body[12:16] == SENT_CODE for each in messages)
        if not is_code or run.fault_at is not None:
            return False
        run.fault(f"transport error {self._code}", link.facts.number)
        self._keys = self._permanent_handshakes(run)
        link.send_transport_error(self._code)
        link.close()
        return True

    @staticmethod
    def _permanent_handshakes(run: ClientRun) -> int:
        """Handshakes for a permanent key, as far as they have come."""
        inner = [handshake.inner for handshake in run.handshakes if handshake.inner is not None]
        return sum(getattr(each, "expires_in", None) is None for each in inner)

    def decide(self, run: ClientRun) -> Judgement | None:
        """A completed handshake for a permanent key is wrong."""
        if run.fault_at is None:
            return None
        if self._permanent_handshakes(run) > self._keys:
            return Judgement(Finding.VIOLATED, "the client dropped its key, and made another one")
        return None

    def on_quiet(self, run: ClientRun) -> Judgement | None:
        """It has not made a key so far."""
        return Judgement(Finding.CORRECT, "the client keeps its key")

    def on_end(self, run: ClientRun) -> Judgement:
        """It has not made a key."""
        if run.fault_at is None:
            return Judgement(Finding.NOT_REACHED, "the client did not request a code")
        return Judgement(Finding.CORRECT, "the client keeps its key")


class FaultyPassword(ServerBehavior):
    """account.password has wrong parameters; a client must not answer it with auth.checkPassword."""

    quiet = 6.0
    phone_suffix = "0100"

    def __init__(self, change: Callable[[types.account.Password], types.account.Password | None] | None) -> None:
        """`change` makes the parameters wrong; None leaves them right."""
        self._change = change

    def on_server_packet(
        self, link: ServedConnection, packet: bytes, opened: DecryptedPacket, messages: Sequence[Message]
    ) -> bool:
        """Change every account.password."""
        wanted = [each for each in messages if each.constructor == RPC_RESULT and each.body[12:16] == PASSWORD]
        if not wanted or self._change is None:
            return False
        for each in messages:
            body = each.body
            if each in wanted:
                value = codec.decode(each.body[12:])
                changed = self._change(value) if isinstance(value, types.account.Password) else None
                if changed is not None:
                    link.run.fault("wrong parameters", link.facts.number)
                    body = each.body[:12] + codec.encode(changed)
            link.send_packet(resealed(link, Message(each.msg_id, each.seqno, body)), "encrypted packet")
        return True

    def decide(self, run: ClientRun) -> Judgement | None:
        """auth.checkPassword is wrong."""
        if run.fault_at is None:
            return None
        if any(PROOF in body_of(sent.message) for sent in run.messages):
            return Judgement(Finding.VIOLATED, "the client computed the proof, and sent auth.checkPassword")
        return None

    def on_quiet(self, run: ClientRun) -> Judgement | None:
        """It does not answer."""
        return Judgement(Finding.CORRECT, "the client did not answer it")

    def on_end(self, run: ClientRun) -> Judgement:
        """It has not answered."""
        if self._change is None:
            return super().on_end(run)
        if run.fault_at is None:
            return Judgement(Finding.NOT_REACHED, "the client did not request account.password")
        return Judgement(Finding.CORRECT, "the client did not answer it")


def password_control() -> ServerBehavior:
    """The control of cases with a password: two-step verification with right parameters."""
    return FaultyPassword(None)


class PackedErrors(ServerBehavior):
    """Every error that the client gets while it logs in with a password is gzip_packed."""

    phone_suffix = "0100"

    def on_server_packet(
        self, link: ServedConnection, packet: bytes, opened: DecryptedPacket, messages: Sequence[Message]
    ) -> bool:
        """Compress the errors among the results."""
        if not any(self._is_error(each) for each in messages):
            return False
        for each in messages:
            body = each.body
            if self._is_error(each):
                link.run.fault("a compressed error", link.facts.number)
                body = body[:12] + deflate(body[12:])
            link.send_packet(resealed(link, Message(each.msg_id, each.seqno, body)), "encrypted packet")
        return True

    def on_end(self, run: ClientRun) -> Judgement:
        """It has completed its program, if it got an error at all."""
        if run.fault_at is None:
            return Judgement(Finding.NOT_REACHED, "the client got no error")
        return super().on_end(run)

    @staticmethod
    def _is_error(message: Message) -> bool:
        return message.constructor == RPC_RESULT and message.body[12:16] == RPC_ERROR


class MayEnd(Tolerated):
    """Something comes in place of the answer, after which the client may end, but not wait."""

    def __init__(self, act: Callable[[ServedConnection, Message], object]) -> None:
        def at_code(link: ServedConnection, answer: Message) -> bool:
            act(link, answer)
            return True

        super().__init__(at_code)

    def on_quiet(self, run: ClientRun) -> Judgement | None:
        """It waits, unless it has closed the connection."""
        if any(facts.closed_by_client for facts in run.connections):
            return Judgement(Finding.CORRECT, "the client closed the connection")
        return super().on_quiet(run)

    def on_end(self, run: ClientRun) -> Judgement:
        """It has ended, however."""
        if not self.done:
            return Judgement(Finding.NOT_REACHED, "the client did not request a code")
        if run.exit_status is not None:
            return Judgement(Finding.CORRECT, f"the client exited with status {run.exit_status}")
        if any(facts.closed_by_client for facts in run.connections):
            return Judgement(Finding.CORRECT, "the client closed the connection")
        return Judgement(Finding.VIOLATED, "the client did not end in time")


class Endless(ServerBehavior):
    """A packet is announced that is as long as the framing allows, and most of it is sent."""

    quiet = 8.0
    _MOST = 48 << 20
    _PIECE = 1 << 20

    def __init__(self) -> None:
        self._link: ServedConnection | None = None
        self._sent = 0

    def on_server_packet(
        self, link: ServedConnection, packet: bytes, opened: DecryptedPacket, messages: Sequence[Message]
    ) -> bool:
        """At the answer to the first auth.sendCode."""
        is_code = any(each.constructor == RPC_RESULT and each.body[12:16] == SENT_CODE for each in messages)
        if not is_code or self._link is not None:
            return False
        self._link = link
        framing = link.innermost()
        if framing is None:
            return False
        head = {"abridged": b"\x7f\xff\xff\xff", "full": b"\xf0\xff\xff\x7f" + bytes(4)}
        link.run.fault("an endless packet", link.facts.number)
        link.send_raw(head.get(framing.name, b"\xf0\xff\xff\x7f"), "the head of the packet")
        return True

    def on_tick(self, link: ServedConnection) -> None:
        """More of it."""
        if link is self._link and self._sent < self._MOST:
            for _ in range(8):
                self._sent += self._PIECE
                link.send_raw(bytes(self._PIECE), f"{self._sent >> 20} MiB")

    def decide(self, run: ClientRun) -> Judgement | None:
        """The client ends the connection, or takes it all."""
        if self._link is None or run.fault_at is None:
            return None
        if self._link.facts.closed_by_client:
            return Judgement(Finding.CORRECT, f"the client closed the connection after {self._sent >> 20} MiB")
        if self._sent >= self._MOST and run.now - run.fault_at > self.quiet / 2 * run.patience:
            return Judgement(Finding.VIOLATED, f"the client read {self._sent >> 20} MiB")
        return None

    def on_quiet(self, run: ClientRun) -> Judgement | None:
        """It reads no more."""
        return Judgement(Finding.CORRECT, "the client does not read it")

    def on_end(self, run: ClientRun) -> Judgement:
        """It has ended before."""
        if run.fault_at is None:
            return Judgement(Finding.NOT_REACHED, "the client did not request a code")
        return Judgement(Finding.CORRECT, "the client ended the connection")


class BrokenFrame(ForgedAnswer):
    """The forged answer comes in a broken frame of the full framing."""

    def __init__(self, make: Callable[[int, bytes], bytes]) -> None:
        """`make` frames a packet that has this number."""
        self._make = make
        self._framing: str | None = None
        super().__init__(self._deliver_broken)

    def _deliver_broken(self, link: ServedConnection, forged: Message, _: Message) -> Iterator[tuple[bytes, str]]:
        framing = link.innermost()
        self._framing = link.framing.kind
        if isinstance(framing, Full):
            link.run.fault("a broken frame", link.facts.number)
            number = framing._seqno_out  # noqa: SLF001
            link.send_raw(self._make(number, sealed_packet(link, forged)), "a broken frame")
        yield from ()

    def decide(self, run: ClientRun) -> Judgement | None:
        """As any forged answer, in the full framing."""
        if self._framing is not None and run.fault_at is None:
            return Judgement(Finding.NOT_REACHED, f"the client uses the {self._framing} framing")
        return super().decide(run)
