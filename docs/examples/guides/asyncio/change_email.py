"""Change the address for log-in codes, with asyncio."""

import asyncio
import sys

from command_line import member
from sansio_tl import auth
from sansio_tl.connection import Config
from sansio_tl.crypto.auth_key import AuthKey
from transports.asyncio import connect


async def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    async with connect(address, config, auth_key=auth_key) as link:
        flow = auth.VerifyEmail(auth.EmailPurpose.LOG_IN)
        while not flow.finished:
            match flow.wanted:
                case auth.EmailWanted():
                    email = await asyncio.to_thread(input, "E-mail address: ")
                    flow.enter_email(email)
                case auth.EmailCodeWanted(pattern=pattern):
                    code = await asyncio.to_thread(input, f"Code that was mailed to {pattern}: ")
                    flow.enter_email_code(code)
                case wanted if not flow.finished:
                    sys.exit(f"this program does not know {wanted}")
            if (elsewhere := await link.run(flow)) is not None:
                sys.exit(f"go on at data centre {elsewhere}")
        print(flow.state)


if __name__ == "__main__":
    asyncio.run(main(*member()))
