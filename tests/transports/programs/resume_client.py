"""Another process with the snapshot of a client: prints the user, the data center, and whether the server agrees.

resume_client.py sansio_tl_transports.asyncio < {"snapshot": ..., "key": PEM}
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import sys
from typing import Any

import trio

from sansio_tl import ClientConfig, Config, functions, types
from sansio_tl.crypto.rsa import RsaPublicKey

WHO_AM_I = functions.users.GetUsers(id=[types.InputUserSelf()])


def settings(given: dict[str, Any]) -> ClientConfig:
    return ClientConfig(
        connection_config=Config(api_id=1, public_keys=(RsaPublicKey.from_pem(given["key"]),)), endpoints={}
    )


async def main(module: Any, given: dict[str, Any]) -> None:
    async with module.open_client(settings(given), given["snapshot"]) as account:
        users = await account.invoke(WHO_AM_I, timeout=20)
        print(account.user_id, account.dc_id, users[0].id == account.user_id)


def main_sync(module: Any, given: dict[str, Any]) -> None:
    with module.open_client(settings(given), given["snapshot"]) as account:
        users = account.invoke(WHO_AM_I, timeout=20)
        print(account.user_id, account.dc_id, users[0].id == account.user_id)


if __name__ == "__main__":
    adapter = importlib.import_module(sys.argv[1])
    if not inspect.isasyncgenfunction(inspect.unwrap(adapter.open_client)):
        main_sync(adapter, json.load(sys.stdin))
    elif sys.argv[1].endswith("trio"):
        trio.run(main, adapter, json.load(sys.stdin))
    else:
        asyncio.run(main(adapter, json.load(sys.stdin)))
