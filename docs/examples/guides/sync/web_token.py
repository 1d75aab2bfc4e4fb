"""Log in with a token of the web site, with blocking sockets.

Usage, in docs/examples:
    python -m guides.sync.web_token 127.0.0.1:4430 dc.pem
"""

from getpass import getpass

from command_line import client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.sync import open_client

API_HASH = "from my.telegram.org"


def main(config: ClientConfig) -> None:
    with open_client(config) as client:
        token = getpass("Token: ")
        flow = auth.WebTokenLogin(token, dc=client.dc_id, api_id=config.connection_config.api_id, api_hash=API_HASH)
        client.run(flow)
        print(flow.error.message if flow.error else flow.state)


if __name__ == "__main__":
    main(*client_arguments())
