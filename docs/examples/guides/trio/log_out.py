"""Log out, with trio.

Usage, in docs/examples:
    python -m guides.trio.log_out 127.0.0.1:4430 dc.pem session.json
"""

from typing import Any

import trio

from command_line import logged_in_client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.trio import open_client


async def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    async with open_client(config, snapshot) as client:
        flow = auth.LogOut()
        await client.run(flow)
        tokens = auth.remember_token((), flow.future_auth_token)
        print("tokens for the next login:", len(tokens))


if __name__ == "__main__":
    trio.run(main, *logged_in_client_arguments())
