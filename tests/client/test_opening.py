"""What a client does before anybody asks it for anything."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl.client import Dial
from tests.client.world import World


def _saved() -> dict[str, Any]:
    world = World()
    world.log_in()
    return world.client.snapshot()


@pytest.mark.parametrize(
    ("logged_in", "stay", "dials"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_who_is_logged_in_and_stays_connected_is_dialled_for_at_once(
    *, logged_in: bool, stay: bool, dials: bool
) -> None:
    saved = _saved()
    if not logged_in:
        saved |= {"user_id": None}
    client = World(snapshot=saved, stay_connected=stay, seed="another").client
    action = client.next_action()
    if dials:
        assert isinstance(action, Dial)
        assert action.dc_id == client.main_dc
        assert client.next_action() is None
    else:
        assert action is None
        assert client.next_deadline() is None
