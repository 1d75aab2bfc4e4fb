"""An account that is taken along to another data center by hand has not moved there."""

from __future__ import annotations

from sansio_tl import functions
from tests.client.world import AUTHORIZATION, World


def test_importing_the_account_elsewhere_does_not_move_it() -> None:
    world = World(lambda dc_id, request: AUTHORIZATION)
    world.log_in()
    assert world.client.home_dc == 2
    world.ask(functions.auth.ImportAuthorization(id=7, bytes=b"exported"), dc_id=4)
    assert world.client.home_dc == 2
    assert world.client.user_id == 7


def test_who_begins_with_an_import_lives_where_it_is_imported() -> None:
    world = World(lambda dc_id, request: AUTHORIZATION)
    world.ask(functions.auth.ImportAuthorization(id=7, bytes=b"exported"), dc_id=4)
    assert (world.client.home_dc, world.client.user_id) == (4, 7)
