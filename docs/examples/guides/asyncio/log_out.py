"""Log out, with asyncio.

Usage, in docs/examples:
    python -m guides.asyncio.log_out 127.0.0.1:4430 dc.pem session.json
"""

import asyncio
from typing import Any

from command_line import logged_in_client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.asyncio import open_client


async def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    async with open_client(config, snapshot) as client:
        flow = auth.LogOut()
        await client.run(flow)
        tokens = auth.remember_token((), flow.future_auth_token)
        print("tokens for the next login:", len(tokens))


if __name__ == "__main__":
    asyncio.run(main(*logged_in_client_arguments()))
