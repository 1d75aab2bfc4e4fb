"""What libFuzzer is given for every target: a dictionary and limits."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sansio_tl.codec.index import MODULE_OF

LIMITS: Mapping[str, int] = MappingProxyType(
    {
        "max_len": 1 << 14,  # bytes: cost must be linear, and that shows in 16 KiB
        "timeout": 120,  # of the clock, for what hangs: imports at first use are slow on a busy machine
        "rss_limit_mb": 2048,
    }
)
"""Options of libFuzzer."""


def dictionary() -> Iterator[str]:
    """Words that mean something in inputs: constructor ids, references, tags."""
    ids = [struct.pack("<I", number) for number, module in MODULE_OF.items() if module.endswith(("mtproto", "auth"))]
    ids += [struct.pack("<I", number) for number in list(MODULE_OF)[::40]]
    ids += [struct.pack("<I", number) for number in (0x1CB5C415, 0x997275B5, 0xBC799737, 0x3072CFA1)]
    words = [
        *ids,
        b"REQUEST0",
        b"REQUEST1",
        b"REQUEST2",
        b"SESSION_",
        b"\xfe\xff\xff\xff",
        b"\xee\xee\xee\xee",
        b"\xdd" * 4,
        *(f"{name}_MIGRATE_".encode() for name in ("USER", "PHONE", "FILE", "NETWORK", "STATS")),
        *(b"FLOOD_WAIT_", b"SLOWMODE_WAIT_", b"AUTH_KEY_UNREGISTERED", b"AUTH_KEY_DUPLICATED", b"SESSION_REVOKED"),
        *(b"MSG_WAIT_FAILED", b"CONNECTION_NOT_INITED", b"4294967296", b"9223372036854775808"),
    ]
    words += [b"HTTP/1.1 200 OK\r\n", b"Content-Length: ", b"POST /api HTTP/1.1\r\n", b"GET /apiws HTTP/1.1\r\n"]
    words += [
        b"---functions---",
        b"flags:#",
        b"flags.0?",
        b"Vector<",
        b"vector<",
        b"{X:Type}",
        b"!X",
        b"%",
        b" = ",
        b"// LAYER ",
    ]
    for word in dict.fromkeys(words):
        yield '"' + "".join(f"\\x{byte:02x}" for byte in word) + '"'
