"""The beginnings of the corpus: honest inputs for each target. `python -m tests.fuzz.seeds` writes them again.

What fuzzing has added since lies beside them and is kept.
"""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from sansio_tl import LAYER, encode, functions, to_json, types
from sansio_tl.client.simple_config import encode_simple_config
from sansio_tl.framing import HELLO_PROFILES, AutoDetectFraming, Framing, client_framing
from sansio_tl.framing.fake_tls import FakeTlsServer
from sansio_tl.framing.tls_hello import HELLO_SIZE
from sansio_tl.mtproto.container import join
from sansio_tl.mtproto.envelope import decrypt_message, encrypt_message
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.plain_message import seal_plain
from sansio_tl.proxy.web_frames import FrameType, WebFrame, window
from sansio_tl.role import Role
from sansio_tl.tl.objects import TLObject
from tests.fuzz.fixtures import KEY, NOW, SECRETS, SMALL, Stream, moments, private_key
from tests.fuzz.peer_seeds import peer_seeds
from tests.fuzz.targets.flow import FLOWS, MOVES
from tests.fuzz.targets.framing import MAKERS
from tests.fuzz.targets.schema import SMALL_SCHEMA
from tests.fuzz.targets.web_proxy import WELCOME

CORPUS = Path(__file__).parent / "corpus"


def values() -> list[TLObject]:
    """Values with everything that the codec has: flags in one and two words, vectors, bare types, packed and nested."""
    user = types.User(id=1, first_name="Ada", access_hash=-5, phone="9996621234", status=types.UserStatusOffline(7))
    entities: list[types.TypeMessageEntity] = [types.MessageEntityBold(0, 5), types.MessageEntityPre(1, 2, "py")]
    message = types.Message(
        id=5, peer_id=types.PeerUser(1), date=7, message="hello ☃", entities=entities, views=1, forwards=2
    )
    code = types.auth.SentCode(types.auth.SentCodeTypeApp(5), "hash", timeout=60)
    settings = types.CodeSettings(allow_flashcall=True, logout_tokens=[b"token"], token="t", app_sandbox=False)
    send = functions.auth.SendCode("9996621234", 1, "hash", settings)
    init = functions.InitConnection(1, "device", "system", "1", "en", "", "en", send)
    rich = types.PageBlockParagraph(types.TextConcat([types.TextBold(types.TextPlain("a")), types.TextPlain("b")]))
    return [
        user,
        code,
        send,
        functions.InvokeWithLayer(LAYER, init),
        types.messages.Messages([message], [], [], [user]),
        types.EmojiList(7, [1, -1, 1 << 62]),
        types.help.AppConfig(
            1, types.JsonObject([types.JsonObjectValue("a", types.JsonArray([types.JsonNumber(0.5)]))])
        ),
        types.Updates([types.UpdateNewMessage(message, 1, 2)], [user], [], 7, 8),
        types.upload.File(types.storage.FileJpeg(), 7, bytes(300)),
        rich,
        types.mtproto.ResPQ(bytes(16), bytes(16), b"\x17\xed\x48\x94\x1a\x08\xf9\x81", [1, -2]),
        types.mtproto.FutureSalts(1, 2, [types.mtproto.FutureSalt(1, 2, 3)]),
        types.mtproto.MsgsAck([1, 2]),
        types.mtproto.GzipPacked(gzip.compress(encode(code), mtime=0)),
    ]


def simple_configs() -> Iterator[bytes]:
    """help.configSimple from a resolver, as text, and as what a valid block contains."""
    addresses: list[types.mtproto.TypeIpPort] = [
        types.mtproto.IpPort(-1073741311, 443),
        types.mtproto.IpPortSecret(1, 5222, bytes(16)),
    ]
    rules = [types.mtproto.AccessPointRule("+7,-79", 2, addresses), types.mtproto.AccessPointRule("", 4, [])]
    config = types.mtproto.HelpConfigSimple(int(NOW), int(NOW) + 600, rules)
    text = encode_simple_config(config, private_key(), entropy=Stream(7))
    records = [{"name": "a.b.", "type": 16, "data": f'"{part}"'} for part in (text[255:], text[:255])]
    yield b"\0" + json.dumps({"Status": 0, "Answer": records}).encode()
    yield b"\1 " + text.encode()
    body = encode(config)
    yield b"\2" + struct.pack("<I", 4 + len(body)) + body


