"""403: before it goes on with a request, the server may want proof that a person or an official application asks.

The request is then sent once more inside invokeWithReCaptcha, invokeWithGooglePlayIntegrity or invokeWithApnsSecret.
"""

from __future__ import annotations

from typing import Any

from sansio_tl.auth.prompts import ChallengeKind, ChallengePrompt
from sansio_tl.errors import RpcError
from sansio_tl.functions import InvokeWithApnsSecret, InvokeWithGooglePlayIntegrity, InvokeWithReCaptcha
from sansio_tl.tl.objects import Function


def challenge_of(error: RpcError) -> ChallengePrompt | None:
    """What the error demands; None when it is no demand for a proof."""
    values = {name: getattr(error, name) for name in error.values}
    if not values:
        return None
    match error.name:
        case "RECAPTCHA_CHECK_X__Y":
            return ChallengePrompt(ChallengeKind.RECAPTCHA, action=values["action"], key_id=values["key_id"])
        case "INTEGRITY_CHECK_CLASSIC_X":
            return ChallengePrompt(ChallengeKind.PLAY_INTEGRITY, nonce=values["nonce"])
        case "APNS_VERIFY_CHECK_X":
            return ChallengePrompt(ChallengeKind.APNS, nonce=values["nonce"])
    return None


def with_proof(request: Function[Any], wanted: ChallengePrompt, token: str) -> Function[Any]:
    """The request inside the wrapper that carries the proof."""
    match wanted.challenge:
        case ChallengeKind.RECAPTCHA:
            return InvokeWithReCaptcha(token=token, query=request)
        case ChallengeKind.PLAY_INTEGRITY:
            return InvokeWithGooglePlayIntegrity(nonce=wanted.nonce or "", token=token, query=request)
        case ChallengeKind.APNS:
            return InvokeWithApnsSecret(nonce=wanted.nonce or "", secret=token, query=request)
