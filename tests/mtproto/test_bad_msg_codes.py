"""MS18: the codes of bad_msg_notification, numbered as in the documentation of service messages."""

from __future__ import annotations

from sansio_tl.mtproto.bad_msg_codes import BadMsgCode


def test_MS18_bad_msg_codes_match_the_documentation() -> None:
    assert {code.name: code.value for code in BadMsgCode} == {
        "MSG_ID_TOO_LOW": 16,
        "MSG_ID_TOO_HIGH": 17,
        "MSG_ID_PARITY": 18,
        "CONTAINER_ID_REUSED": 19,
        "TOO_OLD": 20,
        "SEQNO_TOO_LOW": 32,
        "SEQNO_TOO_HIGH": 33,
        "EVEN_SEQNO_EXPECTED": 34,
        "ODD_SEQNO_EXPECTED": 35,
        "BAD_SALT": 48,
        "INVALID_CONTAINER": 64,
    }
