"""GramFlux, as a program that follows commands: python be_gramflux.py SERVER. It has no sign-up of new users."""

from __future__ import annotations

import asyncio
from typing import Any

from conversation import SERVER, Answer, converse
from gramflux import Client, Config, Session, backend
from gramflux.client import LoginChallenge
from gramflux.errors import MigrationRequired, RPCError
from gramflux.mtproto import crypto
from gramflux.raw import LAYER, functions, types

API_HASH = "0" * 32


def session_of(dc_id: int = SERVER["dc"], server_address: str = "", port: int = 0) -> Any:
    """A session at one of our data centers: their addresses are compiled in."""
    del server_address, port
    host, port = SERVER["data_centers"][str(dc_id)]
    return NativeSession(dc_id, host, port)


NativeSession, backend.NativeSession = backend.NativeSession, session_of


class GramFlux:
    def __init__(self) -> None:
        crypto.TRUST["production_rsa_pem"] = SERVER["pem"]
        self.client = self._new_client()
        self.phone = self.hash = ""

    def _new_client(self) -> Any:
        """A client that begins at our data center."""
        settings = Config(transport=SERVER["framing"], reconnect_attempts=0)
        return Client(Session.temporary(), api_id=1, api_hash=API_HASH, config=settings)

    async def connect(self) -> Answer:
        await self.client.connect()
        return {"layer": LAYER, "dc": (await self.client.invoke(functions.help.GetConfigRequest())).this_dc}

    async def send_code(self, phone: str) -> Answer:
        self.phone = phone
        settings = types.CodeSettings()
        request = functions.auth.SendCodeRequest(phone_number=phone, api_id=1, api_hash=API_HASH, settings=settings)
        try:
            sent = await self.client.invoke(request)
        except MigrationRequired:  # it is connected to the other data center now
            sent = await self.client.invoke(request)
        return self._sent(sent)

    async def resend(self) -> Answer:
        request = functions.auth.ResendCodeRequest(phone_number=self.phone, phone_code_hash=self.hash)
        return self._sent(await self.client.invoke(request))

    def _sent(self, sent: Any) -> Answer:
        self.hash = sent.phone_code_hash
        following = sent.next_type and type(sent.next_type).__name__.removeprefix("AuthCodeType").removeprefix(
            "CodeType"
        )
        by = type(sent.type).__name__.removeprefix("AuthSentCodeType").removeprefix("SentCodeType")
        return {"by": by, "length": sent.type.length, "next": following}

    async def sign_in(self, code: str) -> Answer:
        return {"user": (await self.client.sign_in(LoginChallenge(self.phone, self.hash), code)).phone}

    async def password(self, password: str) -> Answer:
        return {"user": (await self.client.check_password(password)).phone}

    async def me(self) -> Answer:
        return {"user": (await self.client.get_me()).phone}

    async def ask_for_change(self, phone: str) -> Answer:
        self.phone = phone
        request = functions.account.SendChangePhoneCodeRequest(phone_number=phone, settings=types.CodeSettings())
        return self._sent(await self.client.invoke(request))

    async def change(self, code: str) -> Answer:
        request = functions.account.ChangePhoneRequest(
            phone_number=self.phone, phone_code_hash=self.hash, phone_code=code
        )
        return {"user": (await self.client.invoke(request)).phone}

    async def log_out(self) -> Answer:
        await self.client.log_out()
        self.client = self._new_client()  # the old one refuses to go on
        await self.client.connect()
        return {"logged_out": True}

    async def bot(self, token: str) -> Answer:
        user = await self.client.sign_in_bot(token)
        return {"user": user.id, "bot": user.bot}

    async def disconnect(self) -> Answer:
        await self.client.disconnect()
        return {}


def rpc_error(error: Exception) -> Answer | None:
    if not isinstance(error, RPCError):
        return None
    return {"error": error.name, "code": error.code, "value": getattr(error, "seconds", None)}


asyncio.run(converse(GramFlux(), rpc_error))
