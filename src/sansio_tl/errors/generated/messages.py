"""The errors that only the methods of `messages` raise.

Generated from schema/errors.json by `python -m sansio_tl_transports.codegen.errors`; do not edit.
"""

from __future__ import annotations

from sansio_tl.errors.rpc import KnownRpcError

__all__ = [
    "AdminIdInvalid",
    "ArticleTitleEmpty",
    "AudioContentUrlEmpty",
    "AudioTitleEmpty",
    "BannedRightsInvalid",
    "BotAppInvalid",
    "BotDomainInvalid",
    "BotInlineDisabled",
    "BotOnesideNotAvail",
    "BotPaymentsDisabled",
    "BotResponseTimeout",
    "BotScoreNotModified",
    "BroadcastForbidden",
    "BroadcastPublicVotersForbidden",
    "ButtonDataInvalid",
    "ButtonTypeInvalid",
    "ButtonUserPrivacyRestricted",
    "ChatForwardsRestricted",
    "ChatGuestSendForbidden",
    "ChatIdEmpty",
    "ChatIdGenerateFailed",
    "ChatInvitePermanent",
    "ChatRestricted",
    "ChatRevokeDateUnsupported",
    "ChatSendAudiosForbidden",
    "ChatSendDocsForbidden",
    "ChatSendGameForbidden",
    "ChatSendGifsForbidden",
    "ChatSendInlineForbidden",
    "ChatSendMediaForbidden",
    "ChatSendPhotosForbidden",
    "ChatSendPlainForbidden",
    "ChatSendPollForbidden",
    "ChatSendStickersForbidden",
    "ChatSendVideosForbidden",
    "ChatSendVoicesForbidden",
    "ChatTooBig",
    "DataTooLong",
    "DhGAInvalid",
    "EditBotInviteForbidden",
    "EmojiInvalid",
    "EmojiNotModified",
    "EmoticonEmpty",
    "EmoticonInvalid",
    "EmoticonStickerpackMissing",
    "EncryptionAlreadyAccepted",
    "EncryptionAlreadyDeclined",
    "EncryptionDeclined",
    "EncryptionIdInvalid",
    "EntitiesTooLong",
    "EntityMentionUserInvalid",
    "ErrorTextEmpty",
    "ExpireDateInvalid",
    "ExternalUrlInvalid",
    "FileContentTypeInvalid",
    "FileEmtpy",
    "FilePartLengthInvalid",
    "FileTitleEmpty",
    "FilterIncludeEmpty",
    "FilterTitleEmpty",
    "FromPeerInvalid",
    "GameBotInvalid",
    "GifContentTypeInvalid",
    "GifIdInvalid",
    "GroupedMediaInvalid",
    "HideRequesterMissing",
    "ImportFileInvalid",
    "ImportFormatUnrecognized",
    "ImportIdInvalid",
    "InlineBotRequired",
    "InlineResultExpired",
    "InputFilterInvalid",
    "InputTextEmpty",
    "InviteRevokedMissing",
    "MaxDateInvalid",
    "MaxQtsInvalid",
    "Md5ChecksumInvalid",
    "MediaCaptionTooLong",
    "MediaEmpty",
    "MediaGroupedInvalid",
    "MediaNewInvalid",
    "MediaPrevInvalid",
    "MessageAuthorRequired",
    "MessageEditTimeExpired",
    "MessageNotModified",
    "MessagePollClosed",
    "MinDateInvalid",
    "MsgTooOld",
    "MultiMediaTooLong",
    "NextOffsetInvalid",
    "OffsetPeerIdInvalid",
    "OptionInvalid",
    "OptionsTooMuch",
    "PaymentUnsupported",
    "PeerHistoryEmpty",
    "PeerIdNotSupported",
    "PhotoContentTypeInvalid",
    "PhotoContentUrlEmpty",
    "PhotoInvalidDimensions",
    "PhotoSaveFileInvalid",
    "PhotoThumbUrlEmpty",
    "PinRestricted",
    "PollAnswerInvalid",
    "PollAnswersInvalid",
    "PollOptionDuplicate",
    "PollOptionInvalid",
    "PollQuestionInvalid",
    "PollVoteRequired",
    "PremiumAccountRequired",
    "QueryIdEmpty",
    "QuizAnswerMissing",
    "QuizCorrectAnswerInvalid",
    "QuizCorrectAnswersEmpty",
    "QuizCorrectAnswersTooMuch",
    "QuizMultipleInvalid",
    "RandomIdEmpty",
    "RandomIdInvalid",
    "RandomLengthInvalid",
    "ReactionEmpty",
    "ReactionInvalid",
    "ReactionsTooMany",
    "ReplyMarkupBuyEmpty",
    "ReplyMarkupInvalid",
    "ReplyMarkupTooLong",
    "ResultIdDuplicate",
    "ResultIdEmpty",
    "ResultIdInvalid",
    "ResultTypeInvalid",
    "ResultsTooMuch",
    "RevoteNotAllowed",
    "ScheduleBotNotAllowed",
    "ScheduleDateTooLate",
    "ScheduleStatusPrivate",
    "ScheduleTooMuch",
    "ScoreInvalid",
    "SearchWithLinkNotSupported",
    "SendAsPeerInvalid",
    "SendMessageMediaInvalid",
    "SendMessageTypeInvalid",
    "Sha256HashInvalid",
    "SlowmodeMultiMsgsDisabled",
    "StartParamEmpty",
    "StartParamInvalid",
    "StartParamTooLong",
    "StickerDocumentInvalid",
    "StickerIdInvalid",
    "SwitchPmTextEmpty",
    "ToLangInvalid",
    "TopicClosed",
    "TopicDeleted",
    "TranscriptionFailed",
    "TtlMediaInvalid",
    "TtlPeriodInvalid",
    "UsageLimitInvalid",
    "UserDeleted",
    "UserIsBot",
    "UsersTooFew",
    "VideoContentTypeInvalid",
    "VideoTitleEmpty",
    "VoiceMessagesForbidden",
    "WcConvertUrlInvalid",
    "WebdocumentInvalid",
    "WebdocumentMimeInvalid",
    "WebdocumentSizeTooBig",
    "WebdocumentUrlInvalid",
    "WebpageCurlFailed",
    "WebpageMediaEmpty",
    "YouBlockedUser",
]


