"""A malicious data center: it sends its clients invalid or misleading answers.

It has their keys, so everything that it sends is authentic. It must not cause a client to raise, move the account,
connect to unreachable or forbidden addresses, or delay a request for ever by repeated FLOOD_WAIT.
"""

from __future__ import annotations

import msgspec

from sansio_tl import types
from sansio_tl.connection.server import ServerSession
from sansio_tl.errors import RpcError
from sansio_tl.simulation.faults import Deeds, Injected
from sansio_tl.simulation.rng import Rng
from sansio_tl.tl.objects import TLObject

_NAMES = (
    "USER_MIGRATE_",
    "PHONE_MIGRATE_",
    "NETWORK_MIGRATE_",
    "FILE_MIGRATE_",
    "STATS_MIGRATE_",
    "FLOOD_WAIT_",
    "FLOOD_PREMIUM_WAIT_",
    "SLOWMODE_WAIT_",
    "FLOOD_TEST_PHONE_WAIT_",
    "2FA_CONFIRM_WAIT_",
    "TAKEOUT_INIT_DELAY_",
    "FILE_PART_",
    "FILE_REFERENCE_",
    "APNS_VERIFY_CHECK_",
    "PASSWORD_TOO_FRESH_",
    "INTERDC_",
    "MSG_WAIT_",
    "CONNECTION_",
    "SESSION_PASSWORD_",
)
_PARAMETERS = (
    "X",
    "",
    "0",
    "-1",
    "1",
    "2",
    "3",
    "4",
    "5",
    "999",
    "1001",
    "65536",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "999999999",
    "9999999999999999999",
    "00000000000000000002",
    "0x10",
    "1e9",
    "1_000",
    "\u0661\u0662",
    "\x00",
    "\x1b[2J",
    "X_MISSING",
    "1" * 200,
)
_MOVES = ("USER_MIGRATE_", "PHONE_MIGRATE_", "NETWORK_MIGRATE_")
_CODES = (303, 303, 303, 303, 400, 401, 403, 406, 420, 500, 0, -503, 2147483647, -2147483648)
_PLAIN_TEXTS = ("", "_", "X", "\udcff\udcfe", "USER_MIGRATE_\udced\udca0\udc80", "AUTH_KEY", "\x00" * 300)
"""Invalid UTF-8 appears as lone surrogates, as in what a client decodes."""
_PLAUSIBLE = (
    ("198.51.100.9", 443),
    ("203.0.113.9", 80),
    ("192.0.2.1", 443),
    ("192.0.2.4", 443),
    ("169.254.169.254", 80),
)
"""Plausible addresses at which no data center, or another one, listens."""
_HOSTS = ("169.254.169.254", "198.51.100.9", "evil.example", "a" * 70 + ".x", "", "a..b", "a\0b", "\U0001f600.x", "::1")
_PORTS = (443, 80, 0, -5, 65536, 70_000, 2147483647, -2147483648)
_NOTICES = 80
"""Maximum service messages in one run: clients answer some, and without a limit their number would grow."""
_IDS = (0, 4, -1, 1 << 62, -(1 << 63), (1 << 63) - 1)


class OddError(RpcError):
    """An error of any code with any text."""