def web_proxies() -> Iterator[tuple[str, bytes]]:
    """Both roles of WEB proxies."""
    host = b" HTTP/1.1\r\nHost: relay.example.org\r\n"
    yield "web_proxy", b"\0\5GET /blog/?bridge=CAPABILITY" + host + b"\r\n"
    session = b'{"bridge": "CAPABILITY"}'
    yield "web_proxy", b"\0\5POST /blog/api/v1/session" + host + b"Content-Length: 57\r\n\r\n" + session
    yield "web_proxy", b"\0\5HEAD /blog/" + host + b"\r\nGET /" + host + b"Connection: close\r\n\r\n"
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%b\r\n%b"
    gone = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    opened = b'{"id": "abc", "cursor": 7}'
    answers = (gone, ok % (len(opened), b"", opened), ok % (0, b"", b""), ok % (8, b"X-Cursor: 8\r\n", WELCOME))
    yield "web_proxy", b"\1\5" + b"\xff\xff".join(answers)
    page = b'<script>const bootstrap="' + b"B" * 43 + b'";</script>'
    begun = b"X-Session-Token: abc\r\nX-Carrier-Mode: https\r\n"
    yield "web_proxy", b"\1\5" + ok % (len(page), b"", page) + b"\xff\xff" + ok % (8, begun, WELCOME)
    data = WebFrame(FrameType.DATA, 1, b"hello").encode()
    of_client = data + WebFrame(FrameType.OPEN, 2).encode() + b"\xff\xff" + window(1, 5).encode()
    yield "web_proxy", b"\2\5" + of_client + b"\xff\xff" + WebFrame(FrameType.CLOSE, 1).encode()
    yield "web_proxy", b"\3\5" + data + b"\xff\xff" + window(1, 5).encode() + WebFrame(FrameType.PING, 0, b"a").encode()
    yield "web_proxy", b"\4\5\x82" + bytes([len(data)]) + data + b"\x89\0\x88\0"


def service_messages() -> list[bytes]:
    """What a server may say in a session; REQUEST0 and the like are replaced by ids of real requests."""

    def reference(number: int) -> int:
        return int.from_bytes(b"REQUEST%d" % number, "little", signed=True)

    def answer(number: int, body: bytes) -> bytes:
        return b"\x01\x6d\x5c\xf3" + b"REQUEST%d" % number + body

    m = types.mtproto
    nearest = encode(types.NearestDc("NL", 2, 2))
    return [
        answer(0, nearest),
        answer(1, encode(m.RpcError(420, "FLOOD_WAIT_3"))),
        answer(2, encode(m.GzipPacked(gzip.compress(nearest, mtime=0)))),
        encode(m.NewSessionCreated(reference(0), 7, 9)),
        encode(m.BadServerSalt(reference(0), 1, 48, 99)),
        *(encode(m.BadMsgNotification(reference(1), 3, code)) for code in (16, 17, 18, 20, 32, 35, 64)),
        encode(m.MsgsAck([reference(0), reference(2)])),
        encode(m.Pong(reference(0), 1)),
        encode(m.MsgDetailedInfo(reference(0), 12345, 100, 0)),
        encode(m.MsgNewDetailedInfo(12345, 100, 0)),
        encode(m.MsgsStateInfo(reference(0), b"\x01\x04\x0c")),
        encode(m.MsgsAllInfo([reference(0)], b"\x04")),
        encode(m.FutureSalts(reference(0), 7, [m.FutureSalt(1, 1 << 30, 5)])),
        encode(types.UpdatesTooLong()),
        encode(functions.mtproto.Ping(5)),
        encode(functions.mtproto.PingDelayDisconnect(5, 75)),
        encode(functions.mtproto.GetFutureSalts(3)),
        encode(functions.mtproto.DestroySession(4)),
        encode(functions.mtproto.RpcDropAnswer(reference(0))),
        encode(functions.mtproto.HttpWait(0, 0, 25)),
        encode(functions.InvokeWithLayer(LAYER, functions.help.GetConfig())),
        encode(functions.InvokeAfterMsg(1, functions.help.GetNearestDc())),
        encode(m.MsgsStateReq([reference(0), 1])),
        encode(m.MsgResendReq([reference(0)])),
    ]


