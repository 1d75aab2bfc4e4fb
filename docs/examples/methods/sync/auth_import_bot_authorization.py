"""auth.importBotAuthorization, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.auth_import_bot_authorization 127.0.0.1:4430 dc.pem
"""

from getpass import getpass

from command_line import connection_arguments
from sansio_tl import Config, functions
from sansio_tl_transports.sync import connect

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as connection:
        authorization = connection.invoke(
            functions.auth.ImportBotAuthorization(
                flags=0,
                api_id=config.api_id,
                api_hash=API_HASH,
                bot_auth_token=getpass("Token: "),
            )
        )
        print(type(authorization).__name__)


if __name__ == "__main__":
    main(*connection_arguments())
