"""List the sessions and end the others, with blocking sockets.

Usage, in docs/examples:
    python -m guides.sync.sessions 127.0.0.1:4430 dc.pem session.json
"""

from typing import Any

from command_line import logged_in_client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.sync import open_client


def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    with open_client(config, snapshot) as client:
        flow = auth.Sessions()
        for _ in client.steps(flow):
            if flow.sessions is not None:
                for session in flow.sessions.authorizations:
                    print(session.device_model, session.country, "(this one)" if session.current else "")
            if input("End all others? ") == "yes":
                flow.end_others()
            else:
                flow.leave()
        print(flow.state)


if __name__ == "__main__":
    main(*logged_in_client_arguments())
