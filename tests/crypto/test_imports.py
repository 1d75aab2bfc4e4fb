"""Importing is cheap: what costs tens of milliseconds is imported by the first call that needs it."""

from __future__ import annotations

import subprocess
import sys

ALL = "aes auth_key dh factorization kdf modular primes rsa srp"


def test_importing_the_package_does_not_import_cryptography_or_gmpy2() -> None:
    program = (
        "import importlib, sys\n"
        f"for name in {ALL.split()}: importlib.import_module('sansio_tl.crypto.' + name)\n"
        "import sansio_tl.data_centers\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in ('cryptography', 'gmpy2')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_crypto_works_without_cryptg_and_gmpy2() -> None:
    program = (
        "import sys\n"
        "sys.modules['cryptg'] = sys.modules['gmpy2'] = None\n"
        "from sansio_tl.crypto import aes, dh\n"
        "assert aes.ige_decrypt(aes.ige_encrypt(bytes(32), bytes(32), bytes(32)), bytes(32), bytes(32)) == bytes(32)\n"
        "assert dh.power(3, 1 << 100, dh.KNOWN_PRIME) == pow(3, 1 << 100, dh.KNOWN_PRIME)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