class AdminIdInvalid(KnownRpcError):
    """400 ADMIN_ID_INVALID: Not valid: admin id."""

    name = "ADMIN_ID_INVALID"
    codes = (400,)


class ArticleTitleEmpty(KnownRpcError):
    """400 ARTICLE_TITLE_EMPTY: Missing: article title."""

    name = "ARTICLE_TITLE_EMPTY"
    codes = (400,)


class AudioContentUrlEmpty(KnownRpcError):
    """400 AUDIO_CONTENT_URL_EMPTY: Missing: audio content url."""

    name = "AUDIO_CONTENT_URL_EMPTY"
    codes = (400,)


class AudioTitleEmpty(KnownRpcError):
    """400 AUDIO_TITLE_EMPTY: Missing: audio title."""

    name = "AUDIO_TITLE_EMPTY"
    codes = (400,)


class BannedRightsInvalid(KnownRpcError):
    """400, 406 BANNED_RIGHTS_INVALID: Not valid: banned rights."""

    name = "BANNED_RIGHTS_INVALID"
    codes = (400, 406)


class BotAppInvalid(KnownRpcError):
    """400 BOT_APP_INVALID: Not valid: bot app."""

    name = "BOT_APP_INVALID"
    codes = (400,)


class BotDomainInvalid(KnownRpcError):
    """400 BOT_DOMAIN_INVALID: Not valid: bot domain."""

    name = "BOT_DOMAIN_INVALID"
    codes = (400,)


class BotInlineDisabled(KnownRpcError):
    """400 BOT_INLINE_DISABLED: Switched off: bot inline."""

    name = "BOT_INLINE_DISABLED"
    codes = (400,)


class BotOnesideNotAvail(KnownRpcError):
    """400 BOT_ONESIDE_NOT_AVAIL: Error of the server: bot oneside not avail."""

    name = "BOT_ONESIDE_NOT_AVAIL"
    codes = (400,)


class BotPaymentsDisabled(KnownRpcError):
    """400 BOT_PAYMENTS_DISABLED: Switched off: bot payments."""

    name = "BOT_PAYMENTS_DISABLED"
    codes = (400,)


class BotResponseTimeout(KnownRpcError):
    """400 BOT_RESPONSE_TIMEOUT: Error of the server: bot response timeout."""

    name = "BOT_RESPONSE_TIMEOUT"
    codes = (400,)


class BotScoreNotModified(KnownRpcError):
    """400 BOT_SCORE_NOT_MODIFIED: Nothing would change: bot score."""

    name = "BOT_SCORE_NOT_MODIFIED"
    codes = (400,)


class BroadcastForbidden(KnownRpcError):
    """403 BROADCAST_FORBIDDEN: Forbidden: broadcast."""

    name = "BROADCAST_FORBIDDEN"
    codes = (403,)


class BroadcastPublicVotersForbidden(KnownRpcError):
    """400 BROADCAST_PUBLIC_VOTERS_FORBIDDEN: Forbidden: broadcast public voters."""

    name = "BROADCAST_PUBLIC_VOTERS_FORBIDDEN"
    codes = (400,)


class ButtonDataInvalid(KnownRpcError):
    """400 BUTTON_DATA_INVALID: Not valid: button data."""

    name = "BUTTON_DATA_INVALID"
    codes = (400,)


class ButtonTypeInvalid(KnownRpcError):
    """400 BUTTON_TYPE_INVALID: Not valid: button type."""

    name = "BUTTON_TYPE_INVALID"
    codes = (400,)


class ButtonUserPrivacyRestricted(KnownRpcError):
    """400 BUTTON_USER_PRIVACY_RESTRICTED: Error of the server: button user privacy restricted."""

    name = "BUTTON_USER_PRIVACY_RESTRICTED"
    codes = (400,)


class ChatForwardsRestricted(KnownRpcError):
    """400, 406 CHAT_FORWARDS_RESTRICTED: Error of the server: chat forwards restricted."""

    name = "CHAT_FORWARDS_RESTRICTED"
    codes = (400, 406)


class ChatGuestSendForbidden(KnownRpcError):
    """403 CHAT_GUEST_SEND_FORBIDDEN: Forbidden: chat guest send."""

    name = "CHAT_GUEST_SEND_FORBIDDEN"
    codes = (403,)


