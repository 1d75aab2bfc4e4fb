"""Sessions of GramJS: a directory with a file for each value, as `new StoreSession(name)` creates it.

A file is named  name:authKey  and so on, escaped as in a URL, and holds JSON.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from sansio_tl import AuthKey, data_centers
from sansio_tl.errors import LocalProtocolError
from sansio_tl.session_strings import SavedAccount

_KEY, _DATA_CENTER, _HOST, _PORT = "authKey", "dcId", "serverAddress", "port"


def read(path: Path) -> SavedAccount:
    """The account, without its user id, which the directory does not contain.

    Raises LocalProtocolError when no user is logged in with it, OSError when it cannot be read.
    """
    keys = [name for file in path.iterdir() if (name := unquote(file.name)).endswith(_KEY)]
    if len(keys) != 1:
        raise LocalProtocolError(f"{path} is not a session of GramJS: found {len(keys)} auth keys, expected one")
    prefix = keys[0].removesuffix(_KEY)
    try:
        dc_id, host, port = (_value(path, prefix + name) for name in (_DATA_CENTER, _HOST, _PORT))
        key = bytes([*_value(path, keys[0])["data"]])
    except (ValueError, TypeError, KeyError, RecursionError, FileNotFoundError):
        key, dc_id, host, port = b"", 0, "", 0
    if len(key) != 256:
        raise LocalProtocolError(f"{path} has no auth key of GramJS: no user is logged in with it")
    return SavedAccount(auth_key=AuthKey(key), dc_id=dc_id, host=host or "", port=port or data_centers.PORT)


def write(account: SavedAccount, path: Path, *, now: float) -> None:
    """Create the directory, for a program that runs beside it and calls `new StoreSession(path.name)`.

    Raises what `FORMATS` describes, and LocalProtocolError for the name "session", which GramJS rejects.
    """
    if path.name == "session":
        raise LocalProtocolError('invalid name of a session: GramJS does not allow "session"')
    host, port = account.address()
    values = {
        _DATA_CENTER: account.dc_id,
        _HOST: host,
        _PORT: port,
        _KEY: {"type": "Buffer", "data": list(account.auth_key.key)},
    }
    path.mkdir(mode=0o700)
    try:
        for name, value in values.items():
            file = path / _file(f"{path.name}:{name}")
            file.touch(mode=0o600)
            file.write_text(json.dumps(value), encoding="utf-8")
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise


def _value(path: Path, name: str) -> Any:
    return json.loads((path / _file(name)).read_text(encoding="utf-8"))


def _file(name: str) -> str:
    return quote(name, safe="")
