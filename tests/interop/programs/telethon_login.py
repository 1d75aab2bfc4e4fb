"""A program with Telethon that logs in and prints its results as JSON. Reads codes from standard input.

python telethon_login.py HOST PORT PUBLIC_KEY.pem CONNECTION_CLASS
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from telethon import TelegramClient, functions, types
from telethon.crypto import rsa
from telethon.errors import RPCError
from telethon.network import connection
from telethon.password import compute_check
from telethon.sessions import MemorySession
from telethon.tl.alltlobjects import LAYER

NUMBER = "+12025550100"
PASSWORD = "geheim"


async def be_telethon(host: str, port: int, public_key: str, framing: str) -> dict[str, Any]:
    """Log in as a program on Telethon would, and note what comes."""
    session = MemorySession()
    session.set_dc(2, host, port)
    rsa.add_key(public_key, old=False)
    client = TelegramClient(
        session, 1, "x", connection=getattr(connection, framing), flood_sleep_threshold=0, connection_retries=1
    )
    reported: dict[str, Any] = {"layer": LAYER}

    async def refused(name: str, request: Any) -> None:
        try:
            await client(request)
        except RPCError as error:
            reported[name] = [type(error).__name__, error.code]
            if hasattr(error, "seconds"):
                reported[name].append(error.seconds)
        else:
            reported[name] = "not refused"

    def announced(sent: Any) -> list[Any]:
        return [type(sent.type).__name__, sent.type.length, sent.next_type and type(sent.next_type).__name__]

    def code() -> str:
        print(json.dumps("the code, please"), flush=True)
        return sys.stdin.readline().strip()

    await client.connect()
    sent = await client(functions.auth.SendCodeRequest(NUMBER, 1, "x", types.CodeSettings()))
    reported["first"] = announced(sent)
    code()
    await refused("wrong code", functions.auth.SignInRequest(NUMBER, sent.phone_code_hash, "00"))
    sent = await client(functions.auth.ResendCodeRequest(NUMBER, sent.phone_code_hash))
    reported["resent"] = announced(sent)
    right = code()
    await refused("no other way", functions.auth.ResendCodeRequest(NUMBER, sent.phone_code_hash))
    await refused("right code", functions.auth.SignInRequest(NUMBER, sent.phone_code_hash, right))
    for name, password in (("wrong password", "swordfish"), ("right password", PASSWORD)):
        check = compute_check(await client(functions.account.GetPasswordRequest()), password)
        if name == "wrong password":
            await refused(name, functions.auth.CheckPasswordRequest(check))
        else:
            entered = await client(functions.auth.CheckPasswordRequest(check))
            reported[name] = [type(entered).__name__, entered.user.phone]
    reported["self"] = (await client.get_me()).phone
    change = functions.account.SendChangePhoneCodeRequest
    await refused("occupied", change("+9996620000", types.CodeSettings()))
    await refused("flood", change("+9996622033", types.CodeSettings()))
    reported["logged out"] = type(await client(functions.auth.LogOutRequest())).__name__
    await refused("afterwards", functions.account.GetPasswordRequest())
    await client.disconnect()
    return reported


if __name__ == "__main__":
    host, port, key_file, framing = sys.argv[1:]
    reported = asyncio.run(be_telethon(host, int(port), Path(key_file).read_text(encoding="ascii"), framing))
    print(json.dumps(reported), flush=True)
