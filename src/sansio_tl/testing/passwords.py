"""The data of two-step verification that a data center stores: enough to check a password, not to know it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sansio_tl import types
from sansio_tl.crypto import srp
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.entropy import Entropy

GENERATOR = 3
PRIME = KNOWN_PRIME.to_bytes(256, "big")
"""The group of two-step verification: the same as Telegram's."""

OFFERED_SALT = 8
"""Bytes of the salts that are proposed for a new password."""
CLIENT_SALT = 32
"""Number of bytes that the client appends to the first of them."""


@dataclass(frozen=True, slots=True)
class Password:
    """A password."""

    salt1: bytes = field(repr=False)
    salt2: bytes = field(repr=False)
    verifier: bytes = field(repr=False)
    """g^x, 256 bytes."""
    hint: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, password: str, *, hint: str | None = None, entropy: Entropy) -> Password:
        """Compute the verifier, which takes about 0.1 s."""
        salt1, salt2 = entropy(OFFERED_SALT + CLIENT_SALT), entropy(16)
        verifier = srp.verifier(password, salt1=salt1, salt2=salt2, g=GENERATOR, p=PRIME)
        return cls(salt1, salt2, verifier, hint)

    @property
    def algorithm(self) -> types.TypePasswordKdfAlgo:
        """The parameters with which the client computes its proof."""
        return algorithm(self.salt1, self.salt2)


@dataclass(slots=True)
class TwoStep:
    """The two-step verification settings of an account."""

    password: Password | None = None
    email: str | None = field(default=None, repr=False)
    """The confirmed recovery address."""
    secure: types.TypeSecureSecretSettings | None = field(default=None, repr=False)
    """The encrypted secret of Telegram Passport, stored for the user."""
    unconfirmed: NewSettings | None = field(default=None, repr=False)
    """Settings that take effect when their recovery address is confirmed."""
    tries: int = 0
    """Wrong passwords since the last right one."""
    locked_until: float = 0.0
    """Until then every password fails."""
    reset_at: float | None = None
    """When a requested reset may be completed."""
    reset_again_at: float = 0.0
    """Until then no other reset may be requested, because one was declined."""


@dataclass(frozen=True, slots=True)
class NewSettings:
    """Settings that wait for the code mailed to a new recovery address."""

    password: Password | None = field(repr=False)
    email: str = field(repr=False)


def algorithm(salt1: bytes, salt2: bytes) -> types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow:
    """The only algorithm."""
    return types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(
        salt1=salt1, salt2=salt2, g=GENERATOR, p=PRIME
    )
