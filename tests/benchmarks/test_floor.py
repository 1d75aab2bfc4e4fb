"""The floor: a program creates the value that it was recorded of, and its distance is shown."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from floor_peer import Floor, load_extension

from benchmarks import compiled, environments, plots, tables
from benchmarks.environments import ALL, CODEC, FLOOR, PEERS, Unavailable, compile_extension
from benchmarks.growth import SERIES
from benchmarks.rounds import Care, measure
from benchmarks.workers import PeerError, Worker
from benchmarks.workloads import DISTINCT, all_workloads
from sansio_tl import LAYER, Schema, encode, types

RESULTS = "compiled.json"
PEER = next(peer for peer in ALL if peer.name == FLOOR)
SHORT = Care(rounds=2, sample=0.0005)


@pytest.fixture(scope="module")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Any:
    library = tmp_path_factory.mktemp("floor") / "floor.so"
    try:
        compile_extension(PEERS / PEER.extension, library, "-Werror")
    except Unavailable as reason:
        if "-Werror" in str(reason):
            raise
        pytest.skip(str(reason))
    return load_extension(str(library))


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    monkeypatch.setattr(environments, "PLACES", tmp_path)
    try:
        PEER.install()
    except Unavailable as reason:
        pytest.skip(str(reason))
    assert PEER.installed
    with Worker(PEER) as worker:
        yield worker


@pytest.mark.parametrize("workload", all_workloads(LAYER), ids=lambda workload: workload.name)
def test_program_makes_the_value_of_each_workload_anew(extension: Any, workload: Any) -> None:
    for value, data in ((workload.value, workload.data), *workload.more):
        program = extension.Program(value)
        for _ in range(3):
            made = extension.make(program)
            assert made is not value
            assert made == value
            assert encode(made) == data
        assert extension.copy(data) == data
        assert extension.copy(data) is not data


@pytest.mark.parametrize(
    "value",
    [
        [],
        [[], [1, 2], [1, None], [True, False]],
        [0, -1, 256, 257, (1 << 63) - 1, -(1 << 63)],
        [1.5, float("inf"), -0.0],
        ["", "a", "é", "€", "ab", "aé", "é€", "a\U0001f600\U0010ffff", "\x00\x00", "\uffff\x7f\x80\u0800"],
        [b"", b"\x00", b"\xff", b"ab", bytes(range(256)) * 300],
        [types.NearestDc("NL", 1, 2), types.NearestDc("nl", 1, 2)],
        "alone",
        None,
    ],
)
def test_program_makes_every_kind_of_object(extension: Any, value: object) -> None:
    made = extension.make(extension.Program(value))
    assert made == value
    assert repr(made) == repr(value)


def test_value_that_cannot_be_recorded_is_refused(extension: Any) -> None:
    endless: list[Any] = []
    endless.append(endless)
    for value, error in (
        (1 << 63, OverflowError),
        ([1 << 63], OverflowError),
        ("\ud800", UnicodeEncodeError),
        (endless, RecursionError),
        (ValueError("has a dict"), AttributeError),
        ((1, 2), AttributeError),
        ([types.NearestDc("NL", 1, object())], AttributeError),  # type: ignore[arg-type]
    ):
        with pytest.raises(error):
            extension.Program(value)
    with pytest.raises(TypeError):
        extension.make(endless)
    with pytest.raises(TypeError):
        extension.copy("text")


def test_references_are_given_back(extension: Any) -> None:
    shared, cls = "é", types.NearestDc
    value = [types.NearestDc(shared, 1000, 2000), None, True, False, "text" * 9, [1 << 60]]
    counted = (shared, cls, None, True, False)

    def make_all() -> None:
        program = extension.Program(value)
        kept = [extension.make(program) for _ in range(500)]
        assert kept[-1] == value

    make_all()
    before = [sys.getrefcount(each) for each in counted]
    make_all()
    after = [sys.getrefcount(each) for each in counted]
    assert all(abs(now - then) < 50 for now, then in zip(after, before, strict=True))


WITHOUT_MEMORY = """
import sys, _testcapi
from floor_peer import Floor, load_extension
from benchmarks.workloads import all_workloads
from sansio_tl import LAYER

extension = load_extension(sys.argv[1])
value = next(workload.value for workload in all_workloads(LAYER) if workload.name == "auth.sendCode")
program, failed = extension.Program(value), 0
for call, argument in ((extension.make, program), (extension.Program, value)):
    for number in range(1, 40):
        _testcapi.set_nomemory(number, number + 1)
        try:
            call(argument)
        except MemoryError:
            failed += 1
        finally:
            _testcapi.remove_mem_hooks()
