"""Hypothesis strategies for every TL type, to test code that uses these values.

    @given(values(types.auth.TypeSentCode))
    def test_my_dialog_survives(sent_code): ...

`values()` gives any constructor or function of the shipped schema, `values(cls)` one of them, `values(union)` and
`values("auth.SentCode")` a boxed type. Sizes stay small: after about `size` objects only required fields are added.
"""

from __future__ import annotations

from functools import reduce
from types import UnionType
from typing import Any, get_args

from sansio_tl import codec
from sansio_tl.tl.gzip_packed import GZIP_PACKED
from sansio_tl.tl.model import Bare, Boxed, Builtin, Combinator, Field, Type, Vector
from sansio_tl.tl.objects import TLObject
from sansio_tl.tl.registry import Entry
from sansio_tl.tl.schema_codec import SchemaCodec

try:
    from hypothesis import strategies as st
except ImportError as error:  # pragma: no cover
    raise ImportError("sansio_tl.testing.strategies needs hypothesis: pip install hypothesis") from error

_TEXT = st.one_of(
    st.text(max_size=12),
    st.text("aé€😀", min_size=80, max_size=90),
    # What a server left of a text that it cut inside a character.
    st.binary(max_size=12).map(lambda data: data.decode("utf-8", "surrogateescape")),
)
_BYTES = st.one_of(st.binary(max_size=12), st.binary(min_size=250, max_size=260))
_BUILTIN: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(-(1 << 31), (1 << 31) - 1),
    "long": st.integers(-(1 << 63), (1 << 63) - 1),
    "double": st.floats(allow_nan=False),
    "string": _TEXT,
    "bytes": _BYTES,
    "int128": st.binary(min_size=16, max_size=16),
    "int256": st.binary(min_size=32, max_size=32),
    "Bool": st.booleans(),
}
_COUNT = st.integers(0, 3)
_ENDLESS = 1 << 30


def values(
    what: type[TLObject] | UnionType | str | None = None, *, coder: SchemaCodec = codec.coder, size: int = 20
) -> st.SearchStrategy[Any]:
    """Random values of a class, a union of classes, a boxed type by its TL name, or (None) of the whole schema.

    `coder` is the codec of the schema: `Schema.parse(...).coder` for another layer. Raises ValueError for what the
    schema does not have, or what has no finite value in it.
    """
    heights = heights_of(coder)
    if what is None:
        entries = heights.finite
    elif isinstance(what, str):
        entries = heights.members.get(what, [])
    else:
        classes = get_args(what) if isinstance(what, UnionType) else (what,)
        entries = [entry for cls in classes if (entry := coder.registry.by_class(cls)) is not None]
    entries = [entry for entry in entries if heights.height(entry.combinator) < _ENDLESS]
    if not entries:
        raise ValueError(f"the schema has no values of {what!r}")
    return _values(heights, entries, size)


@st.composite
def _values(draw: st.DrawFn, heights: SchemaHeights, entries: list[Entry], size: int) -> Any:
    return Drawing(draw, heights, size).one_of(entries)


class SchemaHeights:
    """A schema with the minimum height of the values of each combinator, so that every generation terminates."""

    def __init__(self, coder: SchemaCodec) -> None:
        self.registry = coder.registry
        self.entries = list(coder.registry.entries())
        self.members: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if isinstance(entry.combinator.result, Boxed) and not entry.combinator.is_function:
                self.members.setdefault(entry.combinator.result.type, []).append(entry)
        self._heights: dict[tuple[str, bool], int] = {}
        self._settle()
        # gzip_packed is not a value of its own: it stands for its content.
        self.finite = [
            e for e in self.entries if self.height(e.combinator) < _ENDLESS and e.combinator.id != GZIP_PACKED
        ]
        self.functions = [entry for entry in self.finite if entry.combinator.is_function]

    def height(self, c: Combinator) -> int:
        """The minimum height of the values of a combinator."""
        return self._heights.get((c.name, c.is_function), _ENDLESS)

    def height_of(self, kind: Type) -> int:
        """The minimum height of the values of a type."""
        match kind:
            case Boxed(name):
                return min((self.height(e.combinator) for e in self.members.get(name, ())), default=_ENDLESS)
            case Bare(name):
                entry = self.registry.by_name(name)
                return self.height(entry.combinator) if entry else _ENDLESS
            case Builtin() | Vector():
                return 0
            case _:
                return 1

    def _settle(self) -> None:
        """Heights only fall; iterate over all combinators until nothing changes."""
        changed = True
        while changed:
            changed = False
            for entry in self.entries:
                c = entry.combinator
                height = 1 + reduce(max, (self.height_of(f.type) for f in c.required), 0)
                if height < self.height(c):
                    self._heights[c.name, c.is_function] = height
                    changed = True


class Drawing:
    """One value in generation; `left` is how many optional objects may still be added."""

    def __init__(self, draw: st.DrawFn, heights: SchemaHeights, size: int) -> None:
        self.draw, self.heights, self.left = draw, heights, size

    def one_of(self, entries: list[Entry]) -> Any:
        """A value of one of these combinators."""
        self.left -= 1
        if self.left <= 0:
            least = min(self.heights.height(entry.combinator) for entry in entries)
            entries = [entry for entry in entries if self.heights.height(entry.combinator) == least]
        entries = [entry for entry in entries if self.heights.height(entry.combinator) < _ENDLESS]
        return self.object(entries[0] if len(entries) == 1 else self.draw(st.sampled_from(entries)))

    def object(self, entry: Entry) -> Any:
        """A value of a combinator."""
        present = {
            (f.word, f.bit): self.left > 0 and self.possible(f) and self.draw(st.booleans())
            for f in entry.combinator.optional
        }
        for f in entry.combinator.optional:
            if not self.possible(f):
                present[f.word, f.bit] = False
        return entry.cls(*[self.field(f, present) for f in entry.combinator.values])

    def possible(self, f: Field) -> bool:
        """Whether there are values for a field."""
        return self.heights.height_of(f.type) < _ENDLESS

    def field(self, f: Field, present: dict[tuple[str | None, int], bool]) -> Any:
        """The value of a field; None if it is absent."""
        if f.word is None:
            return self.value(f.type)
        here = present[f.word, f.bit]
        if f.is_true:
            return here
        return self.value(f.type) if here else None

    def value(self, kind: Type) -> Any:
        """A value of a type."""
        match kind:
            case Builtin(name):
                return self.draw(_BUILTIN[name])
            case Vector(item, _):
                fits = self.left > 0 and self.heights.height_of(item) < _ENDLESS
                return [self.value(item) for _ in range(self.draw(_COUNT) if fits else 0)]
            case Boxed(name):
                return self.one_of(self.heights.members[name])
            case Bare(name):
                entry = self.heights.registry.by_name(name)
                return self.object(entry) if entry else None
            case _:
                # A query, or an Object, which may be any constructor.
                return self.one_of(self.heights.functions or self.heights.finite)


_cache: dict[int, tuple[SchemaCodec, SchemaHeights]] = {}


def heights_of(coder: SchemaCodec) -> SchemaHeights:
    """Those of a schema, computed once."""
    if id(coder) not in _cache:
        _cache[id(coder)] = coder, SchemaHeights(coder)
    return _cache[id(coder)][1]