def _record(body: bytes, flags: int = 0) -> bytes:
    """One message of the connection targets' input."""
    return struct.pack("<HB", len(body), flags) + body


def _links() -> Iterator[bytes]:
    for body in service_messages():
        yield _record(body) + _record(service_messages()[0], 0x20)
    children = [Message((int(NOW) << 32) + 4 * n + 1, 2 * n + 1, body) for n, body in enumerate(service_messages()[:4])]
    yield _record(join(children), 1) + _record(join([]), 1)


PACKET = b"K" * 40
"""Distinguishable from padding, as padded framings require."""


def _streams() -> Iterator[bytes]:
    """For each framing, what an honest peer says to it."""
    for index, make in enumerate(MAKERS):
        peers = MAKERS if index >= len(MAKERS) - 2 else MAKERS[index ^ 1 : (index ^ 1) + 1]
        for peer in peers:
            sent_bytes = _honest(make(), peer)
            if sent_bytes:
                yield bytes([index, 7]) + sent_bytes


def _honest(connection: Framing, make_peer: object) -> bytes:
    peer = make_peer() if callable(make_peer) else None
    if not isinstance(peer, Framing) or peer.role is connection.role:
        peer = AutoDetectFraming(SMALL, entropy=Stream(), secrets=SECRETS, now=NOW)
    if peer.role is connection.role:
        return b""
    sent_bytes = b""
    try:
        (connection if connection.role is Role.CLIENT else peer).send_packet(PACKET)
        for _ in range(3):
            peer.receive_data(connection.data_to_send())
            while peer.next_event() is not None:
                pass
            if peer.role is Role.SERVER and peer.kind:
                peer.send_packet(bytes(range(64)))
                peer.send_transport_error(-404)
            sent = peer.data_to_send()
            sent_bytes += sent
            connection.receive_data(sent)
            while connection.next_event() is not None:
                pass
    except Exception:  # noqa: BLE001  two framings that do not understand each other: what was sent until then will do
        return sent_bytes
    return sent_bytes


def _packets() -> Iterator[bytes]:
    for body in (b"", bytes(4), encode(types.UpdatesTooLong()), bytes(200)):
        message = Message((int(NOW) << 32) + 1, 1, body)
        yield encrypt_message(message, auth_key=KEY, salt=1, session_id=2, sender=Role.SERVER, entropy=Stream()).packet


def _texts() -> Iterator[bytes]:
    """The schema files' lines that use each construction, a few at a time."""
    yield SMALL_SCHEMA.encode()
    folder = resources.files("sansio_tl.schema")
    for name in ("mtproto.tl", "api.tl"):
        lines = folder.joinpath(name).read_text(encoding="utf-8").splitlines(keepends=True)
        for at in range(0, min(len(lines), 400), 40):
            yield "".join(lines[at : at + 6]).encode()