class ChatIdEmpty(KnownRpcError):
    """400 CHAT_ID_EMPTY: Missing: chat id."""

    name = "CHAT_ID_EMPTY"
    codes = (400,)


class ChatIdGenerateFailed(KnownRpcError):
    """500 CHAT_ID_GENERATE_FAILED: The servers failed at: chat id generate."""

    name = "CHAT_ID_GENERATE_FAILED"
    codes = (500,)


class ChatInvitePermanent(KnownRpcError):
    """400 CHAT_INVITE_PERMANENT: Error of the server: chat invite permanent."""

    name = "CHAT_INVITE_PERMANENT"
    codes = (400,)


class ChatRestricted(KnownRpcError):
    """400 CHAT_RESTRICTED: Error of the server: chat restricted."""

    name = "CHAT_RESTRICTED"
    codes = (400,)


class ChatRevokeDateUnsupported(KnownRpcError):
    """400 CHAT_REVOKE_DATE_UNSUPPORTED: Not supported: chat revoke date."""

    name = "CHAT_REVOKE_DATE_UNSUPPORTED"
    codes = (400,)


class ChatSendAudiosForbidden(KnownRpcError):
    """403 CHAT_SEND_AUDIOS_FORBIDDEN: Forbidden: chat send audios."""

    name = "CHAT_SEND_AUDIOS_FORBIDDEN"
    codes = (403,)


class ChatSendDocsForbidden(KnownRpcError):
    """403 CHAT_SEND_DOCS_FORBIDDEN: Forbidden: chat send docs."""

    name = "CHAT_SEND_DOCS_FORBIDDEN"
    codes = (403,)


class ChatSendGameForbidden(KnownRpcError):
    """403 CHAT_SEND_GAME_FORBIDDEN: Forbidden: chat send game."""

    name = "CHAT_SEND_GAME_FORBIDDEN"
    codes = (403,)


class ChatSendGifsForbidden(KnownRpcError):
    """403 CHAT_SEND_GIFS_FORBIDDEN: Forbidden: chat send gifs."""

    name = "CHAT_SEND_GIFS_FORBIDDEN"
    codes = (403,)


class ChatSendInlineForbidden(KnownRpcError):
    """400, 403 CHAT_SEND_INLINE_FORBIDDEN: Forbidden: chat send inline."""

    name = "CHAT_SEND_INLINE_FORBIDDEN"
    codes = (400, 403)


class ChatSendMediaForbidden(KnownRpcError):
    """403 CHAT_SEND_MEDIA_FORBIDDEN: Forbidden: chat send media."""

    name = "CHAT_SEND_MEDIA_FORBIDDEN"
    codes = (403,)


class ChatSendPhotosForbidden(KnownRpcError):
    """403 CHAT_SEND_PHOTOS_FORBIDDEN: Forbidden: chat send photos."""

    name = "CHAT_SEND_PHOTOS_FORBIDDEN"
    codes = (403,)


class ChatSendPlainForbidden(KnownRpcError):
    """403 CHAT_SEND_PLAIN_FORBIDDEN: Forbidden: chat send plain."""

    name = "CHAT_SEND_PLAIN_FORBIDDEN"
    codes = (403,)


class ChatSendPollForbidden(KnownRpcError):
    """403 CHAT_SEND_POLL_FORBIDDEN: Forbidden: chat send poll."""

    name = "CHAT_SEND_POLL_FORBIDDEN"
    codes = (403,)


class ChatSendStickersForbidden(KnownRpcError):
    """403 CHAT_SEND_STICKERS_FORBIDDEN: Forbidden: chat send stickers."""

    name = "CHAT_SEND_STICKERS_FORBIDDEN"
    codes = (403,)


class ChatSendVideosForbidden(KnownRpcError):
    """403 CHAT_SEND_VIDEOS_FORBIDDEN: Forbidden: chat send videos."""

    name = "CHAT_SEND_VIDEOS_FORBIDDEN"
    codes = (403,)


class ChatSendVoicesForbidden(KnownRpcError):
    """403 CHAT_SEND_VOICES_FORBIDDEN: Forbidden: chat send voices."""

    name = "CHAT_SEND_VOICES_FORBIDDEN"
    codes = (403,)


class ChatTooBig(KnownRpcError):
    """400 CHAT_TOO_BIG: Too big: chat."""

    name = "CHAT_TOO_BIG"
    codes = (400,)


class DataTooLong(KnownRpcError):
    """400 DATA_TOO_LONG: Too long: data."""

    name = "DATA_TOO_LONG"
    codes = (400,)


class DhGAInvalid(KnownRpcError):
    """400 DH_G_A_INVALID: Not valid: dh g a."""

    name = "DH_G_A_INVALID"
    codes = (400,)


class EditBotInviteForbidden(KnownRpcError):
    """403 EDIT_BOT_INVITE_FORBIDDEN: Forbidden: edit bot invite."""

    name = "EDIT_BOT_INVITE_FORBIDDEN"
    codes = (403,)


class EmojiInvalid(KnownRpcError):
    """400 EMOJI_INVALID: Not valid: emoji."""

    name = "EMOJI_INVALID"
    codes = (400,)


class EmojiNotModified(KnownRpcError):
    """400 EMOJI_NOT_MODIFIED: Nothing would change: emoji."""

    name = "EMOJI_NOT_MODIFIED"
    codes = (400,)


