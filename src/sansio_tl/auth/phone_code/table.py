"""The states of a phone code, as data.

One table serves logging in, changing, verifying and confirming a phone number: all four begin with a method that
returns auth.SentCode and differ in the method that ends them, here called submitting the code.

    logging in     auth.sendCode                  auth.signIn            e-mail, payment, 2FA, sign-up may come between
    changing       account.sendChangePhoneCode    account.changePhone
    verifying      account.sendVerifyPhoneCode    account.verifyPhone
    confirming     account.sendConfirmPhoneCode   account.confirmPhone

`LOGIN_ONLY` and `ACCOUNT_ONLY` list the inputs that exist only for some purposes. Protocol: api/auth,
api/account-deletion.
"""

from __future__ import annotations

from sansio_tl.auth.flow import DONE, FAILED
from sansio_tl.auth.password import (
    AUTHORIZED,
    AWAITING_PASSWORD,
    AWAITING_RECOVERY_CODE,
    FETCHING_PASSWORD,
    FETCHING_SRP,
    KEY_UNREGISTERED,
    PASSWORD_NEEDED,
    WAIT,
    password_rows,
)
from sansio_tl.auth.state_table import (
    AwaitInput,
    Input,
    Request,
    Result,
    RpcFailure,
    Table,
    UserInput,
    back_home,
    from_each,
    rpc_failure,
    table,
)

# --- states -------------------------------------------------------------------------------------------------------

_CODE = frozenset({"code"})

START = AwaitInput("start", "No code has been requested.")
AWAITING_CODE = AwaitInput("awaiting code", "The server sent a code.")
AWAITING_EMAIL = AwaitInput("awaiting e-mail", "The account must get an e-mail address first.")
AWAITING_EMAIL_CODE = AwaitInput("awaiting e-mail code", "The server mailed a code to the address of the account.")
AWAITING_SETUP_CODE = AwaitInput("awaiting e-mail set-up code", "The server mailed a code to the address entered here.")
AWAITING_PAYMENT = AwaitInput("awaiting payment", "Codes to this number must be paid for.")
AWAITING_SIGN_UP = AwaitInput("awaiting sign-up", "The number has no account yet.", _CODE)

SENDING_CODE = Request("sending code", "auth.sendCode or account.send...Code", START)
RESENDING = Request("re-sending", "auth.resendCode", AWAITING_CODE)
SUBMITTING = Request(
    "submitting code", "auth.signIn, account.changePhone, .verifyPhone or .confirmPhone", AWAITING_CODE, _CODE
)
CANCELLING = Request("cancelling", "auth.cancelCode", START)
PROVING_APP = Request("proving the app", "auth.requestFirebaseSms", AWAITING_CODE, frozenset({"firebase"}))
REPORTING = Request("reporting missing code", "auth.reportMissingCode", AWAITING_CODE, frozenset({"mnc"}))
MAILING_CODE = Request("mailing code", "account.sendVerifyEmailCode", AWAITING_EMAIL)
MAILING_AGAIN = Request("mailing code again", "account.sendVerifyEmailCode", AWAITING_SETUP_CODE)
VERIFYING_EMAIL = Request(
    "verifying e-mail", "account.verifyEmail", AWAITING_SETUP_CODE, frozenset({"email verification"})
)
VERIFYING_TOKEN = Request(
    "verifying e-mail token", "account.verifyEmail", AWAITING_EMAIL, frozenset({"email verification"})
)
SIGNING_IN_BY_EMAIL = Request(
    "signing in by e-mail", "auth.signIn", AWAITING_EMAIL_CODE, frozenset({"email verification"})
)
RESETTING_EMAIL = Request("resetting e-mail", "auth.resetLoginEmail", AWAITING_EMAIL_CODE)
CHECKING_STORE = Request("checking the store", "payments.canPurchaseStore", AWAITING_PAYMENT)
CHECKING_PAYMENT = Request("checking payment", "auth.checkPaidAuth", AWAITING_PAYMENT)
SIGNING_UP = Request("signing up", "auth.signUp", AWAITING_SIGN_UP, frozenset({"names"}))

# --- inputs -------------------------------------------------------------------------------------------------------

