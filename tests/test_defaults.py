"""The values of what is left out: defaults of settings, and what a saved record means that does not say more.

One that changes is a change for every caller who has not set it, and for everything that was saved before.
"""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from math import inf
from typing import Any

import msgspec
import pytest

from sansio_tl import limits
from sansio_tl.auth import flow, qr, user_input
from sansio_tl.auth.account_deletion import DeletionFlowData, TtlFlowData
from sansio_tl.auth.actions import Invoke
from sansio_tl.auth.auth_transfer import TransferFlowData
from sansio_tl.auth.code_purpose import MAX_LOGOUT_TOKENS, CodeOptions
from sansio_tl.auth.email import EmailFlowData
from sansio_tl.auth.firebase_pnv import PnvFlowData
from sansio_tl.auth.login_base import LoginFlowData
from sansio_tl.auth.passkey import PasskeyFlowData, RegistrationFlowData
from sansio_tl.auth.password import PasswordFlowData
from sansio_tl.auth.password_reset import ResetFlowData
from sansio_tl.auth.password_settings import SettingsFlowData
from sansio_tl.auth.phone_code.data import PhoneFlowData
from sansio_tl.auth.phone_code.flow import MAX_NAME
from sansio_tl.auth.prompts import (
    ChallengePrompt,
    CodePrompt,
    EmailCodePrompt,
    EmailPrompt,
    FirebaseProof,
    PasswordPrompt,
    PasswordSettingsPrompt,
    RecoveryEmailCodePrompt,
    RetryPrompt,
    SignUpPrompt,
)
from sansio_tl.auth.qr import QrFlowData
from sansio_tl.auth.sessions import SessionsFlowData
from sansio_tl.client.actions import Disconnect, Endpoint
from sansio_tl.client.config import ClientConfig
from sansio_tl.client.result_observer import MAX_ENDPOINTS
from sansio_tl.client.snapshot import Snapshot
from sansio_tl.config import Config
from sansio_tl.connection.server import ServerConfig
from sansio_tl.crypto import primes, rsa, srp
from sansio_tl.data_centers import Address
from sansio_tl.events import AuthKeyCreated, RequestFailed
from sansio_tl.framing.events import Packet
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.limits import Limits
from sansio_tl.mtproto.server.key_record import KeyRecord
from sansio_tl.proxy.settings import Proxy
from sansio_tl.session_strings.account import SavedAccount
from sansio_tl.testing.accounts import Account
from sansio_tl.testing.authorizations import KeyAuthorization
from sansio_tl.testing.codes import IssuedCode
from sansio_tl.testing.config import DataCenterConfig
from sansio_tl.testing.passkeys import Passkey
from sansio_tl.testing.passwords import TwoStep
from sansio_tl.testing.sandbox import NumberBehavior
from sansio_tl.tl import parser, type_graph
from sansio_tl_transports.cli.session_file import Session

