"""Log in at a data centre of one's own: no account, no network, no person."""

from sansio_tl.client import ClientConfig, Endpoint
from sansio_tl_transports.sync import open_client
from sansio_tl_transports.testing.server_thread import Grounds, RunningDataCentre

NUMBER = "+12025550100"


def main(data_centre: RunningDataCentre) -> None:
    """Log somebody in; the code is the one that the data centre has sent."""
    endpoints = {data_centre.dc_id: (Endpoint(data_centre.host, data_centre.port),)}
    config = ClientConfig(connection=data_centre.config(), endpoints=endpoints)
    with open_client(config) as account:
        me = account.login(NUMBER, api_hash="any", code=lambda _: data_centre.code_for(NUMBER), password="secret")
        print("Logged in as", me.id)


if __name__ == "__main__":
    with Grounds() as grounds:
        own = grounds.open()
        own.add_account(NUMBER, password="secret")
        main(own)
