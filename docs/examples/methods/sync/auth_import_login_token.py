"""auth.importLoginToken, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.auth_import_login_token 127.0.0.1:4430 dc.pem
"""

from command_line import connection_arguments
from sansio_tl import Config, functions
from sansio_tl.auth.qr import token_of_link
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as connection:
        token = token_of_link(input("QR code: "))
        imported = connection.invoke(functions.auth.ImportLoginToken(token=token))
        print(type(imported).__name__)


if __name__ == "__main__":
    main(*connection_arguments())
