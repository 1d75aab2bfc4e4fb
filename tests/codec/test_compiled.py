# mypy: disable-error-code="arg-type, attr-defined"
"""What the compiled codec has to do beyond giving the same as the one in Python: memory, stack, threads and more."""

from __future__ import annotations

import contextlib
import gc
import inspect
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from sansio_tl import Limits, Schema, TLObject, codec, functions, types
from sansio_tl.tl.compiled_codec import TableBuilder, compile_codec
from sansio_tl.tl.pure_codec import DEFAULT_LIMITS, unpack
from tests.codec.samples import history, send_code, sent_code
from tests.codec.test_nesting import nested
from tests.fuzz.random_values import damage, entries, random_object
from tests.helpers.codecs import ROOT, Declined, compiled, compiled_alone, library, walker

MAX_LEVEL = 500


@pytest.fixture(scope="module", autouse=True)
def implementation() -> str:
    """These are tests of one of them."""
    walker()
    return "c"


# Text

_EDGES = bytes.fromhex("00 7f 80 8f 90 9f a0 bf c0 c1 c2 c3 c4 df e0 e1 ec ed ee ef f0 f1 f3 f4 f5 f7 f8 ff")
"""The first and the last byte of each range in the table of RFC 3629, section 4."""
_FOLLOWING = bytes.fromhex("00 7f 80 8f 90 9f a0 bf c0 ff")


def test_TL2_text_is_UTF_8_exactly_where_Python_has_it_so() -> None:
    """Every sequence of bytes at the edges of UTF-8's ranges, at the end of a text and inside one."""
    calls = compiled_alone()
    wrong = []
    for length in range(1, 5):
        for first, *rest in product(_EDGES, *[_FOLLOWING] * (length - 1)):
            sequence = bytes([first, *rest])
            for data in (b"text" + sequence, b"text " + sequence + "and so on, \u00e9".encode()):
                expected, found = _as_text(data), None
                with contextlib.suppress(Declined):
                    found = calls.decode(_text_plain(data)).text
                if found != expected:
                    wrong.append((data, found))
    assert wrong == []


def _as_text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _text_plain(data: bytes) -> bytes:
    padding = bytes(-(len(data) + 1) % 4)
    return types.TextPlain.ID.to_bytes(4, "little") + bytes([len(data)]) + data + padding


@pytest.mark.parametrize("characters", ["ab\u00e9\u00ff", "a\u0416\u4f60\uffff", "a\u00e9\u4f60\U0001f680\U0010ffff"])
def test_TL2_text_of_each_width_is_written_as_UTF_8(characters: str) -> None:
    """Texts of 2 to 5 characters in every order, in long texts, and around the longest length of one byte."""
    calls = compiled_alone()
    texts = ["".join(text) for length in range(2, 6) for text in product(characters, repeat=length)]
    texts += [prefix + characters * repeat for prefix in ("", "plain text ") for repeat in range(1, 70)]
    for text in texts:
        data = calls.encode(types.TextPlain(text))
        assert data == codec.coder.pure.encode(types.TextPlain(text))
        assert calls.decode(data).text == text


@pytest.mark.parametrize("surrogate", [0xD800, 0xDFFF])
@pytest.mark.parametrize("characters", ["\u4f60", "\U0001f680"])
def test_TL10_a_surrogate_is_left_to_python(characters: str, surrogate: int) -> None:
    calls = compiled_alone()
    with pytest.raises(Declined):
        calls.encode(types.TextPlain(f"text {characters}{chr(surrogate)}"))


# Tables


def test_every_constructor_of_the_shipped_schema_can_be_compiled() -> None:
    tables = TableBuilder(codec.coder.pure)
    tables.walker = walker()(codec.coder.pure, tables, unpack, DEFAULT_LIMITS)
    assert all(tables.constructor_of(entry.cls) >= 0 for entry in entries())
    assert tables.refused == {}


class Plain(msgspec.Struct, frozen=True, gc=False):
    a: object
    b: object


class Collected(msgspec.Struct, frozen=True, gc=True):
    a: object
    b: object


class WithDict(msgspec.Struct, frozen=True, dict=True):
    a: object
    b: object


class Referable(msgspec.Struct, frozen=True, weakref=True):
    a: object
    b: object


class WithMore(Plain, frozen=True, gc=False):
    c: object


class NoStruct:
    a = b = None


INT: Any = (0, 0, 0, None, None)
FIELDS = (("a", 0, 0, INT), ("b", 0, 0, INT))


