"""How long an account outlives its owner's absence, with trio."""

import sys
from typing import Any

import trio

from command_line import old_account
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.trio import open_client


async def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    async with open_client(config, snapshot) as account:
        flow = auth.AccountTtl()
        async for wanted in account.steps(flow):
            match wanted:
                case auth.AccountTtlPrompt(days=days):
                    print("now", days, "days")
                    flow.set_days(365)
                case _:
                    sys.exit(f"this program does not know {wanted}")
        print("from now on", flow.result, "days")


if __name__ == "__main__":
    trio.run(main, *old_account())
