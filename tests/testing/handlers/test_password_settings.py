from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.crypto import srp
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.testing import AddressVerified, MailPurpose, PasswordChanged
from sansio_tl.testing.passwords import algorithm
from tests.helpers.direct_client import NOW, TABLET_KEY, DirectClient, is_known_for, prove

GUARDED = "9996620107"
ADDRESS = "ada@example.org"
EMPTY = types.InputCheckPasswordEmpty()
OWN_SALT = b"c" * 32
Update = functions.account.UpdatePasswordSettings
Settings = types.account.PasswordInputSettings
Get = functions.account.GetPassword


@cache
def verifier(password: str, salt1: bytes, salt2: bytes) -> bytes:
    algo = algorithm(salt1, salt2)
    return srp.verifier(password, salt1=salt1, salt2=salt2, g=algo.g, p=algo.p)


def new_password(client: DirectClient, password: str, **changes: Any) -> types.account.PasswordInputSettings:
    """Settings for a new password, with the salts that the data center proposes."""
    algo = client.call(Get()).new_algo
    assert isinstance(algo, types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow)
    salt1 = algo.salt1 + OWN_SALT
    fields: dict[str, Any] = {
        "new_algo": algorithm(salt1, algo.salt2),
        "new_password_hash": verifier(password, salt1, algo.salt2),
        "hint": "a hint",
    }
    return Settings(**fields | changes)


def current(client: DirectClient, password: str) -> types.TypeInputCheckPasswordSRP:
    return prove(password, client.call(Get())).password


def log_in_guarded(client: DirectClient) -> Any:
    """A user who has the password `password`."""
    sent = client.send_code(GUARDED)
    client.error_of(functions.auth.SignIn(GUARDED, sent.phone_code_hash, "22222"))
    client.call(functions.auth.CheckPassword(current(client, "password")))
    client.events()
    return client.data_center.accounts.with_number(GUARDED)


def test_first_password_is_set() -> None:
    client = DirectClient()
    account = client.log_in()
    assert client.call(Update(EMPTY, new_password(client, "secret"))) is True
    assert PasswordChanged(account.id, is_set=True) in client.events()
    reported = client.call(Get())
    assert (reported.has_password, reported.hint, reported.has_recovery) == (True, "a hint", False)
    assert client.call(functions.account.GetPasswordSettings(current(client, "secret"))).email is None


def test_parameters_of_a_password_are_those_of_the_official_group() -> None:
    client = DirectClient()
    log_in_guarded(client)
    reported = client.call(Get())
    for algo in (reported.current_algo, reported.new_algo):
        assert isinstance(algo, types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow)
        assert (algo.g, algo.p) == (3, KNOWN_PRIME.to_bytes(256, "big"))


def test_password_change_requires_the_old_password() -> None:
    client = DirectClient()
    log_in_guarded(client)
    settings = new_password(client, "secret")
    query = Update(EMPTY, settings)
    error = client.error_of(query)
    assert isinstance(error, errors.PasswordHashInvalid)
    assert is_known_for(error, query)
    settings = new_password(client, "secret")
    reported = client.call(Get())
    algo = reported.new_algo
    assert isinstance(algo, types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow)
    salt1 = algo.salt1 + OWN_SALT
    settings = Settings(
        new_algo=algorithm(salt1, algo.salt2), new_password_hash=verifier("secret", salt1, algo.salt2), hint=""
    )
    assert client.call(Update(prove("password", reported).password, settings)) is True
    assert client.call(Get()).hint is None
    client.call(functions.account.GetPasswordSettings(current(client, "secret")))
    old = client.error_of(functions.account.GetPasswordSettings(current(client, "password")))
    assert isinstance(old, errors.PasswordHashInvalid)


