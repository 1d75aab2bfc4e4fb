"""The secret fields, which are hidden in reprs, errors and logs.

Secret are credentials (codes, passwords, keys, tokens), everything that allows a login, and what identifies a user
(phone numbers, email addresses). Only strings and bytes are meant: `error.code` is a number and stays readable.
"""

from __future__ import annotations

NAMES = frozenset(
    {
        "A",
        "M1",
        "api_hash",
        "attestation_data",
        "authenticator_data",
        "autologin_token",
        "bot_auth_token",
        "code",
        "codes",
        "credentials_title",
        "digital_credential_payload",
        "email",
        "encrypted_answer",
        "encrypted_data",
        "encrypted_message",
        "encryption_iv",
        "encryption_key",
        "future_auth_token",
        "google_token",
        "ios_push_secret",
        "logout_tokens",
        "match_code",
        "match_codes",
        "new_nonce",
        "new_password_hash",
        "packed_data",
        "password",
        "phone",
        "phone_code",
        "phone_code_hash",
        "phone_number",
        "phones",
        "play_integrity_token",
        "pnv_token",
        "receipt",
        "safety_net_token",
        "secret",
        "secure_random",
        "secure_secret",
        "tmp_password",
        "token",
        "vcard",
        "web_auth_token",
    }
)
"""Secret wherever a field of strings or bytes has this name."""

FIELDS = frozenset(
    {
        "account.sendConfirmPhoneCode.hash",
        "auth.exportedAuthorization.bytes",
        "auth.importAuthorization.bytes",
        "auth.sentCodeTypeFlashCall.pattern",
        "auth.sentCodeTypeMissedCall.prefix",
        "auth.sentCodeTypeSmsWord.beginning",
        "auth.sentCodeTypeSmsPhrase.beginning",
        "exportedNoPaidMessagesToken.url",
        "messages.dhConfig.random",
        "messages.dhConfigNotModified.random",
        "phone.groupCallStreamRtmpUrl.key",
        "secureData.data",
        "secureCredentialsEncrypted.data",
        "toncenter.streamingUrl.url",
        "wallet.enableBackup.parts",
        "wallet.encryptedSecretPhrasePart.data",
    }
)
"""Secret only here: constructor or function, then field."""


def is_secret(combinator: str, field: str) -> bool:
    """Whether a field of strings or bytes is secret."""
    return field in NAMES or f"{combinator}.{field}" in FIELDS
