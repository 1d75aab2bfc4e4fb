"""Change the address for log-in codes, on plain sockets."""

import sys
from typing import Any

from command_line import old_account
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.sync import open_client


def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    with open_client(config, snapshot) as account:
        flow = auth.VerifyEmail(auth.EmailPurpose.LOG_IN)
        for wanted in account.steps(flow):
            match wanted:
                case auth.EmailPrompt():
                    email = input("E-mail address: ")
                    flow.enter_email(email)
                case auth.EmailCodePrompt(pattern=pattern):
                    code = input(f"Code that was mailed to {pattern}: ")
                    flow.enter_email_code(code)
                case _:
                    sys.exit(f"this program does not know {wanted}")
        print(flow.state)


if __name__ == "__main__":
    main(*old_account())
