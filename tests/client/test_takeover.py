"""A manual import into another data center does not change the home data center."""

from __future__ import annotations

from sansio_tl import functions
from tests.helpers.in_memory_network import AUTHORIZATION, InMemoryNetwork


def test_importing_the_account_into_another_data_center_does_not_change_home() -> None:
    network = InMemoryNetwork(lambda dc_id, request: AUTHORIZATION)
    network.log_in()
    assert network.client.home_dc == 2
    network.invoke(functions.auth.ImportAuthorization(id=7, bytes=b"exported"), dc_id=4)
    assert network.client.home_dc == 2
    assert network.client.user_id == 7


def test_import_before_any_login_sets_the_home_data_center() -> None:
    network = InMemoryNetwork(lambda dc_id, request: AUTHORIZATION)
    network.invoke(functions.auth.ImportAuthorization(id=7, bytes=b"exported"), dc_id=4)
    assert (network.client.home_dc, network.client.user_id) == (4, 7)
