"""The comparison of two layers: what breaks, what concerns logging in, what is only new."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sansio_tl.tl.codegen.layer_changes import LayerChanges, compare
from sansio_tl.tl.codegen.layer_text import BUILTINS, clean, schema_text
from sansio_tl.tl.errors import SchemaError
from sansio_tl.tl.parser import parse
from sansio_tl_transports.codegen import layer

OLD = """
a x:int = A;
b flags:# y:flags.0?int = B;
gone = A;
user flags:# bot:flags.0?true = User;
code = auth.SentCode;
---functions---
auth.signIn phone:string = User;
help.get = A;
auth.old = Bool;
// LAYER 5
"""


def changes(new: str, functions: tuple[str, ...] = ()) -> LayerChanges:
    return compare(parse(OLD), parse(new), functions)


def changed(before: str, after: str) -> LayerChanges:
    assert before in OLD
    return changes(OLD.replace(before, after).replace("LAYER 5", "LAYER 6"))


def test_equal_layers_have_no_changes() -> None:
    assert changes(OLD).changes == ()
    assert changes(OLD).collisions == ()


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("gone = A;", "", "constructor gone is gone"),
        ("help.get = A;", "", "method help.get is gone"),
        ("a x:int = A;", "a x:long = A;", "constructor a: x of type int becomes long"),
        ("a x:int = A;", "a z:int = A;", "constructor a: no x, required z"),
        ("a x:int = A;", "a x:int z:int = A;", "constructor a: required z"),
        ("a x:int = A;", "a flags:# x:flags.0?int = A;", "constructor a: x becomes optional"),
        ("y:flags.0?int", "y:int", "constructor b: y becomes required"),
        ("help.get = A;", "help.get = B;", "method help.get: result A becomes B"),
    ],
)
def test_breaking_change(before: str, after: str, what: str) -> None:
    found = changed(before, after)
    assert [str(change) for change in found.breaking] == [what]
    assert found.additive == ()


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("gone = A;", "gone = A; more = A;", "new constructor more"),
        ("help.get = A;", "help.get = A; help.more = A;", "new method help.more"),
        ("y:flags.0?int", "y:flags.0?int z:flags.1?int", "constructor b: z"),
        ("y:flags.0?int", "y:flags.3?int", "constructor b: y has another bit"),
        ("help.get = A;", "help.get flags:# = A;", "method help.get: a new id"),
    ],
)
def test_additive_change(before: str, after: str, what: str) -> None:
    found = changed(before, after)
    assert [str(change) for change in found.additive] == [what]
    assert found.breaking == ()


def test_changes_of_the_login_are_those_of_auth_and_of_the_types_that_it_uses() -> None:
    found = changed("user flags:#", "user flags:# name:flags.1?string")
    assert [change.combinator.name for change in found.auth] == ["user"]
    assert [change.combinator.name for change in changed("auth.old = Bool;", "").auth] == ["auth.old"]
    new = OLD.replace("a x:int", "a x:long")
    assert changes(new).auth == ()
    assert [change.combinator.name for change in changes(new, ("help.get",)).auth] == ["a"]


def test_same_id_with_other_bits_is_a_collision() -> None:
    found = changed("bot:flags.0?true", "bot:flags.0?true fake:flags.1?true")
    (change,) = found.changes
    assert change.same_id
    assert re.fullmatch(r"[0-9a-f]{8} stays user with other bits", str(found.collisions[0]))


def test_id_that_gets_another_name_is_a_collision() -> None:
    old, new = parse("a#00000007 = A; // LAYER 1"), parse("b#00000007 = A; // LAYER 2")
    assert [str(each) for each in compare(old, new).collisions] == ["00000007 was a and becomes b"]


def test_report_and_changelog_name_everything() -> None:
    new = OLD.replace("gone = A;", "fresh = A;").replace("help.get = A;", "help.get = A; shop.buy = A;")
    new = new.replace("bot:flags.0?true", "bot:flags.0?true fake:flags.1?true").replace("LAYER 5", "LAYER 6")
    found = changes(new)
    report = found.report()
    for line in ("layer 5 -> 6", "auth: 1", "breaking: 1", "collisions of ids: 1", "additive: 3"):
        assert line in report.split("\n")
    entry = found.changelog_entry(width=60)
    assert entry.startswith("- API layer 6, after 5. Login: `user` (fake). Breaking:\n  `gone` is gone.")
    assert "1 new methods and 1 new constructors, with the new namespaces `shop`" in " ".join(entry.split())
    assert max(map(len, entry.split("\n"))) <= 60
    assert all(line.startswith(("- ", "  ")) for line in entry.split("\n"))


# The text of a layer


def test_text_is_cleaned_of_what_clients_add() -> None:
    text = """
    // a comment
    ipPort#d433ad73 ipv4:int port:int = IpPort;
    wrap#11111111 = Nothing;
    """
    assert [c.name for c in clean("a = A; // LAYER 3", ()).combinators] == ["a"]
    assert [c.name for c in clean(f"{text.partition('wrap')[0]} a = A;\n// LAYER 3", {0xD433AD73}).combinators] == ["a"]
    with pytest.raises(SchemaError, match="wrap declares the id 11111111, its text hashes to"):
        clean(f"{text}\n// LAYER 3", {0xD433AD73})
    with pytest.raises(SchemaError, match="no line // LAYER n"):
        clean("a = A;", ())


def test_aliases_of_clients_are_dropped() -> None:
    full = "invokeWithX {X:Type} token:string query:!X = X;"
    number = parse(f"---functions---\n{full}").combinators[0].id
    old = parse("place volume:long = Place;").combinators[0].id
    text = f"""
    place id:int = Place;
    placeLegacy#{old:08x} volume:long = Place;
    ---functions---
    {full}
    invokeWithXPrefix#{number:08x} token:string = Error;
    // LAYER 3
    """
    assert [c.name for c in clean(text, ()).combinators] == ["place", "invokeWithX"]
    other = text.replace(f"{old:08x}", "12345678")
    with pytest.raises(SchemaError, match="placeLegacy declares the id 12345678"):
        clean(other, ())


def test_text_has_the_builtin_declarations_once_and_comes_back() -> None:
    text = schema_text(clean("a = A; b = A; c = C; true = True; ---functions---\nf = A; ns.g = A; // LAYER 3", ()))
    assert text.count("= True;") == 1
    assert all(line in text for line in BUILTINS)
    assert schema_text(clean(text, ())) == text
    assert "a = A;\nb = A;\n\nc = C;\n\n---functions---\n\nf = A;\n\nns.g = A;\n\n// LAYER 3\n" in text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a = A;\n\xff// LAYER 6", "is not UTF-8 text: invalid start byte at byte 7"),
        (b"class.a = A;\n// LAYER 6", "line 1: class.a: a keyword of Python cannot be a namespace"),
        (b"a = A;\nb = lambda.B;\n// LAYER 6", "line 2: lambda.B: a keyword of Python cannot be a namespace"),
    ],
)
def test_command_names_in_one_line_what_makes_no_layer(
    content: bytes, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "new.tl").write_bytes(content)
    assert layer.main([str(tmp_path / "new.tl"), "--source", "nobody"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert reason in shown.err
    assert shown.err.count("\n") == 1
