"""Log in by code, with blocking sockets.

Usage, in docs/examples:
    python -m guides.sync.log_in 127.0.0.1:4430 dc.pem
"""

import sys

from command_line import client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.sync import open_client

API_HASH = "from my.telegram.org"


def main(config: ClientConfig) -> None:
    with open_client(config) as client:
        phone_number = input("Phone number: ")
        flow = auth.log_in(phone_number, api_id=config.connection_config.api_id, api_hash=API_HASH)
        for prompt in client.steps(flow):
            if flow.error is not None:
                print(flow.error.message)
            match prompt:
                case auth.CodePrompt(via=via, length=length):
                    code = input(f"{length} digits, by {via.value}: ")
                    flow.enter_code(code)
                case auth.NumberPrompt():
                    phone_number = input("Phone number: ")
                    flow.send_code(phone_number)
                case _:
                    sys.exit(f"This program does not support {prompt}")
        print(flow.state)


if __name__ == "__main__":
    main(*client_arguments())
