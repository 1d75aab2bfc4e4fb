"""How the data center of a case can behave towards a client under test, and how the client is judged by its reaction.

The subclasses of `ServerBehavior` each break one thing:

- `FaultyAnswer`: an answer of the handshake is changed. A correct client does not take the next step.
- `ForgedAnswer`: the answer to auth.sendCode exists twice, and the forged one is in a message that must not be
  accepted. Which one the client has accepted shows in the phone_code_hash of its auth.signIn.
- `Tolerated`: something unusual but allowed, or harmless, happens. A correct client completes its program.
- `Observed`: nothing happens; what the client sends is examined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sansio_tl import codec, types
from sansio_tl.conformance.case import Finding, Judgement
from sansio_tl.conformance.facts import body_of
from sansio_tl.conformance.faulty_handshake import Edit, FaultyHandshake
from sansio_tl.conformance.faulty_server import ClientRun, ServedConnection, ServerBehavior
from sansio_tl.conformance.sealing import seal
from sansio_tl.mtproto.message import DecryptedPacket, Message
from sansio_tl.role import Role

RPC_RESULT = types.mtproto.RpcResult.ID.to_bytes(4, "little")
SENT_CODE = types.auth.SentCode.ID.to_bytes(4, "little")
ENCRYPTED = "encrypted"
"""The step of a client that uses its key."""
FORGED = b"forged"
"""The end of a forged phone_code_hash."""
HASH_SIZE = 18
"""Bytes of a phone_code_hash of the embedded data center."""
_TRUE = "the true answer"
_HEAD_START = 0.4
"""Seconds between two packets of a forged and the true answer: some clients process several at once, in any order.

