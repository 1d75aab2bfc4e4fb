"""auth.finishFirebasePnvLogin, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.auth_finish_firebase_pnv_login 127.0.0.1:4430 dc.pem
"""

from command_line import connection_arguments
from sansio_tl import Config, functions
from sansio_tl_transports.sync import connect

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as connection:
        connection.invoke(functions.auth.InitFirebasePnvLogin(api_id=config.api_id, api_hash=API_HASH))
        token = input("Token: ")
        authorization = connection.invoke(functions.auth.FinishFirebasePnvLogin(google_token=token))
        print(type(authorization).__name__)


if __name__ == "__main__":
    main(*connection_arguments())