SEND_CODE = UserInput("send code")
ENTER_CODE = UserInput("enter code")
RESEND = UserInput("resend code")
CANCEL = UserInput("cancel")
REQUEST_FIREBASE = UserInput("request the Firebase SMS")
REPORT_MISSING = UserInput("report missing code")
ENTER_EMAIL = UserInput("enter e-mail address")
ENTER_EMAIL_CODE = UserInput("enter e-mail code")
ENTER_EMAIL_TOKEN = UserInput("enter Google or Apple token")
RESEND_EMAIL_CODE = UserInput("mail the code again")
RESET_EMAIL = UserInput("reset login e-mail")
CHECK_STORE = UserInput("check the store")
CHECK_PAYMENT = UserInput("check payment")
SIGN_UP = UserInput("sign up")

CODE_SENT = Result("auth.sentCode")
EMAIL_REQUIRED = Result("auth.sentCodeTypeSetUpEmailRequired")
EMAIL_CODE_SENT = Result("auth.sentCodeTypeEmailCode")
PAYMENT_REQUIRED = Result("auth.sentCodePaymentRequired")
SIGN_UP_REQUIRED = Result("auth.authorizationSignUpRequired")
FULFILLED = Result("User or boolTrue")
NOT_FULFILLED = Result("boolFalse")
ACKNOWLEDGED = Result("Bool")
CODE_MAILED = Result("account.sentEmailCode")
NO_PASSWORD_AFTER_NUMBER = Result("no password; only the number was given")
NO_PASSWORD_AFTER_CODE = Result("no password; a code was given")
NO_PASSWORD_AFTER_SETUP = Result("no password; an e-mail address was set up")
NO_PASSWORD_AFTER_EMAIL = Result("no password; an e-mail code was given")

CODE_WRONG = RpcFailure("PHONE_CODE_INVALID / _EMPTY", ("PHONE_CODE_INVALID", "PHONE_CODE_EMPTY"))
CODE_EXPIRED = RpcFailure(
    "PHONE_CODE_EXPIRED / ..._HASH_...",
    ("PHONE_CODE_EXPIRED", "PHONE_CODE_HASH_EMPTY", "PHONE_HASH_EXPIRED", "CODE_HASH_INVALID"),
)
NUMBER_REJECTED = RpcFailure("PHONE_NUMBER_INVALID / _BANNED", ("PHONE_NUMBER_INVALID", "PHONE_NUMBER_BANNED"))
OCCUPIED = rpc_failure("PHONE_NUMBER_OCCUPIED")
UNOCCUPIED = rpc_failure("PHONE_NUMBER_UNOCCUPIED")
RESTART = RpcFailure("AUTH_RESTART / SIGN_IN_FAILED", ("AUTH_RESTART_X", "SIGN_IN_FAILED"))
FATAL = RpcFailure(
    "API_ID_... / UPDATE_APP_TO_LOGIN ...",
    (
        "API_ID_INVALID",
        "API_ID_PUBLISHED_FLOOD",
        "UPDATE_APP_TO_LOGIN",
        "PHONE_NUMBER_APP_SIGNUP_FORBIDDEN",
        "PHONE_PASSWORD_PROTECTED",
    ),
)
NOT_ALLOWED = RpcFailure(
    "FRESH_CHANGE_PHONE_FORBIDDEN / HASH_INVALID", ("FRESH_CHANGE_PHONE_FORBIDDEN", "HASH_INVALID")
)
NO_OTHER_WAY = rpc_failure("SEND_CODE_UNAVAILABLE")
SMS_FAILED = rpc_failure("SMS_CODE_CREATE_FAILED")
NO_EMAIL = RpcFailure("EMAIL_INSTALL_MISSING / _NOT_SETUP", ("EMAIL_INSTALL_MISSING", "EMAIL_NOT_SETUP"))
EMAIL_REJECTED = RpcFailure("EMAIL_INVALID / _NOT_ALLOWED", ("EMAIL_INVALID", "EMAIL_NOT_ALLOWED"))
EMAIL_CODE_WRONG = RpcFailure("CODE_INVALID / _EMPTY", ("CODE_INVALID", "CODE_EMPTY"))
EMAIL_CODE_EXPIRED = rpc_failure("EMAIL_VERIFY_EXPIRED")
RESET_PENDING = rpc_failure("TASK_ALREADY_EXISTS")
NAME_INVALID = RpcFailure("FIRSTNAME_INVALID / LASTNAME_INVALID", ("FIRSTNAME_INVALID", "LASTNAME_INVALID"))
NOT_NOW = RpcFailure(
    "REG_ID_GENERATE_FAILED ...", ("REG_ID_GENERATE_FAILED", "MEMBER_OCCUPY_PRIMARY_LOC_FAILED", "MEMBER_NO_LOCATION")
)

