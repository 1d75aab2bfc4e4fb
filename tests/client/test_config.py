"""The settings of a client are checked when they are made."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest

from sansio_tl import Client, ClientConfig, Config, Endpoint, RsaPublicKey
from sansio_tl.data_centers import PRODUCTION, TEST, public_keys
from sansio_tl.errors import LocalProtocolError
from sansio_tl.framing import Intermediate
from sansio_tl.limits import Limits

CONNECTION = Config(api_id=1)
PRODUCTION_KEYS = public_keys(test_mode=False)
TIMES = (
    "flood_sleep_threshold",
    "flood_total_limit",
    "connect_timeout",
    "idle_timeout",
    "rekey_margin",
    "unreachable_timeout",
)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("connection_config", 1),
        ("connection_config", None),
        ("endpoints", ()),
        ("endpoints", {"2": ()}),
        ("endpoints", {0: ()}),
        ("endpoints", {1001: ()}),
        ("endpoints", {True: ()}),
        ("endpoints", {2: Endpoint("localhost", 443)}),
        ("endpoints", {2: ("localhost", 443)}),
        ("endpoints", {2: (("localhost", 443),)}),
        ("use_ipv6", 1),
        ("use_ipv6", None),
        ("prefer_ipv6", 1),
        ("stay_connected", "yes"),
        *((name, wrong) for name in TIMES for wrong in (-0.001, nan, "60", True)),
        *((name, wrong) for name in ("backoff_initial", "backoff_max") for wrong in (-1, nan, inf, 86400.5, None)),
        *((name, wrong) for name in ("max_flood_waits", "max_redirects") for wrong in (-1, 1.0, None, inf)),
        ("key_not_found_limit", 0),
        ("key_not_found_limit", 3.0),
    ],
)
def test_invalid_setting_is_refused_by_the_constructor(name: str, wrong: Any) -> None:
    with pytest.raises(LocalProtocolError, match=rf"^ClientConfig\.{name}: .*, not "):
        ClientConfig(**{"connection_config": CONNECTION, name: wrong})


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("endpoints", None),
        ("endpoints", {}),
        ("endpoints", {1: (), 1000: (Endpoint("localhost", 443),)}),
        *((name, right) for name in TIMES for right in (0, 0.5, inf)),
        ("unreachable_timeout", None),
        ("backoff_initial", 0),
        ("backoff_max", 86400),
        ("max_flood_waits", 0),
        ("max_redirects", 0),
        ("key_not_found_limit", 1),
    ],
)
def test_settings_at_their_bounds_are_accepted(name: str, right: Any) -> None:
    assert getattr(ClientConfig(**{"connection_config": CONNECTION, name: right}), name) == right


def test_client_refuses_a_connection_config() -> None:
    with pytest.raises(LocalProtocolError, match="Client: config: a ClientConfig, not a value of Config"):
        Client(CONNECTION, entropy=bytes, now=0.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(("test_mode", "addresses"), [(False, PRODUCTION), (True, TEST)])
def test_default_endpoints_are_those_of_telegram(addresses: Any, *, test_mode: bool) -> None:
    config = ClientConfig(connection_config=Config(api_id=1, test_mode=test_mode))
    assert config.initial_endpoints() == {
        dc_id: (Endpoint(address.ipv4, 443), Endpoint(address.ipv6, 443)) for dc_id, address in addresses.items()
    }
    assert ClientConfig(connection_config=CONNECTION, endpoints={}).initial_endpoints() == {}


def test_for_data_center_changes_only_the_dc_id() -> None:
    connection = Config(api_id=7, dc_id=2, device_model="a device", limits=Limits(ping_interval=1.0))
    config = ClientConfig(connection_config=connection).for_data_center(5)
    assert config == Config(api_id=7, dc_id=5, device_model="a device", limits=Limits(ping_interval=1.0))


def test_defaults_are_as_documented() -> None:
    config = ClientConfig(connection_config=CONNECTION)
    assert {name: getattr(config, name) for name in config.__slots__ if name != "connection_config"} == {
        "endpoints": None,
        "config_fallback": None,
        "use_ipv6": True,
        "prefer_ipv6": False,
        "stay_connected": True,
        "flood_sleep_threshold": 60.0,
        "flood_total_limit": 300.0,
        "max_flood_waits": 5,
        "flood_wait_by_method": True,
        "resume_spread": 0.0,
        "connect_timeout": 30.0,
        "backoff_initial": 1.0,
        "backoff_max": 60.0,
        "unreachable_timeout": 60.0,
        "idle_timeout": 60.0,
        "max_redirects": 5,
        "rekey_margin": 3600.0,
        "key_not_found_limit": 3,
    }
    assert {name: getattr(CONNECTION, name) for name in CONNECTION.__slots__} == {
        "api_id": 1,
        "dc_id": 2,
        "test_mode": False,
        "media_only": False,
        "public_keys": None,
        "framing": Intermediate,
        "offload": False,
        "temporary_key_lifetime": None,
        "device_model": "sansio_tl",
        "system_version": "Python",
        "app_version": "0.1",
        "system_lang_code": "en",
        "lang_pack": "",
        "lang_code": "en",
        "limits": Limits(),
    }


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"unreachable_timeout": -1}, "ClientConfig.unreachable_timeout: seconds, at least 0, not -1"),
        (
            {"backoff_initial": 1e9},
            "ClientConfig.backoff_initial: seconds, at least 0 and at most 86400, not 1000000000.0",
        ),
        ({"max_redirects": -1}, "ClientConfig.max_redirects: a whole number from 0 to 2147483647, not -1"),
        ({"use_ipv6": None}, "ClientConfig.use_ipv6: True or False, not None"),
        ({"endpoints": {0: ()}}, "ClientConfig.endpoints: the number of a data center: a whole number from 1 to 1000"),
    ],
)
def test_error_names_the_expected_and_the_given_value(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(LocalProtocolError) as refused:
        ClientConfig(connection_config=CONNECTION, **wrong)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("kind", ["text", "bytes", "object"])
def test_for_server_takes_a_key_as_text_or_object(kind: str) -> None:
    key = PRODUCTION_KEYS[0]
    given: dict[str, str | bytes | RsaPublicKey] = {"text": key.to_pem(), "bytes": key.to_pem().encode(), "object": key}
    config = ClientConfig.for_server("::1", 4430, public_key=given[kind], api_id=7, dc_id=4)
    assert config == ClientConfig(
        connection_config=Config(api_id=7, dc_id=4, public_keys=(key,)), endpoints={4: (Endpoint("::1", 4430),)}
    )
    default = ClientConfig.for_server("localhost", 1, public_key=key, api_id=7)
    assert (default.connection_config.dc_id, default.endpoints) == (2, {2: (Endpoint("localhost", 1),)})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"public_key": "dc.pem"}, "invalid PEM public key: expected the text of a PEM file, not its name"),
        ({"public_key": None}, "invalid PEM text: found NoneType"),
        ({"host": "a b"}, "Endpoint.host"),
        ({"port": 65536}, "Endpoint.port"),
        ({"api_id": 0}, "Config.api_id"),
        ({"dc_id": 0}, "Config.dc_id"),
    ],
)
def test_for_server_refuses_invalid_values(wrong: dict[str, Any], message: str) -> None:
    values: dict[str, Any] = {"host": "localhost", "port": 1, "public_key": PRODUCTION_KEYS[0], "api_id": 7} | wrong
    with pytest.raises(LocalProtocolError, match=message):
        ClientConfig.for_server(values.pop("host"), values.pop("port"), **values)
