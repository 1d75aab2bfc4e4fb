"""The section about how a code was sent, for the methods that return auth.SentCode."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sansio_tl_transports.cli.inspect.schema_index import SchemaIndex

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "auth.sentCodeTypeApp": "A message in the user's other sessions, from Telegram; `length` digits.",
        "auth.sentCodeTypeSms": "An SMS with `length` digits.",
        "auth.sentCodeTypeCall": "A phone call in which a voice says `length` digits.",
        "auth.sentCodeTypeFlashCall": (
            "A call that ends at once: the number of the caller, which fits `pattern`, is the code."
            " Only with `allow_flashcall`."
        ),
        "auth.sentCodeTypeMissedCall": (
            "A call that is not to be answered: the last `length` digits of the caller's number, which begins with"
            " `prefix`, are the code. Only with `allow_missed_call`."
        ),
        "auth.sentCodeTypeEmailCode": (
            "An e-mail with `length` digits to the address that looks like `email_pattern`. Where that is allowed, an"
            " account of Apple or Google may prove the address instead. It can be reset after `reset_available_period`"
            " seconds."
        ),
        "auth.sentCodeTypeSetUpEmailRequired": (
            "Nothing was sent: an e-mail address for codes must be set up first, with [account.sendVerifyEmailCode]"
            "(account.sendVerifyEmailCode.md)."
        ),
        "auth.sentCodeTypeFragmentSms": (
            "For an anonymous number of Fragment: the code, of `length` digits, is on the page `url`."
        ),
        "auth.sentCodeTypeFirebaseSms": (
            "An SMS by Firebase, once the application has proved itself with [auth.requestFirebaseSms]"
            "(auth.requestFirebaseSms.md): official applications on phones only. Others ask for the next method."
        ),
        "auth.sentCodeTypeSmsWord": "An SMS with a word; its `beginning` may be given.",
        "auth.sentCodeTypeSmsPhrase": "An SMS with a phrase of several words; its `beginning` may be given.",
    }
)
"""Constructor of auth.SentCodeType -> what it means."""


def rows(index: SchemaIndex) -> list[tuple[str, str, str]]:
    """Constructor, its fields, its meaning."""
    return [
        (
            f"`{combinator.name.removeprefix('auth.')}`",
            ", ".join(f"`{f.name}`" for f in combinator.fields if not f.is_word),
            MEANINGS[combinator.name],
        )
        for combinator in index.types["auth.SentCodeType"]
    ]
