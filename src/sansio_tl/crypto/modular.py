"""Modular exponentiation, by gmpy2 if it is installed: five times as fast as Python's `pow` at 2048 bits.

A thread that computes should not delay the thread of an event loop. `pow` keeps the interpreter lock until it returns,
so it is called for a few bits of the exponent at a time; of gmpy2's functions `powmod_exp_list` releases the lock.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SHORT_EXPONENT_BITS = 64
"""Exponents up to this size (65537 above all) cost less than the 30 ms that importing gmpy2 takes."""

_WINDOW_BITS = 5


def power(base: int, exponent: int, modulus: int) -> int:
    """`base ** exponent % modulus`; the exponent may be negative when the base has an inverse."""
    if exponent.bit_length() <= _SHORT_EXPONENT_BITS:
        return pow(base, exponent, modulus)
    return long_power()(base, exponent, modulus)


@cache
def long_power() -> Callable[[int, int, int], int]:
    """What computes powers with long exponents: gmpy2's `powmod_exp_list`, else `power_in_steps`."""
    try:
        from gmpy2 import powmod_exp_list  # pyright: ignore[reportAttributeAccessIssue]  its stub is incomplete
    except ImportError:
        return power_in_steps
    return lambda base, exponent, modulus: int(powmod_exp_list(base, [exponent], modulus)[0])


def power_in_steps(base: int, exponent: int, modulus: int) -> int:
    """What `pow` returns, in as much time, with many short calls of it."""
    if exponent < 0:
        base, exponent = pow(base, -1, modulus), -exponent
    powers = [1 % modulus]
    for _ in range((1 << _WINDOW_BITS) - 1):
        powers.append(powers[-1] * base % modulus)
    windows = -(-exponent.bit_length() // _WINDOW_BITS)
    result = powers[0]
    for shift in range((windows - 1) * _WINDOW_BITS, -1, -_WINDOW_BITS):
        result = pow(result, 1 << _WINDOW_BITS, modulus)
        result = result * powers[exponent >> shift & (1 << _WINDOW_BITS) - 1] % modulus
    return result