def test_password_is_removed() -> None:
    client = DirectClient()
    account = log_in_guarded(client)
    account.two_step.email = ADDRESS
    client.error_of(Update(current(client, "password"), Settings(email="new@example.org")))
    pending = client.last_mail().code
    settings = Settings(new_algo=types.PasswordKdfAlgoUnknown(), new_password_hash=b"", hint="")
    assert client.call(Update(current(client, "password"), settings)) is True
    assert PasswordChanged(account.id, is_set=False) in client.events()
    reported = client.call(Get())
    assert (reported.has_password, reported.has_recovery, reported.current_algo) == (False, False, None)
    assert reported.email_unconfirmed_pattern is None
    assert isinstance(client.error_of(functions.account.ConfirmPasswordEmail(pending)), errors.EmailHashExpired)


@pytest.mark.parametrize(
    ("changes", "rpc_error"),
    [
        ({"new_algo": algorithm(b"x" * 40, b"y" * 8)}, errors.NewSaltInvalid),
        ({"new_password_hash": b"short"}, errors.NewSettingsInvalid),
        ({"new_password_hash": bytes(255) + b"\1"}, errors.NewSettingsInvalid),
        ({"new_password_hash": b"\xff" * 256}, errors.NewSettingsInvalid),
        ({"hint": "x" * 4096}, errors.NewSettingsInvalid),
        ({"email": "x" * 4096 + "@example.org"}, errors.NewSettingsInvalid),
    ],
)
def test_invalid_new_password_settings_are_refused(changes: dict[str, Any], rpc_error: type[errors.RpcError]) -> None:
    client = DirectClient()
    client.log_in()
    query = Update(EMPTY, new_password(client, "secret", **changes))
    error = client.error_of(query)
    assert isinstance(error, rpc_error)
    assert is_known_for(error, query)


def test_new_salt_without_enough_random_bytes_of_the_client_is_refused() -> None:
    client = DirectClient()
    client.log_in()
    algo = client.call(Get()).new_algo
    assert isinstance(algo, types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow)
    for own in (b"", OWN_SALT[:-1]):
        settings = Settings(
            new_algo=algorithm(algo.salt1 + own, algo.salt2), new_password_hash=b"\1" + bytes(255), hint=""
        )
        assert isinstance(client.error_of(Update(EMPTY, settings)), errors.NewSaltInvalid)


def test_empty_password_settings_are_refused() -> None:
    client = DirectClient()
    client.log_in()
    error = client.error_of(Update(EMPTY, Settings()))
    assert isinstance(error, errors.NewSettingsEmpty)
    assert isinstance(client.error_of(Update(EMPTY, Settings(email=ADDRESS))), errors.NewSettingsInvalid)


def test_first_password_is_set_after_its_recovery_address_is_confirmed() -> None:
    client = DirectClient()
    account = client.log_in()
    query = Update(EMPTY, new_password(client, "secret", email=ADDRESS))
    error = client.error_of(query)
    assert isinstance(error, errors.EmailUnconfirmed)
    assert error.text == "EMAIL_UNCONFIRMED_6"
    assert is_known_for(error, query)
    reported = client.call(Get())
    assert (reported.has_password, reported.email_unconfirmed_pattern) == (False, "a***a@example.org")
    mailed = client.last_mail()
    assert (mailed.address, mailed.purpose) == (ADDRESS, MailPurpose.RECOVERY_ADDRESS)
    confirm = functions.account.ConfirmPasswordEmail
    wrong = client.error_of(confirm("000000"))
    assert isinstance(wrong, errors.CodeInvalid)
    assert is_known_for(wrong, confirm("000000"))
    assert client.call(confirm(mailed.code)) is True
    assert AddressVerified(account.id, MailPurpose.RECOVERY_ADDRESS) in client.events()
    reported = client.call(Get())
    assert (reported.has_password, reported.has_recovery, reported.email_unconfirmed_pattern) == (True, True, None)
    assert client.call(functions.account.GetPasswordSettings(current(client, "secret"))).email == ADDRESS


