"""Runs the programs of the documentation: data centers, users, and their input.

A program runs over a real socket, as a reader would run it; `input` and `getpass` are replaced. `requires` in
docs/methods.toml and docs/guides.toml lists what must exist before: a password, another session, a passkey.
"""

from __future__ import annotations

import asyncio
import builtins
import getpass
import json
import re
from base64 import urlsafe_b64encode
from os import urandom
from time import time
from typing import Any, TypeVar, cast

import pytest
import trio

from documented_methods import Example
from sansio_tl import ClientConfig, Config, Endpoint, KeyStore, auth, errors, functions, types
from sansio_tl.auth.qr import qr_link, token_of_link
from sansio_tl.connection.server import KeyRecord
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.session_strings import SavedAccount
from sansio_tl.testing import Account, Authenticator, Cluster, DataCenter, DataCenterConfig
from sansio_tl.testing.passkeys import login_options, registration_options
from sansio_tl.tl.objects import Function
from sansio_tl_transports.sync import serve
from tests.helpers.data_center_state import state_of
from tests.helpers.rsa_key import rsa_key

R = TypeVar("R")

NUMBER, NUMBER_WITH_PASSWORD = "+99966 2 0001", "+99966 2 0101"
CODE, MAILED, PASSWORD = "22222", "222222", "password"


class RecordingDataCenter(DataCenter):
    """A data center that records the methods that it answered with a result."""

    def __init__(self, dc_id: int, cluster: Cluster) -> None:
        config = DataCenterConfig(dc_id=dc_id, private_key=rsa_key())
        self.keys = KeyStore()
        super().__init__(config, cluster=cluster, keys=self.keys, entropy=urandom, now=time())
        self.served: list[str] = []

    def call(self, query: Function[Any], *, key_id: bytes, now: float, **more: Any) -> object:
        result = super().call(query, key_id=key_id, now=now, **more)
        self.served += [query.NAME, *(wrapper.NAME for wrapper in more.get("wrappers", ()))]
        return result

    def ask(self, function: Function[R], key: AuthKey) -> R:
        """Call a method without a connection."""
        return cast("R", self.call(function, key_id=key.id, now=time()))

    def drive(self, flow: auth.Flow[Any], key: AuthKey) -> None:
        """Perform a flow's actions until it needs input."""
        while (action := flow.next_action()) is not None:
            if isinstance(action, auth.Compute):
                flow.receive_computed(action.job())
                continue
            try:
                flow.receive_result(self.ask(action.function, key), now=time())
            except errors.RpcError as error:
                flow.receive_error(error, now=time())

    def new_key(self) -> AuthKey:
        """A key without a login."""
        key = AuthKey(urandom(256))
        self.keys[key.id] = KeyRecord(key, 7, created_at=time())
        return key

    def log_in(self, number: str) -> AuthKey:
        """The key of a logged-in user."""
        key = self.new_key()
        sent = self.ask(functions.auth.SendCode(number, 1, "hash", types.CodeSettings()), key)
        assert isinstance(sent, types.auth.SentCode)
        try:
            self.ask(functions.auth.SignIn(number, sent.phone_code_hash, str(self.config.dc_id) * 5), key)
        except errors.SessionPasswordNeeded:
            proof = auth.prove_password(self.ask(functions.account.GetPassword(), key), PASSWORD, urandom)
            self.ask(functions.auth.CheckPassword(proof), key)
        return key


