"""Random values of a schema without hypothesis, a hundred times faster: millions of them are needed."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from sansio_tl.codec import coder
from sansio_tl.tl.gzip_packed import GZIP_PACKED
from sansio_tl.tl.model import AnyType, Bare, Boxed, Builtin, Type, TypeVariable, Vector
from sansio_tl.tl.objects import TLObject
from sansio_tl.tl.registry import Entry

_TEXTS = ("", "a", "text", "x" * 253, "x" * 254, "é" * 130, "привет", "你好", "🚀" * 70, "a\0b", "\udc80", "\ud800")
WRONG: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1 << 31, 1 << 63, -(1 << 63) - 1, 1 << 80, 0.5, "", "\ud800", b"", bytes(16),
    bytes(32), bytearray(4), [], [None], (), {}, object(),
)  # fmt: skip


@cache
def entries() -> tuple[Entry, ...]:
    """Everything that can be a value: not gzip_packed, which stands for what is inside."""
    return tuple(entry for entry in coder.registry.entries() if entry.combinator.id != GZIP_PACKED)


@cache
def _members(type_name: str) -> tuple[Entry, ...]:
    of = (e for e in entries() if not e.combinator.is_function and e.combinator.result == Boxed(type_name))
    return tuple(of)


def random_object(rng: Random, entry: Entry | None = None, size: int = 12) -> TLObject:
    """A value of that constructor, or of any; of about `size` objects at most."""
    return _Maker(rng, size).object(entry or rng.choice(entries()), 0)


class _Maker:
    def __init__(self, rng: Random, size: int) -> None:
        self.rng = rng
        self.left = size

    def object(self, entry: Entry, depth: int) -> TLObject:
        self.left -= 1
        words: dict[tuple[str, int], bool] = {}
        given = []
        for f in entry.combinator.values:
            if f.word is None:
                given.append(self.value(f.type, depth + 1))
                continue
            present = words.setdefault((f.word, f.bit), self.left > 0 and depth < 8 and self.rng.random() < 0.4)
            given.append(present if f.is_true else self.value(f.type, depth + 1) if present else None)
        return entry.cls(*given)

    def value(self, kind: Type, depth: int) -> Any:
        match kind:
            case Builtin(name):
                return self.builtin(name)
            case Vector(item):
                most = 0 if self.left <= 0 or depth > 6 else self.rng.choice((0, 1, 1, 2, 3, 5))
                items = [self.value(item, depth + 1) for _ in range(most)]
                return tuple(items) if self.rng.random() < 0.1 else items
            case Bare(name):
                found = coder.registry.by_name(name)
                if found is None:
                    raise LookupError(name)
                return self.object(found, depth)
            case Boxed(name):
                members = _members(name)
                if self.left <= 0 or depth > 6:  # the one that needs least
                    return self.object(min(members, key=lambda e: len(e.combinator.required)), depth)
                return self.object(self.rng.choice(members), depth)
            case AnyType() | TypeVariable():
                return self.object(self.rng.choice(_members("InputPeer")), depth)
            case _:
                raise TypeError(kind)

    def builtin(self, name: str) -> Any:
        rng = self.rng
        match name:
            case "int":
                return rng.choice((0, 1, -1, rng.randrange(-(1 << 31), 1 << 31)))
            case "long":
                return rng.choice((0, 1, -1, rng.randrange(-(1 << 63), 1 << 63)))
            case "double":
                return rng.choice((0.0, -0.0, 1.5, float("nan"), float("inf"), rng.random()))
            case "string":
                return rng.choice(_TEXTS) if rng.random() < 0.2 else "x" * rng.randrange(12)
            case "bytes":
                return rng.randbytes(rng.choice((0, 1, 2, 3, 4, 5, 252, 253, 254, 255, 256, 300)))
            case "Bool":
                return rng.random() < 0.5
            case "int128":
                return rng.randbytes(16)
            case "int256":
                return rng.randbytes(32)
            case _:
                raise LookupError(name)


def damage(rng: Random, value: TLObject) -> TLObject:
    """The same with a wrong value in a field, of it or of something inside."""
    names = value.__struct_fields__
    if not names:
        return value
    fields = {name: getattr(value, name) for name in names}
    name = rng.choice(names)
    inner = fields[name]
    if isinstance(inner, TLObject) and rng.random() < 0.7:
        fields[name] = damage(rng, inner)
    elif isinstance(inner, list) and inner and rng.random() < 0.7:
        at = rng.randrange(len(inner))
        changed = damage(rng, inner[at]) if isinstance(inner[at], TLObject) else rng.choice(WRONG)
        fields[name] = [*inner[:at], changed, *inner[at + 1 :]]
    else:
        fields[name] = rng.choice(WRONG)
    return type(value)(**fields)


__all__ = ["WRONG", "damage", "entries", "random_object"]
