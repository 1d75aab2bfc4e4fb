"""RSA for the handshake: one block of 256 bytes from the client to the server.

RSA_PAD, the only padding that this client sends (HS5, L4):

    data (<= 144)  random up to 192
    |------------------------------|  reversed = data_pad_reversed
    temp_key = 32 random bytes
    hashed   = data_pad_reversed | SHA256(temp_key | data_with_padding)        224 bytes
    sealed   = AES256-IGE(hashed, temp_key, zero iv)                           224 bytes
    block    = (temp_key ^ SHA256(sealed)) | sealed                            256 bytes, again while >= modulus
    RSA(block)

Section "4.1) RSA_PAD(data, server_public_key)" of core.telegram.org/mtproto/auth_key. The legacy padding (SHA1, data,
random) is accepted by the server side, because some libraries still send it; it is never generated.

The private key serves simulated data centers. Its arithmetic uses Python integers and is not constant-time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha1, sha256
from hmac import compare_digest
from math import lcm
from typing import TYPE_CHECKING

from sansio_tl.crypto.aes import ige_decrypt, ige_encrypt
from sansio_tl.crypto.modular import power
from sansio_tl.crypto.primes import random_prime
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError

if TYPE_CHECKING:
    from sansio_tl.entropy import Entropy

BLOCK_SIZE = 256
MODULUS_BITS = 8 * BLOCK_SIZE
MAX_DATA_SIZE = 144
PADDED_SIZE = 192

EXPONENT = 65537
"""The public exponent of generated keys, and of Telegram's."""

_TEMP_KEY_SIZE = 32
_ZERO_IV = bytes(32)
_MAX_TRIES = 128
"""At most half of all blocks exceed a modulus of 2048 bits: 128 in a row mean that the entropy source repeats
itself."""

_SHA1_SIZE = 20
_LEGACY_SIZE = 255


@dataclass(frozen=True, slots=True)
class RsaPublicKey:
    """A public key of a data center: modulus `n` and exponent `e`. Raises LocalProtocolError if they are not positive
    integers.
    """

    n: int
    e: int
    fingerprint: int = field(init=False)
    """Signed 64-bit number by which resPQ names the key: the low 64 bits of SHA1(TL bytes n, TL bytes e)."""

    def __post_init__(self) -> None:
        if not (type(self.n) is type(self.e) is int and self.n > 0 and self.e > 0):
            raise LocalProtocolError(
                "invalid RSA key: expected two positive integers, n and e; use RsaPublicKey.from_pem for PEM text"
            )
        digest = sha1(_tl_bytes(self.n) + _tl_bytes(self.e), usedforsecurity=False).digest()
        object.__setattr__(self, "fingerprint", int.from_bytes(digest[-8:], "little", signed=True))

    def __repr__(self) -> str:
        return f"RsaPublicKey(fingerprint={self.fingerprint & 0xFFFF_FFFF_FFFF_FFFF:016x})"

    @classmethod
    def from_pem(cls, pem: str | bytes) -> RsaPublicKey:
        """Read ``BEGIN RSA PUBLIC KEY`` (PKCS#1) or ``BEGIN PUBLIC KEY`` (SPKI).

        Raises LocalProtocolError when it is neither, or not RSA.
        """
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        if not isinstance(pem, str | bytes):
            raise LocalProtocolError(
                f"invalid PEM text: found {type(pem).__name__}, expected str or bytes, such as Path(...).read_text()"
            )
        if "-----BEGIN " not in (pem if isinstance(pem, str) else pem.decode("latin-1")):
            raise LocalProtocolError("invalid PEM public key: expected the text of a PEM file, not its name")
        try:
            key = load_pem_public_key(_as_bytes(pem))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise LocalProtocolError(f"invalid PEM public key: {error}") from None
        if not isinstance(key, RSAPublicKey):
            raise LocalProtocolError("the public key is not an RSA key")
        numbers = key.public_numbers()
        return cls(numbers.n, numbers.e)

    def to_pem(self) -> str:
        """The key as PKCS#1, ``BEGIN RSA PUBLIC KEY``, which every MTProto library reads."""
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        try:
            key = RSAPublicNumbers(self.e, self.n).public_key()
        except ValueError as error:
            raise LocalProtocolError(f"invalid RSA key: {error}") from None
        return key.public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode("ascii")


