"""The command line of the example programs. Run them in docs/examples, against your own data center:

    python -m methods.sync.auth_send_code 127.0.0.1:4430 dc.pem
    python -m methods.sync.account_get_password 127.0.0.1:4430 dc.pem session.json

`sansio-tl serve --public-key dc.pem` starts the data center, and `sansio-tl login --session session.json` logs in.
"""

import json
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import __main__
from sansio_tl import AuthKey, ClientConfig, Config, RsaPublicKey


def connection_arguments() -> tuple[tuple[str, int], Config]:
    """Address and configuration for `connect`, without a login."""
    address, key_file = _arguments(2)
    host, _, port = address.rpartition(":")
    key = RsaPublicKey.from_pem(Path(key_file).read_text(encoding="utf-8"))
    return (host, int(port)), Config(api_id=1, public_keys=(key,))


def logged_in_connection_arguments() -> tuple[tuple[str, int], Config, AuthKey]:
    """The same, with the auth key of the session file."""
    session = _session()
    return *connection_arguments(), AuthKey(b64decode(session["auth_key"]))


def client_arguments() -> tuple[ClientConfig]:
    """Configuration for `open_client`, without a login."""
    address, key_file = _arguments(2)
    host, _, port = address.rpartition(":")
    key = Path(key_file).read_text(encoding="utf-8")
    return (ClientConfig.for_server(host, int(port), public_key=key, api_id=1),)


def logged_in_client_arguments() -> tuple[ClientConfig, dict[str, Any]]:
    """The same, with the session file as a snapshot, in the form of `Client.snapshot`."""
    session = _session()
    key = {"auth_key": session["auth_key"], "salt": 0, "time_offset": None, "authorized": True}
    snapshot = {
        "version": 1,
        "test_mode": False,
        "home_dc": session["dc_id"],
        "user_id": session["user_id"],
        "data_centers": {session["dc_id"]: key},
        "endpoints": {},
    }
    return *client_arguments(), snapshot


def _arguments(count: int) -> list[str]:
    """The first arguments of the command line; if there are fewer, prints the usage of the program and ends it."""
    given = sys.argv[1 : count + 1]
    if len(given) < count:
        print((__main__.__doc__ or "").strip(), file=sys.stderr)
        sys.exit(2)
    return given


def _session() -> dict[str, Any]:
    *_, session_file = _arguments(3)
    session: dict[str, Any] = json.loads(Path(session_file).read_text(encoding="utf-8"))
    return session
