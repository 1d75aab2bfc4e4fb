"""What changes from one layer of the API to another, and what it means for those who use it.

breaking     a name is gone, or what it takes or returns is not what it was: programs that use it must be changed
auth         it concerns logging in: a method of `auth`, one that the caller names, or a type that such a method uses
additive     a new name, a new optional field, a new id for the same fields
collision    an id stands for one text in the old layer and for another in the new one
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sansio_tl.tl.model import Bare, Boxed, Combinator, Declarations, Field, Type, Vector, as_tl

Key: TypeAlias = tuple[bool, str]
"""Whether it is a function, and its name: a function may share its name with a constructor."""


@dataclass(frozen=True, slots=True)
class DeclarationChange:
    """What happens to one constructor or function. `before` is None for a new one, `after` for one that is gone."""

    before: Combinator | None
    after: Combinator | None
    lost: tuple[str, ...] = ()
    """What programs cannot rely on any more: fields, types, the result."""
    gained: tuple[str, ...] = ()
    """Optional fields that are new, and required ones that became optional."""

    @property
    def combinator(self) -> Combinator:
        """The newest declaration."""
        newest = self.after or self.before
        if newest is None:
            raise TypeError("a change has a declaration")
        return newest

    @property
    def is_breaking(self) -> bool:
        return self.after is None or bool(self.lost)

    @property
    def same_id(self) -> bool:
        """Whether the id stayed while the text changed: only bits of presence did."""
        return self.before is not None and self.after is not None and self.before.id == self.after.id

    def __str__(self) -> str:
        kind = "method" if self.combinator.is_function else "constructor"
        if self.before is None:
            return f"new {kind} {self.combinator.name}"
        if self.after is None:
            return f"{kind} {self.combinator.name} is gone"
        what = ", ".join([*self.lost, *self.gained]) or "a new id"
        return f"{kind} {self.combinator.name}: {what}"


@dataclass(frozen=True, slots=True)
class Collision:
    """One id, two meanings."""

    id: int
    before: str
    after: str

    def __str__(self) -> str:
        if self.before == self.after:
            return f"{self.id:08x} stays {self.after} with other bits"
        return f"{self.id:08x} was {self.before} and becomes {self.after}"


@dataclass(frozen=True)
class LayerChanges:
    """All changes between two layers, in the order of the new one."""

    old_layer: int | None
    new_layer: int | None
    changes: tuple[DeclarationChange, ...]
    auth_keys: frozenset[Key]
    collisions: tuple[Collision, ...]
    old_namespaces: frozenset[str]

    @property
    def breaking(self) -> tuple[DeclarationChange, ...]:
        return tuple(c for c in self.changes if c.is_breaking)

    @property
    def auth(self) -> tuple[DeclarationChange, ...]:
        return tuple(c for c in self.changes if _key(c.combinator) in self.auth_keys)

    @property
    def additive(self) -> tuple[DeclarationChange, ...]:
        return tuple(c for c in self.changes if not c.is_breaking)

    def report(self) -> str:
        """All of it for the one who updates the schema, a line each."""
        lines = [f"layer {self.old_layer} -> {self.new_layer}"]
        for title, items in (
            ("auth", self.auth),
            ("breaking", self.breaking),
            ("collisions of ids", self.collisions),
            ("additive", self.additive),
        ):
            lines += ["", f"{title}: {len(items)}", *(f"    {item}" for item in items)]
        return "\n".join(lines)

    def changelog_entry(self, width: int = 120) -> str:
        """The entry of a changelog: auth and breaking changes by name, the others counted by namespace."""
        sentences = [f"API layer {self.new_layer}, after {self.old_layer}."]
        if self.auth:
            sentences.append(f"Login: {'; '.join(map(_named, self.auth))}.")
        rest = [c for c in self.breaking if c not in self.auth]
        if rest:
            sentences.append(f"Breaking: {'; '.join(map(_named, rest))}.")
        new = [c.combinator for c in self.additive if c.before is None]
        if new:
            functions = sum(c.is_function for c in new)
            spaces = sorted(_namespaces(new) - self.old_namespaces)
            within = f", with the new namespaces {', '.join(f'`{name}`' for name in spaces)}" if spaces else ""
            sentences.append(f"{functions} new methods and {len(new) - functions} new constructors{within}.")
        grown = [c for c in self.additive if c.before is not None and c not in self.auth]
        if grown:
            sentences.append(f"New optional fields: {'; '.join(map(_named, grown))}.")
        return _filled(" ".join(sentences), width)


def compare(old: Declarations, new: Declarations, auth_functions: Collection[str] = ()) -> LayerChanges:
    """The changes from `old` to `new`. `auth_functions` concern logging in beside those of the namespace `auth`."""
    before = {_key(c): c for c in old.combinators}
    after = {_key(c): c for c in new.combinators}
    changes = [_changed(before.get(key), c) for key, c in after.items()]
    changes += [DeclarationChange(c, None) for key, c in before.items() if key not in after]
    found = tuple(c for c in changes if c is not None)
    auth_keys = _auth_keys(old, auth_functions) | _auth_keys(new, auth_functions)
    collisions = tuple(_collisions(old, new))
    return LayerChanges(old.layer, new.layer, found, auth_keys, collisions, _namespaces(old.combinators))


def _changed(before: Combinator | None, after: Combinator) -> DeclarationChange | None:
    if before is None:
        return DeclarationChange(None, after)
    if before.text == after.text:
        return None
    lost: list[str] = []
    gained: list[str] = []
    fields = {f.name: f for f in after.values}
    for f in before.values:
        if f.name not in fields:
            lost.append(f"no {f.name}")
        else:
            _compare_field(f, fields[f.name], lost, gained)
    known = {f.name for f in before.values}
    for f in after.values:
        if f.name not in known:
            (lost if f.word is None else gained).append(f"{'required ' if f.word is None else ''}{f.name}")
    if before.result != after.result:
        lost.append(f"result {as_tl(before.result)} becomes {as_tl(after.result)}")
    return DeclarationChange(before, after, tuple(lost), tuple(gained))


def _compare_field(before: Field, after: Field, lost: list[str], gained: list[str]) -> None:
    if before.type != after.type:
        lost.append(f"{before.name} of type {as_tl(before.type)} becomes {as_tl(after.type)}")
    elif before.word is None and after.word is not None:
        # Who reads it must expect None now; who sends it may leave it out.
        lost.append(f"{before.name} becomes optional")
    elif before.word is not None and after.word is None:
        lost.append(f"{before.name} becomes required")
    elif (before.word, before.bit) != (after.word, after.bit):
        gained.append(f"{before.name} has another bit")


def _collisions(old: Declarations, new: Declarations) -> Iterator[Collision]:
    for number, after in new.by_id.items():
        before = old.by_id.get(number)
        if before is not None and before.text != after.text:
            yield Collision(number, before.name, after.name)


def _auth_keys(schema: Declarations, functions: Collection[str]) -> frozenset[Key]:
    """The functions that concern logging in, and the constructors of the types that they mention."""
    chosen = [c for c in schema.functions if c.name.startswith("auth.") or c.name in functions]
    types = {name for c in chosen for name in _mentioned([c.result, *(f.type for f in c.fields)])}
    keys = {_key(c) for c in chosen}
    keys |= {_key(c) for name in types for c in schema.members.get(name, ())}
    return frozenset(keys | {_key(c) for c in schema.constructors if c.name.startswith("auth.")})


def _mentioned(kinds: Iterable[Type]) -> Iterator[str]:
    for each in kinds:
        kind = each
        while isinstance(kind, Vector):
            kind = kind.item
        match kind:
            case Boxed(name) | Bare(name):
                yield name
            case _:
                pass


def _namespaces(combinators: Iterable[Combinator]) -> frozenset[str]:
    return frozenset(c.name.partition(".")[0] for c in combinators if "." in c.name)


def _key(c: Combinator) -> Key:
    return c.is_function, c.name


def _named(change: DeclarationChange) -> str:
    """A change in a few words for a sentence."""
    name = change.combinator.name
    if change.before is None:
        return f"`{name}` is new"
    if change.after is None:
        return f"`{name}` is gone"
    return f"`{name}` ({', '.join([*change.lost, *change.gained]) or 'a new id'})"


def _filled(text: str, width: int) -> str:
    """A list item of Markdown, its lines broken between words."""
    lines, line = [], "-"
    for word in text.split():
        if len(line) + 1 + len(word) > width:
            lines.append(line)
            line = " "
        line += f" {word}"
    return "\n".join([*lines, line])