LOGIN_ONLY: frozenset[Input] = frozenset(
    {
        AUTHORIZED,
        EMAIL_REQUIRED,
        EMAIL_CODE_SENT,
        PAYMENT_REQUIRED,
        SIGN_UP_REQUIRED,
        UNOCCUPIED,
        PASSWORD_NEEDED,
        RESTART,
        KEY_UNREGISTERED,
    }
)
"""Inputs that do not exist for a logged-in account."""
ACCOUNT_ONLY: frozenset[Input] = frozenset({FULFILLED, NOT_FULFILLED, NOT_ALLOWED})
"""Inputs that do not exist for a login."""

# --- the table ----------------------------------------------------------------------------------------------------

_GETTING_A_CODE = (
    AWAITING_PAYMENT,
    SENDING_CODE,
    RESENDING,
    RESETTING_EMAIL,
    CHECKING_PAYMENT,
    VERIFYING_EMAIL,
    VERIFYING_TOKEN,
)
"""Each of these is answered with an auth.SentCode, alone, in account.emailVerifiedLogin or in an update."""

_WITH_EMAIL = (VERIFYING_EMAIL, VERIFYING_TOKEN, MAILING_CODE, MAILING_AGAIN, SIGNING_IN_BY_EMAIL, RESETTING_EMAIL)

_ALL = (
    SENDING_CODE,
    RESENDING,
    SUBMITTING,
    PROVING_APP,
    REPORTING,
    *_WITH_EMAIL,
    CHECKING_STORE,
    CHECKING_PAYMENT,
    SIGNING_UP,
)

_INPUTS: Table = {
    (START, SEND_CODE): SENDING_CODE,
    (AWAITING_CODE, ENTER_CODE): SUBMITTING,
    (AWAITING_CODE, RESEND): RESENDING,
    (AWAITING_CODE, REQUEST_FIREBASE): PROVING_APP,
    (AWAITING_CODE, REPORT_MISSING): REPORTING,
    (AWAITING_CODE, CANCEL): CANCELLING,
    (AWAITING_EMAIL, ENTER_EMAIL): MAILING_CODE,
    (AWAITING_EMAIL, ENTER_EMAIL_TOKEN): VERIFYING_TOKEN,
    (AWAITING_EMAIL, CANCEL): CANCELLING,
    (AWAITING_EMAIL_CODE, ENTER_EMAIL_CODE): SIGNING_IN_BY_EMAIL,
    (AWAITING_EMAIL_CODE, ENTER_EMAIL_TOKEN): SIGNING_IN_BY_EMAIL,
    (AWAITING_EMAIL_CODE, RESET_EMAIL): RESETTING_EMAIL,
    (AWAITING_EMAIL_CODE, CANCEL): CANCELLING,
    (AWAITING_SETUP_CODE, ENTER_EMAIL_CODE): VERIFYING_EMAIL,
    (AWAITING_SETUP_CODE, ENTER_EMAIL_TOKEN): VERIFYING_EMAIL,
    (AWAITING_SETUP_CODE, RESEND_EMAIL_CODE): MAILING_AGAIN,
    (AWAITING_SETUP_CODE, ENTER_EMAIL): MAILING_CODE,
    (AWAITING_SETUP_CODE, CANCEL): CANCELLING,
    (AWAITING_PAYMENT, CHECK_STORE): CHECKING_STORE,
    (AWAITING_PAYMENT, CHECK_PAYMENT): CHECKING_PAYMENT,
    (AWAITING_PAYMENT, CANCEL): START,
    (AWAITING_SIGN_UP, SIGN_UP): SIGNING_UP,
    (AWAITING_SIGN_UP, CANCEL): START,
}

