"""auth.importAuthorization, on plain sockets."""

import json

from command_line import stranger
from sansio_tl import Config, functions
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as link:
        exported = json.loads(input("What was exported: "))
        welcome = link.invoke(
            functions.auth.ImportAuthorization(
                id=exported["id"],
                bytes=bytes.fromhex(exported["bytes"]),
            )
        )
        print(type(welcome).__name__)


if __name__ == "__main__":
    main(*stranger())
