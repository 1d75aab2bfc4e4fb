"""TDLib, as a program that follows commands: python be_tdlib.py SERVER.

TDLib's RSA keys and data center addresses are compiled in. A copy of the library gets our key in place of each of
its own. A SOCKS5 proxy on loopback leads every address to our server; our server is also the MTProxy. Either is
chosen before TDLib is initialised, so that it connects to nothing else. Its log goes to the file `log` of SERVER.
"""

from __future__ import annotations

import asyncio
import base64
import ctypes
import json
import re
import struct
import tempfile
import threading
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from conversation import SERVER, Answer, converse

VERSION = version("tdjson")
LAYERS = {"1.8.47": 201, "1.8.69": 232}
"""TDLib does not report its layer."""
PEM = re.compile(rb"-----BEGIN RSA PUBLIC KEY-----\s+(.*?)\s+-----END", re.DOTALL)
SECONDS = 60
LEVELS = 4
"""How much it logs: every message that it cannot use is named."""


class Refused(Exception):
    """TDLib's answer `error`, or the state that stands for one."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def library(directory: Path) -> ctypes.CDLL:
    """The library of the package `tdjson`, with our RSA key in place of Telegram's."""
    package = find_spec("tdjson")
    assert package is not None
    assert package.origin is not None
    (path,) = (Path(package.origin).parents[1] / "tdjson.libs").glob("libtdjson*")
    (ours,) = PEM.findall(SERVER["pem"].encode())
    data, count = path.read_bytes(), 0
    for theirs in set(PEM.findall(data)):
        if len(theirs) == len(ours):
            count += data.count(theirs)
            data = data.replace(theirs, ours)
    assert count, "no RSA key of this length in the library"
    (directory / path.name).write_bytes(data)
    loaded = ctypes.CDLL(str(directory / path.name))
    loaded.td_receive.restype = loaded.td_execute.restype = ctypes.c_char_p
    loaded.td_receive.argtypes = [ctypes.c_double]
    loaded.td_execute.argtypes = [ctypes.c_char_p]
    loaded.td_send.argtypes = [ctypes.c_int, ctypes.c_char_p]
    return loaded


