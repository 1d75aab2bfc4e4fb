"""Schema text to declarations.

    [namespace.]name[#id] {X:Type}* (field:type | field:word.bit?type)* = Result;

`---types---` and `---functions---` switch between constructors and functions, any number of times. A field of type `#`
is a flag word, whatever its name. The definitions of the built-in types (`int ? = Int;`, `boolTrue = Bool;`, `vector
{t:Type} # [ t ] = Vector t;` ...) are parsed and dropped, since they are the same in every schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sansio_tl.tl.constructor_id import combinator_id
from sansio_tl.tl.errors import SchemaError
from sansio_tl.tl.lexer import Token, layer_of, tokens
from sansio_tl.tl.model import (
    AnyType,
    Bare,
    Boxed,
    Builtin,
    Combinator,
    Declarations,
    Field,
    SingleConstructorType,
    Type,
    TypeVariable,
    Vector,
)
from sansio_tl.tl.naming import class_name, field_name, split
from sansio_tl.tl.type_graph import check_bare

BUILTIN_TYPES = frozenset({"int", "long", "double", "int128", "int256", "string", "bytes", "Bool"})
BUILTIN_COMBINATORS = frozenset(
    {"int", "long", "double", "int128", "int256", "string", "bytes", "vector", "boolTrue", "boolFalse"}
)

_NAME = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*", re.ASCII)
_BITS = {str(bit): bit for bit in range(32)}
MAX_NESTING = 8
"""Maximum nesting of vectors: no schema needs more than two."""
MAX_TEXT = 4 << 20
"""Maximum size of a schema text: fourteen times Telegram's whole API."""
MAX_FIELDS = 1_000
"""Maximum fields of one declaration: Telegram's longest has seventy."""


def parse(text: str, prefix: str = "") -> Declarations:
    """Parse a schema text. `prefix` (such as ``mtproto.``) is added to every name that is not built in.

    Raises SchemaError with the line of the error.
    """
    if len(text) > MAX_TEXT:
        raise SchemaError(f"invalid schema: found {len(text):,} characters, expected at most {MAX_TEXT:,}")
    return Declarations(tuple(_Parser(text, prefix).schema()), layer_of(text))


def parse_one(text: str, prefix: str, is_function: bool) -> Combinator:
    """Parse one declaration that is known to be valid, such as the `TL` of a generated class."""
    parser = _Parser(text, prefix)
    parser.functions = is_function
    combinator = parser.combinator()
    if combinator is None:
        raise SchemaError(f"this is built in: {text}")
    return combinator


