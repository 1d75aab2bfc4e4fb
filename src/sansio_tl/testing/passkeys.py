"""Passkeys: the data center's side of the ceremonies, and a software authenticator that performs them.

It is Web Authentication (Level 2) with attestation `none`, so that any other authenticator works as well:

    options             JSON {"publicKey": {...}}; its challenge is valid once
    client data         JSON: type, challenge, origin
    authenticator data  SHA256 of the relying party's id 32 | flags 1 | counter 4, at registration also
                        AAGUID 16 | length 2 | credential id | public key (COSE)
    signature           over authenticator data | SHA256 of the client data

The user handle is `dc:user id`. Keys are Ed25519 (COSE -8) or ECDSA on P-256 (-7); `Authenticator` makes the former,
whose signatures are a function of key and text.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from sansio_tl.entropy import Entropy
from sansio_tl.testing import cbor

RELYING_PARTY = "telegram.org"
ORIGIN = "https://telegram.org"

_KEY_TYPE, _ALGORITHM, _CURVE, _X, _Y = 1, 3, -1, -2, -3
"""Labels of a COSE key."""
_ED25519, _P256 = -8, -7
_USER_PRESENT, _USER_VERIFIED, _HAS_CREDENTIAL = 0x01, 0x04, 0x40
_HEAD = 37
"""Size of authenticator data before the credential."""


class CeremonyError(ValueError):
    """A credential does not prove what it should."""


class AlgorithmError(CeremonyError):
    """The key of a new passkey is of a kind that was not offered."""


class OriginError(CeremonyError):
    """The ceremony was performed for another relying party."""


@dataclass(slots=True)
class Passkey:
    """A registered passkey."""

    credential_id: str = field(repr=False)
    """base64url without padding, as in inputPasskeyCredentialPublicKey."""
    public_key: dict[int, Any] = field(repr=False)
    """COSE."""
    name: str
    created_at: float
    counter: int = 0
    used_at: float | None = None


def login_options(challenge: bytes) -> str:
    """The options of a login ceremony; any passkey of the relying party may be used."""
    return json.dumps(
        {
            "publicKey": {
                "challenge": to_base64(challenge),
                "timeout": 60_000,
                "rpId": RELYING_PARTY,
                "allowCredentials": [],
                "userVerification": "required",
            }
        }
    )


def registration_options(challenge: bytes, user_handle: str, name: str, known: list[str]) -> str:
    """The options of a registration ceremony. `known` are the credential ids that are already registered."""
    return json.dumps(
        {
            "publicKey": {
                "challenge": to_base64(challenge),
                "timeout": 60_000,
                "rp": {"id": RELYING_PARTY, "name": "Telegram"},
                "user": {"id": to_base64(user_handle.encode()), "name": name, "displayName": name},
                "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (_ED25519, _P256)],
                "excludeCredentials": [{"type": "public-key", "id": credential_id} for credential_id in known],
                "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
                "attestation": "none",
            }
        }
    )


def challenge_of(client_data: str) -> bytes:
    """The challenge that a ceremony answers. Raises CeremonyError."""
    decoded = _client_data(client_data).get("challenge")
    return from_base64(decoded)


def check_client_data(client_data: str, kind: str, origins: frozenset[str]) -> None:
    """Check that the ceremony was of this kind (`webauthn.create`, `webauthn.get`) and for one of these origins."""
    decoded = _client_data(client_data)
    if decoded.get("type") != kind:
        raise CeremonyError("the ceremony was of another kind")
    if decoded.get("origin") not in origins:
        raise OriginError("the ceremony was performed for another origin")


def read_attestation(credential_id: str, attestation: bytes) -> tuple[dict[int, Any], int]:
    """The public key and the counter of a new passkey. Raises CeremonyError."""
    try:
        decoded = cbor.decode(attestation)
    except cbor.CborError as error:
        raise CeremonyError(f"invalid CBOR in the attestation: {error}") from None
    data = decoded.get("authData") if isinstance(decoded, dict) else None
    if not isinstance(data, bytes) or not _check_head(data) & _HAS_CREDENTIAL or len(data) < _HEAD + 18:
        raise CeremonyError("the attestation has no credential")
    size = int.from_bytes(data[_HEAD + 16 : _HEAD + 18], "big")
    if to_base64(data[_HEAD + 18 : _HEAD + 18 + size]) != credential_id.rstrip("="):
        raise CeremonyError("the attestation is for another credential")
    try:
        key = cbor.decode(data[_HEAD + 18 + size :])
    except cbor.CborError as error:
        raise CeremonyError(f"invalid CBOR in the public key: {error}") from None
    if not isinstance(key, dict) or key.get(_ALGORITHM) not in {_ED25519, _P256}:
        raise AlgorithmError("the public key is of another kind")
    return key, int.from_bytes(data[33:_HEAD], "big")


def check_assertion(passkey: Passkey, client_data: str, authenticator_data: bytes, signature: bytes) -> int:
    """Check the proof of possession of the passkey; returns the new counter. Raises CeremonyError."""
    _check_head(authenticator_data)
    counter = int.from_bytes(authenticator_data[33:_HEAD], "big")
    if counter <= passkey.counter and (counter or passkey.counter):
        raise CeremonyError("the counter went back: the passkey was cloned")
    signed = authenticator_data + sha256(client_data.encode()).digest()
    try:
        _verify(passkey.public_key, signature, signed)
    except (InvalidSignature, ValueError, TypeError):
        raise CeremonyError("the signature is wrong") from None
    return counter


def to_base64(data: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def from_base64(text: object) -> bytes:
    """The inverse. Raises CeremonyError."""
    if not isinstance(text, str):
        raise CeremonyError("a text is missing")
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError):
        raise CeremonyError("a text is not base64url") from None


def _client_data(text: str) -> dict[str, Any]:
    try:
        decoded = json.loads(text)
    except ValueError:
        raise CeremonyError("the client data is not JSON") from None
    if not isinstance(decoded, dict):
        raise CeremonyError("the client data is not an object")
    return decoded


def _check_head(data: bytes) -> int:
    """The flags of authenticator data for this relying party. Raises CeremonyError."""
    if len(data) < _HEAD or not compare_digest(data[:32], sha256(RELYING_PARTY.encode()).digest()):
        raise CeremonyError("the ceremony was performed for another relying party")
    flags = data[32]
    if not flags & _USER_PRESENT:
        raise CeremonyError("the user was not present")
    return flags


def _verify(key: dict[int, Any], signature: bytes, signed: bytes) -> None:
    if key[_ALGORITHM] == _ED25519:
        Ed25519PublicKey.from_public_bytes(key[_X]).verify(signature, signed)
    else:
        x, y = (int.from_bytes(key[label], "big") for label in (_X, _Y))
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        public.verify(signature, signed, ec.ECDSA(SHA256()))


@dataclass(frozen=True, slots=True)
class Created:
    """The result of a registration ceremony."""

    credential_id: str = field(repr=False)
    client_data: str = field(repr=False)
    attestation: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Assertion:
    """The result of a login ceremony."""

    credential_id: str = field(repr=False)
    client_data: str = field(repr=False)
    authenticator_data: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    user_handle: str


class Authenticator:
    """A software authenticator, which uses the passkey that it created last."""

    def __init__(self, entropy: Entropy, *, origin: str = ORIGIN) -> None:
        """`origin` is the origin that requests the ceremonies."""
        self._entropy = entropy
        self._origin = origin
        self._held: tuple[str, Ed25519PrivateKey, str] | None = None
        self.counter = 0
        """How many ceremonies there were. A copy of an authenticator repeats the numbers of the original."""

    def create(self, options: str) -> Created:
        """Perform a registration ceremony."""
        parsed = json.loads(options)["publicKey"]
        key = Ed25519PrivateKey.from_private_bytes(self._entropy(32))
        raw_id = self._entropy(16)
        credential_id = to_base64(raw_id)
        self._held = credential_id, key, from_base64(parsed["user"]["id"]).decode()
        cose = {_KEY_TYPE: 1, _ALGORITHM: _ED25519, _CURVE: 6, _X: key.public_key().public_bytes_raw()}
        credential = bytes(16) + len(raw_id).to_bytes(2, "big") + raw_id + cbor.encode(cose)
        data = self._head(parsed["rp"]["id"], _HAS_CREDENTIAL) + credential
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return Created(credential_id, self._client_data("webauthn.create", parsed), attestation)

    def get(self, options: str) -> Assertion:
        """Perform a login ceremony. Raises CeremonyError if no passkey was created before."""
        if self._held is None:
            raise CeremonyError("this authenticator holds no passkey")
        credential_id, key, user_handle = self._held
        parsed = json.loads(options)["publicKey"]
        client_data = self._client_data("webauthn.get", parsed)
        data = self._head(parsed["rpId"], 0)
        signature = key.sign(data + sha256(client_data.encode()).digest())
        return Assertion(credential_id, client_data, data, signature, user_handle)

    def _head(self, relying_party: str, flags: int) -> bytes:
        self.counter += 1
        flags |= _USER_PRESENT | _USER_VERIFIED
        return sha256(relying_party.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client_data(self, kind: str, parsed: dict[str, Any]) -> str:
        return json.dumps(
            {"type": kind, "challenge": parsed["challenge"], "origin": self._origin, "crossOrigin": False}
        )
