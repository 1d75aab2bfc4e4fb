"""Set after how many days without use an account is deleted, with asyncio.

Usage, in docs/examples:
    python -m guides.asyncio.account 127.0.0.1:4430 dc.pem session.json
"""

import asyncio
import sys
from typing import Any

from command_line import logged_in_client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.asyncio import open_client


async def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    async with open_client(config, snapshot) as client:
        flow = auth.AccountTtl()
        async for prompt in client.steps(flow):
            match prompt:
                case auth.AccountTtlPrompt(days=days):
                    print("current:", days, "days")
                    flow.set_days(365)
                case _:
                    sys.exit(f"This program does not support {prompt}")
        print("new:", flow.result, "days")


if __name__ == "__main__":
    asyncio.run(main(*logged_in_client_arguments()))
