"""The defaults of settings, as published: one that changes is a change for everybody who has not set it."""

from __future__ import annotations

from dataclasses import MISSING, fields

import pytest

from sansio_tl.client.config import ClientConfig
from sansio_tl.config import Config
from sansio_tl.connection.server import ServerConfig
from sansio_tl.limits import Limits
from sansio_tl.testing.config import DataCenterConfig

DEFAULTS: dict[type, dict[str, object]] = {
    Limits: {
        "max_packet_size": 1 << 24,
        "max_client_packet_size": 1 << 20,
        "max_plain_packet": 1 << 11,
        "max_inflated_size": 1 << 22,
        "max_inflate_ratio": 32,
        "max_objects": 1 << 17,
        "max_depth": 128,
        "max_container_messages": 1020,
        "max_container_size": 1 << 15,
        "max_ids_per_message": 1 << 13,
        "replay_window": 1 << 10,
        "max_message_age": 300.0,
        "max_clock_lead": 30.0,
        "handshake_timeout": 20.0,
        "max_handshakes": 1 << 10,
        "max_seen_hellos": 1 << 16,
        "max_dh_retries": 5,
        "ack_delay": 10.0,
        "ack_batch_size": 16,
        "max_ack_delay": 1.0,
        "max_pending_acks": 64,
        "max_resends": 5,
        "sent_message_ttl": 300.0,
        "max_remembered_unowned": 1 << 12,
        "salt_use_delay": 60.0,
        "salt_prefetch_window": 900.0,
        "salt_fetch_delay": 60.0,
        "salt_fetch_interval": 300.0,
        "salt_answer_interval": 10.0,
        "max_future_salts": 64,
        "same_id_resend_window": 200.0,
        "state_request_delay": 60.0,
        "gzip_threshold": 1 << 10,
        "binding_tolerance": 120.0,
        "max_unacked_responses": 1 << 13,
        "max_session_bytes": 1 << 24,
        "max_key_bytes": 1 << 25,
        "max_held_bytes": 1 << 29,
        "assured_key_bytes": 1 << 16,
        "assured_answer_size": 1 << 10,
        "max_init_size": 1 << 12,
        "max_remembered_bytes": 1 << 18,
        "max_sessions_per_key": 64,
        "max_past_sessions": 256,
        "max_refused_packets": 256,
        "idle_timeout": 900.0,
        "long_poll_timeout": 15.0,
        "ping_interval": 60.0,
        "ping_timeout": 30.0,
        "max_pending_requests": 1 << 16,
    },
    Config: {
        "dc_id": 2,
        "test_mode": False,
        "media_only": False,
        "public_keys": None,
        "temporary_key_lifetime": None,
        "device_model": "sansio_tl",
        "system_version": "Python",
        "app_version": "0.1",
        "system_lang_code": "en",
        "lang_pack": "",
        "lang_code": "en",
    },
    ClientConfig: {
        "endpoints": None,
        "use_ipv6": True,
        "stay_connected": True,
        "flood_sleep_threshold": 60.0,
        "flood_total_limit": 300.0,
        "max_flood_waits": 5,
        "connect_timeout": 30.0,
        "backoff_initial": 1.0,
        "backoff_max": 60.0,
        "unreachable_timeout": 60.0,
        "idle_timeout": 60.0,
        "max_redirects": 5,
        "rekey_margin": 3600.0,
        "key_not_found_limit": 3,
    },
    ServerConfig: {
        "dc_id": 2,
        "accept_legacy_rsa": False,
        "pq_prime_bits": 31,
        "salt_period": 1800.0,
        "framing": None,
        "allowed_origins": None,
    },
    DataCenterConfig: {
        "dc_id": 2,
        "test_mode": False,
        "private_key": None,
        "accept_legacy_rsa": True,
        "api_keys": None,
        "country": "NL",
        "code": None,
        "code_length": 5,
        "code_lifetime": 300.0,
        "code_tries": 5,
        "resend_timeout": 60,
        "code_limit": None,
        "code_limit_period": 86_400.0,
        "wrong_code_limit": 100,
        "max_codes": 10_000,
        "password_tries": 5,
        "password_flood_wait": 60,
        "password_reset_wait": 604_800.0,
        "tmp_password_life": 86_400,
        "fresh_session": 0.0,
        "deletion_wait": 604_800.0,
        "email_reset_wait": 604_800.0,
        "login_token_life": 30.0,
        "max_keys": 10_000,
    },
}


@pytest.mark.parametrize("settings", DEFAULTS)
def test_the_defaults_are_the_published_ones(settings: type) -> None:
    plain = (bool, int, float, str, type(None))
    found = {each.name: each.default for each in fields(settings) if each.default is not MISSING}
    found = {name: value for name, value in found.items() if isinstance(value, plain)}
    assert found == DEFAULTS[settings]
    assert {name: type(value) for name, value in found.items()} == {
        name: type(value) for name, value in DEFAULTS[settings].items()
    }
