"""What a flow holds and shows to no caller. The only file of the tests that reads and writes it.

A snapshot cannot replace it: it holds no secrets, and what needs some is stored as the state before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sansio_tl.auth import Flow
from sansio_tl.auth.state_table import State


def data_of(flow: Flow[Any]) -> Any:
    """Its data besides the state, of the class `flow.DATA`: to be changed, for what takes many steps to get there."""
    return flow._data


def secrets_of(flow: Flow[Any]) -> dict[str, Any]:
    """What the user has entered, and what was computed from it, as long as a request may need it."""
    return flow._secrets


def put_at(
    flow: Flow[Any],
    state: State,
    *,
    data: object = None,
    secrets: Mapping[str, Any] | None = None,
    result: object = None,
) -> None:
    """Put a flow at a state, as if it had got there."""
    flow._state = state
    if data is not None:
        flow._data = data  # type: ignore[assignment]
    if secrets is not None:
        flow._secrets = dict(secrets)
    if result is not None:
        flow._result = result
