"""The ids that are not the CRC-32 of their declarations.

All three belong to the configuration that clients fetch outside MTProto (over DNS and HTTP). Their texts were edited
after their ids were fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXCEPTIONS: Mapping[str, int] = MappingProxyType(
    {
        "mtproto.ipPortSecret": 0x37982646,
        "mtproto.accessPointRule": 0x4679B65F,
        "mtproto.help.configSimple": 0x5A592A6C,
    }
)
"""Name -> the id that the server uses."""
