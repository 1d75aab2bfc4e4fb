"""account.resetPassword, on plain sockets."""

from command_line import member
from sansio_tl import AuthKey, Config, functions, types
from sansio_tl_transports.sync import connect


def main(address: tuple[str, int], config: Config, auth_key: AuthKey) -> None:
    with connect(address, config, auth_key=auth_key) as link:
        match link.invoke(functions.account.ResetPassword()):
            case types.account.ResetPasswordRequestedWait(until_date=date):
                print("come back at", date)
            case types.account.ResetPasswordFailedWait(retry_date=date):
                print("declined lately; not before", date)
            case types.account.ResetPasswordOk():
                print("the password is gone")


if __name__ == "__main__":
    main(*member())
