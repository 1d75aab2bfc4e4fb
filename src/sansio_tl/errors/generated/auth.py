"""The errors of logging in and keeping an authorization, with what to do about each.

Generated from schema/errors.json by `python -m sansio_tl_transports.codegen.errors`; do not edit.
"""

from __future__ import annotations

from types import MappingProxyType

from sansio_tl.errors.rpc import KnownRpcError, RpcError

__all__ = [
    "AccessDenied",
    "AccessTokenExpired",
    "AccessTokenInvalid",
    "ActiveUserRequired",
    "AllowPaymentRequired",
    "ApiGiftRestrictedUpdateApp",
    "ApiIdInvalid",
    "ApiIdPublishedFlood",
    "ApnsVerifyCheck",
    "AuthBytesInvalid",
    "AuthKeyDuplicated",
    "AuthKeyInvalid",
    "AuthKeyPermEmpty",
    "AuthKeyUnregistered",
    "AuthKeyUnsynchronized",
    "AuthRestart",
    "AuthTokenAlreadyAccepted",
    "AuthTokenException",
    "AuthTokenExpired",
    "AuthTokenInvalid",
    "BoostPeerInvalid",
    "BotAccessForbidden",
    "BotInvalid",
    "BotInvoiceInvalid",
    "BotMethodInvalid",
    "BusinessConnectionInvalid",
    "BusinessConnectionNotAllowed",
    "CdnMethodInvalid",
    "ChannelInvalid",
    "ChannelMonoforumUnsupported",
    "ChannelPrivate",
    "ChatWriteForbidden",
    "CodeEmpty",
    "CodeHashInvalid",
    "CodeInvalid",
    "ConnectionApiIdInvalid",
    "ConnectionAppVersionEmpty",
    "ConnectionDeviceModelEmpty",
    "ConnectionLangPackInvalid",
    "ConnectionLayerInvalid",
    "ConnectionNotInited",
    "ConnectionSystemEmpty",
    "CredentialInvalid",
    "DataInvalid",
    "DataJsonInvalid",
    "DcIdInvalid",
    "EmailHashExpired",
    "EmailInstallMissing",
    "EmailInvalid",
    "EmailNotAllowed",
    "EmailNotSetup",
    "EmailUnconfirmed",
    "EmailVerifyExpired",
    "EncryptedMessageInvalid",
    "ExpiresAtInvalid",
    "FileMigrate",
    "FirstnameInvalid",
    "FloodPremiumWait",
    "FloodSkipFailedWait",
    "FloodTestPhoneWait",
    "FloodWait",
    "FormUnsupported",
    "FreshChangePhoneForbidden",
    "FreshResetAuthorisationForbidden",
    "FromMessageBotDisabled",
    "FrozenMethodInvalid",
    "GiftMonthsInvalid",
    "GiftStarsInvalid",
    "HashInvalid",
    "InputConstructorInvalid",
    "InputFetchError",
    "InputFetchFail",
    "InputLayerInvalid",
    "InputMethodInvalid",
    "InputPurposeInvalid",
    "InputRequestTooLong",
    "IntegrityCheckClassic",
    "InterdcCallError",
    "InterdcCallRichError",
    "InviteHashExpired",
    "InvoiceInvalid",
    "LastnameInvalid",
    "MemberNoLocation",
    "MemberOccupyPrimaryLocFailed",
    "MessageIdInvalid",
    "MessageTooLong",
    "MethodInvalid",
    "MonthInvalid",
    "MsgIdInvalid",
    "MsgWaitFailed",
    "MsgWaitTimeout",
    "MsgidDecreaseRetry",
    "NeedMemberInvalid",
    "NetworkMigrate",
    "NewSaltInvalid",
    "NewSettingsEmpty",
    "NewSettingsInvalid",
    "NoPaymentNeeded",
    "OauthRequestInvalid",
    "PasskeyAlgoritmUnsupported",
    "PasskeyChallengeExpired",
    "PasskeyOriginMismatch",
    "PasswordEmpty",
    "PasswordHashInvalid",
    "PasswordRecoveryExpired",
    "PasswordRecoveryNa",
    "PasswordRequired",
    "PasswordTooFresh",
    "PaymentCredentialsInvalid",
    "PeerIdInvalid",
    "PhoneCodeEmpty",
    "PhoneCodeExpired",
    "PhoneCodeHashEmpty",
    "PhoneCodeInvalid",
    "PhoneHashExpired",
    "PhoneMigrate",
    "PhoneNumberAppSignupForbidden",
    "PhoneNumberBanned",
    "PhoneNumberFlood",
    "PhoneNumberInvalid",
    "PhoneNumberOccupied",
    "PhoneNumberUnoccupied",
    "PhonePasswordFlood",
    "PhonePasswordProtected",
    "PremiumCurrentlyUnavailable",
    "PremiumPurposeInvalid",
    "PremiumSubActiveUntil",
    "PreviousChatImportActiveWait",
    "PublicKeyRequired",
    "RecaptchaCheck",
    "ReceiptEmpty",
    "RegIdGenerateFailed",
    "ResetRequestMissing",
    "RpcCallFail",
    "RpcMcgetFail",
    "SecureSecretRequired",
    "SendCodeUnavailable",
    "SessionExpired",
    "SessionPasswordNeeded",
    "SessionRevoked",
    "SessionTooFresh",
    "SignInFailed",
    "SlowmodeWait",
    "SlugInvalid",
    "SmsCodeCreateFailed",
    "SrpAInvalid",
    "SrpIdInvalid",
    "SrpPasswordChanged",
    "StargiftAlreadyConverted",
    "StargiftAlreadyRefunded",
    "StargiftAlreadyUpgraded",
    "StargiftExportInProgress",
    "StargiftInvalid",
    "StargiftMessageInvalid",
    "StargiftNotFound",
    "StargiftNotOwner",
    "StargiftNotUnique",
    "StargiftOwnerInvalid",
    "StargiftPeerInvalid",
    "StargiftResellCurrencyNotAllowed",
    "StargiftResellTooEarly",
    "StargiftSlugInvalid",
    "StargiftTransferTooEarly",
    "StargiftUpgradeUnavailable",
    "StarsFormAmountMismatch",
    "StatsMigrate",
    "TakeoutInitDelay",
    "TakeoutRequired",
    "TaskAlreadyExists",
    "TempAuthKeyAlreadyBound",
    "TempAuthKeyEmpty",
    "Timeout",
    "TmpPasswordDisabled",
    "TmpPasswordInvalid",
    "ToIdInvalid",
    "TokenEmpty",
    "TokenInvalid",
    "TokenTypeInvalid",
    "TtlDaysInvalid",
    "TwoFactorConfirmWait",
    "UntilDateInvalid",
    "UpdateAppToLogin",
    "UrlExpired",
    "UrlInvalid",
    "UserBannedInChannel",
    "UserBotRequired",
    "UserDeactivated",
    "UserDeactivatedBan",
    "UserDisallowedStargifts",
    "UserIdInvalid",
    "UserMigrate",
    "UserPrivacyRestricted",
    "UsernameInvalid",
    "WebauthTokenExpired",
    "WebpushAuthInvalid",
    "WebpushKeyInvalid",
    "WebpushTokenInvalid",
    "WorkerBusyTooLongRetry",
]


class AccessDenied(KnownRpcError):
    """403 ACCESS_DENIED: The application may not do this."""

    name = "ACCESS_DENIED"
    codes = (403,)
    sentence = "The application may not do this."
    hint = "Passkeys of third-party applications need an origin that Telegram accepts; use another login method."


class AccessTokenExpired(KnownRpcError):
    """400 ACCESS_TOKEN_EXPIRED: The bot token was revoked."""

    name = "ACCESS_TOKEN_EXPIRED"
    codes = (400,)
    sentence = "The bot token was revoked."
    hint = "Ask @BotFather for the current token."


class AccessTokenInvalid(KnownRpcError):
    """400 ACCESS_TOKEN_INVALID: The bot token is not one that the server knows."""

    name = "ACCESS_TOKEN_INVALID"
    codes = (400,)
    sentence = "The bot token is not one that the server knows."
    hint = "Copy the token from @BotFather again, whole, with the number before the colon."


class ActiveUserRequired(KnownRpcError):
    """401 ACTIVE_USER_REQUIRED: Only a user who has finished signing up may call this."""

    name = "ACTIVE_USER_REQUIRED"
    codes = (401,)
    sentence = "Only a user who has finished signing up may call this."
    hint = "The authorization is of no use: delete the saved key and log in again."
    authorization_lost = True