def test_only_classes_whose_objects_are_their_slots_are_accepted() -> None:
    made = walker()(None, None, None, DEFAULT_LIMITS)
    assert made.add_constructor(Plain, 1, 1, False, 0, FIELDS) == 0
    for cls in (Collected, WithDict, Referable, WithMore, NoStruct, int, str, type, list):
        with pytest.raises((TypeError, AttributeError)):
            made.add_constructor(cls, 1, 1, False, 0, FIELDS)


@pytest.mark.parametrize(
    "fields",
    [
        (("a", 0, 0, INT),),  # b is left over
        (*FIELDS, ("a", 0, 0, INT)),
        (("a", 0, 0, INT), ("c", 0, 0, INT)),
        (("a", 0, 0, INT), ("__class__", 0, 0, INT)),
        (("a", 0, 0, INT), ("b", 4, 1, INT)),  # there is no flag word 4
        (("a", 0, 0, INT), ("b", -1, 1, INT)),
        (("a", 0, 0, INT), ("b", 0, 3, INT)),  # two bits
        (("a", 0, 1, None), ("b", 0, 1, None)),  # two `true` fields of one bit
        (("a", 0, 0, INT), ("b", 0, 0, (99, 0, 0, None, None))),
        (("a", 0, 0, INT), ("b", 0, 0, (10, 0, 0, None, None))),
        (("a", 0, 0, INT), ("b", 0, 0, (9, 1, 0, None, INT))),  # items of no bytes: nothing bounds their count
        (("a", 0, 0, INT), ("b", 0, 0, (9, 1, 4, None, None))),
        (("a", 0, 0, INT), ("b", 0, 0, (8, 0, 0, 5, None))),
        (("a", 0, 0, INT), ("b", 0, 0, (6, -1, 0, None, None))),
        (("a", 0, 0, INT), ("b", 0, 0, ())),
        (("a", 0, 0, INT), 5),
    ],
)
def test_tables_that_would_not_be_safe_are_refused(fields: Any) -> None:
    made = walker()(None, None, None, DEFAULT_LIMITS)
    with pytest.raises((TypeError, ValueError, AttributeError)):
        made.add_constructor(Plain, 1, 1, False, 1, fields)


def test_what_cannot_be_compiled_is_left_to_python() -> None:
    words = " ".join(f"w{i}:# f{i}:w{i}.{i}?int" for i in range(6))  # more flag words than any schema has
    schema = Schema.parse(f"many {words} = Many;")
    calls = compile_codec(walker(), schema.coder.pure)
    value = schema.types.Many(*range(6))
    data = calls.encode(value)
    assert data == schema.coder.pure.encode(value)
    assert calls.decode(data) == value
    assert calls.declined == 2


def test_types_that_are_nested_deeper_than_any_schema_has_them_are_refused() -> None:
    made, kind = walker()(None, None, None, DEFAULT_LIMITS), INT
    for _ in range(8):
        kind = (9, 1, 4, None, kind)
    assert made.add_type(kind) == 0
    with pytest.raises(TypeError):
        made.add_type((9, 1, 4, None, kind))


def test_two_classes_of_one_id_are_kept_apart() -> None:
    """Where a text declares an id twice, its bytes are the fuller one's, whichever was encoded last."""
    schema = Schema.parse("a#11111111 x:int = A; b#11111111 x:int y:int = A; box v:A = Box;")
    calls = compiled_alone(schema.coder)
    short, full = schema.types.A(1), schema.types.B(1, 2)
    box = schema.encode(schema.types.Box(full))
    for _ in range(2):
        assert calls.decode(box) == schema.types.Box(full)
        assert calls.encode(schema.types.Box(short)) == box[:-4]
        assert calls.encode(schema.types.Box(full)) == box


# Calls


@pytest.mark.parametrize("name", ["encode", "decode", "encode_result", "decode_result"])
@pytest.mark.interpreted  # mypyc drops docstrings
def test_calls_are_described_as_in_python(name: str) -> None:
    ours, pure = getattr(compiled(), name), getattr(codec.coder.pure, name)
    assert inspect.getdoc(ours) == inspect.getdoc(pure)
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(pure).parameters)


@pytest.mark.parametrize("name", ["encode", "decode", "encode_result", "decode_result"])
def test_invalid_arguments_raise_what_they_raise_in_python(name: str) -> None:
    ours, pure = getattr(compiled(), name), getattr(codec.coder.pure, name)
    for given, options in [((), {}), ((1,) * 5, {}), ((1,), {"nonsense": 2}), ((b"",), {"limits": 5}), ((None,), {})]:
        with pytest.raises(Exception) as found:  # noqa: PT011
            ours(*given, **options)
        with pytest.raises(Exception) as expected:  # noqa: PT011
            pure(*given, **options)
        assert (type(found.value), str(found.value)) == (type(expected.value), str(expected.value))