class EmoticonEmpty(KnownRpcError):
    """400 EMOTICON_EMPTY: Missing: emoticon."""

    name = "EMOTICON_EMPTY"
    codes = (400,)


class EmoticonInvalid(KnownRpcError):
    """400 EMOTICON_INVALID: Not valid: emoticon."""

    name = "EMOTICON_INVALID"
    codes = (400,)


class EmoticonStickerpackMissing(KnownRpcError):
    """400 EMOTICON_STICKERPACK_MISSING: Missing: emoticon stickerpack."""

    name = "EMOTICON_STICKERPACK_MISSING"
    codes = (400,)


class EncryptionAlreadyAccepted(KnownRpcError):
    """400 ENCRYPTION_ALREADY_ACCEPTED: Error of the server: encryption already accepted."""

    name = "ENCRYPTION_ALREADY_ACCEPTED"
    codes = (400,)


class EncryptionAlreadyDeclined(KnownRpcError):
    """400 ENCRYPTION_ALREADY_DECLINED: Error of the server: encryption already declined."""

    name = "ENCRYPTION_ALREADY_DECLINED"
    codes = (400,)


class EncryptionDeclined(KnownRpcError):
    """400 ENCRYPTION_DECLINED: Error of the server: encryption declined."""

    name = "ENCRYPTION_DECLINED"
    codes = (400,)


class EncryptionIdInvalid(KnownRpcError):
    """400 ENCRYPTION_ID_INVALID: Not valid: encryption id."""

    name = "ENCRYPTION_ID_INVALID"
    codes = (400,)


class EntitiesTooLong(KnownRpcError):
    """400 ENTITIES_TOO_LONG: Too long: entities."""

    name = "ENTITIES_TOO_LONG"
    codes = (400,)


class EntityMentionUserInvalid(KnownRpcError):
    """400 ENTITY_MENTION_USER_INVALID: Not valid: entity mention user."""

    name = "ENTITY_MENTION_USER_INVALID"
    codes = (400,)


class ErrorTextEmpty(KnownRpcError):
    """400 ERROR_TEXT_EMPTY: Missing: error text."""

    name = "ERROR_TEXT_EMPTY"
    codes = (400,)


class ExpireDateInvalid(KnownRpcError):
    """400 EXPIRE_DATE_INVALID: Not valid: expire date."""

    name = "EXPIRE_DATE_INVALID"
    codes = (400,)


class ExternalUrlInvalid(KnownRpcError):
    """400 EXTERNAL_URL_INVALID: Not valid: external url."""

    name = "EXTERNAL_URL_INVALID"
    codes = (400,)


class FileContentTypeInvalid(KnownRpcError):
    """400 FILE_CONTENT_TYPE_INVALID: Not valid: file content type."""

    name = "FILE_CONTENT_TYPE_INVALID"
    codes = (400,)


class FileEmtpy(KnownRpcError):
    """400 FILE_EMTPY: Error of the server: file emtpy."""

    name = "FILE_EMTPY"
    codes = (400,)


class FilePartLengthInvalid(KnownRpcError):
    """400 FILE_PART_LENGTH_INVALID: Not valid: file part length."""

    name = "FILE_PART_LENGTH_INVALID"
    codes = (400,)


class FileTitleEmpty(KnownRpcError):
    """400 FILE_TITLE_EMPTY: Missing: file title."""

    name = "FILE_TITLE_EMPTY"
    codes = (400,)


class FilterIncludeEmpty(KnownRpcError):
    """400 FILTER_INCLUDE_EMPTY: Missing: filter include."""

    name = "FILTER_INCLUDE_EMPTY"
    codes = (400,)


class FilterTitleEmpty(KnownRpcError):
    """400 FILTER_TITLE_EMPTY: Missing: filter title."""

    name = "FILTER_TITLE_EMPTY"
    codes = (400,)


class FromPeerInvalid(KnownRpcError):
    """400 FROM_PEER_INVALID: Not valid: from peer."""

    name = "FROM_PEER_INVALID"
    codes = (400,)


class GameBotInvalid(KnownRpcError):
    """400 GAME_BOT_INVALID: Not valid: game bot."""

    name = "GAME_BOT_INVALID"
    codes = (400,)


class GifContentTypeInvalid(KnownRpcError):
    """400 GIF_CONTENT_TYPE_INVALID: Not valid: gif content type."""

    name = "GIF_CONTENT_TYPE_INVALID"
    codes = (400,)


class GifIdInvalid(KnownRpcError):
    """400 GIF_ID_INVALID: Not valid: gif id."""

    name = "GIF_ID_INVALID"
    codes = (400,)


class GroupedMediaInvalid(KnownRpcError):
    """400 GROUPED_MEDIA_INVALID: Not valid: grouped media."""

    name = "GROUPED_MEDIA_INVALID"
    codes = (400,)


class HideRequesterMissing(KnownRpcError):
    """400 HIDE_REQUESTER_MISSING: Missing: hide requester."""

    name = "HIDE_REQUESTER_MISSING"
    codes = (400,)


class ImportFileInvalid(KnownRpcError):
    """400 IMPORT_FILE_INVALID: Not valid: import file."""

    name = "IMPORT_FILE_INVALID"
    codes = (400,)


