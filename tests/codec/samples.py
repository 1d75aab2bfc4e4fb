"""Sample values of several tests."""

from __future__ import annotations

from sansio_tl import functions, types


def history(messages: int = 5) -> types.messages.Messages:
    """`messages` messages with entities, and the users and the group that they mention."""
    return types.messages.Messages(
        messages=[_message(i) for i in range(messages)],
        topics=[],
        chats=[
            types.Channel(id=7, title="The group", photo=types.ChatPhotoEmpty(), date=1_700_000_000, megagroup=True)
        ],
        users=[types.User(id=i, first_name=f"Name {i}", phone="15550100", contact=True) for i in range(messages)],
    )


def _message(i: int) -> types.Message:
    return types.Message(
        id=i,
        peer_id=types.PeerChannel(channel_id=7),
        date=1_700_000_000 + i,
        message=f"message {i}",
        from_id=types.PeerUser(user_id=i),
        entities=[types.MessageEntityBold(offset=0, length=7), types.MessageEntityItalic(offset=8, length=1)],
        views=i,
        forwards=0,
    )


def sent_code() -> types.auth.SentCode:
    return types.auth.SentCode(
        type=types.auth.SentCodeTypeApp(length=5),
        phone_code_hash="0123456789abcdef",
        next_type=types.auth.CodeTypeSms(),
        timeout=60,
    )


def send_code(settings: types.CodeSettings | None = None) -> functions.auth.SendCode:
    return functions.auth.SendCode(
        phone_number="+15550100", api_id=1, api_hash="abcdef", settings=settings or types.CodeSettings()
    )
