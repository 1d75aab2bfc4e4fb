"""How much memory a decoded value takes (MS34): requests on a server, unread updates of a client.

It is more than its bytes on the wire: ten times as much for a vector of ints, 15 times for one of short texts, as every
item becomes an object of Python.
"""

from __future__ import annotations

from sys import getsizeof

from msgspec import Struct

_LEAVES = (int, float, str, bytes)


def weight(value: object) -> int:
    """Bytes of all objects that a TL value consists of; an object that is in several places counts in each."""
    total = 0
    left: list[object] = [value]
    while left:
        item = left.pop()
        if item is None or item is True or item is False:
            continue  # there is one of each
        total += getsizeof(item)
        if isinstance(item, Struct):
            left.extend([getattr(item, name) for name in item.__struct_fields__])
        elif isinstance(item, list) and item:
            if type(item[0]) in _LEAVES:  # the items of a vector are of one type
                total += sum(map(getsizeof, item))
            else:
                left.extend(item)
    return total
