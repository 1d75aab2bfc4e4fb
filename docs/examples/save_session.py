"""Log in once: the session is saved in a file, and the next run continues with it.

At Telegram, with the api_id and the api_hash of my.telegram.org:

    python save_session.py API_ID API_HASH PHONE_NUMBER SESSION_FILE

At a data center of your own, where any api_id and api_hash will do (the code of this number is 22222):

    sansio-tl serve --port 4430 --public-key dc.pem
    python save_session.py 1 any +9996620000 session.json --server 127.0.0.1:4430 --key dc.pem
"""

import argparse
import json
import os
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


def read_arguments() -> tuple[ClientConfig, str, str, Path]:
    """The config, the api_hash, the phone number and the session file of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("api_id", metavar="API_ID", type=int)
    parser.add_argument("api_hash", metavar="API_HASH")
    parser.add_argument("phone_number", metavar="PHONE_NUMBER")
    parser.add_argument("session_file", metavar="SESSION_FILE", type=Path)
    parser.add_argument("--server", metavar="HOST:PORT", help="log in at this data center, not at Telegram")
    parser.add_argument("--key", metavar="FILE", type=Path, help="the public key of that data center")
    given = parser.parse_args()
    if given.server is None:
        config = ClientConfig(connection_config=Config(api_id=given.api_id))
    elif given.key is None:
        parser.error("--server requires --key")
    else:
        host, _, port = given.server.rpartition(":")
        config = ClientConfig.for_server(host, int(port), public_key=given.key.read_text(), api_id=given.api_id)
    return config, given.api_hash, given.phone_number, given.session_file


if __name__ == "__main__":
    main(*read_arguments())
