"""Change the phone number, with asyncio.

Usage, in docs/examples:
    python -m guides.asyncio.phone 127.0.0.1:4430 dc.pem session.json
"""

import asyncio
import sys
from typing import Any

from command_line import logged_in_client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.asyncio import open_client


async def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    async with open_client(config, snapshot) as client:
        phone_number = await asyncio.to_thread(input, "New phone number: ")
        flow = auth.change_phone(phone_number)
        async for prompt in client.steps(flow):
            match prompt:
                case auth.CodePrompt(via=via):
                    code = await asyncio.to_thread(input, f"Code ({via.value}): ")
                    flow.enter_code(code)
                case _:
                    sys.exit(f"This program does not support {prompt}")
        print(flow.state)


if __name__ == "__main__":
    asyncio.run(main(*logged_in_client_arguments()))
