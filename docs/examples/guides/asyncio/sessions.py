"""List the sessions, end the others, with asyncio."""

import asyncio
import sys

from command_line import member
from sansio_tl import auth
from sansio_tl.connection import Config
from sansio_tl.crypto.auth_key import AuthKey
from transports.asyncio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        flow = auth.Sessions()
        if (elsewhere := await link.run(flow)) is not None:
            sys.exit(f"go on at data centre {elsewhere}")
        if flow.sessions is not None:
            for session in flow.sessions.authorizations:
                print(session.device_model, session.country, "(this one)" if session.current else "")
        if await asyncio.to_thread(input, "End all others? ") == "yes":
            flow.end_others()
            if (elsewhere := await link.run(flow)) is not None:
                sys.exit(f"go on at data centre {elsewhere}")
        flow.leave()
        print(flow.state)


if __name__ == "__main__":
    asyncio.run(main(*member()))
