"""The errors that only the methods of `phone` raise.

Generated from schema/errors.json by `python -m sansio_tl_transports.codegen.errors`; do not edit.
"""

from __future__ import annotations

from sansio_tl.errors.rpc import KnownRpcError

__all__ = [
    "CallAlreadyAccepted",
    "CallAlreadyDeclined",
    "CallOccupyFailed",
    "CallPeerInvalid",
    "CallProtocolFlagsInvalid",
    "CreateCallFailed",
    "GroupcallAlreadyDiscarded",
    "GroupcallAlreadyStarted",
    "GroupcallInvalid",
    "GroupcallJoinMissing",
    "GroupcallNotModified",
    "GroupcallSsrcDuplicateMuch",
    "InviteForbiddenWithJoinas",
    "JoinAsPeerInvalid",
    "ParticipantJoinMissing",
    "ParticipantVersionOutdated",
    "PublicChannelMissing",
    "UserAlreadyInvited",
    "UserVolumeInvalid",
]


class CallAlreadyAccepted(KnownRpcError):
    """400 CALL_ALREADY_ACCEPTED: Error of the server: call already accepted."""

    name = "CALL_ALREADY_ACCEPTED"
    codes = (400,)


class CallAlreadyDeclined(KnownRpcError):
    """400 CALL_ALREADY_DECLINED: Error of the server: call already declined."""

    name = "CALL_ALREADY_DECLINED"
    codes = (400,)


class CallOccupyFailed(KnownRpcError):
    """400, 500 CALL_OCCUPY_FAILED: The servers failed at: call occupy."""

    name = "CALL_OCCUPY_FAILED"
    codes = (400, 500)


class CallPeerInvalid(KnownRpcError):
    """400 CALL_PEER_INVALID: Not valid: call peer."""

    name = "CALL_PEER_INVALID"
    codes = (400,)


class CallProtocolFlagsInvalid(KnownRpcError):
    """400 CALL_PROTOCOL_FLAGS_INVALID: Not valid: call protocol flags."""

    name = "CALL_PROTOCOL_FLAGS_INVALID"
    codes = (400,)


class CreateCallFailed(KnownRpcError):
    """400 CREATE_CALL_FAILED: The servers failed at: create call."""

    name = "CREATE_CALL_FAILED"
    codes = (400,)


class GroupcallAlreadyDiscarded(KnownRpcError):
    """400 GROUPCALL_ALREADY_DISCARDED: Error of the server: groupcall already discarded."""

    name = "GROUPCALL_ALREADY_DISCARDED"
    codes = (400,)


class GroupcallAlreadyStarted(KnownRpcError):
    """403 GROUPCALL_ALREADY_STARTED: Error of the server: groupcall already started."""

    name = "GROUPCALL_ALREADY_STARTED"
    codes = (403,)


class GroupcallInvalid(KnownRpcError):
    """400 GROUPCALL_INVALID: Not valid: groupcall."""

    name = "GROUPCALL_INVALID"
    codes = (400,)


class GroupcallJoinMissing(KnownRpcError):
    """400 GROUPCALL_JOIN_MISSING: Missing: groupcall join."""

    name = "GROUPCALL_JOIN_MISSING"
    codes = (400,)


class GroupcallNotModified(KnownRpcError):
    """400 GROUPCALL_NOT_MODIFIED: Nothing would change: groupcall."""

    name = "GROUPCALL_NOT_MODIFIED"
    codes = (400,)


class GroupcallSsrcDuplicateMuch(KnownRpcError):
    """400 GROUPCALL_SSRC_DUPLICATE_MUCH: Error of the server: groupcall ssrc duplicate much."""

    name = "GROUPCALL_SSRC_DUPLICATE_MUCH"
    codes = (400,)


class InviteForbiddenWithJoinas(KnownRpcError):
    """400 INVITE_FORBIDDEN_WITH_JOINAS: Error of the server: invite forbidden with joinas."""

    name = "INVITE_FORBIDDEN_WITH_JOINAS"
    codes = (400,)


class JoinAsPeerInvalid(KnownRpcError):
    """400 JOIN_AS_PEER_INVALID: Not valid: join as peer."""

    name = "JOIN_AS_PEER_INVALID"
    codes = (400,)


class ParticipantJoinMissing(KnownRpcError):
    """400, 403 PARTICIPANT_JOIN_MISSING: Missing: participant join."""

    name = "PARTICIPANT_JOIN_MISSING"
    codes = (400, 403)


class ParticipantVersionOutdated(KnownRpcError):
    """400 PARTICIPANT_VERSION_OUTDATED: Error of the server: participant version outdated."""

    name = "PARTICIPANT_VERSION_OUTDATED"
    codes = (400,)


class PublicChannelMissing(KnownRpcError):
    """403 PUBLIC_CHANNEL_MISSING: Missing: public channel."""

    name = "PUBLIC_CHANNEL_MISSING"
    codes = (403,)


class UserAlreadyInvited(KnownRpcError):
    """400 USER_ALREADY_INVITED: Error of the server: user already invited."""

    name = "USER_ALREADY_INVITED"
    codes = (400,)


class UserVolumeInvalid(KnownRpcError):
    """400 USER_VOLUME_INVALID: Not valid: user volume."""

    name = "USER_VOLUME_INVALID"
    codes = (400,)
