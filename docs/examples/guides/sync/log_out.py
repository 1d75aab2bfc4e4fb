"""Log out, with blocking sockets.

Usage, in docs/examples:
    python -m guides.sync.log_out 127.0.0.1:4430 dc.pem session.json
"""

from typing import Any

from command_line import logged_in_client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.sync import open_client


def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    with open_client(config, snapshot) as client:
        flow = auth.LogOut()
        client.run(flow)
        tokens = auth.remember_token((), flow.future_auth_token)
        print("tokens for the next login:", len(tokens))


if __name__ == "__main__":
    main(*logged_in_client_arguments())
