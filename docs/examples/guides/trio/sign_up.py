"""Sign up, with trio.

Usage, in docs/examples:
    python -m guides.trio.sign_up 127.0.0.1:4430 dc.pem
"""

import sys

import trio

from command_line import client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.trio import open_client

API_HASH = "from my.telegram.org"


async def main(config: ClientConfig) -> None:
    async with open_client(config) as client:
        phone_number = await trio.to_thread.run_sync(input, "Phone number: ")
        flow = auth.log_in(phone_number, api_id=config.connection_config.api_id, api_hash=API_HASH)
        async for prompt in client.steps(flow):
            match prompt:
                case auth.CodePrompt():
                    code = await trio.to_thread.run_sync(input, "Code: ")
                    flow.enter_code(code)
                case auth.SignUpPrompt(terms=terms, minimum_age=age):
                    print(terms)
                    if age is not None and await trio.to_thread.run_sync(input, f"Are you {age} or older? ") != "yes":
                        sys.exit("too young")
                    first_name = await trio.to_thread.run_sync(input, "First name: ")
                    flow.sign_up(first_name)
                case _:
                    sys.exit(f"This program does not support {prompt}")
        print(flow.state)


if __name__ == "__main__":
    trio.run(main, *client_arguments())
