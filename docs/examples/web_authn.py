"""Split the result of a browser's passkey ceremony (`credential.toJSON()`) into parameters of Telegram's methods."""

import json
from base64 import urlsafe_b64decode
from typing import NamedTuple


class Assertion(NamedTuple):
    """The result of a login: `navigator.credentials.get`."""

    id: str
    client_data: str
    authenticator_data: bytes
    signature: bytes
    user_handle: str


class Attestation(NamedTuple):
    """The result of a registration: `navigator.credentials.create`."""

    id: str
    client_data: str
    attestation_data: bytes


def assertion(credential: str) -> Assertion:
    """Parse the credential of a login."""
    parsed = json.loads(credential)
    response = {name: _bytes(text) for name, text in parsed["response"].items()}
    return Assertion(
        parsed["id"],
        response["clientDataJSON"].decode(),
        response["authenticatorData"],
        response["signature"],
        response["userHandle"].decode(),
    )


def attestation(credential: str) -> Attestation:
    """Parse the credential of a registration."""
    parsed = json.loads(credential)
    response = parsed["response"]
    client_data, data = (_bytes(response[name]) for name in ("clientDataJSON", "attestationObject"))
    return Attestation(parsed["id"], client_data.decode(), data)


def _bytes(text: str) -> bytes:
    """Decode base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
