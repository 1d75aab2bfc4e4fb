"""Pyrogram 2.0 or one of its forks, as a program that follows commands: python be_pyrogram.py SERVER.

Most of them are the package `pyrogram`; Hydrogram has a name of its own. Kurigram accepts a connection class, the
others have a fixed list of data centers.
"""

from __future__ import annotations

import asyncio
import inspect
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from conversation import SERVER, Answer, converse

PACKAGE = "hydrogram" if find_spec("pyrogram") is None else "pyrogram"
Client = import_module(PACKAGE).Client
raw = import_module(f"{PACKAGE}.raw")
connection: Any = import_module(f"{PACKAGE}.connection.connection")
transport = import_module(f"{PACKAGE}.connection.transport")
rsa = import_module(f"{PACKAGE}.crypto.rsa")
RPCError = import_module(f"{PACKAGE}.errors").RPCError
layer = import_module(f"{PACKAGE}.raw.all").layer

FRAMINGS = {
    "abridged": "TCPAbridged",
    "full": "TCPFull",
    "intermediate": "TCPIntermediate",
    "padded": "TCPIntermediatePadded",
    "abridged, obfuscated": "TCPAbridgedO",
    "intermediate, obfuscated": "TCPIntermediateO",
}
FRAMING = getattr(transport, FRAMINGS.get(SERVER["framing"], "TCPAbridged"))


def lead_here() -> dict[str, Any]:
    """Settings that lead every connection to our server."""
    rsa.server_public_keys[SERVER["fingerprint"]] = rsa.PublicKey(SERVER["n"], SERVER["e"])
    if "server_address" not in inspect.signature(connection.Connection).parameters:  # not Kurigram
        connection.DataCenter = lambda dc_id, *_: tuple(SERVER["data_centers"][str(dc_id)])
        connection.TCPAbridged = FRAMING
        return {"protocol_factory": FRAMING} if "protocol_factory" in inspect.signature(Client).parameters else {}

    class Here(connection.Connection):  # type: ignore[misc]
        def __init__(self, **settings: Any) -> None:
            host, port = SERVER["data_centers"][str(settings["dc_id"])]
            super().__init__(**settings | {"server_address": host, "port": port})

    proxy = {"scheme": "mtproxy", "hostname": SERVER["host"], "port": SERVER["port"], "secret": SERVER["secret"]}
    return {
        "connection_factory": Here,
        "protocol_factory": FRAMING,
        "proxy": proxy if SERVER["secret"] else None,  # a dd or ee secret chooses the framing by itself
    }


def session() -> dict[str, Any]:
    if "file" in SERVER:
        path = Path(SERVER["file"])
        return {"name": path.stem, "workdir": path.parent}
    return {"name": "peer", "in_memory": True, "session_string": SERVER.get("string")}


class Pyrogram:
    def __init__(self) -> None:
        self.client = Client(**session(), api_id=1, api_hash="hash", sleep_threshold=0, **lead_here())
        self.phone = self.hash = ""

    async def connect(self) -> Answer:
        await self.client.connect()
        return {"layer": layer, "dc": (await self.client.invoke(raw.functions.help.GetConfig())).this_dc}

    async def send_code(self, phone: str) -> Answer:
        self.phone = phone
        return self._sent(await self.client.send_code(phone))

    async def resend(self) -> Answer:
        return self._sent(await self.client.resend_code(self.phone, self.hash))

    def _sent(self, sent: Any) -> Answer:
        self.hash = sent.phone_code_hash
        following = sent.next_type and sent.next_type.value.__name__.removeprefix("CodeType")
        return {"by": sent.type.value.__name__.removeprefix("SentCodeType"), "length": 5, "next": following}

    async def sign_in(self, code: str) -> Answer:
        result = await self.client.sign_in(self.phone, self.hash, code)
        return {"user": result.phone_number} if hasattr(result, "phone_number") else {"sign_up": True}

    async def sign_up(self, first_name: str, last_name: str) -> Answer:
        user = await self.client.sign_up(self.phone, self.hash, first_name, last_name)
        return {"user": user.phone_number, "name": f"{user.first_name} {user.last_name}"}

    async def password(self, password: str) -> Answer:
        return {"user": (await self.client.check_password(password)).phone_number}

    async def me(self) -> Answer:
        return {"user": (await self.client.get_me()).phone_number}

    async def ask_for_change(self, phone: str) -> Answer:
        self.phone = phone
        request = raw.functions.account.SendChangePhoneCode(phone_number=phone, settings=raw.types.CodeSettings())
        sent = await self.client.invoke(request)
        self.hash = sent.phone_code_hash
        following = sent.next_type and type(sent.next_type).__name__.removeprefix("CodeType")
        return {
            "by": type(sent.type).__name__.removeprefix("SentCodeType"),
            "length": sent.type.length,
            "next": following,
        }

    async def change(self, code: str) -> Answer:
        request = raw.functions.account.ChangePhone(phone_number=self.phone, phone_code_hash=self.hash, phone_code=code)
        return {"user": (await self.client.invoke(request)).phone}

    async def log_out(self) -> Answer:
        return {
            "logged_out": isinstance(await self.client.invoke(raw.functions.auth.LogOut()), raw.types.auth.LoggedOut)
        }

    async def bot(self, token: str) -> Answer:
        user = await self.client.sign_in_bot(token)
        return {"user": user.id, "bot": user.is_bot}

    async def show_qr(self) -> Answer:
        request = raw.functions.auth.ExportLoginToken(api_id=1, api_hash="hash", except_ids=[])
        result = await self.client.invoke(request)
        if isinstance(result, raw.types.auth.LoginTokenSuccess):
            return {"user": result.authorization.user.phone}
        return {"token": result.token.hex()}

    async def export(self) -> Answer:
        return {"string": await self.client.export_session_string()}

    async def disconnect(self) -> Answer:
        await self.client.disconnect()
        return {}


def rpc_error(error: Exception) -> Answer | None:
    if not isinstance(error, RPCError):
        return None
    # The value of an error that it does not know by name is "[406 SEND_CODE_UNAVAILABLE]".
    name = error.ID or str(error.value).strip("[]").partition(" ")[2]
    return {"error": name, "code": error.CODE, "value": error.value if isinstance(error.value, int) else None}


async def main() -> None:
    await converse(Pyrogram(), rpc_error)


if __name__ == "__main__":
    asyncio.run(main())
