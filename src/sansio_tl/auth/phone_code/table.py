"""The states of a phone code, as data.

One table serves logging in, changing, verifying and confirming a phone number: all four begin with a method that
returns auth.SentCode and differ in the method that ends them, here called handing in the code.

    logging in     auth.sendCode                  auth.signIn            e-mail, payment, 2FA, sign-up may come between
    changing       account.sendChangePhoneCode    account.changePhone
    verifying      account.sendVerifyPhoneCode    account.verifyPhone
    confirming     account.sendConfirmPhoneCode   account.confirmPhone

Which rows exist only for some purpose says `LOG_IN_ONLY` and `ACCOUNT_ONLY`. Protocol: api/auth, api/account-deletion.
"""

from __future__ import annotations

from sansio_tl.auth.flow import DONE, FAILED
from sansio_tl.auth.password import (
    AUTHORIZED,
    FETCHING_PASSWORD,
    FETCHING_SRP,
    LOG_IN_FORGOTTEN,
    PASSWORD_NEEDED,
    PASSWORD_WANTED,
    RECOVERY_CODE_WANTED,
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
    refusal,
    table,
)

# --- states -------------------------------------------------------------------------------------------------------

_CODE = frozenset({"code"})

START = AwaitInput("start", "No code is on its way.")
CODE_WANTED = AwaitInput("code wanted", "The server sent a code.")
EMAIL_WANTED = AwaitInput("e-mail wanted", "The account must get an e-mail address first.")
EMAIL_CODE_WANTED = AwaitInput("e-mail code wanted", "The server mailed a code to the address of the account.")
SETUP_CODE_WANTED = AwaitInput("e-mail set-up code wanted", "The server mailed a code to the address entered here.")
PAYMENT_WANTED = AwaitInput("payment wanted", "Codes to this number are paid for.")
SIGN_UP_WANTED = AwaitInput("sign-up wanted", "The number has no account yet.", _CODE)

SENDING_CODE = Request("sending code", "auth.sendCode or account.send...Code", START)
RESENDING = Request("re-sending", "auth.resendCode", CODE_WANTED)
HANDING_IN = Request(
    "handing in code", "auth.signIn, account.changePhone, .verifyPhone or .confirmPhone", CODE_WANTED, _CODE
)
CANCELLING = Request("cancelling", "auth.cancelCode", START)
PROVING_APP = Request("proving the app", "auth.requestFirebaseSms", CODE_WANTED, frozenset({"firebase"}))
REPORTING = Request("reporting missing code", "auth.reportMissingCode", CODE_WANTED, frozenset({"mnc"}))
MAILING_CODE = Request("mailing code", "account.sendVerifyEmailCode", EMAIL_WANTED)
MAILING_AGAIN = Request("mailing code again", "account.sendVerifyEmailCode", SETUP_CODE_WANTED)
VERIFYING_EMAIL = Request(
    "verifying e-mail", "account.verifyEmail", SETUP_CODE_WANTED, frozenset({"email verification"})
)
VERIFYING_TOKEN = Request(
    "verifying e-mail token", "account.verifyEmail", EMAIL_WANTED, frozenset({"email verification"})
)
SIGNING_IN_BY_EMAIL = Request(
    "signing in by e-mail", "auth.signIn", EMAIL_CODE_WANTED, frozenset({"email verification"})
)
RESETTING_EMAIL = Request("resetting e-mail", "auth.resetLoginEmail", EMAIL_CODE_WANTED)
CHECKING_SHOP = Request("checking the shop", "payments.canPurchaseStore", PAYMENT_WANTED)
CHECKING_PAYMENT = Request("checking payment", "auth.checkPaidAuth", PAYMENT_WANTED)
SIGNING_UP = Request("signing up", "auth.signUp", SIGN_UP_WANTED, frozenset({"names"}))

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
RESET_EMAIL = UserInput("reset log-in e-mail")
CHECK_SHOP = UserInput("check the shop")
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
NUMBER_REFUSED = RpcFailure("PHONE_NUMBER_INVALID / _BANNED", ("PHONE_NUMBER_INVALID", "PHONE_NUMBER_BANNED"))
OCCUPIED = refusal("PHONE_NUMBER_OCCUPIED")
UNOCCUPIED = refusal("PHONE_NUMBER_UNOCCUPIED")
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
NO_OTHER_WAY = refusal("SEND_CODE_UNAVAILABLE")
SMS_FAILED = refusal("SMS_CODE_CREATE_FAILED")
NO_EMAIL = RpcFailure("EMAIL_INSTALL_MISSING / _NOT_SETUP", ("EMAIL_INSTALL_MISSING", "EMAIL_NOT_SETUP"))
EMAIL_REFUSED = RpcFailure("EMAIL_INVALID / _NOT_ALLOWED", ("EMAIL_INVALID", "EMAIL_NOT_ALLOWED"))
EMAIL_CODE_WRONG = RpcFailure("CODE_INVALID / _EMPTY", ("CODE_INVALID", "CODE_EMPTY"))
EMAIL_CODE_EXPIRED = refusal("EMAIL_VERIFY_EXPIRED")
RESET_PENDING = refusal("TASK_ALREADY_EXISTS")
NAME_REFUSED = RpcFailure("FIRSTNAME_INVALID / LASTNAME_INVALID", ("FIRSTNAME_INVALID", "LASTNAME_INVALID"))
NOT_NOW = RpcFailure(
    "REG_ID_GENERATE_FAILED ...", ("REG_ID_GENERATE_FAILED", "MEMBER_OCCUPY_PRIMARY_LOC_FAILED", "MEMBER_NO_LOCATION")
)

