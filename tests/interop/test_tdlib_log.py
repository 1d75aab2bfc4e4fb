from __future__ import annotations

import pytest

from tests.interop.tdlib_log import complaints

EXPECTED = """
[ 2][t 3][1795911642.878592252][AuthDataShared.cpp:118][#1][!Td]	DcId{1} [auth_key_id:0][state:Empty][created_at:0]
[ 1][t 4][1795911659.066236495][PromoDataManager.cpp:151][#1][!P]	Receive error: [Error : 400 : METHOD_INVALID]
[ 3][t 1][1795911657.066236495][NetQuery.cpp:151][#1][!P]	Receive error [Error : 400 : ACCESS_TOKEN_INVALID]
[ 2][t 4][1795911659.609083414][AuthManager.cpp:947][#1][!AuthManager]	Logging out by user request
[ 3][t 3][1795911593.487455606][ConnectionCreator.cpp:474][#1][!ConnectionCreator][&x]	Drop proxy IP address [invalid]
[ 3][t 1][1795911593.487455606][Session.cpp:474][#1][!Session]	Receive query [Query:[id:7][tl:0x82574ae5]]
  name = "wrong"
"""
COMPLAINTS = [
    "[ 1][t 4][1795911697.895063877][NetQuery.h:331][#1][!AuthManager]\tCan't parse: ",
    "[ 1][t 3][1795911643.016588926][ConfigManager.cpp:1185][#1][!ConfigManager]\tWrong parameter is_test",
    "[ 2][t 2][1795911594.493066310][HandshakeConnection.h:53][#1][!S]\tClear handshake [error:[Error : -404]]",
    "[ 4][t 2][1795911594.493066310][SessionConnection.cpp:53][#1][!S]\tSkip too old message",
    "[ 3][t 2][1795911594.493066310][Session.cpp:53][#1][!S]\tReceive bad_msg_notification",
]


def test_expected_tdlib_log_lines_are_no_complaints() -> None:
    assert not complaints(EXPECTED)


@pytest.mark.parametrize("record", COMPLAINTS)
def test_unexpected_tdlib_log_line_is_a_complaint(record: str) -> None:
    assert complaints(f"{EXPECTED}{record}\n{EXPECTED}") == [record]
