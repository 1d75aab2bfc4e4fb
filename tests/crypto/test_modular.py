from __future__ import annotations

from math import gcd

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.crypto import modular


@pytest.mark.interpreted
def test_only_exponents_above_64_bits_import_gmpy2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The import takes longer than an exponentiation by 65537 does."""
    long_powers = []

    def long_power() -> object:
        long_powers.append(True)
        return pow

    monkeypatch.setattr(modular, "long_power", long_power)
    for exponent in (0, 1, 65537, (1 << 64) - 1):
        assert modular.power(3, exponent, 1009) == pow(3, exponent, 1009)
    assert not long_powers
    assert modular.power(3, 1 << 64, 1009) == pow(3, 1 << 64, 1009)
    assert long_powers == [True]


@pytest.mark.parametrize("bits", [1, 64, 65, 300])
def test_negative_exponent_inverts(bits: int) -> None:
    exponent = (1 << bits) - 1
    assert modular.power(3, -exponent, 1009) * pow(3, exponent, 1009) % 1009 == 1


@given(base=st.integers(0, 1 << 80), exponent=st.integers(-(1 << 70), 1 << 70), modulus=st.integers(1, 1 << 90))
def test_power_in_steps_is_the_power(base: int, exponent: int, modulus: int) -> None:
    if exponent >= 0 or gcd(base, modulus) == 1:
        assert modular.power_in_steps(base, exponent, modulus) == pow(base, exponent, modulus)
    else:
        with pytest.raises(ValueError, match="not invertible"):
            modular.power_in_steps(base, exponent, modulus)


@pytest.mark.interpreted
def test_power_in_steps_takes_as_many_steps_as_the_exponent_has_groups_of_five_bits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exponents: list[int] = []

    def counted(base: int, exponent: int, modulus: int) -> int:
        exponents.append(exponent)
        return pow(base, exponent, modulus)

    monkeypatch.setattr(modular, "pow", counted, raising=False)
    for bits, steps in ((0, 0), (1, 1), (5, 1), (6, 2), (2048, 410)):
        exponents.clear()
        modular.power_in_steps(3, (1 << bits) - 1, 1009)
        assert exponents == [32] * steps