LOG_IN_ONLY: frozenset[Input] = frozenset(
    {
        AUTHORIZED,
        EMAIL_REQUIRED,
        EMAIL_CODE_SENT,
        PAYMENT_REQUIRED,
        SIGN_UP_REQUIRED,
        UNOCCUPIED,
        PASSWORD_NEEDED,
        RESTART,
        LOG_IN_FORGOTTEN,
    }
)
"""Who is logged in already gets none of these."""
ACCOUNT_ONLY: frozenset[Input] = frozenset({FULFILLED, NOT_FULFILLED, NOT_ALLOWED})
"""Who logs in gets none of these."""

# --- the table ----------------------------------------------------------------------------------------------------

_GETTING_A_CODE = (
    PAYMENT_WANTED,
    SENDING_CODE,
    RESENDING,
    RESETTING_EMAIL,
    CHECKING_PAYMENT,
    VERIFYING_EMAIL,
    VERIFYING_TOKEN,
)
"""Each of these is answered with an auth.SentCode, alone or in account.emailVerifiedLogin, or told of one in an update:
one dispatch for all."""

_WITH_EMAIL = (VERIFYING_EMAIL, VERIFYING_TOKEN, MAILING_CODE, MAILING_AGAIN, SIGNING_IN_BY_EMAIL, RESETTING_EMAIL)

_ALL = (
    SENDING_CODE,
    RESENDING,
    HANDING_IN,
    PROVING_APP,
    REPORTING,
    *_WITH_EMAIL,
    CHECKING_SHOP,
    CHECKING_PAYMENT,
    SIGNING_UP,
)

_MOVES: Table = {
    (START, SEND_CODE): SENDING_CODE,
    (CODE_WANTED, ENTER_CODE): HANDING_IN,
    (CODE_WANTED, RESEND): RESENDING,
    (CODE_WANTED, REQUEST_FIREBASE): PROVING_APP,
    (CODE_WANTED, REPORT_MISSING): REPORTING,
    (CODE_WANTED, CANCEL): CANCELLING,
    (EMAIL_WANTED, ENTER_EMAIL): MAILING_CODE,
    (EMAIL_WANTED, ENTER_EMAIL_TOKEN): VERIFYING_TOKEN,
    (EMAIL_WANTED, CANCEL): CANCELLING,
    (EMAIL_CODE_WANTED, ENTER_EMAIL_CODE): SIGNING_IN_BY_EMAIL,
    (EMAIL_CODE_WANTED, ENTER_EMAIL_TOKEN): SIGNING_IN_BY_EMAIL,
    (EMAIL_CODE_WANTED, RESET_EMAIL): RESETTING_EMAIL,
    (EMAIL_CODE_WANTED, CANCEL): CANCELLING,
    (SETUP_CODE_WANTED, ENTER_EMAIL_CODE): VERIFYING_EMAIL,
    (SETUP_CODE_WANTED, ENTER_EMAIL_TOKEN): VERIFYING_EMAIL,
    (SETUP_CODE_WANTED, RESEND_EMAIL_CODE): MAILING_AGAIN,
    (SETUP_CODE_WANTED, ENTER_EMAIL): MAILING_CODE,
    (SETUP_CODE_WANTED, CANCEL): CANCELLING,
    (PAYMENT_WANTED, CHECK_SHOP): CHECKING_SHOP,
    (PAYMENT_WANTED, CHECK_PAYMENT): CHECKING_PAYMENT,
    (PAYMENT_WANTED, CANCEL): START,
    (SIGN_UP_WANTED, SIGN_UP): SIGNING_UP,
    (SIGN_UP_WANTED, CANCEL): START,
}

