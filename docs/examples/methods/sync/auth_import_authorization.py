"""auth.importAuthorization, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.auth_import_authorization 127.0.0.1:4430 dc.pem
"""

import json

from command_line import connection_arguments
from sansio_tl import Config, functions
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as connection:
        exported = json.loads(input("Result of auth.exportAuthorization: "))
        authorization = connection.invoke(
            functions.auth.ImportAuthorization(
                id=exported["id"],
                bytes=bytes.fromhex(exported["bytes"]),
            )
        )
        print(type(authorization).__name__)


if __name__ == "__main__":
    main(*connection_arguments())
