"""Change the phone number, on plain sockets."""

import sys
from typing import Any

from command_line import old_account
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.sync import open_client


def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    with open_client(config, snapshot) as account:
        phone_number = input("New phone number: ")
        flow = auth.change_phone(phone_number)
        for wanted in account.steps(flow):
            match wanted:
                case auth.CodePrompt(via=via):
                    code = input(f"Code ({via.value}): ")
                    flow.enter_code(code)
                case _:
                    sys.exit(f"this program does not know {wanted}")
        print(flow.state)


if __name__ == "__main__":
    main(*old_account())