class ImportFormatUnrecognized(KnownRpcError):
    """400 IMPORT_FORMAT_UNRECOGNIZED: Error of the server: import format unrecognized."""

    name = "IMPORT_FORMAT_UNRECOGNIZED"
    codes = (400,)


class ImportIdInvalid(KnownRpcError):
    """400 IMPORT_ID_INVALID: Not valid: import id."""

    name = "IMPORT_ID_INVALID"
    codes = (400,)


class InlineBotRequired(KnownRpcError):
    """403 INLINE_BOT_REQUIRED: Required: inline bot."""

    name = "INLINE_BOT_REQUIRED"
    codes = (403,)


class InlineResultExpired(KnownRpcError):
    """400 INLINE_RESULT_EXPIRED: Expired: inline result."""

    name = "INLINE_RESULT_EXPIRED"
    codes = (400,)


class InputFilterInvalid(KnownRpcError):
    """400 INPUT_FILTER_INVALID: Not valid: input filter."""

    name = "INPUT_FILTER_INVALID"
    codes = (400,)


class InputTextEmpty(KnownRpcError):
    """400 INPUT_TEXT_EMPTY: Missing: input text."""

    name = "INPUT_TEXT_EMPTY"
    codes = (400,)


class InviteRevokedMissing(KnownRpcError):
    """400 INVITE_REVOKED_MISSING: Missing: invite revoked."""

    name = "INVITE_REVOKED_MISSING"
    codes = (400,)


class MaxDateInvalid(KnownRpcError):
    """400 MAX_DATE_INVALID: Not valid: max date."""

    name = "MAX_DATE_INVALID"
    codes = (400,)


class MaxQtsInvalid(KnownRpcError):
    """400 MAX_QTS_INVALID: Not valid: max qts."""

    name = "MAX_QTS_INVALID"
    codes = (400,)


class Md5ChecksumInvalid(KnownRpcError):
    """400 MD5_CHECKSUM_INVALID: Not valid: md5 checksum."""

    name = "MD5_CHECKSUM_INVALID"
    codes = (400,)


class MediaCaptionTooLong(KnownRpcError):
    """400 MEDIA_CAPTION_TOO_LONG: Too long: media caption."""

    name = "MEDIA_CAPTION_TOO_LONG"
    codes = (400,)


class MediaEmpty(KnownRpcError):
    """400 MEDIA_EMPTY: Missing: media."""

    name = "MEDIA_EMPTY"
    codes = (400,)


class MediaGroupedInvalid(KnownRpcError):
    """400 MEDIA_GROUPED_INVALID: Not valid: media grouped."""

    name = "MEDIA_GROUPED_INVALID"
    codes = (400,)


class MediaNewInvalid(KnownRpcError):
    """400 MEDIA_NEW_INVALID: Not valid: media new."""

    name = "MEDIA_NEW_INVALID"
    codes = (400,)


class MediaPrevInvalid(KnownRpcError):
    """400 MEDIA_PREV_INVALID: Not valid: media prev."""

    name = "MEDIA_PREV_INVALID"
    codes = (400,)


class MessageAuthorRequired(KnownRpcError):
    """403 MESSAGE_AUTHOR_REQUIRED: Required: message author."""

    name = "MESSAGE_AUTHOR_REQUIRED"
    codes = (403,)


class MessageEditTimeExpired(KnownRpcError):
    """400 MESSAGE_EDIT_TIME_EXPIRED: Expired: message edit time."""

    name = "MESSAGE_EDIT_TIME_EXPIRED"
    codes = (400,)


class MessageNotModified(KnownRpcError):
    """400 MESSAGE_NOT_MODIFIED: Nothing would change: message."""

    name = "MESSAGE_NOT_MODIFIED"
    codes = (400,)


class MessagePollClosed(KnownRpcError):
    """400 MESSAGE_POLL_CLOSED: Error of the server: message poll closed."""

    name = "MESSAGE_POLL_CLOSED"
    codes = (400,)


class MinDateInvalid(KnownRpcError):
    """400 MIN_DATE_INVALID: Not valid: min date."""

    name = "MIN_DATE_INVALID"
    codes = (400,)


class MsgTooOld(KnownRpcError):
    """400 MSG_TOO_OLD: Error of the server: msg too old."""

    name = "MSG_TOO_OLD"
    codes = (400,)


class MultiMediaTooLong(KnownRpcError):
    """400 MULTI_MEDIA_TOO_LONG: Too long: multi media."""

    name = "MULTI_MEDIA_TOO_LONG"
    codes = (400,)


class NextOffsetInvalid(KnownRpcError):
    """400 NEXT_OFFSET_INVALID: Not valid: next offset."""

    name = "NEXT_OFFSET_INVALID"
    codes = (400,)


class OffsetPeerIdInvalid(KnownRpcError):
    """400 OFFSET_PEER_ID_INVALID: Not valid: offset peer id."""

    name = "OFFSET_PEER_ID_INVALID"
    codes = (400,)


class OptionInvalid(KnownRpcError):
    """400 OPTION_INVALID: Not valid: option."""

    name = "OPTION_INVALID"
    codes = (400,)


class OptionsTooMuch(KnownRpcError):
    """400 OPTIONS_TOO_MUCH: Too many: options."""

    name = "OPTIONS_TOO_MUCH"
    codes = (400,)


class PaymentUnsupported(KnownRpcError):
    """406 PAYMENT_UNSUPPORTED: Not supported: payment."""

    name = "PAYMENT_UNSUPPORTED"
    codes = (406,)


