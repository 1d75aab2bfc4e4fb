"""What a `DataCenter` keeps for its handlers, and shows to no program. The only file of the tests that reads it."""

from __future__ import annotations

from sansio_tl.testing import DataCenter
from sansio_tl.testing.context import DataCenterState


def state_of(data_center: DataCenter) -> DataCenterState:
    """Its codes and authorizations, as each handler gets them."""
    return data_center._state


def unused_replies(data_center: DataCenter) -> int:
    """How many of the answers that a test has set were not used."""
    return data_center._script.unused
