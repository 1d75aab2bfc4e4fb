"""The whole output of `describe` and `decode`, for a schema of a few declarations and for whole messages."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from sansio_tl import Schema, encode, errors, functions, types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.mtproto.container import join
from sansio_tl.mtproto.envelope import encrypt_message
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.plain_message import seal_plain
from sansio_tl.role import Role
from tests.helpers.entropy import SeededEntropy
from tests.transports.cli.inspect.command import run

SMALL = """
thing#00000001 flags:# size:flags.0?int name:flags.0?string on:flags.3?true = Thing;
otherThing#00000002 = Thing;
box#00000003 thing:Thing things:Vector<Thing> nonce:int128 data:bytes = Box;
---functions---
makeThing#00000004 size:int = Thing;
storeThing#00000005 thing:Thing = Box;
// LAYER 3
"""
KEY = AuthKey(bytes(range(256)))
MSG_ID = 1_767_225_600 << 32
PONG = types.mtproto.Pong(1, 2)


@pytest.fixture
def small(tmp_path: Path) -> str:
    file = tmp_path / "small.tl"
    file.write_text(SMALL)
    return str(file)


def output(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return "\n" + result.stdout


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "thing",
            """
thing  constructor of Thing

TL
  thing#00000001 flags:# size:flags.0?int name:flags.0?string on:flags.3?true = Thing;

Fields
  size  int     flags.0  only together with name
  name  string  flags.0  only together with size
  on    true    flags.3

Other constructors of Thing
  otherThing

Returned by
  makeThing

Used in
  box
  storeThing

In Python
  types.Thing()
""",
        ),
        (
            "Thing",
            """
Thing  type

Constructors
  thing#00000001 flags:# size:flags.0?int name:flags.0?string on:flags.3?true = Thing;
  otherThing#00000002 = Thing;

Returned by
  makeThing

Used in
  box
  storeThing

In Python
  types.TypeThing
""",
        ),
        (
            "box",
            """
box  constructor of Box

TL
  box#00000003 thing:Thing things:Vector<Thing> nonce:int128 data:bytes = Box;

Fields
  thing   Thing
  things  Vector<Thing>
  nonce   int128
  data    bytes

Returned by
  storeThing

In Python
  types.Box(thing=..., things=..., nonce=..., data=...)
""",
        ),
        (
            "storeThing",
            """
storeThing  method

TL
  storeThing#00000005 thing:Thing = Box;

Parameters
  thing  Thing

Result
  Box
    box#00000003 thing:Thing things:Vector<Thing> nonce:int128 data:bytes = Box;

Possible errors
  no specific error is known
  and ANY errors of any method (--all lists them)

Usable by bots
  yes

In Python
  functions.StoreThing(thing=...)
""",
        ),
    ],
)
def test_description_of_each_kind_of_declaration(small: str, name: str, expected: str) -> None:
    assert output("describe", "--schema", small, name) == expected.replace("ANY", str(len(errors.ANY_METHOD)))


@pytest.mark.parametrize(("users", "more"), [(24, 0), (25, 1), (30, 6)])
def test_lists_are_cut_after_24_entries(tmp_path: Path, users: int, more: int) -> None:
    file = tmp_path / "many.tl"
    makers = "".join(f"make{number}#{number + 2:08x} = Thing;\n" for number in range(users))
    file.write_text(f"thing#00000001 = Thing;\n---functions---\n{makers}")
    names = [f"make{number}" for number in range(users)]
    shown = output("describe", "--schema", str(file), "thing").partition("Returned by\n")[2].partition("\n\n")[0]
    rest = [f"and {more} more (--all lists them)"] if more else []
    assert [line.strip() for line in shown.split("\n")] == names[:24] + rest
    full = (
        output("describe", "--all", "--schema", str(file), "thing").partition("Returned by\n")[2].partition("\n\n")[0]
    )
    assert [line.strip() for line in full.split("\n")] == names


def test_decoded_values_of_each_kind_of_field(small: str) -> None:
    schema = Schema.parse(SMALL)
    thing = schema.types
    box = thing.Box(thing.Thing(size=3, name="n" * 80, on=True), [thing.OtherThing()], bytes(range(16)), bytes(100))
    text = f"name: string = '{'n' * 71}.. (80 characters)"
    data = f"data: bytes = {'A' * 72}.. (100 bytes)"
    assert (
        output("decode", "--schema", small, schema.encode(box).hex())
        == f"""
 offset  bytes                       field
      0  03 00 00 00                 box
      4  01 00 00 00                   thing: Thing = thing
      8  09 00 00 00                     flags: # = 9 (size+name, on)
     12  03 00 00 00                     size: int = 3
     16  50 6e 6e 6e 6e 6e 6e 6e ..      {text}
    100  15 c4 b5 1c 01 00 00 00       things: Vector<Thing> = 1 item
    108  02 00 00 00                     things[0]: Thing = otherThing
    112  00 01 02 03 04 05 06 07 ..    nonce: int128 = 000102030405060708090a0b0c0d0e0f
    128  64 00 00 00 00 00 00 00 ..    {data}