async def lead_here(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection through the SOCKS5 proxy, to the data center of its address or else to the first one."""
    methods = (await reader.readexactly(2))[1]
    await reader.readexactly(methods)
    writer.write(b"\5\0")
    address = await reader.readexactly((await reader.readexactly(4))[3] * 4)
    (port,) = struct.unpack(">H", await reader.readexactly(2))
    connected = [".".join(map(str, address)), port]
    where = connected if connected in SERVER["data_centers"].values() else [SERVER["host"], SERVER["port"]]
    try:
        there = await asyncio.open_connection(*where)
    except OSError:
        writer.close()
        return
    writer.write(b"\5\0\0\1" + bytes(6))
    await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


def name_of(value: Any, prefix: str) -> Any:
    return None if value is None else value["@type"].removeprefix(prefix)


class Instance:
    """One client of the library, from its first request until it is closed: a logout ends it."""

    def __init__(self, td: ctypes.CDLL) -> None:
        self.td = td
        self.number: int = td.td_create_client_id()
        self.state = ""
        self.details: Answer = {}
        self.connection = ""
        self.shows_qr = False
        self.changed = asyncio.Event()
        self.waiting: dict[int, asyncio.Future[Answer]] = {}

    def take(self, reported: Answer) -> None:
        """An answer or an update."""
        if (future := self.waiting.pop(reported.get("@extra", 0), None)) is not None:
            future.set_result(reported)
        elif reported["@type"] == "updateAuthorizationState":
            self.details = reported["authorization_state"]
            self.state = self.details["@type"].removeprefix("authorizationState")
        elif reported["@type"] == "updateConnectionState":
            self.connection = reported["state"]["@type"].removeprefix("connectionState")
        self.changed.set()

    async def ask(self, kind: str, **fields: Any) -> Answer:
        future = asyncio.get_running_loop().create_future()
        extra = id(future)
        self.waiting[extra] = future
        self.td.td_send(self.number, json.dumps({"@type": kind, "@extra": extra} | fields).encode())
        answer: Answer = await asyncio.wait_for(future, SECONDS)
        if answer["@type"] == "error":
            raise Refused(answer["code"], answer["message"])
        return answer

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    async def step(self, kind: str, *states: str, **fields: Any) -> Answer:
        """Ask for something that brings the login into one of these states; returns the reported state."""
        before, self.state = self.state, ""
        try:
            await self.ask(kind, **fields)
        except Refused:
            self.state = before
            raise
        await self.until(lambda: self.state in states)
        return self.details


class TDLib:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.td = library(directory)
        self.instances: dict[int, Instance] = {}
        self.socks: asyncio.Server | None = None
        stream = {"@type": "logStreamFile", "path": SERVER["log"], "max_file_size": 1 << 30}
        self.execute({"@type": "setLogStream", "log_stream": stream})
        self.execute({"@type": "setLogVerbosityLevel", "new_verbosity_level": LEVELS})

    def execute(self, request: Answer) -> None:
        self.td.td_execute(json.dumps(request).encode())

    def receive(self, loop: asyncio.AbstractEventLoop) -> None:
        """What the thread does that the library reports everything."""
        while True:
            reported = self.td.td_receive(10.0)
            if reported:
                loop.call_soon_threadsafe(self.take, json.loads(reported))

    def take(self, reported: Answer) -> None:
        if (instance := self.instances.get(reported.get("@client_id", 0))) is not None:
            instance.take(reported)

    async def begin(self) -> None:
        """Have a client that waits for the login."""
        self.now = now = Instance(self.td)
        self.instances[now.number] = now
        if SERVER["secret"]:
            port, kind = SERVER["port"], {"@type": "proxyTypeMtproto", "secret": SERVER["secret"]}
        else:
            self.socks = self.socks or await asyncio.start_server(lead_here, "127.0.0.1", 0)
            port, kind = self.socks.sockets[0].getsockname()[1], {"@type": "proxyTypeSocks5"}
        proxy = {"server": SERVER["host"], "port": port, "type": kind}
        nested = {"proxy": {"@type": "proxy"} | proxy}  # since 1.8.5x
        parameters = {
            "use_test_dc": False,
            "database_directory": str(self.directory / f"database {now.number}"),
            "files_directory": str(self.directory / f"files {now.number}"),
            "use_message_database": False,
            "use_secret_chats": False,
            "api_id": 1,
            "api_hash": "hash",
            "system_language_code": "en",
            "device_model": "computer",
            "system_version": "1",
            "application_version": "1",
        }
        async with asyncio.TaskGroup() as group:  # what comes before the parameters waits for them
            if SERVER.get("pfs"):
                value = {"@type": "optionValueBoolean", "value": True}
                group.create_task(now.ask("setOption", name="use_pfs", value=value))
            group.create_task(now.ask("addProxy", enable=True, **proxy | nested))
            group.create_task(now.ask("setTdlibParameters", **parameters))
        await now.until(lambda: now.state == "WaitPhoneNumber" and now.connection == "Ready")

    # What the tests ask for

    async def connect(self) -> Answer:
        threading.Thread(target=self.receive, args=[asyncio.get_running_loop()], daemon=True).start()
        await self.begin()
        return {"layer": LAYERS[VERSION], "dc": SERVER["dc"]}

    async def send_code(self, phone: str) -> Answer:
        return self._sent(
            (await self.now.step("setAuthenticationPhoneNumber", "WaitCode", phone_number=phone))["code_info"]
        )

    async def resend(self) -> Answer:
        return self._sent((await self.now.step("resendAuthenticationCode", "WaitCode"))["code_info"])

    def _sent(self, info: Answer) -> Answer:
        return {
            "by": name_of(info["type"], "authenticationCodeType"),
            "length": info["type"]["length"],
            "next": name_of(info.get("next_type"), "authenticationCodeType"),
        }

    async def sign_in(self, code: str) -> Answer:
        await self.now.step("checkAuthenticationCode", "WaitPassword", "WaitRegistration", "Ready", code=code)
        if self.now.state == "WaitPassword":
            raise Refused(401, "SESSION_PASSWORD_NEEDED")
        return {"sign_up": True} if self.now.state == "WaitRegistration" else await self.me()

    async def sign_up(self, first_name: str, last_name: str) -> Answer:
        await self.now.step("registerUser", "Ready", first_name=first_name, last_name=last_name)
        user = await self.now.ask("getMe")
        return {"user": user["phone_number"], "name": f"{user['first_name']} {user['last_name']}"}

    async def password(self, password: str) -> Answer:
        await self.now.step("checkAuthenticationPassword", "Ready", password=password)
        return await self.me()

    async def me(self) -> Answer:
        return {"user": (await self.now.ask("getMe"))["phone_number"]}

    async def ask_for_change(self, phone: str) -> Answer:
        kind = {"@type": "phoneNumberCodeTypeChange"}
        return self._sent(await self.now.ask("sendPhoneNumberCode", phone_number=phone, type=kind))

    async def change(self, code: str) -> Answer:
        await self.now.ask("checkPhoneNumberCode", code=code)
        return await self.me()

    async def set_password(self, old: str, new: str) -> Answer:
        return {"set": (await self.now.ask("setPassword", old_password=old, new_password=new))["has_password"]}

    async def log_out(self) -> Answer:
        """The next one begins at once: this one waits two seconds before it closes."""
        await self.now.ask("logOut")
        await self.begin()
        return {"logged_out": True}

    async def bot(self, token: str) -> Answer:
        await self.now.step("checkAuthenticationBotToken", "Ready", token=token)
        user = await self.now.ask("getMe")
        return {"user": user["id"], "bot": user["type"]["@type"] == "userTypeBot"}

    async def show_qr(self) -> Answer:
        if self.now.shows_qr:
            await self.now.until(lambda: self.now.state == "Ready")
            return await self.me()
        state = await self.now.step("requestQrCodeAuthentication", "WaitOtherDeviceConfirmation")
        self.now.shows_qr = True
        token = state["link"].partition("token=")[2]
        return {"token": base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).hex()}

    async def scan_qr(self, token: str) -> Answer:
        conn = f"tg://login?token={base64.urlsafe_b64encode(bytes.fromhex(token)).rstrip(b'=').decode()}"
        return {"confirmed": await self.now.ask("confirmQrCodeAuthentication", link=conn)}

    async def disconnect(self) -> Answer:
        await self.now.ask("close")
        for instance in self.instances.values():
            await instance.until(lambda: instance.state == "Closed")  # noqa: B023  called before the next one
        return {}


def rpc_error(error: Exception) -> Answer | None:
    if not isinstance(error, Refused):
        return None
    if error.code == 429:
        return {"error": "FLOOD_WAIT", "code": 420, "value": int(str(error).rpartition(" ")[2])}
    return {"error": str(error), "code": error.code}


async def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        await converse(TDLib(Path(directory)), rpc_error)


if __name__ == "__main__":
    asyncio.run(main())
