"""List the sessions and end the others, with asyncio.

Usage, in docs/examples:
    python -m guides.asyncio.sessions 127.0.0.1:4430 dc.pem session.json
"""

import asyncio
from typing import Any

from command_line import logged_in_client_arguments
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.asyncio import open_client


async def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    async with open_client(config, snapshot) as client:
        flow = auth.Sessions()
        async for _ in client.steps(flow):
            if flow.sessions is not None:
                for session in flow.sessions.authorizations:
                    print(session.device_model, session.country, "(this one)" if session.current else "")
            if await asyncio.to_thread(input, "End all others? ") == "yes":
                flow.end_others()
            else:
                flow.leave()
        print(flow.state)


if __name__ == "__main__":
    asyncio.run(main(*logged_in_client_arguments()))