"""
    )


def test_flag_words_and_vectors_without_contents_and_short_bytes(small: str) -> None:
    schema = Schema.parse(SMALL)
    thing = schema.types
    box = thing.Box(thing.OtherThing(), [thing.OtherThing(), thing.Thing()], bytes(range(16)), bytes(16))
    assert (
        output("decode", "--schema", small, schema.encode(box).hex())
        == """
 offset  bytes                       field
      0  03 00 00 00                 box
      4  02 00 00 00                   thing: Thing = otherThing
      8  15 c4 b5 1c 02 00 00 00       things: Vector<Thing> = 2 items
     16  02 00 00 00                     things[0]: Thing = otherThing
     20  01 00 00 00                     things[1]: Thing = thing
     24  00 00 00 00                       flags: # = 0
     28  00 01 02 03 04 05 06 07 ..    nonce: int128 = 000102030405060708090a0b0c0d0e0f
     44  10 00 00 00 00 00 00 00 ..    data: bytes = 00000000000000000000000000000000
"""
    )
    bare = schema.encode(thing.Box(thing.OtherThing(), [], bytes(16), b""))
    assert output("decode", "--schema", small, bare.hex()).splitlines()[-1] == (
        "     32  00 00 00 00                   data: bytes = (none)"
    )
    longer = schema.encode(thing.Box(thing.OtherThing(), [], bytes(16), bytes(17)))
    assert output("decode", "--schema", small, longer.hex()).splitlines()[-1].endswith(f"= {'A' * 23}=")


def test_encrypted_container_with_a_packed_and_an_invalid_message() -> None:
    packed = types.mtproto.GzipPacked(gzip.compress(encode(types.mtproto.Pong(3, 4)), compresslevel=0, mtime=0))
    children = [
        Message(MSG_ID + 1, 1, encode(PONG)[:8]),
        Message(MSG_ID + 5, 3, encode(PONG)),
        Message(MSG_ID + 9, 4, encode(packed)),
    ]
    packet = encrypt_message(
        Message(MSG_ID | 1, 3, join(children)),
        auth_key=KEY,
        salt=7,
        session_id=9,
        sender=Role.SERVER,
        entropy=SeededEntropy("message"),
    ).packet
    reason = "TL9: mtproto.pong > msg_id at byte 4: expected long of 8 bytes, found 4"
    made = "made 2026-01-01 00:00:00 UTC by the server, an answer"
    assert (
        output("decode", "--auth-key", KEY.key.hex(), packet.hex())
        == f"""
 offset  bytes                       field
      0  32 d1 58 6e a4 57 df c8     auth_key_id: a message from the server to the client
      8  40 c7 e8 32 9b 7b b9 62 ..  msg_key, which matches the plaintext
     24  07 00 00 00 00 00 00 00     salt = 7
     32  09 00 00 00 00 00 00 00     session_id = 9
     40  01 00 00 00 00 b9 55 69     msg_id = 7590176156653977601, {made}
     48  03 00 00 00                 seqno = 3, to be acknowledged
     52  84 00 00 00                 length = 132
     56  dc f8 f1 73 03 00 00 00       msg_container, 3 messages
     64  01 00 00 00 00 b9 55 69 ..      message 7590176156653977601, {made}; seqno 1; 8 bytes
                                           cannot be decoded: {reason}
     88  05 00 00 00 00 b9 55 69 ..      message 7590176156653977605, {made}; seqno 3; 20 bytes
    104  c5 73 77 34                       mtproto.pong
    108  01 00 00 00 00 00 00 00             msg_id: long = 1
    116  02 00 00 00 00 00 00 00             ping_id: long = 2
    124  09 00 00 00 00 b9 55 69 ..      message 7590176156653977609, {made}; seqno 4; 48 bytes
    140  a1 cf 72 30 2b 1f 8b 08 ..        gzip_packed, 20 bytes inside
     +0  c5 73 77 34                         mtproto.pong
     +4  03 00 00 00 00 00 00 00               msg_id: long = 3
    +12  04 00 00 00 00 00 00 00               ping_id: long = 4
    188  07 c3 3c 18 4b e6 6e 0f ..  padding, 172 bytes
"""
    )


def test_plain_message_is_printed_with_its_header() -> None:
    data = seal_plain(MSG_ID, encode(functions.mtproto.ReqPqMulti(bytes(16))))
    assert (
        output("decode", data.hex())
        == """
 offset  bytes                       field
      0  00 00 00 00 00 00 00 00     plain message: auth_key_id = 0
      8  00 00 00 00 00 b9 55 69     msg_id = 7590176156653977600, made 2026-01-01 00:00:00 UTC by the client
     16  14 00 00 00                 length = 20
     20  f1 8e 7e be                   mtproto.req_pq_multi
     24  00 00 00 00 00 00 00 00 ..      nonce: int128 = 00000000000000000000000000000000
"""
    )


def test_encrypted_container_that_is_cut_short_is_named() -> None:
    body = join([Message(MSG_ID + 1, 1, encode(PONG))])[:-4]
    packet = encrypt_message(
        Message(MSG_ID | 1, 3, body),
        auth_key=KEY,
        salt=7,
        session_id=9,
        sender=Role.SERVER,
        entropy=SeededEntropy("message"),
    ).packet
    done = run("decode", "--auth-key", KEY.key.hex(), packet.hex())
    assert done.exit_code == 2
    assert done.stderr.startswith("sansio-tl: invalid container: ")
