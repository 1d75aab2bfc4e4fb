"""The errors that several namespaces raise, or no known one.

Generated from schema/errors.json by `python -m sansio_tl_transports.codegen.errors`; do not edit.
"""

from __future__ import annotations

from types import MappingProxyType

from sansio_tl.errors.rpc import KnownRpcError, RpcError

__all__ = [
    "AdExpired",
    "AddressInvalid",
    "AdminRightsEmpty",
    "AiComposeTaskMissing",
    "AicomposeErrorOccured",
    "AicomposeFloodPremium",
    "AicomposeToneInvalid",
    "AicomposeToneTitleInvalid",
    "AnonymousOpenInvalid",
    "AnonymousReactionsDisabled",
    "AnswerMediaTypeInvalid",
    "ApiCallError",
    "AttachMediaEmpty",
    "AttachMediaTypeInvalid",
    "BalanceTooLow",
    "BankCardNumberInvalid",
    "BasePortLocInvalid",
    "BirthdayAlready",
    "BirthdayInvalid",
    "BoostNotModified",
    "BoostsEmpty",
    "BoostsRequired",
    "BotAlreadyDisabled",
    "BotAppBotInvalid",
    "BotAppShortnameInvalid",
    "BotBusinessMissing",
    "BotCommandDescriptionInvalid",
    "BotCommandInvalid",
    "BotCommandsTooMuch",
    "BotCreateLimitExceeded",
    "BotFallbackUnsupported",
    "BotForumCreateForbidden",
    "BotGamesDisabled",
    "BotGroupsBlocked",
    "BotGuardNotSupported",
    "BotIdInvalid",
    "BotNotConnectedYet",
    "BotOwnerRequired",
    "BotPollsDisabled",
    "BotPrecheckoutFailed",
    "BotVerifierForbidden",
    "BotWebviewDisabled",
    "BroadcastCallsDisabled",
    "BroadcastRequired",
    "BusinessAddressActive",
    "BusinessBotMissing",
    "BusinessPeerInvalid",
    "BusinessPeerUsageMissing",
    "BusinessRecipientsEmpty",
    "BusinessRecipientsInvalid",
    "BusinessWorkHoursEmpty",
    "BusinessWorkHoursPeriodInvalid",
    "ButtonCopyTextInvalid",
    "ButtonIdInvalid",
    "ButtonInvalid",
    "ButtonPosInvalid",
    "ButtonTextInvalid",
    "ButtonUrlInvalid",
    "ButtonUserInvalid",
    "CallNotActive",
    "CallProtocolCompatLayerInvalid",
    "CallProtocolLayerInvalid",
    "ChannelAddInvalid",
    "ChannelBanned",
    "ChannelPublicGroupNa",
    "ChannelsTooMuch",
    "ChargeAlreadyRefunded",
    "ChargeIdEmpty",
    "ChargeIdInvalid",
    "ChargeNotFound",
    "ChatAboutNotModified",
    "ChatAboutTooLong",
    "ChatActionForbidden",
    "ChatAdminRequired",
    "ChatForbidden",
    "ChatGetFailed",
    "ChatIdInvalid",
    "ChatInvalid",
    "ChatMemberAddFailed",
    "ChatNotModified",
    "ChatOccupyLocFailed",
    "ChatOccupyUsernameFailed",
    "ChatSendRoundvideosForbidden",
    "ChatSendWebpageForbidden",
    "ChatTitleEmpty",
    "ChatTypeInvalid",
    "ChatlinkSlugEmpty",
    "ChatlinkSlugExpired",
    "ChatlinksTooMuch",
    "ChatlistExcludeInvalid",
    "ChatlistsTooMuch",
    "ChpBadEvent",
    "ChpCallFail",
    "CollectibleInvalid",
    "CollectibleNotFound",
    "CollectionIdInvalid",
    "ColorInvalid",
    "ConnectionIdInvalid",
    "ConnectionSystemLangCodeEmpty",
    "ContactMissing",
    "CurrencyTotalAmountInvalid",
    "CustomReactionsTooMany",
    "DataHashSizeInvalid",
    "DateEmpty",
    "DeleteAnswerForbidden",
    "DocumentInvalid",
    "EditMessageTempRestricted",
    "EffectChatInvalid",
    "EffectIdInvalid",
    "EmailCodeEmpty",
    "EncryptionOccupyAdminFailed",
    "EncryptionOccupyFailed",
    "EntityBoundsInvalid",
    "EntityDateFormatInvalid",
    "EntityDateInvalid",
    "EntityDateTooLong",
    "ExpireForbidden",
    "ExtendedMediaAmountInvalid",
    "ExtendedMediaEmpty",
    "ExtendedMediaInvalid",
    "ExtendedMediaPeerInvalid",
    "ExtendedMediaTypeInvalid",
    "FeatureDisabled",
    "FieldNameEmpty",
    "FieldNameInvalid",
    "FilePartEmpty",
    "FilePartMissing",
    "FilePartTooSmall",
    "FilePartsInvalid",
    "FileReferenceEmpty",
    "FileReferenceExpired",
    "FileReferenceInvalid",
    "FileWriteFailed",
    "FilterIdInvalid",
    "FilterIncludeTooMuch",
    "FilterNotSupported",
    "FloodskipNotAllowed",
    "FolderDeacAutofixAll",
    "FolderIdEmpty",
    "FolderIdInvalid",
    "FormExpired",
    "FormIdEmpty",
    "FormIdExpired",
    "FormSubmitDuplicate",
    "ForumEnabled",
    "FrozenParticipantMissing",
    "FutureCreatorNone",
    "GeneralModifyIconForbidden",
    "GiftSlugExpired",
    "GiftSlugInvalid",
    "GiftcodeNotAllowed",
    "GraphExpiredReload",
    "GraphInvalidReload",
    "GraphOutdatedReload",
    "GroupCallInvalid",
    "GroupcallAddParticipantsFailed",
    "GroupcallChangeForbidden",
    "GroupcallForbidden",
    "GroupedIdOccupyFailed",
    "HashSizeInvalid",
    "HashtagInvalid",
    "HistoryGetFailed",
    "IdExpired",
    "IdInvalid",
    "ImageEngineDown",
    "ImageProcessFailed",
    "ImportFormatDateInvalid",
    "ImportHistoryLogEmpty",
    "InputChatlistInvalid",
    "InputFileInvalid",
    "InputPeersEmpty",
    "InputStarsAmountInvalid",
    "InputStarsNanosInvalid",
    "InputTextTooLong",
    "InputUserDeactivated",
    "InvalidMsgResendReqQuery",
    "InvalidMsgsAckQuery",
    "InvalidMsgsStateReqQuery",
    "InviteHashEmpty",
    "InviteHashInvalid",
    "InviteRequestSent",
    "InviteSlugEmpty",
    "InviteSlugExpired",
    "InviteSlugInvalid",
    "InvitesTooMuch",
    "InvoicePayloadInvalid",
    "LangCodeInvalid",
    "LangCodeNotSupported",
    "LangPackInvalid",
    "LanguageInvalid",
    "LimitPerPostInvalid",
    "LiveDisabled",
    "LocationInvalid",
    "ManagerInvalid",
    "ManagerPermissionMissing",
    "MediaAlreadyPaid",
    "MediaFileInvalid",
    "MediaInvalid",
    "MediaTtlInvalid",
    "MediaTypeInvalid",
    "MediaVideoStoryMissing",
    "MegagroupGeoRequired",
    "MegagroupRequired",
    "MemberFetchFailed",
    "MemberOccupyUsernameFailed",
    "MessageDeleteForbidden",
    "MessageEmpty",
    "MessageIdsEmpty",
    "MessageNotReadYet",
    "MessageRequired",
    "MessageTooOld",
    "MonoforumFilterInvalid",
    "MsgRangeUnsync",
    "MsgVoiceMissing",
    "MsgVoiceTooLong",
    "MtSendQueueTooLong",
    "MtprotoClusterInvalid",
    "NameInvalid",
    "NeedActionMissing",
    "NeedChatInvalid",
    "NoWorkersRunning",
    "NogeneralHideForbidden",
    "NotAllowed",
    "NotEligible",
    "NotJoined",
    "PackTypeInvalid",
    "ParentPeerInvalid",
    "ParticipantCallFailed",
    "PasskeyCredentialNotFound",
    "PaymentProviderInvalid",
    "PaymentRequired",
    "PeerFlood",
    "PeerTypesInvalid",
    "PeersListEmpty",
    "PersistentTimestampEmpty",
    "PersistentTimestampInvalid",
    "PersistentTimestampOutdated",
    "PhotoCreateFailed",
    "PhotoCropSizeSmall",
    "PhotoExtInvalid",
    "PhotoInvalid",
    "PhotoThumbUrlInvalid",
    "PinnedDialogsTooMuch",
    "PinnedTooMuch",
    "PinnedTopicNotModified",
    "PlatformInvalid",
    "PollCountryRestricted",
    "PollMemberRestricted",
    "PollUnsupported",
    "PostponedTimeout",
    "PrecheckoutFailed",
    "PremiumGiftcodeWasRefunded",
    "PricingChatInvalid",
    "PrivacyPremiumRequired",
    "PtsChangeEmpty",
    "PublicBroadcastExpected",
    "PublicKeyInvalid",
    "PurposeInvalid",
    "QueryIdInvalid",
    "QuickRepliesBotNotAllowed",
    "QuickRepliesTooMuch",
    "QuoteTextInvalid",
    "RaiseHandForbidden",
    "RandomIdDuplicate",
    "RandomIdExpired",
    "RangesInvalid",
    "RankInvalid",
    "ReactionsCountInvalid",
    "ReflectorNotAvailable",
    "ReplyMarkupGameEmpty",
    "ReplyMessageIdInvalid",
    "ReplyMessagesTooMuch",
    "ReplyToInvalid",
    "ReplyToMonoforumPeerInvalid",
    "ReplyToUserInvalid",
    "RequestMsgExpired",
    "RequestTokenInvalid",
    "ResellStarsTooFew",
    "ResellStarsTooMuch",
    "RichMessageUnsupported",
    "RightsNotModified",
    "RingtoneInvalid",
    "RingtoneMimeInvalid",
    "RpcConnectFailed",
    "RpcSendFail",
    "SavedDialogsUnsupported",
    "SavedIdEmpty",
    "SavedPeerInvalid",
    "ScheduleDateInvalid",
    "SearchQueryEmpty",
    "SelfDeleteRestricted",
    "SendMediaInvalid",
    "SendMessageGameInvalid",
    "ShortcutInvalid",
    "ShortnameOccupyFailed",
    "SlotsEmpty",
    "SmsjobIdInvalid",
    "SolutionMediaEmpty",
    "SolutionMediaTypeInvalid",
    "StargiftAlreadyBurned",
    "StargiftAlreadyTransferred",
    "StargiftAttributeInvalid",
    "StargiftConvertBotNotAllowed",
    "StargiftConvertTooOld",
    "StargiftExportUnavailable",
    "StargiftObjectInvalid",
    "StargiftOfferInvalid",
    "StargiftOfferNotAllowed",
    "StargiftResellNotAllowed",
    "StargiftUsageLimited",
    "StargiftUserUsageLimited",
    "StarrefAwaitingEnd",
    "StarrefExpired",
    "StarrefHashRevoked",
    "StarrefMonthsTooLow",
    "StarrefPermilleInvalid",
    "StarrefPermilleTooLow",
    "StarsAmountInvalid",
    "StarsInvoiceInvalid",
    "StarsPaymentRequired",
    "StickersetInvalid",
    "StickersetNotModified",
    "StorageCheckFailed",
    "StorageChooseVolumeFailed",
    "StorageKeyRequired",
    "StoreInvalidScalarType",
    "StoriesNeverCreated",
    "StoriesTooMuch",
    "StoryIdEmpty",
    "StoryIdInvalid",
    "StoryLiveAlready",
    "StoryNotModified",
    "StoryPeriodInvalid",
    "StoryPublicMissing",
    "StorySendFlood",
    "StorySendFloodMonthly",
    "StorySendFloodWeekly",
    "SubscriptionExportMissing",
    "SubscriptionIdInvalid",
    "SubscriptionNotModified",
    "SubscriptionPeriodInvalid",
    "SuggestedPostAmountInvalid",
    "SuggestedPostPeerInvalid",
    "SwitchWebviewUrlInvalid",
    "TakeoutInvalid",
    "TermsUrlInvalid",
    "TextdraftPeerInvalid",
    "ThemeParamsInvalid",
    "ThemeSlugInvalid",
    "TimezoneInvalid",
    "TodoItemDuplicate",
    "TodoItemsEmpty",
    "TodoItemsTooMuch",
    "TodoNotModified",
    "TokenSecretInvalid",
    "TopicCloseSeparately",
    "TopicHideSeparately",
    "TopicIdInvalid",
    "TopicTitleEmpty",
    "TopicsEmpty",
    "TransactionIdInvalid",
    "TranslateReqFailed",
    "TranslateReqQuotaExceeded",
    "TranslationsDisabled",
    "TranslationsDisabledAlt",
    "TypeConstructorInvalid",
    "UnknownError",
    "UnknownMethod",
    "Unsupported",
    "UploadNoVolume",
    "UserAlreadyParticipant",
    "UserBotInvalid",
    "UserBotToBotDisabled",
    "UserChannelsTooMuch",
    "UserGiftUnavailable",
    "UserHandleMismatch",
    "UserInvalid",
    "UserIsBlocked",
    "UserNotMutualContact",
    "UserNotParticipant",
    "UserPermissionDenied",
    "UserPublicMissing",
    "UserRestricted",
    "UserRightsMissing",
    "UsernameNotModified",
    "UsernameOccupied",
    "UsernamePurchaseAvailable",
    "UsernameSuffixMissing",
    "UsernamesActiveTooMuch",
    "UsersTooMuch",
    "VenueIdInvalid",
    "VideoDurationInvalid",
    "VideoPauseForbidden",
    "VideoStopForbidden",
    "VolumeLocNotFound",
    "WallpaperInvalid",
    "WallpaperNotFound",
    "WebappReqIdInvalid",
    "WebdocumentUrlEmpty",
    "WebpageNotFound",
    "WebpageUrlInvalid",
    "WpIdGenerateFailed",
    "YourPrivacyRestricted",
]


