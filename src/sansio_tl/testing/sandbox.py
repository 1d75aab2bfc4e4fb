"""Phone numbers with scripted behavior, like the card numbers of a payment sandbox.

    99966 X YYYY        X: the data center of the number, 1 to 5       YYYY: its behavior

In YYYY, NN stands for any two digits, and SS for a number of seconds in two digits.

Their code is X repeated, as on Telegram's own test servers: 22222 for 99966 2 YYYY. Another data center
answers PHONE_MIGRATE_X. Their accounts are created when they are first used. Any other number
behaves like 02NN until a user signs up with it, and only the `CodeSent` event reports its code.

Accounts
    00NN    an account without a password
    01NN    an account with two-step verification; the password is: password
    02NN    no account: the code leads to sign-up, with terms of service
    03NN    no account: the terms ask to confirm an age of 16
    04NN    like 01NN, and the password can be recovered by mail

Mailed codes are X repeated as well, six times.

Errors when a code is requested
    1001    400 PHONE_NUMBER_INVALID
    1002    406 PHONE_NUMBER_INVALID
    1003    400 PHONE_NUMBER_BANNED
    1004    400 PHONE_NUMBER_FLOOD
    1005    406 PHONE_PASSWORD_FLOOD
    1006    400 PHONE_PASSWORD_PROTECTED
    1007    400 PHONE_NUMBER_APP_SIGNUP_FORBIDDEN
    1008    400 SMS_CODE_CREATE_FAILED
    1009    406 UPDATE_APP_TO_LOGIN
    1010    500 AUTH_RESTART, once
    1011    400 API_ID_PUBLISHED_FLOOD
    1012    403 RECAPTCHA_CHECK_signup__6LdEmbedded, until the request is wrapped in invokeWithReCaptcha
    1013    403 INTEGRITY_CHECK_CLASSIC_embedded, until the request is wrapped in invokeWithGooglePlayIntegrity
    1014    403 APNS_VERIFY_CHECK_embedded, until the request is wrapped in invokeWithApnsSecret
    20SS    420 FLOOD_WAIT_SS: until SS seconds have passed, then like 00NN

How the code is sent: first, and when it is requested again
    3001    message in another session, SMS, phone call
    3002    SMS, phone call
    3003    phone call
    3004    flash call, SMS: if the client allows it; the code is 88800XXXXX
    3005    missed call, SMS: if the client allows it
    3006    Fragment
    3007    word by SMS, phone call
    3008    phrase by SMS, phone call
    3009    SMS, once Play Integrity is proven; SMS: if the client allows Firebase
    3010    SMS, once SafetyNet is proven; SMS: if the client allows Firebase
    3011    SMS, once a silent push has come; SMS: if the client has a push token
    3012    e-mail, to test@example.org
    3013    e-mail, once an address is set up
    3014    e-mail, once an address is set up: no account, the code leads to sign-up
    3015    payment required, then SMS, phone call
    3016    payment required, then SMS, phone call: no account, the code leads to sign-up

Lifetime of the code
    4001    expires after 2 seconds
    4002    no longer accepted after the first wrong try
    4003    cannot be sent again: SEND_CODE_UNAVAILABLE

Errors when the right code is entered
    5001    500 SIGN_IN_FAILED, once
    5002    400 PHONE_NUMBER_UNOCCUPIED instead of auth.authorizationSignUpRequired, as in old layers
    5003    406 UPDATE_APP_TO_LOGIN
    5004    500 AUTH_RESTART, once

The proof for Firebase is the nonce as hexadecimal digits (safety_net_token, play_integrity_token), or the secret of the
push message, which the `SecretPushed` event reports (ios_push_secret). The proof of a challenge (403) is any text that
is not empty. A Google or Apple token is the e-mail address itself. `sansio_tl.testing.scripted_replies` explains how
any request can be answered with any error.

The hash `DELETION_HASH` of account.sendConfirmPhoneCode is valid for every account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sansio_tl import errors, functions
from sansio_tl.errors import RpcError
from sansio_tl.testing.code_delivery import DeliveryMethod
from sansio_tl.tl.objects import Function

PASSWORD = "password"  # noqa: S105  it is documented above
PASSWORD_HINT = "the password is: password"  # noqa: S105
LOGIN_EMAIL = "test@example.org"
RECOVERY_EMAIL = "recovery@example.org"
CHALLENGE_NONCE = "embedded"
DELETION_HASH = "B5MnlS34H1JKyBE71zZfo1"
"""The example hash of account.sendConfirmPhoneCode in the documentation of Telegram clients."""

DEFAULT_DELIVERY_METHODS = (DeliveryMethod.SMS, DeliveryMethod.CALL)

_PREFIX = "99966"
_LENGTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberBehavior:
    """The behavior of a number."""

    has_account: bool = True
    password: str | None = field(default=None, repr=False)
    min_age: int | None = None
    delivery_methods: tuple[DeliveryMethod, ...] = DEFAULT_DELIVERY_METHODS
    code_lifetime: float | None = None
    code_tries: int | None = None
    send_error: Callable[[], RpcError] | None = None
    sign_in_error: Callable[[], RpcError] | None = None
    error_once: bool = False
    """Whether the error occurs the first time only."""
    challenge: Callable[[], RpcError] | None = None
    """The error that demands a proof."""
    proven_by: type[Function[Any]] | None = None
    """The wrapper that carries the proof."""
    login_email: str | None = None
    recovery_email: str | None = None
    payment: bool = False
    """Whether the code must be paid for."""
    waits: bool = False
    """Whether the number fails with FLOOD_WAIT_X at first, with its last two digits for X."""


BEHAVIORS = {
    "00": NumberBehavior(),
    "01": NumberBehavior(password=PASSWORD),
    "02": NumberBehavior(has_account=False),
    "03": NumberBehavior(has_account=False, min_age=16),
    "04": NumberBehavior(password=PASSWORD, recovery_email=RECOVERY_EMAIL),
    "1001": NumberBehavior(send_error=lambda: errors.PhoneNumberInvalid(code=400)),
    "1002": NumberBehavior(send_error=lambda: errors.PhoneNumberInvalid(code=406)),
    "1003": NumberBehavior(send_error=errors.PhoneNumberBanned),
    "1004": NumberBehavior(send_error=errors.PhoneNumberFlood),
    "1005": NumberBehavior(send_error=errors.PhonePasswordFlood),
    "1006": NumberBehavior(send_error=errors.PhonePasswordProtected),
    "1007": NumberBehavior(send_error=errors.PhoneNumberAppSignupForbidden),
    "1008": NumberBehavior(send_error=errors.SmsCodeCreateFailed),
    "1009": NumberBehavior(send_error=errors.UpdateAppToLogin),
    "1010": NumberBehavior(send_error=lambda: errors.parse(500, "AUTH_RESTART"), error_once=True),
    "1011": NumberBehavior(send_error=errors.ApiIdPublishedFlood),
    "1012": NumberBehavior(
        challenge=lambda: errors.parse(403, "RECAPTCHA_CHECK_signup__6LdEmbedded"),
        proven_by=functions.InvokeWithReCaptcha,
    ),
    "1013": NumberBehavior(
        challenge=lambda: errors.parse(403, f"INTEGRITY_CHECK_CLASSIC_{CHALLENGE_NONCE}"),
        proven_by=functions.InvokeWithGooglePlayIntegrity,
    ),
    "1014": NumberBehavior(
        challenge=lambda: errors.parse(403, f"APNS_VERIFY_CHECK_{CHALLENGE_NONCE}"),
        proven_by=functions.InvokeWithApnsSecret,
    ),
    "20": NumberBehavior(waits=True),
    "3001": NumberBehavior(delivery_methods=(DeliveryMethod.APP, DeliveryMethod.SMS, DeliveryMethod.CALL)),
    "3002": NumberBehavior(delivery_methods=(DeliveryMethod.SMS, DeliveryMethod.CALL)),
    "3003": NumberBehavior(delivery_methods=(DeliveryMethod.CALL,)),
    "3004": NumberBehavior(delivery_methods=(DeliveryMethod.FLASH_CALL, DeliveryMethod.SMS)),
    "3005": NumberBehavior(delivery_methods=(DeliveryMethod.MISSED_CALL, DeliveryMethod.SMS)),
    "3006": NumberBehavior(delivery_methods=(DeliveryMethod.FRAGMENT,)),
    "3007": NumberBehavior(delivery_methods=(DeliveryMethod.SMS_WORD, DeliveryMethod.CALL)),
    "3008": NumberBehavior(delivery_methods=(DeliveryMethod.SMS_PHRASE, DeliveryMethod.CALL)),
    "3009": NumberBehavior(delivery_methods=(DeliveryMethod.PLAY_INTEGRITY, DeliveryMethod.SMS)),
    "3010": NumberBehavior(delivery_methods=(DeliveryMethod.SAFETY_NET, DeliveryMethod.SMS)),
    "3011": NumberBehavior(delivery_methods=(DeliveryMethod.APNS, DeliveryMethod.SMS)),
    "3012": NumberBehavior(delivery_methods=(DeliveryMethod.SMS,), login_email=LOGIN_EMAIL),
    "3013": NumberBehavior(delivery_methods=(DeliveryMethod.EMAIL_SETUP,)),
    "3014": NumberBehavior(delivery_methods=(DeliveryMethod.EMAIL_SETUP,), has_account=False),
    "3015": NumberBehavior(payment=True),
    "3016": NumberBehavior(payment=True, has_account=False),
    "4001": NumberBehavior(code_lifetime=2.0),
    "4002": NumberBehavior(code_tries=1),
    "4003": NumberBehavior(delivery_methods=(DeliveryMethod.SMS,)),
    "5001": NumberBehavior(sign_in_error=errors.SignInFailed, error_once=True),
    "5002": NumberBehavior(has_account=False, sign_in_error=errors.PhoneNumberUnoccupied),
    "5003": NumberBehavior(sign_in_error=errors.UpdateAppToLogin),
    "5004": NumberBehavior(sign_in_error=lambda: errors.parse(500, "AUTH_RESTART"), error_once=True),
}


@dataclass(frozen=True, slots=True)
class SandboxNumber:
    """A number and its behavior."""

    dc_id: int
    behavior: NumberBehavior
    last_two: int

    @property
    def flood_wait(self) -> int:
        """The seconds of its FLOOD_WAIT_X; 0 for none."""
        return self.last_two if self.behavior.waits else 0

    def digits(self, length: int) -> str:
        """Its code."""
        return str(self.dc_id) * length


def find(phone_number: str) -> SandboxNumber | None:
    """The behavior of a number (digits only); None for a number without a script."""
    if not phone_number.startswith(_PREFIX) or len(phone_number) != _LENGTH:
        return None
    suffix = phone_number[-4:]
    behavior = BEHAVIORS.get(suffix) or BEHAVIORS.get(suffix[:2])
    dc_id = int(phone_number[len(_PREFIX)])
    if behavior is None or not 1 <= dc_id <= 5:
        return None
    return SandboxNumber(dc_id, behavior, int(suffix[2:]))
