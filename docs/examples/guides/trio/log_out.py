"""Log out, with trio."""

from typing import Any

import trio

from command_line import old_account
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.trio import open_client


async def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    async with open_client(config, snapshot) as account:
        flow = auth.LogOut()
        await account.run(flow)
        tokens = auth.remember_token((), flow.future_auth_token)
        print("tokens for the next log-in:", len(tokens))


if __name__ == "__main__":
    trio.run(main, *old_account())