class RogueDataCenter:
    """The answers of a data center while it is malicious."""

    def __init__(self, data_centers: tuple[int, ...], rng: Rng, injected: Injected, deeds: Deeds) -> None:
        """`data_centers`: the existing data centers."""
        self.active = True
        """Whether it is currently malicious; a request that it rejects for ever stays rejected."""
        self._data_centers = data_centers
        self.rng = rng
        self._injected = injected
        self._deeds = deeds
        self._notices_left = _NOTICES
        self._for_ever: dict[int, OddError] = {}

    def error(self, number: int) -> OddError | None:
        """Raise the error of a request, if it gets one."""
        if number in self._for_ever:
            self._deeds["data center: FLOOD_WAIT, again"] += 1
            return self._for_ever[number]
        if not self._occurs(0.5):
            return None
        if self.rng.chance(0.1):
            seconds = self.rng.pick((0, 1, 30, 60))
            flood_wait = self._for_ever[number] = OddError(f"FLOOD_WAIT_{seconds}", code=420)
            return flood_wait
        if self.rng.chance(0.2):
            self._deeds["data center: the account belongs to another one"] += 1
            return OddError(f"{self.rng.pick(_MOVES)}{self.rng.pick(self._data_centers)}", code=303)
        self._deeds["data center: an error with odd parameters"] += 1
        text = self.rng.pick(_NAMES) + self.rng.pick(_PARAMETERS)
        if self.rng.chance(0.1):
            text = self.rng.pick(_PLAIN_TEXTS)
        return OddError(text, code=self.rng.pick(_CODES))

    def config(self, honest: types.Config) -> types.Config | None:
        """A configuration with addresses at which no data center listens."""
        if not self._occurs(0.7):
            return None
        self._deeds["data center: addresses at which nothing listens"] += 1
        options = [self._option() for _ in range(1 + self.rng.below(6))]
        return msgspec.structs.replace(honest, dc_options=options)

    def _option(self) -> types.DcOption:
        rng = self.rng
        if rng.chance(0.6):
            host, port = rng.pick(_PLAUSIBLE)
            return types.DcOption(id=rng.pick(self._data_centers), ip_address=host, port=port)
        number = rng.pick((*self._data_centers, 0, -4, 999, 2147483647))
        media_only = rng.chance(0.2)
        return types.DcOption(id=number, ip_address=rng.pick(_HOSTS), port=rng.pick(_PORTS), media_only=media_only)

    def send_notice(self, session: ServerSession, known: list[int]) -> None:
        """A service message about messages that the client has sent - `known` are some - or that were never sent."""
        if not self._notices_left or not self._occurs(0.05):
            return
        for _ in range(self.rng.pick((1, 1, 5))):
            self._notices_left = max(0, self._notices_left - 1)
            notice = self._notice(known)
            self._deeds["data center: a service message about anything"] += 1
            is_content = not isinstance(notice, types.mtproto.MsgsAck) and self.rng.chance(0.5)
            session.send_other(notice, content_related=is_content)

    def _notice(self, known: list[int]) -> TLObject:
        rng = self.rng
        number = rng.pick(known) if known and rng.chance(0.4) else rng.pick(_IDS)
        ids = [rng.pick([*_IDS, *known]) for _ in range(rng.pick((0, 1, 20)))]
        code = rng.pick((0, 16, 17, 18, 19, 20, 32, 33, 34, 35, 48, 64, -1, 2147483647))
        notices: tuple[TLObject, ...] = (
            types.mtproto.BadMsgNotification(bad_msg_id=number, bad_msg_seqno=0, error_code=code),
            types.mtproto.BadServerSalt(bad_msg_id=number, bad_msg_seqno=1, error_code=code, new_server_salt=number),
            types.mtproto.NewSessionCreated(
                first_msg_id=rng.pick([*_IDS, *known]), unique_id=int.from_bytes(rng(1), "little"), server_salt=number
            ),
            types.mtproto.MsgsStateInfo(req_msg_id=number, info=bytes(len(ids))),
            types.mtproto.MsgsAllInfo(msg_ids=ids, info=bytes([rng.pick((0, 1, 2, 3, 4, 12, 68))]) * len(ids)),
            types.mtproto.MsgDetailedInfo(msg_id=number, answer_msg_id=rng.pick(_IDS), bytes=-1, status=7),
            types.mtproto.MsgNewDetailedInfo(answer_msg_id=rng.pick(_IDS), bytes=1 << 30, status=0),
            types.mtproto.MsgResendReq(msg_ids=ids),
            types.mtproto.MsgsStateReq(msg_ids=ids),
            types.mtproto.MsgsAck(msg_ids=ids),
            types.mtproto.Pong(msg_id=number, ping_id=number),
            types.mtproto.FutureSalts(req_msg_id=number, now=rng.pick((0, -1, 2147483647)), salts=[]),
            types.mtproto.DestroySessionOk(session_id=number),
            types.mtproto.DestroyAuthKeyOk(),
            types.mtproto.RpcAnswerUnknown(),
        )
        return rng.pick(notices)

    def _occurs(self, most: float) -> bool:
        occurs = self.active and self.rng.chance(most)
        self._injected["rogue_data_center"] += occurs
        return occurs
