"""Calls a data center's handlers directly with function objects: no connection, and a clock set by the test."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.crypto import srp
from sansio_tl.errors import RpcError
from sansio_tl.testing import Account, Cluster, CodeSent, DataCenter, DataCenterConfig, DataCenterEvent, MailSent
from sansio_tl.tl.objects import Function
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key

R = TypeVar("R")

NOW = 1_700_000_000.0
PHONE = "9996620007"
"""A sandbox number with an account and no password."""
CODE = "22222"
"""The code of every sandbox number of data center 2."""
SETTINGS = types.CodeSettings()
PHONE_KEY = b"phone..."
TABLET_KEY = b"tablet.."


class DirectClient:
    """Calls a data center's handlers for one user with two devices."""

    def __init__(self, *, cluster: Cluster | None = None, seed: str = "desk", **settings: Any) -> None:
        config = DataCenterConfig(private_key=rsa_key(), **settings)
        self.data_center = DataCenter(config, cluster=cluster, entropy=SeededEntropy(seed), now=NOW)
        self.now = NOW

    def call(self, query: Function[R], key_id: bytes = PHONE_KEY, *, wrappers: tuple[Function[Any], ...] = ()) -> R:
        return cast("R", self.data_center.call(query, key_id=key_id, now=self.now, wrappers=wrappers))

    def error_of(self, query: Function[Any], key_id: bytes = PHONE_KEY) -> RpcError:
        """The error that a request is answered with, which the catalogue must know for the method."""
        with pytest.raises(RpcError) as caught:
            self.call(query, key_id)
        assert caught.value.request == query.NAME
        return caught.value

    def events(self) -> list[DataCenterEvent]:
        """Everything that happened since the last time."""
        happened = []
        while (event := self.data_center.next_event()) is not None:
            happened.append(event)
        return happened

    def last_code(self) -> CodeSent:
        return next(event for event in reversed(self.events()) if isinstance(event, CodeSent))

    def last_mail(self) -> MailSent:
        return next(event for event in reversed(self.events()) if isinstance(event, MailSent))

    def send_code(
        self, phone: str = PHONE, settings: types.CodeSettings = SETTINGS, key_id: bytes = PHONE_KEY
    ) -> types.auth.SentCode:
        sent = self.call(send_code(phone, settings), key_id)
        assert isinstance(sent, types.auth.SentCode)
        return sent

    def log_in(self, phone: str = PHONE, code: str = CODE, key_id: bytes = PHONE_KEY) -> Account:
        sent = self.send_code(phone, key_id=key_id)
        result = self.call(functions.auth.SignIn(phone, sent.phone_code_hash, code), key_id)
        assert isinstance(result, types.auth.Authorization)
        account = self.data_center.accounts.with_number(phone)
        assert account is not None
        self.events()
        return account

    def log_in_with_password(self, phone: str, password: str, key_id: bytes = PHONE_KEY) -> Account:
        """Add an account with a password, and log in to it."""
        account = self.data_center.add_account(phone, password=password)
        sent = self.send_code(phone, key_id=key_id)
        sign_in = functions.auth.SignIn(phone, sent.phone_code_hash, self.last_code().code)
        assert isinstance(self.error_of(sign_in, key_id), errors.SessionPasswordNeeded)
        self.call(prove(password, self.call(functions.account.GetPassword(), key_id)), key_id)
        self.events()
        return account


def send_code(phone: str, settings: types.CodeSettings = SETTINGS) -> functions.auth.SendCode:
    return functions.auth.SendCode(phone, 1, "hash", settings)


def prove(password: str, reported: types.account.Password, **changes: Any) -> functions.auth.CheckPassword:
    """Answer account.password."""
    algo = reported.current_algo
    assert isinstance(algo, types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow)
    assert reported.srp_B is not None
    assert reported.srp_id is not None
    proof = srp.proof(
        password,
        salt1=algo.salt1,
        salt2=algo.salt2,
        g=algo.g,
        p=algo.p,
        srp_B=reported.srp_B,
        entropy=SeededEntropy("proof"),
    )
    fields: dict[str, Any] = {"srp_id": reported.srp_id, "A": proof.A, "M1": proof.M1}
    return functions.auth.CheckPassword(types.InputCheckPasswordSRP(**fields | changes))


def is_known_for(error: RpcError, query: Function[Any]) -> bool:
    """Whether the catalogue lists the error for the method, or for any."""
    return isinstance(error, (*errors.errors_of(query.NAME), *errors.ANY_METHOD))
