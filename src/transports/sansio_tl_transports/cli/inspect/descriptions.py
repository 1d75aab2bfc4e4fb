"""Descriptions of the login methods and their parameters. Other methods have only names, types and errors."""

from __future__ import annotations

from collections.abc import Mapping

METHODS: Mapping[str, str] = {
    "auth.sendCode": "Send the verification code for a login.",
    "auth.resendCode": "Send the code again by the next delivery method, the next_type of the last answer.",
    "auth.cancelCode": "Cancel a code that was sent.",
    "auth.signIn": "Log in with the code that was sent by phone or e-mail.",
    "auth.signUp": "Make an account for a confirmed phone number that has none.",
    "auth.logOut": "Log out. The answer may carry a token that makes the next login on this device easier.",
    "auth.checkPassword": "Log in with the 2FA password, after SESSION_PASSWORD_NEEDED, by a proof that hides it.",
    "auth.requestPasswordRecovery": "Send a code for a forgotten 2FA password to the recovery e-mail address.",
    "auth.checkRecoveryPassword": "Check a recovery code before it is used.",
    "auth.recoverPassword": "Log in with a recovery code, and set another 2FA password or none.",
    "auth.importBotAuthorization": "Log in as a bot, with the token that @BotFather gave.",
    "auth.exportLoginToken": "Ask for a token to show as a QR code; once it is accepted, ask again to log in.",
    "auth.importLoginToken": "Continue a login by QR code on the home data center of the account.",
    "auth.acceptLoginToken": "Accept the QR code login of another device; called by a device that is logged in.",
    "auth.exportAuthorization": "Ask for a token that logs the same account in on another data center.",
    "auth.importAuthorization": "Log in on another data center with a token that was exported from the account's own.",
    "auth.bindTempAuthKey": "Bind a temporary auth key to the permanent one (perfect forward secrecy).",
    "auth.dropTempAuthKeys": "Destroy all temporary auth keys but those named.",
    "auth.resetAuthorizations": "Log out all other devices.",
    "auth.requestFirebaseSms": "Have an SMS sent by Firebase, for official applications on phones.",
    "auth.resetLoginEmail": "Stop sending login codes to an e-mail address that cannot be reached any more.",
    "auth.reportMissingCode": "Report that a code never came.",
    "auth.checkPaidAuth": "See whether the payment that a login asked for has arrived.",
    "auth.initPasskeyLogin": "Begin a login with a passkey.",
    "auth.finishPasskeyLogin": "Log in with a passkey.",
    "auth.importWebTokenAuthorization": "Log in with a token of the web site.",
    "auth.cancelWebTokenAuthorization": "Give up a token of the web site without logging in.",
    "account.sendChangePhoneCode": "Send a code to a new phone number, to make it the account's.",
    "account.changePhone": "Change the account's phone number, with the code that was sent to the new one.",
    "account.sendVerifyPhoneCode": "Send a code to verify a phone number for Telegram Passport.",
    "account.verifyPhone": "Verify a phone number for Telegram Passport with the code that was sent to it.",
    "account.sendConfirmPhoneCode": "Send a code to the account's number, to stop a deletion of the account.",
    "account.confirmPhone": "Stop a deletion of the account, with the code sent to its number.",
    "account.sendVerifyEmailCode": "Send a code to an e-mail address: for login, for its set-up, or for Passport.",
    "account.verifyEmail": "Verify an e-mail address by code, Google or Apple token.",
    "account.getPassword": "Ask how the 2FA password is hashed, and for a fresh challenge.",
    "account.getPasswordSettings": "See the recovery e-mail address and other settings of the 2FA password.",
    "account.updatePasswordSettings": "Set, change or remove the 2FA password.",
    "account.confirmPasswordEmail": "Confirm the recovery e-mail address of the 2FA password.",
    "account.resendPasswordEmail": "Send the code for the recovery e-mail address again.",
    "account.cancelPasswordEmail": "Give up setting a recovery e-mail address.",
    "account.resetPassword": "Ask for the 2FA password to be removed, after a week's wait.",
    "account.declinePasswordReset": "Call off the removal of the 2FA password.",
    "account.getTmpPassword": "Get a temporary password for payments.",
    "account.deleteAccount": "Delete the account.",
    "account.getAccountTTL": "See after how many days without use the account is deleted.",
    "account.setAccountTTL": "Set after how many days without use the account is deleted.",
    "account.getAuthorizations": "List the devices that are logged in.",
    "account.resetAuthorization": "Log out one device.",
    "account.setAuthorizationTTL": "Set after how many days without use a device is logged out.",
    "account.changeAuthorizationSettings": "Change what a logged-in device may do, or confirm a new one.",
    "account.initPasskeyRegistration": "Begin to register a passkey.",
    "account.registerPasskey": "Register a passkey for login.",
    "account.getPasskeys": "List the passkeys.",
    "account.deletePasskey": "Delete a passkey.",
    "help.getConfig": "The addresses of the data centers and other settings.",
    "help.getNearestDc": "Which data center is near, and in which country the client seems to be.",
    "help.getAppConfig": "Settings of the application, as JSON.",
    "help.acceptTermsOfService": "Agree to the terms of service.",
    "invokeWithLayer": "Call in a layer: the server answers in the types of that layer.",
    "initConnection": "Describe the application; must be sent with the first call of a connection with a new key.",
    "invokeAfterMsg": "Call after another message of the session has had its effect.",
    "invokeWithoutUpdates": "Call without subscribing the connection to updates.",
}

