"""Change the phone number, with asyncio."""

import asyncio
import sys
from typing import Any

from command_line import old_account
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.asyncio import open_client


async def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    async with open_client(config, snapshot) as account:
        phone_number = await asyncio.to_thread(input, "New phone number: ")
        flow = auth.change_phone(phone_number)
        async for wanted in account.steps(flow):
            match wanted:
                case auth.CodePrompt(via=via):
                    code = await asyncio.to_thread(input, f"Code ({via.value}): ")
                    flow.enter_code(code)
                case _:
                    sys.exit(f"this program does not know {wanted}")
        print(flow.state)


if __name__ == "__main__":
    asyncio.run(main(*old_account()))
