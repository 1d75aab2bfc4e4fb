"""A page of a busy group's history: what a client decodes most.

Deterministic: the same text, users and numbers each time. It has the contents of a public group's history: texts with a
few entities, many replies, some forwards, photos, links with previews and files, reactions on popular messages, and the
users and chats that all of these mention.
"""

from __future__ import annotations

from random import Random

from sansio_tl import types

START = 1_767_225_600
"""The first message's date: midnight at the beginning of 2026."""
GROUP = 1_584_933_871
CHANNELS = (GROUP, 1_006_503_122, 1_263_146_401, 1_750_012_985, 2_032_440_117)

_WORDS = (  # noqa: SIM905  a text, not a list
    "the of and to in is that it for on with as this by from at an are was be or which have not you they has their "
    "we when what there can out about more if then time way could people into just over think also back after use two "
    "how our work first well even new want because any these give day most us server client message session layer "
    "key data center update photo release bytes protocol thanks really tomorrow meeting привет спасибо хорошо сегодня "
    "завтра группа сообщение работает 🙂 🚀 ❤️ 你好 谢谢"
).split()
_NAMES = (  # noqa: SIM905
    "Anna Adler Boris Berg Chen Costa Dana Dumont Emil Eriksen Farid Fischer Greta García Hugo Horvat Inês Ivanova "
    "Jonas Jansen Kira Keller Leo Lindqvist Mira Moreau Nils Novák Olga Okafor"
).split()
_EMOJI = ("👍", "❤", "🔥", "😁", "🎉", "🤔")


