"""Take a log-in over from another library, and give it to another one."""

import sys
import time
from pathlib import Path

from sansio_tl import ClientConfig, Config, functions, session_strings, types
from sansio_tl_transports import session_files
from sansio_tl_transports.sync import open_client


def main(config: ClientConfig, source: Path, target: Path) -> None:
    """Go on with the session file of any library, and leave one for Pyrogram."""
    found = session_files.read(source)
    with open_client(config, found.to_snapshot()) as account:
        (me,) = account.invoke(functions.users.GetUsers([types.InputUserSelf()]))
        print("Logged in as", me.id)
        kept = account.snapshot()  # what to save, to go on here
    moved = session_strings.SavedAccount.from_snapshot(kept, api_id=config.connection_config.api_id)
    session_files.FORMATS["pyrogram"](moved, target, now=time.time())
    print("The same as a string:", len(session_strings.FORMATS["pyrogram"].write(moved)), "characters")


if __name__ == "__main__":
    _, api_id, source, target = sys.argv
    main(ClientConfig(connection_config=Config(api_id=int(api_id))), Path(source), Path(target))