@dataclass(frozen=True, slots=True)
class RsaPrivateKey:
    """A private key of a simulated data center. Its repr shows the fingerprint only."""

    n: int = field(repr=False)
    e: int = field(repr=False)
    d: int = field(repr=False)
    p: int = field(repr=False)
    q: int = field(repr=False)
    public_key: RsaPublicKey = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "public_key", RsaPublicKey(self.n, self.e))

    @property
    def fingerprint(self) -> int:
        """The signed 64-bit fingerprint of the public key."""
        return self.public_key.fingerprint

    @classmethod
    def generate(cls, entropy: Entropy) -> RsaPrivateKey:
        """Generate a key of 2048 bits, determined by `entropy` and as secret as it is. Takes 0.1 to 0.5 s.

        Raises LocalProtocolError when the entropy source repeats itself.
        """
        p, q = (random_prime(MODULUS_BITS // 2, entropy) for _ in range(2))
        if p == q:
            raise LocalProtocolError("both primes are equal: the entropy source repeats itself")
        order = lcm(p - 1, q - 1)
        if order % EXPONENT == 0:  # no d exists; this happens once in 30,000 times
            return cls.generate(entropy)
        return cls(n=p * q, e=EXPONENT, d=pow(EXPONENT, -1, order), p=p, q=q)

    @classmethod
    def from_pem(cls, pem: str | bytes) -> RsaPrivateKey:
        """Read an unencrypted ``BEGIN RSA PRIVATE KEY`` (PKCS#1) or ``BEGIN PRIVATE KEY`` (PKCS#8).

        Raises LocalProtocolError when it is neither, or not RSA.
        """
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(_as_bytes(pem), password=None)
        except (TypeError, ValueError, UnsupportedAlgorithm):  # TypeError: it is encrypted
            raise LocalProtocolError("invalid PEM private key: expected an unencrypted one") from None
        if not isinstance(key, RSAPrivateKey):
            raise LocalProtocolError("the private key is not an RSA key")
        numbers = key.private_numbers()
        return cls(numbers.public_numbers.n, numbers.public_numbers.e, numbers.d, numbers.p, numbers.q)

    def to_pem(self) -> str:
        """The key as unencrypted PKCS#1, ``BEGIN RSA PRIVATE KEY``."""
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        numbers = RSAPrivateNumbers(
            p=self.p,
            q=self.q,
            d=self.d,
            dmp1=self.d % (self.p - 1),
            dmq1=self.d % (self.q - 1),
            iqmp=pow(self.q, -1, self.p),
            public_numbers=RSAPublicNumbers(self.e, self.n),
        )
        try:
            key = numbers.private_key()
        except ValueError:
            raise LocalProtocolError("invalid RSA key: its numbers are inconsistent") from None
        return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode("ascii")

    def decrypt(self, encrypted: bytes) -> int:
        """The decrypted number, less than n; `encrypted` is 256 bytes.

        Raises RemoteProtocolError HS5 for another length and for a number that is not below the modulus.
        """
        value = int.from_bytes(encrypted, "big")
        if len(encrypted) != BLOCK_SIZE or value >= self.n:
            raise RemoteProtocolError("HS5", f"invalid encrypted_data: expected {BLOCK_SIZE} bytes below the modulus")
        # By the Chinese remainder theorem: two exponentiations of half the size cost a quarter of a full one.
        modulo_p = power(value, self.d % (self.p - 1), self.p)
        modulo_q = power(value, self.d % (self.q - 1), self.q)
        return modulo_q + (modulo_p - modulo_q) * pow(self.q, -1, self.p) % self.p * self.q


def rsa_pad(data: bytes, public_key: RsaPublicKey, entropy: Entropy) -> bytes:
    """RSA_PAD of at most 144 bytes: 256 bytes for `encrypted_data` of req_DH_params (HS5).

    Raises LocalProtocolError when `data` is longer or the modulus does not have 2048 bits.
    """
    if len(data) > MAX_DATA_SIZE:
        raise LocalProtocolError(
            f"invalid RSA_PAD data: found {len(data)} bytes, expected at most {MAX_DATA_SIZE} (HS5)"
        )
    if public_key.n.bit_length() != MODULUS_BITS:
        raise LocalProtocolError(
            f"invalid RSA_PAD modulus: found {public_key.n.bit_length()} bits, expected {MODULUS_BITS}"
        )
    padded = data + entropy(PADDED_SIZE - len(data))
    for _ in range(_MAX_TRIES):
        block = _seal(padded, temp_key=entropy(_TEMP_KEY_SIZE))
        value = int.from_bytes(block, "big")
        if value < public_key.n:
            return power(value, public_key.e, public_key.n).to_bytes(BLOCK_SIZE, "big")
    raise LocalProtocolError("no padded block is below the modulus: the entropy source repeats itself")


def rsa_unpad(encrypted: bytes, private_key: RsaPrivateKey) -> bytes:
    """Remove RSA_PAD: returns the 192 bytes of data and padding. Raises RemoteProtocolError HS5 when the hash is
    wrong.
    """
    block = private_key.decrypt(encrypted).to_bytes(BLOCK_SIZE, "big")
    masked_key, sealed = block[:_TEMP_KEY_SIZE], block[_TEMP_KEY_SIZE:]
    temp_key = _xor(masked_key, sha256(sealed).digest())
    hashed = ige_decrypt(sealed, temp_key, _ZERO_IV)
    padded = hashed[:PADDED_SIZE][::-1]
    if not compare_digest(hashed[PADDED_SIZE:], sha256(temp_key + padded).digest()):
        raise RemoteProtocolError("HS5", "the hash inside RSA_PAD does not match")
    return padded


def rsa_unpad_legacy(encrypted: bytes, private_key: RsaPrivateKey) -> bytes:
    """Remove the legacy padding, SHA1(data) | data | random, 255 bytes in all: returns the data without its padding.

    The length of the data is not transmitted: every length is tried until the hash matches. Raises RemoteProtocolError
    HS5 when none does.
    """
    value = private_key.decrypt(encrypted)
    if value >> (8 * _LEGACY_SIZE):
        raise RemoteProtocolError("HS5", "the legacy RSA block has more than 255 bytes")
    block = value.to_bytes(_LEGACY_SIZE, "big")
    digest, rest = block[:_SHA1_SIZE], block[_SHA1_SIZE:]
    prefix = sha1(usedforsecurity=False)
    for end in range(0, len(rest), 4):  # TL data consists of words of 4 bytes
        if compare_digest(prefix.digest(), digest):
            return rest[:end]
        prefix.update(rest[end : end + 4])
    raise RemoteProtocolError("HS5", "the hash inside the legacy RSA padding does not match")


def _seal(padded: bytes, temp_key: bytes) -> bytes:
    hashed = padded[::-1] + sha256(temp_key + padded).digest()
    sealed = ige_encrypt(hashed, temp_key, _ZERO_IV)
    return _xor(temp_key, sha256(sealed).digest()) + sealed


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def _as_bytes(pem: str | bytes) -> bytes:
    return pem.encode() if isinstance(pem, str) else pem


def _tl_bytes(number: int) -> bytes:
    """`number` as TL `bytes`, big-endian and minimal: length, content, zeros up to a multiple of 4."""
    content = number.to_bytes((number.bit_length() + 7) // 8, "big")
    head = bytes([len(content)]) if len(content) < 254 else b"\xfe" + len(content).to_bytes(3, "little")
    return head + content + bytes(-len(head + content) % 4)
