"""The id of a combinator is the CRC-32 of its declaration in a normal form.

The normal form has no id, no final `;`, no `flags.N?true` fields (a bit of presence never changes an id), writes bytes
as string, generic arguments without brackets (`Vector<long>` as `Vector long`) and type variables without braces.
"""

from __future__ import annotations

import re
import zlib

_ID = re.compile(r"^([\w.]+)#[0-9a-fA-F]+")
_TRUE_FIELD = re.compile(r" [A-Za-z_]\w*:[A-Za-z_]\w*\.\d+\?true(?= )")
_BYTES = re.compile(r"([:?])bytes(?= )")


def normal_form(text: str) -> str:
    """The text of a declaration that is hashed.

    >>> normal_form("vector#1cb5c415 {t:Type} # [ t ] = Vector t;")
    'vector t:Type # [ t ] = Vector t'
    """
    text = " ".join(text.rstrip("; \t\r\n").split())
    text = _ID.sub(r"\1", text)
    text = _TRUE_FIELD.sub("", text)
    text = _BYTES.sub(r"\1string", text)
    text = text.replace("<", " ").replace(">", "").replace("{", "").replace("}", "")
    return " ".join(text.split())


def combinator_id(text: str) -> int:
    """The unsigned 32-bit id of a declaration, written little endian on the wire."""
    return zlib.crc32(normal_form(text).encode())
