"""The pages of the protocol's documentation that cases refer to."""

from __future__ import annotations

from typing import Final

_BASE = "https://core.telegram.org/mtproto"
AUTH_KEY: Final = f"{_BASE}/auth_key"
GUIDELINES: Final = f"{_BASE}/security_guidelines"
DESCRIPTION: Final = f"{_BASE}/description"
SERVICE: Final = f"{_BASE}/service_messages"
ABOUT_MESSAGES: Final = f"{_BASE}/service_messages_about_messages"
TRANSPORTS: Final = f"{_BASE}/mtproto-transports"
SERIALIZE: Final = f"{_BASE}/serialize"
BINDING: Final = "https://core.telegram.org/method/auth.bindTempAuthKey"
SRP: Final = "https://core.telegram.org/api/srp"
AUTH: Final = "https://core.telegram.org/api/auth"
SIGN_IN: Final = "https://core.telegram.org/method/auth.signIn"
DATACENTERS: Final = "https://core.telegram.org/api/datacenter"
ERRORS: Final = "https://core.telegram.org/api/errors"
