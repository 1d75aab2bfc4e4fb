from __future__ import annotations

import pytest
from hypothesis import given

from sansio_tl import codec, functions, types
from sansio_tl.codec.schema import Schema
from sansio_tl.testing.strategies import values
from sansio_tl.tl.layer_translation import Translator, UntranslatableError
from sansio_tl.tl.model import Boxed, Builtin
from sansio_tl.tl.objects import TLObject, Unknown

OLD = Schema.parse("""
person#00000001 flags:# id:int self:flags.0?true name:flags.1?string hat:flags.2?Hat score:double = Person;
personEmpty#00000002 id:int = Person;
crowd#00000003 people:Vector<Person> ids:Vector<int> = Crowd;
hatRed#00000004 = Hat;
meeting#00000005 flags:# host:Person open:flags.0?true = Meeting;
---functions---
getPeople#00000010 crowd:Crowd = Vector<Person>;
isOpen#00000011 = Bool;
wrap#00000012 {X:Type} query:!X = X;
""")
NEW = Schema.parse("""
person#00000101 flags:# name:flags.4?string flags2:# hat:flags2.0?Hat self:flags.3?true id:long born:int = Person;
personGhost#00000102 id:long = Person;
personEmpty#00000103 id:int = Person;
crowd#00000104 flags:# people:Vector<Person> ids:Vector<long> leader:flags.0?Person home:Place rest:Vector<Hat> = Crowd;
hatRed#00000105 = Hat;
hatGreen#00000106 size:int = Hat;
placeEmpty#00000107 = Place;
place#00000108 name:string = Place;
meeting#00000109 flags:# host:Person open:flags.0?Bool city:City = Meeting;
city#0000010a name:string = City;
---functions---
getPeople#00000110 crowd:Crowd flag:Bool = Vector<Person>;
isOpen#00000111 = Bool;
wrap#00000112 {X:Type} query:!X = X;
later#00000113 = Bool;
""")
to_old, to_new = Translator(OLD.coder.registry), Translator(NEW.coder.registry)


def test_fields_are_translated_by_name() -> None:
    person = NEW.types.Person(id=5, born=1815, name="Ada", self=True)
    old = to_old.value(person)
    assert old == OLD.types.Person(id=5, name="Ada", self=True, score=0.0)
    assert OLD.decode(OLD.encode(old)) == old


def test_fields_that_the_source_lacks_get_empty_values() -> None:
    crowd = to_new.value(OLD.types.Crowd(people=[], ids=[1, 2]))
    assert crowd == NEW.types.Crowd(people=[], ids=[1, 2], leader=None, home=NEW.types.PlaceEmpty(), rest=[])
    assert NEW.decode(NEW.encode(crowd)) == crowd


def test_every_built_in_type_has_an_empty_value() -> None:
    text = "all#00000001 {} = All;"
    fields = "i:int l:long d:double s:string b:bytes t:Bool n:int128 w:int256 v:Vector<int>"
    bare, full = Schema.parse(text.format("")), Schema.parse(text.format(fields))
    translated = Translator(full.coder.registry).value(bare.types.All())
    assert translated == full.types.All(i=0, l=0, d=0.0, s="", b=b"", t=False, n=bytes(16), w=bytes(32), v=[])
    assert full.decode(full.encode(translated)) == translated


def test_untranslatable_optional_field_is_omitted() -> None:
    green, red = NEW.types.HatGreen(size=5), NEW.types.HatRed()
    assert to_old.value(NEW.types.Person(id=5, born=0, hat=green)).hat is None  # type: ignore[attr-defined]
    assert to_old.value(NEW.types.Person(id=5, born=0, hat=red)).hat == OLD.types.HatRed()  # type: ignore[attr-defined]


def test_untranslatable_item_is_omitted() -> None:
    ghost, empty = NEW.types.PersonGhost(id=1), NEW.types.PersonEmpty(id=2)
    crowd = NEW.types.Crowd(people=[ghost, empty], ids=[1, 1 << 40], home=NEW.types.PlaceEmpty(), rest=[])
    assert to_old.value(crowd) == OLD.types.Crowd(people=[OLD.types.PersonEmpty(id=2)], ids=[1])


def test_untranslatable_required_field_makes_the_value_untranslatable() -> None:
    meeting = NEW.types.Meeting(host=NEW.types.PersonGhost(id=1), city=NEW.types.City("Rome"))
    with pytest.raises(UntranslatableError, match="personGhost") as caught:
        to_old.value(meeting)
    assert caught.value.lacking is NEW.types.PersonGhost
    with pytest.raises(UntranslatableError, match="no City"):
        to_new.value(OLD.types.Meeting(host=OLD.types.PersonEmpty(id=1)))


@pytest.mark.parametrize("number", [1 << 31, -(1 << 31) - 1])
def test_numbers_that_do_not_fit_are_untranslatable(number: int) -> None:
    with pytest.raises(UntranslatableError):
        to_old.value(NEW.types.Person(id=number, born=0))


