"""The id of a combinator is the CRC-32 of its normal form."""

from __future__ import annotations

import pytest

from sansio_tl.tl.constructor_id import combinator_id, normal_form


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("vector#1cb5c415 {t:Type} # [ t ] = Vector t;", 0x1CB5C415),
        ("boolTrue = Bool;", 0x997275B5),
        ("boolFalse = Bool", 0xBC799737),
        ("int ? = Int;", 0xA8509BDA),
        ("int128 4*[ int ] = Int128;", 0x84CCF7B7),
        ("true = True;", 0x3FEDD339),
        ("rpc_answer_dropped msg_id:long seq_no:int bytes:int = RpcDropAnswer", 0xA43AD8B7),
        ("msgs_ack msg_ids:Vector<long> = MsgsAck;", 0x62D6B459),
        ("msg_container messages:vector<message> = MessageContainer;", 0x73F1F8DC),
        ("invokeAfterMsg {X:Type} msg_id:long query:!X = X;", 0xCB9F372D),
        ("inputMessagesFilterPhoneCalls flags:# missed:flags.0?true = MessagesFilter;", 0x80C99768),
        (
            "resPQ nonce:int128 server_nonce:int128 pq:bytes server_public_key_fingerprints:Vector<long> = ResPQ;",
            0x05162463,
        ),
        (
            (
                "codeSettings#ad253d78 flags:# allow_flashcall:flags.0?true current_number:flags.1?true "
                "allow_app_hash:flags.4?true allow_missed_call:flags.5?true allow_firebase:flags.7?true "
                "unknown_number:flags.9?true logout_tokens:flags.6?Vector<bytes> token:flags.8?string "
                "app_sandbox:flags.8?Bool = CodeSettings;"
            ),
            0xAD253D78,
        ),
    ],
)
def test_combinator_id_gives_well_known_ids(text: str, number: int) -> None:
    assert combinator_id(text) == number


def test_true_flags_do_not_change_the_id() -> None:
    without = "auth.sentCode flags:# type:auth.SentCodeType timeout:flags.2?int = auth.SentCode;"
    with_bit = without.replace("flags:# ", "flags:# phone_registered:flags.0?true ")
    second_word = with_bit.replace("flags.0?true", "flags2.0?true")
    assert combinator_id(without) == combinator_id(with_bit) == combinator_id(second_word)


def test_bytes_are_hashed_as_string_but_not_inside_a_vector() -> None:
    assert normal_form("a x:bytes y:flags.0?bytes z:Vector<bytes> bytes:int = A;") == (
        "a x:string y:flags.0?string z:Vector bytes bytes:int = A"
    )


def test_whitespace_does_not_change_the_normal_form() -> None:
    assert normal_form("  a#12\tx:int\n  = A ; ") == "a x:int = A"
