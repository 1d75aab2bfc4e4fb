"""Sizes, lifetimes and bounds of the embedded data center: programs that are tested with it meet each of them."""

from __future__ import annotations

from importlib import import_module

import pytest

SIZES = {
    "accounts._FIRST_USER_ID": 1_000_001,
    "code_delivery.PLAY_PROJECT": 1_234_567_890,
    "code_delivery.RECEIPT_SIZE": 8,
    "context.HASH_BITS": 62,
    "data_center._WEB_TOKEN_SIZE": 24,
    "handlers.account_deletion._HASH_SIZE": 11,
    "handlers.bot_and_token_login._SECRET_SIZE": 96,
    "handlers.code_sending.HASH_BYTES": 9,
    "handlers.firebase._PROOF_SIZE": 24,
    "handlers.firebase_pnv._NONCE_SIZE": 24,
    "handlers.login_completion.TOKEN_SIZE": 32,
    "handlers.passkey._CHALLENGE_SIZE": 32,
    "handlers.password._SECURE_RANDOM_SIZE": 256,
    "handlers.password._TMP_PASSWORD_SIZE": 16,
    "handlers.password_settings._HASH_SIZE": 256,
    "handlers.qr._TOKEN_SIZE": 32,
    "mailbox.CODE_LENGTH": 6,
    "passkeys._HEAD": 37,
    "passwords.CLIENT_SALT": 32,
    "passwords.GENERATOR": 3,
    "passwords.OFFERED_SALT": 8,
    "sandbox._LENGTH": 10,
    "scripted_replies._DEFAULT_CODE": 400,
}
"""In bytes, bits or digits, and fixed numbers."""
LIFETIMES = {
    "accounts.ACCOUNT_TTL": 548,
    "accounts.DAY": 86_400,
    "accounts.SESSION_TTL": 180,
    "cluster.EXPORT_LIFE": 60.0,
    "code_delivery.PUSH_TIMEOUT": 15,
    "handlers.passkey._CHALLENGE_LIFE": 300.0,
    "handlers.password._MIN_TMP_PERIOD": 60,
    "help_config.LIFETIME": 3600,
}
"""In days (TTL) or seconds."""
BOUNDS = {
    "cbor._MAX_DEPTH": 8,
    "codes._MAX_CODES_OF_A_KEY": 16,
    "connection._MAX_HELD_KEYS": 8,
    "data_center._MAX_EVENTS": 10_000,
    "data_center._MAX_REASON": 1_000,
    "expiring_items.MAX_ITEMS": 10_000,
    "expiring_items.MAX_PER_KEY": 16,
    "handlers.bot_and_token_login._MAX_DC": 5,
    "handlers.config_methods._MAX_USERS": 200,
    "handlers.login.MAX_LOGOUT_TOKENS": 20,
    "handlers.login.MAX_NAME": 64,
    "handlers.password_settings.MAX_HINT": 255,
    "handlers.password_settings._MAX_SALT": 256,
    "handlers.password_settings._MAX_SETTINGS": 4096,
    "handlers.number_checks._MAX_EXCEPT_IDS": 100,
    "handlers.sessions._MAX_TTL_DAYS": 366,
    "mailbox.MAX_ADDRESS": 254,
    "minimal_values._MAX_DEPTH": 8,
    "strategies._ENDLESS": 1 << 30,
}
PRICES = {"handlers.payment._AMOUNT": 99, "handlers.payment._DAYS": 7}


@pytest.mark.parametrize(("name", "value"), (SIZES | LIFETIMES | BOUNDS | PRICES).items())
def test_constant_has_its_published_value(name: str, value: float) -> None:
    module, _, constant = name.rpartition(".")
    found = getattr(import_module(f"sansio_tl.testing.{module}"), constant)
    assert (found, type(found)) == (value, type(value))