@dataclass
class _Parser:
    source: str
    prefix: str

    def __post_init__(self) -> None:
        self.tokens = list(tokens(self.source))
        self.at = 0
        self.functions = False
        self.variables: dict[str, None] = {}

    # The declarations

    def schema(self) -> list[Combinator]:
        found: list[Combinator] = []
        while (token := self.peek()) is not None:
            if token.kind == "section":
                self.section(self.take())
            else:
                combinator = self.combinator()
                if combinator is not None:
                    found.append(combinator)
        reject_duplicates(found)
        return _resolve(found)

    def section(self, token: Token) -> None:
        if token.text not in ("---types---", "---functions---"):
            raise SchemaError(f"unknown section {token.text}", token.line)
        self.functions = token.text == "---functions---"

    def combinator(self) -> Combinator | None:
        """One declaration, up to its `;`. None for the definition of a built-in type."""
        name = self.expect("name")
        if not _NAME.fullmatch(name.text):
            raise SchemaError(f"each part of a name begins with a letter: {name.text}", name.line)
        declared = int(self.take().text[1:], 16) if self.next_is("id") else None
        if declared is not None and declared >= 1 << 32:
            raise SchemaError(f"the id of {name.text} has more than 32 bits", name.line)
        if name.text in BUILTIN_COMBINATORS and not self.functions:
            self.skip_definition()
            return None
        self.variables = self.type_variables()
        fields: dict[str, Field] = {}
        while not self.next_is("="):
            self.field(fields)
        self.expect("=")
        result = self.result()
        end = self.expect(";")
        text = " ".join("".join(self.source_between(name.start, end.end)).split())
        crc = combinator_id(text)
        return Combinator(
            name=self.prefix + name.text,
            id=crc if declared is None else declared,
            fields=tuple(fields.values()),
            result=result,
            is_function=self.functions,
            text=text,
            declared_id=declared,
            crc=crc,
            line=name.line,
            variables=tuple(self.variables),
        )

    def skip_definition(self) -> None:
        while not self.next_is(";"):
            self.take()
        self.take()

    def type_variables(self) -> dict[str, None]:
        names: dict[str, None] = {}
        while self.next_is("{"):
            self.take()
            names[self.expect("name").text] = None
            self.expect(":")
            kind = self.expect("name")
            if kind.text != "Type":
                raise SchemaError(f"a variable in braces is a Type, not {kind.text}", kind.line)
            self.expect("}")
        return names

    # Fields and types

    def field(self, before: dict[str, Field]) -> None:
        """One field, added to those before it under its Python name."""
        name = self.expect("name")
        if "." in name.text:
            raise SchemaError(f"a field name has no dot: {name.text}", name.line)
        if field_name(name.text) in before:
            raise SchemaError(f"field {name.text} is declared twice", name.line)
        if len(before) == MAX_FIELDS:
            raise SchemaError(f"a declaration has at most {MAX_FIELDS:,} fields", name.line)
        self.expect(":")
        word, bit = None, 0
        condition = self.peek()
        if condition is not None and condition.kind == "name" and self.next_is("?", ahead=1):
            word, bit = self.condition(self.take(), before)
            self.take()
        kind = self.type()
        if kind == Builtin("#") and word is not None:
            raise SchemaError(f"flag word {name.text} cannot be optional", name.line)
        if kind == Bare(self.prefix + "true") and word is not None:
            kind = Builtin("true")  # elsewhere it is the constructor of this name, which has no bytes
        before[field_name(name.text)] = Field(name.text, kind, word, bit)

    def condition(self, token: Token, before: dict[str, Field]) -> tuple[str, int]:
        word, _, bit = token.text.rpartition(".")
        if bit not in _BITS:
            raise SchemaError(f"a condition is WORD.BIT with a bit of 0 to 31, not {token.text}", token.line)
        found = before.get(field_name(word))
        if found is None or found.name != word or not found.is_word:
            raise SchemaError(f"no flag word {word} stands before {token.text}", token.line)
        return word, _BITS[bit]

    def type(self, depth: int = 0) -> Type:
        token = self.take()
        if depth > MAX_NESTING:
            raise SchemaError(f"types are nested deeper than {MAX_NESTING}", token.line)
        if token.kind == "#":
            return Builtin("#")
        if token.kind == "!":
            return TypeVariable(self.variable())
        if token.kind == "%":
            return SingleConstructorType(self.prefix + self.expect("name").text)
        if token.kind == "(":
            inner = self.type(depth + 1)
            self.expect(")")
            return inner
        if token.kind != "name":
            raise SchemaError(f"expected a type, found {token.text!r}", token.line)
        if token.text in ("Vector", "vector"):
            return Vector(self.item(depth + 1), boxed=token.text == "Vector")
        return self.named(token.text)

    def variable(self) -> str:
        name = self.expect("name").text
        self.variables[name] = None
        return name

    def item(self, depth: int) -> Type:
        """The item type of a vector: `<item>`, or after a blank as in `Vector int`."""
        if not self.next_is("<"):
            return self.type(depth)
        self.take()
        item = self.type(depth)
        self.expect(">")
        return item

    def named(self, name: str) -> Type:
        if name in BUILTIN_TYPES:
            return Builtin(name)
        if name == "Object":
            return AnyType()
        if name in self.variables:
            return TypeVariable(name)
        if split(name)[1].rpartition(".")[2][:1].islower():
            return Bare(self.prefix + name)
        return Boxed(self.prefix + name)

    def result(self) -> Type:
        token = self.peek()
        result = self.type()
        if token is not None and not self.functions and not isinstance(result, Boxed | AnyType):
            raise SchemaError("the result of a constructor is a boxed type", token.line)
        return result

    # Tokens

    def peek(self, ahead: int = 0) -> Token | None:
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else None

    def next_is(self, kind: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token is not None and token.kind == kind

    def take(self) -> Token:
        token = self.peek()
        if token is None:
            raise SchemaError("the text ends inside a declaration", self.tokens[-1].line if self.tokens else 1)
        self.at += 1
        return token

    def expect(self, kind: str) -> Token:
        token = self.take()
        if token.kind != kind:
            raise SchemaError(f"expected {kind!r}, found {token.text!r}", token.line)
        return token

    def source_between(self, start: int, end: int) -> list[str]:
        """The text from `start` to `end` without its comments."""
        within = [t for t in self.tokens[self.first_token(start) : self.at] if t.start < end]
        return [
            self.source[t.start : t.end] + (" " if following is None or following.start > t.end else "")
            for t, following in zip(within, [*within[1:], None], strict=True)
        ]

    def first_token(self, start: int) -> int:
        at = self.at - 1
        while self.tokens[at].start > start:
            at -= 1
        return at


def reject_duplicates(found: Iterable[Combinator]) -> None:
    """A name may occur once among the constructors and once among the functions, and so may the resulting class
    name.
    """
    seen: dict[tuple[str, str, bool], Combinator] = {}
    for c in found:
        before = seen.setdefault((split(c.name)[0], class_name(c.name), c.is_function), c)
        if before.name == c.name and before is not c:
            raise SchemaError(f"{c.name} was declared in line {before.line}", c.line)
        if before is not c:
            raise SchemaError(f"{c.name} and {before.name} would be the same class", c.line)


def _resolve(found: list[Combinator]) -> list[Combinator]:
    """Resolve every bare type to its constructor, and check that bare values and vectors are bounded."""
    declared = Declarations(tuple(found))

    def bare(kind: Type, line: int) -> Type:
        if isinstance(kind, Vector):
            return replace(kind, item=bare(kind.item, line))
        if isinstance(kind, SingleConstructorType):
            members = declared.members.get(kind.type, ())
            if len(members) != 1:
                raise SchemaError(f"%{kind.type} needs a type of one constructor, not of {len(members)}", line)
            return Bare(members[0].name)
        if isinstance(kind, Bare) and kind.constructor not in declared.constructor:
            raise SchemaError(f"no constructor {kind.constructor} for a bare field", line)
        return kind

    resolved = [
        replace(c, fields=tuple(replace(f, type=bare(f.type, c.line)) for f in c.fields), result=bare(c.result, c.line))
        for c in found
    ]
    check_bare(Declarations(tuple(resolved)))
    return resolved
