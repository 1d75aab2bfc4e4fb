"""Sign up, with blocking sockets.

Usage, in docs/examples:
    python -m guides.sync.sign_up 127.0.0.1:4430 dc.pem
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
            match prompt:
                case auth.CodePrompt():
                    code = input("Code: ")
                    flow.enter_code(code)
                case auth.SignUpPrompt(terms=terms, minimum_age=age):
                    print(terms)
                    if age is not None and input(f"Are you {age} or older? ") != "yes":
                        sys.exit("too young")
                    first_name = input("First name: ")
                    flow.sign_up(first_name)
                case _:
                    sys.exit(f"This program does not support {prompt}")
        print(flow.state)


if __name__ == "__main__":
    main(*client_arguments())
