"""Selecting the data center."""

from __future__ import annotations

import pytest

from sansio_tl.data_centers import PRODUCTION, TEST, public_keys
from sansio_tl_transports.cli.dc_option import find
from tests.helpers.rsa_key import rsa_key

KEYS = (rsa_key().public_key,)


@pytest.mark.parametrize(
    ("text", "dc_id", "address"),
    [
        ("prod", None, PRODUCTION[2]),
        ("prod:4", None, PRODUCTION[4]),
        ("prod", 5, PRODUCTION[5]),
        ("test", None, TEST[2]),
        ("test:1", None, TEST[1]),
    ],
)
def test_names_of_the_telegram_environments_are_resolved(text: str, dc_id: int | None, address: object) -> None:
    target = find(text, dc_id=dc_id)
    known = TEST if target.test_mode else PRODUCTION
    assert known[target.dc_id] == address
    assert (target.host, target.port) == (known[target.dc_id].ipv4, known[target.dc_id].port)
    assert target.test_mode == text.startswith("test")
    assert target.public_keys == public_keys(test_mode=target.test_mode)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("127.0.0.1:4430", "127.0.0.1", 4430), ("[::1]:443", "::1", 443), ("dc.example:65535", "dc.example", 65535)],
)
def test_host_and_port_of_an_own_server_are_parsed(text: str, host: str, port: int) -> None:
    target = find(text, dc_id=3, keys=KEYS)
    assert (target.host, target.port, target.dc_id, target.public_keys) == (host, port, 3, KEYS)
    assert not target.test_mode


@pytest.mark.parametrize(
    "text", ["", "production", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "::1:443", "a b:443"]
)
def test_invalid_target_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected prod, test or HOST:PORT"):
        find(text, keys=KEYS)


@pytest.mark.parametrize("text", ["prod:6", "test:4", "prod:x", "prod:-1"])
def test_unknown_data_center_of_an_environment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="1, 2, 3"):
        find(text)


def test_own_server_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="--key"):
        find("127.0.0.1:4430")


def test_sibling_data_centers_are_known_for_telegram_only() -> None:
    assert find("prod").sibling(4).host == PRODUCTION[4].ipv4
    with pytest.raises(ValueError, match="--dc-id 4"):
        find("127.0.0.1:4430", keys=KEYS).sibling(4)