def test_arguments_may_have_names() -> None:
    calls, value, limits = compiled_alone(), sent_code(), Limits()
    data = calls.encode(value=value)
    assert calls.decode(data=data) == calls.decode(data, limits=limits) == calls.decode(data, limits) == value
    function = functions.auth.SendCode
    assert calls.encode_result(function=function, value=value) == data
    assert calls.decode_result(function, data=b"head" + data, limits=limits, start=4) == value
    for start in (-4, -(1 << 63), len(data) + 8, 1 << 80):
        with pytest.raises(Declined):
            calls.decode_result(function, data, start=start)


def test_an_interrupt_while_a_constructor_is_described_is_not_swallowed() -> None:
    class Interrupted(TableBuilder):
        def constructor_of(self, key: object) -> int:
            raise KeyboardInterrupt

    calls = interrupted(Interrupted)
    with pytest.raises(KeyboardInterrupt):
        calls.encode(sent_code())
    with pytest.raises(KeyboardInterrupt):
        calls.decode(codec.encode(sent_code()))


def test_an_error_while_a_constructor_is_described_leaves_the_call_to_python() -> None:
    class Broken(TableBuilder):
        def constructor_of(self, key: object) -> int:
            raise RuntimeError

    calls = interrupted(Broken)
    assert calls.decode(calls.encode(sent_code())) == sent_code()
    assert calls.declined == 2


def interrupted(builder: type[TableBuilder]) -> Any:
    tables = builder(codec.coder.pure)
    tables.walker = made = walker()(codec.coder.pure, tables, unpack, DEFAULT_LIMITS)
    return made


# Re-entrancy


def test_lists_may_change_while_a_class_in_them_is_described() -> None:
    entities: list[Any] = [types.MessageEntityBold(0, 1)]

    class Clearing(TableBuilder):
        def constructor_of(self, key: Any) -> int:
            if key is types.MessageEntityBold:
                entities.clear()
                entities.extend([types.MessageEntityItalic(2, 3)] * 1000)
            return super().constructor_of(key)

    message = types.DraftMessage(message="", entities=entities, date=1)
    data = interrupted(Clearing).encode(message)
    assert data == codec.encode(message)
    assert len(data) > 1000 * 12


def test_the_codec_may_be_used_while_a_constructor_is_described() -> None:
    class Nested(TableBuilder):
        def constructor_of(self, key: Any) -> int:
            again = compiled()
            assert again.decode(again.encode(send_code())) == send_code()
            index = super().constructor_of(key)
            if key not in {functions.auth.SendCode, functions.auth.SendCode.ID}:
                made.encode(functions.auth.SendCode("1", 1, "", types.CodeSettings()))
            return index

    made = interrupted(Nested)
    value = history(3)
    assert made.decode(made.encode(value)) == value


def test_the_garbage_collector_may_run_at_any_time() -> None:
    calls, value = compiled_alone(), history(20)
    data = calls.encode(value)
    seen = []

    def look(phase: str, _info: object) -> None:
        if phase == "start":
            calls.decode(calls.encode(sent_code()))
            lists = [each for each in gc.get_objects() if type(each) is list]
            seen.append(sum(item is None for each in lists for item in each))  # a list with holes would crash here

    threshold = gc.get_threshold()
    gc.callbacks.append(look)
    try:
        gc.set_threshold(1)
        found = calls.decode(data)
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(look)
    assert found == value
    if sys.version_info < (3, 12):  # later, it waits until Python code runs
        assert seen


def test_threads_may_meet_a_constructor_at_the_same_time() -> None:
    samples = [(history(3), codec.encode(history(3))), (send_code(), codec.encode(send_code()))]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(5):
            calls = compiled_alone()

            def work(number: int, calls: Any = calls) -> None:
                for value, data in samples[:: 1 if number % 2 else -1]:
                    assert calls.decode(data) == value
                    assert calls.encode(value) == data

            with ThreadPoolExecutor(8) as pool:
                list(pool.map(work, range(16)))
    finally:
        sys.setswitchinterval(interval)


# Stack


def test_TL4_the_compiled_codec_has_a_limit_of_its_own() -> None:
    calls, deep = compiled_alone(), replace(Limits(), max_depth=10_000)
    data = compiled().encode(nested(MAX_LEVEL - 1))
    assert calls.decode(data, deep).ID == types.TextBold.ID
    assert calls.encode(nested(MAX_LEVEL - 1)) == data
    with pytest.raises(Declined):
        calls.decode(data[:4] + data, deep)
    with pytest.raises(Declined):
        calls.encode(nested(MAX_LEVEL))


