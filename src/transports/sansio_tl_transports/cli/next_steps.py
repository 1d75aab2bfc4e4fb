"""What `sansio-tl serve` prints when it listens: the command and the program that log in there."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Final

from sansio_tl.data_centers import DEFAULT_DC

ADAPTERS: Final = ("sync", "asyncio", "trio")
TITLES: Final = {"sync": "blocking sockets", "asyncio": "asyncio", "trio": "trio"}

_BLOCKING: Final = """\
from pathlib import Path
from sansio_tl import ClientConfig
from sansio_tl_transports.sync import open_client

key = Path({key}).read_text()
config = ClientConfig.for_server({server}, public_key=key, api_id=1{dc})
with open_client(config) as client:
    user = client.login({number}, api_hash="any", code=lambda _: {code})
    print("Logged in as", user.first_name)
"""

_ASYNC: Final = """\
import {adapter}
from pathlib import Path
from sansio_tl import ClientConfig
from sansio_tl_transports.{adapter} import open_client


async def main():
    key = Path({key}).read_text()
    config = ClientConfig.for_server({server}, public_key=key, api_id=1{dc})
    async with open_client(config) as client:
        user = await client.login({number}, api_hash="any", code=lambda _: {code})
        print("Logged in as", user.first_name)


{adapter}.run(main{call})
"""


def sandbox_number(dc_id: int) -> tuple[str, str]:
    """A number that every embedded data center serves without a password, and its code (sansio_tl.testing.sandbox)."""
    return f"+99966{dc_id}0000", str(dc_id) * 5


def address(pair: tuple[str, int]) -> str:
    """HOST:PORT, as --dc takes it."""
    host, port = pair
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def login_command(pair: tuple[str, int], public_key: Path, dc_id: int, number: str) -> str:
    """The command that logs in at this data center; any api_id and api_hash will do."""
    command = ["sansio-tl", "login", "--dc", address(pair), "--key", str(public_key), "--api-id", "1"]
    command += ["--api-hash", "any", "--phone", number]
    if dc_id != DEFAULT_DC:
        command += ["--dc-id", str(dc_id)]
    return shlex.join(command)


def program(adapter: str, pair: tuple[str, int], public_key: Path, dc_id: int) -> str:
    """A program that logs in at this data center, for one of `ADAPTERS`."""
    number, code = sandbox_number(dc_id)
    return (_BLOCKING if adapter == "sync" else _ASYNC).format(
        adapter=adapter,
        key=_literal(str(public_key)),
        server=f"{_literal(pair[0])}, {pair[1]}",
        dc="" if dc_id == DEFAULT_DC else f", dc_id={dc_id}",
        number=_literal(number),
        code=_literal(code),
        call="()" if adapter == "asyncio" else "",
    )


def _literal(text: str) -> str:
    """A text as Python writes it in double quotes."""
    return json.dumps(text, ensure_ascii=False)
