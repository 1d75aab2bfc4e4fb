"""Log in by code, with trio.

Usage, in docs/examples:
    python -m guides.trio.log_in 127.0.0.1:4430 dc.pem
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
            if flow.error is not None:
                print(flow.error.message)
            match prompt:
                case auth.CodePrompt(via=via, length=length):
                    code = await trio.to_thread.run_sync(input, f"{length} digits, by {via.value}: ")
                    flow.enter_code(code)
                case auth.NumberPrompt():
                    phone_number = await trio.to_thread.run_sync(input, "Phone number: ")
                    flow.send_code(phone_number)
                case _:
                    sys.exit(f"This program does not support {prompt}")
        print(flow.state)


if __name__ == "__main__":
    trio.run(main, *client_arguments())
