"""Behaviors of the data center during a login: kinds of codes, floods, migrations, and errors for a code.

They answer auth.sendCode and auth.signIn in other ways than the embedded data center, and look at how often and when
the client requests the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from sansio_tl import codec, types
from sansio_tl.conformance.behavior import RPC_RESULT, SENT_CODE, Tolerated, packet, resealed
from sansio_tl.conformance.case import Finding, Judgement
from sansio_tl.conformance.facts import ClientMessage, body_of
from sansio_tl.conformance.faulty_server import ClientRun, ServedConnection, ServerBehavior
from sansio_tl.mtproto.message import DecryptedPacket, Message

SIGN_IN = (bytes.fromhex("51a9528d"), bytes.fromhex("8115d5bc"))
"""auth.signIn with email_verification, and as it was before."""
_EARLY = 0.3
"""Seconds by which a clock may differ."""
_MOST_REPEATS = 20


def answered_with(answer: Message, value: Any) -> Message:
    """The answer with another result."""
    return Message(answer.msg_id, answer.seqno, answer.body[:12] + codec.encode(value))


class OtherCode(Tolerated):
    """The answer to auth.sendCode has another type of code; the client logs in with the code all the same."""

    def __init__(self, sent_type: Any, **fields: Any) -> None:
        def act(link: ServedConnection, answer: Message) -> bool:
            sent = codec.decode(answer.body[12:])
            if not isinstance(sent, types.auth.SentCode):
                return False
            changed = replace(sent, type=sent_type, **fields)
            link.send_packet(packet(link, answered_with(answer, changed)), f"the answer, with {type(sent_type).NAME}")
            return True

        super().__init__(act)


class CodeErrors(ServerBehavior):
    """auth.sendCode is answered with errors; the client is judged by when and how often it is repeated."""

    quiet = 6.0

    def __init__(self, errors: Callable[[int], tuple[int, str] | None], *, may_repeat_after: float = 0.0) -> None:
        """`errors` is called with the number of the request, from 0; None: the request succeeds.

        `may_repeat_after`: seconds after an error in which the client must not repeat the request.
        """
        self._errors = errors
        self._may_repeat_after = may_repeat_after
        self.times: list[float] = []
        """When the requests were answered."""
        self._early: float | None = None

    def on_server_packet(
        self, link: ServedConnection, packet: bytes, opened: DecryptedPacket, messages: Sequence[Message]
    ) -> bool:
        """Answer auth.sendCode with an error."""
        run = link.run
        answer = next(
            (each for each in messages if each.constructor == RPC_RESULT and each.body[12:16] == SENT_CODE), None
        )
        if answer is None:
            return False
        if self.times and run.now - self.times[-1] < self._may_repeat_after - _EARLY and self._early is None:
            self._early = run.now - self.times[-1]
        error = self._errors(len(self.times))
        self.times.append(run.now)
        if error is None:
            return False
        code, text = error
        run.fault(f"{code} {text}", link.facts.number)
        for each in messages:
            changed = each
            if each is answer:
                changed = answered_with(each, types.mtproto.RpcError(error_code=code, error_message=text))
            link.send_packet(resealed(link, changed), f"{code} {text}" if each is answer else "encrypted packet")
        return True

    def decide(self, run: ClientRun) -> Judgement | None:
        """Repeating it too early or too often is wrong."""
        if self._early is not None:
            return Judgement(Finding.VIOLATED, f"the client repeated auth.sendCode after {self._early:.1f} s")
        if len(self.times) > _MOST_REPEATS:
            return Judgement(Finding.VIOLATED, f"the client has requested the code {len(self.times)} times")
        return None

    def on_quiet(self, run: ClientRun) -> Judgement | None:
        """It does not repeat it, and waits, or has closed the connection."""
        if self._may_repeat_after and run.now - self.times[-1] < min(self._may_repeat_after, 10.0) + self.quiet:
            return None
        return Judgement(Finding.CORRECT, "the client does not repeat it")

    def on_end(self, run: ClientRun) -> Judgement:
        """It has ended, with success or with the error."""
        if run.fault_at is None:
            return Judgement(Finding.NOT_REACHED, "the client did not request a code")
        if run.exit_status is None:
            return Judgement(Finding.CORRECT, "the client does not repeat it too often")
        how = "completed its program" if run.exit_status == 0 else f"exited with status {run.exit_status}"
        return Judgement(Finding.CORRECT, f"the client {how} after {len(self.times)} auth.sendCode")


class MigratesOnce(CodeErrors):
    """PHONE_MIGRATE_X to a data center that is at the same address: the client makes a key there, and goes on."""

    def __init__(self, dc_id: int) -> None:
        super().__init__(lambda number: None if number else (303, f"PHONE_MIGRATE_{dc_id}"))
        self._dc_id = dc_id

    def on_quiet(self, run: ClientRun) -> Judgement | None:
        """It does not go on."""
        return Judgement(Finding.VIOLATED, "the client did not go on")

    def on_end(self, run: ClientRun) -> Judgement:
        """It has completed its program, with a key for the other data center."""
        if run.fault_at is None:
            return super().on_end(run)
        found = ServerBehavior.on_end(self, run)
        if found.finding is not Finding.CORRECT:
            return found
        named = [getattr(handshake.inner, "dc", None) for handshake in run.handshakes]
        if len(run.handshakes) < 2 and self._dc_id not in named:
            return Judgement(Finding.VIOLATED, "the client made no key for the other data center")
        return Judgement(Finding.CORRECT, "the client completed its program with another key")


class SignInErrors(ServerBehavior):
    """Every auth.signIn is answered with an error."""

    quiet = 6.0

    def __init__(self, text: str) -> None:
        self._text = text
        self._requests: set[int] = set()
        self._answered = 0

    def on_client_message(self, link: ServedConnection, sent: ClientMessage) -> None:
        """Note the ids of auth.signIn."""
        if any(method in body_of(sent.message) for method in SIGN_IN):
            self._requests.add(sent.message.msg_id)

    def on_server_packet(
        self, link: ServedConnection, packet: bytes, opened: DecryptedPacket, messages: Sequence[Message]
    ) -> bool:
        """Answer auth.signIn with the error."""
        found = [
            each
            for each in messages
            if each.constructor == RPC_RESULT
            and int.from_bytes(each.body[4:12], "little", signed=True) in self._requests
        ]
        for each in messages if found else ():
            changed = each
            if each in found:
                self._answered += 1
                link.run.fault(f"400 {self._text}", link.facts.number)
                changed = answered_with(each, types.mtproto.RpcError(error_code=400, error_message=self._text))
            link.send_packet(resealed(link, changed), "encrypted packet")
        return bool(found)

    def decide(self, run: ClientRun) -> Judgement | None:
        """Repeating it again and again is wrong."""
        if self._answered > _MOST_REPEATS:
            return Judgement(Finding.VIOLATED, f"the client has sent auth.signIn {self._answered} times")
        return None

    def on_quiet(self, run: ClientRun) -> Judgement | None:
        """It does not repeat it."""
        return Judgement(Finding.CORRECT, "the client does not repeat it")

    def on_end(self, run: ClientRun) -> Judgement:
        """It has ended, or waits."""
        if run.fault_at is None:
            return Judgement(Finding.NOT_REACHED, "the client did not send auth.signIn")
        if run.exit_status == 0:
            return Judgement(Finding.VIOLATED, "the client takes the error for a login, and completed its program")
        return Judgement(Finding.CORRECT, "the client has ended without a login")
