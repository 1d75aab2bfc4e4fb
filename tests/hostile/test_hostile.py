"""Every attack, on a small scale: memory and answers stay within bounds, and connections end as they should.

`python -m tests.hostile` carries the attacks out at length and writes the table of docs/security.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from sansio_tl.role import Role
from tests.hostile.__main__ import FILE
from tests.hostile.attacks import ATTACKS, BOMBS, Attack, handshakes_begun
from tests.hostile.measure import MEGABYTE, Cost, cost

SMALL = 40_000
SMALL_BOMB = 1 << 20
FEW_HANDSHAKES = 44 * 1200
"""Bytes of more handshakes than a server keeps."""
PUBLISHED = {f"{each.victim}: {each.attack}": each for each in msgspec.json.decode(FILE.read_bytes(), type=list[Cost])}


def small(attack: Attack) -> Attack:
    """One bomb instead of a few, fewer handshakes, and no more questions than show how long the answers are."""
    if attack is handshakes_begun:
        return replace(attack, size=FEW_HANDSHAKES)
    return replace(attack, size=1) if attack.size == BOMBS or attack.echo > 4 else attack


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_stays_within_its_memory_and_output_bounds(name: str) -> None:
    attack = ATTACKS[name]
    result = cost(small(attack), SMALL, timed=False, inflated=SMALL_BOMB)
    assert result.peak <= attack.memory * MEGABYTE
    assert result.sent <= attack.echo * result.fed + 1000
    published = PUBLISHED[name]
    assert published.ended is None or result.ended == published.ended


def test_published_figures_cover_these_attacks_and_stay_within_their_bounds() -> None:
    assert PUBLISHED.keys() == ATTACKS.keys()
    for name, result in PUBLISHED.items():
        attack = ATTACKS[name]
        assert result.about == attack.about
        assert result.peak <= attack.memory * MEGABYTE
        assert result.sent <= attack.echo * result.fed + 1000


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.size is None])
def test_memory_does_not_grow_with_the_bytes_of_an_attack(name: str) -> None:
    once, thrice = (cost(ATTACKS[name], budget, timed=False) for budget in (MEGABYTE, 3 * MEGABYTE))
    assert thrice.ended == once.ended
    assert thrice.peak <= 1.3 * once.peak + MEGABYTE


def test_both_roles_are_attacked() -> None:
    assert {attack.victim for attack in ATTACKS.values()} == set(Role)