def test_TL4_lists_count_for_that_limit_too() -> None:
    calls, deep = compiled_alone(), replace(Limits(), max_depth=10_000)
    text: Any = types.TextEmpty()
    for _ in range(MAX_LEVEL // 2 - 1):
        text = types.TextConcat(texts=[text])
    data = calls.encode(text)
    assert calls.decode(data, deep) == text
    with pytest.raises(Declined):
        calls.encode(types.TextConcat(texts=[types.TextConcat(texts=[text])]))
    with pytest.raises(Declined):
        calls.decode(data[:12] * 2 + data, deep)


def test_TL4_the_deepest_value_fits_into_a_small_stack() -> None:
    calls, deep, failed = compiled_alone(), replace(Limits(), max_depth=10_000), []
    text: Any = types.TextEmpty()
    for _ in range(MAX_LEVEL // 2 - 1):
        text = types.TextConcat(texts=[text])

    def work() -> None:
        try:
            calls.encode(calls.decode(calls.encode(text), deep))
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    before = threading.stack_size(256 << 10)  # of which Python's own frames take some
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert not failed


# Memory


def operations(calls: Any, rng: Random, count: int) -> None:
    """Usual and unusual values and bytes, encoded and decoded."""
    prepared: list[tuple[TLObject, bytes]] = []
    for _ in range(40):
        value = random_object(rng)
        data = codec.coder.pure.encode(value) if "\\ud800" not in ascii(value) else b""
        prepared += [(value, data), (damage(rng, value), data[: rng.randrange(len(data) + 1)]), (value, data + b"1234")]
    for _ in range(count // len(prepared)):
        for value, data in prepared:
            for call, given in ((calls.encode, value), (calls.decode, data)):
                with contextlib.suppress(Declined):
                    call(given)
            for function in (functions.users.GetUsers, functions.contacts.GetContactIDs):
                with contextlib.suppress(Declined):
                    calls.decode_result(function, data)


@pytest.mark.parametrize("count", [20_000, pytest.param(10_000_000, marks=[pytest.mark.long, pytest.mark.timeout(0)])])
def test_neither_memory_nor_references_grow(count: int) -> None:
    calls = compiled_alone()
    watched = [None, True, False, types.User, types.Message, types.messages.Messages, types.TextEmpty, b"", ""]

    def measure() -> tuple[list[int], int]:
        gc.collect()
        return [sys.getrefcount(each) for each in watched], sys.getallocatedblocks()

    operations(calls, Random(7), 4_000)
    references, blocks = measure()
    operations(calls, Random(7), count)
    again, more_blocks = measure()
    if count > 1_000_000:
        assert abs(more_blocks - blocks) < 1000
    assert abs(more_blocks - blocks) < 3000
    assert all(abs(after - before) < 200 for before, after in zip(references, again, strict=True))


def test_a_schema_that_is_not_used_any_more_is_collected() -> None:
    def alive() -> int:
        gc.collect()
        return sum(type(each) is walker() for each in gc.get_objects())

    before = alive()
    schema: Schema | None = Schema.parse("leaf x:int = Leaf; tree t:Vector<Tree> l:Leaf = Tree;")
    calls = compile_codec(walker(), schema.coder.pure)  # type: ignore[union-attr]
    value = schema.types.Tree([], schema.types.Leaf(1))  # type: ignore[union-attr]
    assert calls.decode(calls.encode(value)) == value
    assert alive() == before + 1
    value.t.append(calls)  # a cycle through the values and their class as well
    del schema, calls, value
    assert alive() == before


def test_memory_may_end_at_any_allocation() -> None:
    """In a process of its own: each allocation fails in turn, and the codec declines or says that there is none."""
    pytest.importorskip("_testcapi")
    program = Path(__file__).with_name("without_memory.py")
    run = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(program), str(library())],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert int(run.stdout) > 200  # that many allocations failed


# The choice


@pytest.mark.parametrize(("environment", "expected"), [({}, "c"), ({"SANSIO_TL_PURE": "1"}, "python")])
def test_the_environment_chooses(environment: dict[str, str], expected: str) -> None:
    program = (
        f"import sansio_tl.tl; sansio_tl.tl.__path__.append({str(library().parent)!r})\n"
        "from sansio_tl import Schema, codec\n"
        "kinds = {type(each.encode.__self__).__name__ for each in (codec.coder, Schema.parse('a = A;').coder)}\n"
        "print(codec.IMPLEMENTATION, kinds, codec.encode == codec.coder.encode)"
    )
    clean = {name: value for name, value in os.environ.items() if name != "SANSIO_TL_PURE"}
    run = subprocess.run(
        [sys.executable, "-c", program], env=clean | environment, capture_output=True, text=True, check=True
    )
    kind = {"c": "Walker", "python": "PureCodec"}[expected]
    assert run.stdout == f"{expected} {{'{kind}'}} True\n"
