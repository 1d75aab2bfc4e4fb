"""auth.requestFirebaseSms, with blocking sockets.

Usage, in docs/examples:
    python -m methods.sync.auth_request_firebase_sms 127.0.0.1:4430 dc.pem
"""

from command_line import connection_arguments
from sansio_tl import Config, functions, types
from sansio_tl_transports.sync import connect

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as connection:
        phone_number = input("Phone number: ")
        sent = connection.invoke(
            functions.auth.SendCode(
                phone_number=phone_number,
                api_id=config.api_id,
                api_hash=API_HASH,
                settings=types.CodeSettings(allow_firebase=True),
            )
        )
        match sent:
            case types.auth.SentCode(type=types.auth.SentCodeTypeFirebaseSms(play_integrity_nonce=bytes(nonce))):
                print("for Play Integrity:", nonce.hex())
                accepted = connection.invoke(
                    functions.auth.RequestFirebaseSms(
                        phone_number=phone_number,
                        phone_code_hash=sent.phone_code_hash,
                        play_integrity_token=input("Token: "),
                    )
                )
                print(accepted)


if __name__ == "__main__":
    main(*connection_arguments())
