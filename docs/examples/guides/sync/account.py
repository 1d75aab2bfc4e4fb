"""How long an account outlives its owner's absence, on plain sockets."""

import sys
from typing import Any

from command_line import old_account
from sansio_tl import ClientConfig, auth
from sansio_tl_transports.sync import open_client


def main(config: ClientConfig, snapshot: dict[str, Any]) -> None:
    with open_client(config, snapshot) as account:
        flow = auth.AccountTtl()
        for wanted in account.steps(flow):
            match wanted:
                case auth.AccountTtlPrompt(days=days):
                    print("now", days, "days")
                    flow.set_days(365)
                case _:
                    sys.exit(f"this program does not know {wanted}")
        print("from now on", flow.result, "days")


if __name__ == "__main__":
    main(*old_account())
