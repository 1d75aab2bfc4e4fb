"""An account that is taken along to another data center by hand has not moved there."""

from __future__ import annotations

from sansio_tl import functions
from tests.helpers.in_memory_network import AUTHORIZATION, InMemoryNetwork


def test_importing_the_account_elsewhere_does_not_move_it() -> None:
    network = InMemoryNetwork(lambda dc_id, request: AUTHORIZATION)
    network.log_in()
    assert network.client.home_dc == 2
    network.invoke(functions.auth.ImportAuthorization(id=7, bytes=b"exported"), dc_id=4)
    assert network.client.home_dc == 2
    assert network.client.user_id == 7


def test_who_begins_with_an_import_lives_where_it_is_imported() -> None:
    network = InMemoryNetwork(lambda dc_id, request: AUTHORIZATION)
    network.invoke(functions.auth.ImportAuthorization(id=7, bytes=b"exported"), dc_id=4)
    assert (network.client.home_dc, network.client.user_id) == (4, 7)
