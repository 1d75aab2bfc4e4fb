"""invokeWithReCaptcha, on plain sockets."""

from command_line import stranger
from sansio_tl import functions
from sansio_tl.connection import Config
from transports.sync import connect


def main(address: tuple[str, int], config: Config) -> None:
    with connect(address, config) as link:
        nearest = link.invoke(
            functions.InvokeWithReCaptcha(
                token=input("Token: "),
                query=functions.help.GetNearestDc(),
            )
        )
        print(nearest)


if __name__ == "__main__":
    main(*stranger())