def messages_messages(count: int = 100, seed: int = 229) -> types.messages.Messages:
    """A `messages.messages` with this many messages, newest first, and the users and chats they name."""
    draw = Random(seed)
    users = [_user(draw, index) for index in range(min(30, 1 + count // 3))]
    ids = [user.id for user in users]
    messages: list[types.TypeMessage] = [_message(draw, 48_000 - index, ids) for index in range(count)]
    chats: list[types.TypeChat] = [_channel(draw, index, number) for index, number in enumerate(CHANNELS)]
    return types.messages.Messages(messages=messages, topics=[], chats=chats, users=list(users))


def _text(draw: Random, words: int) -> str:
    return " ".join(draw.choice(_WORDS) for _ in range(words)).capitalize() + "."


def _long(draw: Random) -> int:
    return draw.randrange(-(1 << 63), 1 << 63)


def _user(draw: Random, index: int) -> types.User:
    first, last = _NAMES[2 * index % len(_NAMES)], _NAMES[(2 * index + 1) % len(_NAMES)]
    statuses: list[types.TypeUserStatus] = [
        types.UserStatusRecently(),
        types.UserStatusOffline(START - draw.randrange(86_400)),
        types.UserStatusLastWeek(),
    ]
    return types.User(
        id=100_000_000 + draw.randrange(6_000_000_000),
        access_hash=_long(draw),
        first_name=first,
        last_name=last if draw.random() < 0.7 else None,
        username=f"{first}{last}{index}".lower().encode("ascii", "ignore").decode() if draw.random() < 0.6 else None,
        photo=types.UserProfilePhoto(photo_id=_long(draw), dc_id=2, stripped_thumb=draw.randbytes(40))
        if draw.random() < 0.5
        else None,
        status=draw.choice(statuses),
        premium=draw.random() < 0.2,
        verified=False,
    )


def _channel(draw: Random, index: int, number: int) -> types.Channel:
    return types.Channel(
        id=number,
        access_hash=_long(draw),
        title=_text(draw, 3)[:-1],
        username=f"public_{number}",
        photo=types.ChatPhoto(photo_id=_long(draw), dc_id=4, stripped_thumb=draw.randbytes(40)),
        date=START - 90_000_000,
        megagroup=index == 0,
        broadcast=index != 0,
        default_banned_rights=types.ChatBannedRights(until_date=2**31 - 1, change_info=True, pin_messages=True)
        if index == 0
        else None,
        participants_count=draw.randrange(1_000, 200_000),
    )


def _message(draw: Random, number: int, ids: list[int]) -> types.Message:
    text = _text(draw, draw.choice((12, 24, 36, 52, 80, 120)))
    forwarded = draw.random() < 0.15
    popular = draw.random() < 0.35
    return types.Message(
        id=number,
        peer_id=types.PeerChannel(GROUP),
        from_id=types.PeerUser(draw.choice(ids)),
        date=START - (48_000 - number) * 37,
        message=text,
        out=draw.random() < 0.1,
        mentioned=draw.random() < 0.03,
        fwd_from=_forward(draw) if forwarded else None,
        reply_to=_reply(draw, number) if draw.random() < 0.5 else None,
        media=_media(draw) if draw.random() < 0.4 else None,
        entities=_entities(draw, len(text), ids) if draw.random() < 0.75 else None,
        edit_date=START - (48_000 - number) * 37 + 60 if draw.random() < 0.15 else None,
        views=draw.randrange(50_000) if forwarded else None,
        forwards=draw.randrange(500) if forwarded else None,
        reactions=_reactions(draw, ids) if popular else None,
    )


def _forward(draw: Random) -> types.MessageFwdHeader:
    return types.MessageFwdHeader(
        date=START - draw.randrange(4_000_000),
        from_id=types.PeerChannel(draw.choice(CHANNELS[1:])),
        channel_post=draw.randrange(20_000),
        post_author="Editors" if draw.random() < 0.3 else None,
    )


def _reply(draw: Random, number: int) -> types.MessageReplyHeader:
    quote = draw.random() < 0.2
    return types.MessageReplyHeader(
        reply_to_msg_id=number - draw.randrange(1, 40),
        reply_to_top_id=number - 200 if draw.random() < 0.2 else None,
        quote=quote,
        quote_text=_text(draw, 5) if quote else None,
        quote_offset=draw.randrange(20) if quote else None,
    )


def _entities(draw: Random, size: int, ids: list[int]) -> list[types.TypeMessageEntity]:
    def one(offset: int, length: int) -> types.TypeMessageEntity:
        make = draw.randrange(9)
        if make == 0:
            return types.MessageEntityTextUrl(offset, length, f"https://example.org/articles/{draw.randrange(10_000)}")
        if make == 1:
            return types.MessageEntityMentionName(offset, length, draw.choice(ids))
        if make == 2:
            return types.MessageEntityCustomEmoji(offset, length, _long(draw))
        if make == 3:
            return types.MessageEntityPre(offset, length, "python")
        plain = (types.MessageEntityBold, types.MessageEntityItalic, types.MessageEntityMention)
        return draw.choice((*plain, types.MessageEntityUrl, types.MessageEntityCode))(offset, length)

    return [one(draw.randrange(size), draw.randrange(1, 24)) for _ in range(draw.randrange(1, 9))]


def _reactions(draw: Random, ids: list[int]) -> types.MessageReactions:
    results = [
        types.ReactionCount(types.ReactionEmoji(emoji), draw.randrange(1, 80))
        for emoji in draw.sample(_EMOJI, draw.randrange(1, 5))
    ]
    recent: list[types.TypeMessagePeerReaction] = [
        types.MessagePeerReaction(types.PeerUser(draw.choice(ids)), START, types.ReactionEmoji(draw.choice(_EMOJI)))
        for _ in range(draw.randrange(3))
    ]
    return types.MessageReactions(results=list(results), can_see_list=True, recent_reactions=recent or None)


def _sizes(draw: Random) -> list[types.TypePhotoSize]:
    return [
        types.PhotoStrippedSize("i", draw.randbytes(60)),
        types.PhotoSize("m", 320, 213, draw.randrange(12_000, 30_000)),
        types.PhotoSize("x", 800, 533, draw.randrange(60_000, 110_000)),
        types.PhotoSizeProgressive("y", 1280, 853, sorted(draw.sample(range(200_000), 5))),
    ]


def _photo(draw: Random) -> types.Photo:
    return types.Photo(
        id=_long(draw),
        access_hash=_long(draw),
        file_reference=draw.randbytes(25),
        date=START,
        sizes=_sizes(draw),
        dc_id=2,
    )


def _media(draw: Random) -> types.TypeMessageMedia:
    which = draw.randrange(3)
    if which == 0:
        return types.MessageMediaPhoto(photo=_photo(draw))
    number = draw.randrange(10_000)
    if which == 1:
        return types.MessageMediaWebPage(
            types.WebPage(
                id=_long(draw),
                url=f"https://example.org/articles/{number}",
                display_url=f"example.org/articles/{number}",
                hash=draw.randrange(1 << 31),
                type="article",
                site_name="Example",
                title=_text(draw, 6),
                description=_text(draw, 24),
                photo=_photo(draw),
            )
        )
    return types.MessageMediaDocument(
        document=types.Document(
            id=_long(draw),
            access_hash=_long(draw),
            file_reference=draw.randbytes(25),
            date=START,
            mime_type="video/mp4",
            size=draw.randrange(8_000_000),
            dc_id=4,
            attributes=[
                types.DocumentAttributeVideo(draw.random() * 90, 1280, 720, supports_streaming=True),
                types.DocumentAttributeFilename(f"clip_{number}.mp4"),
            ],
            thumbs=[types.PhotoSize("m", 320, 180, draw.randrange(20_000))],
        )
    )
