"""Log in with a passkey, on plain sockets."""

import base64
import json
import sys

from command_line import stranger
from sansio_tl import auth
from sansio_tl.connection import Config
from transports.sync import connect

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as link:
        flow = auth.PasskeyLogIn(
            api_id=config.api_id,
            api_hash=API_HASH,
            dc=config.dc_id,
            auth_key_id=int.from_bytes(link.auth_key.id, "little", signed=True),
        )
        while not flow.finished:
            if (elsewhere := link.run(flow)) is not None:
                sys.exit(f"go on at data centre {elsewhere}")
            match flow.wanted:
                case auth.CeremonyWanted(options=options):
                    print("for the platform:", options)
                    given = json.loads(input("What it gave: "))
                    flow.enter_credential(
                        given["id"],
                        client_data=given["clientDataJSON"],
                        authenticator_data=base64.urlsafe_b64decode(given["authenticatorData"]),
                        signature=base64.urlsafe_b64decode(given["signature"]),
                        user_handle=given["userHandle"],
                    )
                case wanted if not flow.finished:
                    sys.exit(f"this program does not know {wanted}")
        print(flow.state)


if __name__ == "__main__":
    main(*stranger())