DEFAULTS: dict[Any, dict[str, object]] = {
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
        "max_resent_bytes": 1 << 18,
        "assured_answer_size": 1 << 10,
        "max_init_size": 1 << 12,
        "max_remembered_bytes": 1 << 18,
        "max_sessions_per_key": 64,
        "max_sessions_per_connection": 64,
        "max_temporary_keys": 16,
        "max_past_sessions": 256,
        "max_refused_packets": 256,
        "idle_timeout": 900.0,
        "long_poll_timeout": 15.0,
        "first_ping_delay": 1.0,
        "ping_interval": 60.0,
        "ping_timeout": 30.0,
        "max_pending_requests": 1 << 16,
        "max_updates": 1024,
        "max_update_bytes": 1 << 26,
    },
    Config: {
        "dc_id": 2,
        "test_mode": False,
        "media_only": False,
        "public_keys": None,
        "temporary_key_lifetime": None,
        "offload": False,
        "device_model": "sansio_tl",
        "system_version": "Python",
        "app_version": "0.1",
        "system_lang_code": "en",
        "lang_pack": "",
        "lang_code": "en",
    },
    ClientConfig: {
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
    },
    Disconnect: {
        "data": b"",
    },
    Endpoint: {
        "media_only": False,
        "secret": None,
    },
    Snapshot: {
        "is_bot": None,
        "config_domain": None,
        "config_date": 0,
    },
    ServerConfig: {
        "dc_id": 2,
        "accept_legacy_rsa": False,
        "pq_prime_bits": 31,
        "salt_period": 1800.0,
        "proxy_secrets": (),
        "require_proxy_secret": False,
        "framing": None,
        "allowed_origins": None,
        "offload_handshake": False,
    },
    Address: {
        "port": 443,
    },
    AuthKeyCreated: {
        "dc": None,
        "expires_in": None,
    },
    RequestFailed: {
        "data": b"",
    },
    Packet: {
        "quick_ack": False,
    },
    ProxySecret: {
        "host": None,
    },
    Proxy: {
        "username": "",
        "password": "",
        "secret": None,
        "path": "",
    },
    SavedAccount: {
        "host": "",
        "port": 443,
        "test_mode": False,
        "user_id": None,
        "is_bot": None,
        "api_id": None,
    },
    TtlFlowData: {
        "days": 0,
        "wished": 0,
        "retry_at": None,
    },
    DeletionFlowData: {
        "at": 0.0,
    },
    Invoke: {
        "dc": None,
        "moves_account": False,
    },
    TransferFlowData: {
        "retry_at": None,
    },
    CodeOptions: {
        "allow_flashcall": False,
        "current_number": False,
        "allow_app_hash": False,
        "allow_missed_call": False,
        "allow_firebase": False,
        "unknown_number": False,
        "logout_tokens": (),
        "token": None,
        "app_sandbox": None,
    },
    EmailFlowData: {
        "email": "",
        "tries": 0,
    },
    PnvFlowData: {
        "retry_at": None,
        "nonce": "",
        "payload": "",
    },
    LoginFlowData: {
        "retry_at": None,
    },
    PasskeyFlowData: {
        "retry_at": None,
        "options": "",
    },
    RegistrationFlowData: {
        "options": "",
        "retry_at": None,
    },
    PasswordFlowData: {
        "hint": None,
        "recoverable": False,
        "reset_at": None,
        "recovery_pattern": "",
        "tries": 0,
    },
    ResetFlowData: {
        "until": 0.0,
        "retry_at": None,
    },
    SettingsFlowData: {
        "code_length": None,
        "recovery_pattern": "",
        "retry_at": None,
    },
    PhoneFlowData: {
        "phone_code_hash": "",
        "code": None,
        "email": "",
        "payment": None,
        "form_id": 0,
        "reason": None,
        "opened_by": "",
    },
    FirebaseProof: {
        "safety_net_nonce": None,
        "play_integrity_project_id": None,
        "play_integrity_nonce": None,
        "ios_receipt": None,
        "ios_push_timeout": None,
    },
    CodePrompt: {
        "length": None,
        "next_via": None,
        "resend_at": None,
        "pattern": None,
        "prefix": None,
        "url": None,
        "beginning": None,
        "firebase": None,
        "tries": 0,
    },
    EmailPrompt: {
        "google_allowed": False,
        "apple_allowed": False,
    },
    EmailCodePrompt: {
        "length": None,
        "google_allowed": False,
        "apple_allowed": False,
        "reset_after": None,
        "reset_at": None,
        "own_address": False,
        "tries": 0,
    },
    PasswordPrompt: {
        "hint": None,
        "recoverable": False,
        "reset_at": None,
        "tries": 0,
    },
    SignUpPrompt: {
        "terms": None,
        "terms_in_popup": False,
        "minimum_age": None,
    },
    ChallengePrompt: {
        "nonce": None,
        "action": None,
        "key_id": None,
    },
    RetryPrompt: {
        "at": None,
    },
    PasswordSettingsPrompt: {
        "hint": None,
        "recoverable": False,
        "unconfirmed_email": None,
        "login_email": None,
        "holds_passport": False,
    },
    RecoveryEmailCodePrompt: {
        "length": None,
    },
    QrFlowData: {
        "retry_at": None,
        "token": b"",
        "expires": 0.0,
        "pause": 0.0,
    },
    SessionsFlowData: {
        "sessions": None,
        "websites": None,
        "retry_at": None,
    },
    KeyRecord: {
        "created_at": 0.0,
        "expires_at": None,
        "bound_to": None,
        "salt_period": 1800.0,
        "salts_sent_at": -inf,
        "layer": None,
    },
    DataCenterConfig: {
        "dc_id": 2,
        "test_mode": False,
        "private_key": None,
        "accept_legacy_rsa": True,
        "proxy_secrets": (),
        "require_proxy_secret": False,
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
        "detect_parallel_use": False,
        "explain_errors": False,
        "max_keys": 10_000,
        "offload_handshake": False,
    },
    Account: {
        "is_bot": False,
        "banned": False,
        "deleted": False,
        "deletion_hash": None,
        "deletion_at": None,
        "login_email": None,
        "email_reset_at": None,
        "ttl_days": 548,
        "session_ttl_days": 180,
        "seen_at": 0.0,
    },
    Passkey: {
        "counter": 0,
        "used_at": None,
    },
    TwoStep: {
        "password": None,
        "email": None,
        "secure": None,
        "unconfirmed": None,
        "tries": 0,
        "locked_until": 0.0,
        "reset_at": None,
        "reset_again_at": 0.0,
    },
    NumberBehavior: {
        "has_account": True,
        "password": None,
        "min_age": None,
        "code_lifetime": None,
        "code_tries": None,
        "send_error": None,
        "sign_in_error": None,
        "error_once": False,
        "challenge": None,
        "proven_by": None,
        "login_email": None,
        "recovery_email": None,
        "payment": False,
        "waits": False,
    },
    IssuedCode: {
        "sent": 0,
        "verified": False,
        "email": None,
        "proof": b"",
        "form_id": 0,
        "paid": True,
    },
    KeyAuthorization: {
        "account": None,
        "since": 0.0,
        "active_at": 0.0,
        "hash": 0,
        "awaits_password_of": None,
        "ended_by": None,
        "unconfirmed": False,
        "encrypted_requests_disabled": False,
        "call_requests_disabled": False,
        "challenge": None,
        "offered_salts": None,
        "pnv": None,
        "init": None,
    },
    Session: {
        "version": 1,
        "user_id": None,
        "is_bot": None,
        "api_id": None,
        "login": None,
        "logout_tokens": (),
    },
}