class AdExpired(KnownRpcError):
    """400 AD_EXPIRED: Expired: ad."""

    name = "AD_EXPIRED"
    codes = (400,)


class AddressInvalid(KnownRpcError):
    """400, 420 ADDRESS_INVALID: Not valid: address."""

    name = "ADDRESS_INVALID"
    codes = (400, 420)


class AdminRightsEmpty(KnownRpcError):
    """400 ADMIN_RIGHTS_EMPTY: Missing: admin rights."""

    name = "ADMIN_RIGHTS_EMPTY"
    codes = (400,)


class AiComposeTaskMissing(KnownRpcError):
    """400 AI_COMPOSE_TASK_MISSING: Missing: ai compose task."""

    name = "AI_COMPOSE_TASK_MISSING"
    codes = (400,)


class AicomposeErrorOccured(KnownRpcError):
    """406 AICOMPOSE_ERROR_OCCURED: Error of the server: aicompose error occured."""

    name = "AICOMPOSE_ERROR_OCCURED"
    codes = (406,)


class AicomposeFloodPremium(KnownRpcError):
    """400 AICOMPOSE_FLOOD_PREMIUM: Error of the server: aicompose flood premium."""

    name = "AICOMPOSE_FLOOD_PREMIUM"
    codes = (400,)


class AicomposeToneInvalid(KnownRpcError):
    """400 AICOMPOSE_TONE_INVALID: Not valid: aicompose tone."""

    name = "AICOMPOSE_TONE_INVALID"
    codes = (400,)


class AicomposeToneTitleInvalid(KnownRpcError):
    """400 AICOMPOSE_TONE_TITLE_INVALID: Not valid: aicompose tone title."""

    name = "AICOMPOSE_TONE_TITLE_INVALID"
    codes = (400,)


class AnonymousOpenInvalid(KnownRpcError):
    """400 ANONYMOUS_OPEN_INVALID: Not valid: anonymous open."""

    name = "ANONYMOUS_OPEN_INVALID"
    codes = (400,)


class AnonymousReactionsDisabled(KnownRpcError):
    """403 ANONYMOUS_REACTIONS_DISABLED: Switched off: anonymous reactions."""

    name = "ANONYMOUS_REACTIONS_DISABLED"
    codes = (403,)


class AnswerMediaTypeInvalid(RpcError):
    """400 ANSWER_X_MEDIA_TYPE_INVALID: Not valid: answer media type."""

    name = "ANSWER_X_MEDIA_TYPE_INVALID"
    codes = (400,)
    values = MappingProxyType({"index": int})

    def __init__(self, index: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"ANSWER_{index}_MEDIA_TYPE_INVALID", code=code, request=request)
        self.index = index


class ApiCallError(KnownRpcError):
    """500, 503 API_CALL_ERROR: Error of the server: api call error."""

    name = "API_CALL_ERROR"
    codes = (500, 503)


class AttachMediaEmpty(KnownRpcError):
    """400 ATTACH_MEDIA_EMPTY: Missing: attach media."""

    name = "ATTACH_MEDIA_EMPTY"
    codes = (400,)


class AttachMediaTypeInvalid(KnownRpcError):
    """400 ATTACH_MEDIA_TYPE_INVALID: Not valid: attach media type."""

    name = "ATTACH_MEDIA_TYPE_INVALID"
    codes = (400,)


class BalanceTooLow(KnownRpcError):
    """400 BALANCE_TOO_LOW: Error of the server: balance too low."""

    name = "BALANCE_TOO_LOW"
    codes = (400,)


class BankCardNumberInvalid(KnownRpcError):
    """400 BANK_CARD_NUMBER_INVALID: Not valid: bank card number."""

    name = "BANK_CARD_NUMBER_INVALID"
    codes = (400,)


class BasePortLocInvalid(KnownRpcError):
    """400 BASE_PORT_LOC_INVALID: Not valid: base port loc."""

    name = "BASE_PORT_LOC_INVALID"
    codes = (400,)


class BirthdayAlready(KnownRpcError):
    """400 BIRTHDAY_ALREADY: Error of the server: birthday already."""

    name = "BIRTHDAY_ALREADY"
    codes = (400,)


class BirthdayInvalid(KnownRpcError):
    """400 BIRTHDAY_INVALID: Not valid: birthday."""

    name = "BIRTHDAY_INVALID"
    codes = (400,)


class BoostNotModified(KnownRpcError):
    """400 BOOST_NOT_MODIFIED: Nothing would change: boost."""

    name = "BOOST_NOT_MODIFIED"
    codes = (400,)


class BoostsEmpty(KnownRpcError):
    """400 BOOSTS_EMPTY: Missing: boosts."""

    name = "BOOSTS_EMPTY"
    codes = (400,)


class BoostsRequired(KnownRpcError):
    """400 BOOSTS_REQUIRED: Required: boosts."""

    name = "BOOSTS_REQUIRED"
    codes = (400,)


class BotAlreadyDisabled(KnownRpcError):
    """400 BOT_ALREADY_DISABLED: Switched off: bot already."""

    name = "BOT_ALREADY_DISABLED"
    codes = (400,)


class BotAppBotInvalid(KnownRpcError):
    """400 BOT_APP_BOT_INVALID: Not valid: bot app bot."""

    name = "BOT_APP_BOT_INVALID"
    codes = (400,)


class BotAppShortnameInvalid(KnownRpcError):
    """400 BOT_APP_SHORTNAME_INVALID: Not valid: bot app shortname."""

    name = "BOT_APP_SHORTNAME_INVALID"
    codes = (400,)


class BotBusinessMissing(KnownRpcError):
    """400 BOT_BUSINESS_MISSING: Missing: bot business."""

    name = "BOT_BUSINESS_MISSING"
    codes = (400,)


class BotCommandDescriptionInvalid(KnownRpcError):
    """400 BOT_COMMAND_DESCRIPTION_INVALID: Not valid: bot command description."""

    name = "BOT_COMMAND_DESCRIPTION_INVALID"
    codes = (400,)


class BotCommandInvalid(KnownRpcError):
    """400 BOT_COMMAND_INVALID: Not valid: bot command."""

    name = "BOT_COMMAND_INVALID"
    codes = (400,)


class BotCommandsTooMuch(KnownRpcError):
    """400 BOT_COMMANDS_TOO_MUCH: Too many: bot commands."""

    name = "BOT_COMMANDS_TOO_MUCH"
    codes = (400,)


class BotCreateLimitExceeded(KnownRpcError):
    """400 BOT_CREATE_LIMIT_EXCEEDED: Error of the server: bot create limit exceeded."""

    name = "BOT_CREATE_LIMIT_EXCEEDED"
    codes = (400,)


class BotFallbackUnsupported(KnownRpcError):
    """400 BOT_FALLBACK_UNSUPPORTED: Not supported: bot fallback."""

    name = "BOT_FALLBACK_UNSUPPORTED"
    codes = (400,)


class BotForumCreateForbidden(KnownRpcError):
    """403 BOT_FORUM_CREATE_FORBIDDEN: Forbidden: bot forum create."""

    name = "BOT_FORUM_CREATE_FORBIDDEN"
    codes = (403,)


class BotGamesDisabled(KnownRpcError):
    """400 BOT_GAMES_DISABLED: Switched off: bot games."""

    name = "BOT_GAMES_DISABLED"
    codes = (400,)


class BotGroupsBlocked(KnownRpcError):
    """400 BOT_GROUPS_BLOCKED: Error of the server: bot groups blocked."""

    name = "BOT_GROUPS_BLOCKED"
    codes = (400,)


class BotGuardNotSupported(KnownRpcError):
    """403 BOT_GUARD_NOT_SUPPORTED: Not supported: bot guard."""

    name = "BOT_GUARD_NOT_SUPPORTED"
    codes = (403,)


class BotIdInvalid(KnownRpcError):
    """400 BOT_ID_INVALID: Not valid: bot id."""

    name = "BOT_ID_INVALID"
    codes = (400,)


class BotNotConnectedYet(KnownRpcError):
    """400 BOT_NOT_CONNECTED_YET: Error of the server: bot not connected yet."""

    name = "BOT_NOT_CONNECTED_YET"
    codes = (400,)


class BotOwnerRequired(KnownRpcError):
    """403 BOT_OWNER_REQUIRED: Required: bot owner."""

    name = "BOT_OWNER_REQUIRED"
    codes = (403,)


class BotPollsDisabled(KnownRpcError):
    """400 BOT_POLLS_DISABLED: Switched off: bot polls."""

    name = "BOT_POLLS_DISABLED"
    codes = (400,)


class BotPrecheckoutFailed(KnownRpcError):
    """406 BOT_PRECHECKOUT_FAILED: The servers failed at: bot precheckout."""

    name = "BOT_PRECHECKOUT_FAILED"
    codes = (406,)


class BotVerifierForbidden(KnownRpcError):
    """403 BOT_VERIFIER_FORBIDDEN: Forbidden: bot verifier."""

    name = "BOT_VERIFIER_FORBIDDEN"
    codes = (403,)


class BotWebviewDisabled(KnownRpcError):
    """400 BOT_WEBVIEW_DISABLED: Switched off: bot webview."""

    name = "BOT_WEBVIEW_DISABLED"
    codes = (400,)


class BroadcastCallsDisabled(KnownRpcError):
    """400 BROADCAST_CALLS_DISABLED: Switched off: broadcast calls."""

    name = "BROADCAST_CALLS_DISABLED"
    codes = (400,)


class BroadcastRequired(KnownRpcError):
    """400 BROADCAST_REQUIRED: Required: broadcast."""

    name = "BROADCAST_REQUIRED"
    codes = (400,)


class BusinessAddressActive(KnownRpcError):
    """406 BUSINESS_ADDRESS_ACTIVE: Error of the server: business address active."""

    name = "BUSINESS_ADDRESS_ACTIVE"
    codes = (406,)


class BusinessBotMissing(KnownRpcError):
    """400 BUSINESS_BOT_MISSING: Missing: business bot."""

    name = "BUSINESS_BOT_MISSING"
    codes = (400,)


class BusinessPeerInvalid(KnownRpcError):
    """400 BUSINESS_PEER_INVALID: Not valid: business peer."""

    name = "BUSINESS_PEER_INVALID"
    codes = (400,)


class BusinessPeerUsageMissing(KnownRpcError):
    """400 BUSINESS_PEER_USAGE_MISSING: Missing: business peer usage."""

    name = "BUSINESS_PEER_USAGE_MISSING"
    codes = (400,)


class BusinessRecipientsEmpty(KnownRpcError):
    """400 BUSINESS_RECIPIENTS_EMPTY: Missing: business recipients."""

    name = "BUSINESS_RECIPIENTS_EMPTY"
    codes = (400,)


class BusinessRecipientsInvalid(KnownRpcError):
    """400 BUSINESS_RECIPIENTS_INVALID: Not valid: business recipients."""

    name = "BUSINESS_RECIPIENTS_INVALID"
    codes = (400,)


