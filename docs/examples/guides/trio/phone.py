"""Change the phone number, with trio.

Usage, in docs/examples:
    python -m guides.trio.phone 127.0.0.1:4430 dc.pem session.json
"""

import sys
from typing import Any

import trio

from command_line import logged_in_client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.trio import open_client


async def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    async with open_client(config, snapshot) as client:
        phone_number = await trio.to_thread.run_sync(input, "New phone number: ")
        flow = auth.change_phone(phone_number)
        async for prompt in client.steps(flow):
            match prompt:
                case auth.CodePrompt(via=via):
                    code = await trio.to_thread.run_sync(input, f"Code ({via.value}): ")
                    flow.enter_code(code)
                case _:
                    sys.exit(f"This program does not support {prompt}")
        print(flow.state)


if __name__ == "__main__":
    trio.run(main, *logged_in_client_arguments())