def defaults(kind: Any) -> dict[str, object]:
    """Those that are plain values, by field."""
    if is_dataclass(kind):
        found = {each.name: each.default for each in fields(kind) if each.default is not MISSING}
    elif issubclass(kind, msgspec.Struct):
        last = kind.__struct_fields__[len(kind.__struct_fields__) - len(kind.__struct_defaults__) :]
        found = dict(zip(last, kind.__struct_defaults__, strict=True))
    else:
        found = kind._field_defaults
    plain = (bool, int, float, str, bytes, type(None))
    return {name: value for name, value in found.items() if isinstance(value, plain) or value == ()}


@pytest.mark.parametrize("kind", DEFAULTS)
def test_defaults_have_their_published_values(kind: Any) -> None:
    found, expected = defaults(kind), DEFAULTS[kind]
    assert found == expected
    assert {name: type(value) for name, value in found.items()} == {name: type(expected[name]) for name in found}


def test_constant_bounds_have_their_published_values() -> None:
    """Of what is read before anything else can bound it: a schema, what a user types, how often a flow goes on."""
    assert (parser.MAX_TEXT, parser.MAX_FIELDS, parser.MAX_NESTING, type_graph.MAX_BARE) == (1 << 22, 1000, 8, 32)
    assert (flow.MAX_REDIRECTS, flow.MAX_REPEATS, flow.MAX_ROUNDS) == (2, 3, 12)
    assert (user_input.MAX_REQUEST, MAX_LOGOUT_TOKENS, MAX_NAME) == (1 << 16, 20, 64)
    assert (qr.MIN_LIFE, qr.USUAL_LIFE, qr.MAX_LIFE, qr.MAX_PAUSE) == (1.0, 30.0, 60.0, 60.0)
    assert (limits.MAX_DC_ID, limits.MAX_TEMPORARY_KEY_LIFETIME, MAX_ENDPOINTS) == (1000, 1 << 25, 16)
    assert (primes.ADVERSARIAL_ROUNDS, srp.PBKDF2_ROUNDS, rsa.EXPONENT) == (64, 100_000, 65_537)
