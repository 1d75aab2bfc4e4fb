"""The cost of an attack for its target: processor time per megabyte, peak memory, and bytes sent in return.

Time and memory are measured in runs of their own, because watching memory costs time. Making the attack costs nothing
of either: its bytes are there before the clock starts.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Sequence

import msgspec

from sansio_tl.errors import ProtocolError, RemoteProtocolError, TransportError
from sansio_tl.role import Role
from tests.helpers.attacker import NOW, TICK, Attacker, drain
from tests.hostile.attacks import Attack

MEGABYTE = 1_000_000
_TELLING = 10_000
"""With fewer bytes the time for one of them says nothing."""


class Cost(msgspec.Struct, frozen=True):
    """The cost of an attack."""

    victim: str
    attack: str
    about: str
    fed: int
    """Bytes until the connection ended, or the whole attack."""
    seconds_per_megabyte: float | None
    """CPU time; None when it was not measured, or the connection ended too early for it."""
    peak: int
    """Peak memory in bytes, beyond what the victim had before."""
    sent: int
    """Bytes that the victim sent in return."""
    ended: str | None
    """The check that ended the connection; None if it stayed open."""


def cost(attack: Attack, budget: int, *, timed: bool = True, **attacker_settings: int) -> Cost:
    """Carry an attack out with so many bytes, or as many as the attack defines: once for the time, once for memory."""
    attacker = _attacker(attack, **attacker_settings)
    attacker.victim()  # its session and its requests are the same each time
    pieces = _pieces(attack, attacker, budget)
    started = time.process_time()
    if timed:
        _carry_out(attack, pieces)
    seconds = time.process_time() - started
    peak, (fed, sent, ended) = _peak(attack, pieces)
    return Cost(
        attack.victim.value,
        attack.name,
        attack.about,
        fed,
        round(seconds / fed * MEGABYTE, 3) if timed and fed >= _TELLING else None,
        peak,
        sent,
        ended,
    )


def _attacker(attack: Attack, **settings: int) -> Attacker:
    return Attacker(Role.CLIENT if attack.victim is Role.SERVER else Role.SERVER, **settings)


def _pieces(attack: Attack, attacker: Attacker, budget: int) -> Sequence[bytes]:
    """The bytes of the attack, at least one piece of them."""
    enough = budget if attack.size is None else attack.size
    pieces: list[bytes] = []
    size = 0
    for piece in attack.make(attacker):
        pieces.append(piece)
        size += len(piece)
        if size >= enough:
            break
    return pieces


def _carry_out(attack: Attack, pieces: Sequence[bytes]) -> tuple[int, int, str | None]:
    """Feed the victim until its connection ends; bytes fed, bytes sent, and the check that ended it."""
    victim = _attacker(attack).victim()
    now, fed, sent = NOW, 0, 0
    ended: ProtocolError | TransportError | None = None
    for piece in pieces:
        now += TICK
        fed += len(piece)
        victim.receive_data(piece, now=now)
        words, ended = drain(victim, now)
        sent += words
        if victim.closed:
            break
        deadline = victim.next_deadline()
        if deadline is not None and deadline <= now:
            victim.handle_deadline(now=now)
    if isinstance(ended, RemoteProtocolError):
        return fed, sent, ended.check
    return fed, sent, str(ended) if ended is not None else None


def _peak(attack: Attack, pieces: Sequence[bytes]) -> tuple[int, tuple[int, int, str | None]]:
    """Peak memory, and what `_carry_out` returns."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        outcome = _carry_out(attack, pieces)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak - before, outcome