assert failed > 10, failed
assert extension.make(program) == value
"""


def test_out_of_memory_is_an_exception(extension: Any) -> None:
    pytest.importorskip("_testcapi")
    environment = {**os.environ, "PYTHONPATH": f"{PEERS}{os.pathsep}{PEERS.parents[1]}"}
    command = [sys.executable, "-c", WITHOUT_MEMORY, extension.__file__]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_worker_times_the_floor_of_each_workload(worker: Worker) -> None:
    for workload in all_workloads(LAYER):
        if workload.name == DISTINCT:
            parts = [workload.data, *(data for _, data in workload.more)]
            assert worker.load_many(workload.name, parts) is None
        else:
            assert worker.load(workload.name, workload.data) is None
        for op in ("decode", "encode"):
            (row,) = measure({FLOOR: worker}, workload.name, op, SHORT, collector=True)
            assert row["median"] > 0
    with pytest.raises(PeerError):
        worker.load("nonsense", b"\x02\x25")


def test_floor_of_another_layer_is_that_of_its_schema(extension: Any) -> None:
    schema = Schema.parse("thing#00000005 a:int b:string = Thing;\n// LAYER 7\n")
    floor = Floor(extension, schema)
    made = floor.recorded(bytes.fromhex("05000000 01000000 02616200"))
    assert extension.make(made[0]) == schema.decode(made[1])


def test_missing_compiler_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "PLACES", tmp_path)
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: "no-such-compiler -shared")
    with pytest.raises(Unavailable, match=r"floor\.c needs a C compiler: no-such-compiler does not exist"):
        PEER.install()
    assert not PEER.installed
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: None)
    with pytest.raises(Unavailable, match="does not tell"):
        PEER.install()


def with_floor(figures: dict[str, Any], share: float) -> dict[str, Any]:
    """The figures as if the floor took this share of the time of the codec in C."""
    ours = [row for row in figures["times"] if row["peer"] == CODEC]
    rows = [
        {**row, "peer": FLOOR, "samples": [each * share for each in row["samples"]], "median": row["median"] * share}
        for row in ours
    ]
    others = [row for row in figures["times"] if row["peer"] != FLOOR]
    peers = {**figures["peers"], FLOOR: {"title": PEER.title, "note": PEER.note, "version": "1", "runtime": ""}}
    return {**figures, "peers": peers, "times": [*others, *rows]}


def test_distance_to_the_floor_is_a_table_and_a_plot(figures: dict[str, Any]) -> None:
    measured = with_floor(figures, 0.5)
    head, *rows = tables.floor(measured)
    assert head[:4] == ["workload", "operation", "floor", "sansio_tl, codec in C"]
    assert {(row[0], row[1]) for row in rows} == {
        (workload["name"], op) for workload in figures["workloads"] for op in ("decode", "encode")
    }
    assert {row[3] for row in rows} == {"2.00 x"}
    assert all(len(row) == len(head) for row in rows)
    for op in ("decode", "encode"):
        root = ET.fromstring(plots.above_floor(measured, op))
        hints = [node.text for node in root.iter("{http://www.w3.org/2000/svg}title")]
        of_workload = len({row[0] for row in rows})
        assert len(hints) == of_workload * len(tables.ABOVE_FLOOR)
        assert "sansio_tl, codec in C, vector<long>: 2.00 x" in hints


def test_floor_changes_no_other_table_or_plot(figures: dict[str, Any]) -> None:
    without = {**figures, "times": [row for row in figures["times"] if row["peer"] != FLOOR]}
    without["peers"] = {name: about for name, about in figures["peers"].items() if name != FLOOR}
    measured = with_floor(figures, 0.5)
    assert tables.compiled(measured) == tables.compiled(without)
    assert tables.compiled_shortfalls(measured) == tables.compiled_shortfalls(without)
    for op in ("decode", "encode"):
        assert plots.ratios(measured, op, CODEC) == plots.ratios(without, op, CODEC)


def test_floor_that_was_not_measured_is_reported_with_the_reason(figures: dict[str, Any]) -> None:
    peers = {**figures["peers"], FLOOR: {"title": "floor", "note": "", "unavailable": "floor.c needs a C compiler"}}
    times = [row for row in figures["times"] if row["peer"] != FLOOR]
    written = compiled.pages({**figures, "peers": peers, "times": times})
    assert written["floor.inc"] == "The floor was not measured: floor.c needs a C compiler.\n"
    assert "floor.c needs a C compiler" in written["floor_decode.svg"]
    assert "The floor was not measured" in compiled.as_text({**figures, "peers": peers, "times": times})


def test_largest_workload_of_the_growth_series_is_recorded(extension: Any) -> None:
    for make in SERIES.values():
        value = make(10_000)
        assert extension.make(extension.Program(value)) == value
