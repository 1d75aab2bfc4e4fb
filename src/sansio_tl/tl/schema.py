"""Schemas at run time: a schema text becomes classes and a codec that behave like the shipped ones.

Classes and functions are created on first use, by the emitter that writes the shipped modules, with the same
interpreting codec behind them. If an id stayed the same from one layer to the next while its flag bits changed, the
schema in use determines its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sansio_tl.tl.model import Combinator, Declarations
from sansio_tl.tl.naming import alias_name, class_name, split
from sansio_tl.tl.parser import parse
from sansio_tl.tl.runtime_compiler import Classes, Compiler, DeclaredRegistry, IsSecret
from sansio_tl.tl.schema_codec import SchemaCodec


class Namespace:
    """The classes of a schema as attributes: `types.User`, `types.auth.SentCode`, `types.auth.TypeSentCode`."""

    def __init__(self, name: str, classes: Classes) -> None:
        self._name = name
        self._classes = classes
        self._inner: dict[str, Namespace] = {}
        self._members: dict[str, Combinator] = {}
        self._aliases: dict[str, tuple[Combinator, ...]] = {}

    def _within(self, namespace: str) -> Namespace:
        if not namespace:
            return self
        if namespace not in self._inner:
            self._inner[namespace] = Namespace(f"{self._name}.{namespace}", self._classes)
        return self._inner[namespace]

    def _fill(self, combinators: tuple[Combinator, ...], boxed: Mapping[str, tuple[Combinator, ...]]) -> Namespace:
        for c in combinators:
            self._within(split(c.name)[0])._members[class_name(c.name)] = c  # noqa: SLF001  another Namespace
        for name, members in boxed.items():
            self._within(split(name)[0])._aliases[alias_name(name)] = members  # noqa: SLF001
        return self

    def __getattr__(self, name: str) -> Any:
        if name in self._inner:
            return self._inner[name]
        if name in self._members:
            return self._classes.of(self._members[name])
        if name in self._aliases:
            first, *others = (self._classes.of(c) for c in self._aliases[name])
            union: Any = first
            for cls in others:
                union |= cls
            return union
        raise AttributeError(f"{self._name} has no {name}")

    def __dir__(self) -> list[str]:
        return sorted([*self._inner, *self._members, *self._aliases])

    def __repr__(self) -> str:
        return f"<{self._name}: {len(self._members)} classes, {len(self._inner)} namespaces>"


class BaseSchema:
    """A schema parsed from text: its `types`, its `functions` and its codec. Created by `BaseSchema.parse`."""

    def __init__(self, declarations: Declarations, is_secret: IsSecret) -> None:
        classes = Classes(declarations, is_secret)
        compiler = Compiler(classes)
        self.declarations = declarations
        self.layer = declarations.layer
        """The number of the text's last `// LAYER n` comment, or None."""
        self.types = Namespace("types", classes)._fill(declarations.constructors, declarations.members)  # noqa: SLF001
        """The constructors and boxed types."""
        self.functions = Namespace("functions", classes)._fill(declarations.functions, {})  # noqa: SLF001
        """The functions."""
        self.coder = SchemaCodec(compiler.tables, DeclaredRegistry(classes, compiler.nested))
        self.encode = self.coder.encode
        self.decode = self.coder.decode
        self.encode_result = self.coder.encode_result
        self.decode_result = self.coder.decode_result
        self.to_json = self.coder.to_json
        self.from_json = self.coder.from_json

    @classmethod
    def parse(cls, text: str, *, is_secret: IsSecret = lambda _combinator, _field: False) -> BaseSchema:
        """Create a schema from its text. Raises SchemaError with the line of the error.

        `is_secret(combinator, field)` decides which strings and bytes are hidden in reprs. Declared ids are taken as
        they are; where one is missing it is computed from the declaration. Types that nothing constructs are allowed:
        values of them cannot be decoded.
        """
        return cls(parse(text), is_secret)

    def __repr__(self) -> str:
        layer = "" if self.layer is None else f"layer {self.layer}, "
        constructors, functions = len(self.declarations.constructors), len(self.declarations.functions)
        return f"<Schema: {layer}{constructors} constructors, {functions} functions>"
