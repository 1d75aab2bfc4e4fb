"""The client's end of the conversation: one line of JSON per command, one line of JSON per result.

    <- {"do": "sign_in", "code": "12345"}
    -> {"user": "12025550100"}  or  {"error": "PHONE_CODE_INVALID", "code": 400}

Where to log in is the program's one argument, JSON too: host, port, dc, framing, and the RSA key as pem, as n and e,
and as fingerprint. `data_centers` has host and port of every data center, by number. `string` is a session to go on
with, `file` a session file to go on with or to make; without them nothing is kept.

Runs in the environment of a client that we did not write, and imports nothing of ours.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]

SERVER: dict[str, Any] = json.loads(sys.argv[1])


async def converse(client: object, rpc_error: Callable[[Exception], Answer | None]) -> None:
    """Follow commands until the other side closes.

    `rpc_error` reads an exception that stands for an RPC error; it returns None for any other.
    """
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        try:
            answer = await getattr(client, command.pop("do"))(**command)
        except Exception as error:
            answer = rpc_error(error)
            if answer is None:
                raise
        print(json.dumps(answer), flush=True)
