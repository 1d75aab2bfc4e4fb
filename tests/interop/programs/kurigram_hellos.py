"""ClientHellos of Kurigram's fake TLS, and its opinion of the answers to them.

Reads lines of hexadecimal: the secret, then for each hello that it has printed the answer. Prints hellos, then "True"
or "False".
"""

from __future__ import annotations

import sys
import time
from typing import Any

from pyrogram.crypto import faketls


def main(count: int, domain: str) -> None:
    secret = bytes.fromhex(input())
    hellos: list[Any] = [
        faketls.build_client_hello(domain=domain, secret=secret, unix_time=int(time.time())) for _ in range(count)
    ]
    for hello in hellos:
        print(hello.record.hex(), flush=True)
    for hello in hellos:
        answer = bytes.fromhex(input())
        print(faketls.server_hello_is_authentic(answer, secret=secret, client_random=hello.random), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
