"""Change the address for log-in codes, with trio."""

import sys
from typing import Any

import trio

from command_line import old_account
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.trio import open_client


async def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    async with open_client(config, snapshot) as account:
        flow = auth.VerifyEmail(auth.EmailPurpose.LOG_IN)
        async for wanted in account.steps(flow):
            match wanted:
                case auth.EmailPrompt():
                    email = await trio.to_thread.run_sync(input, "E-mail address: ")
                    flow.enter_email(email)
                case auth.EmailCodePrompt(pattern=pattern):
                    code = await trio.to_thread.run_sync(input, f"Code that was mailed to {pattern}: ")
                    flow.enter_email_code(code)
                case _:
                    sys.exit(f"this program does not know {wanted}")
        print(flow.state)


if __name__ == "__main__":
    trio.run(main, *old_account())
