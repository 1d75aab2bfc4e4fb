"""What the passkey ceremony of a browser gives (`credential.toJSON()`), taken apart as Telegram's methods want it."""

import json
from base64 import urlsafe_b64decode
from typing import NamedTuple


class Assertion(NamedTuple):
    """Of a log-in: `navigator.credentials.get`."""

    id: str
    client_data: str
    authenticator_data: bytes
    signature: bytes
    user_handle: str


class Attestation(NamedTuple):
    """Of a registration: `navigator.credentials.create`."""

    id: str
    client_data: str
    attestation_data: bytes


def assertion(credential: str) -> Assertion:
    """Take a log-in's credential apart."""
    given = json.loads(credential)
    response = {name: _bytes(text) for name, text in given["response"].items()}
    return Assertion(
        given["id"],
        response["clientDataJSON"].decode(),
        response["authenticatorData"],
        response["signature"],
        response["userHandle"].decode(),
    )


def attestation(credential: str) -> Attestation:
    """Take a registration's credential apart."""
    given = json.loads(credential)
    response = given["response"]
    client_data, data = (_bytes(response[name]) for name in ("clientDataJSON", "attestationObject"))
    return Attestation(given["id"], client_data.decode(), data)


def _bytes(text: str) -> bytes:
    """base64url, without its padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
