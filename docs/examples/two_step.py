"""Prove a 2FA password to the server without showing it: SRP, by what account.getPassword told."""

import os

from sansio_tl import types
from sansio_tl.crypto import srp


def prove(known: types.account.Password, password: str) -> types.TypeInputCheckPasswordSRP:
    """What auth.checkPassword and its like take; computing it takes a tenth of a second."""
    match known:
        case types.account.Password(
            current_algo=types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow() as algorithm,
            srp_B=bytes(challenge),
            srp_id=int(srp_id),
        ):
            proof = srp.proof(
                password,
                salt1=algorithm.salt1,
                salt2=algorithm.salt2,
                g=algorithm.g,
                p=algorithm.p,
                srp_B=challenge,
                entropy=os.urandom,
            )
            return types.InputCheckPasswordSRP(srp_id=srp_id, A=proof.A, M1=proof.M1)
    return types.InputCheckPasswordEmpty()