class BusinessWorkHoursEmpty(KnownRpcError):
    """400 BUSINESS_WORK_HOURS_EMPTY: Missing: business work hours."""

    name = "BUSINESS_WORK_HOURS_EMPTY"
    codes = (400,)


class BusinessWorkHoursPeriodInvalid(KnownRpcError):
    """400 BUSINESS_WORK_HOURS_PERIOD_INVALID: Not valid: business work hours period."""

    name = "BUSINESS_WORK_HOURS_PERIOD_INVALID"
    codes = (400,)


class ButtonCopyTextInvalid(KnownRpcError):
    """400 BUTTON_COPY_TEXT_INVALID: Not valid: button copy text."""

    name = "BUTTON_COPY_TEXT_INVALID"
    codes = (400,)


class ButtonIdInvalid(KnownRpcError):
    """400 BUTTON_ID_INVALID: Not valid: button id."""

    name = "BUTTON_ID_INVALID"
    codes = (400,)


class ButtonInvalid(KnownRpcError):
    """400 BUTTON_INVALID: Not valid: button."""

    name = "BUTTON_INVALID"
    codes = (400,)


class ButtonPosInvalid(KnownRpcError):
    """400 BUTTON_POS_INVALID: Not valid: button pos."""

    name = "BUTTON_POS_INVALID"
    codes = (400,)


class ButtonTextInvalid(KnownRpcError):
    """400 BUTTON_TEXT_INVALID: Not valid: button text."""

    name = "BUTTON_TEXT_INVALID"
    codes = (400,)


class ButtonUrlInvalid(KnownRpcError):
    """400 BUTTON_URL_INVALID: Not valid: button url."""

    name = "BUTTON_URL_INVALID"
    codes = (400,)


class ButtonUserInvalid(KnownRpcError):
    """400 BUTTON_USER_INVALID: Not valid: button user."""

    name = "BUTTON_USER_INVALID"
    codes = (400,)


class CallNotActive(KnownRpcError):
    """400 CALL_NOT_ACTIVE: Error of the server: call not active."""

    name = "CALL_NOT_ACTIVE"
    codes = (400,)


class CallProtocolCompatLayerInvalid(KnownRpcError):
    """406 CALL_PROTOCOL_COMPAT_LAYER_INVALID: Not valid: call protocol compat layer."""

    name = "CALL_PROTOCOL_COMPAT_LAYER_INVALID"
    codes = (406,)


class CallProtocolLayerInvalid(KnownRpcError):
    """400 CALL_PROTOCOL_LAYER_INVALID: Not valid: call protocol layer."""

    name = "CALL_PROTOCOL_LAYER_INVALID"
    codes = (400,)


class ChannelAddInvalid(KnownRpcError):
    """400 CHANNEL_ADD_INVALID: Not valid: channel add."""

    name = "CHANNEL_ADD_INVALID"
    codes = (400,)


class ChannelBanned(KnownRpcError):
    """400 CHANNEL_BANNED: Error of the server: channel banned."""

    name = "CHANNEL_BANNED"
    codes = (400,)


class ChannelPublicGroupNa(KnownRpcError):
    """403 CHANNEL_PUBLIC_GROUP_NA: Error of the server: channel public group na."""

    name = "CHANNEL_PUBLIC_GROUP_NA"
    codes = (403,)


class ChannelsTooMuch(KnownRpcError):
    """400 CHANNELS_TOO_MUCH: Too many: channels."""

    name = "CHANNELS_TOO_MUCH"
    codes = (400,)


class ChargeAlreadyRefunded(KnownRpcError):
    """400 CHARGE_ALREADY_REFUNDED: Error of the server: charge already refunded."""

    name = "CHARGE_ALREADY_REFUNDED"
    codes = (400,)


class ChargeIdEmpty(KnownRpcError):
    """400 CHARGE_ID_EMPTY: Missing: charge id."""

    name = "CHARGE_ID_EMPTY"
    codes = (400,)


class ChargeIdInvalid(KnownRpcError):
    """400 CHARGE_ID_INVALID: Not valid: charge id."""

    name = "CHARGE_ID_INVALID"
    codes = (400,)


class ChargeNotFound(KnownRpcError):
    """400 CHARGE_NOT_FOUND: Not found: charge."""

    name = "CHARGE_NOT_FOUND"
    codes = (400,)


class ChatAboutNotModified(KnownRpcError):
    """400 CHAT_ABOUT_NOT_MODIFIED: Nothing would change: chat about."""

    name = "CHAT_ABOUT_NOT_MODIFIED"
    codes = (400,)


class ChatAboutTooLong(KnownRpcError):
    """400 CHAT_ABOUT_TOO_LONG: Too long: chat about."""

    name = "CHAT_ABOUT_TOO_LONG"
    codes = (400,)


class ChatActionForbidden(KnownRpcError):
    """403 CHAT_ACTION_FORBIDDEN: Forbidden: chat action."""

    name = "CHAT_ACTION_FORBIDDEN"
    codes = (403,)


class ChatAdminRequired(KnownRpcError):
    """400, 403 CHAT_ADMIN_REQUIRED: Required: chat admin."""

    name = "CHAT_ADMIN_REQUIRED"
    codes = (400, 403)


class ChatForbidden(KnownRpcError):
    """403 CHAT_FORBIDDEN: Forbidden: chat."""

    name = "CHAT_FORBIDDEN"
    codes = (403,)


class ChatGetFailed(KnownRpcError):
    """500 CHAT_GET_FAILED: The servers failed at: chat get."""

    name = "CHAT_GET_FAILED"
    codes = (500,)


class ChatIdInvalid(KnownRpcError):
    """400 CHAT_ID_INVALID: Not valid: chat id."""

    name = "CHAT_ID_INVALID"
    codes = (400,)


class ChatInvalid(KnownRpcError):
    """400, 500 CHAT_INVALID: Not valid: chat."""

    name = "CHAT_INVALID"
    codes = (400, 500)


class ChatMemberAddFailed(KnownRpcError):
    """400 CHAT_MEMBER_ADD_FAILED: The servers failed at: chat member add."""

    name = "CHAT_MEMBER_ADD_FAILED"
    codes = (400,)


class ChatNotModified(KnownRpcError):
    """400 CHAT_NOT_MODIFIED: Nothing would change: chat."""

    name = "CHAT_NOT_MODIFIED"
    codes = (400,)


class ChatOccupyLocFailed(KnownRpcError):
    """500 CHAT_OCCUPY_LOC_FAILED: The servers failed at: chat occupy loc."""

    name = "CHAT_OCCUPY_LOC_FAILED"
    codes = (500,)


class ChatOccupyUsernameFailed(KnownRpcError):
    """500 CHAT_OCCUPY_USERNAME_FAILED: The servers failed at: chat occupy username."""

    name = "CHAT_OCCUPY_USERNAME_FAILED"
    codes = (500,)


class ChatSendRoundvideosForbidden(KnownRpcError):
    """403 CHAT_SEND_ROUNDVIDEOS_FORBIDDEN: Forbidden: chat send roundvideos."""

    name = "CHAT_SEND_ROUNDVIDEOS_FORBIDDEN"
    codes = (403,)


class ChatSendWebpageForbidden(KnownRpcError):
    """403 CHAT_SEND_WEBPAGE_FORBIDDEN: Forbidden: chat send webpage."""

    name = "CHAT_SEND_WEBPAGE_FORBIDDEN"
    codes = (403,)


class ChatTitleEmpty(KnownRpcError):
    """400 CHAT_TITLE_EMPTY: Missing: chat title."""

    name = "CHAT_TITLE_EMPTY"
    codes = (400,)


class ChatTypeInvalid(KnownRpcError):
    """403 CHAT_TYPE_INVALID: Not valid: chat type."""

    name = "CHAT_TYPE_INVALID"
    codes = (403,)


class ChatlinkSlugEmpty(KnownRpcError):
    """400 CHATLINK_SLUG_EMPTY: Missing: chatlink slug."""

    name = "CHATLINK_SLUG_EMPTY"
    codes = (400,)


class ChatlinkSlugExpired(KnownRpcError):
    """400 CHATLINK_SLUG_EXPIRED: Expired: chatlink slug."""

    name = "CHATLINK_SLUG_EXPIRED"
    codes = (400,)


class ChatlinksTooMuch(KnownRpcError):
    """400 CHATLINKS_TOO_MUCH: Too many: chatlinks."""

    name = "CHATLINKS_TOO_MUCH"
    codes = (400,)


class ChatlistExcludeInvalid(KnownRpcError):
    """400 CHATLIST_EXCLUDE_INVALID: Not valid: chatlist exclude."""

    name = "CHATLIST_EXCLUDE_INVALID"
    codes = (400,)


class ChatlistsTooMuch(KnownRpcError):
    """400 CHATLISTS_TOO_MUCH: Too many: chatlists."""

    name = "CHATLISTS_TOO_MUCH"
    codes = (400,)


class ChpBadEvent(KnownRpcError):
    """500 CHP_BAD_EVENT: Error of the server: chp bad event."""

    name = "CHP_BAD_EVENT"
    codes = (500,)


class ChpCallFail(KnownRpcError):
    """500 CHP_CALL_FAIL: Error of the server: chp call fail."""

    name = "CHP_CALL_FAIL"
    codes = (500,)


class CollectibleInvalid(KnownRpcError):
    """400 COLLECTIBLE_INVALID: Not valid: collectible."""

    name = "COLLECTIBLE_INVALID"
    codes = (400,)


class CollectibleNotFound(KnownRpcError):
    """400 COLLECTIBLE_NOT_FOUND: Not found: collectible."""

    name = "COLLECTIBLE_NOT_FOUND"
    codes = (400,)


class CollectionIdInvalid(KnownRpcError):
    """400 COLLECTION_ID_INVALID: Not valid: collection id."""

    name = "COLLECTION_ID_INVALID"
    codes = (400,)


class ColorInvalid(KnownRpcError):
    """400 COLOR_INVALID: Not valid: color."""

    name = "COLOR_INVALID"
    codes = (400,)


class ConnectionIdInvalid(KnownRpcError):
    """400 CONNECTION_ID_INVALID: Not valid: connection id."""

    name = "CONNECTION_ID_INVALID"
    codes = (400,)


class ConnectionSystemLangCodeEmpty(KnownRpcError):
    """400 CONNECTION_SYSTEM_LANG_CODE_EMPTY: Missing: connection system lang code."""

    name = "CONNECTION_SYSTEM_LANG_CODE_EMPTY"
    codes = (400,)


class ContactMissing(KnownRpcError):
    """400 CONTACT_MISSING: Missing: contact."""

    name = "CONTACT_MISSING"
    codes = (400,)


class CurrencyTotalAmountInvalid(KnownRpcError):
    """400 CURRENCY_TOTAL_AMOUNT_INVALID: Not valid: currency total amount."""

    name = "CURRENCY_TOTAL_AMOUNT_INVALID"
    codes = (400,)


class CustomReactionsTooMany(KnownRpcError):
    """400 CUSTOM_REACTIONS_TOO_MANY: Too many: custom reactions."""

    name = "CUSTOM_REACTIONS_TOO_MANY"
    codes = (400,)


class DataHashSizeInvalid(KnownRpcError):
    """400 DATA_HASH_SIZE_INVALID: Not valid: data hash size."""

    name = "DATA_HASH_SIZE_INVALID"
    codes = (400,)


class DateEmpty(KnownRpcError):
    """400 DATE_EMPTY: Missing: date."""

    name = "DATE_EMPTY"
    codes = (400,)


class DeleteAnswerForbidden(KnownRpcError):
    """400 DELETE_ANSWER_FORBIDDEN: Forbidden: delete answer."""

    name = "DELETE_ANSWER_FORBIDDEN"
    codes = (400,)


class DocumentInvalid(KnownRpcError):
    """400 DOCUMENT_INVALID: Not valid: document."""

    name = "DOCUMENT_INVALID"
    codes = (400,)


class EditMessageTempRestricted(KnownRpcError):
    """406 EDIT_MESSAGE_TEMP_RESTRICTED: Error of the server: edit message temp restricted."""

    name = "EDIT_MESSAGE_TEMP_RESTRICTED"
    codes = (406,)


class EffectChatInvalid(KnownRpcError):
    """400 EFFECT_CHAT_INVALID: Not valid: effect chat."""

    name = "EFFECT_CHAT_INVALID"
    codes = (400,)


class EffectIdInvalid(KnownRpcError):
    """400 EFFECT_ID_INVALID: Not valid: effect id."""

    name = "EFFECT_ID_INVALID"
    codes = (400,)


class EmailCodeEmpty(KnownRpcError):
    """400 EMAIL_CODE_EMPTY: Missing: email code."""

    name = "EMAIL_CODE_EMPTY"
    codes = (400,)