FIELDS: Mapping[str, str] = {
    "phone_number": "Phone number, in international format",
    "phone_code_hash": "phone_code_hash of the answer to auth.sendCode",
    "phone_code": "The code that came to the phone",
    "api_id": "Number of the application, from my.telegram.org",
    "api_hash": "Hash of the application, from my.telegram.org",
    "settings": "What kinds of code the device can take",
    "first_name": "First name of the new user",
    "last_name": "Last name of the new user",
    "email_verification": "The code or token that proves the e-mail address",
    "no_joined_notifications": "Do not notify users who have the number in their contacts",
    "except_ids": "Users that are logged in already",
    "bot_auth_token": "Token of the bot, from @BotFather",
    "dc_id": "Number of a data center",
    "code": "The code that was received",
    "new_settings": "The new password and what belongs to it",
    "query": "The method to call",
    "layer": "Layer of the API",
    "device_model": "Shown in the list of devices; not empty",
    "system_version": "Shown in the list of devices; not empty",
    "app_version": "Shown in the list of devices; not empty",
    "system_lang_code": "Language of the system, ISO 639-1",
    "lang_pack": "Language pack of an official application; empty otherwise",
    "lang_code": "Language of the application, ISO 639-1",
    "proxy": "The MTProxy of the connection",
    "timeout": "After how many seconds the code may be sent by another method",
    "next_type": "How the code will be sent the next time",
    "allow_flashcall": "Accept a flash call: the calling number is the code",
    "current_number": "The number is that of this device",
    "allow_app_hash": "An SMS may carry a hash that lets the application read it",
    "allow_missed_call": "Accept a missed call: the last digits of the calling number are the code",
    "allow_firebase": "Accept an SMS by Firebase",
    "unknown_number": "The number is not known to be that of this device",
    "logout_tokens": "Tokens of earlier logouts on this device, at most 20",
    "app_sandbox": "Whether the push token is one of Apple's sandbox",
}
"""Parameters and fields that mean the same wherever they occur."""
HERE: Mapping[str, str] = {
    "auth.signIn.phone_code": "The code; leave it out when email_verification is given",
    "auth.resendCode.reason": "Why another delivery method is requested; set by official applications",
    "auth.checkPassword.password": "The SRP proof, made from account.getPassword",
    "auth.sentCode.phone_code_hash": "Names this code in the methods that follow",
    "auth.sentCodePaymentRequired.phone_code_hash": "Names this login in the methods that follow",
    "auth.sentCode.type": "How the code was sent",
    "auth.acceptLoginToken.token": "The part of the QR code after tg://login?token=, decoded from base64url",
    "auth.importLoginToken.token": "From auth.loginTokenMigrateTo",
    "codeSettings.token": "Token for push notifications, with which the code may come silently",
    "account.sendConfirmPhoneCode.hash": "From the URL tg://confirmphone?phone=..&hash=..",
}
"""Fields that need their own words: constructor or method, then field."""


def of_field(combinator: str, field: str) -> str:
    """What a field is for; empty when nothing is known."""
    if field == "settings" and not combinator.startswith(("auth.", "account.send")):
        return ""
    if field in _ONLY_WHEN_LOGGING_IN and not combinator.startswith(("auth.", "account.", "invoke", "initC", "codeS")):
        return ""
    return HERE.get(f"{combinator}.{field}", FIELDS.get(field, ""))


_ONLY_WHEN_LOGGING_IN = frozenset(
    {"code", "query", "timeout", "first_name", "last_name", "layer", "proxy", "new_settings"}
)
