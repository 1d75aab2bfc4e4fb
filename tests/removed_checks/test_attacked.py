"""The simulation detects each attack when its countermeasure is removed, with the recorded seed."""

from __future__ import annotations

import pytest

from sansio_tl.simulation import simulate
from tests.removed_checks import attacked
from tests.removed_checks.table import written_by_hand


def test_each_attack_has_a_seed_that_a_search_finds() -> None:
    known, source = attacked.attacks(), written_by_hand()
    assert known
    assert len({attack.what for attack in known}) == len(known)
    for attack in known:
        assert attacked.opening(attack, source)
        assert attack.seed is not None, f"no simulation is known that detects {attack.what}"
        assert 1 <= attack.seed <= attacked.SEEDS


@pytest.mark.interpreted
@pytest.mark.long
@pytest.mark.parametrize("attack", attacked.attacks(), ids=lambda attack: attack.what)
def test_attack_violates_its_invariant_at_its_seed_only_with_the_mutants(attack: attacked.Attack) -> None:
    assert attack.seed is not None
    simulate(attack.seed)
    finding = attacked.judge(attack, search=False)
    assert (finding.seed, finding.invariant) == (attack.seed, attack.invariant)


def test_attack_with_an_unknown_mutant_is_refused() -> None:
    with pytest.raises(ValueError, match="no mutant is called 'MS0: nothing'"):
        attacked.mutants_of(attacked.Attack("nothing", ("MS0: nothing",)))
