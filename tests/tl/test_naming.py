"""From TL names to Python names."""

from __future__ import annotations

import pytest

from sansio_tl.tl.naming import alias_name, class_name, field_name, first_word, split


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("auth.sentCode", "SentCode"),
        ("user", "User"),
        ("true", "True_"),
        ("mtproto.resPQ", "ResPQ"),
        ("mtproto.req_pq_multi", "ReqPqMulti"),
        ("mtproto.req_DH_params", "ReqDHParams"),
        ("mtproto.set_client_DH_params", "SetClientDHParams"),
        ("mtproto.server_DH_params_ok", "ServerDHParamsOk"),
        ("mtproto.p_q_inner_data_dc", "PQInnerDataDc"),
        ("mtproto.dh_gen_ok", "DhGenOk"),
        ("mtproto.msgs_ack", "MsgsAck"),
        ("mtproto.help.configSimple", "HelpConfigSimple"),
    ],
)
def test_class_name_is_derived_from_the_tl_name(name: str, expected: str) -> None:
    assert class_name(name) == expected


def test_alias_of_a_boxed_type_begins_with_Type() -> None:
    assert alias_name("auth.SentCode") == "TypeSentCode"
    assert alias_name("mtproto.P_Q_inner_data") == "TypePQInnerData"


def test_field_name_avoids_python_keywords() -> None:
    assert [field_name(name) for name in ("from", "id", "self", "None", "ID")] == [
        "from_",
        "id",
        "self",
        "None_",
        "ID_",
    ]


def test_split_separates_namespace_and_name() -> None:
    assert split("auth.sentCode") == ("auth", "sentCode")
    assert split("user") == ("", "user")


def test_first_word_of_a_name_is_lowercase() -> None:
    names = ("InputPeer", "User", "JSONValue", "Update", "DcOption", "X")
    assert [first_word(name) for name in names] == ["input", "user", "json", "update", "dc", "x"]
