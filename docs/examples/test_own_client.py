"""Test a login against the data center of the pytest fixture, with the client of this library."""

from sansio_tl_transports.sync import open_client
from sansio_tl_transports.testing.server_thread import RunningDataCenter

NUMBER = "+12025550100"


def test_log_in(data_center: RunningDataCenter) -> None:
    account = data_center.add_account(NUMBER, password="secret")
    with open_client(data_center.client_config()) as client:
        me = client.login(NUMBER, api_hash="any", code=lambda _: data_center.code_for(NUMBER), password="secret")
    assert me.id == account.id
