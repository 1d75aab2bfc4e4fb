"""Classes and codec functions that are compiled at run time, each on first use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from msgspec import defstruct

from sansio_tl.tl import runtime
from sansio_tl.tl.codegen.emit_codec import CodecEmitter
from sansio_tl.tl.codegen.emit_parts import class_local
from sansio_tl.tl.model import Boxed, Combinator, Declarations
from sansio_tl.tl.naming import class_name, field_name
from sansio_tl.tl.objects import Function, TLObject
from sansio_tl.tl.registry import Entry
from sansio_tl.tl.tables import Codec, Tables
from sansio_tl.tl.type_graph import cyclic, is_cyclic

IsSecret: TypeAlias = Callable[[str, str], bool]
"""(combinator, field) -> whether these strings or bytes are secret."""


class Classes:
    """The classes of a schema."""

    def __init__(self, declarations: Declarations, is_secret: IsSecret) -> None:
        self.declarations = declarations
        self.is_secret = is_secret
        self.combinators: dict[type, Combinator] = {}
        self._classes: dict[int, type[TLObject]] = {}

    def of(self, c: Combinator) -> type[TLObject]:
        """The class of a declaration."""
        cls = self._classes.get(id(c))
        if cls is None:
            cls = self._classes[id(c)] = self._make(c)
            self.combinators[cls] = c
        return cls

    def _make(self, c: Combinator) -> type[TLObject]:
        fields: list[Any] = [(field_name(f.name), Any) for f in c.required]
        fields += [(field_name(f.name), Any, False if f.is_true else None) for f in c.optional]
        secret = tuple(field_name(f.name) for f in c.values if f.holds_text and self.is_secret(c.name, f.name))
        base: type[TLObject] = Function if c.is_function else TLObject
        cls: Any = defstruct(
            class_name(c.name),
            fields,
            bases=(base,),
            module=__name__,
            namespace={"__doc__": c.text, "ID": c.id, "NAME": c.name, "TL": c.text, "SECRET": secret},
            frozen=True,
            gc=False,
        )
        made: type[TLObject] = cls
        return made


class Compiler:
    """Compiles the functions of each constructor: the `CodecSource` of a schema's tables."""

    def __init__(self, classes: Classes) -> None:
        self.classes = classes
        self.declarations = classes.declarations
        self.nested = cyclic(self.declarations)
        self.tables = Tables(self)
        self._codecs: dict[type, Codec] = {}

    def by_key(self, key: bytes) -> Codec:
        return self._codec(self.declarations.by_id[int.from_bytes(key, "little")])

    def by_class(self, cls: type) -> Codec:
        return self._codecs.get(cls) or self._codec(self.classes.combinators[cls])

    def by_name(self, name: str) -> Codec:
        return self._codec(self.declarations.constructor[name])

    def _codec(self, c: Combinator) -> Codec:
        cls = self.classes.of(c)
        codec = self._codecs.get(cls)
        if codec is None:
            codec = self._codecs[cls] = self._compile(c, cls)
        return codec

    def _compile(self, c: Combinator, cls: type[TLObject]) -> Codec:
        emitter = CodecEmitter(self.declarations, self.nested)
        functions = emitter.functions(c)
        definitions = [f"{name} = {value}" for name, value in emitter.needs.definitions.items()]
        source = "\n".join(["from __future__ import annotations", *definitions, *functions])
        names: dict[str, Any] = {name: getattr(runtime, name) for name in emitter.needs.helpers}
        names |= {
            class_local(c): cls,
            "decoders": self.tables.decoders,
            "encoders": self.tables.encoders,
            "bare_decoders": self.tables.bare_decoders,
            "bare_encoders": self.tables.bare_encoders,
        }
        # The emitter writes the text. Only names come from the schema, and the lexer admits identifiers only.
        exec(compile(source, f"<codec of {c.name}>", "exec"), names)  # noqa: S102
        made = [names[name] for name in emitter.names(c)[1:]]
        return Codec(c.result.type if isinstance(c.result, Boxed) and not c.is_function else "", cls, *made)


class DeclaredRegistry:
    """The declarations of a parsed schema; its `Registry`."""

    def __init__(self, classes: Classes, nested: frozenset[str]) -> None:
        self.classes = classes
        self.declarations = classes.declarations
        self.nested = nested
        self._functions = {c.name: c for c in self.declarations.functions}

    def by_id(self, number: int) -> Entry | None:
        return self._entry(self.declarations.by_id.get(number))

    def by_class(self, cls: type) -> Entry | None:
        return self._entry(self.classes.combinators.get(cls))

    def by_name(self, name: str) -> Entry | None:
        return self._entry(self.declarations.constructor.get(name))

    def function(self, name: str) -> Entry | None:
        return self._entry(self._functions.get(name))

    def entries(self) -> Iterator[Entry]:
        for c in self.declarations.combinators:
            yield Entry(c, self.classes.of(c), is_cyclic(c, self.nested))

    def _entry(self, c: Combinator | None) -> Entry | None:
        return None if c is None else Entry(c, self.classes.of(c), is_cyclic(c, self.nested))