def test_new_recovery_address_is_set_after_its_confirmation() -> None:
    client = DirectClient()
    account = log_in_guarded(client)
    error = client.error_of(Update(current(client, "password"), Settings(email=ADDRESS)))
    assert isinstance(error, errors.EmailUnconfirmed)
    assert client.call(Get()).has_password
    assert account.two_step.email is None
    first = client.last_mail().code
    assert client.call(functions.account.ResendPasswordEmail()) is True
    assert client.last_mail().code == first, "sandbox numbers have one code"
    assert client.call(functions.account.ConfirmPasswordEmail(first)) is True
    assert account.two_step.email == ADDRESS


@pytest.mark.parametrize(
    "query",
    [
        functions.account.ConfirmPasswordEmail("000000"),
        functions.account.ResendPasswordEmail(),
        functions.account.CancelPasswordEmail(),
    ],
)
def test_recovery_address_methods_without_a_pending_address_are_refused(query: Any) -> None:
    client = DirectClient()
    client.log_in()
    error = client.error_of(query)
    assert isinstance(error, errors.EmailHashExpired)
    assert is_known_for(error, query)


def test_cancel_password_email_drops_the_pending_password() -> None:
    client = DirectClient()
    client.log_in()
    client.error_of(Update(EMPTY, new_password(client, "secret", email=ADDRESS)))
    code = client.last_mail().code
    assert client.call(functions.account.CancelPasswordEmail()) is True
    assert isinstance(client.error_of(functions.account.ConfirmPasswordEmail(code)), errors.EmailHashExpired)
    assert not client.call(Get()).has_password


def test_recovery_address_code_expires_and_can_be_resent() -> None:
    client = DirectClient()
    client.log_in()
    client.error_of(Update(EMPTY, new_password(client, "secret", email=ADDRESS)))
    code = client.last_mail().code
    client.now = NOW + 300
    assert isinstance(client.error_of(functions.account.ConfirmPasswordEmail(code)), errors.EmailHashExpired)
    assert client.call(functions.account.ResendPasswordEmail()) is True
    assert client.call(functions.account.ConfirmPasswordEmail(client.last_mail().code)) is True


@pytest.mark.parametrize(
    ("address", "rpc_error"), [("ada", errors.EmailInvalid), ("a@not-allowed.example", errors.EmailNotAllowed)]
)
def test_invalid_recovery_address_is_refused(address: str, rpc_error: type[errors.RpcError]) -> None:
    client = DirectClient()
    client.log_in()
    assert isinstance(client.error_of(Update(EMPTY, new_password(client, "secret", email=address))), rpc_error)
    assert not client.call(Get()).has_password


def test_secure_settings_are_returned_with_the_password() -> None:
    client = DirectClient()
    log_in_guarded(client)
    secret = types.SecureSecretSettings(types.SecurePasswordKdfAlgoSHA512(b"salt"), b"secret", 7)
    assert client.call(Update(current(client, "password"), Settings(new_secure_settings=secret))) is True
    assert client.call(Get()).has_secure_values
    reported = client.call(functions.account.GetPasswordSettings(current(client, "password")))
    assert reported.secure_settings == secret


def test_temporary_password_requires_the_password_and_has_a_bounded_lifetime() -> None:
    client = DirectClient()
    log_in_guarded(client)
    reported = client.call(functions.account.GetTmpPassword(current(client, "password"), 3600))
    assert reported.valid_until == int(NOW) + 3600
    assert len(reported.tmp_password) == 16
    for period, life in ((1, 60), (10**9, 86_400)):
        reported = client.call(functions.account.GetTmpPassword(current(client, "password"), period))
        assert reported.valid_until == int(NOW) + life
    query = functions.account.GetTmpPassword(current(client, "wrong"), 3600)
    error = client.error_of(query)
    assert isinstance(error, errors.PasswordHashInvalid)
    assert is_known_for(error, query)


def test_temporary_password_without_a_password_is_refused() -> None:
    client = DirectClient()
    client.log_in()
    query = functions.account.GetTmpPassword(EMPTY, 3600)
    error = client.error_of(query)
    assert isinstance(error, errors.TmpPasswordDisabled)
    assert is_known_for(error, query)