def seeds() -> Iterator[tuple[str, bytes]]:
    """(target, input), in an order that does not change."""
    for value in values():
        yield from ((target, encode(value)) for target in ("decode", "round_trip"))
    for body in service_messages():
        yield "decode", body
    results = (0, values()[1]), (4, values()[6]), (6, values()[4]), (10, values()[8]), (12, values()[0])
    yield from (("decode_result", bytes([index]) + encode(value)) for index, value in results)
    yield from (
        ("decode_result", bytes([index]) + vector) for index, vector in ((7, _longs()), (8, _ints()), (11, _longs()))
    )
    yield from (("framing", stream) for stream in _streams())
    for packet in _packets():
        yield "envelope", b"\xff" + packet
        opened = decrypt_message(packet, lambda _: KEY, Role.SERVER)
        plain = struct.pack("<qqqii", 1, 2, opened.message.msg_id, 1, len(opened.message.body)) + opened.message.body
        yield "sealed", plain + bytes(12 + -(len(plain) + 12) % 16)
    for moment in moments():
        flag = b"\xff" if moment.to_client else b"\x00"
        yield "plain_message", flag + seal_plain((int(NOW) << 32) + (1 if moment.to_client else 0), moment.message)
    for first in range(3):
        for patches in (b"", b"\x00\x01", b"\x09\x80\x14\x00", b"\xff\x80", b"\xff\xff\x30\x55"):
            yield from ((f"handshake_{side}", bytes([first]) + patches) for side in ("client", "server", "inner"))
    yield from ((target, data) for data in _links() for target in ("client_session", "server_session"))
    yield from (("schema", text + b"\0" + encode(values()[0])) for text in _texts())
    for number in range(1, 10):
        yield "schema_values", number.to_bytes(4, "little") + bytes(64)
        yield "schema_values", number.to_bytes(4, "little") + b"\xff\0\0\x80" + bytes(64)
    for name in (
        "FLOOD_WAIT_30",
        "PHONE_MIGRATE_4",
        "PHONE_CODE_INVALID",
        "RECAPTCHA_CHECK_signup__key",
        "",
        "Ω",
        "A_B",
    ):
        yield "rpc_error", struct.pack("<i", 420) + name.encode()
    yield from (("json_value", encode(value)) for value in values())
    yield from (("json_text", to_json(value).encode("utf-8", "surrogatepass")) for value in values())
    for text in ("ee" + "ab" * 16 + b"example.org".hex(), "dd" + "00" * 16, "AAAAAAAAAAAAAAAAAAAAAA=="):
        yield "links", b"\0" + text.encode()
    for text in ("socks5://u:p@h:1080", "http://h:8080", "tg://proxy?server=h&port=443&secret=dd" + "00" * 16):
        yield "links", b"\1" + text.encode()
    yield "links", b"\2tg://confirmphone?phone=9996621234&hash=abc"
    yield "links", b"\3" + private_key().public_key.to_pem().encode()
    for make in FLOWS:
        yield "snapshot", json.dumps(make().snapshot()).encode()
    yield from (("flow", steps) for steps in _flows())
    yield from peer_seeds()
    yield "proxies", b"\0\5" + bytes.fromhex("0500050000017f0000010050")
    yield "proxies", b"\1\2" + bytes.fromhex("05020100050000030b") + b"example.org" + b"\0\x50"
    yield "proxies", b"\2\7HTTP/1.1 200 Connection established\r\n\r\n"
    yield "proxies", b"\2\7HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 3\r\n\r\nno\n"
    yield from web_proxies()
    yield from (("simple_config", data) for data in simple_configs())
    yield from (("fake_tls", data) for data in _hellos())


def _hellos() -> Iterator[bytes]:
    """For both roles and profiles, a proven hello and records after it."""
    for index, profile in enumerate(HELLO_PROFILES.values()):
        client = client_framing("obfuscated", entropy=Stream(), now=NOW, secret=SECRETS[2], tls_hello=profile)(
            Role.CLIENT, SMALL
        )
        client.send_packet(PACKET)
        hello = client.data_to_send()
        server = FakeTlsServer(SMALL, secrets=SECRETS, entropy=Stream(), now=NOW)
        server.receive_data(hello)
        answer = server.data_to_send()
        client.receive_data(answer)
        records = client.data_to_send()
        tail = hello[HELLO_SIZE:]
        yield bytes([2 * index, 9]) + len(tail).to_bytes(2, "big") + tail + records
        tail = answer[43 : 5 + int.from_bytes(answer[3:5], "big")]
        yield bytes([2 * index + 1, 9]) + len(tail).to_bytes(2, "big") + tail + records[6:]


