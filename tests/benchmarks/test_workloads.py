from __future__ import annotations

from benchmarks.workloads import all_workloads, ladder, longs, objects
from sansio_tl import LAYER, Schema, decode, encode, types
from sansio_tl.tl.objects import TLObject

WORKLOADS = {workload.name: workload for workload in all_workloads(LAYER)}


def test_workloads_are_the_same_bytes_each_time() -> None:
    assert [workload.data for workload in all_workloads(LAYER)] == [workload.data for workload in WORKLOADS.values()]


def test_workloads_round_trip() -> None:
    for workload in WORKLOADS.values():
        assert decode(workload.data) == workload.value
        assert encode(workload.value) == workload.data


def test_messages_workload_is_a_page_of_100_varied_messages() -> None:
    workload = WORKLOADS["messages.messages"]
    assert isinstance(workload.value, types.messages.Messages)
    assert 60_000 <= len(workload.data) <= 70_000
    assert len(workload.value.messages) == 100
    assert workload.objects > 1_000
    kinds = {type(item) for item in objects(workload.value)}
    assert {types.User, types.Channel, types.MessageEntityTextUrl, types.MessageReplyHeader, types.Photo} <= kinds


def test_send_code_has_all_settings() -> None:
    settings = next(item for item in objects(WORKLOADS["auth.sendCode"].value) if isinstance(item, types.CodeSettings))
    assert all(getattr(settings, name) is not None for name in settings.__struct_fields__)
    assert len(WORKLOADS["vector<long>"].data) > 80_000
    assert len(WORKLOADS["upload.file"].data) > 1 << 19


def test_ladder_has_three_steps_per_decade_up_to_the_maximum() -> None:
    assert ladder(10_000) == [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000]
    assert ladder(100) == [1, 3, 10, 30, 100]


def test_objects_yields_the_value_and_the_values_inside() -> None:
    assert [type(item) for item in objects(types.auth.SentCode(types.auth.SentCodeTypeApp(5), "h"))] == [
        types.auth.SentCode,
        types.auth.SentCodeTypeApp,
    ]
    assert len(list(objects(longs(10)))) == 1


def test_transposed_value_keeps_the_fields_of_the_other_layer() -> None:
    from benchmarks.layers import transposed

    schema = Schema.parse(
        "codeSettings#00000001 flags:# allow_flashcall:flags.0?true later:Vector<int> = CodeSettings;\n"
        "---functions---\n"
        "auth.sendCode#a677244f phone_number:string api_id:int api_hash:string settings:CodeSettings = Bool;\n"
        "// LAYER 5\n"
    )
    workload = transposed(WORKLOADS["auth.sendCode"], schema)
    assert workload.layer == 5
    value = workload.value
    assert isinstance(value, TLObject)
    settings = value.settings  # type: ignore[attr-defined]
    assert (settings.allow_flashcall, settings.later) == (True, [])
    assert schema.decode(workload.data) == value
