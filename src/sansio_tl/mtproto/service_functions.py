"""MTProto's own functions, as opposed to the API's."""

from __future__ import annotations

from typing import Any

from sansio_tl import functions
from sansio_tl.tl.objects import Function

_MODULE = functions.mtproto.Ping.__module__


def is_service(function: Function[Any]) -> bool:
    """Whether it is a function of MTProto itself: never wrapped, and most of them answered without rpc_result."""
    return type(function).__module__ == _MODULE
