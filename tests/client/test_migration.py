"""Whose word moves the account or a request, and where to."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from tests.client.world import World


def outcomes(world: World) -> list[Any]:
    return [event for event in world.take() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (303, "USER_MIGRATE_X"),
        (303, "PHONE_MIGRATE_9999999999999999999"),
        (303, "FILE_MIGRATE_9999999999999999999"),
        (303, "FILE_MIGRATE_4294967296"),
        (303, "PHONE_MIGRATE_0"),
        (400, "NETWORK_MIGRATE_X"),
        (420, "FLOOD_WAIT_X"),
        (420, "FLOOD_WAIT_9999999999999999999"),
        (500, "STATS_MIGRATE_00000000000000000002"),
    ],
)
@pytest.mark.parametrize("logged_in", [False, True])
def test_AU3_an_error_whose_value_is_missing_or_out_of_range_is_told_and_has_no_effect(
    code: int, text: str, *, logged_in: bool
) -> None:
    world = World(lambda dc_id, request: errors.parse(code, text))
    if logged_in:
        world.log_in()
    asked = len(world.centres[2].requests)
    handle = world.ask()
    (failed,) = outcomes(world)
    assert (failed.handle, failed.error.code, failed.error.text) == (handle, code, text)
    assert len(world.centres[2].requests) == asked + 1
    assert (world.client.main_dc, world.client.user_id) == (2, 7 if logged_in else None)
    assert {dc_id for _, dc_id in world.dialled} == {2}
