"""What a client reports about itself before anything else."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sansio_tl import LAYER, Config, Endpoint, Limits, ServerConfig, codec, functions
from sansio_tl.crypto.rsa import RsaPublicKey
from sansio_tl.data_centers import public_keys
from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.testing import DataCenterConfig
from tests.helpers.rsa_key import rsa_key


@pytest.mark.parametrize(
    ("test_mode", "media_only", "dc"),
    [(False, False, 4), (False, True, -4), (True, False, 10004), (True, True, -10004)],
)
def test_HS6_test_data_centers_add_10000_and_media_ones_are_negative(
    dc: int, *, test_mode: bool, media_only: bool
) -> None:
    assert Config(api_id=1, dc_id=4, test_mode=test_mode, media_only=media_only).wire_dc_id == dc


@pytest.mark.parametrize("test_mode", [True, False])
def test_HS4_default_public_keys_are_those_of_the_environment(*, test_mode: bool) -> None:
    assert Config(api_id=1, test_mode=test_mode).resolved_public_keys == public_keys(test_mode=test_mode)
    assert Config(api_id=1, test_mode=test_mode, public_keys=()).resolved_public_keys == ()


def test_init_connection_prefix_is_a_call_without_its_query() -> None:
    prefix = Config(api_id=7, device_model="a device").init_connection_prefix()
    call = codec.decode(prefix + codec.encode(functions.help.GetNearestDc()))
    assert isinstance(call, functions.InvokeWithLayer)
    assert call.layer == LAYER
    assert isinstance(call.query, functions.InitConnection)
    assert (call.query.api_id, call.query.device_model) == (7, "a device")
    assert call.query.query == functions.help.GetNearestDc()


def test_api_id_above_32_bits_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="api_id"):
        Config(api_id=1 << 40)


KEY = RsaPublicKey((1 << 2047) + 1, 65537)


@pytest.mark.parametrize(
    ("name", "wrong", "shown"),
    [
        ("api_id", "12345", "a value of str"),
        ("api_id", 0, "0"),
        ("api_id", 1 << 31, "2147483648"),
        ("api_id", True, "True"),
        ("api_id", None, "None"),
        ("dc_id", 0, "0"),
        ("dc_id", 1001, "1001"),
        ("dc_id", "2", "a value of str"),
        ("test_mode", 1, "1"),
        ("media_only", "no", "a value of str"),
        ("public_keys", "-----BEGIN RSA PUBLIC KEY-----", "a value of str"),
        ("public_keys", KEY, "a value of RsaPublicKey"),
        ("public_keys", ("-----BEGIN RSA PUBLIC KEY-----",), "a value of str"),
        ("public_keys", (KEY, b"pem"), "a value of bytes"),
        ("public_keys", (RsaPublicKey(1 << 1023, 3),), "1024"),
        ("public_keys", (RsaPublicKey(1 << 2048, 3),), "2049"),
        ("framing", "intermediate", "a value of str"),
        ("temporary_key_lifetime", 0, "0"),
        ("temporary_key_lifetime", 86400.0, "86400.0"),
        ("temporary_key_lifetime", (1 << 25) + 1, "33554433"),
        ("device_model", "", "a value of str"),
        ("device_model", 7, "7"),
        ("system_version", None, "None"),
        ("app_version", b"1", "a value of bytes"),
        ("app_version", "\udc80", "a value of str"),
        ("system_lang_code", None, "None"),
        ("lang_pack", "\ud800", "a value of str"),
        ("lang_code", 1, "1"),
        ("limits", {}, "a value of dict"),
    ],
)
def test_invalid_setting_is_refused_by_the_constructor(name: str, wrong: Any, shown: str) -> None:
    with pytest.raises(LocalProtocolError, match=rf"^Config\.{name}: .*, not {shown}$"):
        Config(**{"api_id": 1, name: wrong})


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("api_id", 1),
        ("api_id", (1 << 31) - 1),
        ("dc_id", 1),
        ("dc_id", 1000),
        ("public_keys", ()),
        ("public_keys", (KEY,)),
        ("temporary_key_lifetime", 1),
        ("temporary_key_lifetime", 1 << 25),
        ("device_model", "Büro"),
        ("lang_pack", ""),
        ("system_lang_code", ""),
        ("lang_code", "\u4e2d"),
    ],
)
def test_settings_at_their_bounds_are_accepted_and_can_be_sent(name: str, right: Any) -> None:
    config = Config(**{"api_id": 1, name: right})
    assert getattr(config, name) == right
    assert config.init_connection_prefix()


def test_error_explains_how_to_load_a_pem_text() -> None:
    with pytest.raises(LocalProtocolError, match=r"RsaPublicKey\.from_pem reads a PEM text"):
        Config(api_id=1, public_keys="-----BEGIN RSA PUBLIC KEY-----")  # type: ignore[arg-type]
    for wrong in (("-----BEGIN", 3), (KEY.n, "3"), (0, 3), (KEY.n, 0), (KEY.n, True)):
        with pytest.raises(LocalProtocolError, match=r"use RsaPublicKey\.from_pem for PEM text"):
            RsaPublicKey(*wrong)
    with pytest.raises(LocalProtocolError, match="found int, expected str or bytes"):
        RsaPublicKey.from_pem(7)  # type: ignore[arg-type]


# -- the other settings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({"private_keys": ("a PEM text",)}, "private_keys: a tuple of RsaPrivateKey"),
        ({"private_keys": rsa_key()}, "private_keys: a tuple of RsaPrivateKey"),
        ({"private_keys": (rsa_key(), "another")}, "private_keys: a tuple of RsaPrivateKey"),
        ({"dc_id": 0}, "dc_id: a whole number from 1 to 1000, not 0"),
        ({"dc_id": "2"}, "dc_id: a whole number from 0 to"),
        ({"accept_legacy_rsa": 1}, "accept_legacy_rsa: True or False, not 1"),
        ({"pq_prime_bits": 7}, "pq_prime_bits: a whole number from 8 to 31, not 7"),
        ({"pq_prime_bits": 32}, "pq_prime_bits: a whole number from 8 to 31, not 32"),
        ({"salt_period": 0}, "salt_period: more than 0 seconds, not 0"),
        ({"salt_period": float("nan")}, "salt_period: seconds, at least 0, not nan"),
        ({"proxy_secrets": ("ee00",)}, "proxy_secrets: a tuple of ProxySecret"),
        ({"framing": "abridged"}, "framing: a function, not a value of str"),
        ({"allowed_origins": "https://web.example"}, "allowed_origins: a set of texts, or None for all"),
        ({"allowed_origins": frozenset({1})}, "allowed_origins: a set of texts, or None for all"),
        ({"schemas": []}, "schemas: a mapping of layers to Schema"),
        ({"limits": None}, "limits: a Limits, not None"),
        ({"offload_handshake": None}, "offload_handshake: True or False, not None"),
    ],
)
def test_server_settings_are_checked_when_they_are_made(settings: dict[str, Any], shown: str) -> None:
    with pytest.raises(LocalProtocolError, match="ServerConfig." + re.escape(shown)):
        ServerConfig(**{"private_keys": (rsa_key(),)} | settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"private_keys": ()},
        {"private_keys": [rsa_key()]},
        {"dc_id": 1},
        {"dc_id": 1000},
        {"pq_prime_bits": 8},
        {"pq_prime_bits": 31},
        {"salt_period": 0.5},
        {"salt_period": 1},
        {"proxy_secrets": [ProxySecret.parse("dd" + "00" * 16)]},
        {"framing": lambda limits: None},
        {"allowed_origins": None},
        {"allowed_origins": {"https://web.example"}},
        {"offload_handshake": True},
        {"accept_legacy_rsa": True},
    ],
)
def test_server_settings_at_their_bounds_are_accepted(settings: dict[str, Any]) -> None:
    config = ServerConfig(**{"private_keys": (rsa_key(),)} | settings)
    for name, value in settings.items():
        assert getattr(config, name) == value


@pytest.mark.parametrize("wrong", [-1, 1 << 63, 1.5, "1", None, True])
def test_sizes_and_counts_of_limits_are_whole_numbers(wrong: Any) -> None:
    with pytest.raises(LocalProtocolError, match=r"Limits\.max_packet_size: a whole number from 0 to"):
        Limits(max_packet_size=wrong)


@pytest.mark.parametrize("wrong", [-0.5, float("nan"), "1", None, True])
def test_times_of_limits_are_seconds(wrong: Any) -> None:
    with pytest.raises(LocalProtocolError, match=r"Limits\.ping_interval: seconds, at least 0"):
        Limits(ping_interval=wrong)


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({"dc_id": 0}, "dc_id: a whole number from 1 to 1000"),
        ({"test_mode": "yes"}, "test_mode: True or False"),
        ({"dc_id": 1001}, "dc_id: a whole number from 1 to 1000"),
        ({"private_key": "a PEM text"}, "private_key: an RsaPrivateKey"),
        ({"country": ""}, "country: a text that is not empty"),
        ({"code": 12345}, "code: a text that is not empty"),
        ({"code_lifetime": -1}, "code_lifetime: seconds, at least 0"),
        ({"code_limit": 0.5}, "code_limit: a whole number"),
        ({"limits": {}}, "limits: a Limits"),
    ],
)
def test_settings_of_a_data_center_are_checked_when_they_are_made(settings: dict[str, Any], shown: str) -> None:
    with pytest.raises(LocalProtocolError, match="DataCenterConfig." + re.escape(shown)):
        DataCenterConfig(**settings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:4430", Endpoint("127.0.0.1", 4430)),
        ("[::1]:443", Endpoint("::1", 443)),
        ("[fe80::1%eth0]:80", Endpoint("fe80::1%eth0", 80)),
        ("dc.example:5222", Endpoint("dc.example", 5222)),
    ],
)
def test_endpoint_is_read_from_text(text: str, expected: Endpoint) -> None:
    assert Endpoint.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1",
        "127.0.0.1:",
        ":443",
        "::1:443",
        "::1",
        "[::1]",
        "[::1]443",
        "[dc.example]:443",
        "dc.example:https",
        "dc.example:0",
        "dc.example:65536",
        "dc.example:\u0664",
        "a b:443",
        "[]:443",
        "[::1:443",
        "dc.example:-1",
    ],
)
def test_text_that_is_no_endpoint_is_refused(text: str) -> None:
    with pytest.raises(LocalProtocolError, match="invalid [eE]ndpoint"):
        Endpoint.parse(text)


def test_endpoint_is_read_from_text_only() -> None:
    with pytest.raises(LocalProtocolError, match="invalid endpoint: found tuple"):
        Endpoint.parse(("127.0.0.1", 443))  # type: ignore[arg-type]
