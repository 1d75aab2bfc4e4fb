"""Compute the SRP proof of a 2FA password, from the challenge of account.getPassword."""

import os

from sansio_tl import types
from sansio_tl.crypto import srp


def prove(challenge: types.account.Password, password: str) -> types.TypeInputCheckPasswordSRP:
    """The parameter of auth.checkPassword and similar methods. It takes a tenth of a second to compute."""
    match challenge:
        case types.account.Password(
            current_algo=types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow() as algorithm,
            srp_B=bytes(srp_b),
            srp_id=int(srp_id),
        ):
            proof = srp.proof(
                password,
                salt1=algorithm.salt1,
                salt2=algorithm.salt2,
                g=algorithm.g,
                p=algorithm.p,
                srp_B=srp_b,
                entropy=os.urandom,
            )
            return types.InputCheckPasswordSRP(srp_id=srp_id, A=proof.A, M1=proof.M1)
    return types.InputCheckPasswordEmpty()
