"""Sessions of GramJS in the file system: a directory with a file for each value, made by `new StoreSession(name)`.

A file is called  name:authKey  and so on, escaped as in a URL, and holds JSON.
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
    """The account; who that is, the directory does not say.

    Raises LocalProtocolError when nobody has logged in with it, OSError when it cannot be read.
    """
    keys = [name for file in path.iterdir() if (name := unquote(file.name)).endswith(_KEY)]
    if len(keys) != 1:
        raise LocalProtocolError(f"{path} is no session of GramJS, or more than one: {len(keys)} auth keys in it")
    prefix = keys[0].removesuffix(_KEY)
    try:
        dc_id, host, port = (_value(path, prefix + name) for name in (_DATA_CENTER, _HOST, _PORT))
        key = bytes([*_value(path, keys[0])["data"]])
    except (ValueError, TypeError, KeyError, RecursionError, FileNotFoundError):
        key, dc_id, host, port = b"", 0, "", 0
    if len(key) != 256:
        raise LocalProtocolError(f"{path} holds no auth key of GramJS: nobody has logged in with it")
    return SavedAccount(auth_key=AuthKey(key), dc_id=dc_id, host=host or "", port=port or data_centers.PORT)


def write(account: SavedAccount, path: Path, *, now: float) -> None:
    """Make the directory, for a program that runs beside it and says `new StoreSession(path.name)`.

    Raises as `FORMATS` says; GramJS allows any name but "session".
    """
    if path.name == "session":
        raise LocalProtocolError('GramJS allows no session that is called "session"')
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
