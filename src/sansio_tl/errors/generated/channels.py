"""The errors that only the methods of `channels` raise.

Generated from schema/errors.json by `python -m sansio_tl_transports.codegen.errors`; do not edit.
"""

from __future__ import annotations

from sansio_tl.errors.rpc import KnownRpcError

__all__ = [
    "AdminRankEmojiNotAllowed",
    "AdminRankInvalid",
    "AdminsTooMuch",
    "BotChannelsNa",
    "BotsTooMuch",
    "BroadcastIdInvalid",
    "ChannelForumMissing",
    "ChannelIdInvalid",
    "ChannelParicipantMissing",
    "ChannelTooBig",
    "ChannelTooLarge",
    "ChannelsAdminLocatedTooMuch",
    "ChannelsAdminPublicTooMuch",
    "ChatAdminInviteRequired",
    "ChatDiscussionUnallowed",
    "ChatLinkExists",
    "ChatPublicRequired",
    "FreshChangeAdminsForbidden",
    "LinkNotModified",
    "MegagroupIdInvalid",
    "MegagroupPrehistoryHidden",
    "ParticipantIdInvalid",
    "ParticipantsTooFew",
    "PasswordMissing",
    "RightForbidden",
    "SecondsInvalid",
    "StickersetOwnerAnonymous",
    "TopicNotModified",
    "UserAdminInvalid",
    "UserBlocked",
    "UserBot",
    "UserCreator",
    "UserKicked",
]


class AdminRankEmojiNotAllowed(KnownRpcError):
    """400 ADMIN_RANK_EMOJI_NOT_ALLOWED: Not allowed: admin rank emoji."""

    name = "ADMIN_RANK_EMOJI_NOT_ALLOWED"
    codes = (400,)


class AdminRankInvalid(KnownRpcError):
    """400 ADMIN_RANK_INVALID: Not valid: admin rank."""

    name = "ADMIN_RANK_INVALID"
    codes = (400,)


class AdminsTooMuch(KnownRpcError):
    """400 ADMINS_TOO_MUCH: Too many: admins."""

    name = "ADMINS_TOO_MUCH"
    codes = (400,)


class BotChannelsNa(KnownRpcError):
    """400 BOT_CHANNELS_NA: Error of the server: bot channels na."""

    name = "BOT_CHANNELS_NA"
    codes = (400,)


class BotsTooMuch(KnownRpcError):
    """400 BOTS_TOO_MUCH: Too many: bots."""

    name = "BOTS_TOO_MUCH"
    codes = (400,)


class BroadcastIdInvalid(KnownRpcError):
    """400 BROADCAST_ID_INVALID: Not valid: broadcast id."""

    name = "BROADCAST_ID_INVALID"
    codes = (400,)


class ChannelForumMissing(KnownRpcError):
    """400 CHANNEL_FORUM_MISSING: Missing: channel forum."""

    name = "CHANNEL_FORUM_MISSING"
    codes = (400,)


class ChannelIdInvalid(KnownRpcError):
    """400 CHANNEL_ID_INVALID: Not valid: channel id."""

    name = "CHANNEL_ID_INVALID"
    codes = (400,)


class ChannelParicipantMissing(KnownRpcError):
    """400 CHANNEL_PARICIPANT_MISSING: Missing: channel paricipant."""

    name = "CHANNEL_PARICIPANT_MISSING"
    codes = (400,)


class ChannelTooBig(KnownRpcError):
    """400 CHANNEL_TOO_BIG: Too big: channel."""

    name = "CHANNEL_TOO_BIG"
    codes = (400,)


class ChannelTooLarge(KnownRpcError):
    """400, 406 CHANNEL_TOO_LARGE: Too large: channel."""

    name = "CHANNEL_TOO_LARGE"
    codes = (400, 406)


class ChannelsAdminLocatedTooMuch(KnownRpcError):
    """400 CHANNELS_ADMIN_LOCATED_TOO_MUCH: Too many: channels admin located."""

    name = "CHANNELS_ADMIN_LOCATED_TOO_MUCH"
    codes = (400,)


class ChannelsAdminPublicTooMuch(KnownRpcError):
    """400 CHANNELS_ADMIN_PUBLIC_TOO_MUCH: Too many: channels admin public."""

    name = "CHANNELS_ADMIN_PUBLIC_TOO_MUCH"
    codes = (400,)