_ANSWERS = table(
    from_each(_GETTING_A_CODE, CODE_SENT, AWAITING_CODE),
    from_each(_GETTING_A_CODE, EMAIL_REQUIRED, AWAITING_EMAIL),
    from_each(_GETTING_A_CODE, EMAIL_CODE_SENT, AWAITING_EMAIL_CODE),
    from_each(_GETTING_A_CODE, PAYMENT_REQUIRED, AWAITING_PAYMENT),
    from_each((*_GETTING_A_CODE, SUBMITTING, SIGNING_IN_BY_EMAIL, SIGNING_UP), AUTHORIZED, DONE),
    from_each((*_GETTING_A_CODE, SUBMITTING, SIGNING_IN_BY_EMAIL), SIGN_UP_REQUIRED, AWAITING_SIGN_UP),
    from_each((MAILING_CODE, MAILING_AGAIN), CODE_MAILED, AWAITING_SETUP_CODE),
    back_home((PROVING_APP, REPORTING, CHECKING_STORE, CANCELLING), ACKNOWLEDGED),
    {
        (SUBMITTING, FULFILLED): DONE,
        (SUBMITTING, NOT_FULFILLED): AWAITING_CODE,
    },
    from_each((FETCHING_PASSWORD, FETCHING_SRP), NO_PASSWORD_AFTER_NUMBER, SENDING_CODE),
    from_each((FETCHING_PASSWORD, FETCHING_SRP), NO_PASSWORD_AFTER_CODE, SUBMITTING),
    from_each((FETCHING_PASSWORD, FETCHING_SRP), NO_PASSWORD_AFTER_SETUP, VERIFYING_EMAIL),
    from_each((FETCHING_PASSWORD, FETCHING_SRP), NO_PASSWORD_AFTER_EMAIL, SIGNING_IN_BY_EMAIL),
)

_FAILURES = table(
    back_home(tuple(state for state in _ALL if state != SIGNING_UP), CODE_WRONG),
    from_each(_ALL, CODE_EXPIRED, START),
    from_each(_ALL, NUMBER_REJECTED, START),
    from_each(_ALL, RESTART, SENDING_CODE),
    from_each(_ALL, FATAL, FAILED),
    from_each((*_ALL, CANCELLING), KEY_UNREGISTERED, START),
    from_each(
        (SENDING_CODE, RESENDING, SUBMITTING, CHECKING_PAYMENT, *_WITH_EMAIL), PASSWORD_NEEDED, FETCHING_PASSWORD
    ),
    back_home(_ALL, WAIT),
    from_each((SUBMITTING, SIGNING_IN_BY_EMAIL), UNOCCUPIED, AWAITING_SIGN_UP),
    from_each((SENDING_CODE, SUBMITTING), OCCUPIED, START),
    from_each((SENDING_CODE, RESENDING), SMS_FAILED, START),
    from_each((MAILING_CODE, MAILING_AGAIN, VERIFYING_EMAIL, VERIFYING_TOKEN), EMAIL_REJECTED, AWAITING_EMAIL),
    from_each((RESENDING, RESETTING_EMAIL, MAILING_CODE, MAILING_AGAIN), NO_EMAIL, START),
    back_home((VERIFYING_EMAIL, VERIFYING_TOKEN, SIGNING_IN_BY_EMAIL), EMAIL_CODE_WRONG),
    back_home((VERIFYING_EMAIL, VERIFYING_TOKEN, SIGNING_IN_BY_EMAIL), EMAIL_CODE_EXPIRED),
    back_home((SIGNING_UP,), NAME_INVALID),
    back_home((SIGNING_UP,), NOT_NOW),
    {
        (SENDING_CODE, NOT_ALLOWED): FAILED,
        (RESENDING, NO_OTHER_WAY): AWAITING_CODE,
        (RESETTING_EMAIL, RESET_PENDING): AWAITING_EMAIL_CODE,
        (SIGNING_UP, CODE_WRONG): START,
        (SIGNING_UP, OCCUPIED): SUBMITTING,
    },
)

_PASSWORD_INPUTS: Table = {(AWAITING_PASSWORD, CANCEL): START, (AWAITING_RECOVERY_CODE, CANCEL): START}

TABLE = table(_INPUTS, _ANSWERS, _FAILURES, password_rows(START), _PASSWORD_INPUTS)
"""(state, input) -> next state. An error without a row leads to the home of the state and is kept in `error`; another
answer without a row is a protocol error of the server."""
