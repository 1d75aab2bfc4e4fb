"""Log in at a data center in the same process: no account and no network needed."""

from sansio_tl_transports.sync import open_client
from sansio_tl_transports.testing.server_thread import RunningDataCenter, ServerThread

NUMBER = "+12025550100"


def main(data_center: RunningDataCenter) -> None:
    """Log in with the code that the data center has sent."""
    with open_client(data_center.client_config()) as client:
        me = client.login(NUMBER, api_hash="any", code=lambda _: data_center.code_for(NUMBER), password="secret")
        print("Logged in as", me.id)


if __name__ == "__main__":
    with ServerThread() as thread:
        data_center = thread.open()
        data_center.add_account(NUMBER, password="secret")
        main(data_center)
