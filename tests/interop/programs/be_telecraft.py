"""Telecraft, as a program that follows commands: python be_telecraft.py SERVER."""

from __future__ import annotations

import asyncio
from typing import Any

from conversation import SERVER, Answer, converse
from telecraft.client import mtproto
from telecraft.client.mtproto import ClientInit, MtprotoClient
from telecraft.mtproto.auth.server_keys import ServerKeyRing, _der_pkcs1_from_pem
from telecraft.mtproto.crypto.rsa import RsaPublicKey
from telecraft.mtproto.rpc.sender import FloodWaitConfig, FloodWaitError, RpcErrorException
from telecraft.schema import LAYER
from telecraft.tl.generated import functions, types

API_HASH = "0" * 32
KEY = RsaPublicKey(der_spki=_der_pkcs1_from_pem(SERVER["pem"].encode()))
mtproto.DEFAULT_SERVER_KEYRING = ServerKeyRing(keys_by_fingerprint={KEY.fingerprint: KEY})


def text(value: str | bytes) -> str:
    """Strings of results are bytes."""
    return value.decode() if isinstance(value, bytes) else value


class Telecraft:
    def __init__(self) -> None:
        self.client = MtprotoClient(
            dc_id=SERVER["dc"],
            host=SERVER["host"],
            port=SERVER["port"],
            framing=SERVER["framing"],
            init=ClientInit(api_id=1, api_hash=API_HASH),
            flood_wait_config=FloodWaitConfig(enabled=False),
        )
        self.phone, self.hash = "", b""

    async def connect(self) -> Answer:
        await self.client.connect()
        return {"layer": LAYER, "dc": self.client.config.this_dc}

    async def send_code(self, phone: str) -> Answer:
        self.phone = phone
        return self._sent(await self.client.send_code(phone))

    async def resend(self) -> Answer:
        request = functions.AuthResendCode(flags=0, phone_number=self.phone, phone_code_hash=self.hash, reason=None)
        return self._sent(await self.client.invoke_api(request))

    def _sent(self, sent: Any) -> Answer:
        self.hash = sent.phone_code_hash
        following = sent.next_type and type(sent.next_type).__name__.removeprefix("AuthCodeType")
        by = type(sent.type).__name__.removeprefix("AuthSentCodeType")
        return {"by": by, "length": sent.type.length, "next": following}

    async def sign_in(self, code: str) -> Answer:
        signed_in = await self.client.sign_in(phone_number=self.phone, phone_code_hash=self.hash, phone_code=code)
        if isinstance(signed_in, types.AuthAuthorizationSignUpRequired):
            return {"sign_up": True}
        return {"user": text(signed_in.user.phone)}

    async def sign_up(self, first_name: str, last_name: str) -> Answer:
        user = (
            await self.client.sign_up(
                phone_number=self.phone, phone_code_hash=self.hash, first_name=first_name, last_name=last_name
            )
        ).user
        return {"user": text(user.phone), "name": f"{text(user.first_name)} {text(user.last_name)}"}

    async def password(self, password: str) -> Answer:
        return {"user": text((await self.client.check_password(password)).user.phone)}

    async def me(self) -> Answer:
        return {"user": text((await self.client.get_me()).phone)}

    async def ask_for_change(self, phone: str) -> Answer:
        self.phone = phone
        settings = types.CodeSettings(
            flags=0,
            allow_flashcall=False,
            current_number=False,
            allow_app_hash=False,
            allow_missed_call=False,
            allow_firebase=False,
            unknown_number=False,
            logout_tokens=None,
            token=None,
            app_sandbox=None,
        )
        request = functions.AccountSendChangePhoneCode(phone_number=phone, settings=settings)
        return self._sent(await self.client.invoke_api(request))

    async def change(self, code: str) -> Answer:
        request = functions.AccountChangePhone(phone_number=self.phone, phone_code_hash=self.hash, phone_code=code)
        return {"user": text((await self.client.invoke_api(request)).phone)}

    async def log_out(self) -> Answer:
        result = await self.client.log_out()
        await self.client.connect()  # it has closed the connection
        return {"logged_out": isinstance(result, types.AuthLoggedOut)}

    async def bot(self, token: str) -> Answer:
        request = functions.AuthImportBotAuthorization(flags=0, api_id=1, api_hash=API_HASH, bot_auth_token=token)
        user = (await self.client.invoke_api(request)).user
        return {"user": user.id, "bot": user.bot}

    async def show_qr(self) -> Answer:
        request = functions.AuthExportLoginToken(api_id=1, api_hash=API_HASH, except_ids=[])
        result = await self.client.invoke_api(request)
        if isinstance(result, types.AuthLoginTokenSuccess):
            return {"user": text(result.authorization.user.phone)}
        return {"token": result.token.hex()}

    async def disconnect(self) -> Answer:
        await self.client.close()
        return {}


def rpc_error(error: Exception) -> Answer | None:
    if isinstance(error, FloodWaitError):
        return {"error": error.message, "code": error.code, "value": error.wait_seconds}
    if isinstance(error, RpcErrorException):
        return {"error": error.message, "code": error.code, "value": None}
    return None


asyncio.run(converse(Telecraft(), rpc_error))
