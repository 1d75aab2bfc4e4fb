"""PyPI's mtprotoproxy, connected to a data center on this machine.

    mtproxy.py DATA_CENTER_PORT SECRET(32 hex digits) TLS_DOMAIN

Its own `main` wants an older Python, and it knows Telegram's addresses only; its handling of connections is unchanged.
Prints its port.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
import sysconfig
from pathlib import Path
from typing import Any


async def main(port: int, secret: str, domain: str) -> None:
    proxy: Any = module()
    sys.argv = ["mtprotoproxy", "0", secret]
    proxy.init_config()
    for name, value in {
        "TLS_DOMAIN": domain,
        "SECURE_ONLY": False,
        "TLS_ONLY": False,
        "USE_MIDDLE_PROXY": False,
        "MASK": False,
        "CLIENT_KEEPALIVE": 60,
    }.items():
        setattr(proxy.config, name, value)
    proxy.init_stats()
    proxy.my_ip_info = {"ipv4": "127.0.0.1", "ipv6": None}
    proxy.TG_DATACENTERS_V4 = ["127.0.0.1"] * 5
    proxy.TG_DATACENTER_PORT = port
    server = await asyncio.start_server(proxy.handle_client_wrapper, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def module() -> Any:
    """It is installed as a script, and on being imported it reads the command line."""
    sys.argv = ["mtprotoproxy", "0", "0" * 32]
    vars(asyncio.streams).setdefault("IncompleteReadError", asyncio.IncompleteReadError)  # where older Pythons had it
    path = Path(sysconfig.get_path("scripts")) / "mtprotoproxy.py"
    spec = importlib.util.spec_from_file_location("mtprotoproxy", path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
