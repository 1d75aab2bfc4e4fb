"""Taking up a flow when only its snapshot says which one it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sansio_tl import auth
from sansio_tl.auth.flow import Flow
from sansio_tl.errors import LocalProtocolError


def restore(snapshot: Mapping[str, Any]) -> Flow[Any]:
    """The flow of any kind that this is a snapshot of. Raises LocalProtocolError when it is of none."""
    kind = snapshot.get("flow") if isinstance(snapshot, Mapping) else None
    for flow in auth.FLOWS:
        if kind == flow.KIND:
            return flow.restore(snapshot)
    raise LocalProtocolError("this is no snapshot of a flow")
