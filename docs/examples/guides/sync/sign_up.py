"""Sign up, on plain sockets."""

import sys

from command_line import stranger
from sansio_tl import auth
from sansio_tl.connection import Config
from transports.sync import connect

API_HASH = "from my.telegram.org"


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as link:
        phone_number = input("Phone number: ")
        flow = auth.log_in(phone_number, api_id=config.api_id, api_hash=API_HASH)
        while not flow.finished:
            if (elsewhere := link.run(flow)) is not None:
                sys.exit(f"go on at data centre {elsewhere}")
            match flow.wanted:
                case auth.CodeWanted():
                    code = input("Code: ")
                    flow.enter_code(code)
                case auth.SignUpWanted(terms=terms, minimum_age=age):
                    print(terms)
                    if age is not None and input(f"Are you {age} or older? ") != "yes":
                        sys.exit("too young")
                    first_name = input("First name: ")
                    flow.sign_up(first_name)
                case wanted if not flow.finished:
                    sys.exit(f"this program does not know {wanted}")
        print(flow.state)


if __name__ == "__main__":
    main(*stranger())
