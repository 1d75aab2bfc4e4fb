"""Telethon or a fork of it, as a program that follows commands: python be_telethon.py SERVER."""

from __future__ import annotations

import asyncio
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from conversation import SERVER, Answer, converse

PACKAGE = "telethon" if find_spec("astralixtl") is None else "astralixtl"
library = import_module(PACKAGE)
TelegramClient, errors = library.TelegramClient, library.errors
functions, types = library.functions, library.types
rsa = import_module(f"{PACKAGE}.crypto.rsa")
connection = import_module(f"{PACKAGE}.network.connection")
sessions = import_module(f"{PACKAGE}.sessions")
MemorySession, SQLiteSession, StringSession = sessions.MemorySession, sessions.SQLiteSession, sessions.StringSession
LAYER = import_module(f"{PACKAGE}.tl.alltlobjects").LAYER

FRAMINGS = {
    "full": connection.ConnectionTcpFull,
    "abridged": connection.ConnectionTcpAbridged,
    "intermediate": connection.ConnectionTcpIntermediate,
    "obfuscated": connection.ConnectionTcpObfuscated,
    "MTProxy plain": connection.ConnectionTcpMTProxyIntermediate,
    "MTProxy dd": connection.ConnectionTcpMTProxyRandomizedIntermediate,
}
NAMES = {cls: name for name, cls in errors.rpcerrorlist.rpc_errors_dict.items()}


def session() -> Any:
    if "string" in SERVER:
        return StringSession(SERVER["string"])
    kept = SQLiteSession(SERVER["file"]) if "file" in SERVER else MemorySession()
    if not kept.auth_key:
        kept.set_dc(SERVER["dc"], SERVER["host"], SERVER["port"])
    return kept


class Telethon:
    def __init__(self) -> None:
        rsa.add_key(SERVER["pem"], old=False)
        framing = FRAMINGS[SERVER["framing"]]
        proxy = (SERVER["host"], SERVER["port"], SERVER["secret"]) if SERVER["secret"] else None
        self.client = TelegramClient(
            session(), 1, "hash", connection=framing, proxy=proxy, flood_sleep_threshold=0, connection_retries=1
        )
        self.phone = self.hash = ""

    async def connect(self) -> Answer:
        await self.client.connect()
        return {"layer": LAYER, "dc": (await self.client(functions.help.GetConfigRequest())).this_dc}

    async def send_code(self, phone: str) -> Answer:
        self.phone = phone
        return self._sent(await self.client.send_code_request(phone))

    async def resend(self) -> Answer:
        return self._sent(await self.client(functions.auth.ResendCodeRequest(self.phone, self.hash)))

    def _number(self, user: Any) -> str:
        """The number of a user; astralix-tl hides it, so there it is the number that was entered last."""
        return self.phone if user.phone == "phone?" else user.phone

    def _sent(self, sent: Any) -> Answer:
        self.hash = sent.phone_code_hash
        following = sent.next_type and type(sent.next_type).__name__.removeprefix("CodeType")
        return {
            "by": type(sent.type).__name__.removeprefix("SentCodeType"),
            "length": sent.type.length,
            "next": following,
        }

    async def sign_in(self, code: str) -> Answer:
        try:
            user = await self.client.sign_in(self.phone, code, phone_code_hash=self.hash)
        except errors.PhoneNumberUnoccupiedError:
            return {"sign_up": True}
        return {"user": self._number(user)}

    async def sign_up(self, first_name: str, last_name: str) -> Answer:
        request = functions.auth.SignUpRequest(self.phone, self.hash, first_name, last_name)
        user = (await self.client(request)).user
        return {"user": self._number(user), "name": f"{user.first_name} {user.last_name}"}

    async def password(self, password: str) -> Answer:
        return {"user": self._number(await self.client.sign_in(password=password))}

    async def me(self) -> Answer:
        (user,) = await self.client(functions.users.GetUsersRequest([types.InputUserSelf()]))
        return {"user": self._number(user)}

    async def ask_for_change(self, phone: str) -> Answer:
        self.phone = phone
        return self._sent(await self.client(functions.account.SendChangePhoneCodeRequest(phone, types.CodeSettings())))

    async def change(self, code: str) -> Answer:
        request = functions.account.ChangePhoneRequest(self.phone, self.hash, code)
        return {"user": self._number(await self.client(request))}

    async def log_out(self) -> Answer:
        return {"logged_out": type(await self.client(functions.auth.LogOutRequest())).__name__ == "LoggedOut"}

    async def bot(self, token: str) -> Answer:
        user = await self.client.sign_in(bot_token=token)
        return {"user": user.id, "bot": user.bot}

    async def show_qr(self) -> Answer:
        result = await self.client(functions.auth.ExportLoginTokenRequest(1, "hash", []))
        if isinstance(result, types.auth.LoginTokenSuccess):
            return {"user": self._number(result.authorization.user)}
        return {"token": result.token.hex()}

    async def export(self) -> Answer:
        return {"string": StringSession.save(self.client.session)}

    async def disconnect(self) -> Answer:
        await self.client.disconnect()
        return {}


def rpc_error(error: Exception) -> Answer | None:
    if not isinstance(error, errors.RPCError):
        return None
    name = NAMES.get(type(error), error.message)
    return {"error": name, "code": error.code, "value": getattr(error, "seconds", None)}


asyncio.run(converse(Telethon(), rpc_error))
