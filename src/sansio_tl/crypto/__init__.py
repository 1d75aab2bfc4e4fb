"""Cryptography as pure functions: bytes, numbers and entropy in, bytes and numbers out.

Each module covers one subject and delays expensive imports until it is called:

- `aes`: AES-256-IGE, the cipher of everything encrypted
- `kdf`: the keys of MTProto 2.0 messages and of the handshake
- `auth_key`: the 2048-bit auth key and its ids
- `rsa`: RSA_PAD, fingerprints, PEM
- `primes`: primality, also of numbers that an adversary may have chosen
- `factorization`: the proof of work pq
- `dh`: the checks of Diffie-Hellman, and modular exponentiation
- `srp`: two-step verification
"""