class PeerHistoryEmpty(KnownRpcError):
    """400 PEER_HISTORY_EMPTY: Missing: peer history."""

    name = "PEER_HISTORY_EMPTY"
    codes = (400,)


class PeerIdNotSupported(KnownRpcError):
    """400 PEER_ID_NOT_SUPPORTED: Not supported: peer id."""

    name = "PEER_ID_NOT_SUPPORTED"
    codes = (400,)


class PhotoContentTypeInvalid(KnownRpcError):
    """400 PHOTO_CONTENT_TYPE_INVALID: Not valid: photo content type."""

    name = "PHOTO_CONTENT_TYPE_INVALID"
    codes = (400,)


class PhotoContentUrlEmpty(KnownRpcError):
    """400 PHOTO_CONTENT_URL_EMPTY: Missing: photo content url."""

    name = "PHOTO_CONTENT_URL_EMPTY"
    codes = (400,)


class PhotoInvalidDimensions(KnownRpcError):
    """400 PHOTO_INVALID_DIMENSIONS: Error of the server: photo invalid dimensions."""

    name = "PHOTO_INVALID_DIMENSIONS"
    codes = (400,)


class PhotoSaveFileInvalid(KnownRpcError):
    """400 PHOTO_SAVE_FILE_INVALID: Not valid: photo save file."""

    name = "PHOTO_SAVE_FILE_INVALID"
    codes = (400,)


class PhotoThumbUrlEmpty(KnownRpcError):
    """400 PHOTO_THUMB_URL_EMPTY: Missing: photo thumb url."""

    name = "PHOTO_THUMB_URL_EMPTY"
    codes = (400,)


class PinRestricted(KnownRpcError):
    """400 PIN_RESTRICTED: Error of the server: pin restricted."""

    name = "PIN_RESTRICTED"
    codes = (400,)


class PollAnswerInvalid(KnownRpcError):
    """400 POLL_ANSWER_INVALID: Not valid: poll answer."""

    name = "POLL_ANSWER_INVALID"
    codes = (400,)


class PollAnswersInvalid(KnownRpcError):
    """400 POLL_ANSWERS_INVALID: Not valid: poll answers."""

    name = "POLL_ANSWERS_INVALID"
    codes = (400,)


class PollOptionDuplicate(KnownRpcError):
    """400 POLL_OPTION_DUPLICATE: Error of the server: poll option duplicate."""

    name = "POLL_OPTION_DUPLICATE"
    codes = (400,)


class PollOptionInvalid(KnownRpcError):
    """400 POLL_OPTION_INVALID: Not valid: poll option."""

    name = "POLL_OPTION_INVALID"
    codes = (400,)


class PollQuestionInvalid(KnownRpcError):
    """400 POLL_QUESTION_INVALID: Not valid: poll question."""

    name = "POLL_QUESTION_INVALID"
    codes = (400,)


class PollVoteRequired(KnownRpcError):
    """403, 400 POLL_VOTE_REQUIRED: Required: poll vote."""

    name = "POLL_VOTE_REQUIRED"
    codes = (403, 400)


class PremiumAccountRequired(KnownRpcError):
    """403, 400 PREMIUM_ACCOUNT_REQUIRED: Required: premium account."""

    name = "PREMIUM_ACCOUNT_REQUIRED"
    codes = (403, 400)


class QueryIdEmpty(KnownRpcError):
    """400 QUERY_ID_EMPTY: Missing: query id."""

    name = "QUERY_ID_EMPTY"
    codes = (400,)


class QuizAnswerMissing(KnownRpcError):
    """400 QUIZ_ANSWER_MISSING: Missing: quiz answer."""

    name = "QUIZ_ANSWER_MISSING"
    codes = (400,)


class QuizCorrectAnswerInvalid(KnownRpcError):
    """400 QUIZ_CORRECT_ANSWER_INVALID: Not valid: quiz correct answer."""

    name = "QUIZ_CORRECT_ANSWER_INVALID"
    codes = (400,)


class QuizCorrectAnswersEmpty(KnownRpcError):
    """400 QUIZ_CORRECT_ANSWERS_EMPTY: Missing: quiz correct answers."""

    name = "QUIZ_CORRECT_ANSWERS_EMPTY"
    codes = (400,)


class QuizCorrectAnswersTooMuch(KnownRpcError):
    """400 QUIZ_CORRECT_ANSWERS_TOO_MUCH: Too many: quiz correct answers."""

    name = "QUIZ_CORRECT_ANSWERS_TOO_MUCH"
    codes = (400,)


class QuizMultipleInvalid(KnownRpcError):
    """400 QUIZ_MULTIPLE_INVALID: Not valid: quiz multiple."""

    name = "QUIZ_MULTIPLE_INVALID"
    codes = (400,)


class RandomIdEmpty(KnownRpcError):
    """400 RANDOM_ID_EMPTY: Missing: random id."""

    name = "RANDOM_ID_EMPTY"
    codes = (400,)


class RandomIdInvalid(KnownRpcError):
    """400 RANDOM_ID_INVALID: Not valid: random id."""

    name = "RANDOM_ID_INVALID"
    codes = (400,)


