from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import Authenticator, Cluster
from sansio_tl.testing.passkeys import Assertion, Created, to_base64
from tests.helpers.direct_client import PHONE_KEY, TABLET_KEY, DirectClient, is_known_for
from tests.helpers.entropy import SeededEntropy

INIT_LOGIN = functions.auth.InitPasskeyLogin(1, "hash")
INIT_REGISTRATION = functions.account.InitPasskeyRegistration()


def register(created: Created, **changes: Any) -> functions.account.RegisterPasskey:
    fields: dict[str, Any] = {"id": created.credential_id, "raw_id": created.credential_id}
    response = types.InputPasskeyResponseRegister(types.DataJSON(created.client_data), created.attestation)
    return functions.account.RegisterPasskey(
        types.InputPasskeyCredentialPublicKey(**fields | {"response": response} | changes)
    )


def finish(reported: Assertion, **elsewhere: Any) -> functions.auth.FinishPasskeyLogin:
    response = types.InputPasskeyResponseLogin(
        types.DataJSON(reported.client_data), reported.authenticator_data, reported.signature, reported.user_handle
    )
    credential = types.InputPasskeyCredentialPublicKey(reported.credential_id, reported.credential_id, response)
    return functions.auth.FinishPasskeyLogin(credential, **elsewhere)


def registered(client: DirectClient, authenticator: Authenticator, key_id: bytes = PHONE_KEY) -> types.Passkey:
    options = client.call(INIT_REGISTRATION, key_id)
    return client.call(register(authenticator.create(options.options.data)), key_id)


def device() -> Authenticator:
    return Authenticator(SeededEntropy("authenticator"))


def test_passkey_registered_on_one_device_logs_in_another() -> None:
    client, phone = DirectClient(), device()
    account = client.log_in()
    passkey = registered(client, phone)
    assert (passkey.name, passkey.last_usage_date) == ("Passkey 1", None)
    assert client.call(functions.account.GetPasskeys()) == types.account.Passkeys([passkey])
    reported = phone.get(client.call(INIT_LOGIN, TABLET_KEY).options.data)
    assert reported.user_handle == f"2:{account.id}"
    result = client.call(finish(reported), TABLET_KEY)
    assert isinstance(result, types.auth.Authorization)
    assert result.user.id == account.id
    (used,) = client.call(functions.account.GetPasskeys()).passkeys
    assert used.last_usage_date == int(client.now)


def test_passkey_challenge_is_valid_once_and_for_its_key_only() -> None:
    client, phone = DirectClient(), device()
    client.log_in()
    options = client.call(INIT_REGISTRATION).options.data
    query = register(phone.create(options))
    client.call(query)
    assert isinstance(client.error_of(query), errors.CredentialInvalid)
    query2 = register(phone.create(options))
    assert isinstance(client.error_of(query2), errors.CredentialInvalid)
    login = finish(phone.get(client.call(INIT_LOGIN, TABLET_KEY).options.data))
    error = client.error_of(login)
    assert isinstance(error, errors.CredentialInvalid), "it was given to the tablet"
    assert is_known_for(error, login)


def test_passkey_challenge_expires() -> None:
    client, phone = DirectClient(), device()
    client.log_in()
    registered(client, phone)
    login = finish(phone.get(client.call(INIT_LOGIN, TABLET_KEY).options.data))
    client.now += 299.9
    later = finish(phone.get(client.call(INIT_LOGIN, TABLET_KEY).options.data))
    client.now += 0.1
    error = client.error_of(login, TABLET_KEY)
    assert isinstance(error, errors.PasskeyChallengeExpired)
    assert is_known_for(error, login)
    assert isinstance(client.error_of(login, TABLET_KEY), errors.CredentialInvalid), "it is forgotten"
    assert isinstance(client.call(later, TABLET_KEY), types.auth.Authorization)


def test_expired_challenge_of_another_device_is_not_told_from_an_unknown_one() -> None:
    client, phone = DirectClient(), device()
    client.log_in()
    registered(client, phone)
    login = finish(phone.get(client.call(INIT_LOGIN, TABLET_KEY).options.data))
    client.now += 300
    assert isinstance(client.error_of(login), errors.CredentialInvalid)


def test_passkey_with_an_algorithm_that_was_not_offered_is_refused() -> None:
    client, phone = DirectClient(), device()
    client.log_in()
    created = phone.create(client.call(INIT_REGISTRATION).options.data)
    # The label of the algorithm, 3, with EdDSA (-8) or ES256 (-7), becomes RS256 (-257).
    offered = next(each for each in (b"\x03\x27", b"\x03\x26") if each in created.attestation)
    other = created.attestation.replace(offered, b"\x03\x2f", 1)
    query = register(replace(created, attestation=other))
    error = client.error_of(query)
    assert isinstance(error, errors.PasskeyAlgoritmUnsupported)
    assert is_known_for(error, query)
    assert client.call(functions.account.GetPasskeys()).passkeys == []


@pytest.mark.parametrize("field", ["signature", "authenticator_data", "user_handle", "credential_id", "client_data"])
def test_assertion_with_any_changed_field_is_refused(field: str) -> None:
    client, phone = DirectClient(), device()
    client.log_in()
    registered(client, phone)
    reported = phone.get(client.call(INIT_LOGIN, TABLET_KEY).options.data)
    value: Any = getattr(reported, field)
    wrong: Any = value[:-1] + (b"\0" if isinstance(value, bytes) else "?") if field != "client_data" else "{}"
    error = client.error_of(finish(replace(reported, **{field: wrong})), TABLET_KEY)
    assert isinstance(error, errors.CredentialInvalid)


