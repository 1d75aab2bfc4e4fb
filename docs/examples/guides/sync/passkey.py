"""Log in with a passkey, on plain sockets."""

import sys

from command_line import stranger
from sansio_tl import Config, auth
from sansio_tl_transports.sync import connect
from web_authn import assertion

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as link:
        flow = auth.PasskeyLogin(
            api_id=config.api_id,
            api_hash=API_HASH,
            dc=config.dc_id,
            auth_key_id=int.from_bytes(link.auth_key.id, "little", signed=True),
        )
        while not flow.finished:
            if (elsewhere := link.run(flow)) is not None:
                sys.exit(f"go on at data center {elsewhere}")
            if isinstance(flow.prompt, auth.CeremonyPrompt):
                print("for the platform:", flow.prompt.options)
                given = assertion(input("What it gave: "))
                flow.enter_credential(
                    given.id,
                    client_data=given.client_data,
                    authenticator_data=given.authenticator_data,
                    signature=given.signature,
                    user_handle=given.user_handle,
                )
            elif not flow.finished:
                sys.exit(f"this program does not know {flow.prompt}")
        print(flow.state)


if __name__ == "__main__":
    main(*stranger())