class RandomLengthInvalid(KnownRpcError):
    """400 RANDOM_LENGTH_INVALID: Not valid: random length."""

    name = "RANDOM_LENGTH_INVALID"
    codes = (400,)


class ReactionEmpty(KnownRpcError):
    """400 REACTION_EMPTY: Missing: reaction."""

    name = "REACTION_EMPTY"
    codes = (400,)


class ReactionInvalid(KnownRpcError):
    """400 REACTION_INVALID: Not valid: reaction."""

    name = "REACTION_INVALID"
    codes = (400,)


class ReactionsTooMany(KnownRpcError):
    """400 REACTIONS_TOO_MANY: Too many: reactions."""

    name = "REACTIONS_TOO_MANY"
    codes = (400,)


class ReplyMarkupBuyEmpty(KnownRpcError):
    """400 REPLY_MARKUP_BUY_EMPTY: Missing: reply markup buy."""

    name = "REPLY_MARKUP_BUY_EMPTY"
    codes = (400,)


class ReplyMarkupInvalid(KnownRpcError):
    """400 REPLY_MARKUP_INVALID: Not valid: reply markup."""

    name = "REPLY_MARKUP_INVALID"
    codes = (400,)


class ReplyMarkupTooLong(KnownRpcError):
    """400 REPLY_MARKUP_TOO_LONG: Too long: reply markup."""

    name = "REPLY_MARKUP_TOO_LONG"
    codes = (400,)


class ResultIdDuplicate(KnownRpcError):
    """400 RESULT_ID_DUPLICATE: Error of the server: result id duplicate."""

    name = "RESULT_ID_DUPLICATE"
    codes = (400,)


class ResultIdEmpty(KnownRpcError):
    """400 RESULT_ID_EMPTY: Missing: result id."""

    name = "RESULT_ID_EMPTY"
    codes = (400,)


class ResultIdInvalid(KnownRpcError):
    """400 RESULT_ID_INVALID: Not valid: result id."""

    name = "RESULT_ID_INVALID"
    codes = (400,)


class ResultTypeInvalid(KnownRpcError):
    """400 RESULT_TYPE_INVALID: Not valid: result type."""

    name = "RESULT_TYPE_INVALID"
    codes = (400,)


class ResultsTooMuch(KnownRpcError):
    """400 RESULTS_TOO_MUCH: Too many: results."""

    name = "RESULTS_TOO_MUCH"
    codes = (400,)


class RevoteNotAllowed(KnownRpcError):
    """400 REVOTE_NOT_ALLOWED: Not allowed: revote."""

    name = "REVOTE_NOT_ALLOWED"
    codes = (400,)


class ScheduleBotNotAllowed(KnownRpcError):
    """400 SCHEDULE_BOT_NOT_ALLOWED: Not allowed: schedule bot."""

    name = "SCHEDULE_BOT_NOT_ALLOWED"
    codes = (400,)


class ScheduleDateTooLate(KnownRpcError):
    """400 SCHEDULE_DATE_TOO_LATE: Error of the server: schedule date too late."""

    name = "SCHEDULE_DATE_TOO_LATE"
    codes = (400,)


class ScheduleStatusPrivate(KnownRpcError):
    """400 SCHEDULE_STATUS_PRIVATE: Error of the server: schedule status private."""

    name = "SCHEDULE_STATUS_PRIVATE"
    codes = (400,)


class ScheduleTooMuch(KnownRpcError):
    """400 SCHEDULE_TOO_MUCH: Too many: schedule."""

    name = "SCHEDULE_TOO_MUCH"
    codes = (400,)


class ScoreInvalid(KnownRpcError):
    """400 SCORE_INVALID: Not valid: score."""

    name = "SCORE_INVALID"
    codes = (400,)


class SearchWithLinkNotSupported(KnownRpcError):
    """400 SEARCH_WITH_LINK_NOT_SUPPORTED: Not supported: search with link."""

    name = "SEARCH_WITH_LINK_NOT_SUPPORTED"
    codes = (400,)


class SendAsPeerInvalid(KnownRpcError):
    """400 SEND_AS_PEER_INVALID: Not valid: send as peer."""

    name = "SEND_AS_PEER_INVALID"
    codes = (400,)


class SendMessageMediaInvalid(KnownRpcError):
    """400 SEND_MESSAGE_MEDIA_INVALID: Not valid: send message media."""

    name = "SEND_MESSAGE_MEDIA_INVALID"
    codes = (400,)


class SendMessageTypeInvalid(KnownRpcError):
    """400 SEND_MESSAGE_TYPE_INVALID: Not valid: send message type."""

    name = "SEND_MESSAGE_TYPE_INVALID"
    codes = (400,)


class Sha256HashInvalid(KnownRpcError):
    """400 SHA256_HASH_INVALID: Not valid: sha256 hash."""

    name = "SHA256_HASH_INVALID"
    codes = (400,)


class SlowmodeMultiMsgsDisabled(KnownRpcError):
    """400 SLOWMODE_MULTI_MSGS_DISABLED: Switched off: slowmode multi msgs."""

    name = "SLOWMODE_MULTI_MSGS_DISABLED"
    codes = (400,)


class StartParamEmpty(KnownRpcError):
    """400 START_PARAM_EMPTY: Missing: start param."""

    name = "START_PARAM_EMPTY"
    codes = (400,)


class StartParamInvalid(KnownRpcError):
    """400 START_PARAM_INVALID: Not valid: start param."""

    name = "START_PARAM_INVALID"
    codes = (400,)