_ANSWERS = table(
    from_each(_GETTING_A_CODE, CODE_SENT, CODE_WANTED),
    from_each(_GETTING_A_CODE, EMAIL_REQUIRED, EMAIL_WANTED),
    from_each(_GETTING_A_CODE, EMAIL_CODE_SENT, EMAIL_CODE_WANTED),
    from_each(_GETTING_A_CODE, PAYMENT_REQUIRED, PAYMENT_WANTED),
    from_each((*_GETTING_A_CODE, HANDING_IN, SIGNING_IN_BY_EMAIL, SIGNING_UP), AUTHORIZED, DONE),
    from_each((*_GETTING_A_CODE, HANDING_IN, SIGNING_IN_BY_EMAIL), SIGN_UP_REQUIRED, SIGN_UP_WANTED),
    from_each((MAILING_CODE, MAILING_AGAIN), CODE_MAILED, SETUP_CODE_WANTED),
    back_home((PROVING_APP, REPORTING, CHECKING_SHOP, CANCELLING), ACKNOWLEDGED),
    {
        (HANDING_IN, FULFILLED): DONE,
        (HANDING_IN, NOT_FULFILLED): CODE_WANTED,
    },
    from_each((FETCHING_PASSWORD, FETCHING_SRP), NO_PASSWORD_AFTER_NUMBER, SENDING_CODE),
    from_each((FETCHING_PASSWORD, FETCHING_SRP), NO_PASSWORD_AFTER_CODE, HANDING_IN),
    from_each((FETCHING_PASSWORD, FETCHING_SRP), NO_PASSWORD_AFTER_SETUP, VERIFYING_EMAIL),
    from_each((FETCHING_PASSWORD, FETCHING_SRP), NO_PASSWORD_AFTER_EMAIL, SIGNING_IN_BY_EMAIL),
)

_REFUSALS = table(
    back_home(tuple(state for state in _ALL if state != SIGNING_UP), CODE_WRONG),
    from_each(_ALL, CODE_EXPIRED, START),
    from_each(_ALL, NUMBER_REFUSED, START),
    from_each(_ALL, RESTART, SENDING_CODE),
    from_each(_ALL, FATAL, FAILED),
    from_each((*_ALL, CANCELLING), LOG_IN_FORGOTTEN, START),
    from_each(
        (SENDING_CODE, RESENDING, HANDING_IN, CHECKING_PAYMENT, *_WITH_EMAIL), PASSWORD_NEEDED, FETCHING_PASSWORD
    ),
    back_home(_ALL, WAIT),
    from_each((HANDING_IN, SIGNING_IN_BY_EMAIL), UNOCCUPIED, SIGN_UP_WANTED),
    from_each((SENDING_CODE, HANDING_IN), OCCUPIED, START),
    from_each((SENDING_CODE, RESENDING), SMS_FAILED, START),
    from_each((MAILING_CODE, MAILING_AGAIN, VERIFYING_EMAIL, VERIFYING_TOKEN), EMAIL_REFUSED, EMAIL_WANTED),
    from_each((RESENDING, RESETTING_EMAIL, MAILING_CODE, MAILING_AGAIN), NO_EMAIL, START),
    back_home((VERIFYING_EMAIL, VERIFYING_TOKEN, SIGNING_IN_BY_EMAIL), EMAIL_CODE_WRONG),
    back_home((VERIFYING_EMAIL, VERIFYING_TOKEN, SIGNING_IN_BY_EMAIL), EMAIL_CODE_EXPIRED),
    back_home((SIGNING_UP,), NAME_REFUSED),
    back_home((SIGNING_UP,), NOT_NOW),
    {
        (SENDING_CODE, NOT_ALLOWED): FAILED,
        (RESENDING, NO_OTHER_WAY): CODE_WANTED,
        (RESETTING_EMAIL, RESET_PENDING): EMAIL_CODE_WANTED,
        (SIGNING_UP, CODE_WRONG): START,
        (SIGNING_UP, OCCUPIED): HANDING_IN,
    },
)

_PASSWORD_MOVES: Table = {(PASSWORD_WANTED, CANCEL): START, (RECOVERY_CODE_WANTED, CANCEL): START}

TABLE = table(_MOVES, _ANSWERS, _REFUSALS, password_rows(START), _PASSWORD_MOVES)
"""(state, what somebody did or the server said) -> next state. Refusals that are not here lead home with the error
kept; other answers that are not here are protocol errors of the server."""