class AllowPaymentRequired(RpcError):
    """403, 406 ALLOW_PAYMENT_REQUIRED_X: The recipient takes messages only against payment in Telegram Stars."""

    name = "ALLOW_PAYMENT_REQUIRED_X"
    codes = (403, 406)
    sentence = "The recipient takes messages only against payment in Telegram Stars."
    hint = "Show the price and send again with allow_paid_stars, or do not send."
    values = MappingProxyType({"stars": int})

    def __init__(self, stars: int | None = None, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(
            "ALLOW_PAYMENT_REQUIRED" if stars is None else f"ALLOW_PAYMENT_REQUIRED_{stars}",
            code=code,
            request=request,
        )
        self.stars = stars


class ApiGiftRestrictedUpdateApp(KnownRpcError):
    """406 API_GIFT_RESTRICTED_UPDATE_APP: This gift can be bought only with a newer application."""

    name = "API_GIFT_RESTRICTED_UPDATE_APP"
    codes = (406,)
    sentence = "This gift can be bought only with a newer application."
    hint = "Use a newer schema layer, or an official application."


class ApiIdInvalid(KnownRpcError):
    """400 API_ID_INVALID: The pair of api_id and api_hash is not valid."""

    name = "API_ID_INVALID"
    codes = (400,)
    sentence = "The pair of api_id and api_hash is not valid."
    hint = "Correct api_id and api_hash; my.telegram.org shows them. No user can repair this."


class ApiIdPublishedFlood(KnownRpcError):
    """400 API_ID_PUBLISHED_FLOOD: This api_id was published somewhere and is closed for logins."""

    name = "API_ID_PUBLISHED_FLOOD"
    codes = (400,)
    sentence = "This api_id was published somewhere and is closed for logins."
    hint = "Register your own api_id at my.telegram.org."


class ApnsVerifyCheck(RpcError):
    """403 APNS_VERIFY_CHECK_X: The server wants proof from Apple's push service before it goes on."""

    name = "APNS_VERIFY_CHECK_X"
    codes = (403,)
    sentence = "The server wants proof from Apple's push service before it goes on."
    hint = (
        "Obtain the push secret for the nonce and send the same request inside invokeWithApnsSecret. Only "
        "official applications can."
    )
    values = MappingProxyType({"nonce": str})

    def __init__(self, nonce: str, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"APNS_VERIFY_CHECK_{nonce}", code=code, request=request)
        self.nonce = nonce


class AuthBytesInvalid(KnownRpcError):
    """400 AUTH_BYTES_INVALID: The exported authorization is not valid, or no longer."""

    name = "AUTH_BYTES_INVALID"
    codes = (400,)
    sentence = "The exported authorization is not valid, or no longer."
    hint = "Export the authorization again and import the new bytes at once."


class AuthKeyDuplicated(KnownRpcError):
    """406 AUTH_KEY_DUPLICATED.

    The same auth key was used from two places at once, and the server has thrown it away.
    """

    name = "AUTH_KEY_DUPLICATED"
    codes = (406,)
    sentence = "The same auth key was used from two places at once, and the server has thrown it away."
    hint = "Delete the saved key, make a new one and log in again. Never run one session file in two processes."
    authorization_lost = True


class AuthKeyInvalid(KnownRpcError):
    """401 AUTH_KEY_INVALID: The auth key is not valid."""

    name = "AUTH_KEY_INVALID"
    codes = (401,)
    sentence = "The auth key is not valid."
    hint = "Delete the saved key and log in again."
    authorization_lost = True


class AuthKeyPermEmpty(KnownRpcError):
    """401 AUTH_KEY_PERM_EMPTY: The temporary auth key is not bound to a permanent one."""

    name = "AUTH_KEY_PERM_EMPTY"
    codes = (401,)
    sentence = "The temporary auth key is not bound to a permanent one."
    hint = "Bind the temporary key with auth.bindTempAuthKey, or drop it, and send the request again."


class AuthKeyUnregistered(KnownRpcError):
    """401 AUTH_KEY_UNREGISTERED: This auth key is not logged in."""

    name = "AUTH_KEY_UNREGISTERED"
    codes = (401,)
    sentence = "This auth key is not logged in."
    hint = (
        "Log in. If the key was logged in, the session was ended: delete the saved key first. During a login: "
        "start it again."
    )
    authorization_lost = True


class AuthKeyUnsynchronized(KnownRpcError):
    """500 AUTH_KEY_UNSYNCHRONIZED: The servers disagree about the auth key for the moment."""

    name = "AUTH_KEY_UNSYNCHRONIZED"
    codes = (500,)
    sentence = "The servers disagree about the auth key for the moment."
    hint = "Send the same request again after a second."


class AuthRestart(RpcError):
    """500 AUTH_RESTART_X: The server has lost the state of this login."""

    name = "AUTH_RESTART_X"
    codes = (500,)
    sentence = "The server has lost the state of this login."
    hint = "Start the login from its first request, at most a few times."
    values = MappingProxyType({"debug": int})

    def __init__(self, debug: int | None = None, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__("AUTH_RESTART" if debug is None else f"AUTH_RESTART_{debug}", code=code, request=request)
        self.debug = debug


class AuthTokenAlreadyAccepted(KnownRpcError):
    """400 AUTH_TOKEN_ALREADY_ACCEPTED: The QR code was accepted already."""

    name = "AUTH_TOKEN_ALREADY_ACCEPTED"
    codes = (400,)
    sentence = "The QR code was accepted already."
    hint = "The device that shows the code waits for updateLoginToken; scan nothing more."


class AuthTokenException(KnownRpcError):
    """400 AUTH_TOKEN_EXCEPTION: The server could not process the QR code."""

    name = "AUTH_TOKEN_EXCEPTION"
    codes = (400,)
    sentence = "The server could not process the QR code."
    hint = "Show a new QR code and scan that one."


class AuthTokenExpired(KnownRpcError):
    """400 AUTH_TOKEN_EXPIRED: The QR code is too old."""

    name = "AUTH_TOKEN_EXPIRED"
    codes = (400,)
    sentence = "The QR code is too old."
    hint = "Show a new QR code: each lives about thirty seconds."


class AuthTokenInvalid(KnownRpcError):
    """400 AUTH_TOKEN_INVALID: The QR code is not a valid one."""

    name = "AUTH_TOKEN_INVALID"
    codes = (400,)
    sentence = "The QR code is not a valid one."
    hint = "Show a new QR code and scan that one."


class BoostPeerInvalid(KnownRpcError):
    """400 BOOST_PEER_INVALID: The chat to boost is not valid."""

    name = "BOOST_PEER_INVALID"
    codes = (400,)
    sentence = "The chat to boost is not valid."
    hint = "Choose a channel or group that can be boosted."


class BotAccessForbidden(KnownRpcError):
    """403 BOT_ACCESS_FORBIDDEN: The bot may not use this method here."""

    name = "BOT_ACCESS_FORBIDDEN"
    codes = (403,)
    sentence = "The bot may not use this method here."
    hint = "Connect the bot to the account with the right that this method needs."


class BotInvalid(KnownRpcError):
    """400 BOT_INVALID: The bot is not valid."""

    name = "BOT_INVALID"
    codes = (400,)
    sentence = "The bot is not valid."
    hint = "Give the id of an existing bot."


class BotInvoiceInvalid(KnownRpcError):
    """400 BOT_INVOICE_INVALID: The invoice is not one of this bot."""

    name = "BOT_INVOICE_INVALID"
    codes = (400,)
    sentence = "The invoice is not one of this bot."
    hint = "Take the invoice afresh from the bot's message."


class BotMethodInvalid(KnownRpcError):
    """400 BOT_METHOD_INVALID: A bot may not call this method."""

    name = "BOT_METHOD_INVALID"
    codes = (400,)
    sentence = "A bot may not call this method."
    hint = "Log in as a user for this method."


class BusinessConnectionInvalid(KnownRpcError):
    """400 BUSINESS_CONNECTION_INVALID: The business connection is not valid."""

    name = "BUSINESS_CONNECTION_INVALID"
    codes = (400,)
    sentence = "The business connection is not valid."
    hint = "Use the id of a connection that is still in force."


class BusinessConnectionNotAllowed(KnownRpcError):
    """400 BUSINESS_CONNECTION_NOT_ALLOWED: This method may not be called through a business connection."""

    name = "BUSINESS_CONNECTION_NOT_ALLOWED"
    codes = (400,)
    sentence = "This method may not be called through a business connection."
    hint = "Call it without invokeWithBusinessConnection."


class CdnMethodInvalid(KnownRpcError):
    """400 CDN_METHOD_INVALID: This method may not be called on a content-delivery data center."""

    name = "CDN_METHOD_INVALID"
    codes = (400,)
    sentence = "This method may not be called on a content-delivery data center."
    hint = "Send the request to an ordinary data center."


class ChannelInvalid(KnownRpcError):
    """400 CHANNEL_INVALID: The channel is not valid."""

    name = "CHANNEL_INVALID"
    codes = (400,)
    sentence = "The channel is not valid."
    hint = "Resolve the channel again and use its current access hash."


class ChannelMonoforumUnsupported(KnownRpcError):
    """400 CHANNEL_MONOFORUM_UNSUPPORTED: The direct messages of a channel do not support this."""

    name = "CHANNEL_MONOFORUM_UNSUPPORTED"
    codes = (400,)
    sentence = "The direct messages of a channel do not support this."
    hint = "Use an ordinary chat."


class ChannelPrivate(KnownRpcError):
    """400, 406 CHANNEL_PRIVATE: The channel is private, or you were removed from it."""

    name = "CHANNEL_PRIVATE"
    codes = (400, 406)
    sentence = "The channel is private, or you were removed from it."
    hint = "Join the channel first."


class ChatWriteForbidden(KnownRpcError):
    """403, 400 CHAT_WRITE_FORBIDDEN: You may not write in this chat."""

    name = "CHAT_WRITE_FORBIDDEN"
    codes = (403, 400)
    sentence = "You may not write in this chat."
    hint = "Ask its administrators for the right to write."


class CodeEmpty(KnownRpcError):
    """400 CODE_EMPTY: The code is missing."""

    name = "CODE_EMPTY"
    codes = (400,)
    sentence = "The code is missing."
    hint = "Ask for the code and send it."


class CodeHashInvalid(KnownRpcError):
    """400 CODE_HASH_INVALID: The hash does not belong to a code that was sent."""

    name = "CODE_HASH_INVALID"
    codes = (400,)
    sentence = "The hash does not belong to a code that was sent."
    hint = "Start again with account.sendConfirmPhoneCode."


class CodeInvalid(KnownRpcError):
    """400 CODE_INVALID: The code from the e-mail is wrong."""

    name = "CODE_INVALID"
    codes = (400,)
    sentence = "The code from the e-mail is wrong."
    hint = "Ask for the code again."


class ConnectionApiIdInvalid(KnownRpcError):
    """400 CONNECTION_API_ID_INVALID: The api_id of initConnection is not valid."""

    name = "CONNECTION_API_ID_INVALID"
    codes = (400,)
    sentence = "The api_id of initConnection is not valid."
    hint = "Correct api_id."


class ConnectionAppVersionEmpty(KnownRpcError):
    """400 CONNECTION_APP_VERSION_EMPTY: The app_version of initConnection is empty."""

    name = "CONNECTION_APP_VERSION_EMPTY"
    codes = (400,)
    sentence = "The app_version of initConnection is empty."
    hint = "Fill in app_version."


class ConnectionDeviceModelEmpty(KnownRpcError):
    """400 CONNECTION_DEVICE_MODEL_EMPTY: The device_model of initConnection is empty."""

    name = "CONNECTION_DEVICE_MODEL_EMPTY"
    codes = (400,)
    sentence = "The device_model of initConnection is empty."
    hint = "Fill in device_model."


class ConnectionLangPackInvalid(KnownRpcError):
    """400 CONNECTION_LANG_PACK_INVALID: The lang_pack of initConnection is not allowed for this api_id."""

    name = "CONNECTION_LANG_PACK_INVALID"
    codes = (400,)
    sentence = "The lang_pack of initConnection is not allowed for this api_id."
    hint = "Leave lang_pack empty."


class ConnectionLayerInvalid(KnownRpcError):
    """400 CONNECTION_LAYER_INVALID: The server does not serve this schema layer."""

    name = "CONNECTION_LAYER_INVALID"
    codes = (400,)
    sentence = "The server does not serve this schema layer."
    hint = "Wrap the request in invokeWithLayer with a layer that the server knows."


class ConnectionNotInited(KnownRpcError):
    """400 CONNECTION_NOT_INITED: The first request on this key was not wrapped in initConnection."""

    name = "CONNECTION_NOT_INITED"
    codes = (400,)
    sentence = "The first request on this key was not wrapped in initConnection."
    hint = "Send it again inside invokeWithLayer and initConnection."


class ConnectionSystemEmpty(KnownRpcError):
    """400 CONNECTION_SYSTEM_EMPTY: The system_version of initConnection is empty."""

    name = "CONNECTION_SYSTEM_EMPTY"
    codes = (400,)
    sentence = "The system_version of initConnection is empty."
    hint = "Fill in system_version."


class CredentialInvalid(KnownRpcError):
    """400 CREDENTIAL_INVALID: The passkey was not accepted."""

    name = "CREDENTIAL_INVALID"
    codes = (400,)
    sentence = "The passkey was not accepted."
    hint = "Let the user try the passkey again, or use another login method."


class DataInvalid(KnownRpcError):
    """400 DATA_INVALID: The data is not valid."""

    name = "DATA_INVALID"
    codes = (400,)
    sentence = "The data is not valid."
    hint = "Correct the request."


class DataJsonInvalid(KnownRpcError):
    """400 DATA_JSON_INVALID: The JSON is not valid."""

    name = "DATA_JSON_INVALID"
    codes = (400,)
    sentence = "The JSON is not valid."
    hint = "Pass the JSON on exactly as the server or the shop gave it."


class DcIdInvalid(KnownRpcError):
    """400 DC_ID_INVALID: The data center is not a valid target."""

    name = "DC_ID_INVALID"
    codes = (400,)
    sentence = "The data center is not a valid target."
    hint = "Do not export to the data center you are on; take the number from help.getConfig."


class EmailHashExpired(KnownRpcError):
    """400 EMAIL_HASH_EXPIRED: The time to confirm the e-mail address is over."""

    name = "EMAIL_HASH_EXPIRED"
    codes = (400,)
    sentence = "The time to confirm the e-mail address is over."
    hint = "Set the recovery e-mail address again."


class EmailInstallMissing(KnownRpcError):
    """400 EMAIL_INSTALL_MISSING: The account has no e-mail address to log in with."""

    name = "EMAIL_INSTALL_MISSING"
    codes = (400,)
    sentence = "The account has no e-mail address to log in with."
    hint = "Start again with auth.sendCode."


class EmailInvalid(KnownRpcError):
    """400 EMAIL_INVALID: The e-mail address is not valid."""

    name = "EMAIL_INVALID"
    codes = (400,)
    sentence = "The e-mail address is not valid."
    hint = "Ask for another address."


class EmailNotAllowed(KnownRpcError):
    """400 EMAIL_NOT_ALLOWED: This e-mail address may not be used."""

    name = "EMAIL_NOT_ALLOWED"
    codes = (400,)
    sentence = "This e-mail address may not be used."
    hint = "Ask for an address of another provider."


class EmailNotSetup(KnownRpcError):
    """400 EMAIL_NOT_SETUP: The account has no e-mail address to change."""

    name = "EMAIL_NOT_SETUP"
    codes = (400,)
    sentence = "The account has no e-mail address to change."
    hint = "Set up a login e-mail address first."


class EmailUnconfirmed(RpcError):
    """400 EMAIL_UNCONFIRMED_X: The new recovery e-mail address waits for its code; everything else was saved."""

    name = "EMAIL_UNCONFIRMED_X"
    codes = (400,)
    sentence = "The new recovery e-mail address waits for its code; everything else was saved."
    hint = "Ask for the code that was mailed and send account.confirmPasswordEmail."
    values = MappingProxyType({"length": int})

    def __init__(self, length: int | None = None, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(
            "EMAIL_UNCONFIRMED" if length is None else f"EMAIL_UNCONFIRMED_{length}",
            code=code,
            request=request,
        )
        self.length = length


class EmailVerifyExpired(KnownRpcError):
    """400 EMAIL_VERIFY_EXPIRED: The code from the e-mail is too old."""

    name = "EMAIL_VERIFY_EXPIRED"
    codes = (400,)
    sentence = "The code from the e-mail is too old."
    hint = "Have a new code mailed with account.sendVerifyEmailCode."


class EncryptedMessageInvalid(KnownRpcError):
    """400 ENCRYPTED_MESSAGE_INVALID: The binding message of the temporary key could not be opened."""

    name = "ENCRYPTED_MESSAGE_INVALID"
    codes = (400,)
    sentence = "The binding message of the temporary key could not be opened."
    hint = "Check the clock and the permanent key; if the server does not know that key, log in again."


class ExpiresAtInvalid(KnownRpcError):
    """400 EXPIRES_AT_INVALID: The expiry in the binding message is not that of the temporary key."""

    name = "EXPIRES_AT_INVALID"
    codes = (400,)
    sentence = "The expiry in the binding message is not that of the temporary key."
    hint = "Use the expiry that the temporary key was made with, in server time."


class FileMigrate(RpcError):
    """303, 400 FILE_MIGRATE_X: The file is kept in data center {dc}."""

    name = "FILE_MIGRATE_X"
    codes = (303, 400)
    sentence = "The file is kept in data center {dc}."
    hint = "Export the authorization to that data center and send the request there; the account stays where it is."
    values = MappingProxyType({"dc": int})

    def __init__(self, dc: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"FILE_MIGRATE_{dc}", code=code, request=request)
        self.dc = dc


class FirstnameInvalid(KnownRpcError):
    """400 FIRSTNAME_INVALID: The first name is not valid."""

    name = "FIRSTNAME_INVALID"
    codes = (400,)
    sentence = "The first name is not valid."
    hint = "Ask for a first name of 1 to 64 characters."


class FloodPremiumWait(RpcError):
    """420 FLOOD_PREMIUM_WAIT_X: Transfers of this account are slowed down for {seconds} seconds."""

    name = "FLOOD_PREMIUM_WAIT_X"
    codes = (420,)
    sentence = "Transfers of this account are slowed down for {seconds} seconds."
    hint = "Wait that long and send the same request again. Accounts with Telegram Premium are not slowed down."
    values = MappingProxyType({"seconds": int})

    def __init__(self, seconds: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"FLOOD_PREMIUM_WAIT_{seconds}", code=code, request=request)
        self.seconds = seconds


class FloodSkipFailedWait(RpcError):
    """420 FLOOD_SKIP_FAILED_WAIT_X: The server was too busy to take the request."""

    name = "FLOOD_SKIP_FAILED_WAIT_X"
    codes = (420,)
    sentence = "The server was too busy to take the request."
    hint = "Send the same request again after a second."
    values = MappingProxyType({"seconds": int})

    def __init__(self, seconds: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"FLOOD_SKIP_FAILED_WAIT_{seconds}", code=code, request=request)
        self.seconds = seconds


class FloodTestPhoneWait(RpcError):
    """420 FLOOD_TEST_PHONE_WAIT_X: This test number is to rest for {seconds} seconds."""

    name = "FLOOD_TEST_PHONE_WAIT_X"
    codes = (420,)
    sentence = "This test number is to rest for {seconds} seconds."
    hint = "Wait that long, or use another test number."
    values = MappingProxyType({"seconds": int})

    def __init__(self, seconds: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"FLOOD_TEST_PHONE_WAIT_{seconds}", code=code, request=request)
        self.seconds = seconds


class FloodWait(RpcError):
    """420 FLOOD_WAIT_X: Too many attempts: the server wants a pause of {seconds} seconds."""

    name = "FLOOD_WAIT_X"
    codes = (420,)
    sentence = "Too many attempts: the server wants a pause of {seconds} seconds."
    hint = "Wait that long, then send the same request again. Asking earlier makes the pause longer."
    values = MappingProxyType({"seconds": int})

    def __init__(self, seconds: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"FLOOD_WAIT_{seconds}", code=code, request=request)
        self.seconds = seconds


class FormUnsupported(KnownRpcError):
    """400 FORM_UNSUPPORTED: The application is too old for this payment form."""

    name = "FORM_UNSUPPORTED"
    codes = (400,)
    sentence = "The application is too old for this payment form."
    hint = "Use a newer schema layer."


class FreshChangePhoneForbidden(KnownRpcError):
    """406 FRESH_CHANGE_PHONE_FORBIDDEN: A session younger than 24 hours may not change the phone number."""

    name = "FRESH_CHANGE_PHONE_FORBIDDEN"
    codes = (406,)
    sentence = "A session younger than 24 hours may not change the phone number."
    hint = "Wait until this session is a day old, or use an older one."


class FreshResetAuthorisationForbidden(KnownRpcError):
    """406 FRESH_RESET_AUTHORISATION_FORBIDDEN.

    A session younger than 24 hours may not end others or change such settings.
    """

    name = "FRESH_RESET_AUTHORISATION_FORBIDDEN"
    codes = (406,)
    sentence = "A session younger than 24 hours may not end others or change such settings."
    hint = "Wait until this session is a day old, or use an older one."


class FromMessageBotDisabled(KnownRpcError):
    """400 FROM_MESSAGE_BOT_DISABLED: A bot may not name a user by a message."""

    name = "FROM_MESSAGE_BOT_DISABLED"
    codes = (400,)
    sentence = "A bot may not name a user by a message."
    hint = "Use the user's id and access hash."


class FrozenMethodInvalid(KnownRpcError):
    """420 FROZEN_METHOD_INVALID: The account is frozen and may not do this."""

    name = "FROZEN_METHOD_INVALID"
    codes = (420,)
    sentence = "The account is frozen and may not do this."
    hint = "Nothing can be retried; the owner can appeal through @SpamBot."


class GiftMonthsInvalid(KnownRpcError):
    """400 GIFT_MONTHS_INVALID: The gift is not offered for this number of months."""

    name = "GIFT_MONTHS_INVALID"
    codes = (400,)
    sentence = "The gift is not offered for this number of months."
    hint = "Choose one of the offered durations."


class GiftStarsInvalid(KnownRpcError):
    """400 GIFT_STARS_INVALID: The gift is not offered for this number of stars."""

    name = "GIFT_STARS_INVALID"
    codes = (400,)
    sentence = "The gift is not offered for this number of stars."
    hint = "Choose one of the offered amounts."


class HashInvalid(KnownRpcError):
    """400 HASH_INVALID: The hash is not valid."""

    name = "HASH_INVALID"
    codes = (400,)
    sentence = "The hash is not valid."
    hint = "Get the hash again: from the link that was sent, or from the list of sessions."


class InputConstructorInvalid(RpcError):
    """400 INPUT_CONSTRUCTOR_INVALID_X: The request holds a constructor that the server does not know in this layer."""

    name = "INPUT_CONSTRUCTOR_INVALID_X"
    codes = (400,)
    sentence = "The request holds a constructor that the server does not know in this layer."
    hint = "Check that the layer that was announced is the one the request was encoded with."
    values = MappingProxyType({"number": int})

    def __init__(self, number: int | None = None, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(
            "INPUT_CONSTRUCTOR_INVALID" if number is None else f"INPUT_CONSTRUCTOR_INVALID_{number}_{number:x}",
            code=code,
            request=request,
        )
        self.number = number


class InputFetchError(RpcError):
    """400 INPUT_FETCH_ERROR_X: The server could not read the request."""

    name = "INPUT_FETCH_ERROR_X"
    codes = (400,)
    sentence = "The server could not read the request."
    hint = "Check that the layer that was announced is the one the request was encoded with."
    values = MappingProxyType({"value": int})

    def __init__(self, value: int | None = None, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(
            "INPUT_FETCH_ERROR" if value is None else f"INPUT_FETCH_ERROR_{value}",
            code=code,
            request=request,
        )
        self.value = value


class InputFetchFail(KnownRpcError):
    """400 INPUT_FETCH_FAIL: The server could not read the request."""

    name = "INPUT_FETCH_FAIL"
    codes = (400,)
    sentence = "The server could not read the request."
    hint = "Check that the layer that was announced is the one the request was encoded with."


class InputLayerInvalid(KnownRpcError):
    """400 INPUT_LAYER_INVALID: The server does not know this schema layer."""

    name = "INPUT_LAYER_INVALID"
    codes = (400,)
    sentence = "The server does not know this schema layer."
    hint = "Announce a layer that the server serves."


class InputMethodInvalid(RpcError):
    """400 INPUT_METHOD_INVALID_X: The server does not know this method in this layer."""

    name = "INPUT_METHOD_INVALID_X"
    codes = (400,)
    sentence = "The server does not know this method in this layer."
    hint = "Check that the layer that was announced is the one the request was encoded with."
    values = MappingProxyType({"number": int})

    def __init__(self, number: int | None = None, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(
            "INPUT_METHOD_INVALID" if number is None else f"INPUT_METHOD_INVALID_{number}_{number:x}",
            code=code,
            request=request,
        )
        self.number = number


class InputPurposeInvalid(KnownRpcError):
    """400 INPUT_PURPOSE_INVALID: The purpose of the purchase is not valid."""

    name = "INPUT_PURPOSE_INVALID"
    codes = (400,)
    sentence = "The purpose of the purchase is not valid."
    hint = "Take the purpose from the state that asked for the payment."


class InputRequestTooLong(KnownRpcError):
    """400 INPUT_REQUEST_TOO_LONG: The request is too long."""

    name = "INPUT_REQUEST_TOO_LONG"
    codes = (400,)
    sentence = "The request is too long."
    hint = "Send less in one request."


class IntegrityCheckClassic(RpcError):
    """403 INTEGRITY_CHECK_CLASSIC_X: The server wants proof from Google Play before it goes on."""

    name = "INTEGRITY_CHECK_CLASSIC_X"
    codes = (403,)
    sentence = "The server wants proof from Google Play before it goes on."
    hint = (
        "Obtain an integrity token for the nonce and send the same request inside "
        "invokeWithGooglePlayIntegrity. Only official applications can."
    )
    values = MappingProxyType({"nonce": str})

    def __init__(self, nonce: str, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"INTEGRITY_CHECK_CLASSIC_{nonce}", code=code, request=request)
        self.nonce = nonce


class InterdcCallError(RpcError):
    """500 INTERDC_X_CALL_ERROR: The servers could not reach data center {dc} for this request."""

    name = "INTERDC_X_CALL_ERROR"
    codes = (500,)
    sentence = "The servers could not reach data center {dc} for this request."
    hint = "Send the same request again after a pause of 1, 2, 4 ... seconds."
    values = MappingProxyType({"dc": int})

    def __init__(self, dc: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"INTERDC_{dc}_CALL_ERROR", code=code, request=request)
        self.dc = dc


class InterdcCallRichError(RpcError):
    """500 INTERDC_X_CALL_RICH_ERROR: The servers could not reach data center {dc} for this request."""

    name = "INTERDC_X_CALL_RICH_ERROR"
    codes = (500,)
    sentence = "The servers could not reach data center {dc} for this request."
    hint = "Send the same request again after a pause of 1, 2, 4 ... seconds."
    values = MappingProxyType({"dc": int})

    def __init__(self, dc: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"INTERDC_{dc}_CALL_RICH_ERROR", code=code, request=request)
        self.dc = dc


class InviteHashExpired(KnownRpcError):
    """406, 400 INVITE_HASH_EXPIRED: The invite link is too old."""

    name = "INVITE_HASH_EXPIRED"
    codes = (406, 400)
    sentence = "The invite link is too old."
    hint = "Ask for a new link."


class InvoiceInvalid(KnownRpcError):
    """400 INVOICE_INVALID: The invoice is not valid."""

    name = "INVOICE_INVALID"
    codes = (400,)
    sentence = "The invoice is not valid."
    hint = "Ask for the invoice again."


class LastnameInvalid(KnownRpcError):
    """400 LASTNAME_INVALID: The last name is not valid."""

    name = "LASTNAME_INVALID"
    codes = (400,)
    sentence = "The last name is not valid."
    hint = "Ask for a last name of at most 64 characters; it may be empty."


class MemberNoLocation(KnownRpcError):
    """500 MEMBER_NO_LOCATION: The server could not find where the user is kept."""

    name = "MEMBER_NO_LOCATION"
    codes = (500,)
    sentence = "The server could not find where the user is kept."
    hint = "Send the same request again later."


class MemberOccupyPrimaryLocFailed(KnownRpcError):
    """500 MEMBER_OCCUPY_PRIMARY_LOC_FAILED: The server could not create the account just now."""

    name = "MEMBER_OCCUPY_PRIMARY_LOC_FAILED"
    codes = (500,)
    sentence = "The server could not create the account just now."
    hint = "Try to sign up again later."


class MessageIdInvalid(KnownRpcError):
    """400 MESSAGE_ID_INVALID: The message is not valid."""

    name = "MESSAGE_ID_INVALID"
    codes = (400,)
    sentence = "The message is not valid."
    hint = "Use the id of a message that exists."


class MessageTooLong(KnownRpcError):
    """400 MESSAGE_TOO_LONG: The message is too long."""

    name = "MESSAGE_TOO_LONG"
    codes = (400,)
    sentence = "The message is too long."
    hint = "Shorten it."


class MethodInvalid(KnownRpcError):
    """400 METHOD_INVALID: The server does not know this method."""

    name = "METHOD_INVALID"
    codes = (400,)
    sentence = "The server does not know this method."
    hint = "Check the layer; the method may have been removed."


class MonthInvalid(KnownRpcError):
    """400 MONTH_INVALID: The number of months is not valid."""

    name = "MONTH_INVALID"
    codes = (400,)
    sentence = "The number of months is not valid."
    hint = "Choose one of the offered durations."


class MsgIdInvalid(KnownRpcError):
    """400 MSG_ID_INVALID: The message id is not valid."""

    name = "MSG_ID_INVALID"
    codes = (400,)
    sentence = "The message id is not valid."
    hint = "Use the id of a message that exists."


class MsgWaitFailed(KnownRpcError):
    """400, 500 MSG_WAIT_FAILED: The request that this one was to follow has failed."""

    name = "MSG_WAIT_FAILED"
    codes = (400, 500)
    sentence = "The request that this one was to follow has failed."
    hint = "See why the earlier request failed, then send both again."


class MsgWaitTimeout(KnownRpcError):
    """400 MSG_WAIT_TIMEOUT: The request that this one was to follow took too long."""

    name = "MSG_WAIT_TIMEOUT"
    codes = (400,)
    sentence = "The request that this one was to follow took too long."
    hint = "Send both again."


class MsgidDecreaseRetry(KnownRpcError):
    """500 MSGID_DECREASE_RETRY: The server took requests out of order."""

    name = "MSGID_DECREASE_RETRY"
    codes = (500,)
    sentence = "The server took requests out of order."
    hint = "Send the same request again."


class NeedMemberInvalid(KnownRpcError):
    """500 NEED_MEMBER_INVALID: The server could not find the user."""

    name = "NEED_MEMBER_INVALID"
    codes = (500,)
    sentence = "The server could not find the user."
    hint = "Send the same request again later."


class NetworkMigrate(RpcError):
    """303 NETWORK_MIGRATE_X: Logins from this network go to data center {dc}."""

    name = "NETWORK_MIGRATE_X"
    codes = (303,)
    sentence = "Logins from this network go to data center {dc}."
    hint = "Connect to that data center and send the same request there; remember it as the account's own."
    values = MappingProxyType({"dc": int})

    def __init__(self, dc: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"NETWORK_MIGRATE_{dc}", code=code, request=request)
        self.dc = dc


class NewSaltInvalid(KnownRpcError):
    """400 NEW_SALT_INVALID: The new salt of the password is not valid."""

    name = "NEW_SALT_INVALID"
    codes = (400,)
    sentence = "The new salt of the password is not valid."
    hint = "Take new_algo from account.getPassword and append 32 random bytes to its salt1."


class NewSettingsEmpty(KnownRpcError):
    """400 NEW_SETTINGS_EMPTY: The new password settings hold nothing."""

    name = "NEW_SETTINGS_EMPTY"
    codes = (400,)
    sentence = "The new password settings hold nothing."
    hint = "Give a new password, a hint or an e-mail address."


class NewSettingsInvalid(KnownRpcError):
    """400 NEW_SETTINGS_INVALID: The new password settings are not valid."""

    name = "NEW_SETTINGS_INVALID"
    codes = (400,)
    sentence = "The new password settings are not valid."
    hint = "Compute them afresh from account.getPassword; the hint must not be the password."


class NoPaymentNeeded(KnownRpcError):
    """400 NO_PAYMENT_NEEDED: There is nothing to pay."""

    name = "NO_PAYMENT_NEEDED"
    codes = (400,)
    sentence = "There is nothing to pay."
    hint = "Go on without a payment."


class OauthRequestInvalid(KnownRpcError):
    """500 OAUTH_REQUEST_INVALID: The login request of the website is not valid."""

    name = "OAUTH_REQUEST_INVALID"
    codes = (500,)
    sentence = "The login request of the website is not valid."
    hint = "Open the website's login again."


class PasskeyAlgoritmUnsupported(KnownRpcError):
    """400 PASSKEY_ALGORITM_UNSUPPORTED: The passkey uses an algorithm that the server does not accept."""

    name = "PASSKEY_ALGORITM_UNSUPPORTED"
    codes = (400,)
    sentence = "The passkey uses an algorithm that the server does not accept."
    hint = "Create the passkey with one of the algorithms in pubKeyCredParams of the options, or on another device."


class PasskeyChallengeExpired(KnownRpcError):
    """400 PASSKEY_CHALLENGE_EXPIRED: The passkey ceremony took too long."""

    name = "PASSKEY_CHALLENGE_EXPIRED"
    codes = (400,)
    sentence = "The passkey ceremony took too long."
    hint = "Request new options and perform the ceremony again."


class PasskeyOriginMismatch(KnownRpcError):
    """400 PASSKEY_ORIGIN_MISMATCH: The passkey belongs to another origin."""

    name = "PASSKEY_ORIGIN_MISMATCH"
    codes = (400,)
    sentence = "The passkey belongs to another origin."
    hint = "Passkeys of third-party applications need an origin that Telegram accepts; use another login method."


class PasswordEmpty(KnownRpcError):
    """400 PASSWORD_EMPTY: The account has no password."""

    name = "PASSWORD_EMPTY"
    codes = (400,)
    sentence = "The account has no password."
    hint = "Go on without a password."


class PasswordHashInvalid(KnownRpcError):
    """400 PASSWORD_HASH_INVALID: The password is wrong."""

    name = "PASSWORD_HASH_INVALID"
    codes = (400,)
    sentence = "The password is wrong."
    hint = "Ask for the password again; each try needs fresh parameters from account.getPassword."


class PasswordRecoveryExpired(KnownRpcError):
    """400 PASSWORD_RECOVERY_EXPIRED: The recovery code is too old."""

    name = "PASSWORD_RECOVERY_EXPIRED"
    codes = (400,)
    sentence = "The recovery code is too old."
    hint = "Have a new one mailed with auth.requestPasswordRecovery."


class PasswordRecoveryNa(KnownRpcError):
    """400 PASSWORD_RECOVERY_NA: The account has no recovery e-mail address."""

    name = "PASSWORD_RECOVERY_NA"
    codes = (400,)
    sentence = "The account has no recovery e-mail address."
    hint = "Enter the password, or reset it: account.resetPassword when logged in, account.deleteAccount when not."


class PasswordRequired(KnownRpcError):
    """400 PASSWORD_REQUIRED: This needs two-step verification."""

    name = "PASSWORD_REQUIRED"
    codes = (400,)
    sentence = "This needs two-step verification."
    hint = "Set a password first."


class PasswordTooFresh(RpcError):
    """400 PASSWORD_TOO_FRESH_X: The password was changed less than a day ago; this is possible in {seconds} seconds."""

    name = "PASSWORD_TOO_FRESH_X"
    codes = (400,)
    sentence = "The password was changed less than a day ago; this is possible in {seconds} seconds."
    hint = "Wait that long and try again."
    values = MappingProxyType({"seconds": int})

    def __init__(self, seconds: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"PASSWORD_TOO_FRESH_{seconds}", code=code, request=request)
        self.seconds = seconds


class PaymentCredentialsInvalid(KnownRpcError):
    """400 PAYMENT_CREDENTIALS_INVALID: The payment details were not accepted."""

    name = "PAYMENT_CREDENTIALS_INVALID"
    codes = (400,)
    sentence = "The payment details were not accepted."
    hint = "Ask for the payment details again."


class PeerIdInvalid(KnownRpcError):
    """400, 403, 406 PEER_ID_INVALID: The chat or user is not valid."""

    name = "PEER_ID_INVALID"
    codes = (400, 403, 406)
    sentence = "The chat or user is not valid."
    hint = "Resolve it again and use its current access hash."


class PhoneCodeEmpty(KnownRpcError):
    """400 PHONE_CODE_EMPTY: The code is missing."""

    name = "PHONE_CODE_EMPTY"
    codes = (400,)
    sentence = "The code is missing."
    hint = "Ask for the code and send it."


class PhoneCodeExpired(KnownRpcError):
    """400 PHONE_CODE_EXPIRED: The code is too old."""

    name = "PHONE_CODE_EXPIRED"
    codes = (400,)
    sentence = "The code is too old."
    hint = "Have a new code sent; the old phone_code_hash is of no use any more."


class PhoneCodeHashEmpty(KnownRpcError):
    """400 PHONE_CODE_HASH_EMPTY: The phone_code_hash is missing."""

    name = "PHONE_CODE_HASH_EMPTY"
    codes = (400,)
    sentence = "The phone_code_hash is missing."
    hint = "Have a new code sent and keep the phone_code_hash that comes with it."


class PhoneCodeInvalid(KnownRpcError):
    """400 PHONE_CODE_INVALID: The code is wrong."""

    name = "PHONE_CODE_INVALID"
    codes = (400,)
    sentence = "The code is wrong."
    hint = "Ask for the code again."


class PhoneHashExpired(KnownRpcError):
    """400 PHONE_HASH_EXPIRED: The phone_code_hash is too old."""

    name = "PHONE_HASH_EXPIRED"
    codes = (400,)
    sentence = "The phone_code_hash is too old."
    hint = "Have a new code sent."


class PhoneMigrate(RpcError):
    """303 PHONE_MIGRATE_X: The phone number belongs to data center {dc}."""

    name = "PHONE_MIGRATE_X"
    codes = (303,)
    sentence = "The phone number belongs to data center {dc}."
    hint = "Connect to that data center and send the same request there; remember it as the account's own."
    values = MappingProxyType({"dc": int})

    def __init__(self, dc: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"PHONE_MIGRATE_{dc}", code=code, request=request)
        self.dc = dc


class PhoneNumberAppSignupForbidden(KnownRpcError):
    """400 PHONE_NUMBER_APP_SIGNUP_FORBIDDEN: This api_id may not create accounts."""

    name = "PHONE_NUMBER_APP_SIGNUP_FORBIDDEN"
    codes = (400,)
    sentence = "This api_id may not create accounts."
    hint = "Sign up with an official application first, then log in here."


class PhoneNumberBanned(KnownRpcError):
    """400 PHONE_NUMBER_BANNED: The phone number is banned from Telegram."""

    name = "PHONE_NUMBER_BANNED"
    codes = (400,)
    sentence = "The phone number is banned from Telegram."
    hint = "Use another number; for this one only recover@telegram.org can help."


class PhoneNumberFlood(KnownRpcError):
    """400 PHONE_NUMBER_FLOOD: Too many codes were asked for with this number."""

    name = "PHONE_NUMBER_FLOOD"
    codes = (400,)
    sentence = "Too many codes were asked for with this number."
    hint = "Wait some hours before the next try."


class PhoneNumberInvalid(KnownRpcError):
    """406, 400 PHONE_NUMBER_INVALID: The phone number is not valid."""

    name = "PHONE_NUMBER_INVALID"
    codes = (406, 400)
    sentence = "The phone number is not valid."
    hint = "Ask for the number again, in the international format with its country code."


class PhoneNumberOccupied(KnownRpcError):
    """400 PHONE_NUMBER_OCCUPIED: The phone number has an account already."""

    name = "PHONE_NUMBER_OCCUPIED"
    codes = (400,)
    sentence = "The phone number has an account already."
    hint = "When signing up: sign in instead. When changing the number: choose another one."


class PhoneNumberUnoccupied(KnownRpcError):
    """400 PHONE_NUMBER_UNOCCUPIED: The phone number has no account yet."""

    name = "PHONE_NUMBER_UNOCCUPIED"
    codes = (400,)
    sentence = "The phone number has no account yet."
    hint = "Go on to sign up."


class PhonePasswordFlood(KnownRpcError):
    """406 PHONE_PASSWORD_FLOOD: Too many logins were tried with this number."""

    name = "PHONE_PASSWORD_FLOOD"
    codes = (406,)
    sentence = "Too many logins were tried with this number."
    hint = "Wait some hours before the next try."


class PhonePasswordProtected(KnownRpcError):
    """400 PHONE_PASSWORD_PROTECTED: The number is protected by a password."""

    name = "PHONE_PASSWORD_PROTECTED"
    codes = (400,)
    sentence = "The number is protected by a password."
    hint = "This cannot be answered here; log in with an official application."


class PremiumCurrentlyUnavailable(KnownRpcError):
    """406 PREMIUM_CURRENTLY_UNAVAILABLE: Telegram Premium cannot be bought just now."""

    name = "PREMIUM_CURRENTLY_UNAVAILABLE"
    codes = (406,)
    sentence = "Telegram Premium cannot be bought just now."
    hint = "Try again later, or use another payment method."


class PremiumPurposeInvalid(KnownRpcError):
    """400 PREMIUM_PURPOSE_INVALID: The purpose of the purchase is not valid."""

    name = "PREMIUM_PURPOSE_INVALID"
    codes = (400,)
    sentence = "The purpose of the purchase is not valid."
    hint = "Take the purpose from the state that asked for the payment."


class PremiumSubActiveUntil(RpcError):
    """420 PREMIUM_SUB_ACTIVE_UNTIL_X: The account has Telegram Premium already, until Unix time {unix_time}."""

    name = "PREMIUM_SUB_ACTIVE_UNTIL_X"
    codes = (420,)
    sentence = "The account has Telegram Premium already, until Unix time {unix_time}."
    hint = "Use the gift code after that time, or give it away."
    values = MappingProxyType({"unix_time": int})

    def __init__(self, unix_time: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"PREMIUM_SUB_ACTIVE_UNTIL_{unix_time}", code=code, request=request)
        self.unix_time = unix_time


class PreviousChatImportActiveWait(RpcError):
    """406 PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_XMIN.

    Another import into this chat is in progress; the next may begin in {minutes} minutes.
    """

    name = "PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_XMIN"
    codes = (406,)
    sentence = "Another import into this chat is in progress; the next may begin in {minutes} minutes."
    hint = "Wait that long and try again."
    values = MappingProxyType({"minutes": int})

    def __init__(self, minutes: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_{minutes}MIN", code=code, request=request)
        self.minutes = minutes


class PublicKeyRequired(KnownRpcError):
    """400 PUBLIC_KEY_REQUIRED: The public key is missing."""

    name = "PUBLIC_KEY_REQUIRED"
    codes = (400,)
    sentence = "The public key is missing."
    hint = "Pass on the public key of the service that asks."


class RecaptchaCheck(RpcError):
    """403 RECAPTCHA_CHECK_X__Y: The server wants a solved reCAPTCHA before it goes on."""

    name = "RECAPTCHA_CHECK_X__Y"
    codes = (403,)
    sentence = "The server wants a solved reCAPTCHA before it goes on."
    hint = (
        "Solve the reCAPTCHA for the action and key and send the same request inside invokeWithReCaptcha. "
        "Only official mobile applications can."
    )
    values = MappingProxyType({"action": str, "key_id": str})

    def __init__(self, action: str, key_id: str, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"RECAPTCHA_CHECK_{action}__{key_id}", code=code, request=request)
        self.action = action
        self.key_id = key_id


class ReceiptEmpty(KnownRpcError):
    """400 RECEIPT_EMPTY: The receipt of the purchase is missing."""

    name = "RECEIPT_EMPTY"
    codes = (400,)
    sentence = "The receipt of the purchase is missing."
    hint = "Send the receipt that the shop gave."


class RegIdGenerateFailed(KnownRpcError):
    """500 REG_ID_GENERATE_FAILED: The server could not create the account just now."""

    name = "REG_ID_GENERATE_FAILED"
    codes = (500,)
    sentence = "The server could not create the account just now."
    hint = "Try to sign up again later."


class ResetRequestMissing(KnownRpcError):
    """400 RESET_REQUEST_MISSING: No password reset is pending."""

    name = "RESET_REQUEST_MISSING"
    codes = (400,)
    sentence = "No password reset is pending."
    hint = "There is nothing to decline."


class RpcCallFail(KnownRpcError):
    """500 RPC_CALL_FAIL: The servers had a fault."""

    name = "RPC_CALL_FAIL"
    codes = (500,)
    sentence = "The servers had a fault."
    hint = "Send the same request again after a pause of 1, 2, 4 ... seconds."


class RpcMcgetFail(KnownRpcError):
    """500 RPC_MCGET_FAIL: The servers had a fault."""

    name = "RPC_MCGET_FAIL"
    codes = (500,)
    sentence = "The servers had a fault."
    hint = "Send the same request again after a pause of 1, 2, 4 ... seconds."


class SecureSecretRequired(KnownRpcError):
    """400 SECURE_SECRET_REQUIRED: Telegram Passport has no secret yet."""

    name = "SECURE_SECRET_REQUIRED"
    codes = (400,)
    sentence = "Telegram Passport has no secret yet."
    hint = "Set up the Passport secret together with the password first."


class SendCodeUnavailable(KnownRpcError):
    """406 SEND_CODE_UNAVAILABLE: Every delivery method for the code was already used."""

    name = "SEND_CODE_UNAVAILABLE"
    codes = (406,)
    sentence = "Every delivery method for the code was already used."
    hint = "Enter the code that was sent; another one is not to be had."


class SessionExpired(KnownRpcError):
    """401 SESSION_EXPIRED: The session has expired."""

    name = "SESSION_EXPIRED"
    codes = (401,)
    sentence = "The session has expired."
    hint = "Delete the saved key and log in again."
    authorization_lost = True


class SessionPasswordNeeded(KnownRpcError):
    """401 SESSION_PASSWORD_NEEDED: The account has two-step verification."""

    name = "SESSION_PASSWORD_NEEDED"
    codes = (401,)
    sentence = "The account has two-step verification."
    hint = "Ask for the password and send auth.checkPassword. This is a step of the login, not a failure."


class SessionRevoked(KnownRpcError):
    """401 SESSION_REVOKED: The session was ended from another device."""

    name = "SESSION_REVOKED"
    codes = (401,)
    sentence = "The session was ended from another device."
    hint = "Delete the saved key and log in again."
    authorization_lost = True


class SessionTooFresh(RpcError):
    """400 SESSION_TOO_FRESH_X: The session is less than a day old; this is possible in {seconds} seconds."""

    name = "SESSION_TOO_FRESH_X"
    codes = (400,)
    sentence = "The session is less than a day old; this is possible in {seconds} seconds."
    hint = "Wait that long and try again, or use an older session."
    values = MappingProxyType({"seconds": int})

    def __init__(self, seconds: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"SESSION_TOO_FRESH_{seconds}", code=code, request=request)
        self.seconds = seconds


class SignInFailed(KnownRpcError):
    """500 SIGN_IN_FAILED: The server could not complete the login."""

    name = "SIGN_IN_FAILED"
    codes = (500,)
    sentence = "The server could not complete the login."
    hint = "Start the login from its first request, at most a few times."


class SlowmodeWait(RpcError):
    """420 SLOWMODE_WAIT_X: The chat is in slow mode: the next message may be sent in {seconds} seconds."""

    name = "SLOWMODE_WAIT_X"
    codes = (420,)
    sentence = "The chat is in slow mode: the next message may be sent in {seconds} seconds."
    hint = "Wait that long and send again."
    values = MappingProxyType({"seconds": int})

    def __init__(self, seconds: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"SLOWMODE_WAIT_{seconds}", code=code, request=request)
        self.seconds = seconds


class SlugInvalid(KnownRpcError):
    """400 SLUG_INVALID: The link is not valid."""

    name = "SLUG_INVALID"
    codes = (400,)
    sentence = "The link is not valid."
    hint = "Check the link."


class SmsCodeCreateFailed(KnownRpcError):
    """400 SMS_CODE_CREATE_FAILED: The server could not send the SMS."""

    name = "SMS_CODE_CREATE_FAILED"
    codes = (400,)
    sentence = "The server could not send the SMS."
    hint = "Try again later."


class SrpAInvalid(KnownRpcError):
    """400 SRP_A_INVALID: The public value A of the password check is not valid."""

    name = "SRP_A_INVALID"
    codes = (400,)
    sentence = "The public value A of the password check is not valid."
    hint = "Compute the check again from fresh parameters."


class SrpIdInvalid(KnownRpcError):
    """400 SRP_ID_INVALID: The parameters of the password check were used already, or are too old."""

    name = "SRP_ID_INVALID"
    codes = (400,)
    sentence = "The parameters of the password check were used already, or are too old."
    hint = "Fetch account.getPassword again and compute the check again; the user need not type again."


class SrpPasswordChanged(KnownRpcError):
    """400 SRP_PASSWORD_CHANGED: The password was changed in the meantime."""

    name = "SRP_PASSWORD_CHANGED"
    codes = (400,)
    sentence = "The password was changed in the meantime."
    hint = "Fetch account.getPassword again and compute the check afresh."


class StargiftAlreadyConverted(KnownRpcError):
    """400 STARGIFT_ALREADY_CONVERTED: The gift was turned into stars already."""

    name = "STARGIFT_ALREADY_CONVERTED"
    codes = (400,)
    sentence = "The gift was turned into stars already."
    hint = "Nothing is to be done."


class StargiftAlreadyRefunded(KnownRpcError):
    """400 STARGIFT_ALREADY_REFUNDED: The gift was refunded already."""

    name = "STARGIFT_ALREADY_REFUNDED"
    codes = (400,)
    sentence = "The gift was refunded already."
    hint = "Nothing is to be done."


class StargiftAlreadyUpgraded(KnownRpcError):
    """400 STARGIFT_ALREADY_UPGRADED: The gift was upgraded already."""

    name = "STARGIFT_ALREADY_UPGRADED"
    codes = (400,)
    sentence = "The gift was upgraded already."
    hint = "Nothing is to be done."


class StargiftExportInProgress(KnownRpcError):
    """406 STARGIFT_EXPORT_IN_PROGRESS: The gift is being exported."""

    name = "STARGIFT_EXPORT_IN_PROGRESS"
    codes = (406,)
    sentence = "The gift is being exported."
    hint = "Wait until the export is over."


class StargiftInvalid(KnownRpcError):
    """400 STARGIFT_INVALID: The gift is not valid."""

    name = "STARGIFT_INVALID"
    codes = (400,)
    sentence = "The gift is not valid."
    hint = "Fetch the list of gifts again."


class StargiftMessageInvalid(KnownRpcError):
    """400, 406 STARGIFT_MESSAGE_INVALID: The message with the gift is not valid."""

    name = "STARGIFT_MESSAGE_INVALID"
    codes = (400, 406)
    sentence = "The message with the gift is not valid."
    hint = "Use the id of a message that holds a gift."


class StargiftNotFound(KnownRpcError):
    """400 STARGIFT_NOT_FOUND: The gift was not found."""

    name = "STARGIFT_NOT_FOUND"
    codes = (400,)
    sentence = "The gift was not found."
    hint = "Fetch the list of gifts again."


class StargiftNotOwner(KnownRpcError):
    """400 STARGIFT_NOT_OWNER: The gift belongs to another user."""

    name = "STARGIFT_NOT_OWNER"
    codes = (400,)
    sentence = "The gift belongs to another user."
    hint = "Choose a gift of your own."


class StargiftNotUnique(KnownRpcError):
    """400 STARGIFT_NOT_UNIQUE: The gift is not a unique one."""

    name = "STARGIFT_NOT_UNIQUE"
    codes = (400,)
    sentence = "The gift is not a unique one."
    hint = "Upgrade the gift first."


class StargiftOwnerInvalid(KnownRpcError):
    """400 STARGIFT_OWNER_INVALID: The owner of the gift is not valid."""

    name = "STARGIFT_OWNER_INVALID"
    codes = (400,)
    sentence = "The owner of the gift is not valid."
    hint = "Resolve the owner again."


class StargiftPeerInvalid(KnownRpcError):
    """400 STARGIFT_PEER_INVALID: The chat of the gift is not valid."""

    name = "STARGIFT_PEER_INVALID"
    codes = (400,)
    sentence = "The chat of the gift is not valid."
    hint = "Resolve the chat again."


class StargiftResellCurrencyNotAllowed(KnownRpcError):
    """400 STARGIFT_RESELL_CURRENCY_NOT_ALLOWED: The gift is not sold in this currency."""

    name = "STARGIFT_RESELL_CURRENCY_NOT_ALLOWED"
    codes = (400,)
    sentence = "The gift is not sold in this currency."
    hint = "Choose the currency that the seller takes."


class StargiftResellTooEarly(RpcError):
    """400 STARGIFT_RESELL_TOO_EARLY_X: The gift may be sold on in {seconds} seconds."""

    name = "STARGIFT_RESELL_TOO_EARLY_X"
    codes = (400,)
    sentence = "The gift may be sold on in {seconds} seconds."
    hint = "Wait that long and try again."
    values = MappingProxyType({"seconds": int})

    def __init__(self, seconds: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"STARGIFT_RESELL_TOO_EARLY_{seconds}", code=code, request=request)
        self.seconds = seconds


class StargiftSlugInvalid(KnownRpcError):
    """400 STARGIFT_SLUG_INVALID: The link to the gift is not valid."""

    name = "STARGIFT_SLUG_INVALID"
    codes = (400,)
    sentence = "The link to the gift is not valid."
    hint = "Check the link."


class StargiftTransferTooEarly(RpcError):
    """400 STARGIFT_TRANSFER_TOO_EARLY_X: The gift may be given on in {seconds} seconds."""

    name = "STARGIFT_TRANSFER_TOO_EARLY_X"
    codes = (400,)
    sentence = "The gift may be given on in {seconds} seconds."
    hint = "Wait that long and try again."
    values = MappingProxyType({"seconds": int})

    def __init__(self, seconds: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"STARGIFT_TRANSFER_TOO_EARLY_{seconds}", code=code, request=request)
        self.seconds = seconds


class StargiftUpgradeUnavailable(KnownRpcError):
    """400 STARGIFT_UPGRADE_UNAVAILABLE: The gift cannot be upgraded."""

    name = "STARGIFT_UPGRADE_UNAVAILABLE"
    codes = (400,)
    sentence = "The gift cannot be upgraded."
    hint = "Choose another gift."


class StarsFormAmountMismatch(KnownRpcError):
    """406, 400 STARS_FORM_AMOUNT_MISMATCH: The price has changed in the meantime."""

    name = "STARS_FORM_AMOUNT_MISMATCH"
    codes = (406, 400)
    sentence = "The price has changed in the meantime."
    hint = "Fetch the payment form again."


class StatsMigrate(RpcError):
    """303 STATS_MIGRATE_X: The statistics are kept in data center {dc}."""

    name = "STATS_MIGRATE_X"
    codes = (303,)
    sentence = "The statistics are kept in data center {dc}."
    hint = "Export the authorization to that data center and send the request there; the account stays where it is."
    values = MappingProxyType({"dc": int})

    def __init__(self, dc: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"STATS_MIGRATE_{dc}", code=code, request=request)
        self.dc = dc


class TakeoutInitDelay(RpcError):
    """420 TAKEOUT_INIT_DELAY_X: The export of the account's data may begin in {seconds} seconds."""

    name = "TAKEOUT_INIT_DELAY_X"
    codes = (420,)
    sentence = "The export of the account's data may begin in {seconds} seconds."
    hint = "Confirm the export on another device, or wait that long and try again."
    values = MappingProxyType({"seconds": int})

    def __init__(self, seconds: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"TAKEOUT_INIT_DELAY_{seconds}", code=code, request=request)
        self.seconds = seconds


class TakeoutRequired(KnownRpcError):
    """403, 400 TAKEOUT_REQUIRED: This works only within an export of the account's data."""

    name = "TAKEOUT_REQUIRED"
    codes = (403, 400)
    sentence = "This works only within an export of the account's data."
    hint = "Begin with account.initTakeoutSession."


class TaskAlreadyExists(KnownRpcError):
    """400 TASK_ALREADY_EXISTS: The reset of the login e-mail address was already requested."""

    name = "TASK_ALREADY_EXISTS"
    codes = (400,)
    sentence = "The reset of the login e-mail address was already requested."
    hint = "Wait until the date of the reset, or use the code from the e-mail."


class TempAuthKeyAlreadyBound(KnownRpcError):
    """400 TEMP_AUTH_KEY_ALREADY_BOUND: The temporary key is bound to another permanent key."""

    name = "TEMP_AUTH_KEY_ALREADY_BOUND"
    codes = (400,)
    sentence = "The temporary key is bound to another permanent key."
    hint = "Drop the temporary key and make a new one."


class TempAuthKeyEmpty(KnownRpcError):
    """400 TEMP_AUTH_KEY_EMPTY: The request was not sent over a temporary key."""

    name = "TEMP_AUTH_KEY_EMPTY"
    codes = (400,)
    sentence = "The request was not sent over a temporary key."
    hint = "Send auth.bindTempAuthKey over the temporary key that it names."


class Timeout(KnownRpcError):
    """500, 503, -503 TIMEOUT: The servers took too long."""

    name = "TIMEOUT"
    codes = (500, 503, -503)
    sentence = "The servers took too long."
    hint = "Send the same request again after a pause of 1, 2, 4 ... seconds."


class TmpPasswordDisabled(KnownRpcError):
    """400 TMP_PASSWORD_DISABLED: Temporary passwords are switched off for this account."""

    name = "TMP_PASSWORD_DISABLED"
    codes = (400,)
    sentence = "Temporary passwords are switched off for this account."
    hint = "Enter the password for each payment."


class TmpPasswordInvalid(KnownRpcError):
    """400 TMP_PASSWORD_INVALID: The temporary password is not valid, or no longer."""

    name = "TMP_PASSWORD_INVALID"
    codes = (400,)
    sentence = "The temporary password is not valid, or no longer."
    hint = "Get a new one with account.getTmpPassword."


class ToIdInvalid(KnownRpcError):
    """400 TO_ID_INVALID: The recipient is not valid."""

    name = "TO_ID_INVALID"
    codes = (400,)
    sentence = "The recipient is not valid."
    hint = "Resolve the recipient again."


class TokenEmpty(KnownRpcError):
    """400 TOKEN_EMPTY: The device token is missing."""

    name = "TOKEN_EMPTY"
    codes = (400,)
    sentence = "The device token is missing."
    hint = "Send the token of the push service."


class TokenInvalid(KnownRpcError):
    """400 TOKEN_INVALID: The device token is not valid."""

    name = "TOKEN_INVALID"
    codes = (400,)
    sentence = "The device token is not valid."
    hint = "Get a new token from the push service."


class TokenTypeInvalid(KnownRpcError):
    """400 TOKEN_TYPE_INVALID: The kind of device token is not valid."""

    name = "TOKEN_TYPE_INVALID"
    codes = (400,)
    sentence = "The kind of device token is not valid."
    hint = "Choose the kind that matches the push service."


class TtlDaysInvalid(KnownRpcError):
    """400 TTL_DAYS_INVALID: The number of days is not valid."""

    name = "TTL_DAYS_INVALID"
    codes = (400,)
    sentence = "The number of days is not valid."
    hint = "Choose a number of days that Telegram offers."


class TwoFactorConfirmWait(RpcError):
    """420 2FA_CONFIRM_WAIT_X.

    The account is in use and has two-step verification, so it is deleted only after {seconds} seconds.
    """

    name = "2FA_CONFIRM_WAIT_X"
    codes = (420,)
    sentence = "The account is in use and has two-step verification, so it is deleted only after {seconds} seconds."
    hint = (
        "Wait: the deletion is pending. The user can stop it with the link that was sent to the other "
        "sessions, or enter the password instead."
    )
    values = MappingProxyType({"seconds": int})

    def __init__(self, seconds: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"2FA_CONFIRM_WAIT_{seconds}", code=code, request=request)
        self.seconds = seconds


class UntilDateInvalid(KnownRpcError):
    """400 UNTIL_DATE_INVALID: The end date is not valid."""

    name = "UNTIL_DATE_INVALID"
    codes = (400,)
    sentence = "The end date is not valid."
    hint = "Choose a date in the future."


class UpdateAppToLogin(KnownRpcError):
    """406 UPDATE_APP_TO_LOGIN: The application is too old to log in."""

    name = "UPDATE_APP_TO_LOGIN"
    codes = (406,)
    sentence = "The application is too old to log in."
    hint = "Use a newer schema layer. No user can repair this."


class UrlExpired(KnownRpcError):
    """400 URL_EXPIRED: The link is too old."""

    name = "URL_EXPIRED"
    codes = (400,)
    sentence = "The link is too old."
    hint = "Open the website's login again."


class UrlInvalid(KnownRpcError):
    """400 URL_INVALID: The link is not valid."""

    name = "URL_INVALID"
    codes = (400,)
    sentence = "The link is not valid."
    hint = "Check the link."


class UserBannedInChannel(KnownRpcError):
    """400, 403 USER_BANNED_IN_CHANNEL: The account may not write in groups and channels."""

    name = "USER_BANNED_IN_CHANNEL"
    codes = (400, 403)
    sentence = "The account may not write in groups and channels."
    hint = "The owner can ask @SpamBot why."


class UserBotRequired(KnownRpcError):
    """400 USER_BOT_REQUIRED: Only a bot may call this method."""

    name = "USER_BOT_REQUIRED"
    codes = (400,)
    sentence = "Only a bot may call this method."
    hint = "Log in with a bot token for this method."


class UserDeactivated(KnownRpcError):
    """401 USER_DEACTIVATED: The account was deleted."""

    name = "USER_DEACTIVATED"
    codes = (401,)
    sentence = "The account was deleted."
    hint = "Delete the saved key. A new account can be created with the number."
    authorization_lost = True


class UserDeactivatedBan(KnownRpcError):
    """401 USER_DEACTIVATED_BAN: The account was banned."""

    name = "USER_DEACTIVATED_BAN"
    codes = (401,)
    sentence = "The account was banned."
    hint = "Delete the saved key. Only recover@telegram.org can help."
    authorization_lost = True


class UserDisallowedStargifts(KnownRpcError):
    """403 USER_DISALLOWED_STARGIFTS: The user takes no gifts of this kind."""

    name = "USER_DISALLOWED_STARGIFTS"
    codes = (403,)
    sentence = "The user takes no gifts of this kind."
    hint = "Choose another gift."


class UserIdInvalid(KnownRpcError):
    """400 USER_ID_INVALID: The user is not valid."""

    name = "USER_ID_INVALID"
    codes = (400,)
    sentence = "The user is not valid."
    hint = "Export the authorization again, or resolve the user again."


class UserMigrate(RpcError):
    """303 USER_MIGRATE_X: The account is kept in data center {dc}."""

    name = "USER_MIGRATE_X"
    codes = (303,)
    sentence = "The account is kept in data center {dc}."
    hint = "Connect to that data center and send the same request there; remember it as the account's own."
    values = MappingProxyType({"dc": int})

    def __init__(self, dc: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"USER_MIGRATE_{dc}", code=code, request=request)
        self.dc = dc


class UserPrivacyRestricted(KnownRpcError):
    """403 USER_PRIVACY_RESTRICTED: The user's privacy settings forbid this."""

    name = "USER_PRIVACY_RESTRICTED"
    codes = (403,)
    sentence = "The user's privacy settings forbid this."
    hint = "Nothing can be retried."


class UsernameInvalid(KnownRpcError):
    """400 USERNAME_INVALID: The user name is not valid."""

    name = "USERNAME_INVALID"
    codes = (400,)
    sentence = "The user name is not valid."
    hint = "Ask for another one."


class WebauthTokenExpired(KnownRpcError):
    """400 WEBAUTH_TOKEN_EXPIRED: The web token is too old."""

    name = "WEBAUTH_TOKEN_EXPIRED"
    codes = (400,)
    sentence = "The web token is too old."
    hint = "Get a new token from the web application."


class WebpushAuthInvalid(KnownRpcError):
    """400 WEBPUSH_AUTH_INVALID: The auth secret of the web push is not valid."""

    name = "WEBPUSH_AUTH_INVALID"
    codes = (400,)
    sentence = "The auth secret of the web push is not valid."
    hint = "Take the subscription afresh from the browser."


class WebpushKeyInvalid(KnownRpcError):
    """400 WEBPUSH_KEY_INVALID: The key of the web push is not valid."""

    name = "WEBPUSH_KEY_INVALID"
    codes = (400,)
    sentence = "The key of the web push is not valid."
    hint = "Take the subscription afresh from the browser."


class WebpushTokenInvalid(KnownRpcError):
    """400 WEBPUSH_TOKEN_INVALID: The endpoint of the web push is not valid."""

    name = "WEBPUSH_TOKEN_INVALID"
    codes = (400,)
    sentence = "The endpoint of the web push is not valid."
    hint = "Take the subscription afresh from the browser."


class WorkerBusyTooLongRetry(KnownRpcError):
    """500 WORKER_BUSY_TOO_LONG_RETRY: The servers are busy."""

    name = "WORKER_BUSY_TOO_LONG_RETRY"
    codes = (500,)
    sentence = "The servers are busy."
    hint = "Send the same request again after a second."
