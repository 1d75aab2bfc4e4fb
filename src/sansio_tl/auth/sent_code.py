"""What auth.sentCode announces, in the words of `CodePrompt` and `EmailCodePrompt`.

Protocol: api/auth, constructors of auth.SentCodeType and auth.CodeType.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from sansio_tl.auth.prompts import CodeDelivery, CodePrompt, EmailCodePrompt, FirebaseProof
from sansio_tl.tl.objects import TLObject
from sansio_tl.types import auth

_NEXT: Mapping[type[TLObject], CodeDelivery] = MappingProxyType(
    {
        auth.CodeTypeSms: CodeDelivery.SMS,
        auth.CodeTypeCall: CodeDelivery.CALL,
        auth.CodeTypeFlashCall: CodeDelivery.FLASH_CALL,
        auth.CodeTypeMissedCall: CodeDelivery.MISSED_CALL,
        auth.CodeTypeFragmentSms: CodeDelivery.FRAGMENT,
    }
)


def code_wanted(sent: auth.SentCode, now: float) -> CodePrompt:
    """For every type but the two of e-mail. The time to wait before re-sending counts from `now`, the receipt."""
    kind = sent.type
    next_via = None if sent.next_type is None else _NEXT.get(type(sent.next_type), CodeDelivery.OTHER)
    if next_via is None and isinstance(kind, auth.SentCodeTypeFirebaseSms):
        next_via = CodeDelivery.SMS  # who cannot prove anything must still be able to ask for an ordinary SMS
    resend_at = now + max(sent.timeout or 0, 0) if next_via is not None else None

    def wanted(via: CodeDelivery, *, length: int = 0, **fields: str | FirebaseProof | None) -> CodePrompt:
        given = {name: value for name, value in fields.items() if value}
        return CodePrompt(via, length if length > 0 else None, next_via, resend_at, **given)  # type: ignore[arg-type]

    match kind:
        case auth.SentCodeTypeApp():
            return wanted(CodeDelivery.APP, length=kind.length)
        case auth.SentCodeTypeSms():
            return wanted(CodeDelivery.SMS, length=kind.length)
        case auth.SentCodeTypeCall():
            return wanted(CodeDelivery.CALL, length=kind.length)
        case auth.SentCodeTypeFlashCall():
            return wanted(CodeDelivery.FLASH_CALL, pattern=kind.pattern)
        case auth.SentCodeTypeMissedCall():
            return wanted(CodeDelivery.MISSED_CALL, length=kind.length, prefix=kind.prefix)
        case auth.SentCodeTypeFragmentSms():
            return wanted(CodeDelivery.FRAGMENT, length=kind.length, url=kind.url)
        case auth.SentCodeTypeFirebaseSms():
            return wanted(CodeDelivery.FIREBASE, length=kind.length, firebase=_firebase_proof(kind))
        case auth.SentCodeTypeSmsWord():
            return wanted(CodeDelivery.WORD, beginning=kind.beginning)
        case auth.SentCodeTypeSmsPhrase():
            return wanted(CodeDelivery.PHRASE, beginning=kind.beginning)
        case _:
            return wanted(CodeDelivery.OTHER)


def email_code_wanted(kind: auth.SentCodeTypeEmailCode) -> EmailCodePrompt:
    """The code went to the e-mail address of the account."""
    return EmailCodePrompt(
        pattern=kind.email_pattern,
        length=kind.length if kind.length > 0 else None,
        google_allowed=kind.google_signin_allowed,
        apple_allowed=kind.apple_signin_allowed,
        reset_after=kind.reset_available_period,
        reset_at=kind.reset_pending_date,
    )


def code_from_caller(wanted: CodePrompt, number: str) -> str | None:
    """The code that a calling number is: the whole of it for a flash call, its last digits for a missed call.

    None when another one called, or the code comes another way.
    """
    digits = re.sub("[^0-9]", "", number)
    if wanted.via is CodeDelivery.FLASH_CALL and wanted.pattern is not None:
        pattern = ".*".join(re.sub("[^0-9]", "", part) for part in wanted.pattern.split("*"))
        return digits if re.fullmatch(pattern, digits) else None
    if wanted.via is CodeDelivery.MISSED_CALL and wanted.length is not None:
        begins = digits.startswith(re.sub("[^0-9]", "", wanted.prefix or ""))
        return digits[-wanted.length :] if begins and len(digits) >= wanted.length else None
    return None


def _firebase_proof(kind: auth.SentCodeTypeFirebaseSms) -> FirebaseProof:
    return FirebaseProof(
        safety_net_nonce=kind.nonce,
        play_integrity_project_id=kind.play_integrity_project_id,
        play_integrity_nonce=kind.play_integrity_nonce,
        ios_receipt=kind.receipt,
        ios_push_timeout=kind.push_timeout,
    )
