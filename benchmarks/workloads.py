"""What is measured: values whose bytes every peer reads, and writes again to the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from benchmarks.messages import START, messages_messages
from sansio_tl import encode, functions, types
from sansio_tl.tl.objects import TLObject

DISTINCT = "messages.messages, distinct"


@dataclass(frozen=True, slots=True)
class Workload:
    """A value and its bytes. `about` is a description; `layer` is that of the schema that the bytes follow."""

    name: str
    about: str
    value: TLObject
    data: bytes
    layer: int
    more: tuple[tuple[TLObject, bytes], ...] = ()
    """Further values of the kind. With them each value is decoded, or encoded, once: none is in a cache."""

    @property
    def objects(self) -> int:
        """How many TL objects the value consists of."""
        return sum(1 for _ in objects(self.value))


def objects(value: object) -> Iterator[TLObject]:
    """The value and every TL object in it."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from objects(item)
    elif isinstance(value, TLObject):
        yield value
        for name in value.__struct_fields__:
            yield from objects(getattr(value, name))


def longs(count: int) -> types.EmojiList:
    """A value that is a vector of this many longs and little else."""
    draw = Random(count)
    return types.EmojiList(hash=0, document_id=[draw.randrange(-(1 << 63), 1 << 63) for _ in range(count)])


def all_workloads(layer: int) -> list[Workload]:
    """The workloads by the shipped schema, which is that of `layer`."""
    part = Random(512).randbytes(1 << 19)
    values: list[tuple[str, str, TLObject]] = [
        (
            "auth.sentCode",
            "the answer to a login: 5 fields, one object inside",
            types.auth.SentCode(
                type=types.auth.SentCodeTypeSms(length=5),
                phone_code_hash="b61ce0f1d2a9b3c47e",
                next_type=types.auth.CodeTypeCall(),
                timeout=60,
            ),
        ),
        (
            "auth.sendCode",
            "the request for a code, with all settings",
            functions.auth.SendCode(
                phone_number="+9996621234",
                api_id=372518,
                api_hash="0123456789abcdef0123456789abcdef",
                settings=types.CodeSettings(
                    allow_flashcall=True,
                    current_number=True,
                    allow_app_hash=True,
                    allow_missed_call=True,
                    allow_firebase=True,
                    unknown_number=True,
                    logout_tokens=[b"arbitrary data here", bytes(range(64))],
                    token="9c1185a5c5e9fc54612808977ee8f548b2258d31",
                    app_sandbox=False,
                ),
            ),
        ),
        ("messages.messages", "100 messages of a group, with entities, users and chats", messages_messages()),
        ("vector<long>", "10,000 longs", longs(10_000)),
        ("upload.file", "512 KiB of a file that is fetched", types.upload.File(types.storage.FileJpeg(), START, part)),
        ("upload.saveFilePart", "512 KiB of a file that is sent", functions.upload.SaveFilePart(1 << 60, 7, part)),
    ]
    pages = [messages_messages(seed=seed) for seed in range(230, 245)]
    (first, data), *more = ((page, encode(page)) for page in pages)
    return [
        *(Workload(name, about, value, encode(value), layer) for name, about, value in values),
        Workload(DISTINCT, f"{len(pages)} different ones, each for the first time", first, data, layer, tuple(more)),
    ]


def ladder(top: int) -> list[int]:
    """1, 3, 10, 30 ... `top`: the sizes at which growth is measured."""
    steps = [1]
    while steps[-1] < top:
        steps.append(steps[-1] * (3 if str(steps[-1])[0] == "1" else 10) // (1 if str(steps[-1])[0] == "1" else 3))
    return [step for step, _ in pairwise([*steps, 0]) if step <= top]
