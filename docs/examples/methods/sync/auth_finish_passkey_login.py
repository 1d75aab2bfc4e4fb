"""auth.finishPasskeyLogin, on plain sockets."""

import base64
import json

from command_line import stranger
from sansio_tl import functions, types
from sansio_tl.connection import Config
from transports.sync import connect

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as link:
        link.invoke(functions.auth.InitPasskeyLogin(api_id=config.api_id, api_hash=API_HASH))
        given = json.loads(input("What the ceremony gave: "))
        welcome = link.invoke(
            functions.auth.FinishPasskeyLogin(
                credential=types.InputPasskeyCredentialPublicKey(
                    id=given["id"],
                    raw_id=given["id"],
                    response=types.InputPasskeyResponseLogin(
                        client_data=types.DataJSON(data=given["clientDataJSON"]),
                        authenticator_data=base64.urlsafe_b64decode(given["authenticatorData"]),
                        signature=base64.urlsafe_b64decode(given["signature"]),
                        user_handle=given["userHandle"],
                    ),
                )
            )
        )
        print(type(welcome).__name__)


if __name__ == "__main__":
    main(*stranger())