class EncryptionOccupyAdminFailed(KnownRpcError):
    """500 ENCRYPTION_OCCUPY_ADMIN_FAILED: The servers failed at: encryption occupy admin."""

    name = "ENCRYPTION_OCCUPY_ADMIN_FAILED"
    codes = (500,)


class EncryptionOccupyFailed(KnownRpcError):
    """500 ENCRYPTION_OCCUPY_FAILED: The servers failed at: encryption occupy."""

    name = "ENCRYPTION_OCCUPY_FAILED"
    codes = (500,)


class EntityBoundsInvalid(KnownRpcError):
    """400 ENTITY_BOUNDS_INVALID: Not valid: entity bounds."""

    name = "ENTITY_BOUNDS_INVALID"
    codes = (400,)


class EntityDateFormatInvalid(KnownRpcError):
    """400 ENTITY_DATE_FORMAT_INVALID: Not valid: entity date format."""

    name = "ENTITY_DATE_FORMAT_INVALID"
    codes = (400,)


class EntityDateInvalid(KnownRpcError):
    """400 ENTITY_DATE_INVALID: Not valid: entity date."""

    name = "ENTITY_DATE_INVALID"
    codes = (400,)


class EntityDateTooLong(KnownRpcError):
    """400 ENTITY_DATE_TOO_LONG: Too long: entity date."""

    name = "ENTITY_DATE_TOO_LONG"
    codes = (400,)


class ExpireForbidden(KnownRpcError):
    """400 EXPIRE_FORBIDDEN: Forbidden: expire."""

    name = "EXPIRE_FORBIDDEN"
    codes = (400,)


class ExtendedMediaAmountInvalid(KnownRpcError):
    """400 EXTENDED_MEDIA_AMOUNT_INVALID: Not valid: extended media amount."""

    name = "EXTENDED_MEDIA_AMOUNT_INVALID"
    codes = (400,)


class ExtendedMediaEmpty(KnownRpcError):
    """400 EXTENDED_MEDIA_EMPTY: Missing: extended media."""

    name = "EXTENDED_MEDIA_EMPTY"
    codes = (400,)


class ExtendedMediaInvalid(KnownRpcError):
    """400 EXTENDED_MEDIA_INVALID: Not valid: extended media."""

    name = "EXTENDED_MEDIA_INVALID"
    codes = (400,)


class ExtendedMediaPeerInvalid(KnownRpcError):
    """400 EXTENDED_MEDIA_PEER_INVALID: Not valid: extended media peer."""

    name = "EXTENDED_MEDIA_PEER_INVALID"
    codes = (400,)


class ExtendedMediaTypeInvalid(KnownRpcError):
    """400 EXTENDED_MEDIA_TYPE_INVALID: Not valid: extended media type."""

    name = "EXTENDED_MEDIA_TYPE_INVALID"
    codes = (400,)


class FeatureDisabled(KnownRpcError):
    """400 FEATURE_DISABLED: Switched off: feature."""

    name = "FEATURE_DISABLED"
    codes = (400,)


class FieldNameEmpty(KnownRpcError):
    """400 FIELD_NAME_EMPTY: Missing: field name."""

    name = "FIELD_NAME_EMPTY"
    codes = (400,)


class FieldNameInvalid(KnownRpcError):
    """400 FIELD_NAME_INVALID: Not valid: field name."""

    name = "FIELD_NAME_INVALID"
    codes = (400,)


class FilePartEmpty(KnownRpcError):
    """400 FILE_PART_EMPTY: Missing: file part."""

    name = "FILE_PART_EMPTY"
    codes = (400,)


class FilePartMissing(RpcError):
    """400 FILE_PART_X_MISSING: Missing: file part."""

    name = "FILE_PART_X_MISSING"
    codes = (400,)
    values = MappingProxyType({"part": int})

    def __init__(self, part: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"FILE_PART_{part}_MISSING", code=code, request=request)
        self.part = part


class FilePartTooSmall(KnownRpcError):
    """400 FILE_PART_TOO_SMALL: Too small: file part."""

    name = "FILE_PART_TOO_SMALL"
    codes = (400,)


class FilePartsInvalid(KnownRpcError):
    """400 FILE_PARTS_INVALID: Not valid: file parts."""

    name = "FILE_PARTS_INVALID"
    codes = (400,)


