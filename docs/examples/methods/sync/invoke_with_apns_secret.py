"""invokeWithApnsSecret, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.invoke_with_apns_secret 127.0.0.1:4430 dc.pem
"""

from command_line import connection_arguments
from sansio_tl import Config, errors, functions, types
from sansio_tl_transports.sync import connect

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as connection:
        request = functions.auth.SendCode(
            phone_number=input("Phone number: "),
            api_id=config.api_id,
            api_hash=API_HASH,
            settings=types.CodeSettings(),
        )
        try:
            sent = connection.invoke(request)
        except errors.ApnsVerifyCheck as error:
            print("wait for a push notification for", error.nonce)
            sent = connection.invoke(
                functions.InvokeWithApnsSecret(
                    nonce=error.nonce,
                    secret=input("Secret: "),
                    query=request,
                )
            )
        print(type(sent).__name__)


if __name__ == "__main__":
    main(*connection_arguments())
