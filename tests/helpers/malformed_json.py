"""Malformed JSON: arbitrary values, or valid ones changed in a few places."""

from __future__ import annotations

import copy
import math
from typing import Any

from hypothesis import strategies as st

JUNK: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1 << 31,
    1 << 32,
    1 << 63,
    1 << 70,
    10**400,
    -(1 << 70),
    1e30,
    math.inf,
    -math.inf,
    math.nan,
    "",
    "x",
    "0",
    "2",
    "é",
    "\ud800",
    "\udc80",
    "9" * 5000,
    "A" * 344,
    [],
    [[]],
    ["x", 1, None],
    {},
    {"a": 1},
    {"_": "user"},
    {"tl": "AAAA"},
    {"tl": 5},
    {"\ud800": "\ud800"},
]

nested: Any = []
for _ in range(5000):
    nested = [nested]
DEEP: list[Any] = [nested]
"""Deeper than Python recurses."""

any_json = st.recursive(
    st.sampled_from(JUNK) | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def corrupted(draw: st.DrawFn, good: Any, extra: list[Any] | None = None) -> Any:
    """`good` with one to three places changed; `extra` are more values to put there."""
    tree = {"whole": copy.deepcopy(good)}
    values = st.sampled_from([*JUNK, nested, *(extra or [])]) | st.integers() | st.text(max_size=8)
    for _ in range(draw(st.integers(1, 3))):
        place: Any = tree
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            inner = place[key]
            if isinstance(inner, dict | list) and inner and inner is not nested and draw(st.booleans()):
                place = inner
                continue
            match draw(st.integers(0, 5)):
                case 0 if place is not tree:
                    del place[key]
                case 1 if isinstance(place, dict) and place is not tree:
                    place[draw(st.sampled_from(["x", "", "\ud800", "2"]))] = _own(draw(values))
                case _:
                    place[key] = _own(draw(values))
            break
    return tree["whole"]


def _own(value: Any) -> Any:
    """A copy, which may be changed further."""
    return value if value is nested else copy.deepcopy(value)