class FileReferenceEmpty(RpcError):
    """400 FILE_REFERENCE_X_EMPTY: Missing: file reference."""

    name = "FILE_REFERENCE_X_EMPTY"
    codes = (400,)
    values = MappingProxyType({"index": int})

    def __init__(self, index: int | None = None, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(
            "FILE_REFERENCE_EMPTY" if index is None else f"FILE_REFERENCE_{index}_EMPTY",
            code=code,
            request=request,
        )
        self.index = index


class FileReferenceExpired(RpcError):
    """400 FILE_REFERENCE_X_EXPIRED: Expired: file reference."""

    name = "FILE_REFERENCE_X_EXPIRED"
    codes = (400,)
    values = MappingProxyType({"index": int})

    def __init__(self, index: int | None = None, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(
            "FILE_REFERENCE_EXPIRED" if index is None else f"FILE_REFERENCE_{index}_EXPIRED",
            code=code,
            request=request,
        )
        self.index = index


class FileReferenceInvalid(RpcError):
    """400 FILE_REFERENCE_X_INVALID: Not valid: file reference."""

    name = "FILE_REFERENCE_X_INVALID"
    codes = (400,)
    values = MappingProxyType({"index": int})

    def __init__(self, index: int | None = None, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(
            "FILE_REFERENCE_INVALID" if index is None else f"FILE_REFERENCE_{index}_INVALID",
            code=code,
            request=request,
        )
        self.index = index


class FileWriteFailed(KnownRpcError):
    """500 FILE_WRITE_FAILED: The servers failed at: file write."""

    name = "FILE_WRITE_FAILED"
    codes = (500,)


class FilterIdInvalid(KnownRpcError):
    """400 FILTER_ID_INVALID: Not valid: filter id."""

    name = "FILTER_ID_INVALID"
    codes = (400,)


class FilterIncludeTooMuch(KnownRpcError):
    """400 FILTER_INCLUDE_TOO_MUCH: Too many: filter include."""

    name = "FILTER_INCLUDE_TOO_MUCH"
    codes = (400,)


class FilterNotSupported(KnownRpcError):
    """400 FILTER_NOT_SUPPORTED: Not supported: filter."""

    name = "FILTER_NOT_SUPPORTED"
    codes = (400,)


class FloodskipNotAllowed(KnownRpcError):
    """400 FLOODSKIP_NOT_ALLOWED: Not allowed: floodskip."""

    name = "FLOODSKIP_NOT_ALLOWED"
    codes = (400,)


class FolderDeacAutofixAll(KnownRpcError):
    """500 FOLDER_DEAC_AUTOFIX_ALL: Error of the server: folder deac autofix all."""

    name = "FOLDER_DEAC_AUTOFIX_ALL"
    codes = (500,)


class FolderIdEmpty(KnownRpcError):
    """400 FOLDER_ID_EMPTY: Missing: folder id."""

    name = "FOLDER_ID_EMPTY"
    codes = (400,)


class FolderIdInvalid(KnownRpcError):
    """400 FOLDER_ID_INVALID: Not valid: folder id."""

    name = "FOLDER_ID_INVALID"
    codes = (400,)


class FormExpired(KnownRpcError):
    """400 FORM_EXPIRED: Expired: form."""

    name = "FORM_EXPIRED"
    codes = (400,)


class FormIdEmpty(KnownRpcError):
    """400 FORM_ID_EMPTY: Missing: form id."""

    name = "FORM_ID_EMPTY"
    codes = (400,)


class FormIdExpired(KnownRpcError):
    """400 FORM_ID_EXPIRED: Expired: form id."""

    name = "FORM_ID_EXPIRED"
    codes = (400,)


class FormSubmitDuplicate(KnownRpcError):
    """400 FORM_SUBMIT_DUPLICATE: Error of the server: form submit duplicate."""

    name = "FORM_SUBMIT_DUPLICATE"
    codes = (400,)


class ForumEnabled(KnownRpcError):
    """400 FORUM_ENABLED: Error of the server: forum enabled."""

    name = "FORUM_ENABLED"
    codes = (400,)


class FrozenParticipantMissing(KnownRpcError):
    """400 FROZEN_PARTICIPANT_MISSING: Missing: frozen participant."""

    name = "FROZEN_PARTICIPANT_MISSING"
    codes = (400,)


class FutureCreatorNone(KnownRpcError):
    """400 FUTURE_CREATOR_NONE: Error of the server: future creator none."""

    name = "FUTURE_CREATOR_NONE"
    codes = (400,)


class GeneralModifyIconForbidden(KnownRpcError):
    """400 GENERAL_MODIFY_ICON_FORBIDDEN: Forbidden: general modify icon."""

    name = "GENERAL_MODIFY_ICON_FORBIDDEN"
    codes = (400,)


class GiftSlugExpired(KnownRpcError):
    """400 GIFT_SLUG_EXPIRED: Expired: gift slug."""

    name = "GIFT_SLUG_EXPIRED"
    codes = (400,)


class GiftSlugInvalid(KnownRpcError):
    """400 GIFT_SLUG_INVALID: Not valid: gift slug."""

    name = "GIFT_SLUG_INVALID"
    codes = (400,)


class GiftcodeNotAllowed(KnownRpcError):
    """406 GIFTCODE_NOT_ALLOWED: Not allowed: giftcode."""

    name = "GIFTCODE_NOT_ALLOWED"
    codes = (406,)


class GraphExpiredReload(KnownRpcError):
    """400 GRAPH_EXPIRED_RELOAD: Error of the server: graph expired reload."""

    name = "GRAPH_EXPIRED_RELOAD"
    codes = (400,)


class GraphInvalidReload(KnownRpcError):
    """400 GRAPH_INVALID_RELOAD: Error of the server: graph invalid reload."""

    name = "GRAPH_INVALID_RELOAD"
    codes = (400,)


class GraphOutdatedReload(KnownRpcError):
    """400 GRAPH_OUTDATED_RELOAD: Error of the server: graph outdated reload."""

    name = "GRAPH_OUTDATED_RELOAD"
    codes = (400,)


class GroupCallInvalid(KnownRpcError):
    """400 GROUP_CALL_INVALID: Not valid: group call."""

    name = "GROUP_CALL_INVALID"
    codes = (400,)


class GroupcallAddParticipantsFailed(KnownRpcError):
    """500 GROUPCALL_ADD_PARTICIPANTS_FAILED: The servers failed at: groupcall add participants."""

    name = "GROUPCALL_ADD_PARTICIPANTS_FAILED"
    codes = (500,)


class GroupcallChangeForbidden(KnownRpcError):
    """403 GROUPCALL_CHANGE_FORBIDDEN: Forbidden: groupcall change."""

    name = "GROUPCALL_CHANGE_FORBIDDEN"
    codes = (403,)


class GroupcallForbidden(KnownRpcError):
    """400, 403 GROUPCALL_FORBIDDEN: Forbidden: groupcall."""

    name = "GROUPCALL_FORBIDDEN"
    codes = (400, 403)


class GroupedIdOccupyFailed(KnownRpcError):
    """500 GROUPED_ID_OCCUPY_FAILED: The servers failed at: grouped id occupy."""

    name = "GROUPED_ID_OCCUPY_FAILED"
    codes = (500,)


class HashSizeInvalid(KnownRpcError):
    """400 HASH_SIZE_INVALID: Not valid: hash size."""

    name = "HASH_SIZE_INVALID"
    codes = (400,)


class HashtagInvalid(KnownRpcError):
    """400 HASHTAG_INVALID: Not valid: hashtag."""

    name = "HASHTAG_INVALID"
    codes = (400,)


class HistoryGetFailed(KnownRpcError):
    """500 HISTORY_GET_FAILED: The servers failed at: history get."""

    name = "HISTORY_GET_FAILED"
    codes = (500,)


class IdExpired(KnownRpcError):
    """400 ID_EXPIRED: Expired: id."""

    name = "ID_EXPIRED"
    codes = (400,)


class IdInvalid(KnownRpcError):
    """400 ID_INVALID: Not valid: id."""

    name = "ID_INVALID"
    codes = (400,)


class ImageEngineDown(KnownRpcError):
    """500 IMAGE_ENGINE_DOWN: Error of the server: image engine down."""

    name = "IMAGE_ENGINE_DOWN"
    codes = (500,)


class ImageProcessFailed(KnownRpcError):
    """400 IMAGE_PROCESS_FAILED: The servers failed at: image process."""

    name = "IMAGE_PROCESS_FAILED"
    codes = (400,)


class ImportFormatDateInvalid(KnownRpcError):
    """400 IMPORT_FORMAT_DATE_INVALID: Not valid: import format date."""

    name = "IMPORT_FORMAT_DATE_INVALID"
    codes = (400,)


class ImportHistoryLogEmpty(KnownRpcError):
    """400 IMPORT_HISTORY_LOG_EMPTY: Missing: import history log."""

    name = "IMPORT_HISTORY_LOG_EMPTY"
    codes = (400,)


class InputChatlistInvalid(KnownRpcError):
    """400 INPUT_CHATLIST_INVALID: Not valid: input chatlist."""

    name = "INPUT_CHATLIST_INVALID"
    codes = (400,)


class InputFileInvalid(KnownRpcError):
    """400 INPUT_FILE_INVALID: Not valid: input file."""

    name = "INPUT_FILE_INVALID"
    codes = (400,)


class InputPeersEmpty(KnownRpcError):
    """400 INPUT_PEERS_EMPTY: Missing: input peers."""

    name = "INPUT_PEERS_EMPTY"
    codes = (400,)


class InputStarsAmountInvalid(KnownRpcError):
    """400 INPUT_STARS_AMOUNT_INVALID: Not valid: input stars amount."""

    name = "INPUT_STARS_AMOUNT_INVALID"
    codes = (400,)


class InputStarsNanosInvalid(KnownRpcError):
    """400 INPUT_STARS_NANOS_INVALID: Not valid: input stars nanos."""

    name = "INPUT_STARS_NANOS_INVALID"
    codes = (400,)


class InputTextTooLong(KnownRpcError):
    """400 INPUT_TEXT_TOO_LONG: Too long: input text."""

    name = "INPUT_TEXT_TOO_LONG"
    codes = (400,)


class InputUserDeactivated(KnownRpcError):
    """400 INPUT_USER_DEACTIVATED: Error of the server: input user deactivated."""

    name = "INPUT_USER_DEACTIVATED"
    codes = (400,)


class InvalidMsgResendReqQuery(KnownRpcError):
    """-500 Invalid msg_resend_req query: Error of the server: invalid msg resend req query."""

    name = "Invalid msg_resend_req query"
    codes = (-500,)


class InvalidMsgsAckQuery(KnownRpcError):
    """-500 Invalid msgs_ack query: Error of the server: invalid msgs ack query."""

    name = "Invalid msgs_ack query"
    codes = (-500,)


class InvalidMsgsStateReqQuery(KnownRpcError):
    """-500 Invalid msgs_state_req query: Error of the server: invalid msgs state req query."""

    name = "Invalid msgs_state_req query"
    codes = (-500,)


class InviteHashEmpty(KnownRpcError):
    """400 INVITE_HASH_EMPTY: Missing: invite hash."""

    name = "INVITE_HASH_EMPTY"
    codes = (400,)


class InviteHashInvalid(KnownRpcError):
    """400 INVITE_HASH_INVALID: Not valid: invite hash."""

    name = "INVITE_HASH_INVALID"
    codes = (400,)


class InviteRequestSent(KnownRpcError):
    """400 INVITE_REQUEST_SENT: Error of the server: invite request sent."""

    name = "INVITE_REQUEST_SENT"
    codes = (400,)


class InviteSlugEmpty(KnownRpcError):
    """400 INVITE_SLUG_EMPTY: Missing: invite slug."""

    name = "INVITE_SLUG_EMPTY"
    codes = (400,)


class InviteSlugExpired(KnownRpcError):
    """400 INVITE_SLUG_EXPIRED: Expired: invite slug."""

    name = "INVITE_SLUG_EXPIRED"
    codes = (400,)


class InviteSlugInvalid(KnownRpcError):
    """400 INVITE_SLUG_INVALID: Not valid: invite slug."""

    name = "INVITE_SLUG_INVALID"
    codes = (400,)


class InvitesTooMuch(KnownRpcError):
    """400 INVITES_TOO_MUCH: Too many: invites."""

    name = "INVITES_TOO_MUCH"
    codes = (400,)


class InvoicePayloadInvalid(KnownRpcError):
    """400 INVOICE_PAYLOAD_INVALID: Not valid: invoice payload."""

    name = "INVOICE_PAYLOAD_INVALID"
    codes = (400,)


class LangCodeInvalid(KnownRpcError):
    """400 LANG_CODE_INVALID: Not valid: lang code."""

    name = "LANG_CODE_INVALID"
    codes = (400,)


class LangCodeNotSupported(KnownRpcError):
    """400 LANG_CODE_NOT_SUPPORTED: Not supported: lang code."""

    name = "LANG_CODE_NOT_SUPPORTED"
    codes = (400,)


class LangPackInvalid(KnownRpcError):
    """400 LANG_PACK_INVALID: Not valid: lang pack."""

    name = "LANG_PACK_INVALID"
    codes = (400,)


class LanguageInvalid(KnownRpcError):
    """400 LANGUAGE_INVALID: Not valid: language."""

    name = "LANGUAGE_INVALID"
    codes = (400,)


class LimitPerPostInvalid(KnownRpcError):
    """400 LIMIT_PER_POST_INVALID: Not valid: limit per post."""

    name = "LIMIT_PER_POST_INVALID"
    codes = (400,)


class LiveDisabled(KnownRpcError):
    """403 LIVE_DISABLED: Switched off: live."""

    name = "LIVE_DISABLED"
    codes = (403,)


class LocationInvalid(KnownRpcError):
    """400 LOCATION_INVALID: Not valid: location."""

    name = "LOCATION_INVALID"
    codes = (400,)


class ManagerInvalid(KnownRpcError):
    """400 MANAGER_INVALID: Not valid: manager."""

    name = "MANAGER_INVALID"
    codes = (400,)


class ManagerPermissionMissing(KnownRpcError):
    """400 MANAGER_PERMISSION_MISSING: Missing: manager permission."""

    name = "MANAGER_PERMISSION_MISSING"
    codes = (400,)


class MediaAlreadyPaid(KnownRpcError):
    """400 MEDIA_ALREADY_PAID: Error of the server: media already paid."""

    name = "MEDIA_ALREADY_PAID"
    codes = (400,)


class MediaFileInvalid(KnownRpcError):
    """400 MEDIA_FILE_INVALID: Not valid: media file."""

    name = "MEDIA_FILE_INVALID"
    codes = (400,)


class MediaInvalid(KnownRpcError):
    """400 MEDIA_INVALID: Not valid: media."""

    name = "MEDIA_INVALID"
    codes = (400,)


class MediaTtlInvalid(KnownRpcError):
    """400 MEDIA_TTL_INVALID: Not valid: media ttl."""

    name = "MEDIA_TTL_INVALID"
    codes = (400,)


class MediaTypeInvalid(KnownRpcError):
    """400 MEDIA_TYPE_INVALID: Not valid: media type."""

    name = "MEDIA_TYPE_INVALID"
    codes = (400,)


class MediaVideoStoryMissing(KnownRpcError):
    """400 MEDIA_VIDEO_STORY_MISSING: Missing: media video story."""

    name = "MEDIA_VIDEO_STORY_MISSING"
    codes = (400,)


class MegagroupGeoRequired(KnownRpcError):
    """400 MEGAGROUP_GEO_REQUIRED: Required: megagroup geo."""

    name = "MEGAGROUP_GEO_REQUIRED"
    codes = (400,)


class MegagroupRequired(KnownRpcError):
    """400 MEGAGROUP_REQUIRED: Required: megagroup."""

    name = "MEGAGROUP_REQUIRED"
    codes = (400,)


class MemberFetchFailed(KnownRpcError):
    """500 MEMBER_FETCH_FAILED: The servers failed at: member fetch."""

    name = "MEMBER_FETCH_FAILED"
    codes = (500,)


class MemberOccupyUsernameFailed(KnownRpcError):
    """500 MEMBER_OCCUPY_USERNAME_FAILED: The servers failed at: member occupy username."""

    name = "MEMBER_OCCUPY_USERNAME_FAILED"
    codes = (500,)


class MessageDeleteForbidden(KnownRpcError):
    """403 MESSAGE_DELETE_FORBIDDEN: Forbidden: message delete."""

    name = "MESSAGE_DELETE_FORBIDDEN"
    codes = (403,)


class MessageEmpty(KnownRpcError):
    """400 MESSAGE_EMPTY: Missing: message."""

    name = "MESSAGE_EMPTY"
    codes = (400,)


class MessageIdsEmpty(KnownRpcError):
    """400 MESSAGE_IDS_EMPTY: Missing: message ids."""

    name = "MESSAGE_IDS_EMPTY"
    codes = (400,)


class MessageNotReadYet(KnownRpcError):
    """400 MESSAGE_NOT_READ_YET: Error of the server: message not read yet."""

    name = "MESSAGE_NOT_READ_YET"
    codes = (400,)


class MessageRequired(KnownRpcError):
    """400 MESSAGE_REQUIRED: Required: message."""

    name = "MESSAGE_REQUIRED"
    codes = (400,)


class MessageTooOld(KnownRpcError):
    """400 MESSAGE_TOO_OLD: Error of the server: message too old."""

    name = "MESSAGE_TOO_OLD"
    codes = (400,)


class MonoforumFilterInvalid(KnownRpcError):
    """400 MONOFORUM_FILTER_INVALID: Not valid: monoforum filter."""

    name = "MONOFORUM_FILTER_INVALID"
    codes = (400,)


class MsgRangeUnsync(KnownRpcError):
    """500 MSG_RANGE_UNSYNC: Error of the server: msg range unsync."""

    name = "MSG_RANGE_UNSYNC"
    codes = (500,)


class MsgVoiceMissing(KnownRpcError):
    """400 MSG_VOICE_MISSING: Missing: msg voice."""

    name = "MSG_VOICE_MISSING"
    codes = (400,)


class MsgVoiceTooLong(KnownRpcError):
    """400 MSG_VOICE_TOO_LONG: Too long: msg voice."""

    name = "MSG_VOICE_TOO_LONG"
    codes = (400,)


class MtSendQueueTooLong(KnownRpcError):
    """500 MT_SEND_QUEUE_TOO_LONG: Too long: mt send queue."""

    name = "MT_SEND_QUEUE_TOO_LONG"
    codes = (500,)


class MtprotoClusterInvalid(KnownRpcError):
    """400 MTPROTO_CLUSTER_INVALID: Not valid: mtproto cluster."""

    name = "MTPROTO_CLUSTER_INVALID"
    codes = (400,)


class NameInvalid(KnownRpcError):
    """400 NAME_INVALID: Not valid: name."""

    name = "NAME_INVALID"
    codes = (400,)


class NeedActionMissing(KnownRpcError):
    """400 NEED_ACTION_MISSING: Missing: need action."""

    name = "NEED_ACTION_MISSING"
    codes = (400,)


class NeedChatInvalid(KnownRpcError):
    """500 NEED_CHAT_INVALID: Not valid: need chat."""

    name = "NEED_CHAT_INVALID"
    codes = (500,)


class NoWorkersRunning(KnownRpcError):
    """500 No workers running: Error of the server: no workers running."""

    name = "No workers running"
    codes = (500,)


class NogeneralHideForbidden(KnownRpcError):
    """400 NOGENERAL_HIDE_FORBIDDEN: Forbidden: nogeneral hide."""

    name = "NOGENERAL_HIDE_FORBIDDEN"
    codes = (400,)


class NotAllowed(KnownRpcError):
    """403 NOT_ALLOWED: Error of the server: not allowed."""

    name = "NOT_ALLOWED"
    codes = (403,)


class NotEligible(KnownRpcError):
    """400, 403 NOT_ELIGIBLE: Error of the server: not eligible."""

    name = "NOT_ELIGIBLE"
    codes = (400, 403)


class NotJoined(KnownRpcError):
    """400 NOT_JOINED: Error of the server: not joined."""

    name = "NOT_JOINED"
    codes = (400,)


class PackTypeInvalid(KnownRpcError):
    """400 PACK_TYPE_INVALID: Not valid: pack type."""

    name = "PACK_TYPE_INVALID"
    codes = (400,)


class ParentPeerInvalid(KnownRpcError):
    """400 PARENT_PEER_INVALID: Not valid: parent peer."""

    name = "PARENT_PEER_INVALID"
    codes = (400,)


class ParticipantCallFailed(KnownRpcError):
    """500 PARTICIPANT_CALL_FAILED: The servers failed at: participant call."""

    name = "PARTICIPANT_CALL_FAILED"
    codes = (500,)


class PasskeyCredentialNotFound(KnownRpcError):
    """400 PASSKEY_CREDENTIAL_NOT_FOUND: Not found: passkey credential."""

    name = "PASSKEY_CREDENTIAL_NOT_FOUND"
    codes = (400,)


class PaymentProviderInvalid(KnownRpcError):
    """400 PAYMENT_PROVIDER_INVALID: Not valid: payment provider."""

    name = "PAYMENT_PROVIDER_INVALID"
    codes = (400,)


class PaymentRequired(KnownRpcError):
    """400 PAYMENT_REQUIRED: Required: payment."""

    name = "PAYMENT_REQUIRED"
    codes = (400,)


class PeerFlood(KnownRpcError):
    """400 PEER_FLOOD: Error of the server: peer flood."""

    name = "PEER_FLOOD"
    codes = (400,)


class PeerTypesInvalid(KnownRpcError):
    """400 PEER_TYPES_INVALID: Not valid: peer types."""

    name = "PEER_TYPES_INVALID"
    codes = (400,)


class PeersListEmpty(KnownRpcError):
    """400 PEERS_LIST_EMPTY: Missing: peers list."""

    name = "PEERS_LIST_EMPTY"
    codes = (400,)


class PersistentTimestampEmpty(KnownRpcError):
    """400 PERSISTENT_TIMESTAMP_EMPTY: Missing: persistent timestamp."""

    name = "PERSISTENT_TIMESTAMP_EMPTY"
    codes = (400,)


class PersistentTimestampInvalid(KnownRpcError):
    """400 PERSISTENT_TIMESTAMP_INVALID: Not valid: persistent timestamp."""

    name = "PERSISTENT_TIMESTAMP_INVALID"
    codes = (400,)


class PersistentTimestampOutdated(KnownRpcError):
    """500 PERSISTENT_TIMESTAMP_OUTDATED: Error of the server: persistent timestamp outdated."""

    name = "PERSISTENT_TIMESTAMP_OUTDATED"
    codes = (500,)


class PhotoCreateFailed(KnownRpcError):
    """500 PHOTO_CREATE_FAILED: The servers failed at: photo create."""

    name = "PHOTO_CREATE_FAILED"
    codes = (500,)


class PhotoCropSizeSmall(KnownRpcError):
    """400 PHOTO_CROP_SIZE_SMALL: Error of the server: photo crop size small."""

    name = "PHOTO_CROP_SIZE_SMALL"
    codes = (400,)


class PhotoExtInvalid(KnownRpcError):
    """400 PHOTO_EXT_INVALID: Not valid: photo ext."""

    name = "PHOTO_EXT_INVALID"
    codes = (400,)


class PhotoInvalid(KnownRpcError):
    """400 PHOTO_INVALID: Not valid: photo."""

    name = "PHOTO_INVALID"
    codes = (400,)


class PhotoThumbUrlInvalid(KnownRpcError):
    """400 PHOTO_THUMB_URL_INVALID: Not valid: photo thumb url."""

    name = "PHOTO_THUMB_URL_INVALID"
    codes = (400,)


class PinnedDialogsTooMuch(KnownRpcError):
    """400 PINNED_DIALOGS_TOO_MUCH: Too many: pinned dialogs."""

    name = "PINNED_DIALOGS_TOO_MUCH"
    codes = (400,)


class PinnedTooMuch(KnownRpcError):
    """400 PINNED_TOO_MUCH: Too many: pinned."""

    name = "PINNED_TOO_MUCH"
    codes = (400,)


class PinnedTopicNotModified(KnownRpcError):
    """400 PINNED_TOPIC_NOT_MODIFIED: Nothing would change: pinned topic."""

    name = "PINNED_TOPIC_NOT_MODIFIED"
    codes = (400,)


class PlatformInvalid(KnownRpcError):
    """400 PLATFORM_INVALID: Not valid: platform."""

    name = "PLATFORM_INVALID"
    codes = (400,)


class PollCountryRestricted(KnownRpcError):
    """406 POLL_COUNTRY_RESTRICTED: Error of the server: poll country restricted."""

    name = "POLL_COUNTRY_RESTRICTED"
    codes = (406,)


class PollMemberRestricted(KnownRpcError):
    """406 POLL_MEMBER_RESTRICTED: Error of the server: poll member restricted."""

    name = "POLL_MEMBER_RESTRICTED"
    codes = (406,)


class PollUnsupported(KnownRpcError):
    """400 POLL_UNSUPPORTED: Not supported: poll."""

    name = "POLL_UNSUPPORTED"
    codes = (400,)


class PostponedTimeout(KnownRpcError):
    """500 POSTPONED_TIMEOUT: Error of the server: postponed timeout."""

    name = "POSTPONED_TIMEOUT"
    codes = (500,)


class PrecheckoutFailed(KnownRpcError):
    """400, 406 PRECHECKOUT_FAILED: The servers failed at: precheckout."""

    name = "PRECHECKOUT_FAILED"
    codes = (400, 406)


class PremiumGiftcodeWasRefunded(KnownRpcError):
    """400 PREMIUM_GIFTCODE_WAS_REFUNDED: Error of the server: premium giftcode was refunded."""

    name = "PREMIUM_GIFTCODE_WAS_REFUNDED"
    codes = (400,)


class PricingChatInvalid(KnownRpcError):
    """400 PRICING_CHAT_INVALID: Not valid: pricing chat."""

    name = "PRICING_CHAT_INVALID"
    codes = (400,)


class PrivacyPremiumRequired(KnownRpcError):
    """403, 406 PRIVACY_PREMIUM_REQUIRED: Required: privacy premium."""

    name = "PRIVACY_PREMIUM_REQUIRED"
    codes = (403, 406)


class PtsChangeEmpty(KnownRpcError):
    """500 PTS_CHANGE_EMPTY: Missing: pts change."""

    name = "PTS_CHANGE_EMPTY"
    codes = (500,)


class PublicBroadcastExpected(KnownRpcError):
    """400 PUBLIC_BROADCAST_EXPECTED: Error of the server: public broadcast expected."""

    name = "PUBLIC_BROADCAST_EXPECTED"
    codes = (400,)


class PublicKeyInvalid(KnownRpcError):
    """400 PUBLIC_KEY_INVALID: Not valid: public key."""

    name = "PUBLIC_KEY_INVALID"
    codes = (400,)


class PurposeInvalid(KnownRpcError):
    """400 PURPOSE_INVALID: Not valid: purpose."""

    name = "PURPOSE_INVALID"
    codes = (400,)


class QueryIdInvalid(KnownRpcError):
    """400 QUERY_ID_INVALID: Not valid: query id."""

    name = "QUERY_ID_INVALID"
    codes = (400,)


class QuickRepliesBotNotAllowed(KnownRpcError):
    """400 QUICK_REPLIES_BOT_NOT_ALLOWED: Not allowed: quick replies bot."""

    name = "QUICK_REPLIES_BOT_NOT_ALLOWED"
    codes = (400,)


class QuickRepliesTooMuch(KnownRpcError):
    """400 QUICK_REPLIES_TOO_MUCH: Too many: quick replies."""

    name = "QUICK_REPLIES_TOO_MUCH"
    codes = (400,)


class QuoteTextInvalid(KnownRpcError):
    """400 QUOTE_TEXT_INVALID: Not valid: quote text."""

    name = "QUOTE_TEXT_INVALID"
    codes = (400,)


class RaiseHandForbidden(KnownRpcError):
    """400 RAISE_HAND_FORBIDDEN: Forbidden: raise hand."""

    name = "RAISE_HAND_FORBIDDEN"
    codes = (400,)


class RandomIdDuplicate(KnownRpcError):
    """500, 400 RANDOM_ID_DUPLICATE: Error of the server: random id duplicate."""

    name = "RANDOM_ID_DUPLICATE"
    codes = (500, 400)


class RandomIdExpired(KnownRpcError):
    """400 RANDOM_ID_EXPIRED: Expired: random id."""

    name = "RANDOM_ID_EXPIRED"
    codes = (400,)


class RangesInvalid(KnownRpcError):
    """400 RANGES_INVALID: Not valid: ranges."""

    name = "RANGES_INVALID"
    codes = (400,)


class RankInvalid(KnownRpcError):
    """400 RANK_INVALID: Not valid: rank."""

    name = "RANK_INVALID"
    codes = (400,)


class ReactionsCountInvalid(KnownRpcError):
    """400 REACTIONS_COUNT_INVALID: Not valid: reactions count."""

    name = "REACTIONS_COUNT_INVALID"
    codes = (400,)


class ReflectorNotAvailable(KnownRpcError):
    """400 REFLECTOR_NOT_AVAILABLE: Not available: reflector."""

    name = "REFLECTOR_NOT_AVAILABLE"
    codes = (400,)


class ReplyMarkupGameEmpty(KnownRpcError):
    """400 REPLY_MARKUP_GAME_EMPTY: Missing: reply markup game."""

    name = "REPLY_MARKUP_GAME_EMPTY"
    codes = (400,)


class ReplyMessageIdInvalid(KnownRpcError):
    """400 REPLY_MESSAGE_ID_INVALID: Not valid: reply message id."""

    name = "REPLY_MESSAGE_ID_INVALID"
    codes = (400,)


class ReplyMessagesTooMuch(KnownRpcError):
    """400 REPLY_MESSAGES_TOO_MUCH: Too many: reply messages."""

    name = "REPLY_MESSAGES_TOO_MUCH"
    codes = (400,)


class ReplyToInvalid(KnownRpcError):
    """400 REPLY_TO_INVALID: Not valid: reply to."""

    name = "REPLY_TO_INVALID"
    codes = (400,)


class ReplyToMonoforumPeerInvalid(KnownRpcError):
    """400 REPLY_TO_MONOFORUM_PEER_INVALID: Not valid: reply to monoforum peer."""

    name = "REPLY_TO_MONOFORUM_PEER_INVALID"
    codes = (400,)


class ReplyToUserInvalid(KnownRpcError):
    """400 REPLY_TO_USER_INVALID: Not valid: reply to user."""

    name = "REPLY_TO_USER_INVALID"
    codes = (400,)


class RequestMsgExpired(KnownRpcError):
    """400 REQUEST_MSG_EXPIRED: Expired: request msg."""

    name = "REQUEST_MSG_EXPIRED"
    codes = (400,)


class RequestTokenInvalid(KnownRpcError):
    """400 REQUEST_TOKEN_INVALID: Not valid: request token."""

    name = "REQUEST_TOKEN_INVALID"
    codes = (400,)


class ResellStarsTooFew(KnownRpcError):
    """400 RESELL_STARS_TOO_FEW: Error of the server: resell stars too few."""

    name = "RESELL_STARS_TOO_FEW"
    codes = (400,)


class ResellStarsTooMuch(KnownRpcError):
    """400 RESELL_STARS_TOO_MUCH: Too many: resell stars."""

    name = "RESELL_STARS_TOO_MUCH"
    codes = (400,)


class RichMessageUnsupported(KnownRpcError):
    """400 RICH_MESSAGE_UNSUPPORTED: Not supported: rich message."""

    name = "RICH_MESSAGE_UNSUPPORTED"
    codes = (400,)


class RightsNotModified(KnownRpcError):
    """400 RIGHTS_NOT_MODIFIED: Nothing would change: rights."""

    name = "RIGHTS_NOT_MODIFIED"
    codes = (400,)


class RingtoneInvalid(KnownRpcError):
    """400 RINGTONE_INVALID: Not valid: ringtone."""

    name = "RINGTONE_INVALID"
    codes = (400,)


class RingtoneMimeInvalid(KnownRpcError):
    """400 RINGTONE_MIME_INVALID: Not valid: ringtone mime."""

    name = "RINGTONE_MIME_INVALID"
    codes = (400,)


class RpcConnectFailed(KnownRpcError):
    """500 RPC_CONNECT_FAILED: The servers failed at: rpc connect."""

    name = "RPC_CONNECT_FAILED"
    codes = (500,)


class RpcSendFail(KnownRpcError):
    """500 RPC_SEND_FAIL: Error of the server: rpc send fail."""

    name = "RPC_SEND_FAIL"
    codes = (500,)


class SavedDialogsUnsupported(KnownRpcError):
    """400 SAVED_DIALOGS_UNSUPPORTED: Not supported: saved dialogs."""

    name = "SAVED_DIALOGS_UNSUPPORTED"
    codes = (400,)


class SavedIdEmpty(KnownRpcError):
    """400 SAVED_ID_EMPTY: Missing: saved id."""

    name = "SAVED_ID_EMPTY"
    codes = (400,)


class SavedPeerInvalid(KnownRpcError):
    """400 SAVED_PEER_INVALID: Not valid: saved peer."""

    name = "SAVED_PEER_INVALID"
    codes = (400,)


class ScheduleDateInvalid(KnownRpcError):
    """400 SCHEDULE_DATE_INVALID: Not valid: schedule date."""

    name = "SCHEDULE_DATE_INVALID"
    codes = (400,)


class SearchQueryEmpty(KnownRpcError):
    """400 SEARCH_QUERY_EMPTY: Missing: search query."""

    name = "SEARCH_QUERY_EMPTY"
    codes = (400,)


class SelfDeleteRestricted(KnownRpcError):
    """400 SELF_DELETE_RESTRICTED: Error of the server: self delete restricted."""

    name = "SELF_DELETE_RESTRICTED"
    codes = (400,)


class SendMediaInvalid(KnownRpcError):
    """500 SEND_MEDIA_INVALID: Not valid: send media."""

    name = "SEND_MEDIA_INVALID"
    codes = (500,)


class SendMessageGameInvalid(KnownRpcError):
    """400 SEND_MESSAGE_GAME_INVALID: Not valid: send message game."""

    name = "SEND_MESSAGE_GAME_INVALID"
    codes = (400,)


class ShortcutInvalid(KnownRpcError):
    """400 SHORTCUT_INVALID: Not valid: shortcut."""

    name = "SHORTCUT_INVALID"
    codes = (400,)


class ShortnameOccupyFailed(KnownRpcError):
    """400 SHORTNAME_OCCUPY_FAILED: The servers failed at: shortname occupy."""

    name = "SHORTNAME_OCCUPY_FAILED"
    codes = (400,)


class SlotsEmpty(KnownRpcError):
    """400 SLOTS_EMPTY: Missing: slots."""

    name = "SLOTS_EMPTY"
    codes = (400,)


class SmsjobIdInvalid(KnownRpcError):
    """400 SMSJOB_ID_INVALID: Not valid: smsjob id."""

    name = "SMSJOB_ID_INVALID"
    codes = (400,)


class SolutionMediaEmpty(KnownRpcError):
    """400 SOLUTION_MEDIA_EMPTY: Missing: solution media."""

    name = "SOLUTION_MEDIA_EMPTY"
    codes = (400,)


class SolutionMediaTypeInvalid(KnownRpcError):
    """400 SOLUTION_MEDIA_TYPE_INVALID: Not valid: solution media type."""

    name = "SOLUTION_MEDIA_TYPE_INVALID"
    codes = (400,)


class StargiftAlreadyBurned(KnownRpcError):
    """400 STARGIFT_ALREADY_BURNED: Error of the server: stargift already burned."""

    name = "STARGIFT_ALREADY_BURNED"
    codes = (400,)


class StargiftAlreadyTransferred(KnownRpcError):
    """400 STARGIFT_ALREADY_TRANSFERRED: Error of the server: stargift already transferred."""

    name = "STARGIFT_ALREADY_TRANSFERRED"
    codes = (400,)


class StargiftAttributeInvalid(KnownRpcError):
    """400 STARGIFT_ATTRIBUTE_INVALID: Not valid: stargift attribute."""

    name = "STARGIFT_ATTRIBUTE_INVALID"
    codes = (400,)


class StargiftConvertBotNotAllowed(KnownRpcError):
    """403 STARGIFT_CONVERT_BOT_NOT_ALLOWED: Not allowed: stargift convert bot."""

    name = "STARGIFT_CONVERT_BOT_NOT_ALLOWED"
    codes = (403,)


class StargiftConvertTooOld(KnownRpcError):
    """400 STARGIFT_CONVERT_TOO_OLD: Error of the server: stargift convert too old."""

    name = "STARGIFT_CONVERT_TOO_OLD"
    codes = (400,)


class StargiftExportUnavailable(KnownRpcError):
    """400 STARGIFT_EXPORT_UNAVAILABLE: Not available: stargift export."""

    name = "STARGIFT_EXPORT_UNAVAILABLE"
    codes = (400,)


class StargiftObjectInvalid(KnownRpcError):
    """400 STARGIFT_OBJECT_INVALID: Not valid: stargift object."""

    name = "STARGIFT_OBJECT_INVALID"
    codes = (400,)


class StargiftOfferInvalid(KnownRpcError):
    """400 STARGIFT_OFFER_INVALID: Not valid: stargift offer."""

    name = "STARGIFT_OFFER_INVALID"
    codes = (400,)


class StargiftOfferNotAllowed(KnownRpcError):
    """400 STARGIFT_OFFER_NOT_ALLOWED: Not allowed: stargift offer."""

    name = "STARGIFT_OFFER_NOT_ALLOWED"
    codes = (400,)


class StargiftResellNotAllowed(KnownRpcError):
    """400 STARGIFT_RESELL_NOT_ALLOWED: Not allowed: stargift resell."""

    name = "STARGIFT_RESELL_NOT_ALLOWED"
    codes = (400,)


class StargiftUsageLimited(KnownRpcError):
    """400, 406 STARGIFT_USAGE_LIMITED: Error of the server: stargift usage limited."""

    name = "STARGIFT_USAGE_LIMITED"
    codes = (400, 406)


class StargiftUserUsageLimited(KnownRpcError):
    """400 STARGIFT_USER_USAGE_LIMITED: Error of the server: stargift user usage limited."""

    name = "STARGIFT_USER_USAGE_LIMITED"
    codes = (400,)


class StarrefAwaitingEnd(KnownRpcError):
    """400 STARREF_AWAITING_END: Error of the server: starref awaiting end."""

    name = "STARREF_AWAITING_END"
    codes = (400,)


class StarrefExpired(KnownRpcError):
    """400 STARREF_EXPIRED: Expired: starref."""

    name = "STARREF_EXPIRED"
    codes = (400,)


class StarrefHashRevoked(KnownRpcError):
    """400 STARREF_HASH_REVOKED: Error of the server: starref hash revoked."""

    name = "STARREF_HASH_REVOKED"
    codes = (400,)


class StarrefMonthsTooLow(KnownRpcError):
    """400 STARREF_MONTHS_TOO_LOW: Error of the server: starref months too low."""

    name = "STARREF_MONTHS_TOO_LOW"
    codes = (400,)


class StarrefPermilleInvalid(KnownRpcError):
    """400 STARREF_PERMILLE_INVALID: Not valid: starref permille."""

    name = "STARREF_PERMILLE_INVALID"
    codes = (400,)


class StarrefPermilleTooLow(KnownRpcError):
    """400 STARREF_PERMILLE_TOO_LOW: Error of the server: starref permille too low."""

    name = "STARREF_PERMILLE_TOO_LOW"
    codes = (400,)


class StarsAmountInvalid(KnownRpcError):
    """400 STARS_AMOUNT_INVALID: Not valid: stars amount."""

    name = "STARS_AMOUNT_INVALID"
    codes = (400,)


class StarsInvoiceInvalid(KnownRpcError):
    """400 STARS_INVOICE_INVALID: Not valid: stars invoice."""

    name = "STARS_INVOICE_INVALID"
    codes = (400,)


class StarsPaymentRequired(KnownRpcError):
    """400 STARS_PAYMENT_REQUIRED: Required: stars payment."""

    name = "STARS_PAYMENT_REQUIRED"
    codes = (400,)


class StickersetInvalid(KnownRpcError):
    """400, 406 STICKERSET_INVALID: Not valid: stickerset."""

    name = "STICKERSET_INVALID"
    codes = (400, 406)


class StickersetNotModified(KnownRpcError):
    """400 STICKERSET_NOT_MODIFIED: Nothing would change: stickerset."""

    name = "STICKERSET_NOT_MODIFIED"
    codes = (400,)


class StorageCheckFailed(KnownRpcError):
    """500 STORAGE_CHECK_FAILED: The servers failed at: storage check."""

    name = "STORAGE_CHECK_FAILED"
    codes = (500,)


class StorageChooseVolumeFailed(KnownRpcError):
    """500 STORAGE_CHOOSE_VOLUME_FAILED: The servers failed at: storage choose volume."""

    name = "STORAGE_CHOOSE_VOLUME_FAILED"
    codes = (500,)


class StorageKeyRequired(KnownRpcError):
    """400 STORAGE_KEY_REQUIRED: Required: storage key."""

    name = "STORAGE_KEY_REQUIRED"
    codes = (400,)


class StoreInvalidScalarType(KnownRpcError):
    """500 STORE_INVALID_SCALAR_TYPE: Error of the server: store invalid scalar type."""

    name = "STORE_INVALID_SCALAR_TYPE"
    codes = (500,)


class StoriesNeverCreated(KnownRpcError):
    """400 STORIES_NEVER_CREATED: Error of the server: stories never created."""

    name = "STORIES_NEVER_CREATED"
    codes = (400,)


class StoriesTooMuch(KnownRpcError):
    """400 STORIES_TOO_MUCH: Too many: stories."""

    name = "STORIES_TOO_MUCH"
    codes = (400,)


class StoryIdEmpty(KnownRpcError):
    """400 STORY_ID_EMPTY: Missing: story id."""

    name = "STORY_ID_EMPTY"
    codes = (400,)


class StoryIdInvalid(KnownRpcError):
    """400 STORY_ID_INVALID: Not valid: story id."""

    name = "STORY_ID_INVALID"
    codes = (400,)


class StoryLiveAlready(RpcError):
    """400 STORY_LIVE_ALREADY_X: Error of the server: story live already."""

    name = "STORY_LIVE_ALREADY_X"
    codes = (400,)
    values = MappingProxyType({"story_id": int})

    def __init__(self, story_id: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"STORY_LIVE_ALREADY_{story_id}", code=code, request=request)
        self.story_id = story_id


class StoryNotModified(KnownRpcError):
    """400 STORY_NOT_MODIFIED: Nothing would change: story."""

    name = "STORY_NOT_MODIFIED"
    codes = (400,)


class StoryPeriodInvalid(KnownRpcError):
    """400 STORY_PERIOD_INVALID: Not valid: story period."""

    name = "STORY_PERIOD_INVALID"
    codes = (400,)


class StoryPublicMissing(KnownRpcError):
    """400 STORY_PUBLIC_MISSING: Missing: story public."""

    name = "STORY_PUBLIC_MISSING"
    codes = (400,)


class StorySendFlood(RpcError):
    """420 STORY_SEND_FLOOD_X: Error of the server: story send flood."""

    name = "STORY_SEND_FLOOD_X"
    codes = (420,)
    values = MappingProxyType({"seconds": int})

    def __init__(self, seconds: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"STORY_SEND_FLOOD_{seconds}", code=code, request=request)
        self.seconds = seconds


class StorySendFloodMonthly(RpcError):
    """400 STORY_SEND_FLOOD_MONTHLY_X: Error of the server: story send flood monthly."""

    name = "STORY_SEND_FLOOD_MONTHLY_X"
    codes = (400,)
    values = MappingProxyType({"seconds": int})

    def __init__(self, seconds: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"STORY_SEND_FLOOD_MONTHLY_{seconds}", code=code, request=request)
        self.seconds = seconds


class StorySendFloodWeekly(RpcError):
    """400 STORY_SEND_FLOOD_WEEKLY_X: Error of the server: story send flood weekly."""

    name = "STORY_SEND_FLOOD_WEEKLY_X"
    codes = (400,)
    values = MappingProxyType({"seconds": int})

    def __init__(self, seconds: int, *, code: int | None = None, request: str | None = None) -> None:
        super().__init__(f"STORY_SEND_FLOOD_WEEKLY_{seconds}", code=code, request=request)
        self.seconds = seconds


class SubscriptionExportMissing(KnownRpcError):
    """400 SUBSCRIPTION_EXPORT_MISSING: Missing: subscription export."""

    name = "SUBSCRIPTION_EXPORT_MISSING"
    codes = (400,)


class SubscriptionIdInvalid(KnownRpcError):
    """400 SUBSCRIPTION_ID_INVALID: Not valid: subscription id."""

    name = "SUBSCRIPTION_ID_INVALID"
    codes = (400,)


class SubscriptionNotModified(KnownRpcError):
    """400 SUBSCRIPTION_NOT_MODIFIED: Nothing would change: subscription."""

    name = "SUBSCRIPTION_NOT_MODIFIED"
    codes = (400,)


class SubscriptionPeriodInvalid(KnownRpcError):
    """400 SUBSCRIPTION_PERIOD_INVALID: Not valid: subscription period."""

    name = "SUBSCRIPTION_PERIOD_INVALID"
    codes = (400,)


class SuggestedPostAmountInvalid(KnownRpcError):
    """400 SUGGESTED_POST_AMOUNT_INVALID: Not valid: suggested post amount."""

    name = "SUGGESTED_POST_AMOUNT_INVALID"
    codes = (400,)


class SuggestedPostPeerInvalid(KnownRpcError):
    """400 SUGGESTED_POST_PEER_INVALID: Not valid: suggested post peer."""

    name = "SUGGESTED_POST_PEER_INVALID"
    codes = (400,)


class SwitchWebviewUrlInvalid(KnownRpcError):
    """400 SWITCH_WEBVIEW_URL_INVALID: Not valid: switch webview url."""

    name = "SWITCH_WEBVIEW_URL_INVALID"
    codes = (400,)


class TakeoutInvalid(KnownRpcError):
    """400 TAKEOUT_INVALID: Not valid: takeout."""

    name = "TAKEOUT_INVALID"
    codes = (400,)


class TermsUrlInvalid(KnownRpcError):
    """400 TERMS_URL_INVALID: Not valid: terms url."""

    name = "TERMS_URL_INVALID"
    codes = (400,)


class TextdraftPeerInvalid(KnownRpcError):
    """400 TEXTDRAFT_PEER_INVALID: Not valid: textdraft peer."""

    name = "TEXTDRAFT_PEER_INVALID"
    codes = (400,)


class ThemeParamsInvalid(KnownRpcError):
    """400 THEME_PARAMS_INVALID: Not valid: theme params."""

    name = "THEME_PARAMS_INVALID"
    codes = (400,)


class ThemeSlugInvalid(KnownRpcError):
    """400 THEME_SLUG_INVALID: Not valid: theme slug."""

    name = "THEME_SLUG_INVALID"
    codes = (400,)


class TimezoneInvalid(KnownRpcError):
    """400 TIMEZONE_INVALID: Not valid: timezone."""

    name = "TIMEZONE_INVALID"
    codes = (400,)


class TodoItemDuplicate(KnownRpcError):
    """400 TODO_ITEM_DUPLICATE: Error of the server: todo item duplicate."""

    name = "TODO_ITEM_DUPLICATE"
    codes = (400,)


class TodoItemsEmpty(KnownRpcError):
    """400 TODO_ITEMS_EMPTY: Missing: todo items."""

    name = "TODO_ITEMS_EMPTY"
    codes = (400,)


class TodoItemsTooMuch(KnownRpcError):
    """400 TODO_ITEMS_TOO_MUCH: Too many: todo items."""

    name = "TODO_ITEMS_TOO_MUCH"
    codes = (400,)


class TodoNotModified(KnownRpcError):
    """400 TODO_NOT_MODIFIED: Nothing would change: todo."""

    name = "TODO_NOT_MODIFIED"
    codes = (400,)


class TokenSecretInvalid(KnownRpcError):
    """400 TOKEN_SECRET_INVALID: Not valid: token secret."""

    name = "TOKEN_SECRET_INVALID"
    codes = (400,)


class TopicCloseSeparately(KnownRpcError):
    """400 TOPIC_CLOSE_SEPARATELY: Error of the server: topic close separately."""

    name = "TOPIC_CLOSE_SEPARATELY"
    codes = (400,)


class TopicHideSeparately(KnownRpcError):
    """400 TOPIC_HIDE_SEPARATELY: Error of the server: topic hide separately."""

    name = "TOPIC_HIDE_SEPARATELY"
    codes = (400,)


class TopicIdInvalid(KnownRpcError):
    """400 TOPIC_ID_INVALID: Not valid: topic id."""

    name = "TOPIC_ID_INVALID"
    codes = (400,)


class TopicTitleEmpty(KnownRpcError):
    """400 TOPIC_TITLE_EMPTY: Missing: topic title."""

    name = "TOPIC_TITLE_EMPTY"
    codes = (400,)


class TopicsEmpty(KnownRpcError):
    """400 TOPICS_EMPTY: Missing: topics."""

    name = "TOPICS_EMPTY"
    codes = (400,)


class TransactionIdInvalid(KnownRpcError):
    """400 TRANSACTION_ID_INVALID: Not valid: transaction id."""

    name = "TRANSACTION_ID_INVALID"
    codes = (400,)


class TranslateReqFailed(KnownRpcError):
    """500 TRANSLATE_REQ_FAILED: The servers failed at: translate req."""

    name = "TRANSLATE_REQ_FAILED"
    codes = (500,)


class TranslateReqQuotaExceeded(KnownRpcError):
    """400 TRANSLATE_REQ_QUOTA_EXCEEDED: Error of the server: translate req quota exceeded."""

    name = "TRANSLATE_REQ_QUOTA_EXCEEDED"
    codes = (400,)


class TranslationsDisabled(KnownRpcError):
    """400, 406 TRANSLATIONS_DISABLED: Switched off: translations."""

    name = "TRANSLATIONS_DISABLED"
    codes = (400, 406)


class TranslationsDisabledAlt(KnownRpcError):
    """400 TRANSLATIONS_DISABLED_ALT: Error of the server: translations disabled alt."""

    name = "TRANSLATIONS_DISABLED_ALT"
    codes = (400,)


class TypeConstructorInvalid(KnownRpcError):
    """400 TYPE_CONSTRUCTOR_INVALID: Not valid: type constructor."""

    name = "TYPE_CONSTRUCTOR_INVALID"
    codes = (400,)


class UnknownError(KnownRpcError):
    """400 UNKNOWN_ERROR: Error of the server: unknown error."""

    name = "UNKNOWN_ERROR"
    codes = (400,)


class UnknownMethod(KnownRpcError):
    """500 UNKNOWN_METHOD: Error of the server: unknown method."""

    name = "UNKNOWN_METHOD"
    codes = (500,)


class Unsupported(KnownRpcError):
    """400 UNSUPPORTED: Error of the server: unsupported."""

    name = "UNSUPPORTED"
    codes = (400,)


class UploadNoVolume(KnownRpcError):
    """500 UPLOAD_NO_VOLUME: Error of the server: upload no volume."""

    name = "UPLOAD_NO_VOLUME"
    codes = (500,)


class UserAlreadyParticipant(KnownRpcError):
    """400 USER_ALREADY_PARTICIPANT: Error of the server: user already participant."""

    name = "USER_ALREADY_PARTICIPANT"
    codes = (400,)


class UserBotInvalid(KnownRpcError):
    """400, 403 USER_BOT_INVALID: Not valid: user bot."""

    name = "USER_BOT_INVALID"
    codes = (400, 403)


class UserBotToBotDisabled(KnownRpcError):
    """400 USER_BOT_TO_BOT_DISABLED: Switched off: user bot to bot."""

    name = "USER_BOT_TO_BOT_DISABLED"
    codes = (400,)


class UserChannelsTooMuch(KnownRpcError):
    """400, 403 USER_CHANNELS_TOO_MUCH: Too many: user channels."""

    name = "USER_CHANNELS_TOO_MUCH"
    codes = (400, 403)


class UserGiftUnavailable(KnownRpcError):
    """400 USER_GIFT_UNAVAILABLE: Not available: user gift."""

    name = "USER_GIFT_UNAVAILABLE"
    codes = (400,)


class UserHandleMismatch(KnownRpcError):
    """400 USER_HANDLE_MISMATCH: Error of the server: user handle mismatch."""

    name = "USER_HANDLE_MISMATCH"
    codes = (400,)


class UserInvalid(KnownRpcError):
    """400, 403 USER_INVALID: Not valid: user."""

    name = "USER_INVALID"
    codes = (400, 403)


class UserIsBlocked(KnownRpcError):
    """400, 403 USER_IS_BLOCKED: Error of the server: user is blocked."""

    name = "USER_IS_BLOCKED"
    codes = (400, 403)


class UserNotMutualContact(KnownRpcError):
    """400, 403 USER_NOT_MUTUAL_CONTACT: Error of the server: user not mutual contact."""

    name = "USER_NOT_MUTUAL_CONTACT"
    codes = (400, 403)


class UserNotParticipant(KnownRpcError):
    """400, 403 USER_NOT_PARTICIPANT: Error of the server: user not participant."""

    name = "USER_NOT_PARTICIPANT"
    codes = (400, 403)


class UserPermissionDenied(KnownRpcError):
    """403 USER_PERMISSION_DENIED: Error of the server: user permission denied."""

    name = "USER_PERMISSION_DENIED"
    codes = (403,)


class UserPublicMissing(KnownRpcError):
    """400 USER_PUBLIC_MISSING: Missing: user public."""

    name = "USER_PUBLIC_MISSING"
    codes = (400,)


class UserRestricted(KnownRpcError):
    """403, 406 USER_RESTRICTED: Error of the server: user restricted."""

    name = "USER_RESTRICTED"
    codes = (403, 406)


class UserRightsMissing(KnownRpcError):
    """400 USER_RIGHTS_MISSING: Missing: user rights."""

    name = "USER_RIGHTS_MISSING"
    codes = (400,)


class UsernameNotModified(KnownRpcError):
    """400 USERNAME_NOT_MODIFIED: Nothing would change: username."""

    name = "USERNAME_NOT_MODIFIED"
    codes = (400,)


class UsernameOccupied(KnownRpcError):
    """400 USERNAME_OCCUPIED: Taken already: username."""

    name = "USERNAME_OCCUPIED"
    codes = (400,)


class UsernamePurchaseAvailable(KnownRpcError):
    """400 USERNAME_PURCHASE_AVAILABLE: Error of the server: username purchase available."""

    name = "USERNAME_PURCHASE_AVAILABLE"
    codes = (400,)


class UsernameSuffixMissing(KnownRpcError):
    """400 USERNAME_SUFFIX_MISSING: Missing: username suffix."""

    name = "USERNAME_SUFFIX_MISSING"
    codes = (400,)


class UsernamesActiveTooMuch(KnownRpcError):
    """400 USERNAMES_ACTIVE_TOO_MUCH: Too many: usernames active."""

    name = "USERNAMES_ACTIVE_TOO_MUCH"
    codes = (400,)


class UsersTooMuch(KnownRpcError):
    """400 USERS_TOO_MUCH: Too many: users."""

    name = "USERS_TOO_MUCH"
    codes = (400,)


class VenueIdInvalid(KnownRpcError):
    """400 VENUE_ID_INVALID: Not valid: venue id."""

    name = "VENUE_ID_INVALID"
    codes = (400,)


class VideoDurationInvalid(KnownRpcError):
    """400 VIDEO_DURATION_INVALID: Not valid: video duration."""

    name = "VIDEO_DURATION_INVALID"
    codes = (400,)


class VideoPauseForbidden(KnownRpcError):
    """400 VIDEO_PAUSE_FORBIDDEN: Forbidden: video pause."""

    name = "VIDEO_PAUSE_FORBIDDEN"
    codes = (400,)


class VideoStopForbidden(KnownRpcError):
    """400 VIDEO_STOP_FORBIDDEN: Forbidden: video stop."""

    name = "VIDEO_STOP_FORBIDDEN"
    codes = (400,)


class VolumeLocNotFound(KnownRpcError):
    """400, 500 VOLUME_LOC_NOT_FOUND: Not found: volume loc."""

    name = "VOLUME_LOC_NOT_FOUND"
    codes = (400, 500)


class WallpaperInvalid(KnownRpcError):
    """400 WALLPAPER_INVALID: Not valid: wallpaper."""

    name = "WALLPAPER_INVALID"
    codes = (400,)


class WallpaperNotFound(KnownRpcError):
    """400 WALLPAPER_NOT_FOUND: Not found: wallpaper."""

    name = "WALLPAPER_NOT_FOUND"
    codes = (400,)


class WebappReqIdInvalid(KnownRpcError):
    """400 WEBAPP_REQ_ID_INVALID: Not valid: webapp req id."""

    name = "WEBAPP_REQ_ID_INVALID"
    codes = (400,)


class WebdocumentUrlEmpty(KnownRpcError):
    """400 WEBDOCUMENT_URL_EMPTY: Missing: webdocument url."""

    name = "WEBDOCUMENT_URL_EMPTY"
    codes = (400,)


class WebpageNotFound(KnownRpcError):
    """400 WEBPAGE_NOT_FOUND: Not found: webpage."""

    name = "WEBPAGE_NOT_FOUND"
    codes = (400,)


class WebpageUrlInvalid(KnownRpcError):
    """400 WEBPAGE_URL_INVALID: Not valid: webpage url."""

    name = "WEBPAGE_URL_INVALID"
    codes = (400,)


class WpIdGenerateFailed(KnownRpcError):
    """500 WP_ID_GENERATE_FAILED: The servers failed at: wp id generate."""

    name = "WP_ID_GENERATE_FAILED"
    codes = (500,)


class YourPrivacyRestricted(KnownRpcError):
    """403 YOUR_PRIVACY_RESTRICTED: Error of the server: your privacy restricted."""

    name = "YOUR_PRIVACY_RESTRICTED"
    codes = (403,)
