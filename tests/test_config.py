"""What a client reports about itself before anything else."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import LAYER, Config, codec, functions
from sansio_tl.crypto.rsa import RsaPublicKey
from sansio_tl.data_centers import public_keys
from sansio_tl.errors import LocalProtocolError


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