No longer on a busy machine, as mtcute sends a request again 1.5 s after msgs_ack without its answer."""
_QUIET = 4.0
"""Seconds without a sign of the client, after which it counts as not going on."""


class FaultyAnswer(ServerBehavior):
    """One answer of the first handshake is changed.

    A client that takes the next step, but gives up before it uses the key, is late: it has made the check in the end.
    """

    def __init__(
        self,
        accepted_by: str,
        edits: Mapping[str, Edit],
        *,
        times: int = 1,
        quiet: float = _QUIET,
        plain: Mapping[str, int] | None = None,
        may_be_late: bool = False,
    ) -> None:
        """`accepted_by` is the client's step that shows that it has accepted the answer: the `times`-th of its kind.

        `may_be_late`: the handshake goes on correctly, so that a client which never checks comes to its end.
        """
        self._accepted_by = accepted_by
        self._edits = edits
        self._times = times
        self.quiet = quiet
        self._plain = plain
        self._sent_plain = False
        self._may_be_late = may_be_late and accepted_by != ENCRYPTED

    def handshake_edits(self, link: ServedConnection) -> Mapping[str, Edit]:
        """Only of the first one."""
        return self._edits if not link.run.handshakes else {}

    def send_handshake_answer(self, link: ServedConnection, handshake: FaultyHandshake, answer: bytes) -> None:
        """With a fault of the unencrypted message, if there is one."""
        if self._plain is None or self._sent_plain:
            link.send_plain(answer, "answer of the handshake")
            return
        self._sent_plain = True
        link.run.fault("a wrong unencrypted message", link.facts.number)
        length = self._plain.get("length")
        parity = self._plain["parity"]
        msg_id = (int(link.run.now) << 32) + 4 * link.run.entropy(4)[0] | parity if parity >= 0 else None
        stated = None if length is None else len(answer) + length
        link.send_plain(answer, "answer of the handshake", msg_id=msg_id, length=stated)

    def _steps(self, run: ClientRun) -> list[str]:
        """What the client has done in the first handshake and after it, on its connection."""
        first = [step for step, on in run.steps if on == run.connections[0].number]
        return first[first.index("req_pq") :] if "req_pq" in first else []

    def _has_accepted(self, run: ClientRun) -> bool:
        return self._steps(run).count(self._accepted_by) >= self._times

    def _gave_up(self, run: ClientRun, how: str) -> Judgement:
        if self._has_accepted(run):
            return Judgement(Finding.STALLED, f"the client sent {self._accepted_by}, and only then {how}")
        return Judgement(Finding.CORRECT, f"the client {how}")

    def decide(self, run: ClientRun) -> Judgement | None:
        """Accepted, if the next step comes, or the key is used."""
        if run.fault_at is None:
            return None
        steps = self._steps(run)
        if self._may_be_late:
            if ENCRYPTED in steps:
                return Judgement(Finding.VIOLATED, "the client accepted it, and uses the key")
        elif self._has_accepted(run):
            return Judgement(Finding.VIOLATED, f"the client accepted it, and sent {self._accepted_by}")
        if steps.count("req_pq") > 1 or len(run.connections) > 1:
            return self._on_next_handshake(run)
        if run.connections[0].closed_by_client:
            return self._gave_up(run, "closed the connection")
        return None

    def _on_next_handshake(self, run: ClientRun) -> Judgement | None:
        """A client with perfect forward secrecy that has accepted its permanent key makes a temporary one next."""
        if (self._may_be_late or self._accepted_by == ENCRYPTED) and run.handshakes[0].negotiated is not None:
            inner = run.handshakes[1].inner if len(run.handshakes) > 1 else None
            if inner is None:
                return None  # it shows in req_DH_params which key that is to be
            if hasattr(inner, "expires_in") and not hasattr(run.handshakes[0].inner, "expires_in"):
                return Judgement(Finding.VIOLATED, "the client accepted it, and makes a temporary key for it")
        return self._gave_up(run, "gave up and began again")

    def on_quiet(self, run: ClientRun) -> Judgement:
        """It did not go on."""
        return self._gave_up(run, "did not go on")

    def on_end(self, run: ClientRun) -> Judgement:
        """It did not go on."""
        if run.fault_at is None:
            return Judgement(Finding.NOT_REACHED, "the client never reached the step that this case tests")
        return self._gave_up(run, "did not go on")


Deliver = Callable[["ServedConnection", Message, Message], "Iterator[tuple[bytes, str]]"]
"""Packets that carry the forged and the true answer, with remarks."""


class ForgedAnswer(ServerBehavior):
    """The client gets a forged answer to auth.sendCode, and 0.4 seconds after it the true one."""

    quiet = 6.0

    def __init__(self, deliver: Deliver, *, true_too: bool = True, must_accept: bool = False) -> None:
        """`deliver` packs the forged answer; `true_too`: whether the true one follows."""
        self._deliver = deliver
        self._true_too = true_too
        self._must_accept = must_accept
        self.true_hash = self.forged_hash = b""
        self._held_back: list[tuple[bytes, str]] = []
        self._link: ServedConnection | None = None
        self._sent_at = 0.0

    def on_server_packet(
        self, link: ServedConnection, packet: bytes, opened: DecryptedPacket, messages: Sequence[Message]
    ) -> bool:
        """Replace the answer to the first auth.sendCode."""
        answer = next((each for each in messages if self._is_sent_code(each)), None)
        if answer is None or self.forged_hash:
            return False
        forged = self._forge(answer)
        if forged is None:
            return False
        for other in messages:
            if other is not answer:
                link.send_packet(resealed(link, other), "encrypted packet")
        self._link, self._sent_at = link, link.run.now
        self._held_back = list(self._deliver(link, forged, answer))
        if self._held_back:
            self._send_next(link)
        if self._true_too:
            self._held_back.append((resealed(link, answer), _TRUE))
        return True

    def on_tick(self, link: ServedConnection) -> None:
        """Send the next packet, when the client has had the time to use the one before."""
        if self._held_back and link is self._link and link.run.now - self._sent_at >= _HEAD_START:
            self._send_next(link)

    def _send_next(self, link: ServedConnection) -> None:
        made, note = self._held_back.pop(0)
        self._sent_at = link.run.now
        if note != _TRUE:
            link.run.fault(note, link.facts.number)
        link.send_packet(made, note)

    def _is_sent_code(self, message: Message) -> bool:
        return message.constructor == RPC_RESULT and message.body[12:16] == SENT_CODE

    def _forge(self, answer: Message) -> Message | None:
        sent = codec.decode(answer.body[12:])
        if not isinstance(sent, types.auth.SentCode):
            return None
        self.true_hash = sent.phone_code_hash.encode()
        self.forged_hash = self.true_hash[: -len(FORGED)][::-1] + FORGED
        body = answer.body.replace(self.true_hash, self.forged_hash)
        return Message(answer.msg_id - 400, answer.seqno, body)

    def decide(self, run: ClientRun) -> Judgement | None:
        """By the hash that the client uses."""
        if not self.forged_hash:
            return None
        bodies = [body_of(sent.message) for sent in run.messages]
        if any(self.forged_hash in body for body in bodies):
            return (
                Judgement(Finding.CORRECT, "the client accepted it")
                if self._must_accept
                else Judgement(Finding.VIOLATED, "the client accepted the forged answer, and used its phone_code_hash")
            )
        if any(self.true_hash in body for body in bodies):
            if self._must_accept:
                return Judgement(Finding.VIOLATED, "the client used the other answer")
            return Judgement(Finding.CORRECT, "the client ignored the forged answer, and used the true one")
        return None

    def on_quiet(self, run: ClientRun) -> Judgement | None:
        """Neither was used."""
        if self._must_accept:
            return Judgement(Finding.VIOLATED, "the client did not use the answer")
        if run.connections and any(facts.closed_by_client for facts in run.connections):
            return Judgement(Finding.CORRECT, "the client closed the connection")
        return Judgement(Finding.STALLED, "the client ignored the forged answer, but did not use the true one either")

    def on_end(self, run: ClientRun) -> Judgement:
        """It has ended with neither."""
        if not self.forged_hash:
            return Judgement(Finding.NOT_REACHED, "the client did not request a code")
        if run.exit_status is None:
            return self.on_quiet(run) or Judgement(Finding.STALLED, "the client did not go on")
        if self._must_accept:
            return Judgement(Finding.VIOLATED, f"the client exited with status {run.exit_status}")
        return Judgement(Finding.CORRECT, f"the client did not accept it, and exited with status {run.exit_status}")


class Tolerated(ServerBehavior):
    """Something happens that a client survives: it completes its program."""

    def __init__(
        self,
        at_code: Callable[[ServedConnection, Message], bool] | None = None,
        *,
        piece_size: int | None = None,
        check: Callable[[ClientRun], str | None] | None = None,
        edits: Mapping[str, Edit] | None = None,
    ) -> None:
        """`at_code` is called with the first answer to auth.sendCode, and returns True if that is not to be sent.

        `check` finds something wrong in a run that the client has completed.
        """
        self._at_code = at_code
        self.piece_size = piece_size
        self._check = check
        self._edits = edits or {}
        self.done = at_code is None
        self.answer: Message | None = None
        """The answer at which it happened."""

    def handshake_edits(self, link: ServedConnection) -> Mapping[str, Edit]:
        """Of the first one."""
        return self._edits if not link.run.handshakes else {}

    def on_server_packet(
        self, link: ServedConnection, packet: bytes, opened: DecryptedPacket, messages: Sequence[Message]
    ) -> bool:
        """At the answer to the first auth.sendCode."""
        answer = next(
            (each for each in messages if each.constructor == RPC_RESULT and each.body[12:16] == SENT_CODE), None
        )
        if answer is None or self.done or self._at_code is None:
            return False
        self.done = True
        self.answer = answer
        link.run.fault("here it happens", link.facts.number)
        for other in messages:
            if other is not answer:
                link.send_packet(resealed(link, other), "encrypted packet")
        if not self._at_code(link, answer):
            link.send_packet(resealed(link, answer), "the answer")
        return True

    def decide(self, run: ClientRun) -> Judgement | None:
        """Nothing is certain before the end."""
        return None

    def on_quiet(self, run: ClientRun) -> Judgement | None:
        """It does not go on."""
        if run.now - max(run.fault_at or run.now, run.last_activity) < 3 * self.quiet * run.patience:
            return None
        return Judgement(Finding.VIOLATED, "the client did not go on")

    def on_end(self, run: ClientRun) -> Judgement:
        """Completed, and nothing wrong."""
        if not self.done:
            return Judgement(Finding.NOT_REACHED, "the client did not request a code")
        if self._edits and run.fault_at is None:
            return Judgement(Finding.NOT_REACHED, "the client never reached the step that this case tests")
        found = super().on_end(run)
        if found.finding is Finding.CORRECT and self._check is not None and (wrong := self._check(run)):
            return Judgement(Finding.VIOLATED, wrong)
        return found


class Observed(ServerBehavior):
    """Nothing unusual happens: what the client sends is examined."""

    def __init__(self, check: Callable[[ClientRun], str | None]) -> None:
        """`check` returns what is wrong, None if nothing is."""
        self._check = check

    def on_end(self, run: ClientRun) -> Judgement:
        """By what was recorded."""
        if run.exit_status != 0 or not run.logged_in:
            return Judgement(Finding.NOT_REACHED, "the client did not complete its program")
        wrong = self._check(run)
        return Judgement(Finding.VIOLATED, wrong) if wrong else Judgement(Finding.CORRECT, "nothing wrong was found")


def resealed(link: ServedConnection, message: Message) -> bytes:
    """A packet with this message, correct."""
    return packet(link, message)


def packet(
    link: ServedConnection,
    message: Message,
    *,
    session_id: int | None = None,
    salt: int | None = None,
    padding: int | None = None,
    length: int | None = None,
    msg_key: Callable[[bytes], bytes] | None = None,
    sender: Role = Role.SERVER,
    zero_padding: bool = False,
) -> bytes:
    """A packet for the client; what is not specified is correct. `zero_padding`: the padding is not random."""
    key = link.key
    if key is None:
        raise ValueError("there is no key yet")
    return seal(
        message,
        auth_key=key,
        salt=link.salt if salt is None else salt,
        session_id=link.session_id if session_id is None else session_id,
        sender=sender,
        entropy=bytes if zero_padding else link.run.entropy,
        padding=padding,
        length=length,
        msg_key=msg_key,
    )


def lengthened(forged: Message, extra: int) -> Message:
    """A forged answer with a phone_code_hash that is `extra` bytes longer: a multiple of 4."""
    end = forged.body.index(FORGED) + len(FORGED)
    start = end - HASH_SIZE
    padding = -(1 + HASH_SIZE) % 4
    longer = bytes([HASH_SIZE + extra]) + forged.body[start:end] + b"f" * extra
    body = forged.body[: start - 1] + longer + bytes(-len(longer) % 4) + forged.body[end + padding :]
    return Message(forged.msg_id, forged.seqno, body)
