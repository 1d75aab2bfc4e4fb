"""help.configSimple: the text, the block in it, and the addresses for a phone number."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl import Endpoint, codec, data_centers, functions, types
from sansio_tl.client.result_observer import MAX_ENDPOINTS
from sansio_tl.client.simple_config import (
    MAX_ANSWER,
    MAX_TEXT,
    check_dates,
    decode_simple_config,
    encode_simple_config,
    endpoints_for,
    join_txt_records,
    matches,
)
from sansio_tl.crypto.config_block import DATA_SIZE, make_config_block, open_config_block
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.framing import ProxySecret
from sansio_tl.limits import MAX_DC_ID
from tests.helpers.entropy import SeededEntropy
from tests.helpers.rsa_key import rsa_key

NOW = 1_767_225_600
SECRET = bytes(range(16))
PUBLISHED = (
    "   hO//tt \b\n\tiwPVovorKtIYtQ8y2ik7CqfJiJ4pJOCLRa4fBmNPixuRPXnBFF/3mTAAZoSyHq4SNylGHz0Cv1/"
    "FnWWdEV+BPJeOTk+ARHcNkuJBt0CqnfcVCoDOpKqGyq0U31s2MOpQvHgAG+Tlpg02syuH0E4dCGRw5CbJPARiynteb9y5fT5x/"
    "kmdp6BMR5tWQSQF0liH16zLh8BDSIdiMsikdcwnAvBwdNhRqQBqGx9MTh62MDmlebjtczE9Gz0z5cscUO2yhzGdphgIy6SP+"
    "bwaqLWYF0XdPGjKLMUEJW+rou6fbL1t/EUXPtU0XmQAnO0Fh86h+AqDMOe30N4qKrPQ==   "
)
"""What Telegram published in April 2018, from the tests of TDLib (test/mtproto.cpp)."""


def address(host: str, port: int, secret: bytes | None = None) -> types.mtproto.TypeIpPort:
    number = int(IPv4Address(host))
    signed = number - (number >> 31 << 32)
    if secret is None:
        return types.mtproto.IpPort(signed, port)
    return types.mtproto.IpPortSecret(signed, port, secret)


def rule(*ips: types.mtproto.TypeIpPort, dc_id: int = 2, phones: str = "") -> types.mtproto.AccessPointRule:
    return types.mtproto.AccessPointRule(phones, dc_id, list(ips))


def simple_config(
    *rules: types.mtproto.AccessPointRule, date: int = NOW, expires: int = NOW + 3600
) -> types.mtproto.HelpConfigSimple:
    return types.mtproto.HelpConfigSimple(date, expires, list(rules))


def encoded(config: types.mtproto.HelpConfigSimple, key: RsaPrivateKey | None = None) -> str:
    return encode_simple_config(config, key or rsa_key(), entropy=SeededEntropy("simple config"))


def block_of(data: bytes) -> str:
    """The text with any data in it, signed with our key."""
    return base64.b64encode(make_config_block(data, rsa_key(), SeededEntropy("block"))).decode()


def dns_answer(*texts: str, kind: int = 16) -> bytes:
    answers = [{"name": "apv3.stel.com.", "type": kind, "TTL": 299, "data": text} for text in texts]
    return json.dumps({"Status": 0, "TC": False, "Answer": answers}).encode()


# -- the block --------------------------------------------------------------------------------------------------------


def test_config_that_telegram_has_published_is_read_with_its_key() -> None:
    config = decode_simple_config(PUBLISHED, data_centers.simple_config_key())
    assert (config.date, config.expires) == (1524869089, 1527461089)
    ((endpoint,),) = endpoints_for(config).values()
    assert (endpoint.host, endpoint.port) == ("138.68.157.255", 5222)
    assert endpoint.secret is not None


@given(data=st.binary(min_size=DATA_SIZE, max_size=DATA_SIZE), seed=st.integers())
def test_block_that_is_made_can_be_opened(data: bytes, seed: int) -> None:
    block = make_config_block(data, rsa_key(), SeededEntropy(str(seed)))
    assert len(block) == 256
    assert open_config_block(block, rsa_key().public_key) == data


@given(at=st.integers(0, 255), flip=st.integers(1, 255))
def test_MS50_block_with_any_byte_changed_is_refused(at: int, flip: int) -> None:
    block = bytearray(make_config_block(bytes(DATA_SIZE), rsa_key(), SeededEntropy("changed")))
    block[at] ^= flip
    with pytest.raises(RemoteProtocolError, match="MS50: invalid block"):
        open_config_block(bytes(block), rsa_key().public_key)


def test_MS50_block_of_another_key_is_refused() -> None:
    other = RsaPrivateKey.generate(SeededEntropy("another key"))
    with pytest.raises(RemoteProtocolError, match="MS50: invalid block"):
        decode_simple_config(encoded(simple_config(), other), rsa_key().public_key)
    assert decode_simple_config(encoded(simple_config(), other), other.public_key) == simple_config()


def test_MS50_block_has_one_encoding() -> None:
    public_key = rsa_key().public_key
    blocks = (make_config_block(bytes(DATA_SIZE), rsa_key(), SeededEntropy(str(seed))) for seed in range(99))
    again = next(larger for block in blocks if not (larger := int.from_bytes(block, "big") + public_key.n) >> 2048)
    with pytest.raises(RemoteProtocolError, match="below the modulus"):
        open_config_block(again.to_bytes(256, "big"), public_key)


@pytest.mark.parametrize("size", [0, 255, 257, 512])
def test_MS50_block_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(RemoteProtocolError, match="expected 256 bytes"):
        open_config_block(bytes(size), rsa_key().public_key)


def test_data_of_another_size_and_a_dead_entropy_source_are_reported() -> None:
    with pytest.raises(LocalProtocolError, match="found 207 bytes, expected 208"):
        make_config_block(bytes(207), rsa_key(), SeededEntropy("x"))
    with pytest.raises(LocalProtocolError, match="the entropy source repeats itself"):
        make_config_block(bytes(208), rsa_key(), lambda size: b"\xff" * size)


# -- the config in the block -------------------------------------------------------------------------------------------


RULES = st.builds(
    types.mtproto.AccessPointRule,
    st.sampled_from(["", "+7", "+7,-79"]),
    st.integers(-5, 10),
    st.lists(
        st.one_of(
            st.builds(types.mtproto.IpPort, st.integers(-(1 << 31), (1 << 31) - 1), st.integers(-1, 70000)),
            st.builds(
                types.mtproto.IpPortSecret,
                st.integers(-(1 << 31), (1 << 31) - 1),
                st.integers(1, 65535),
                st.binary(max_size=20),
            ),
        ),
        max_size=2,
    ),
)


@given(rules=st.lists(RULES, max_size=2), seed=st.integers())
def test_config_survives_its_text(rules: list[types.mtproto.AccessPointRule], seed: int) -> None:
    config = simple_config(*rules)
    text = encode_simple_config(config, rsa_key(), entropy=SeededEntropy(str(seed)))
    assert len(text) == 344
    assert decode_simple_config(text, rsa_key().public_key) == config
    assert decode_simple_config(f'"{text[:255]}" "{text[255:]}"\r\n'.encode(), rsa_key().public_key) == config
    for endpoints in endpoints_for(config, "79").values():
        assert endpoints


def test_config_that_is_too_long_is_reported() -> None:
    long = simple_config(*(rule(address("192.0.2.1", 443)) for _ in range(20)))
    with pytest.raises(LocalProtocolError, match="too long: .* bytes of 204"):
        encoded(long)


def with_length(length: int, body: bytes) -> str:
    return block_of((length.to_bytes(4, "little") + body).ljust(DATA_SIZE, b"\0"))


BODY = codec.encode(simple_config(rule(address("192.0.2.1", 443))))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "0 characters of base64"),
        ("A" * 343, "343 characters"),
        ("A" * 345, "345 characters"),
        ("A" * 344, "below|does not match"),
        ("=" * 344, "not base64"),
        ("A" * 343 + "=", "not base64|expected 256 bytes"),
        (" " * MAX_TEXT + "A", "more than 1024 characters"),
        (with_length(0, BODY), "invalid help.configSimple"),
        (with_length(4 + len(BODY) - 4, BODY), "invalid help.configSimple"),
        (with_length(4 + len(BODY) + 4, BODY), "invalid help.configSimple"),
        (with_length(209, BODY), "a length of 209 bytes"),
        (with_length(0xFFFFFFFF, BODY), "a length of 4294967295 bytes"),
        (with_length(8, b"\x01\x02\x03\x04"), "help.configSimple"),
        (with_length(4 + 8, codec.encode(types.mtproto.MsgsAck([]))), "help.configSimple"),
        (with_length(4 + 4, codec.encode(functions.help.GetNearestDc())), "does not contain help.configSimple"),
    ],
)
def test_MS50_text_without_a_config_is_refused(text: str, reason: str) -> None:
    with pytest.raises(RemoteProtocolError, match=f"MS50: .*({reason})"):
        decode_simple_config(text, rsa_key().public_key)


@given(st.one_of(st.binary(max_size=1100), st.text(max_size=1100)))
def test_MS50_any_text_is_refused_or_read(text: str | bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="MS50"):
        decode_simple_config(text, rsa_key().public_key)


@given(st.binary(min_size=DATA_SIZE, max_size=DATA_SIZE))
def test_MS50_any_data_in_a_valid_block_is_refused(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="MS50"):
        decode_simple_config(block_of(data), rsa_key().public_key)


@pytest.mark.parametrize(
    ("dates", "now", "newest", "refused"),
    [
        ((100, 200), 150, 0, ""),
        ((100, 200), 150, 100, ""),
        ((100, 200), 50, 0, ""),
        ((100, 200), 199.5, 0, ""),
        ((100, 200), 200, 0, "has expired"),
        ((100, 99), 50, 0, "has expired"),
        ((100, 200), 150, 101, "older than the one before"),
    ],
)
def test_MS50_expired_and_superseded_configs_are_refused(
    dates: tuple[int, int], now: float, newest: int, refused: str
) -> None:
    config = simple_config(date=dates[0], expires=dates[1])
    if not refused:
        check_dates(config, now=now, newest=newest)
    else:
        with pytest.raises(RemoteProtocolError, match=f"MS50: .*{refused}"):
            check_dates(config, now=now, newest=newest)


# -- the answer of a resolver ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [lambda long, short: (long, short), lambda long, short: (short, long)])
def test_records_are_joined_the_longest_first(shape: Callable[[str, str], tuple[str, str]]) -> None:
    config = simple_config(rule(address("192.0.2.1", 443)))
    text = encoded(config)
    answer = dns_answer(*shape(f'"{text[:255]}"', f'"{text[255:]}"'))
    assert decode_simple_config(join_txt_records(answer), rsa_key().public_key) == config


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        b'{"Answer": null}',
        b'{"Answer": {}}',
        b'{"Answer": []}',
        b'{"Answer": [1, null, {}, {"type": 16}, {"type": 16, "data": 7}]}',
        dns_answer("text", kind=5),
        b"[" * MAX_ANSWER,
        b"9" * MAX_ANSWER,
        b" " * (MAX_ANSWER + 1),
    ],
)
def test_MS50_answer_without_txt_records_is_refused(answer: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="MS50: the answer of the resolver"):
        join_txt_records(answer)


# -- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("digits", "rules", "fits"),
    [
        ("79991234567", "+7", True),
        ("79991234567", "+7,-799", False),
        ("79991234567", "-799,+7", False),
        ("79991234567", "+98,+7", True),
        ("79991234567", "+98", False),
        ("79991234567", "-98", False),
        ("79991234567", "-98,", True),
        ("79991234567", ",", True),
        ("79991234567", "7", False),
        ("79991234567", "", True),
        ("", "+98", True),
    ],
)
def test_rules_select_by_the_beginning_of_the_number(digits: str, rules: str, *, fits: bool) -> None:
    assert matches(digits, rules) is fits


def test_addresses_are_those_of_the_rules_that_apply() -> None:
    config = simple_config(
        rule(address("192.0.2.1", 443), address("203.0.113.255", 5222, SECRET), phones="+7"),
        rule(address("192.0.2.2", 443), address("192.0.2.1", 443), phones="+98"),
        rule(address("192.0.2.3", 443), dc_id=4),
    )
    secret = Endpoint("203.0.113.255", 5222, secret=ProxySecret.parse(SECRET))
    first, second, third = (Endpoint(f"192.0.2.{number}", 443) for number in (1, 2, 3))
    assert endpoints_for(config, "+7 (999) 123-45-67") == {2: (first, secret), 4: (third,)}
    assert endpoints_for(config, "98 1") == {2: (second, first), 4: (third,)}
    assert endpoints_for(config) == {2: (first, secret, second), 4: (third,)}


@pytest.mark.parametrize(
    "invalid",
    [
        rule(address("192.0.2.1", 443), dc_id=0),
        rule(address("192.0.2.1", 443), dc_id=-2),
        rule(address("192.0.2.1", 443), dc_id=MAX_DC_ID + 1),
        rule(address("192.0.2.1", 0)),
        rule(address("192.0.2.1", -443)),
        rule(address("192.0.2.1", 65536)),
        rule(address("192.0.2.1", 443, b"short")),
        rule(address("192.0.2.1", 443, b"\xee" + SECRET)),
        rule(),
    ],
)
def test_MS51_invalid_addresses_are_left_out(invalid: types.mtproto.AccessPointRule) -> None:
    assert endpoints_for(simple_config(invalid)) == {}
    assert endpoints_for(simple_config(invalid, rule(address("192.0.2.9", 1)))) == {2: (Endpoint("192.0.2.9", 1),)}


def test_MS51_number_of_addresses_is_bounded() -> None:
    many: Any = [address("192.0.2.1", port) for port in range(1, 3 * MAX_ENDPOINTS)]
    assert len(endpoints_for(simple_config(rule(*many), rule(*many)))[2]) == MAX_ENDPOINTS


def test_secret_of_an_address_is_not_shown() -> None:
    (endpoint,) = endpoints_for(simple_config(rule(address("192.0.2.1", 443, SECRET))))[2]
    assert SECRET.hex() not in repr(endpoint)
    assert repr(SECRET) not in repr(endpoint)
    with pytest.raises(LocalProtocolError, match=r"Endpoint\.secret: found bytes"):
        Endpoint("192.0.2.1", 443, secret=SECRET)  # type: ignore[arg-type]
