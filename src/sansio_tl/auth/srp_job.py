"""Proof of a password: from account.password to inputCheckPasswordSRP, in a job that may run in a thread.

The randomness is drawn before the job starts, so the job's result does not depend on where and when it runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sansio_tl import types
from sansio_tl.crypto import srp
from sansio_tl.entropy import Entropy
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError

Algorithm = types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow
"""The only known algorithm for hashing a password."""

_NEW_SALT_SIZE = 32
"""Number of bytes that are added to the server's first salt for a new password."""
_MIN_SERVER_SALT = 8
"""TDLib rejects a shorter salt of the server, too."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The parameters of one attempt."""

    algorithm: Algorithm
    srp_b: bytes = field(repr=False)
    srp_id: int
    exponent: bytes = field(repr=False)
    """The client's secret a, 256 bytes."""

    @classmethod
    def of(cls, password: types.account.Password, entropy: Entropy) -> Trial:
        """From an account.password for which `can_prove` holds; draws 256 bytes of entropy."""
        if not isinstance(password.current_algo, Algorithm):
            raise LocalProtocolError("there is no password to prove")
        return cls(password.current_algo, password.srp_B or b"", password.srp_id or 0, entropy(srp.NUMBER_SIZE))

    def draw(self, size: int) -> bytes:
        """The exponent, as the entropy of the proof. Raises LocalProtocolError for another size."""
        if size != len(self.exponent):
            raise LocalProtocolError(f"{len(self.exponent)} bytes of entropy were drawn for a proof that needs {size}")
        return self.exponent


def can_prove(password: types.account.Password) -> bool:
    """Whether there is a password with a known hash algorithm."""
    return password.has_password and isinstance(password.current_algo, Algorithm)


def prove(password: str | bytes, trial: Trial) -> types.InputCheckPasswordSRP:
    """Takes a few hundredths of a second. Raises RemoteProtocolError HS20, which names the server's unsafe number."""
    algorithm = trial.algorithm
    proof = srp.proof(
        password,
        salt1=algorithm.salt1,
        salt2=algorithm.salt2,
        g=algorithm.g,
        p=algorithm.p,
        srp_B=trial.srp_b,
        entropy=trial.draw,
    )
    return types.InputCheckPasswordSRP(srp_id=trial.srp_id, A=proof.A, M1=proof.M1)


def prove_password(
    challenge: types.account.Password, password: str | bytes, entropy: Entropy
) -> types.TypeInputCheckPasswordSRP:
    """The parameter `password` of auth.checkPassword, account.deleteAccount and others, for a program without a flow.

    `challenge` is the answer to account.getPassword, which is valid for one attempt. inputCheckPasswordEmpty if the
    account has no password. Takes a few hundredths of a second; 256 bytes of entropy are drawn.

    Raises LocalProtocolError if the algorithm is unknown, and RemoteProtocolError HS20 if the server's numbers are
    unsafe.
    Protocol: api/srp.
    """
    if not challenge.has_password:
        return types.InputCheckPasswordEmpty()
    return prove(password, Trial.of(challenge, entropy))


def new_algorithm(offered: types.TypePasswordKdfAlgo, entropy: Entropy) -> Algorithm:
    """The server's `new_algo` with 32 random bytes of the client after its first salt, which makes precomputation
    useless.

    Raises RemoteProtocolError HS20 if the server's own part of the salt is shorter than 8 bytes or the hash algorithm
    is unknown.
    """
    if not isinstance(offered, Algorithm):
        raise RemoteProtocolError("HS20", "the server offers no known algorithm for a new password")
    if len(offered.salt1) < _MIN_SERVER_SALT:
        raise RemoteProtocolError("HS20", f"the server's salt for a new password has {len(offered.salt1)} bytes")
    return Algorithm(salt1=offered.salt1 + entropy(_NEW_SALT_SIZE), salt2=offered.salt2, g=offered.g, p=offered.p)


def new_password_hash(password: str | bytes, algorithm: Algorithm) -> bytes:
    """The verifier of a new password, 256 bytes. Raises RemoteProtocolError HS20 for a bad group. About 0.2 s."""
    return srp.verifier(password, salt1=algorithm.salt1, salt2=algorithm.salt2, g=algorithm.g, p=algorithm.p)
