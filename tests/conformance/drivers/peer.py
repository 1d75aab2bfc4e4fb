"""A third-party client of tests/interop, as a program for `sansio-tl conform client`: python peer.py NAME.

NAME is that of an environment of tests/interop/client_environments.py, which installs it (make interop-deps); with
`pfs` after it, the client uses temporary keys. The client logs in, makes two calls, and exits.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.interop import client_environments

from sansio_tl.crypto.rsa import RsaPublicKey

FRAMINGS = {"gramjs": "abridged", "mtcute": "intermediate", "telethon": "full"}
"""The framing of each client: its default, where it has one."""
TDLIB = "intermediate, obfuscated"


def server(name: str, log: str, *, pfs: bool) -> dict[str, Any]:
    """What the program of the client has to know."""
    key = RsaPublicKey.from_pem(Path(os.environ["PUBLIC_KEY"]).read_bytes())
    host, port, dc = os.environ["HOST"], int(os.environ["PORT"]), int(os.environ["DC"])
    numbers: dict[str, Any] = {"n": key.n, "e": key.e, "fingerprint": key.fingerprint}
    if name in ("gramjs", "mtcute"):  # numbers of JavaScript have 53 bits
        numbers = {field: str(value) for field, value in numbers.items()}
    framing = FRAMINGS.get(name, TDLIB if name.startswith("tdlib") else "abridged")
    where = {
        "host": host,
        "port": port,
        "dc": dc,
        "data_centers": dict.fromkeys(range(1, 6), (host, port)),
        "framing": framing,
    }
    return (
        where
        | numbers
        | {"secret": os.environ.get("PROXY_SECRET"), "pem": key.to_pem(), "log": log}
        | ({"pfs": True} if pfs else {})
    )


def main(name: str, *, pfs: bool) -> int:
    place = next(place for place in client_environments.ALL if place.name == name)
    with tempfile.NamedTemporaryFile() as log:
        command = place.command(json.dumps(server(name, log.name, pfs=pfs)))
        pipe = subprocess.PIPE
        with subprocess.Popen(command, cwd=place.directory, stdin=pipe, stdout=pipe, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None

            def do(what: str, **wish: Any) -> dict[str, Any]:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(json.dumps({"do": what} | wish) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
                if not line:
                    raise EOFError(f"{name} ended while it was to {what}")
                answer: dict[str, Any] = json.loads(line)
                if "error" in answer and answer["error"] != "SESSION_PASSWORD_NEEDED":
                    raise EOFError(f"{what}: {answer}")
                return answer

            try:
                do("connect")
                do("send_code", phone=os.environ["PHONE"])
                if "error" in do("sign_in", code=os.environ["CODE"]):
                    do("password", password=os.environ["PASSWORD"])
                do("me")
                do("disconnect")
            except (EOFError, BrokenPipeError) as error:
                print(error, file=sys.stderr)
                process.kill()
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pfs="pfs" in sys.argv[2:]))
