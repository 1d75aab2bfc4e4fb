"""The passkey ceremonies; the data center's handlers are tested in handlers/test_passkey.py."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.testing import Authenticator, cbor, passkeys
from sansio_tl.testing.passkeys import CeremonyError, Passkey
from tests.helpers.entropy import SeededEntropy

OPTIONS = passkeys.registration_options(b"challenge", "2:7", "Ada", [])


def authenticator() -> Authenticator:
    return Authenticator(SeededEntropy("device"))


def test_same_entropy_gives_the_same_credentials() -> None:
    one, other = authenticator(), authenticator()
    assert one.create(OPTIONS) == other.create(OPTIONS)
    login = passkeys.login_options(b"challenge")
    assert one.get(login) == other.get(login)


def test_registration_options_follow_the_standard() -> None:
    reported = json.loads(passkeys.registration_options(b"\xff\xfe", "2:7", "Ada", ["known"]))["publicKey"]
    assert reported["challenge"] == "__4"
    assert passkeys.from_base64(reported["user"]["id"]) == b"2:7"
    assert {known["alg"] for known in reported["pubKeyCredParams"]} == {-7, -8}
    assert reported["excludeCredentials"] == [{"type": "public-key", "id": "known"}]


def test_assertion_signed_with_ecdsa_p256_is_verified() -> None:
    """What most authenticators of hardware sign with."""
    private = ec.derive_private_key(12345, ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
    passkey = Passkey("id", cose, "Passkey", 0.0)
    data = sha256(passkeys.RELYING_PARTY.encode()).digest() + b"\x05" + bytes(4)
    client_data = json.dumps({"type": "webauthn.get"})
    signature = private.sign(data + sha256(client_data.encode()).digest(), ec.ECDSA(SHA256()))
    assert passkeys.check_assertion(passkey, client_data, data, signature) == 0
    with pytest.raises(CeremonyError, match="signature"):
        passkeys.check_assertion(passkey, client_data + " ", data, signature)


def test_assertion_without_user_presence_or_relying_party_is_refused() -> None:
    device = authenticator()
    created = device.create(OPTIONS)
    key, counter = passkeys.read_attestation(created.credential_id, created.attestation)
    passkey = Passkey(created.credential_id, key, "Passkey", 0.0, counter)
    reported = device.get(passkeys.login_options(b"challenge"))
    absent = reported.authenticator_data[:32] + b"\0" + reported.authenticator_data[33:]
    with pytest.raises(CeremonyError, match="not present"):
        passkeys.check_assertion(passkey, reported.client_data, absent, reported.signature)
    elsewhere = bytes(32) + reported.authenticator_data[32:]
    with pytest.raises(CeremonyError, match="relying party"):
        passkeys.check_assertion(passkey, reported.client_data, elsewhere, reported.signature)


def test_attestation_whose_flags_announce_no_credential_is_refused() -> None:
    created = authenticator().create(OPTIONS)
    reported = cbor.decode(created.attestation)
    data = reported["authData"]
    for flags, is_good in ((data[32], True), (data[32] & ~0x40, False)):
        attestation = cbor.encode(reported | {"authData": data[:32] + bytes([flags]) + data[33:]})
        if is_good:
            assert attestation == created.attestation
        else:
            with pytest.raises(CeremonyError, match="no credential"):
                passkeys.read_attestation(created.credential_id, attestation)


def test_client_data_of_another_ceremony_type_is_refused() -> None:
    created = authenticator().create(OPTIONS)
    with pytest.raises(CeremonyError, match="another kind"):
        passkeys.check_client_data(created.client_data, "webauthn.get", frozenset({passkeys.ORIGIN}))
    assert passkeys.challenge_of(created.client_data) == b"challenge"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"challenge":1}', '{"challenge":"\\u00e9"}', '{"challenge":"a"}'])
def test_client_data_without_a_challenge_is_refused(text: str) -> None:
    with pytest.raises(CeremonyError):
        passkeys.challenge_of(text)


def test_keys_of_other_kinds_are_refused() -> None:
    head = sha256(passkeys.RELYING_PARTY.encode()).digest() + b"\x41" + bytes(4) + bytes(16)
    keys: tuple[object, ...] = ({1: 3, 3: -257}, [], 7)
    for key in keys:
        data = head + (2).to_bytes(2, "big") + b"id" + cbor.encode(key)
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        with pytest.raises(CeremonyError, match="another kind"):
            passkeys.read_attestation(passkeys.to_base64(b"id"), attestation)


@given(st.binary(max_size=120))
def test_random_attestation_is_refused(data: bytes) -> None:
    with pytest.raises(CeremonyError):
        passkeys.read_attestation("id", data)


def test_authenticator_without_a_passkey_raises() -> None:
    with pytest.raises(CeremonyError):
        authenticator().get(passkeys.login_options(b"challenge"))


def test_reprs_of_credentials_show_no_secret() -> None:
    device = authenticator()
    created = device.create(OPTIONS)
    reported = device.get(passkeys.login_options(b"challenge"))
    passkey = Passkey(created.credential_id, {3: -8}, "Passkey", 0.0)
    for secret in (created.credential_id, reported.client_data, repr(reported.signature)):
        assert secret not in repr((created, reported, passkey, device))


def test_options_have_exactly_what_a_browser_needs() -> None:
    assert json.loads(passkeys.login_options(b"\xff\xfe")) == {
        "publicKey": {
            "challenge": "__4",
            "timeout": 60_000,
            "rpId": "telegram.org",
            "allowCredentials": [],
            "userVerification": "required",
        }
    }
    assert json.loads(passkeys.registration_options(b"\xff\xfe", "2:7", "Ada", [])) == {
        "publicKey": {
            "challenge": "__4",
            "timeout": 60_000,
            "rp": {"id": "telegram.org", "name": "Telegram"},
            "user": {"id": "Mjo3", "name": "Ada", "displayName": "Ada"},
            "pubKeyCredParams": [{"type": "public-key", "alg": -8}, {"type": "public-key", "alg": -7}],
            "excludeCredentials": [],
            "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
            "attestation": "none",
        }
    }


def test_authenticator_responses_follow_the_standard() -> None:
    """Web Authentication 6.1: the parts of authenticator data, at their places."""
    device = authenticator()
    with pytest.raises(CeremonyError, match="holds no passkey"):
        device.get(passkeys.login_options(b"challenge"))
    created = device.create(OPTIONS)
    assert json.loads(created.client_data) == {
        "type": "webauthn.create",
        "challenge": passkeys.to_base64(b"challenge"),
        "origin": "https://telegram.org",
        "crossOrigin": False,
    }
    reported = cbor.decode(created.attestation)
    data = reported["authData"]
    assert reported == {"fmt": "none", "attStmt": {}, "authData": data}
    raw_id = passkeys.from_base64(created.credential_id)
    assert len(raw_id) == 16
    assert data[:55] == sha256(b"telegram.org").digest() + b"\x45" + bytes((0, 0, 0, 1)) + bytes(16) + b"\0\x10"
    assert data[55:71] == raw_id
    key = cbor.decode(data[71:])
    assert key == {1: 1, 3: -8, -1: 6, -2: key[-2]}
    assert passkeys.read_attestation(created.credential_id, created.attestation) == (key, 1)
    used = device.get(passkeys.login_options(b"other"))
    assert used.authenticator_data == sha256(b"telegram.org").digest() + b"\x05" + bytes((0, 0, 0, 2))
    assert (used.credential_id, used.user_handle) == (created.credential_id, "2:7")
    assert json.loads(used.client_data)["type"] == "webauthn.get"


@pytest.mark.parametrize(
    ("before", "now", "fits"), [(0, 0, True), (0, 1, True), (1, 0, False), (2, 2, False), (2, 3, True), (3, 2, False)]
)
def test_counter_that_does_not_rise_is_refused_unless_zero(before: int, now: int, *, fits: bool) -> None:
    device = authenticator()
    created = device.create(OPTIONS)
    key, _ = passkeys.read_attestation(created.credential_id, created.attestation)
    device.counter = now - 1
    reported = device.get(passkeys.login_options(b"challenge"))
    passkey = Passkey(created.credential_id, key, "Passkey", 0.0, before)
    if fits:
        assert (
            passkeys.check_assertion(passkey, reported.client_data, reported.authenticator_data, reported.signature)
            == now
        )
    else:
        with pytest.raises(CeremonyError, match="counter"):
            passkeys.check_assertion(passkey, reported.client_data, reported.authenticator_data, reported.signature)


@pytest.mark.parametrize("size", range(20))
def test_base64_of_any_length_can_be_read(size: int) -> None:
    data = b"\xfb\xff\xfe" * 7
    assert passkeys.from_base64(passkeys.to_base64(data[:size])) == data[:size]