def _flows() -> Iterator[bytes]:
    """Short lives of flows: codes of each kind, a password, an error, a change of mind."""

    def answer(value: TLObject | bytes, kind: int = 0) -> bytes:
        data = value if isinstance(value, bytes) else encode(value)
        return struct.pack("<BH", kind, len(data)) + data

    def error(code: int, text: str) -> bytes:
        return answer(bytes([code - 400]) + text.encode(), 1)

    def move(name: str, kind: int = 2) -> bytes:
        return answer(bytes([[known for known, _ in MOVES].index(name)]), kind)

    a = types.auth
    kinds: list[a.TypeSentCodeType] = [
        a.SentCodeTypeApp(5),
        a.SentCodeTypeFlashCall("99*"),
        a.SentCodeTypeMissedCall("99", 5),
        a.SentCodeTypeEmailCode("a*@b", 6, google_signin_allowed=True, reset_available_period=60),
        a.SentCodeTypeSetUpEmailRequired(apple_signin_allowed=True),
        a.SentCodeTypeFragmentSms("https://fragment.com", 5),
        a.SentCodeTypeFirebaseSms(6, nonce=b"1"),
        a.SentCodeTypeSmsWord(beginning="a"),
    ]
    user = a.Authorization(types.User(id=1, first_name="Ada"))
    for number, kind in enumerate(kinds):
        sent = answer(a.SentCode(kind, "hash", next_type=a.CodeTypeSms(), timeout=30))
        for then in (move("enter_code") + answer(user), move("resend") + sent, move("cancel", 0x82)):
            yield bytes([number % 4]) + sent + then
    password = types.account.Password(
        new_algo=types.PasswordKdfAlgoUnknown(),
        new_secure_algo=types.SecurePasswordKdfAlgoUnknown(),
        secure_random=b"",
        has_recovery=True,
        has_password=True,
        current_algo=types.PasswordKdfAlgoUnknown(),
        srp_B=bytes(256),
        srp_id=1,
    )
    yield b"\0" + answer(a.SentCodeSuccess(user), 0x80)
    yield b"\0" + answer(a.SentCodePaymentRequired("p", "hash", "a@b", "s", 7, "EUR", 99)) + move("check_shop")
    code = b"\0" + answer(a.SentCode(kinds[0], "hash")) + move("enter_code")
    yield code + error(401, "SESSION_PASSWORD_NEEDED") + answer(password, 0x80) + move("enter_password")
    yield code + answer(a.AuthorizationSignUpRequired()) + move("sign_up") + error(400, "FIRSTNAME_INVALID")
    for text in (
        "FLOOD_WAIT_3",
        "PHONE_MIGRATE_4",
        "AUTH_RESTART",
        "RECAPTCHA_CHECK_signup__key",
        "PHONE_CODE_INVALID",
    ):
        yield code + error(420, text) + move("answer_challenge") + move("send_code", 0x82)
    yield b"\4" + answer(a.LoginToken(int(NOW) + 30, b"token")) + answer(types.UpdateLoginToken(), 3) + answer(user)
    yield b"\4" + answer(a.LoginTokenMigrateTo(4, b"token"), 0x80) + answer(a.LoginTokenSuccess(user))
    for number in range(5, 12):
        yield bytes([number]) + answer(password, 0x80) + move("begin") + move("enter_password")
        yield bytes([number]) + answer(user) + answer(b"\xb5\x75\x72\x99")


def _longs() -> bytes:
    return struct.pack("<II3q", 0x1CB5C415, 3, 1, -1, 1 << 62)


def _ints() -> bytes:
    return struct.pack("<II3i", 0x1CB5C415, 3, 1, -1, 1 << 30)


def write() -> None:
    """Write the seeds: `seed-000` and so on in each target's folder."""
    counts: dict[str, int] = {}
    for target, data in seeds():
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"seed-{counts.setdefault(target, 0):03}").write_bytes(data)
        counts[target] += 1
    for target, count in counts.items():
        print(f"{count:4}  {target}")


if __name__ == "__main__":
    write()
