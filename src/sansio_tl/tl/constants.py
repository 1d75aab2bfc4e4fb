"""The built-in types on the wire: little endian, in multiples of 4 bytes."""

from __future__ import annotations

FIXED = {"int": 4, "long": 8, "double": 8, "#": 4, "int128": 16, "int256": 32}
"""Bytes of the types of fixed width."""
LAYOUT = {"int": "i", "long": "q", "double": "d", "#": "I", "int128": "16s", "int256": "32s"}
"""Their format characters in the struct module."""
NUMBERS = frozenset({"int", "long", "double"})
"""Those whose vectors are read and written at once."""

VECTOR = 0x1CB5C415
"""The id of a boxed vector, before its count."""
TRUE = b"\xb5\x75\x72\x99"
FALSE = b"\x37\x97\x79\xbc"
BOOL = {TRUE: True, FALSE: False}
"""Bool is one of two constructors (TL5)."""
