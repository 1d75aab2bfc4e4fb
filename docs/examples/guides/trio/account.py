"""Set after how many days without use an account is deleted, with trio.

Usage, in docs/examples:
    python -m guides.trio.account 127.0.0.1:4430 dc.pem session.json
"""

import sys
from typing import Any

import trio

from command_line import logged_in_client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.trio import open_client


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
    trio.run(main, *logged_in_client_arguments())