@pytest.mark.parametrize(("given_", "meant"), [(True, True), (False, False), (None, False)])
def test_bool_becomes_a_flag(given_: bool | None, meant: bool) -> None:
    meeting = NEW.types.Meeting(host=NEW.types.PersonEmpty(id=1), open=given_, city=NEW.types.City("Rome"))
    assert to_old.value(meeting).open is meant  # type: ignore[attr-defined]


def test_flag_becomes_a_bool() -> None:
    schema = Schema.parse("meeting#00000209 flags:# open:flags.0?Bool = Meeting;")
    translated = Translator(schema.coder.registry).value(OLD.types.Meeting(host=OLD.types.PersonEmpty(id=1), open=True))
    assert translated == schema.types.Meeting(open=True)


def test_functions_and_their_nested_queries_are_translated() -> None:
    query = OLD.functions.Wrap(query=OLD.functions.GetPeople(crowd=OLD.types.Crowd(people=[], ids=[])))
    translated = to_new.value(query)
    assert isinstance(translated, NEW.functions.Wrap)
    assert isinstance(translated.query, NEW.functions.GetPeople)
    assert translated.query.flag is False
    with pytest.raises(UntranslatableError, match="later"):
        to_old.value(NEW.functions.Wrap(query=NEW.functions.Later()))


def test_results_are_translated_to_the_type_that_the_target_declares() -> None:
    kind = OLD.coder.result_type(OLD.functions.GetPeople)
    users = [NEW.types.PersonEmpty(id=1), NEW.types.PersonGhost(id=2)]
    assert to_old.item(kind, users) == [OLD.types.PersonEmpty(id=1)]
    assert to_old.item(OLD.coder.result_type(OLD.functions.IsOpen), True) is True
    with pytest.raises(UntranslatableError):
        to_old.item(OLD.coder.result_type(OLD.functions.IsOpen), NEW.types.HatRed())
    with pytest.raises(UntranslatableError):
        to_old.item(kind, True)


def test_optional_field_whose_constructor_moved_to_another_type_is_omitted() -> None:
    moved = Schema.parse("hatRed#00000304 = Scarf;\nperson#00000301 flags:# id:int hat:flags.2?Hat = Person;")
    translated = Translator(moved.coder.registry).value(OLD.types.Person(id=1, score=0.0, hat=OLD.types.HatRed()))
    assert translated == moved.types.Person(id=1)


def test_unknown_objects_are_kept() -> None:
    unknown = Unknown(0xDEADBEEF, b"1234")
    assert to_new.value(OLD.functions.Wrap(query=unknown)) == NEW.functions.Wrap(query=unknown)


def test_translation_error_hides_the_value() -> None:
    with pytest.raises(UntranslatableError) as caught:
        to_old.item(OLD.coder.result_type(OLD.functions.IsOpen), "the password")
    assert "password" not in str(caught.value)


@given(values(size=8))
def test_shipped_schema_translates_every_value_to_itself(value: TLObject) -> None:
    assert codec.encode(Translator(codec.coder.registry).value(value)) == codec.encode(value)


def test_shipped_user_and_function_are_translated_to_equal_values() -> None:
    user = types.User(id=1, self=True, phone="1", first_name="Ada")
    assert Translator(codec.coder.registry).value(user) == user
    assert Translator(codec.coder.registry).value(functions.help.GetConfig()) == functions.help.GetConfig()


@pytest.mark.parametrize(
    ("name", "fitting", "others"),
    [
        ("int", [0, -(1 << 31), (1 << 31) - 1], [1 << 31, -(1 << 31) - 1, True, 1.0, "1"]),
        ("long", [0, -(1 << 63), (1 << 63) - 1], [1 << 63, -(1 << 63) - 1, False, 1.0, b"1"]),
        ("double", [1.5, 2, float("inf")], [True, "1.5", b""]),
        ("string", ["", "text"], [b"text", 1]),
        ("bytes", [b"", b"text"], ["text", 1]),
        ("Bool", [True, False], [1, 0, "true"]),
        ("int128", [bytes(16)], [bytes(15), bytes(17), bytes(32), "x" * 16, 5]),
        ("int256", [bytes(32)], [bytes(31), bytes(33), bytes(16), "x" * 32, 5]),
    ],
)
def test_built_in_value_is_accepted_only_where_type_and_size_fit(
    name: str, fitting: list[object], others: list[object]
) -> None:
    for value in fitting:
        assert to_old.item(Builtin(name), value) == value
    assert type(to_old.item(Builtin("double"), 2)) is float
    for value in others:
        with pytest.raises(UntranslatableError, match=f"{type(value).__name__} as {name}"):
            to_old.item(Builtin(name), value)


def test_values_of_the_wrong_kind_are_untranslatable() -> None:
    crowd = OLD.coder.result_type(OLD.functions.GetPeople)
    for value in (5, "text", {1: 2}):
        with pytest.raises(UntranslatableError, match=type(value).__name__):
            to_old.item(crowd, value)
        with pytest.raises(UntranslatableError, match=type(value).__name__):
            to_old.item(Boxed("Person"), value)
    assert to_old.item(crowd, (OLD.types.PersonEmpty(id=1),)) == [OLD.types.PersonEmpty(id=1)]
