"""The RSA key of the tests' data centers."""

from __future__ import annotations

from functools import cache

from sansio_tl.crypto.rsa import RsaPrivateKey
from tests.helpers.entropy import SeededEntropy


@cache
def rsa_key() -> RsaPrivateKey:
    """One key for all tests: generating it takes a while."""
    return RsaPrivateKey.generate(SeededEntropy("the data center's RSA key"))
