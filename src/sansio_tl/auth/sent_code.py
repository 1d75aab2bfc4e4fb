"""Translation of auth.sentCode to `CodePrompt` and `EmailCodePrompt`.

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


def code_prompt(sent: auth.SentCode, now: float) -> CodePrompt:
    """For every type except the two of e-mail. The time to wait before re-sending counts from `now`, the receipt."""
    kind = sent.type
    next_via = None if sent.next_type is None else _NEXT.get(type(sent.next_type), CodeDelivery.OTHER)
    if next_via is None and isinstance(kind, auth.SentCodeTypeFirebaseSms):
        next_via = CodeDelivery.SMS  # without a proof an ordinary SMS must still be possible
    resend_at = now + max(sent.timeout or 0, 0) if next_via is not None else None

    def prompt(via: CodeDelivery, *, length: int = 0, **fields: str | FirebaseProof | None) -> CodePrompt:
        given = {name: value for name, value in fields.items() if value}
        return CodePrompt(via, length if length > 0 else None, next_via, resend_at, **given)  # type: ignore[arg-type]

    match kind:
        case auth.SentCodeTypeApp():
            return prompt(CodeDelivery.APP, length=kind.length)
        case auth.SentCodeTypeSms():
            return prompt(CodeDelivery.SMS, length=kind.length)
        case auth.SentCodeTypeCall():
            return prompt(CodeDelivery.CALL, length=kind.length)
        case auth.SentCodeTypeFlashCall():
            return prompt(CodeDelivery.FLASH_CALL, pattern=kind.pattern)
        case auth.SentCodeTypeMissedCall():
            return prompt(CodeDelivery.MISSED_CALL, length=kind.length, prefix=kind.prefix)
        case auth.SentCodeTypeFragmentSms():
            return prompt(CodeDelivery.FRAGMENT, length=kind.length, url=kind.url)
        case auth.SentCodeTypeFirebaseSms():
            return prompt(CodeDelivery.FIREBASE, length=kind.length, firebase=_firebase_proof(kind))
        case auth.SentCodeTypeSmsWord():
            return prompt(CodeDelivery.WORD, beginning=kind.beginning)
        case auth.SentCodeTypeSmsPhrase():
            return prompt(CodeDelivery.PHRASE, beginning=kind.beginning)
        case _:
            return prompt(CodeDelivery.OTHER)


def email_code_prompt(kind: auth.SentCodeTypeEmailCode) -> EmailCodePrompt:
    """The code was sent to the e-mail address of the account."""
    return EmailCodePrompt(
        pattern=kind.email_pattern,
        length=kind.length if kind.length > 0 else None,
        google_allowed=kind.google_signin_allowed,
        apple_allowed=kind.apple_signin_allowed,
        reset_after=kind.reset_available_period,
        reset_at=kind.reset_pending_date,
    )


def code_from_caller(prompt: CodePrompt, number: str) -> str | None:
    """The code in a calling number: the whole number for a flash call, its last digits for a missed call.

    None if another number called, or the code does not come by call.
    """
    digits = re.sub("[^0-9]", "", number)
    if prompt.via is CodeDelivery.FLASH_CALL and prompt.pattern is not None:
        pattern = ".*".join(re.sub("[^0-9]", "", part) for part in prompt.pattern.split("*"))
        return digits if re.fullmatch(pattern, digits) else None
    if prompt.via is CodeDelivery.MISSED_CALL and prompt.length is not None:
        begins = digits.startswith(re.sub("[^0-9]", "", prompt.prefix or ""))
        return digits[-prompt.length :] if begins and len(digits) >= prompt.length else None
    return None


def _firebase_proof(kind: auth.SentCodeTypeFirebaseSms) -> FirebaseProof:
    return FirebaseProof(
        safety_net_nonce=kind.nonce,
        play_integrity_project_id=kind.play_integrity_project_id,
        play_integrity_nonce=kind.play_integrity_nonce,
        ios_receipt=kind.receipt,
        ios_push_timeout=kind.push_timeout,
    )