class StartParamTooLong(KnownRpcError):
    """400 START_PARAM_TOO_LONG: Too long: start param."""

    name = "START_PARAM_TOO_LONG"
    codes = (400,)


class StickerDocumentInvalid(KnownRpcError):
    """400 STICKER_DOCUMENT_INVALID: Not valid: sticker document."""

    name = "STICKER_DOCUMENT_INVALID"
    codes = (400,)


class StickerIdInvalid(KnownRpcError):
    """400 STICKER_ID_INVALID: Not valid: sticker id."""

    name = "STICKER_ID_INVALID"
    codes = (400,)


class SwitchPmTextEmpty(KnownRpcError):
    """400 SWITCH_PM_TEXT_EMPTY: Missing: switch pm text."""

    name = "SWITCH_PM_TEXT_EMPTY"
    codes = (400,)


class ToLangInvalid(KnownRpcError):
    """400 TO_LANG_INVALID: Not valid: to lang."""

    name = "TO_LANG_INVALID"
    codes = (400,)


class TopicClosed(KnownRpcError):
    """400, 406 TOPIC_CLOSED: Error of the server: topic closed."""

    name = "TOPIC_CLOSED"
    codes = (400, 406)


class TopicDeleted(KnownRpcError):
    """400, 406 TOPIC_DELETED: Error of the server: topic deleted."""

    name = "TOPIC_DELETED"
    codes = (400, 406)


class TranscriptionFailed(KnownRpcError):
    """400 TRANSCRIPTION_FAILED: The servers failed at: transcription."""

    name = "TRANSCRIPTION_FAILED"
    codes = (400,)


class TtlMediaInvalid(KnownRpcError):
    """400 TTL_MEDIA_INVALID: Not valid: ttl media."""

    name = "TTL_MEDIA_INVALID"
    codes = (400,)


class TtlPeriodInvalid(KnownRpcError):
    """400 TTL_PERIOD_INVALID: Not valid: ttl period."""

    name = "TTL_PERIOD_INVALID"
    codes = (400,)


class UsageLimitInvalid(KnownRpcError):
    """400 USAGE_LIMIT_INVALID: Not valid: usage limit."""

    name = "USAGE_LIMIT_INVALID"
    codes = (400,)


class UserDeleted(KnownRpcError):
    """403 USER_DELETED: Error of the server: user deleted."""

    name = "USER_DELETED"
    codes = (403,)


class UserIsBot(KnownRpcError):
    """400 USER_IS_BOT: Error of the server: user is bot."""

    name = "USER_IS_BOT"
    codes = (400,)


class UsersTooFew(KnownRpcError):
    """400 USERS_TOO_FEW: Error of the server: users too few."""

    name = "USERS_TOO_FEW"
    codes = (400,)


class VideoContentTypeInvalid(KnownRpcError):
    """400 VIDEO_CONTENT_TYPE_INVALID: Not valid: video content type."""

    name = "VIDEO_CONTENT_TYPE_INVALID"
    codes = (400,)


class VideoTitleEmpty(KnownRpcError):
    """400 VIDEO_TITLE_EMPTY: Missing: video title."""

    name = "VIDEO_TITLE_EMPTY"
    codes = (400,)


class VoiceMessagesForbidden(KnownRpcError):
    """400, 403 VOICE_MESSAGES_FORBIDDEN: Forbidden: voice messages."""

    name = "VOICE_MESSAGES_FORBIDDEN"
    codes = (400, 403)


class WcConvertUrlInvalid(KnownRpcError):
    """400 WC_CONVERT_URL_INVALID: Not valid: wc convert url."""

    name = "WC_CONVERT_URL_INVALID"
    codes = (400,)


class WebdocumentInvalid(KnownRpcError):
    """400 WEBDOCUMENT_INVALID: Not valid: webdocument."""

    name = "WEBDOCUMENT_INVALID"
    codes = (400,)


class WebdocumentMimeInvalid(KnownRpcError):
    """400 WEBDOCUMENT_MIME_INVALID: Not valid: webdocument mime."""

    name = "WEBDOCUMENT_MIME_INVALID"
    codes = (400,)


class WebdocumentSizeTooBig(KnownRpcError):
    """400 WEBDOCUMENT_SIZE_TOO_BIG: Too big: webdocument size."""

    name = "WEBDOCUMENT_SIZE_TOO_BIG"
    codes = (400,)


class WebdocumentUrlInvalid(KnownRpcError):
    """400 WEBDOCUMENT_URL_INVALID: Not valid: webdocument url."""

    name = "WEBDOCUMENT_URL_INVALID"
    codes = (400,)


class WebpageCurlFailed(KnownRpcError):
    """400 WEBPAGE_CURL_FAILED: The servers failed at: webpage curl."""

    name = "WEBPAGE_CURL_FAILED"
    codes = (400,)


class WebpageMediaEmpty(KnownRpcError):
    """400 WEBPAGE_MEDIA_EMPTY: Missing: webpage media."""

    name = "WEBPAGE_MEDIA_EMPTY"
    codes = (400,)


class YouBlockedUser(KnownRpcError):
    """400 YOU_BLOCKED_USER: Error of the server: you blocked user."""

    name = "YOU_BLOCKED_USER"
    codes = (400,)
