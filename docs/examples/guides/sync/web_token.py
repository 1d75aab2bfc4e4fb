"""Log in with a token of the web site, on plain sockets."""

import sys
from getpass import getpass

from command_line import stranger
from sansio_tl import auth
from sansio_tl.connection import Config
from transports.sync import connect

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as link:
        token = getpass("Token: ")
        flow = auth.WebTokenLogIn(token, dc=config.dc_id, api_id=config.api_id, api_hash=API_HASH)
        if (elsewhere := link.run(flow)) is not None:
            sys.exit(f"go on at data centre {elsewhere}")
        print(flow.error.message if flow.error else flow.state)


if __name__ == "__main__":
    main(*stranger())
