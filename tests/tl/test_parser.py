"""The grammar of TL, and the parser's errors for invalid texts."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.tl.errors import SchemaError
from sansio_tl.tl.model import AnyType, Bare, Boxed, Builtin, Combinator, Field, TypeVariable, Vector
from sansio_tl.tl.parser import parse, parse_one


def one(text: str) -> Combinator:
    (combinator,) = parse(text).combinators
    return combinator


def test_constructor_is_parsed_into_name_id_fields_and_result() -> None:
    c = one("auth.sentCode#5e002502 flags:# type:auth.SentCodeType hash:string timeout:flags.2?int = auth.SentCode;")
    assert c.name == "auth.sentCode"
    assert c.id == c.declared_id == 0x5E002502
    assert c.result == Boxed("auth.SentCode")
    assert not c.is_function
    assert c.fields == (
        Field("flags", Builtin("#")),
        Field("type", Boxed("auth.SentCodeType")),
        Field("hash", Builtin("string")),
        Field("timeout", Builtin("int"), "flags", 2),
    )
    assert [f.name for f in c.values] == ["type", "hash", "timeout"]


def test_ids_may_lack_their_leading_zeros_or_be_missing() -> None:
    assert one("upload.test#9fd736 = Test;").id == 0x009FD736
    assert one("boolish = Bool2;").id == one("boolish = Bool2;").crc
    assert one("boolish = Bool2;").declared_id is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Vector<int>", Vector(Builtin("int"), boxed=True)),
        ("Vector int", Vector(Builtin("int"), boxed=True)),
        ("(Vector int)", Vector(Builtin("int"), boxed=True)),
        ("vector<bytes>", Vector(Builtin("bytes"), boxed=False)),
        ("Vector<Vector<ns.User>>", Vector(Vector(Boxed("ns.User"), boxed=True), boxed=True)),
        ("vector<%Sole>", Vector(Bare("sole"), boxed=False)),
        ("vector<sole>", Vector(Bare("sole"), boxed=False)),
        ("%Sole", Bare("sole")),
        ("sole", Bare("sole")),
        ("Object", AnyType()),
        ("Bool", Builtin("Bool")),
        ("int128", Builtin("int128")),
    ],
)
def test_every_form_of_type_is_parsed(text: str, kind: object) -> None:
    c = parse(f"sole x:int = Sole;\na f:{text} = A;\nafter g:int = After;").combinators[1]
    assert c.fields == (Field("f", kind),)  # type: ignore[arg-type]


def test_flag_word_may_have_any_name_and_stand_anywhere() -> None:
    c = one("a x:int wo_1:# y:wo_1.31?true more:# z:more.0?Vector<int> = A;")
    assert [(f.name, f.word, f.bit) for f in c.fields] == [
        ("x", None, 0),
        ("wo_1", None, 0),
        ("y", "wo_1", 31),
        ("more", None, 0),
        ("z", "more", 0),
    ]
    assert [f.is_word for f in c.fields] == [False, True, False, True, False]


def test_field_called_flags_may_be_an_int() -> None:
    c = one("a flags:int x:string = A;")
    assert not c.fields[0].is_word
    assert [f.name for f in c.values] == ["flags", "x"]


def test_fields_that_share_a_bit_are_a_group() -> None:
    c = one("a flags:# x:flags.1?int on:flags.1?true y:flags.2?int = A;")
    assert [[f.name for f in group] for group in c.groups] == [["x", "on"]]


def test_functions_and_type_variables_are_parsed() -> None:
    declarations = parse(
        "---functions---\nwith#1 {X:Type} layer:int query:!X = X;\nusers.get#2 id:Vector<int> = Vector<User>;\n"
        "ok#3 = Bool;\n---types---\nuser#4 = User;\n---functions---\nlast#5 = User;"
    )
    names = [(c.name, c.is_function) for c in declarations.combinators]
    assert names == [("with", True), ("users.get", True), ("ok", True), ("user", False), ("last", True)]
    with_, get, ok = declarations.functions[:3]
    assert with_.fields[1].type == with_.result == TypeVariable("X")
    assert get.result == Vector(Boxed("User"), boxed=True)
    assert ok.result == Builtin("Bool")


def test_undeclared_type_variable_counts_as_declared() -> None:
    assert one("---functions---\nwith#1 query:!X = X;").result == TypeVariable("X")


def test_comments_blanks_and_line_ends_are_skipped() -> None:
    text = (
        "// a comment\r\na#1 /* here ; = */ x:int // there\r\n  y:int\r\n= A;\r\n\r\n"
        "b#2 = B; c#3 = C;\n// LAYER 42\n// LAYER 43"
    )
    declarations = parse(text)
    assert [c.name for c in declarations.combinators] == ["a", "b", "c"]
    assert declarations.combinators[0].text == "a#1 x:int y:int = A;"
    assert [c.line for c in declarations.combinators] == [2, 6, 6]
    assert declarations.layer == 43


def test_definitions_of_built_in_types_are_left_out() -> None:
    text = (
        "int ? = Int; long ? = Long; double ? = Double; string ? = String; bytes string = Bytes;\n"
        "int128 4*[ int ] = Int128; int256 8*[ int ] = Int256;\n"
        "vector#1cb5c415 {t:Type} # [ t ] = Vector t; boolTrue#997275b5 = Bool; boolFalse#bc799737 = Bool;\n"
        "true#3fedd339 = True;"
    )
    assert [c.name for c in parse(text).combinators] == ["true"]


def test_prefix_is_put_before_every_name_that_is_not_built_in() -> None:
    declarations = parse(
        "message#5bb8e511 body:Object n:int = Message; box messages:vector<message> of:Message = Box;", "m."
    )
    assert [c.name for c in declarations.combinators] == ["m.message", "m.box"]
    assert declarations.combinators[1].fields == (
        Field("messages", Vector(Bare("m.message"), boxed=False)),
        Field("of", Boxed("m.Message")),
    )
    assert declarations.combinators[0].text.startswith("message#5bb8e511 ")


def test_repeated_id_refers_to_the_declaration_with_most_fields() -> None:
    declarations = parse(
        "---functions---\nwithPrefix#1 x:int = Error;\nwith#1 {X:Type} x:int query:!X = X;\nlast#1 = Error;"
    )
    assert declarations.by_id[1].name == "with"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a#12 b:int = A", "line 1: the text ends inside a declaration"),
        ("a = A;\n\nb x:int", "line 3: the text ends inside a declaration"),
        ("\na b:c?int = A;", "line 2: a condition is WORD.BIT with a bit of 0 to 31, not c"),
        ("a flags:# b:flags.32?int = A;", "line 1: a condition is WORD.BIT with a bit of 0 to 31, not flags.32"),
        ("a b:flags.0?int flags:# = A;", "line 1: no flag word flags stands before flags.0"),
        ("a flags:int b:flags.0?int = A;", "line 1: no flag word flags stands before flags.0"),
        ("a flags:# more:flags.0?# = A;", "line 1: flag word more cannot be optional"),
        ("a x:int x:int = A;", "line 1: field x is declared twice"),
        ("a from:int from_:int = A;", "line 1: field from_ is declared twice"),
        ("a x.y:int = A;", "line 1: a field name has no dot: x.y"),
        ("a __init__:int = A;", "line 1: unexpected character '_': a name begins with an ASCII letter"),
        ("a _:int = A;", "line 1: unexpected character '_': a name begins with an ASCII letter"),
        ("a \N{LATIN SMALL LIGATURE FI}:int = A;", "unexpected character '\N{LATIN SMALL LIGATURE FI}': a name begins"),
        (
            "a\u00e9 = A;",
            "line 1: unexpected character '\u00e9': a name begins with an ASCII letter and continues with ASCII",
        ),
        ("a flags:# x:flags.\u00b2?true = A;", "line 1: unexpected character '.'"),
        ("a flags:# x:flags.01?true = A;", "a condition is WORD.BIT with a bit of 0 to 31, not flags.01"),
        ("a flags:# x:flags." + "9" * 5000 + "?true = A;", "a condition is WORD.BIT with a bit of 0 to 31"),
        ("a = A;\n// LAYER " + "9" * 5000, "line 2: invalid layer: expected at most 9 digits"),
        ("a.1b = A;", "line 1: each part of a name begins with a letter: a.1b"),
        ("ns.a_b = A;\nns.aB = A;", "line 2: ns.aB and ns.a_b would be the same class"),
        ("---functions---\na.b_c = A;\na.b.c = A;", "line 3: a.b.c and a.b_c would be the same class"),
        ("a = A;\na x:int = A;", "line 2: a was declared in line 1"),
        ("a = A; a x:int = A;", "line 1: a was declared in line 1"),
        ("a x:b = A;", "line 1: no constructor b for a bare field"),
        ("a x:%B = A; b1 = B; b2 = B;", "line 1: %B needs a type of one constructor, not of 2"),
        ("a x:true = A;", "line 1: no constructor true for a bare field"),
        ("a x:vector<true> = A;", "line 1: no constructor true for a bare field"),
        ("a x:Vector<true> = A;", "line 1: no constructor true for a bare field"),
        ("a flags:# x:flags.0?Vector<vector<true>> = A;", "line 1: no constructor true for a bare field"),
        ("---functions---\na = true;", "line 2: no constructor true for a bare field"),
        ("true = True;\na x:Vector<true> = A;", "line 2: the items of a vector in a take no bytes"),
        ("a x:a = A;", "line 1: a contains itself bare"),
        ("a x:b = A; b x:a = B;", "contains itself bare"),
        ("a x:vector<b> = A; b = B;", "line 1: the items of a vector in a take no bytes: nothing bounds its count"),
        ("a#123456789 = A;", "line 1: the id of a has more than 32 bits"),
        ("a {X:Int} = A;", "line 1: a variable in braces is a Type, not Int"),
        ("a x:int = b;", "line 1: the result of a constructor is a boxed type"),
        ("a x:int = Vector<int>;", "line 1: the result of a constructor is a boxed type"),
        ("---nonsense---", "line 1: unknown section ---nonsense---"),
        ("a x:$ = A;", "line 1: unexpected character '$'"),
        ("a = A; /* no end", "line 1: unexpected character '/'"),
        ("a x: = A;", "line 1: expected a type, found '='"),
        ("= A;", "line 1: expected 'name', found '='"),
        ("a x:Vector<int = A;", "line 1: expected '>', found '='"),
    ],
)
def test_invalid_schema_is_refused_naming_the_line(text: str, message: str) -> None:
    with pytest.raises(SchemaError) as caught:
        parse(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(("opening", "closing"), [("Vector<", ">"), ("vector<", ">"), ("(", ")"), ("Vector ", "")])
def test_types_nested_deeper_than_8_levels_are_refused(opening: str, closing: str) -> None:
    assert len(one(f"a x:{opening * 8}int{closing * 8} = A;").fields) == 1
    with pytest.raises(SchemaError, match="line 1: types are nested deeper than 8"):
        parse(f"a x:{opening * 9}int{closing * 9} = A;")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a " + "".join(f"f{i}:int " for i in range(1_001)) + "= A;", "line 1: a declaration has at most 1,000 fields"),
        ("a = A;" + " " * (4 << 20), "invalid schema: found 4,194,310 characters, expected at most 4,194,304"),
    ],
)
def test_schema_above_the_limits_is_refused(text: str, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        parse(text)


def test_constructor_of_1000_fields_is_parsed() -> None:
    assert len(one("a " + "".join(f"f{i}:int " for i in range(1_000)) + "= A;").fields) == 1_000


@given(st.text("abX:;=#?.<>{}%! \n12flags/*-", max_size=60))
def test_any_text_is_a_schema_or_a_schema_error(text: str) -> None:
    with contextlib.suppress(SchemaError):
        parse(text)


@given(st.text(max_size=60))
def test_any_characters_are_a_schema_or_a_schema_error(text: str) -> None:
    with contextlib.suppress(SchemaError):
        parse(text)


@pytest.mark.parametrize("outermost_first", [True, False])
def test_more_than_32_constructors_bare_in_one_another_are_refused(outermost_first: bool) -> None:
    def row(length: int) -> str:
        lines = [f"c{i} x:c{i + 1} = C{i};" for i in range(length - 1)] + [f"c{length - 1} x:int = Last;"]
        return "\n".join(lines if outermost_first else reversed(lines))

    assert len(parse(row(32)).combinators) == 32
    for length in (33, 2000):
        with pytest.raises(SchemaError, match="contains more than 32 constructors bare in one another"):
            parse(row(length))


def test_function_may_contain_the_constructor_of_its_name_bare_but_not_itself() -> None:
    assert len(parse("a x:int = A; ---functions--- a x:a = A;").combinators) == 2
    with pytest.raises(SchemaError, match="a contains itself bare"):
        parse("---functions--- a x:int = A; ---types--- a x:a = A;")


def test_text_that_ends_inside_a_declaration_is_refused_with_its_last_line() -> None:
    for text, line in (("", 1), ("one", 1), ("\n\none a:int", 3)):
        with pytest.raises(SchemaError, match=f"line {line}: the text ends inside a declaration"):
            parse_one(text, "", is_function=False)
