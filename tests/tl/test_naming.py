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
def test_classes(name: str, expected: str) -> None:
    assert class_name(name) == expected


def test_aliases_of_boxed_types() -> None:
    assert alias_name("auth.SentCode") == "TypeSentCode"
    assert alias_name("mtproto.P_Q_inner_data") == "TypePQInnerData"


def test_fields() -> None:
    assert [field_name(name) for name in ("from", "id", "self", "None", "ID")] == [
        "from_",
        "id",
        "self",
        "None_",
        "ID_",
    ]


def test_namespaces() -> None:
    assert split("auth.sentCode") == ("auth", "sentCode")
    assert split("user") == ("", "user")


def test_first_words() -> None:
    names = ("InputPeer", "User", "JSONValue", "Update", "DcOption", "X")
    assert [first_word(name) for name in names] == ["input", "user", "json", "update", "dc", "x"]