def test_stored_password_settings_are_bounded_in_size() -> None:
    """Anyone can have a sandbox account, and each keeps its hint, its salt, its address and its secret."""
    client = DirectClient()
    account = client.log_in()
    error = client.error_of(Update(EMPTY, new_password(client, "secret", hint="h" * 256)))
    assert isinstance(error, errors.NewSettingsInvalid)
    settings = new_password(client, "secret")
    assert isinstance(settings.new_algo, types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow)
    long = algorithm(settings.new_algo.salt1 + bytes(300), settings.new_algo.salt2)
    changed = Settings(new_algo=long, new_password_hash=settings.new_password_hash, hint="")
    assert isinstance(client.error_of(Update(EMPTY, changed)), errors.NewSaltInvalid)
    far = new_password(client, "secret", email=f"a@{'b' * 260}.org")
    assert isinstance(client.error_of(Update(EMPTY, far)), errors.EmailInvalid)
    for algo, secret in ((b"salt", bytes(5_000)), (bytes(5_000), b"secret")):
        passport = types.SecureSecretSettings(types.SecurePasswordKdfAlgoSHA512(algo), secret, 7)
        refused = client.error_of(Update(EMPTY, Settings(new_secure_settings=passport)))
        assert isinstance(refused, errors.NewSettingsInvalid)
    assert (account.password, account.two_step.secure, account.two_step.unconfirmed) == (None, None, None)
    assert client.call(Update(EMPTY, new_password(client, "secret", hint="h" * 255))) is True


def test_new_password_with_a_new_address_counts_at_once() -> None:
    client = DirectClient()
    account = log_in_guarded(client)
    reported = client.call(Get())  # both the challenge and the salts
    algo = reported.new_algo
    assert isinstance(algo, types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow)
    salt1 = algo.salt1 + OWN_SALT
    proposed = algorithm(salt1, algo.salt2)
    settings = Settings(
        new_algo=proposed, new_password_hash=verifier("secret", salt1, algo.salt2), hint="", email=ADDRESS
    )
    error = client.error_of(Update(prove("password", reported).password, settings))
    assert error.text == "EMAIL_UNCONFIRMED_6"
    assert PasswordChanged(account.id, is_set=True) in client.events()
    client.call(functions.account.GetPasswordSettings(current(client, "secret")))
    assert account.two_step.email is None, "the address is pending"


def test_new_password_ends_the_wait_after_wrong_ones_and_a_requested_reset() -> None:
    client = DirectClient(password_tries=2)
    account = log_in_guarded(client)
    account.two_step.email = ADDRESS
    client.call(functions.account.ResetPassword())
    for _ in range(2):
        client.error_of(functions.account.GetPasswordSettings(current(client, "wrong")))
    assert isinstance(
        client.error_of(functions.account.GetPasswordSettings(current(client, "password"))), errors.FloodWait
    )
    client.call(functions.auth.RequestPasswordRecovery())
    code = client.last_mail().code
    settings = new_password(client, "secret")
    client.call(functions.auth.RecoverPassword(code, settings))
    client.call(functions.account.GetPasswordSettings(current(client, "secret")))
    assert client.call(Get()).pending_reset_date is None
    again = client.error_of(functions.auth.RecoverPassword(code))
    assert isinstance(again, errors.PasswordRecoveryExpired), "a code is good once"


def test_login_with_the_password_stops_its_reset() -> None:
    client = DirectClient()
    log_in_guarded(client)
    client.call(functions.account.ResetPassword())
    sent = client.send_code(GUARDED, key_id=TABLET_KEY)
    client.error_of(functions.auth.SignIn(GUARDED, sent.phone_code_hash, "22222"), TABLET_KEY)
    client.call(prove("password", client.call(Get(), TABLET_KEY)), TABLET_KEY)
    assert client.call(Get()).pending_reset_date is None