class ExampleRunner:
    """Two data centers, and a program that runs against the first."""

    def __init__(self, example: Example) -> None:
        cluster = Cluster()
        self.home, self.abroad = RecordingDataCenter(2, cluster), RecordingDataCenter(4, cluster)
        self.example = example
        self.number = NUMBER_WITH_PASSWORD if "password" in example.requires else NUMBER
        self.key = self.home.log_in(self.number) if example.logged_in else None
        self.authenticator = Authenticator(urandom)
        for requirement in example.requires:
            if requirement != "password":
                getattr(self, f"_set_{requirement}")()
        self.home.served.clear()

    # --- requirements -----------------------------------------------------------------------------------------------

    @property
    def logged_in_key(self) -> AuthKey:
        """A key that is logged in to the account: the program's own, or that of another session if it has none."""
        return self.key or self.home.log_in(self.number)

    @property
    def account(self) -> Account:
        account = self.home.accounts.with_number(self.number)
        if account is None:
            self.home.log_in(self.number)
            account = self.home.accounts.with_number(self.number)
        assert account is not None
        return account

    def _set_login_email(self) -> None:
        self.account.login_email = "old@example.org"

    def _set_pending_email(self) -> None:
        flow = auth.PasswordSettings()
        self.home.drive(flow, self.logged_in_key)
        flow.set_password("correct horse", email="ada@example.org", entropy=urandom)
        self.home.drive(flow, self.logged_in_key)
        assert isinstance(flow.prompt, auth.RecoveryEmailCodePrompt)

    def _set_other_session(self) -> None:
        self.home.log_in(self.number)

    def _set_website(self) -> None:
        self.home.add_web_session(self.account, "example.org", self.home.add_bot("1:bot"), now=time())

    def _set_passkey(self) -> None:
        key = self.logged_in_key
        options = self.home.ask(functions.account.InitPasskeyRegistration(), key)
        made = self.authenticator.create(options.options.data)
        response = types.InputPasskeyResponseRegister(types.DataJSON(made.client_data), made.attestation)
        credential = types.InputPasskeyCredentialPublicKey(made.credential_id, made.credential_id, response)
        self.home.ask(functions.account.RegisterPasskey(credential), key)

    # --- input ------------------------------------------------------------------------------------------------------

    def filled(self, typed: str, unique: int) -> str:
        """The input with its {...} replaced."""
        words = {"home": "2", "unique": f"{unique:02}"}
        typed = re.sub(r"\{(home|unique)\}", lambda found: words[found[1]], typed)
        if found := re.fullmatch(r"\{(\w[\w -]*)\}", typed):
            made: str = getattr(self, "_type_" + re.sub(r"\W", "_", found[1]))()
            return made
        return typed

    def _type_play_integrity(self) -> str:
        [code] = state_of(self.home).codes
        return code.proof.hex()

    def _type_QR_link(self) -> str:
        return qr_link(self._shown(self.home, self.home.new_key()))

    def _type_foreign_QR_link(self) -> str:
        device = self.abroad.new_key()
        self.home.ask(functions.auth.AcceptLoginToken(self._shown(self.abroad, device)), self.logged_in_key)
        moved = self.abroad.ask(functions.auth.ExportLoginToken(1, "hash", []), device)
        assert isinstance(moved, types.auth.LoginTokenMigrateTo)
        return qr_link(moved.token)

    def _shown(self, data_center: RecordingDataCenter, device: AuthKey) -> bytes:
        shown = data_center.ask(functions.auth.ExportLoginToken(1, "hash", []), device)
        assert isinstance(shown, types.auth.LoginToken)
        return shown.token

    def _type_bot_token(self) -> str:
        self.home.add_bot("123:token")
        return "123:token"

    def _type_web_token(self) -> str:
        return self.home.make_web_token(self.account, now=time())

    def _type_passkey_login(self) -> str:
        challenge = self.home.cluster.challenges.secrets()[0]
        self._set_passkey()
        made = self.authenticator.get(login_options(challenge))
        response = {
            "clientDataJSON": made.client_data.encode(),
            "authenticatorData": made.authenticator_data,
            "signature": made.signature,
            "userHandle": made.user_handle.encode(),
        }
        return _credential(made.credential_id, response)

    def _type_passkey_registration(self) -> str:
        challenge = self.home.cluster.challenges.secrets()[0]
        options = registration_options(challenge, f"2:{self.account.id}", "Ada", [])
        made = self.authenticator.create(options)
        response = {"clientDataJSON": made.client_data.encode(), "attestationObject": made.attestation}
        return _credential(made.credential_id, response)

    def _type_PNV_token(self) -> str:
        return self._make_pnv_token(self.number)

    def _type_PNV_token_of_a_new_number(self) -> str:
        return self._make_pnv_token("+99966 2 0201")

    def _make_pnv_token(self, number: str) -> str:
        [nonce] = [device.pnv.nonce for device in state_of(self.home).devices if device.pnv]
        return f"{nonce}:{number}"

    def _type_exported(self) -> str:
        key = self.abroad.log_in("+99966 4 0001")
        exported = self.abroad.ask(functions.auth.ExportAuthorization(2), key)
        return json.dumps({"id": exported.id, "bytes": exported.bytes.hex()})

    # --- the program ------------------------------------------------------------------------------------------------

    def run(self, program: str, adapter: str, unique: int) -> str:
        """Run a program, which must ask for exactly the input of the example; returns what its user sees."""
        unread = list(self.example.typed)
        seen: list[str] = []

        def type_in(prompt: str = "") -> str:
            assert unread, f"the example has no input for {prompt!r}"
            typed = self.filled(unread.pop(0), unique)
            seen.append(f"{prompt}{shortened(typed)}")
            return typed

        def type_hidden(prompt: str) -> str:
            assert unread, f"the example has no input for {prompt!r}"
            seen.append(prompt)
            return self.filled(unread.pop(0), unique)

        def show(*words: object) -> None:
            """Print, and accept a printed QR code with a logged-in device."""
            seen.append(" ".join(map(str, words)))
            for word in words:
                if str(word).startswith("tg://login") and adapter and self.example.name == "qr":
                    self.home.ask(functions.auth.AcceptLoginToken(token_of_link(str(word))), self.logged_in_key)

        with pytest.MonkeyPatch.context() as patch, serve(self.home) as server:
            patch.setattr(builtins, "input", type_in)
            patch.setattr(getpass, "getpass", type_hidden)
            patch.setattr(builtins, "print", show)
            names: dict[str, Any] = {"__name__": "program"}
            exec(compile(program, self.example.name, "exec"), names)
            main, arguments = names["main"], self._arguments(server.address)
            match adapter:
                case "sync":
                    main(*arguments)
                case "asyncio":
                    asyncio.run(main(*arguments))
                case "trio":
                    trio.run(main, *arguments)
        assert not unread, f"the program did not ask for {unread}"
        return "\n".join(seen)

    def _arguments(self, address: tuple[str, int]) -> tuple[Any, ...]:
        """The arguments of `main`."""
        config = Config(api_id=1, public_keys=(self.home.public_key,))
        if self.example.opens == "connection":
            return (address, config) if self.key is None else (address, config, self.key)
        settings = ClientConfig(connection_config=config, endpoints={config.dc_id: (Endpoint(*address),)})
        if self.key is None:
            return (settings,)
        host, port = address
        saved = SavedAccount(auth_key=self.key, dc_id=config.dc_id, host=host, port=port, user_id=self.account.id)
        return settings, saved.to_snapshot()


def shortened(text: str) -> str:
    """Input that is not typed by hand is not shown in full."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def _credential(credential_id: str, response: dict[str, bytes]) -> str:
    """As a browser's `credential.toJSON()` gives it."""
    encoded = {name: urlsafe_b64encode(data).decode().rstrip("=") for name, data in response.items()}
    return json.dumps({"id": credential_id, "rawId": credential_id, "type": "public-key", "response": encoded})
