"""The command line of the example programs, run in docs/examples against a data center of one's own:

    python -m methods.sync.auth_send_code 127.0.0.1:4430 dc.pem
    python -m methods.sync.account_get_password 127.0.0.1:4430 dc.pem session.json

`sansio-tl serve --public-key dc.pem` is the data center, and `sansio-tl login --session session.json` makes a session.
"""

import json
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

from sansio_tl import AuthKey, ClientConfig, Config, Endpoint, RsaPublicKey


def stranger() -> tuple[tuple[str, int], Config]:
    """Where to connect to, and how; nobody is logged in there."""
    host, _, port = sys.argv[1].rpartition(":")
    key = RsaPublicKey.from_pem(Path(sys.argv[2]).read_text(encoding="utf-8"))
    return (host, int(port)), Config(api_id=1, public_keys=(key,))


def member() -> tuple[tuple[str, int], Config, AuthKey]:
    """The same with the auth key of somebody who is logged in."""
    return *stranger(), AuthKey(b64decode(_session()["auth_key"]))


def new_account() -> tuple[ClientConfig]:
    """Settings of an account that nobody is logged in to."""
    address, config = stranger()
    return (ClientConfig(connection_config=config, endpoints={config.dc_id: (Endpoint(*address),)}),)


def old_account() -> tuple[ClientConfig, dict[str, Any]]:
    """The same with what is known of somebody who is logged in, as `Account.snapshot` would give it."""
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
    return *new_account(), snapshot


def _session() -> dict[str, Any]:
    session: dict[str, Any] = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))
    return session
