"""auth.finishFirebasePnvLogin, on plain sockets."""

from command_line import stranger
from sansio_tl import Config, functions
from sansio_tl_transports.sync import connect

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as link:
        link.invoke(functions.auth.InitFirebasePnvLogin(api_id=config.api_id, api_hash=API_HASH))
        token = input("Token: ")
        welcome = link.invoke(functions.auth.FinishFirebasePnvLogin(google_token=token))
        print(type(welcome).__name__)


if __name__ == "__main__":
    main(*stranger())
