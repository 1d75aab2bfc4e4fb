"""`prove_password`: the parameter of methods that require the password, for programs without a flow."""

from __future__ import annotations

from os import urandom

import pytest
from msgspec import structs

from sansio_tl import auth, errors, functions, types
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from tests.helpers.direct_client import DirectClient

NUMBER, PASSWORD = "491700000001", "secret"


def logged_in() -> DirectClient:
    client = DirectClient()
    client.log_in_with_password(NUMBER, PASSWORD)
    return client


def challenge(client: DirectClient) -> types.account.Password:
    return client.call(functions.account.GetPassword())


@pytest.mark.parametrize("password", [PASSWORD, PASSWORD.encode()])
def test_proof_is_accepted_once(password: str | bytes) -> None:
    client = logged_in()
    proof = auth.prove_password(challenge(client), password, urandom)
    query = functions.account.GetPasswordSettings(proof)
    assert isinstance(client.call(query), types.account.PasswordSettings)
    assert isinstance(client.error_of(query), errors.SrpIdInvalid)


def test_proof_of_a_wrong_password_is_refused() -> None:
    client = logged_in()
    proof = auth.prove_password(challenge(client), "another", urandom)
    assert isinstance(client.error_of(functions.account.GetPasswordSettings(proof)), errors.PasswordHashInvalid)


def test_account_without_a_password_has_an_empty_proof() -> None:
    client = DirectClient()
    client.log_in()
    assert auth.prove_password(challenge(client), PASSWORD, urandom) == types.InputCheckPasswordEmpty()


def test_proof_for_unsafe_numbers_is_not_made() -> None:
    asked = challenge(logged_in())
    unsafe = structs.replace(asked, srp_B=b"\0" * 256)
    with pytest.raises(RemoteProtocolError, match="HS20"):
        auth.prove_password(unsafe, PASSWORD, urandom)
    unknown = structs.replace(asked, current_algo=types.PasswordKdfAlgoUnknown())
    with pytest.raises(LocalProtocolError, match="no password to prove"):
        auth.prove_password(unknown, PASSWORD, urandom)
