"""The committed modules are what the generator writes from the schema files, and every id is verified on the way."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest

import sansio_tl
from sansio_tl import LAYER, types
from sansio_tl.codec import index
from sansio_tl.schema import ids
from sansio_tl.tl.codegen.generator import Generator, verify
from sansio_tl.tl.errors import SchemaError
from sansio_tl.tl.objects import TLObject
from sansio_tl.tl.parser import parse
from sansio_tl_transports.codegen import schema

SCHEMA = Path(sansio_tl.__file__).parent / "schema"


def test_committed_modules_are_what_the_generator_writes() -> None:
    sources = schema.generate(schema.load(SCHEMA / "api.tl", SCHEMA / "mtproto.tl"))
    assert schema.differences(sources) == []


def test_layer_constant_matches_the_schema() -> None:
    assert parse((SCHEMA / "api.tl").read_text(encoding="utf-8")).layer == LAYER == index.LAYER


@pytest.mark.parametrize("name", ["api.tl", "mtproto.tl"])
def test_every_constructor_id_is_the_crc_of_its_declaration_or_a_listed_exception(name: str) -> None:
    declarations = parse((SCHEMA / name).read_text(encoding="utf-8"), "mtproto." if name == "mtproto.tl" else "")
    differing = {c.name: c.id for c in declarations.combinators if c.id != c.crc}
    assert differing == (dict(ids.EXCEPTIONS) if name == "mtproto.tl" else {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a#12345678 x:int = A;", "a declares the id 12345678, its text hashes to"),
        ("a#00000001 x:int = A;", "a declares the id 00000001"),
    ],
)
def test_constructor_id_that_is_not_the_crc_is_refused(text: str, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        verify(parse(text).combinators, {})
    verify(parse(text).combinators, {"a": parse(text).combinators[0].id})


def test_constructor_id_used_twice_is_refused() -> None:
    combinators = parse("a#5 = A; b#5 = B;").combinators
    with pytest.raises(SchemaError, match="b has the id 00000005 of a"):
        verify(combinators, {"a": 5, "b": 5})


def test_names_that_map_to_the_same_class_are_refused() -> None:
    generator = Generator("p", parse("ns.foo_bar = A;") + parse("fooBar = B;", "ns."), {}, lambda _c, _f: False)
    with pytest.raises(SchemaError, match=r"ns\.fooBar and ns\.foo_bar would be the same class"):
        generator.sources()


def test_schema_names_its_source() -> None:
    head = (SCHEMA / "api.tl").read_text(encoding="utf-8").partition("---types---")[0]
    for fact in (f"layer {LAYER}:", "// Source: ", "LGPL"):
        assert fact in head


def test_generated_lines_have_at_most_120_characters() -> None:
    sources = schema.generate(schema.load(SCHEMA / "api.tl", SCHEMA / "mtproto.tl"))
    long = [(path, line) for path, text in sources.items() for line in text.splitlines() if len(line) > 120]
    # A docstring's line is not broken inside a word.
    assert [line for path, line in long if not re.match(r" +(``)?[\w.]+", line)] == []


# The command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(schema, "PACKAGE", tmp_path)
    return tmp_path


@pytest.fixture
def schema_files(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], list[str]]:
    where = tmp_path_factory.mktemp("schema")

    def make(api: str, mtproto: str) -> list[str]:
        (where / "a.tl").write_text(api, encoding="utf-8")
        (where / "m.tl").write_text(mtproto, encoding="utf-8")
        return ["--api", str(where / "a.tl"), "--mtproto", str(where / "m.tl")]

    return make


def test_codegen_command_writes_checks_and_removes_modules(
    folder: Path, schema_files: Callable[[str, str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    files = schema_files("a x:int = A; ns.b = ns.B; ---functions--- f = A; // LAYER 5", "m x:int = M;")
    assert schema.main([*files, "--check"]) == 1
    assert "differs types/ns.py" in capsys.readouterr().out
    assert schema.main(files) == 0
    out = capsys.readouterr().out
    assert "layer 5: 3 constructors and 1 functions; 4 ids verified by CRC-32, 0 listed exceptions" in out
    assert "wrote codec/types/mtproto.py" in out
    assert (folder / "types" / "ns.py").exists()
    assert schema.main([*files, "--check"]) == 0
    fewer = schema_files("a x:int = A; // LAYER 6", "m x:int = M;")
    assert schema.main(fewer) == 0
    assert not (folder / "types" / "ns.py").exists()


def test_codegen_command_reports_schema_errors(
    folder: Path, schema_files: Callable[[str, str], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert schema.main(schema_files("a#1 x:int = A;", "")) == 2
    assert "line 1: a declares the id 00000001" in capsys.readouterr().err
    assert schema.main(["--api", str(folder / "none.tl")]) == 2
    assert not list(folder.iterdir())


def test_unions_are_in_schema_order() -> None:
    assert str(types.auth.TypeSentCode).split(" | ")[0].endswith("SentCode")


@pytest.mark.parametrize("package", ["types", "functions"])
def test_every_generated_class_has_a_signature_and_type_hints(package: str) -> None:
    """`inspect.signature` and `typing.get_type_hints` find every name that an annotation has."""
    front = import_module(f"sansio_tl.{package}")
    seen = 0
    for found in pkgutil.iter_modules(front.__path__):
        module = import_module(f"{front.__name__}.{found.name}")
        for cls in vars(module).values():
            if isinstance(cls, type) and issubclass(cls, TLObject) and cls.__module__ == module.__name__:
                assert list(inspect.signature(cls).parameters) == list(cls.__struct_fields__)
                assert get_type_hints(cls).keys() >= set(cls.__struct_fields__)
                seen += 1
    assert seen > 500
