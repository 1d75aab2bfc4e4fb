"""The complaints in TDLib's log at verbosity 4; TDLib is a strict reader of a server's bytes.

    [ 2][t 3][1795911659.065836][StickersManager.cpp:832][#1][!Td]  Receive error: [Error : 400 : METHOD_INVALID]
      level   time               file                    actor      message

Levels up to 2 are errors and warnings. Below them TDLib also names messages that it cannot use.
"""

from __future__ import annotations

import re

RECORD = re.compile(r"^\[ ?(\d)\]\[t +\d+\]\[[\d.]+\]\[(\w+)\.\w+:\d+\](?:\[[^\]]*\])*\s*(.*)", re.MULTILINE)
WARNING = 2
EXPECTED = re.compile(
    r"\[Error : 4\d\d : [A-Z0-9_]+\]|Logging out by user request|Destroy auth key|(Destroy|Close) Td in state"
    r"|\[auth_key_id:\d+\]\[state:|Generate new session_id|Update auth key in session_id|Have tmp_auth_key"
    r"|took [\d.]+ seconds|main auth_key has been successfully destroyed|Start auth_dropTempAuthKeys"
)
"""RPC errors, and warnings of what was meant to happen."""
READERS = re.compile(
    r"AuthData|Handshake|NetQuery|RawConnection|Session|Tcp|TlsInit|Transport|UpdatesManager|ConfigManager"
)
"""The files of TDLib that read what comes from the server."""
UNUSABLE = re.compile(
    r"(?i)can't|cannot|fail(ed)? to (parse|fetch|process|decrypt)|unknown constructor|wrong|unexpected|invalid|mismatch"
    r"|corrupt|bad_|bad message|too (old|new|small|big|short|long)\b|skip"
)


def complaints(log: str) -> list[str]:
    """The records that say that something of ours was not as it should be."""
    found = []
    for record in RECORD.finditer(log):
        level, file, message = int(record[1]), record[2], record[3]
        is_complaint = level <= WARNING or (READERS.match(file) and UNUSABLE.search(message))
        if is_complaint and not EXPECTED.search(message):
            found.append(record[0])
    return found
