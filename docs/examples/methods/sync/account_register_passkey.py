"""account.registerPasskey, on plain sockets."""

import base64
import json

from command_line import member
from sansio_tl import functions, types
from sansio_tl.connection import Config
from sansio_tl.crypto.auth_key import AuthKey
from transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as link:
        link.invoke(functions.account.InitPasskeyRegistration())
        given = json.loads(input("What the ceremony gave: "))
        passkey = link.invoke(
            functions.account.RegisterPasskey(
                credential=types.InputPasskeyCredentialPublicKey(
                    id=given["id"],
                    raw_id=given["id"],
                    response=types.InputPasskeyResponseRegister(
                        client_data=types.DataJSON(data=given["clientDataJSON"]),
                        attestation_data=base64.urlsafe_b64decode(given["attestationObject"]),
                    ),
                )
            )
        )
        print("registered", passkey.name)


if __name__ == "__main__":
    main(*member())