def test_ceremonies_of_another_origin_are_refused() -> None:
    client, phone = DirectClient(), device()
    unknown = Authenticator(SeededEntropy("stranger"), origin="https://elsewhere.example")
    client.log_in()
    query = register(unknown.create(client.call(INIT_REGISTRATION).options.data))
    error = client.error_of(query)
    assert isinstance(error, errors.PasskeyOriginMismatch)
    assert is_known_for(error, query)
    registered(client, phone)
    same = Authenticator(SeededEntropy("authenticator"), origin="https://elsewhere.example")
    same.create(client.call(INIT_REGISTRATION).options.data)
    login = finish(same.get(client.call(INIT_LOGIN, TABLET_KEY).options.data))
    error = client.error_of(login, TABLET_KEY)
    assert isinstance(error, errors.PasskeyOriginMismatch)
    assert is_known_for(error, login)


def test_passkey_with_a_repeated_counter_is_refused() -> None:
    client, phone = DirectClient(), device()
    client.log_in()
    registered(client, phone)
    phone.counter = 0
    login = finish(phone.get(client.call(INIT_LOGIN, TABLET_KEY).options.data))
    assert isinstance(client.error_of(login, TABLET_KEY), errors.CredentialInvalid)


def test_attestation_of_another_credential_is_refused() -> None:
    client, phone = DirectClient(), device()
    client.log_in()
    created = phone.create(client.call(INIT_REGISTRATION).options.data)
    query = register(created, id=to_base64(b"another"))
    error = client.error_of(query)
    assert isinstance(error, errors.CredentialInvalid)
    assert is_known_for(error, query)
    for wrong in (b"", b"\xff", created.attestation[:-1], created.attestation + b"\0"):
        created = phone.create(client.call(INIT_REGISTRATION).options.data)
        assert isinstance(client.error_of(register(replace(created, attestation=wrong))), errors.CredentialInvalid)


def test_registered_credential_cannot_be_registered_again() -> None:
    client = DirectClient()
    client.log_in()
    first = registered(client, device())
    created = device().create(client.call(INIT_REGISTRATION).options.data)
    assert created.credential_id == first.id
    assert isinstance(client.error_of(register(created)), errors.CredentialInvalid)
    assert client.call(functions.account.GetPasskeys()).passkeys == [first]
    registered(client, Authenticator(SeededEntropy("another")))
    assert len(client.call(functions.account.GetPasskeys()).passkeys) == 2


def test_registration_with_the_response_of_a_login_is_refused() -> None:
    client, phone = DirectClient(), device()
    client.log_in()
    created = phone.create(client.call(INIT_REGISTRATION).options.data)
    response = types.InputPasskeyResponseLogin(types.DataJSON(created.client_data), b"", b"", "2:1")
    assert isinstance(client.error_of(register(created, response=response)), errors.CredentialInvalid)
    assert client.call(functions.account.GetPasskeys()).passkeys == []


def test_passkey_login_requires_the_password() -> None:
    client, phone = DirectClient(), device()
    client.log_in_with_password("491700000001", "secret")
    registered(client, phone)
    login = finish(phone.get(client.call(INIT_LOGIN, TABLET_KEY).options.data))
    error = client.error_of(login, TABLET_KEY)
    assert isinstance(error, errors.SessionPasswordNeeded)
    assert is_known_for(error, login)


def test_passkey_login_begun_at_another_data_center_finishes_at_home() -> None:
    cluster, phone = Cluster(), device()
    here, home = DirectClient(cluster=cluster), DirectClient(cluster=cluster, dc_id=4)
    account = home.log_in("9996640001", "44444")
    registered(home, phone)
    reported = phone.get(here.call(INIT_LOGIN, TABLET_KEY).options.data)
    assert reported.user_handle.startswith("4:")
    error = here.error_of(finish(reported), TABLET_KEY)
    assert isinstance(error, errors.UserMigrate)
    assert error.dc == 4
    assert isinstance(home.error_of(finish(reported), b"tablet 4"), errors.CredentialInvalid), (
        "it does not say where from"
    )
    reported = phone.get(here.call(INIT_LOGIN, TABLET_KEY).options.data)
    key_id = int.from_bytes(TABLET_KEY, "little", signed=True)
    result = home.call(finish(reported, from_dc_id=2, from_auth_key_id=key_id), b"tablet 4")
    assert isinstance(result, types.auth.Authorization)
    assert result.user.id == account.id


def test_deleted_passkey_is_refused() -> None:
    client, phone = DirectClient(), device()
    client.log_in()
    passkey = registered(client, phone)
    assert client.call(functions.account.DeletePasskey(passkey.id)) is True
    assert client.call(functions.account.DeletePasskey(passkey.id)) is False
    login = finish(phone.get(client.call(INIT_LOGIN, TABLET_KEY).options.data))
    assert isinstance(client.error_of(login, TABLET_KEY), errors.CredentialInvalid)


def test_new_sessions_cannot_register_a_passkey() -> None:
    client = DirectClient(fresh_session=86_400.0)
    client.log_in()
    error = client.error_of(INIT_REGISTRATION)
    assert isinstance(error, errors.FreshResetAuthorisationForbidden)
    assert is_known_for(error, INIT_REGISTRATION)
    client.now += 86_400
    client.call(INIT_REGISTRATION)


def test_passkey_methods_require_a_login_and_a_known_application() -> None:
    client = DirectClient()
    client.log_in()
    assert isinstance(client.error_of(INIT_REGISTRATION, TABLET_KEY), errors.AuthKeyUnregistered)
    assert isinstance(client.error_of(functions.auth.InitPasskeyLogin(0, "hash")), errors.ApiIdInvalid)
