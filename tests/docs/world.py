"""A data centre for the programs of the documentation, and the people who use them.

What the embedded data centre does not answer yet is answered by an understudy with the plainest value there is, so
that every program is run to its end over a real socket. `missing` says for which methods that is so. The same goes for
what it refuses because the world of the example is not one that this file knows how to set up: `World.improvised`.
"""

from __future__ import annotations

import asyncio
import getpass
import json
import runpy
from collections.abc import Iterable
from os import urandom
from pathlib import Path
from time import time
from typing import Any, TypeVar, cast

import pytest
import trio

from sansio_tl import errors, functions, types
from sansio_tl.connection import Config
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.server import KeyRecord
from sansio_tl.testing import DataCentre, DataCentreConfig
from sansio_tl.testing.handlers.table import HANDLERS
from sansio_tl.tl.objects import Function
from tests.docs.samples import sample_result
from tests.mtproto.fake_server import rsa_key
from transports.sync import serve
from two_step import prove

R = TypeVar("R")

NUMBER, NUMBER_WITH_PASSWORD = "+99966 2 0001", "+99966 2 0101"
CODE, PASSWORD = "22222", "password"


REHEARSED = frozenset(
    {
        "account.changePhone",
        "account.confirmPhone",
        "account.getPassword",
        "account.sendChangePhoneCode",
        "account.sendConfirmPhoneCode",
        "account.sendVerifyPhoneCode",
        "account.verifyPhone",
        "auth.cancelCode",
        "auth.checkPassword",
        "auth.logOut",
        "auth.resendCode",
        "auth.sendCode",
        "auth.signIn",
        "auth.signUp",
        "help.getNearestDc",
        "users.getUsers",
    }
)
"""Methods that the data centre must answer by itself: their examples are typed for its accounts and numbers."""


def missing(names: Iterable[str]) -> list[str]:
    """Those that the embedded data centre does not answer yet."""
    answered = {function.NAME for function in HANDLERS}
    return [name for name in names if name not in answered]


class World(DataCentre):
    """A data centre that answers everything, and remembers what it answered."""

    def __init__(self) -> None:
        super().__init__(DataCentreConfig(private_key=rsa_key()), entropy=urandom, now=time())
        self._served: list[str] = []
        self.improvised: list[str] = []
        self.scripted: dict[str, list[object]] = {}
        """What the understudy answers instead of the plainest value, in order; the last one stays."""

    def call(self, query: Function[Any], *, key_id: bytes, now: float, **more: Any) -> object:
        try:
            result = super().call(query, key_id=key_id, now=now, **more)
        except errors.RpcError:
            if query.NAME in REHEARSED:
                raise
            if type(query) in HANDLERS:
                self.improvised.append(query.NAME)
            result = self._understudy(query)
        self._served.append(query.NAME)
        return result

    def _understudy(self, query: Function[Any]) -> object:
        script = self.scripted.get(query.NAME)
        if not script:
            return sample_result(type(query))
        return script.pop(0) if len(script) > 1 else script[0]

    @property
    def served(self) -> list[str]:
        """The methods that were answered and not refused, in order."""
        return list(self._served)

    def ask(self, function: Function[R], key: AuthKey) -> R:
        """Call a method without a link."""
        return cast("R", self.call(function, key_id=key.id, now=time()))

    def let_in(self, number: str = NUMBER) -> AuthKey:
        """The auth key of somebody who is logged in."""
        key = AuthKey(urandom(256))
        self._keys[key.id] = KeyRecord(key, 7, created_at=time())
        sent = self.ask(functions.auth.SendCode(number, 1, "hash", types.CodeSettings()), key)
        assert isinstance(sent, types.auth.SentCode)
        try:
            self.ask(functions.auth.SignIn(number, sent.phone_code_hash, CODE), key)
        except errors.SessionPasswordNeeded:
            proof = prove(self.ask(functions.account.GetPassword(), key), PASSWORD)
            self.ask(functions.auth.CheckPassword(proof), key)
        self._served.clear()
        return key

    def run(self, program: Path, adapter: str, typed: Iterable[str], **given: Any) -> None:
        """Run a program of the documentation as a person who types this would; all of it must be asked for.

        Settings of `main` beside the address and the configuration are `given`.
        """
        waiting = list(typed)

        def type_in(prompt: str = "") -> str:
            assert waiting, f"nobody knows what to type for {prompt!r}"
            return waiting.pop(0)

        with pytest.MonkeyPatch.context() as patch, serve(self) as server:
            patch.setattr("builtins.input", type_in)
            patch.setattr(getpass, "getpass", type_in)
            main = runpy.run_path(str(program))["main"]
            arguments = (server.address, Config(api_id=1, public_keys=(self.public_key,)), *given.values())
            match adapter:
                case "sync":
                    main(*arguments)
                case "asyncio":
                    asyncio.run(main(*arguments))
                case "trio":
                    trio.run(main, *arguments)
        assert not waiting, f"{waiting} was never asked for"


def filled(typed: str, world: World, unique: int) -> str:
    """What stands for {...} in docs/methods.toml."""
    ceremony = {
        "id": "AQID",
        "clientDataJSON": "{}",
        "authenticatorData": "AQID",
        "attestationObject": "AQID",
        "signature": "AQID",
        "userHandle": "2:1000001",
    }
    words = {
        "home": "2",
        "unique": f"{unique:02}",
        "code": CODE,
        "number with recovery": NUMBER_WITH_PASSWORD,
        "number with e-mail": NUMBER,
        "QR link": "tg://login?token=AQID",
        "foreign QR link": "tg://login?token=AQID",
        "passkey log-in": json.dumps(ceremony),
        "passkey registration": json.dumps(ceremony),
        "exported": json.dumps({"id": 1, "bytes": "0102"}),
    }
    for word, meaning in words.items():
        typed = typed.replace(f"{{{word}}}", meaning)
    return f"123:{typed[1:-1]}" if typed.startswith("{") and typed.endswith("}") and '"' not in typed else typed