class ChatAdminInviteRequired(KnownRpcError):
    """403 CHAT_ADMIN_INVITE_REQUIRED: Required: chat admin invite."""

    name = "CHAT_ADMIN_INVITE_REQUIRED"
    codes = (403,)


class ChatDiscussionUnallowed(KnownRpcError):
    """400 CHAT_DISCUSSION_UNALLOWED: Error of the server: chat discussion unallowed."""

    name = "CHAT_DISCUSSION_UNALLOWED"
    codes = (400,)


class ChatLinkExists(KnownRpcError):
    """400 CHAT_LINK_EXISTS: Error of the server: chat link exists."""

    name = "CHAT_LINK_EXISTS"
    codes = (400,)


class ChatPublicRequired(KnownRpcError):
    """400 CHAT_PUBLIC_REQUIRED: Required: chat public."""

    name = "CHAT_PUBLIC_REQUIRED"
    codes = (400,)


class FreshChangeAdminsForbidden(KnownRpcError):
    """400, 406 FRESH_CHANGE_ADMINS_FORBIDDEN: Forbidden: fresh change admins."""

    name = "FRESH_CHANGE_ADMINS_FORBIDDEN"
    codes = (400, 406)


class LinkNotModified(KnownRpcError):
    """400 LINK_NOT_MODIFIED: Nothing would change: link."""

    name = "LINK_NOT_MODIFIED"
    codes = (400,)


class MegagroupIdInvalid(KnownRpcError):
    """400 MEGAGROUP_ID_INVALID: Not valid: megagroup id."""

    name = "MEGAGROUP_ID_INVALID"
    codes = (400,)


class MegagroupPrehistoryHidden(KnownRpcError):
    """400 MEGAGROUP_PREHISTORY_HIDDEN: Error of the server: megagroup prehistory hidden."""

    name = "MEGAGROUP_PREHISTORY_HIDDEN"
    codes = (400,)


class ParticipantIdInvalid(KnownRpcError):
    """400 PARTICIPANT_ID_INVALID: Not valid: participant id."""

    name = "PARTICIPANT_ID_INVALID"
    codes = (400,)


class ParticipantsTooFew(KnownRpcError):
    """400 PARTICIPANTS_TOO_FEW: Error of the server: participants too few."""

    name = "PARTICIPANTS_TOO_FEW"
    codes = (400,)


class PasswordMissing(KnownRpcError):
    """400 PASSWORD_MISSING: Missing: password."""

    name = "PASSWORD_MISSING"
    codes = (400,)


class RightForbidden(KnownRpcError):
    """403 RIGHT_FORBIDDEN: Forbidden: right."""

    name = "RIGHT_FORBIDDEN"
    codes = (403,)


class SecondsInvalid(KnownRpcError):
    """400 SECONDS_INVALID: Not valid: seconds."""

    name = "SECONDS_INVALID"
    codes = (400,)


class StickersetOwnerAnonymous(KnownRpcError):
    """406 STICKERSET_OWNER_ANONYMOUS: Error of the server: stickerset owner anonymous."""

    name = "STICKERSET_OWNER_ANONYMOUS"
    codes = (406,)


class TopicNotModified(KnownRpcError):
    """400 TOPIC_NOT_MODIFIED: Nothing would change: topic."""

    name = "TOPIC_NOT_MODIFIED"
    codes = (400,)


class UserAdminInvalid(KnownRpcError):
    """400 USER_ADMIN_INVALID: Not valid: user admin."""

    name = "USER_ADMIN_INVALID"
    codes = (400,)


class UserBlocked(KnownRpcError):
    """400 USER_BLOCKED: Error of the server: user blocked."""

    name = "USER_BLOCKED"
    codes = (400,)


class UserBot(KnownRpcError):
    """400 USER_BOT: Error of the server: user bot."""

    name = "USER_BOT"
    codes = (400,)


class UserCreator(KnownRpcError):
    """400 USER_CREATOR: Error of the server: user creator."""

    name = "USER_CREATOR"
    codes = (400,)


class UserKicked(KnownRpcError):
    """400 USER_KICKED: Error of the server: user kicked."""

    name = "USER_KICKED"
    codes = (400,)
