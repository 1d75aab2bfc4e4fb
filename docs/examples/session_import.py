"""Import the session of another library, and export it for a third one."""

import sys
import time
from pathlib import Path

from sansio_tl import ClientConfig, Config, functions, session_strings, types
from sansio_tl_transports import session_files
from sansio_tl_transports.sync import open_client


def main(config: ClientConfig, source: Path, target: Path) -> None:
    """Continue with a session file of any library, and write one for Pyrogram."""
    imported = session_files.read(source)
    with open_client(config, imported.to_snapshot()) as client:
        (me,) = client.invoke(functions.users.GetUsers([types.InputUserSelf()]))
        print("Logged in as", me.id)
        snapshot = client.snapshot()  # save this to continue here
    exported = session_strings.SavedAccount.from_snapshot(snapshot, api_id=config.connection_config.api_id)
    session_files.FORMATS["pyrogram"](exported, target, now=time.time())
    print("The same as a string:", len(session_strings.FORMATS["pyrogram"].write(exported)), "characters")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(f"usage: {sys.argv[0]} API_ID SOURCE TARGET")
    _, api_id, source, target = sys.argv
    main(ClientConfig(connection_config=Config(api_id=int(api_id))), Path(source), Path(target))
