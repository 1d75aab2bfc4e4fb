"""Passkeys: what the data center keeps and checks of them, and a device of software that performs the ceremonies.

It is Web Authentication (Level 2) with attestation `none`, so that any other authenticator works as well:

    options             JSON {"publicKey": {...}}; the challenge in it is good once
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
"""Bytes of authenticator data before the credential."""


class CeremonyError(ValueError):
    """A credential does not prove what it should."""


class OriginError(CeremonyError):
    """The ceremony was performed for somebody else."""


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
    """What the ceremony of a log-in needs; any passkey of the relying party may be used."""
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
    """What the ceremony of a registration needs. `known` are the credential ids that are registered already."""
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
    """Which challenge a ceremony answers. Raises CeremonyError."""
    told = _client_data(client_data).get("challenge")
    return from_base64(told)


def check_client_data(client_data: str, kind: str, origins: frozenset[str]) -> None:
    """Whether the ceremony was of this kind (`webauthn.create`, `webauthn.get`) and for one of these origins."""
    told = _client_data(client_data)
    if told.get("type") != kind:
        raise CeremonyError("the ceremony was of another kind")
    if told.get("origin") not in origins:
        raise OriginError("the ceremony was performed for another origin")


def read_attestation(credential_id: str, attestation: bytes) -> tuple[dict[int, Any], int]:
    """The public key and the counter of a new passkey. Raises CeremonyError."""
    try:
        told = cbor.decode(attestation)
    except cbor.CborError as error:
        raise CeremonyError(f"the attestation is no CBOR: {error}") from None
    data = told.get("authData") if isinstance(told, dict) else None
    if not isinstance(data, bytes) or not _check_head(data) & _HAS_CREDENTIAL or len(data) < _HEAD + 18:
        raise CeremonyError("the attestation has no credential")
    size = int.from_bytes(data[_HEAD + 16 : _HEAD + 18], "big")
    if to_base64(data[_HEAD + 18 : _HEAD + 18 + size]) != credential_id.rstrip("="):
        raise CeremonyError("the attestation is for another credential")
    try:
        key = cbor.decode(data[_HEAD + 18 + size :])
    except cbor.CborError as error:
        raise CeremonyError(f"the public key is no CBOR: {error}") from None
    if not isinstance(key, dict) or key.get(_ALGORITHM) not in {_ED25519, _P256}:
        raise CeremonyError("the public key is of another kind")
    return key, int.from_bytes(data[33:_HEAD], "big")


def check_assertion(passkey: Passkey, client_data: str, authenticator_data: bytes, signature: bytes) -> int:
    """Whether somebody holds the passkey; returns the new counter. Raises CeremonyError."""
    _check_head(authenticator_data)
    counter = int.from_bytes(authenticator_data[33:_HEAD], "big")
    if counter <= passkey.counter and (counter or passkey.counter):
        raise CeremonyError("the counter went back: somebody has cloned the passkey")
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
    """The other way round. Raises CeremonyError."""
    if not isinstance(text, str):
        raise CeremonyError("a text is missing")
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError):
        raise CeremonyError("a text is no base64url") from None


def _client_data(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        raise CeremonyError("the client data is no JSON") from None
    if not isinstance(told, dict):
        raise CeremonyError("the client data is no object")
    return told


def _check_head(data: bytes) -> int:
    """The flags of authenticator data for our relying party. Raises CeremonyError."""
    if len(data) < _HEAD or not compare_digest(data[:32], sha256(RELYING_PARTY.encode()).digest()):
        raise CeremonyError("the ceremony was performed for another relying party")
    flags = data[32]
    if not flags & _USER_PRESENT:
        raise CeremonyError("nobody was there")
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
    """What a registration ceremony gives."""

    credential_id: str = field(repr=False)
    client_data: str = field(repr=False)
    attestation: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a log-in ceremony gives."""

    credential_id: str = field(repr=False)
    client_data: str = field(repr=False)
    authenticator_data: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    user_handle: str


class Authenticator:
    """A device of software that makes passkeys and uses the one it made last."""

    def __init__(self, entropy: Entropy, *, origin: str = ORIGIN) -> None:
        """`origin` is who asks for the ceremonies."""
        self._entropy = entropy
        self._origin = origin
        self._held: tuple[str, Ed25519PrivateKey, str] | None = None
        self._counter = 0

    def create(self, options: str) -> Created:
        """Perform a registration ceremony."""
        wanted = json.loads(options)["publicKey"]
        key = Ed25519PrivateKey.from_private_bytes(self._entropy(32))
        raw_id = self._entropy(16)
        credential_id = to_base64(raw_id)
        self._held = credential_id, key, from_base64(wanted["user"]["id"]).decode()
        cose = {_KEY_TYPE: 1, _ALGORITHM: _ED25519, _CURVE: 6, _X: key.public_key().public_bytes_raw()}
        credential = bytes(16) + len(raw_id).to_bytes(2, "big") + raw_id + cbor.encode(cose)
        data = self._head(wanted["rp"]["id"], _HAS_CREDENTIAL) + credential
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return Created(credential_id, self._client_data("webauthn.create", wanted), attestation)

    def get(self, options: str) -> Assertion:
        """Perform a log-in ceremony. Raises CeremonyError when no passkey was made before."""
        if self._held is None:
            raise CeremonyError("this device holds no passkey")
        credential_id, key, user_handle = self._held
        wanted = json.loads(options)["publicKey"]
        client_data = self._client_data("webauthn.get", wanted)
        data = self._head(wanted["rpId"], 0)
        signature = key.sign(data + sha256(client_data.encode()).digest())
        return Assertion(credential_id, client_data, data, signature, user_handle)

    def _head(self, relying_party: str, flags: int) -> bytes:
        self._counter += 1
        flags |= _USER_PRESENT | _USER_VERIFIED
        return sha256(relying_party.encode()).digest() + bytes([flags]) + self._counter.to_bytes(4, "big")

    def _client_data(self, kind: str, wanted: dict[str, Any]) -> str:
        return json.dumps(
            {"type": kind, "challenge": wanted["challenge"], "origin": self._origin, "crossOrigin": False}
        )
