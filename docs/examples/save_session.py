"""Log in once: the session is saved in a file, and the next run continues with it."""

import json
import os
import sys
from getpass import getpass
from pathlib import Path
from typing import Any

from sansio_tl import ClientConfig, Config, functions, types
from sansio_tl_transports.sync import open_client


def load(path: Path) -> dict[str, Any] | None:
    """The saved session; None in the first run."""
    if not path.exists():
        return None
    snapshot: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return snapshot


def save(path: Path, snapshot: dict[str, Any]) -> None:
    """Replace the file atomically. It holds the auth keys: only its owner may read it."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(snapshot, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def main(config: ClientConfig, api_hash: str, phone_number: str, path: Path) -> None:
    """Log a user in unless the saved session is logged in, and ask the server who that is."""
    with open_client(config, load(path), save=lambda snapshot: save(path, snapshot)) as client:
        if client.user_id is None:
            client.login(
                phone_number,
                api_hash=api_hash,
                code=lambda prompt: input(f"Code ({prompt.via.value}): "),
                password=lambda prompt: getpass(f"Password ({prompt.hint}): "),
            )
        [me] = client.invoke(functions.users.GetUsers([types.InputUserSelf()]))
        print("Logged in as", me.id)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(f"usage: {sys.argv[0]} API_ID API_HASH PHONE_NUMBER SESSION_FILE")
    _, api_id, api_hash, phone_number, session_file = sys.argv
    main(ClientConfig(connection_config=Config(api_id=int(api_id))), api_hash, phone_number, Path(session_file))
